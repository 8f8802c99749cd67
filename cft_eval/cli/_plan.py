"""What `cft-eval gate plan` expects of each task (sizes, noise, tokens) and on what grounds."""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli._sources import evaluation, is_boiled
from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.gate.plan import Expected
    from cft_eval.results import RunOutcomes

TOKENS = 400.0
"""Of a response to a competition problem without long thought."""

CHARACTERS = 3.0
"""Of mathematics in English, to a token: an estimate, good to a third."""


def expected(
    run: "RunOutcomes | None", baselines: "Sequence[RunOutcomes]", args: argparse.Namespace
) -> "tuple[dict[str, Expected], str]":
    """The tasks as expected, and the sentence that says on what grounds."""
    from cft_eval.gate import plan
    from cft_eval.results import pool
    from cft_eval.testsets import BENCHMARKS, SUITE

    if baselines and run is None:
        raise CftError("--baseline without a run: cft-eval gate plan RUN --baseline B")
    sizes = {BENCHMARKS[name].task: BENCHMARKS[name].size for name in SUITE}
    if run is not None:
        sizes = {task: len(outcomes.counts) for task, outcomes in run.tasks.items()}
    tokens = _tokens(args, list(sizes))
    grounds = "tokens estimated from the responses" if _has_responses(args) else "tokens assumed"
    if run is not None and baselines:
        baseline = pool(baselines)
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
