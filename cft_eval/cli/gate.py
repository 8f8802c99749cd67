"""`cft-eval gate`: fail a build on a real regression."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from cft_eval.cli._gate import (
    MODEL,
    baselines_of,
    check_fields,
    check_test,
    configure_decision,
    exit_status,
    outcomes_of,
    reporting,
)
from cft_eval.cli._limits import configure_limits, limits_of
from cft_eval.cli._losses import (
    check_show,
    comment,
    configure_losses,
    losses_of,
    losses_text,
)
from cft_eval.cli._regrade import graded_alike
from cft_eval.cli._reports import print_text, write_reports
from cft_eval.cli._terms import configure_terms, terms_of
from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.gate import Report
    from cft_eval.results import RunOutcomes

SUBCOMMANDS = {
    "freeze": "reduce a run to a baseline file of a few KB",
    "plan": "say which problems and repeats can rule out a drop, and what they cost",
    "escalate": "look again with more repeats, without raising the false alarm rate",
    "watch": "compare the checkpoints of a training run with its start, at any time",
    "calibrate": "measure how often the gate is wrong, on runs of equal models",
}
"""Each is the module `gate_NAME`."""

SWITCHES = {
    "--strict", "--github", "--explain", "--comment", "--each-task", "--seeds", "--as-given",
    "-h", "--help",
}  # fmt: skip
"""Options without a value: the word behind any other one is its value, and no subcommand."""

EPILOG = """
exit status:
  0  OK, or INCONCLUSIVE without --strict     4  INCONCLUSIVE with --strict
  1  REGRESSION                               5  the baseline is missing
  2  usage: an option or the candidate        6  server or I/O
  3  NOT_COMPARABLE, or invalid data         70  a bug in cft-eval; never 0

examples:
  cft-eval gate out/new --baseline out/old
  cft-eval gate freeze out/old -o baseline.json     # a few KB, to commit
  cft-eval gate out/new --baseline baseline.json --margin 1.0 --junit gate.xml
  cft-eval gate out/new --baseline out/mon --baseline out/tue --baseline out/wed
  cft-eval gate out/new --baseline out/old --show 10 --html gate.html   # what was lost
  cft-eval gate out/new --baseline out/old --truncation 2 --length 10   # and the cost of responses
  cft-eval gate out/new --baseline out/old --comment       # on the pull request, kept up to date
  cft-eval gate out/new --baseline board:RUN --server http://127.0.0.1:8000
  cft-eval gate out/new --baseline out/old --task-margin cft_gsm8k=0.5 --floor cft_math=70
  cft-eval gate out/new --baseline out/old --each-task      # every task must rule out its margin
  cft-eval gate out/new-1 --more out/new-2 --baseline out/old-1 --baseline out/old-2 --seeds
  cft-eval gate plan --margin 1.0                   # what can be decided, cheapest first
  cft-eval gate plan out/new --baseline out/old     # the same, with the noise of these runs
  cft-eval gate watch out/step-*                    # a training run, checkpoint by checkpoint
  cft-eval gate calibrate out/seed-1 out/seed-2 out/seed-3    # how often it is wrong on your runs
  cft-eval gate escalate out/new --baseline out/old # what the undecided tasks need, as commands

