"""`cft-eval gate plan`: which problems and repeats can rule out a drop, and what they cost."""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli._gate import (
    baselines_of,
    check_test,
    configure_test,
    outcomes_of,
    reporting,
)
from cft_eval.cli._say import say
from cft_eval.cli._sources import evaluation, is_boiled
from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.gate.plan import Expected
    from cft_eval.results import RunOutcomes

EPILOG = """
examples:
  cft-eval gate plan --margin 1.0                   # what can be decided, cheapest first
  cft-eval gate plan out/new --baseline out/old     # the same, with the noise of these runs
"""

TOKENS = 400.0
"""Of a response to a competition problem without long thought."""

CHARACTERS = 3.0
"""Of mathematics in English, to a token: an estimate, good to a third."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "source", metavar="RUN", nargs="?", help="a run like those to come, for their noise"
    )
    configure_test(parser)
    parser.add_argument(
        "--discordance",
        type=float,
        default=0.10,
        metavar="SHARE",
        help="share of problems on which the two runs will differ (default 0.10)",
    )
    parser.add_argument(
        "--between",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="share of that which repeats do not average away (default 0.5)",
    )
    parser.add_argument(
        "--tokens",
        type=float,
        metavar="N",
        help="tokens of a response (default: of RUN's own, else 400)",
    )


def run(args: argparse.Namespace) -> int:
    return reporting(_plan, args)


def _plan(args: argparse.Namespace) -> int:
    from cft_eval.gate import plan

    check_test(args)
    if not 0 < args.discordance <= 1:
        raise CftError(f"--discordance {args.discordance}: a share between 0 and 1, such as 0.10")
    if not 0 <= args.between <= 1:
        raise CftError(f"--between {args.between}: a share from 0 to 1, such as 0.5")
    if args.tokens is not None and not 0 < args.tokens < 1e9:
        raise CftError(f"--tokens {args.tokens}: the tokens of a response, such as 400")
    run = outcomes_of(args.source, args) if args.source else None
    baselines = baselines_of(args) if args.baseline else []
    tasks, basis = _expected(run, baselines, args)
    choices = plan.plan(tasks, margin=args.margin / 100, alpha=args.alpha)
    say(plan.as_text(choices, basis=basis))
    return 0


def _expected(
    run: "RunOutcomes | None", baselines: "Sequence[RunOutcomes]", args: argparse.Namespace
) -> "tuple[dict[str, Expected], str]":
    """The tasks as expected, and the sentence that says on what grounds."""
    from cft_eval.gate import plan
    from cft_eval.results import aligned, pool
    from cft_eval.testsets import BENCHMARKS, SUITE

    if baselines and run is None:
        raise CftError("--baseline without a run: cft-eval gate plan RUN --baseline B")
    sizes = {BENCHMARKS[name].task: BENCHMARKS[name].size for name in SUITE}
    if run is not None:
        sizes = {task: len(outcomes.counts) for task, outcomes in run.tasks.items()}
    tokens = _tokens(args, list(sizes))
    grounds = "tokens estimated from the responses" if _has_responses(args) else "tokens assumed"
    if run is not None and baselines:
        baseline = aligned(run, pool(baselines))
        tasks = plan.measured(baseline, run, between=args.between, tokens=tokens)
        single = any(run.tasks[task].repeats == baseline.tasks[task].repeats == 1 for task in tasks)
        split = f", {args.between:.0%} of it for good (assumed: they asked each problem once)"
        return tasks, f"noise as between these two runs{split if single else ''}; {grounds}"
    tasks = plan.assumed(sizes, discordance=args.discordance, between=args.between, tokens=TOKENS)
    tasks = {task: each._replace(tokens=tokens[task]) for task, each in tasks.items()}
    return tasks, (
        f"assumed: the runs differ on {args.discordance:.0%} of the problems, {args.between:.0%} "
        f"of it for good; {grounds}"
    )


def _has_responses(args: argparse.Namespace) -> bool:
    return args.tokens is None and bool(args.source) and not is_boiled(args.source)


def _tokens(args: argparse.Namespace, tasks: Sequence[str]) -> dict[str, float]:
    if not _has_responses(args):
        return dict.fromkeys(tasks, args.tokens or TOKENS)
    lengths: dict[str, list[int]] = defaultdict(list)
    for sample in evaluation(str(Path(args.source))).samples:
        lengths[sample.task].append(len(sample.response))
    return {task: sum(lengths[task]) / len(lengths[task]) / CHARACTERS for task in tasks}
