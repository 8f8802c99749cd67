"""`cft-eval critique`: make critiques with a teacher, audit them, export a training set."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cft_eval.cli._say import say
from cft_eval.errors import CftError, StorageError
from cft_eval.plain import as_json

if TYPE_CHECKING:
    from cft_eval.critique.build import Tally
    from cft_eval.dataset.rows import TrainingRow

EPILOG = """
ROWS is what `cft-eval data show` reads: a file, a folder, a name such as metamath, or
hub:OWNER/NAME. Every answer is saved when it arrives; run the same command again to resume.

examples:
  cft-eval critique build --input rows.jsonl --teacher gpt-4o-2024-11-20 \\
      --base-url https://api.openai.com/v1 --api-key-env OPENAI_API_KEY \\
      --price-in 2.5 --price-out 10 --max-cost 20 --out critiques.jsonl
  cft-eval critique build --input problems.jsonl --student Qwen/Qwen2.5-Math-7B --samples 4 \\
      --student-url http://127.0.0.1:8000/v1 --teacher … --base-url … --out critiques.jsonl
  cft-eval critique build --from webinstruct --limit 50000 --teacher … --base-url … \\
      --price-in 2.5 --price-out 10 --out critiques.jsonl     # to critiques.train.json
  cft-eval critique audit critiques.jsonl
  cft-eval critique bench runs/MODEL -o mine.jsonl    # then: cft-eval run --tasks cft_critique_own
                                                      #   --problems mine.jsonl
  cft-eval critique export critiques.jsonl --agree --balance 0.5 --format paper --out cft.json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    _configure_build(actions.add_parser("build", help="have a teacher write critiques"))
    audit = actions.add_parser("audit", help="compare teachers' verdicts with the checker's")
    audit.add_argument("rows", metavar="ROWS", help="rows with critiques")
    audit.add_argument("--limit", type=int, metavar="N", help="read only the first N rows")
    bench = actions.add_parser("bench", help="turn a run's responses into a critique task")
    bench.add_argument("run_folder", metavar="RUN", help="an lm-eval output folder or an import")
    bench.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="JSON lines")
    bench.add_argument(
        "--pairs", action="store_true", help="only problems with a right and a wrong response"
    )
    export = actions.add_parser("export", help="filter, balance and write a training set")
    export.add_argument("rows", metavar="ROWS", help="rows with critiques")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="the training set")
    export.add_argument(
        "--format",
        choices=["paper", "messages", "plain"],
        default="paper",
        help="form of the rows (paper)",
    )
    export.add_argument(
        "--agree", action="store_true", help="keep verdicts that the checker does not contradict"
    )
    export.add_argument(
        "--known", action="store_true", help="keep only verdicts that the checker can decide"
    )
    export.add_argument(
        "--any-verdict", action="store_true", help="keep critiques without a verdict"
    )
    export.add_argument(
        "--min-characters", type=int, default=0, metavar="N", help="drop shorter critiques"
    )
    export.add_argument("--max-characters", type=int, metavar="N", help="drop longer critiques")
    export.add_argument(
        "--balance", type=float, metavar="SHARE", help="share of critiques that say right"
    )
    export.add_argument("--seed", type=int, default=0, help="choice of rows for --balance (0)")


