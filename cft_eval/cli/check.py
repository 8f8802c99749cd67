r"""`cft-eval check RESPONSE REFERENCE`: decide whether an answer equals its reference."""

import argparse
import sys
from typing import TYPE_CHECKING

from cft_eval.cli._say import say
from cft_eval.errors import CftError
from cft_eval.plain import as_json, printable

if TYPE_CHECKING:
    from cft_eval.checker import Verdict

EPILOG = r"""
examples:
  cft-eval check '\boxed{\frac12}' 0.5
  cft-eval check 'So x is in [1, 3).' '[1, 3]' --answer    # a bare answer: nothing to extract
  cft-eval check --explain 'The answer is (x+1)^2.' 'x^2+2x+1'
  cft-eval check 0.04 0.006 --benchmark minerva_math --policy cft_paper
  cft-eval check -- -x '-1 x'                              # -- before a text that starts so
  cat response.txt | cft-eval check - 42 --json
  cft-eval check --jsonl rows.jsonl --out verdicts.jsonl --workers 2

A row has "reference", "response" or "answer", and may have "id", "benchmark" and "rules"; a row
out has "id", "outcome", "correct", "answer", "how", "reason", "seconds". Any other line gets the
outcome bad_input with the reason.

policies: strict is mathematics; qwen and cft_paper grade as published tables did; math_verify is
Math-Verify itself (pip install 'cft-eval[peers]'), in a process of its own.

exit status: 0 equal, 1 not equal, 2 not decided or failed. With --jsonl: 0 when all rows were
read and written, whatever their outcomes.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("response", metavar="RESPONSE", nargs="?", help="the text; - reads stdin")
    parser.add_argument("reference", metavar="REFERENCE", nargs="?", help="the right answer")
    parser.add_argument(
        "--benchmark", metavar="B", help="benchmark whose rules apply, for example minerva_math"
    )
    parser.add_argument(
        "--policy", metavar="P", default="strict", help="strict, qwen, cft_paper, math_verify"
    )
    parser.add_argument("--answer", action="store_true", help="RESPONSE is a bare answer")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the verdict as JSON")
    form.add_argument("--explain", action="store_true", help="show every stage with both values")
    parser.add_argument("--jsonl", metavar="IN", help="check the rows of a file")
    parser.add_argument("--out", metavar="OUT", help="output file of --jsonl")
    parser.add_argument("--workers", type=int, metavar="N", help="worker processes for --jsonl")


def run(args: argparse.Namespace) -> int:
    if args.jsonl is not None or args.out is not None:
        return _check_file(args)
    if args.response is None or args.reference is None:
        raise CftError("give a RESPONSE and its REFERENCE, or --jsonl IN --out OUT")
    from cft_eval.checker import Outcome, check, equal

    text = _stdin() if args.response == "-" else args.response
    grade = equal if args.answer else check
    verdict = grade(text, args.reference, benchmark=args.benchmark, policy=args.policy)
    if args.json:
        say(as_json(verdict.as_dict()))
    elif args.explain:
        _explain(verdict, args)
    else:
        say(f"{verdict.outcome}: {printable(verdict.reason)}")
    undecided = (Outcome.TOO_SLOW, Outcome.BAD_REFERENCE, Outcome.UNREADABLE)
    return 0 if verdict.correct else 2 if verdict.outcome in undecided else 1


def _check_file(args: argparse.Namespace) -> int:
    if args.jsonl is None or args.out is None:
        raise CftError("--jsonl IN and --out OUT go together")
    if args.response is not None or args.json or args.explain or args.answer or args.benchmark:
        raise CftError(
            "--jsonl takes everything from its rows; only --policy and --workers may be added"
        )
    from tqdm import tqdm

    from cft_eval.checker.run.jsonl import check_file

    with tqdm(unit=" rows", disable=None, file=sys.stderr) as bar:

        def progress(done: int) -> None:
            bar.update(done - bar.n)

        counts = check_file(
            args.jsonl,
            args.out,
            policy=args.policy,
            workers=args.workers,
            progress=progress,
        )
    say(f"{counts.total():,} rows to {args.out}", file=sys.stderr)
    for outcome, count in counts.most_common():
        say(f"{count:>9,} {outcome}", file=sys.stderr)
    return 0


def _explain(verdict: "Verdict", args: argparse.Namespace) -> None:
    from cft_eval.checker.types.rules import rules_for

    answer = "nothing" if verdict.answer is None else verdict.answer
    rows = [
        ("answer", answer),
        ("found by", verdict.how or "given as it is"),
        ("reference", args.reference),
        *_normalized(verdict.answer, args.reference),
        *_values(verdict.answer, args.reference),
        ("policy", args.policy),
        ("rules", str(rules_for(args.benchmark))),
        ("outcome", verdict.outcome.value),
        ("reason", verdict.reason),
        ("time", f"{verdict.seconds * 1000:.2f} ms"),
    ]
    for name, value in rows:
        say(f"{name:>15}: {printable(value)}")


def _normalized(answer: str | None, reference: str) -> list[tuple[str, str]]:
    """Both sides in plain dress: the text that the grammar is given."""
    from cft_eval.checker.read.normalize import normalize

    sides = (("answer plain", answer), ("reference plain", reference))
    return [(name, normalize(text)) for name, text in sides if text is not None]


def _values(answer: str | None, reference: str) -> list[tuple[str, str]]:
    """How both sides were read: each reading of each, as `parse` gives them."""
    from cft_eval.checker.compare.show import kind, show
    from cft_eval.checker.read.parse import readings
    from cft_eval.checker.types.tokens import Unreadable

    rows = []
    for name, text in (("answer read", answer), ("reference read", reference)):
        if text is None:
            continue
        try:
            rows += [(name, f"{show(value)}  ({kind(value)})") for value in readings(text)]
        except Unreadable as error:
            rows.append((name, f"not as mathematics: {error}"))
    return rows


def _stdin() -> str:
    return sys.stdin.buffer.read().decode(errors="replace")
