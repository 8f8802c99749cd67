"""What the gate shows of the responses: slices, lost problems, a pull request's comment."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cft_eval.cli._reports import undecided_report
from cft_eval.cli._say import say
from cft_eval.cli._sources import evaluation, is_boiled
from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.cli._regrade import RegradedSides
    from cft_eval.gate import Report
    from cft_eval.gate.slices import Losses


def configure_losses(parser: argparse.ArgumentParser) -> None:
    from pathlib import Path

    group = parser.add_argument_group("where it fell (of runs with their responses)")
    group.add_argument(
        "--show", type=int, metavar="N", help="print N problems that were lost, side by side"
    )
    group.add_argument("--html", type=Path, metavar="F", help="write one page that loads nothing")
    group.add_argument(
        "--comment",
        action="store_true",
        help="write one comment on the pull request, or update it (GitHub, GitLab)",
    )
    group.add_argument(
        "--comment-name",
        default="gate",
        metavar="NAME",
        help="distinguishes several gates on one pull request (default gate)",
    )


def check_show(args: argparse.Namespace) -> None:
    """Raise `CftError` where --show has nothing to show."""
    if args.show is None:
        return
    if args.show < 0:
        raise CftError(f"--show {args.show}: a number of problems, such as 10")
    for source in (*args.baseline, args.candidate, *args.more):
        if is_boiled(source):
            raise CftError(
                f"--show needs the responses, which {source} does not have: give the lm-eval "
                "output folders"
            )


def losses_of(
    report: "Report", args: argparse.Namespace, graded: "RegradedSides"
) -> "Losses | None":
    """Where the candidate fell, by the verdicts that are compared; None where nobody asks, or where
    the responses are not at hand."""
    from cft_eval.gate import GateDecision
    from cft_eval.gate.slices import losses
    from cft_eval.results import pairing

    wanted = args.show is not None or args.html or args.comment
    if not report.rows or not (wanted or report.decision is GateDecision.REGRESSION):
        return None
    candidates = (args.candidate, *args.more)
    if any(map(is_boiled, (*args.baseline, *candidates))):
        return None
    before, after = graded.samples or [
        [sample for source in side for sample in evaluation(source).samples]
        for side in (args.baseline, candidates)
    ]
    baselines, others = graded.sides
    return losses(before, after, pairing(baselines[-1], others[0]))


def losses_text(losses: "Losses", args: argparse.Namespace, *, alpha: float) -> str:
    from cft_eval.gate.lost import lost_text, slices_text

    text = slices_text(losses, alpha=alpha)
    if args.show is None:
        lost = len(losses.problems)
        return f"{text}\n{lost:,} problems were lost; `--show 10` prints some" if lost else text
    return f"{text}\n\n{lost_text(losses, args.show)}"


def comment(report: "Report", args: argparse.Namespace, losses: "Losses | None") -> None:
    """Write the comment; a failure is printed and doesn't change the verdict."""
    from cft_eval.client.comments import pull_request, write
    from cft_eval.gate import as_markdown

    try:
        url = write(pull_request(), as_markdown(report, losses), name=args.comment_name)
    except CftError as error:
        say(f"cft-eval: no comment was written: {error}", file=sys.stderr)
    else:
        say(f"comment: {url}", file=sys.stderr)


def begin_comment(args: argparse.Namespace, unfinished: "Report") -> None:
    """Make an earlier build's comment say that this build did not finish, until it does."""
    from cft_eval.client.comments import pull_request, update
    from cft_eval.gate import as_markdown

    # What keeps it from being changed is said once, at the end.
    with contextlib.suppress(CftError):
        update(pull_request(), as_markdown(unfinished), name=args.comment_name)


def drop_comment(arguments: Sequence[str]) -> None:
    """Make an earlier build's comment say that this build's options cannot be read."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--comment", action="store_true")
    parser.add_argument("--comment-name", default="gate")
    with contextlib.suppress(argparse.ArgumentError):
        args = parser.parse_known_args(arguments)[0]
        if args.comment:
            nothing = argparse.Namespace(baseline=None, candidate="", margin=None, alpha=None)
            report = undecided_report("its options cannot be read", nothing)
            begin_comment(args, report)
