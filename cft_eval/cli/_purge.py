"""`cft-eval server purge`: delete what no page shows any more."""

import argparse
from collections.abc import Callable, Sized
from typing import TYPE_CHECKING

from cft_eval.cli._say import say
from cft_eval.plain import printable

if TYPE_CHECKING:
    from cft_eval.server.operate.purge import Purgeable

DESCRIPTION = """
Delete the responses and verdicts of runs that a reviewer turned down, and blobs and unfinished
files that nothing names, once they are older than --days. Uploads, reasons, scores and the audit
stay, and each purge is an entry of the audit. Without --yes it only says what would go.
"""

EPILOG = """
examples:
  cft-eval server purge --data board                     # what would go: older than 30 days
  cft-eval server purge --days 7 --data board            # … than a week
  cft-eval server purge --withdrawn --data board         # also content of runs taken off the board
  cft-eval server purge --withdrawn --yes --data board   # do it
"""


def configure(add: Callable[..., argparse.ArgumentParser], work: Callable[..., int]) -> None:
    command = add("purge", work, "delete content of rejected runs and leftovers; preview first")
    command.description, command.epilog = DESCRIPTION, EPILOG
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.add_argument("--days", type=_days, help="minimum age in days (30)")
    command.add_argument("--withdrawn", action="store_true", help="content of withdrawn runs too")
    command.add_argument(
        "--yes", action="store_true", help="delete; without it, only show what would be deleted"
    )


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= 36_500:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days (0 or more)")
    return days


def tell(purgeable: "Purgeable", *, done: bool) -> None:
    """What went, or would go."""
    for run in purgeable.runs:
        owner = run.organisation or "the server"
        said = f"{run.id}  {printable(run.model)}  {owner}  {run.state} {run.since:%Y-%m-%d}"
        say(f"{said}  {run.bytes:,} bytes  {printable(run.reason)}")
    counts = (
        f"{_count(purgeable.runs, 'run')}, {_count(purgeable.blobs, 'unreferenced blob')}, "
        f"{_count(purgeable.partials, 'unfinished file')} ({purgeable.bytes:,} bytes)"
    )
    if done:
        say(f"purged: {counts}")
    elif purgeable.runs or purgeable.blobs or purgeable.partials:
        say(f"would delete: {counts}; do it with --yes")
    else:
        say("nothing to purge")


def _count(things: Sized, noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"
