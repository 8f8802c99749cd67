"""`cft-eval gate calibrate`: measure the gate's error rates on your own runs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli._bar import progress_bar
from cft_eval.cli._gate import (
    check_fields,
    check_test,
    configure_board,
    outcomes_of,
    reporting,
)
from cft_eval.cli._reports import refuse_overwriting
from cft_eval.cli._say import say
from cft_eval.cli._sources import evaluation, is_boiled
from cft_eval.errors import CftError
from cft_eval.plain import plain

if TYPE_CHECKING:
    from cft_eval.results import RunOutcomes

EPILOG = """
examples:
  cft-eval gate calibrate out/seed-1 out/seed-2 out/seed-3 out/seed-4 --margin 1.0
  cft-eval gate calibrate out/seed-* --baseline baseline.json   # writes the rates into the file
  cft-eval gate calibrate out/sampled                           # the passes of one run as runs

The runs are of equal models: one checkpoint evaluated again, or checkpoints of one recipe from
several seeds. Each pair is gated unchanged and with drops planted in the second: how often the
former is a REGRESSION, and the latter OK, are the gate's error rates on runs like yours. The 95 %
intervals account for runs shared by pairs. One run with repeats is taken pass by pass. With
--baseline the rates are written into that frozen file; `cft-eval gate` then prints them and
answers INCONCLUSIVE instead of OK where they are worse than promised.

exit status:
  0  measured; the promises hold, as far as so many runs can tell
  1  measured, and worse than promised     3  the runs are not alike, or invalid data
  2  usage                                 5  the baseline is missing     6  server or I/O
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("runs", metavar="RUN", nargs="+", help="of equal models, two or more")
    parser.add_argument(
        "--baseline", metavar="F", help="frozen file that the rates are written into"
    )
    parser.add_argument("--margin", type=float, metavar="POINTS", help="accepted drop (default 1)")
    parser.add_argument("--alpha", type=float, help="false alarm rate (default 0.05)")
    parser.add_argument(
        "--plant",
        type=float,
        action="append",
        default=[],
        metavar="POINTS",
        help="size of a drop to plant besides the margin, its double and its triple; repeatable",
    )
    parser.add_argument(
        "--replays", type=int, default=200, metavar="N", help="of each size (default 200)"
    )
    parser.add_argument(
        "--allow-diff", action="append", default=[], metavar="FIELD", help="as in `cft-eval gate`"
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write every number as JSON")
    configure_board(parser)


def run(args: argparse.Namespace) -> int:
    return reporting(_calibrate, args)


def _calibrate(args: argparse.Namespace) -> int:
    from cft_eval.gate.calibrate import as_text, calibrate, replays_of
    from cft_eval.results import calibrated, write_outcomes

    check_test(args)
    if args.replays < 1:
        raise CftError(f"--replays {args.replays}: a number of replays, such as 200")
    for points in args.plant:
        if not 0 < points <= 100:
            raise CftError(f"--plant {points}: points between 0 and 100, such as 2")
    refuse_overwriting({"--json": args.json}, [*args.runs, *filter(None, [args.baseline])])
    margin = args.margin / 100
    drops = [margin, *(p / 100 for p in args.plant)]
    drops += [times * margin for times in (2, 3) if times * margin < 1]
    baseline = _baseline(args) if args.baseline else None
    runs, passes = _equal_runs(args)
    check_fields(args.allow_diff, runs)
    if baseline is not None:
        _goes_with(baseline, runs, args)
    truths = len({0.0, *drops})
    total = replays_of(len(runs), truths, args.replays)
    with progress_bar("replays", total, doing="replaying") as bar:
        calibration = calibrate(
            runs,
            drops=drops,
            margin=margin,
            alpha=args.alpha,
            most=args.replays,
            passes=passes,
            allow=args.allow_diff,
            on_step=bar.update,
        )
    say(as_text(calibration))
    if args.json:
        args.json.write_text(calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if baseline is not None:
        write_outcomes(calibrated(baseline, calibration), Path(args.baseline))
        say(f"\n{plain(args.baseline)}: the rates are in it; `cft-eval gate` says them")
    return 1 if calibration.broken else 0


def _equal_runs(args: argparse.Namespace) -> "tuple[list[RunOutcomes], bool]":
    """The runs that are paired, and whether they are the passes of a single one."""
    from cft_eval.results.outcomes import passes

    if len(args.runs) > 1:
        return [outcomes_of(source, args) for source in args.runs], False
    [source] = args.runs
    whole = outcomes_of(source, args)
    repeats = min(task.repeats for task in whole.tasks.values())
    if repeats < 2 or is_boiled(source):
        raise CftError(
            f"{source} is one run, whose passes cannot be told apart"
            f"{'' if repeats < 2 else ' without its responses'}: give several runs of equal models,"
            " or the folder of one that asked each problem several times"
        )
    log = evaluation(source)
    return passes(log.run, log.samples), True


def _baseline(args: argparse.Namespace) -> "RunOutcomes":
    from cft_eval.cli._gate import NoBaseline
    from cft_eval.cli._sources import NoSuchRun

    if not is_boiled(args.baseline) and Path(args.baseline).is_dir():
        raise CftError(
            f"--baseline {args.baseline}: rates are written into a frozen file; freeze the run "
            "first: cft-eval gate freeze RUN -o FILE"
        )
    try:
        return outcomes_of(args.baseline, args)
    except NoSuchRun as error:
        raise NoBaseline(
            f"the baseline is missing: {error}; freeze one with `cft-eval gate freeze RUN -o FILE`"
        ) from None


def _goes_with(
    baseline: "RunOutcomes", runs: "list[RunOutcomes]", args: argparse.Namespace
) -> None:
    """Refuse rates measured on other problems or another protocol than the baseline's."""
    from cft_eval.gate import mismatches
    from cft_eval.results import InvalidData

    for mismatch in mismatches(baseline, runs[0], allow=args.allow_diff):
        if not mismatch.allowed:
            raise InvalidData(
                f"{args.baseline} was not run as {runs[0].model}, so rates measured there say "
                f"nothing of it: {mismatch}"
            )
