"""`cft-eval data show`: what a training set holds, and which of its tokens are learnt."""

import argparse
import sys
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cft_eval.cli._say import emit, say
from cft_eval.plain import as_json, plain
from cft_eval.plain import lines as plain_lines

if TYPE_CHECKING:
    from cft_eval.dataset.rows import TrainingRow
    from cft_eval.training.encode import Example

EPILOG = """
DATA is a file (.jsonl, .json), a folder, a name (webinstruct-cft-4k, -50k, -600k, one-shot-cft,
metamath, numinamath), hub:OWNER/NAME[:CONFIG[:SPLIT]], or the .yaml of a mixture.

examples:
  cft-eval data show rows.jsonl                              # statistics; needs no tokenizer
  cft-eval data show rows.jsonl --tokenizer Qwen/Qwen2.5-Math-7B --examples 2
  cft-eval data show rows.jsonl --benchmarks cft_math_suite  # contamination, item by item
"""
GREEN, GREY, PLAIN = "\x1b[32m", "\x1b[90m", "\x1b[0m"
SHOWN_ITEMS = 10


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("action", choices=["show"], help="the only action")
    parser.add_argument("data", metavar="DATA", help="the training set: see below")
    parser.add_argument("--method", choices=["cft", "sft"], default="cft", help="default cft")
    parser.add_argument("--limit", type=int, metavar="N", help="read only the first N rows")
    parser.add_argument("--tokenizer", metavar="M", help="count its tokens and show examples")
    parser.add_argument("--chat-template", metavar="T", help="qwen, deepseek, or a Jinja file")
    parser.add_argument(
        "--template-text", action="store_true", help="allow the template's own text"
    )
    parser.add_argument(
        "--system", metavar="TEXT", help="system prompt (default: the paper's), or none"
    )
    parser.add_argument("--max-length", type=int, default=2048, metavar="N", help="default 2048")
    parser.add_argument(
        "--truncation",
        choices=["proportional", "drop"],
        default="proportional",
        help="what becomes of longer rows (proportional)",
    )
    parser.add_argument(
        "--examples", type=int, default=1, metavar="N", help="examples to print (default 1)"
    )
    parser.add_argument("--benchmarks", metavar="TASKS", help="search for these tasks' problems")
    parser.add_argument(
        "--ngram", type=int, default=13, metavar="N", help="consecutive words that match (13)"
    )
    parser.add_argument("--json", action="store_true", help="the statistics as JSON")


def run(args: argparse.Namespace) -> int:
    from cft_eval.dataset import statistics
    from cft_eval.dataset.mixture import read_set

    rows = read_set(args.data, limit=args.limit)
    summary = statistics.summarise(rows)
    facts: dict[str, Any] = {
        "rows": summary.rows,
        "questions": summary.questions,
        "repeated_rows": summary.repeated_rows,
        "critiques": summary.critiques,
        "judged": {verdict.value: count for verdict, count in summary.judged.items()},
        "without_end_mark": summary.without_end_mark,
    }
    lines = summary.report()
    if args.tokenizer:
        _tokens(args, rows, lines, facts)
    else:
        counted = statistics.lengths([len(row.critique or row.response) for row in rows])
        lines.append(f"characters of the target: {counted}")
        facts["characters"] = counted._asdict()
    if args.benchmarks:
        _contamination(args, rows, lines, facts)
    say(as_json(facts, indent=1) if args.json else "\n".join(lines))
    return 0


def _tokens(
    args: argparse.Namespace, rows: "list[TrainingRow]", lines: list[str], facts: dict[str, Any]
) -> None:
    """Encode the rows, print the first examples, and add what there is to say of their tokens."""
    from cft_eval.dataset import statistics
    from cft_eval.dataset.rows import Method
    from cft_eval.dataset.texts import SYSTEM
    from cft_eval.training.chat import chat_of, load_tokenizer, use_template
    from cft_eval.training.encode import Truncation, encode_rows
    from cft_eval.training.settings import system_message

    tokenizer = load_tokenizer(args.tokenizer)
    use_template(tokenizer, args.chat_template)
    system = system_message(SYSTEM if args.system is None else args.system)
    encoded = encode_rows(
        rows,
        chat_of(tokenizer, system=system is not None, own_text=args.template_text),
        Method(args.method),
        system=system,
        max_length=args.max_length,
        truncation=Truncation(args.truncation),
    )
    whole = statistics.lengths([len(example) for example in encoded.examples])
    learnt = statistics.lengths([example.learnt for example in encoded.examples])
    lines += [*encoded.report(), f"tokens of an example: {whole}", f"learnt of these: {learnt}"]
    facts["tokens"], facts["learnt"] = whole._asdict(), learnt._asdict()
    facts["cuts"] = {cut.name.lower(): len(names) for cut, names in encoded.cuts.items()}
    facts["spelled_special_tokens"] = len(encoded.spelled)
    if not args.json:
        for example in encoded.examples[: args.examples]:
            emit(_coloured(tokenizer, example), end="\n\n")


def _coloured(tokenizer: Any, example: "Example") -> str:
    """Learnt tokens green, given ones grey; where there is no colour, learnt ones in brackets."""
    colours = sys.stdout.isatty()
    shown = [f"{plain(example.name)}: {len(example):,} tokens, {example.learnt:,} learnt"]
    text = ""
    pairs = zip(example.input_ids, example.labels, strict=True)
    # Run by run, not token by token: a character may be several tokens.
    for learnt, run in groupby(pairs, key=lambda pair: pair[1] >= 0):
        mark = (GREEN if learnt else GREY) if colours else ("⟦" if learnt else "")
        close = PLAIN if colours else ("⟧" if learnt else "")
        text += mark + plain_lines(tokenizer.decode([token for token, _ in run])) + close
    shown.append(text)
    return "\n".join(shown)


def _contamination(
    args: argparse.Namespace, rows: "list[TrainingRow]", lines: list[str], facts: dict[str, Any]
) -> None:
    from cft_eval.dataset.statistics import overlap
    from cft_eval.testsets import SUITE
    from cft_eval.testsets.load import load

    names = [name.removeprefix("cft_") for name in args.benchmarks.split(",")]
    names = [each for name in names for each in (SUITE if name == "math_suite" else (name,))]
    facts["overlap"] = {}
    for name in names:
        items = load(name)
        problems = {item.id: item.problem for item in items}
        overlaps = overlap(rows, problems, size=args.ngram)
        lines.append(
            f"{name}: {len(overlaps):,} of {len(items):,} items share {args.ngram} words in a row "
            "with a question of this set"
        )
        lines += [f"  {item}: {', '.join(where[:3])}" for item, where in overlaps[:SHOWN_ITEMS]]
        if len(overlaps) > SHOWN_ITEMS:
            lines.append(f"  … and {len(overlaps) - SHOWN_ITEMS:,} more (--json has all)")
        facts["overlap"][name] = dict(overlaps)