A run is OK when a drop of --margin points is ruled out on all problems together, a REGRESSION when
a drop of that size is shown on them, on a task or on the mean over tasks; INCONCLUSIVE when the
data cannot tell, or when the mean fell by the margin, though maybe by chance. Small tasks that
cannot tell are listed and do not block. Holm's correction covers several tasks. `cft-eval gate
freeze`, `plan`, `escalate`, `watch` and `calibrate` have their own --help. Write a folder with one
of these names as ./freeze, ./plan and so on.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("candidate", help="lm-eval output folder, frozen baseline or board:RUN")
    configure_decision(parser)
    configure_terms(parser)
    configure_limits(parser)
    configure_losses(parser)
    parser.add_argument(
        "--more",
        metavar="RUN",
        action="append",
        default=[],
        help="a further run of the candidate (the baseline's: --baseline again)",
    )
    parser.add_argument(
        "--seeds",
        action="store_true",
        help="the runs of each side come from several training seeds: include their noise",
    )
    parser.add_argument(
        "--explain", action="store_true", help="show how each row was decided, and all settings"
    )


def run(args: argparse.Namespace) -> int:
    return reporting(_gate, args)


def _gate(args: argparse.Namespace) -> int:
    from cft_eval import gate
    from cft_eval.gate.measured import held
    from cft_eval.results import calibration_of

    check_test(args)
    limits = limits_of(args)
    if limits and args.seeds:
        raise CftError("--seeds compares scores only: leave out --truncation, --length and --cost")
    if not args.candidate.strip():
        raise CftError("the candidate's name is empty: an lm-eval output folder or board:RUN")
    baselines = baselines_of(args)
    check_show(args)
    candidates = [outcomes_of(source, args) for source in (args.candidate, *args.more)]
    check_fields(args.allow_diff, [*baselines, *candidates])
    measured = [each for each in map(calibration_of, baselines) if each]
    graded = graded_alike(
        (baselines, candidates),
        (args.baseline, [args.candidate, *args.more]),
        allowed=args.allow_diff,
    )
    baselines, candidates = graded.sides
    decide = _decided_by_seed if args.seeds else _decided
    report = decide(baselines, candidates, args)
    report = replace(report, remarks=(*report.remarks, *graded.remarks), grader=graded.splits)
    losses = None
    if not args.seeds:
        report = _with_limits(report, baselines, candidates, args)
        report = held(report, measured[-1] if measured else None)
        losses = losses_of(report, args, graded)
    write_reports(report, args, losses)
    print_text(gate.as_text(report, explain=args.explain))
    if losses is not None:
        print_text(f"\n{losses_text(losses, args, alpha=args.alpha)}")
    if args.comment:
        comment(report, args, losses)
    return exit_status(report, strict=args.strict)


def _with_limits(
    report: "Report",
    baselines: "list[RunOutcomes]",
    candidates: "list[RunOutcomes]",
    args: argparse.Namespace,
) -> "Report":
    """The report with what the responses take, where limits were given."""
    from cft_eval.gate.resources import with_resources
    from cft_eval.results import pool

    any_model = MODEL in args.allow_diff
    before, after = (pool(side, any_model=any_model) for side in (baselines, candidates))
    return with_resources(report, before, after, limits_of(args))


def _decided(
    baselines: "list[RunOutcomes]", candidates: "list[RunOutcomes]", args: argparse.Namespace
) -> "Report":
    """The runs of each side as one window of repeats."""
    from cft_eval.gate.arms import mixed, own_window
    from cft_eval.gate.decide import decide
    from cft_eval.results import pool

    any_model = MODEL in args.allow_diff
    sides = (pool(side, any_model=any_model) for side in (baselines, candidates))
    report = decide(
        *sides,
        margin=args.margin / 100,
        alpha=args.alpha,
        allow=args.allow_diff,
        terms=terms_of(args),
    )
    warnings = [warning for side in (baselines, candidates) if (warning := mixed(side))]
    if inside := own_window(baselines, candidates):
        warnings.append(inside)
    return replace(report, remarks=(*report.remarks, *dict.fromkeys(warnings)))


def _decided_by_seed(
    baselines: "list[RunOutcomes]", candidates: "list[RunOutcomes]", args: argparse.Namespace
) -> "Report":
    from cft_eval.gate.arms import decide_arms

    if args.floor:
        raise CftError("--floor compares one model with a score: gate a run without --seeds")
    if args.show is not None:
        raise CftError("--show prints two runs side by side: gate two runs without --seeds")
    return decide_arms(
        baselines,
        candidates,
        margin=args.margin / 100,
        alpha=args.alpha,
        allow=args.allow_diff,
        terms=terms_of(args),
    )
