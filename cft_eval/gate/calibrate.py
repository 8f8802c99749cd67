"""Try the gate on pairs of equal models and on planted drops: how often is it wrong?

    equal runs ──┬── each pair as it is ─────────────────> REGRESSION: a false alarm
                 └── right responses taken away at random ─> OK: a drop that was missed

Nothing is assumed of the runs but that they are of equal models: what they have in common, such as
a seed or a batch, is in them. A planted drop turns each right response wrong with the same chance,
so that each task's score falls by as much on average.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations

import numpy as np

from cft_eval.figures import percent
from cft_eval.gate.decide import GateDecision, decide
from cft_eval.gate.fingerprint import mismatches
from cft_eval.gate.measured import down, responses, share
from cft_eval.gate.pairs import Pair, paired_tasks, pooled
from cft_eval.gate.text import table
from cft_eval.plain import plain
from cft_eval.results import (
    Calibration,
    InvalidData,
    Replayed,
    ReplayRate,
    RunOutcomes,
    Spread,
    aligned,
)
from cft_eval.results.outcomes import DIGITS, LINE, TaskOutcomes
from cft_eval.stats import dispersion, pair_rate

MOST = 200
"""Replays of each truth: more cost minutes and tell little, since they share the runs."""

_LETTERS = np.array(list(DIGITS))

Step = Callable[[], object]


def calibrate(
    runs: Sequence[RunOutcomes],
    *,
    drops: Sequence[float],
    margin: float,
    alpha: float,
    most: int = MOST,
    passes: bool = False,
    allow: Sequence[str] = (),
    on_step: Step = lambda: None,
) -> Calibration:
    """Replay ``runs``, which are of equal models, in pairs; ``drops`` are planted besides.

    ``most``: replays of each truth; where there are fewer pairs, a drop is planted several times
    in each. Raises `InvalidData` where the runs were not made alike, or are the same.
    """
    runs = [aligned(runs[0], run) for run in runs]
    _alike(runs, allow)
    pairs = _drawn(len(runs), most)
    truths = sorted({0.0, margin, *drops})
    decided = {
        drop: list(_decided(runs, pairs, drop, (margin, alpha, allow), most, on_step))
        for drop in truths
    }
    return Calibration(
        created=datetime.now(UTC).replace(microsecond=0),
        models=tuple(dict.fromkeys(run.model for run in runs)),
        runs=len(runs),
        passes=passes,
        repeats=min(task.repeats for task in runs[0].tasks.values()),
        margin=margin,
        alpha=alpha,
        spread=_spread(runs),
        replayed=tuple(
            Replayed(
                drop=drop,
                ok=_rate(len(runs), said, GateDecision.OK, alpha),
                regression=_rate(len(runs), said, GateDecision.REGRESSION, alpha),
                replays=len(said),
            )
            for drop, said in decided.items()
        ),
    )


def replays_of(runs: int, truths: int, most: int) -> int:
    """How many decisions `calibrate` will take, for a progress bar."""
    pairs = len(_drawn(runs, most))
    return pairs + (truths - 1) * pairs * max(1, most // pairs)


def _alike(runs: Sequence[RunOutcomes], allow: Sequence[str]) -> None:
    if len(runs) < 2:
        raise InvalidData("one run is not enough: give at least two of equal models")
    for run in runs[1:]:
        for mismatch in mismatches(runs[0], run, allow=allow):
            if not mismatch.allowed:
                raise InvalidData(f"{run.model} was not run as {runs[0].model}: {mismatch}")
        if _repeats(run) != _repeats(runs[0]):
            raise InvalidData(
                f"{run.model} has a different number of responses per problem from "
                f"{runs[0].model}: give runs with the same number"
            )
    seen = [tuple(task.responses for task in run.tasks.values()) for run in runs]
    if len(set(seen)) < len(seen):
        raise InvalidData(
            "two of the runs gave the same responses, letter for letter, so nothing varies "
            "between them: give each run a --seed of its own and a temperature above 0, or runs of "
            "checkpoints trained with other seeds"
        )


def _repeats(run: RunOutcomes) -> list[int]:
    return [task.repeats for task in run.tasks.values()]


def _drawn(runs: int, most: int) -> list[tuple[int, int]]:
    """Ordered pairs, both directions of each; of very many some at random."""
    unordered = list(combinations(range(runs), 2))
    if 2 * len(unordered) > most:
        chosen = np.random.default_rng(0).permutation(len(unordered))[: max(1, most // 2)]
        unordered = [unordered[index] for index in sorted(chosen)]
    return [pair for i, j in unordered for pair in ((i, j), (j, i))]


def _decided(
    runs: Sequence[RunOutcomes],
    pairs: Sequence[tuple[int, int]],
    drop: float,
    test: tuple[float, float, Sequence[str]],
    most: int,
    on_step: Step,
) -> Iterator[tuple[tuple[int, int], GateDecision]]:
    """What the gate says of each pair: once as it is, as often as ``most`` allows with a drop."""
    margin, alpha, allow = test
    generator = np.random.default_rng([1, round(1e6 * drop)])
    times = max(1, most // len(pairs)) if drop else 1
    for i, j in [*pairs] * times:
        candidate = planted(runs[j], drop, generator) if drop else runs[j]
        report = decide(runs[i], candidate, margin=margin, alpha=alpha, allow=allow)
        yield (i, j), report.decision
        on_step()


def planted(run: RunOutcomes, drop: float, generator: np.random.Generator) -> RunOutcomes:
    """``run`` with each task worse by ``drop`` on average; a score below that becomes 0."""
    return run.model_copy(
        update={"tasks": {task: _worse(each, drop, generator) for task, each in run.tasks.items()}}
    )


def _worse(task: TaskOutcomes, drop: float, generator: np.random.Generator) -> TaskOutcomes:
    stays = max(0.0, 1 - drop / task.score) if task.score else 1.0
    counts = generator.binomial(task.counts, stays)
    right = "".join(_LETTERS[counts])
    return task.model_copy(
        update={
            "right": tuple(right[start : start + LINE] for start in range(0, len(right), LINE)),
            "responses": f"{generator.integers(2**62):016x}",
        }
    )


def _rate(
    runs: int,
    said: Sequence[tuple[tuple[int, int], GateDecision]],
    decision: GateDecision,
    alpha: float,
) -> ReplayRate:
    """How often the gate said ``decision``, over pairs."""
    hits, times = np.zeros((runs, runs)), np.zeros((runs, runs))
    for pair, each in said:
        hits[pair] += each is decision
        times[pair] += 1
    shares = np.where(times > 0, hits / np.maximum(times, 1), np.nan)
    measured = pair_rate(shares, promised=alpha)
    return ReplayRate(rate=measured.rate, low=measured.interval.low, high=measured.interval.high)


def _spread(runs: Sequence[RunOutcomes]) -> Spread:
    """Of the score on all problems together."""
    squares = []
    for a, b in combinations(runs, 2):
        square = standardised(pooled(paired_tasks(a, b, list(a.tasks))))
        squares.append(square)
    measured = dispersion(np.array(squares), len(runs))
    return Spread(ratio=measured.ratio, low=measured.interval.low, high=measured.interval.high)


def standardised(pair: Pair) -> float:
    """The squared difference of two runs over its variance under the sign-flip test: 1 on average
    where nothing changed; 1 where they do not differ at all."""
    differences = pair.b - pair.a
    variance = float((differences**2).sum())
    return float(differences.sum()) ** 2 / variance if variance else 1.0


HEADER = ("truth", "REGRESSION", "OK")


def as_text(calibration: Calibration) -> str:
    """The rates in a table, then each promise beside what was measured."""
    runs = calibration.runs
    whose = ", ".join(map(plain, calibration.models[:4]))
    whose += f" and {len(calibration.models) - 4} more" if len(calibration.models) > 4 else ""
    kind = f"{runs} passes of one run" if calibration.passes else f"{runs} runs"
    rows = [
        (
            f"{down(each.drop)} down" if each.drop else "nothing changed",
            share(each.regression),
            share(each.ok),
        )
        for each in calibration.replayed
    ]
    spread = calibration.spread
    lines = [
        f"{kind} of {whose}, in pairs; {responses(calibration.repeats)} a problem, margin "
        f"{100 * calibration.margin:g}, alpha {calibration.alpha:g}",
        "",
        table(HEADER, rows),
        "",
        f"{calibration.replayed[0].replays:,} replays of equal runs, "
        f"{calibration.replayed[-1].replays:,} of each drop; [95% intervals] count runs, "
        "not replays",
        f"equal runs vary {spread.ratio:.2f} times as much as the gate expects "
        f"(variance; 95% interval {spread.low:.2f} to {spread.high:.2f})",
        "",
    ]
    if calibration.broken:
        return "\n".join([*lines, *(f"worse than promised: {each}" for each in calibration.broken)])
    verdict = "nothing here is shown to be worse than promised"
    wide = max(rate.high for rate in (calibration.false_alarms, calibration.wrong_ok) if rate)
    if wide > 2 * calibration.alpha:
        verdict += (
            f"; as far as {runs} runs can tell, an error rate may still be "
            f"{percent(wide, places=0)}%: more runs narrow it"
        )
    return "\n".join([*lines, verdict])
