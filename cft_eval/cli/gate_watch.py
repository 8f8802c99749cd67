"""`cft-eval gate watch`: the checkpoints of a training run, looked at as often as one likes."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from cft_eval.cli._gate import (
    baselines_of,
    check_fields,
    check_test,
    configure_test,
    outcomes_of,
    reporting,
)
from cft_eval.cli._reports import print_text, refuse_overwriting
from cft_eval.cli._say import say
from cft_eval.errors import CftError

EPILOG = """
examples:
  cft-eval gate watch out/step-*                     # against the first of them
  cft-eval gate watch out/step-* --baseline out/base # against the model it began with
  cft-eval gate watch out/step-* --checkpoints 20 --json watch.json

Each checkpoint is compared with the mean of all before it, including the reference: every task, all
problems together and the mean over tasks. Run it after every checkpoint, with all checkpoints so
far: the chance of any false alarm over the whole run is at most --alpha, and small drops add up.
The choice of checkpoints must not depend on their scores. Runs are ordered by the last number in
their names, where all have one.

exit status:
  0  no alarm so far                       3  the runs are not alike, or invalid data
  1  a fall or a broken set-up is shown    5  the baseline is missing
  2  usage                                 6  server or I/O
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("runs", metavar="RUN", nargs="+", help="checkpoints of one training run")
    configure_test(parser)
    parser.add_argument(
        "--checkpoints",
        type=int,
        metavar="N",
        help="how many there will be, fixed before the first; sees late drops sooner",
    )
    parser.add_argument("--as-given", action="store_true", help="keep the order of the command")
    parser.add_argument(
        "--allow-diff", action="append", default=[], metavar="FIELD", help="as in `cft-eval gate`"
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write every number as JSON")


def run(args: argparse.Namespace) -> int:
    return reporting(_watch, args)


def _watch(args: argparse.Namespace) -> int:
    from cft_eval.gate.watch import as_json, as_text, watch
    from cft_eval.results import pool

    check_test(args)
    if args.checkpoints is not None and args.checkpoints < 1:
        raise CftError(f"--checkpoints {args.checkpoints}: how many there will be, such as 20")
    if len(set(args.runs)) < len(args.runs):
        raise CftError("a run is given twice: each checkpoint counts once")
    refuse_overwriting({"--json": args.json}, [*args.runs, *(args.baseline or [])])
    names = list(args.runs) if args.as_given else in_order(args.runs)
    if names != list(args.runs):
        say(f"in the order of their numbers: {', '.join(names)}", file=sys.stderr)
    checkpoints = [outcomes_of(name, args) for name in names]
    if args.baseline:
        reference = pool(baselines_of(args))
    else:
        reference, *checkpoints = checkpoints
        names = names[1:]
    check_fields(args.allow_diff, [reference, *checkpoints])
    watched = watch(
        reference,
        checkpoints,
        names=names,
        margin=args.margin / 100,
        alpha=args.alpha,
        planned=args.checkpoints,
        allow=args.allow_diff,
    )
    if args.json:
        args.json.write_text(as_json(watched), encoding="utf-8")
    print_text(as_text(watched))
    return 0 if watched.alarm is None else 1


def in_order(names: Sequence[str]) -> list[str]:
    """By the last number in each name: a shell puts step-1000 before step-200."""
    numbers = {name: re.findall(r"\d+", name.rstrip("/").removesuffix(".json")) for name in names}
    last = {name: int(each[-1]) for name, each in numbers.items() if each}
    if len(last) < len(names) or len(set(last.values())) < len(names):
        return list(names)
    return sorted(names, key=lambda name: last[name])
