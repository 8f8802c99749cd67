"""`--task-margin`, `--floor` and `--each-task`: options in, `gate.terms.Terms` out."""

import argparse
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.gate.terms import Terms


def configure_terms(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("single tasks")
    group.add_argument(
        "--task-margin",
        action="append",
        default=[],
        metavar="TASK=POINTS",
        help="accepted drop of one task, which must be ruled out for OK; repeatable",
    )
    group.add_argument(
        "--floor",
        action="append",
        default=[],
        metavar="TASK=PERCENT",
        help="score that the candidate must not be below on a task; repeatable",
    )
    group.add_argument(
        "--each-task",
        action="store_true",
        help="OK only where every task rules out its margin, not all problems together alone",
    )


def terms_of(args: argparse.Namespace) -> "Terms":
    """What was asked of single tasks; raises `CftError` where a value is no number in range."""
    from cft_eval.gate.terms import Terms

    return Terms(
        margins=_shares("--task-margin", args.task_margin, "points", "cft_gsm8k=0.5"),
        floors=_shares("--floor", args.floor, "percent", "cft_math=70"),
        each_task=args.each_task,
        truncation=args.truncation is not None,
    )


def _shares(option: str, values: Sequence[str], unit: str, example: str) -> dict[str, float]:
    shares: dict[str, float] = {}
    for value in values:
        task, equals, number = value.partition("=")
        share = _number(number) / 100
        most = 1.0 if option == "--task-margin" else math.nextafter(1.0, 0.0)
        if not (task and equals and 0 < share <= most):
            raise CftError(
                f"{option} {value}: a task and {unit} between 0 and 100, such as {example}"
            )
        if task in shares:
            raise CftError(f"{option} {value}: {task} is given twice")
        shares[task] = share
    return shares


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
