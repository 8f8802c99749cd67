"""What `cft-eval gate` and its subcommands share: options, sources, reports, exit status."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cft_eval.cli._losses import begin_comment, comment
from cft_eval.cli._reports import (
    ALPHA,
    MARGIN,
    UNFINISHED,
    begin_reports,
    check_paths,
    configure_reports,
    undecided_report,
    write_reports,
)
from cft_eval.cli._say import say
from cft_eval.cli._sources import NoSuchRun, run_outcomes
from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.gate import Report
    from cft_eval.results import RunOutcomes

LEAST_ALPHA = 1e-6
"""Below it no test of this many problems says anything, and a tail is all rounding."""

MODEL = "model"
"""`--allow-diff model`: a window of runs whose model goes by several names."""

MISSING_BASELINE = 5
SERVER_OR_IO = 6


def configure_test(parser: argparse.ArgumentParser) -> None:
    """The baseline, and how much of a drop is accepted."""
    parser.add_argument(
        "--baseline",
        metavar="B",
        action="append",
        help="folder, frozen file or board:RUN; given several times, a window of runs",
    )
    parser.add_argument(
        "--margin", type=float, metavar="POINTS", help=f"accepted drop (default {MARGIN})"
    )
    parser.add_argument("--alpha", type=float, help=f"false alarm rate (default {ALPHA})")
    configure_board(parser)


def configure_decision(parser: argparse.ArgumentParser) -> None:
    """What a decision depends on besides, and the reports of it."""
    configure_test(parser)
    parser.add_argument("--strict", action="store_true", help="INCONCLUSIVE fails too (exit 4)")
    parser.add_argument(
        "--allow-diff",
        action="append",
        default=[],
        metavar="FIELD",
        help="a setting that may differ, such as engine; recorded in the report; repeatable",
    )
    configure_reports(parser.add_argument_group("reports"))


def configure_board(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", metavar="URL", help="of board:RUN (or CFT_EVAL_SERVER)")
    parser.add_argument("--token", metavar="T", help="of the server (or CFT_EVAL_TOKEN)")


def check_test(args: argparse.Namespace) -> None:
    """Fill in what was not typed, and refuse what no test can mean; raises `CftError`."""
    args.margin = MARGIN if args.margin is None else args.margin
    args.alpha = ALPHA if args.alpha is None else args.alpha
    if not LEAST_ALPHA <= args.alpha <= 0.5:
        raise CftError(f"--alpha {args.alpha}: a share from {LEAST_ALPHA:g} to 0.5, such as 0.05")
    if not 0 < args.margin <= 100:
        raise CftError(f"--margin {args.margin}: points between 0 and 100, such as 1.0")


def reporting(command: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run it; where there is nothing to decide on, the reports say why, so that a report of an
    earlier build is not read as this one's. Files and boards that fail have an exit status."""
    from cft_eval.client import ServerError

    writes = "junit" in args
    try:
        if writes:
            begin_reports(args)
        if _comments(args):
            begin_comment(args, undecided_report(UNFINISHED, args))
        return command(args)
    except CftError as error:
        if writes:
            _give_up(str(error), args)
        if not isinstance(error, ServerError):
            raise
        say(f"cft-eval: {error}", file=sys.stderr)
        return SERVER_OR_IO
    except OSError as error:
        if writes:
            _give_up(str(error), args)
        say(f"cft-eval: {error}", file=sys.stderr)
        return SERVER_OR_IO
    except Exception:
        # A bug keeps its traceback; no report may go on saying what was decided before it.
        if writes:
            _give_up("a bug in cft-eval stopped the gate: its log says more", args)
        raise


def _comments(args: argparse.Namespace) -> bool:
    return getattr(args, "comment", False)


def _give_up(reason: str, args: argparse.Namespace) -> None:
    """Say in every report why nothing was decided, as far as they can be written."""
    if _comments(args):
        comment(undecided_report(reason, args), args, None)
    try:
        check_paths(args)
        write_reports(undecided_report(reason, args), args)
    except CftError:
        return  # the paths themselves are the fault, and the message says so
    except OSError as error:
        if str(error) != reason:
            say(f"cft-eval: the reports are not written: {error}", file=sys.stderr)


class NoBaseline(CftError):
    """What --baseline names is not there."""

    exit_code = MISSING_BASELINE


def baselines_of(args: argparse.Namespace) -> "list[RunOutcomes]":
    """All that --baseline names; raises `NoBaseline` where one is missing."""
    from cft_eval.client import NotFound

    # An unset variable of a CI system is an empty name, which would be the folder one is in.
    if not all(args.baseline or [""]):
        raise CftError("no --baseline: an lm-eval output folder, a frozen file or board:RUN")
    try:
        return [outcomes_of(source, args) for source in args.baseline]
    except (NoSuchRun, NotFound) as error:
        raise NoBaseline(
            f"the baseline is missing: {error}; freeze one with `cft-eval gate freeze RUN -o FILE`"
        ) from None


def outcomes_of(source: str, args: argparse.Namespace) -> "RunOutcomes":
    """A run's outcomes; one that is there and cannot be read is invalid data, not bad usage."""
    from cft_eval.client import ServerError
    from cft_eval.harness.files import UnreadableOutput
    from cft_eval.results import InvalidData
    from cft_eval.results.outcomes import CannotRead

    try:
        return run_outcomes(source, server=args.server, token=args.token)
    except (NoSuchRun, ServerError, CannotRead, UnreadableOutput):
        raise
    except CftError as error:
        raise InvalidData(str(error)) from None


def check_fields(names: Sequence[str], runs: "Sequence[RunOutcomes]") -> None:
    """A misspelt --allow-diff would allow nothing, and say nothing."""
    from cft_eval.gate.fingerprint import GRADING, PROTOCOL

    fields = {field for run in runs for task in run.tasks for field in run.fingerprint(task)}
    fields = fields - {"items"} | {GRADING, PROTOCOL, MODEL}
    for name in names:
        if name not in fields:
            why = "runs over other problems cannot be compared" if name == "items" else "no such"
            raise CftError(f"--allow-diff {name}: {why}; one of {', '.join(sorted(fields))}")


def exit_status(report: "Report", *, strict: bool) -> int:
    from cft_eval.gate import GateDecision

    return {
        GateDecision.OK: 0,
        GateDecision.REGRESSION: 1,
        GateDecision.NOT_COMPARABLE: 3,
        GateDecision.INCONCLUSIVE: 4 if strict else 0,
    }[report.decision]