def _configure_build(build: argparse.ArgumentParser) -> None:
    build.add_argument("--input", metavar="ROWS", help="questions with responses")
    build.add_argument(
        "--from", dest="raw", choices=["webinstruct"],
        help="a raw set: read, cleaned, criticised and exported by this one command",
    )  # fmt: skip
    build.add_argument("--export", type=Path, metavar="FILE", help="then write the training set")
    build.add_argument("--out", type=Path, required=True, metavar="FILE", help="a journal, JSONL")
    build.add_argument("--teacher", required=True, metavar="MODEL", help="model that writes them")
    build.add_argument(
        "--base-url", required=True, metavar="URL", help="its server; usually ends in /v1"
    )
    build.add_argument("--api-key-env", metavar="NAME", help="environment variable with the key")
    build.add_argument("--limit", type=int, metavar="N", help="read only the first N rows")
    build.add_argument("--student", metavar="MODEL", help="sample the responses from this model")
    build.add_argument("--student-url", metavar="URL", help="its server (default: --base-url)")
    build.add_argument("--samples", type=int, default=1, metavar="K", help="responses per question")
    build.add_argument(
        "--student-temperature", type=float, default=0.7, metavar="T", help="of the responses (0.7)"
    )
    build.add_argument("--concurrency", type=int, default=16, metavar="N", help="default 16")
    build.add_argument("--requests-per-minute", type=float, metavar="N", help="limit on requests")
    build.add_argument(
        "--tokens-per-minute", type=float, metavar="N", help="limit on prompt tokens, approximate"
    )
    build.add_argument(
        "--timeout", type=float, default=120.0, metavar="S", help="seconds per request (120)"
    )
    build.add_argument(
        "--retries", type=int, default=5, metavar="N", help="retries per request (5)"
    )
    build.add_argument("--temperature", type=float, default=0.3, metavar="T", help="default 0.3")
    build.add_argument("--max-tokens", type=int, default=3200, metavar="N", help="default 3200")
    build.add_argument(
        "--price-in", type=float, default=0.0, metavar="P", help="price per million prompt tokens"
    )
    build.add_argument(
        "--price-out",
        type=float,
        default=0.0,
        metavar="P",
        help="price per million generated tokens",
    )
    build.add_argument("--max-cost", type=float, metavar="C", help="stop requesting at this cost")


def run(args: argparse.Namespace) -> int:
    actions = {"build": _build, "audit": _audit, "bench": _bench, "export": _export}
    return actions[args.action](args)


def _bench(args: argparse.Namespace) -> int:
    from cft_eval.cli._sources import evaluation
    from cft_eval.critique.bench import bench_rows

    rows, count = bench_rows(evaluation(args.run_folder).samples, pairs_only=args.pairs)
    if not rows:
        raise CftError(
            f"{args.run_folder}: no problem with a right and a wrong response; pairs need several "
            "responses to a problem (`cft-eval run --repeats`)"
            if args.pairs
            else f"{args.run_folder}: no response that can be judged as right or wrong"
        )
    text = "".join(as_json(row) + "\n" for row in rows)
    try:
        args.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(error, str(args.out)) from None
    say(
        f"{args.out}: {len(rows)} solutions: {count.pairs} problems with a right and a wrong one, "
        f"{count.right} with a right one alone, {count.wrong} with a wrong one alone; "
        f"{count.left_out} problems without one that can be judged",
        file=sys.stderr,
    )
    return 0


def _build(args: argparse.Namespace) -> int:
    from cft_eval.critique import build
    from cft_eval.critique.teacher import Server
    from cft_eval.dataset.readers import read, row_of

    key = _key(args.api_key_env)
    common: dict[str, Any] = {
        "api_key": key,
        "timeout": args.timeout,
        "retries": args.retries,
        "requests_per_minute": args.requests_per_minute,
        "tokens_per_minute": args.tokens_per_minute,
        "max_tokens": args.max_tokens,
    }
    if not (args.input or args.raw):
        raise CftError("--input: not given (or --from webinstruct)")
    rows = read(args.input or args.raw, limit=args.limit)
    if args.raw:
        rows, left = build.raw_rows(rows)
        say(f"{args.raw}: {left}", file=sys.stderr)
    if args.student:
        student = Server(
            args.student_url or args.base_url,
            args.student,
            temperature=args.student_temperature,
            **common,
        )
        journal = args.out.with_name(args.out.name + ".responses")
        questions = build.response_questions(rows, student, samples=args.samples)
        tally = _ask(args, questions, student, journal, build.response_entry, "responses")
        if tally.stopped:
            return 2
        # Responses of another model or temperature may stand in the same journal.
        wanted = {question.key for question in questions}
        rows = [
            row_of(entry, source=entry["source"], number=entry["number"])
            for entry in _entries(journal)
            if entry["key"] in wanted
        ]
    server = Server(args.base_url, args.teacher, temperature=args.temperature, **common)
    questions = build.critique_questions(rows, server)
    expected = build.expected_cost(questions, build.Prices(args.price_in, args.price_out))
    say(f"critiques: {expected}", file=sys.stderr)
    tally = _ask(args, questions, server, args.out, build.critique_entry, "critiques")
    if tally.failed or tally.left:
        return 2
    target = args.export or (args.out.with_suffix(".train.json") if args.raw else None)
    if target is not None:
        filters = ["--out", str(target), "--format", "paper"]
        parser = argparse.ArgumentParser()
        configure(parser)
        return _export(parser.parse_args(["export", str(args.out), *filters]))
    return 0


