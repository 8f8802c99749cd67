"""`cft-eval gate freeze`: a run as a baseline file, to commit beside the code."""

import argparse
from pathlib import Path

from cft_eval.cli._gate import configure_board, outcomes_of, reporting
from cft_eval.cli._reports import refuse_overwriting
from cft_eval.cli._say import say

EPILOG = """
examples:
  cft-eval gate freeze out/old -o baseline.json
  cft-eval gate freeze board:RUN -o baseline.json --server http://127.0.0.1:8000
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("source", metavar="RUN", help="lm-eval output folder or board:RUN")
    parser.add_argument("-o", "--out", type=Path, metavar="F", required=True, help="the file")
    configure_board(parser)


def run(args: argparse.Namespace) -> int:
    return reporting(_freeze, args)


def _freeze(args: argparse.Namespace) -> int:
    from cft_eval.results import write_outcomes

    refuse_overwriting({"-o": args.out}, [args.source])
    frozen = outcomes_of(args.source, args)
    write_outcomes(frozen, args.out)
    problems = sum(len(task.counts) for task in frozen.tasks.values())
    size = args.out.stat().st_size
    say(f"{args.out}: {problems:,} problems of {len(frozen.tasks)} tasks, {size:,} bytes")
    return 0
