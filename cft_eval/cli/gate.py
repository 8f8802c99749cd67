"""`cft-eval gate`: fail a build on a real regression; freeze a baseline; plan a comparison."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli._say import emit, say
from cft_eval.cli._sources import NoSuchRun, run_outcomes
from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.gate import Report
    from cft_eval.results import RunOutcomes

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
  cft-eval gate out/new --baseline board:RUN --server http://127.0.0.1:8000
  cft-eval gate plan --margin 1.0                   # what can be decided, cheapest first
  cft-eval gate plan out/new --baseline out/old     # the same, with the noise of these runs
  cft-eval gate escalate out/new --baseline out/old # what the undecided tasks take, by command

A run is OK when a drop of --margin points is ruled out on all problems together, a REGRESSION when
a drop of that size is shown on them, on a task or on the mean over tasks; INCONCLUSIVE when the
data cannot tell, or when the mean fell by the margin and chance may have done it. Rows of small
tasks that cannot tell are listed and do not block. Chance over several tasks is counted in (Holm).
A folder named freeze, plan or escalate is written ./freeze, ./plan or ./escalate.
"""

LEAST_ALPHA = 1e-6
"""Below it no test of this many problems says anything, and a tail is all rounding."""

DEFAULTS = {"margin": 1.0, "alpha": 0.05, "looks": 3}

MISSING_BASELINE = 5
SERVER_OR_IO = 6


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "candidate",
        help="lm-eval output folder, frozen baseline or board:RUN; or freeze, plan, escalate",
    )
    parser.add_argument("source", nargs="?", help="the run to freeze, to plan for or to escalate")
    parser.add_argument(
        "--baseline",
        metavar="B",
        action="append",
        help="folder, frozen file or board:RUN; given several times, a window of runs",
    )
    parser.add_argument(
        "--margin", type=float, metavar="POINTS", help="accepted drop (default 1.0)"
    )
    parser.add_argument("--alpha", type=float, help="false alarm rate (default 0.05)")
    parser.add_argument("--strict", action="store_true", help="INCONCLUSIVE fails too (exit 4)")
    parser.add_argument(
        "--allow-diff",
        action="append",
        default=[],
        metavar="FIELD",
        help="a setting that may differ, such as engine; recorded in the report; repeatable",
    )
    parser.add_argument("--server", metavar="URL", help="of board:RUN (or CFT_EVAL_SERVER)")
    parser.add_argument("--token", metavar="T", help="of the server (or CFT_EVAL_TOKEN)")
    _configure_reports(parser.add_argument_group("reports"))
    _configure_others(parser.add_argument_group("gate freeze, gate escalate, gate plan"))