def _entries(path: Path) -> list[dict[str, Any]]:
    from cft_eval.critique.journal import read_journal

    return read_journal(path)


def _key(name: str | None) -> str | None:
    if name is None:
        return None
    if name not in os.environ:
        raise CftError(f"--api-key-env {name}: this environment variable is not set")
    return os.environ[name]


def _ask(
    args: argparse.Namespace, questions: Any, server: Any, out: Path, make: Any, what: str
) -> "Tally":
    from tqdm import tqdm

    from cft_eval.critique.build import Prices, ask_all

    with tqdm(total=len(questions), unit=" rows", desc=what, disable=None, file=sys.stderr) as bar:

        def show(tally: "Tally") -> None:
            bar.update(tally.done_before + tally.answered - bar.n)
            bar.set_postfix_str(
                f"cost {tally.cost + tally.spent_before:.4f}, {len(tally.failed)} failed, "
                f"{tally.seconds_left:.0f} s left",
                refresh=False,
            )

        tally = ask_all(
            questions,
            server,
            out,
            make,
            concurrency=args.concurrency,
            prices=Prices(args.price_in, args.price_out),
            max_cost=args.max_cost,
            on_answer=show,
        )
    for line in tally.report():
        say(f"{what}: {line}", file=sys.stderr)
    return tally


def _audit(args: argparse.Namespace) -> int:
    from cft_eval.critique.audit import SolutionTruth, audit
    from cft_eval.stats import proportion

    rows, teachers = _rows_and_teachers(args.rows, args.limit)
    for result in audit(rows, teachers):
        right, wrong = result.of(SolutionTruth.RIGHT), result.of(SolutionTruth.WRONG)
        silent, unknown = result.of(SolutionTruth.NO_ANSWER), result.of(SolutionTruth.UNKNOWN)
        say(
            f"{result.teacher}: {right + wrong + silent + unknown:,} critiques; the checker calls "
            f"{right:,} responses right, {wrong:,} wrong, finds no answer in {silent:,}, and "
            f"cannot tell of {unknown:,}"
        )
        for name, (count, of) in result.rates().items():
            if of:
                low, high = proportion(count, of)
                say(
                    f"  {name}: {count / of:.1%} ({count:,} of {of:,}; "
                    f"95% interval {low:.1%} to {high:.1%})"
                )
    return 0


def _rows_and_teachers(source: str, limit: int | None) -> "tuple[list[TrainingRow], list[str]]":
    """Rows with the name of the model that judged each, where the file says it."""
    import json
    from itertools import islice

    from cft_eval.dataset.readers import read

    rows = read(source, limit=limit)
    teachers = ["teacher"] * len(rows)
    path = Path(source)
    if path.is_file() and path.read_bytes()[:1] != b"[":
        with path.open(encoding="utf-8") as file:
            records = [json.loads(line) for line in islice((x for x in file if x.strip()), limit)]
        teachers = [str(r.get("teacher_model") or r.get("model") or "teacher") for r in records]
    return rows, teachers


def _export(args: argparse.Namespace) -> int:
    from cft_eval.critique.audit import truths
    from cft_eval.critique.export import Filters, NothingLeft, balance, card, select, write

    rows, teachers = _rows_and_teachers(args.rows, None)
    filters = Filters(
        judged=not args.any_verdict,
        end_mark=not args.any_verdict,
        agree=args.agree,
        known=args.known,
        min_characters=args.min_characters,
        max_characters=args.max_characters,
    )
    left = select(rows, truths(rows), filters)
    if args.balance is not None:
        left = balance(left, right=args.balance, seed=args.seed)
    if not left.rows:
        raise NothingLeft(left.removed)
    write(left.rows, args.out, args.format)
    text = card(left, sources=[row.source for row in left.rows], teachers=teachers)
    described = args.out.with_suffix(".md")
    described.write_text(text, encoding="utf-8")
    say(f"{len(left.rows):,} of {len(rows):,} rows to {args.out}; card: {described}")
    for reason, count in left.removed.most_common():
        say(f"  {count:,} left out: {reason}")
    return 0
