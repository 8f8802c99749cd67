"""`--truncation`, `--length` and `--cost`: options in, `gate.limits.Limits` out."""

import argparse
from typing import TYPE_CHECKING

from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.gate.limits import Limits


def configure_limits(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("truncation, length and cost")
    group.add_argument(
        "--truncation",
        type=float,
        metavar="POINTS",
        help="accepted growth of the share of responses that the token limit cuts",
    )
    group.add_argument(
        "--length", type=float, metavar="PERCENT", help="accepted growth of the mean length"
    )
    group.add_argument(
        "--cost", type=float, metavar="PERCENT", help="accepted growth of the generated tokens"
    )


def limits_of(args: argparse.Namespace) -> "Limits":
    """Raises `CftError` where a limit is no number in range."""
    from cft_eval.gate.limits import Limits

    return Limits(
        truncation=_share("--truncation", args.truncation, most=100),
        length=_share("--length", args.length, most=10_000),
        cost=_share("--cost", args.cost, most=10_000),
    )


def _share(option: str, value: float | None, *, most: float) -> float | None:
    if value is None:
        return None
    if not 0 < value <= most:
        raise CftError(f"{option} {value:g}: a number above 0 and up to {most:g}, such as 10")
    return value / 100
