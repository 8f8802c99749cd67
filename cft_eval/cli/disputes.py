"""`cft-eval disputes RUN…`: the responses on which graders differ, with each one's reason."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli._reports import print_text, refuse_overwriting, write_report
from cft_eval.cli._say import say
from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.disputes import Ledger
    from cft_eval.results import Sample

EPILOG = """
examples:
  cft-eval disputes runs/MODEL                     # our policies and every grader that is there
  cft-eval disputes runs/A runs/B --show 3         # three responses of each kind
  cft-eval disputes runs/MODEL --grader strict --grader math_verify --html
  cft-eval disputes runs/MODEL --grader-python inspect_math=~/inspect/bin/python --jsonl d.jsonl

graders: strict, qwen, cft_paper (this package), math_verify, inspect_math, lm_eval_math and
lm_eval_minerva. The last four run in killable processes, in this environment or, if their
requirements clash, in that of --grader-python. A missing grader is named and skipped.

exit status: 0 done, whatever the graders say; 2 failed.
"""

PAGE = Path("disputes.html")
"""What --html writes unless it names a file."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="an lm-eval output folder or an import"
    )
    parser.add_argument(
        "--grader", action="append", metavar="NAME", help="repeatable; all of them by default"
    )
    parser.add_argument(
        "--grader-python",
        action="append",
        default=[],
        metavar="NAME=PYTHON",
        help="Python of an environment that has this grader",
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help="read only the first N responses of each run"
    )
    parser.add_argument(
        "--show", type=int, metavar="N", help="responses of each kind (1; in a page 20)"
    )
    parser.add_argument("--jsonl", type=Path, metavar="F", help="every disputed response as JSON")
    parser.add_argument(
        "--html", type=Path, metavar="F", nargs="?", const=PAGE,
        help=f"write a page that stands alone (default: {PAGE})",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    from cft_eval.cli._bar import progress_bar
    from cft_eval.disputes import ledger
    from cft_eval.render.disputes import SHOWN, as_jsonl, as_page, as_text

    refuse_overwriting({"--html": args.html, "--jsonl": args.jsonl}, args.runs)
    graders, pythons = _graders(args)
    samples = [sample for source in args.runs for sample in _samples(source, args.limit)]
    total = len(samples) * len(graders)
    with progress_bar("gradings", total, doing="grading") as bar:
        graded = ledger(samples, graders=graders, pythons=pythons, progress=bar.update)
    _name_missing(graded)
    print_text(as_text(graded, show=1 if args.show is None else args.show))
    if args.jsonl:
        write_report(args.jsonl, as_jsonl(graded))
    if args.html:
        write_report(args.html, as_page(graded, most=SHOWN if args.show is None else args.show))
    return 0


def _graders(args: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    from cft_eval.checker import POLICIES
    from cft_eval.peers import PEERS

    known = [*POLICIES, *PEERS]
    chosen = list(dict.fromkeys(args.grader or known))
    pythons = {}
    for given in args.grader_python:
        name, _, python = given.partition("=")
        if not python:
            raise CftError(f"--grader-python {given}: NAME=PYTHON, such as math_verify=/x/python")
        pythons[name] = str(Path(python).expanduser())
    for name in (*chosen, *pythons):
        if name not in known:
            raise CftError(f"grader {name!r} is not known; known are {', '.join(known)}")
    if len(chosen) < 2:
        raise CftError("one grader cannot disagree with itself: name two or more")
    return chosen, pythons


def _samples(source: str, limit: int | None) -> "list[Sample]":
    from cft_eval.cli._sources import evaluation

    if limit is not None and limit < 1:
        raise CftError(f"--limit {limit}: give 1 or more")
    samples = list(evaluation(source).samples)
    if not samples:
        raise CftError(f"{source}: no samples: run with --log_samples")
    return samples[:limit]


def _name_missing(graded: "Ledger") -> None:
    for totals in graded.graders:
        if totals.missing:
            say(f"skipped: {totals.missing}", file=sys.stderr)