def _configure_reports(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--junit", type=Path, metavar="F", help="write JUnit XML")
    group.add_argument("--json", type=Path, metavar="F", help="write every number as JSON")
    group.add_argument("--markdown", type=Path, metavar="F", help="write Markdown")
    group.add_argument("--badge", type=Path, metavar="F", help="write shields.io endpoint JSON")
    group.add_argument(
        "--github", action="store_true", help="add a step summary and annotations (GitHub Actions)"
    )


def _configure_others(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-o", "--out", type=Path, metavar="F", help="gate freeze: the file")
    group.add_argument(
        "--more",
        metavar="RUN",
        action="append",
        default=[],
        help="gate escalate: later repeats of the candidate (the baseline's: --baseline again)",
    )
    group.add_argument(
        "--looks", type=int, help="gate escalate: looks planned, 1 to 10 (default 3)"
    )
    group.add_argument(
        "--state",
        type=Path,
        default=Path("escalation.json"),
        metavar="F",
        help="gate escalate: where the looks are counted (default escalation.json)",
    )
    group.add_argument(
        "--discordance",
        type=float,
        default=0.10,
        metavar="SHARE",
        help="gate plan: share of problems on which the two runs will differ (default 0.10)",
    )
    group.add_argument(
        "--between",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="gate plan: share of that which repeats do not average away (default 0.5)",
    )
    group.add_argument(
        "--tokens",
        type=float,
        metavar="N",
        help="gate plan: tokens of a response (default: of RUN's own, else 400)",
    )


def run(args: argparse.Namespace) -> int:
    try:
        return _reported(_command(args), args)
    except OSError as error:
        say(f"cft-eval: {error}", file=sys.stderr)
        return SERVER_OR_IO


def _reported(command: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run it; where there is nothing to decide on, the reports that were asked for say why: a
    report of an earlier build must not be read as this one's."""
    from cft_eval.client import ServerError

    try:
        return command(args)
    except CftError as error:
        if command not in (_plan, _freeze):
            _undecided(str(error), args)
        if not isinstance(error, ServerError):
            raise
        say(f"cft-eval: {error}", file=sys.stderr)
        return SERVER_OR_IO


def _undecided(reason: str, args: argparse.Namespace) -> None:
    from cft_eval.gate import undecided

    names = ", ".join(args.baseline or []), args.candidate
    _write(undecided(reason, *names, args.margin / 100, args.alpha), args)


def _command(args: argparse.Namespace) -> Callable[[argparse.Namespace], int]:
    typed = {name: getattr(args, name) for name in ("margin", "alpha", "looks")}
    args.typed = {name: value for name, value in typed.items() if value is not None}
    vars(args).update(DEFAULTS | args.typed)
    if not LEAST_ALPHA <= args.alpha <= 0.5:
        raise CftError(f"--alpha {args.alpha}: a share from {LEAST_ALPHA:g} to 0.5, such as 0.05")
    if not 0 < args.margin <= 100:
        raise CftError(f"--margin {args.margin}: points between 0 and 100, such as 1.0")
    if not 1 <= args.looks <= 10:
        raise CftError(f"--looks {args.looks}: 1 to 10, such as 3")
    commands = {"freeze": _freeze, "plan": _plan, "escalate": _escalate}
    return commands.get(args.candidate, _gate)


def _gate(args: argparse.Namespace) -> int:
    from cft_eval import gate
    from cft_eval.gate.decide import decide
    from cft_eval.results import pool

    if not args.candidate.strip():
        raise CftError("the candidate's name is empty: a lm-eval output folder or board:RUN")
    if args.source is not None:
        raise CftError(f"unexpected {args.source!r}: cft-eval gate CANDIDATE --baseline B")
    baseline = pool(_baselines(args))
    candidate = _outcomes(args.candidate, args)
    _check_fields(args.allow_diff, [baseline, candidate])
    report = decide(
        baseline, candidate, margin=args.margin / 100, alpha=args.alpha, allow=args.allow_diff
    )
    _write(report, args)
    _say(gate.as_text(report))
    return _exit_status(report, strict=args.strict)


class NoBaseline(CftError):
    """What --baseline names is not there."""

    exit_code = MISSING_BASELINE


def _baselines(args: argparse.Namespace) -> "list[RunOutcomes]":
    """All that --baseline names; raises `NoBaseline` where one is missing."""
    from cft_eval.client import NotFound

    # An unset variable of a CI system is an empty name, which would be the folder one is in.
    if not all(args.baseline or [""]):
        raise CftError("no --baseline: a lm-eval output folder, a frozen file or board:RUN")
    try:
        return [_outcomes(source, args) for source in args.baseline]
    except (NoSuchRun, NotFound) as error:
        raise NoBaseline(
            f"the baseline is missing: {error}; freeze one with `cft-eval gate freeze RUN -o FILE`"
        ) from None


def _outcomes(source: str, args: argparse.Namespace) -> "RunOutcomes":
    """A run's outcomes; one that is there and cannot be read is invalid data, not bad usage."""
    from cft_eval.client import ServerError
    from cft_eval.results import InvalidData

    try:
        return run_outcomes(source, server=args.server, token=args.token)
    except (NoSuchRun, ServerError):
        raise
    except CftError as error:
        raise InvalidData(str(error)) from None


def _check_fields(names: Sequence[str], runs: "Sequence[RunOutcomes]") -> None:
    """A misspelt --allow-diff would allow nothing, and say nothing."""
    from cft_eval.gate.fingerprint import GRADING

    fields = {field for run in runs for task in run.tasks for field in run.fingerprint(task)}
    fields = fields - {"items"} | {GRADING}
    for name in names:
        if name not in fields:
            why = "runs over other problems cannot be compared" if name == "items" else "no such"
            raise CftError(f"--allow-diff {name}: {why}; one of {', '.join(sorted(fields))}")


def _write(report: "Report", args: argparse.Namespace) -> None:
    from cft_eval import gate

    views = [
        (args.junit, gate.as_junit),
        (args.json, gate.as_json),
        (args.markdown, gate.as_markdown),
        (args.badge, gate.as_badge),
    ]
    for path, view in views:
        if path is not None:
            path.write_text(view(report), encoding="utf-8")
    if args.github:
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(gate.as_markdown(report))
        _say(gate.as_annotations(report), commands=True)


def _say(text: str, *, commands: bool = False) -> None:
    """Print; a reader that has seen enough (`| head`) does not change the exit status.

    ``commands``: the text is of workflow commands, which are ours and stay what they are.
    """
    try:
        (emit if commands else say)(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _exit_status(report: "Report", *, strict: bool) -> int:
    from cft_eval.gate import GateDecision

    return {
        GateDecision.OK: 0,
        GateDecision.REGRESSION: 1,
        GateDecision.NOT_COMPARABLE: 3,
        GateDecision.INCONCLUSIVE: 4 if strict else 0,
    }[report.decision]


def _freeze(args: argparse.Namespace) -> int:
    from cft_eval.results import write_outcomes

    if not args.source or not args.out:
        raise CftError("usage: cft-eval gate freeze RUN -o baseline.json")
    frozen = _outcomes(args.source, args)
    write_outcomes(frozen, args.out)
    problems = sum(len(task.counts) for task in frozen.tasks.values())
    size = args.out.stat().st_size
    say(f"{args.out}: {problems:,} problems of {len(frozen.tasks)} tasks, {size:,} bytes")
    return 0


def _escalate(args: argparse.Namespace) -> int:
    from cft_eval import gate
    from cft_eval.cli._escalate import commands, plan_of, write_plan

    if args.source is None:
        raise CftError("usage: cft-eval gate escalate CANDIDATE --baseline B [--more RUN]")
    baselines = _baselines(args)
    candidates = [_outcomes(source, args) for source in (args.source, *args.more)]
    _check_fields(args.allow_diff, [*baselines, *candidates])
    plan = plan_of(args.state, args.typed, DEFAULTS)
    step = gate.look(plan, baselines, candidates, allow=args.allow_diff)
    write_plan(args.state, step.plan)
    _write(step.report, args)
    _say(gate.as_text(step.report))
    _say(commands(step, baselines[0], candidates[0], state=args.state))
    return _exit_status(step.report, strict=args.strict)


def _plan(args: argparse.Namespace) -> int:
    from cft_eval.cli._plan import expected
    from cft_eval.gate import plan

    if not 0 < args.discordance <= 1:
        raise CftError(f"--discordance {args.discordance}: a share between 0 and 1, such as 0.10")
    if not 0 <= args.between <= 1:
        raise CftError(f"--between {args.between}: a share from 0 to 1, such as 0.5")
    if args.tokens is not None and not 0 < args.tokens < 1e9:
        raise CftError(f"--tokens {args.tokens}: the tokens of a response, such as 400")
    run = _outcomes(args.source, args) if args.source else None
    baselines = _baselines(args) if args.baseline else []
    tasks, basis = expected(run, baselines, args)
    choices = plan.plan(tasks, margin=args.margin / 100, alpha=args.alpha)
    say(plan.as_text(choices, basis=basis))
    return 0
