"""Watch a training run over its checkpoints: has its score ever fallen from where it was?

    checkpoints ── each against all before it ──> evidence that multiplies ──> alarm, or none

Testing after each checkpoint at a level of 5 % would raise an alarm in nearly every long run.
Evidence that may be looked at any number of times (`stats.DropMonitor`) does not: the chance of a
false alarm over the whole run, however long, is at most alpha. Each checkpoint is compared with the
mean of all earlier ones, including the reference, so that drops too small to show one by one add
up. The evidence says that the score fell; how far is measured from the reference or that mean,
whichever is higher. A broken set-up (responses without an answer, empty or cut) alarms at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from cft_eval._version import __version__
from cft_eval.figures import points, quantity, typed
from cft_eval.gate.fingerprint import mismatches
from cft_eval.gate.pairs import POOLED, SUITE
from cft_eval.gate.setups import broken_setup, collapse_level
from cft_eval.gate.text import table
from cft_eval.plain import as_json as plain_json
from cft_eval.plain import plain
from cft_eval.results import InvalidData, RunOutcomes, aligned
from cft_eval.stats import DropMonitor, Floats, exchanged

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Watched:
    """One task, all problems together, or the mean over tasks, at every checkpoint."""

    task: str
    reference: float
    """Its score, 0..1."""

    scores: tuple[float, ...]
    """Of each checkpoint."""

    falls: tuple[float, ...]
    """Of each checkpoint from the mean of all before it, 0..1; below 0 where it fell."""

    evidence: tuple[float, ...]
    """After each checkpoint: 1 before the first."""

    threshold: float
    """Evidence that shows a drop."""

    alarm: int | None
    """The first checkpoint (from 0) at which it is shown to have fallen, and lies the margin below
    the reference or below the mean of all before."""

    @property
    def changes(self) -> tuple[float, ...]:
        """Of each checkpoint from the reference."""
        return tuple(score - self.reference for score in self.scores)


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """The whole run."""

    reference: str
    checkpoints: tuple[str, ...]
    margin: float
    alpha: float
    planned: int | None
    rows: tuple[Watched, ...]
    broken: tuple[str | None, ...] = ()
    """Of each checkpoint, how a broken set-up shows."""

    @property
    def alarm(self) -> tuple[int, tuple[Watched, ...]] | None:
        """The first checkpoint with an alarm, and the rows that raise it; none of them where the
        set-up is broken."""
        alarms = [row.alarm for row in self.rows if row.alarm is not None]
        alarms += [index for index, broken in enumerate(self.broken) if broken]
        if not alarms:
            return None
        first = min(alarms)
        return first, tuple(row for row in self.rows if row.alarm == first)


def watch(
    reference: RunOutcomes,
    checkpoints: Sequence[RunOutcomes],
    *,
    names: Sequence[str],
    margin: float = 0.01,
    alpha: float = 0.05,
    planned: int | None = None,
    allow: Collection[str] = (),
) -> WatchedRun:
    """Compare each of ``checkpoints``, in the order of training, with all earlier ones.

    ``planned``: how many there will be, fixed before the first is looked at. Raises `InvalidData`
    where a checkpoint was not run as the reference.
    """
    if not checkpoints:
        raise InvalidData("only the reference is left: give two runs or more")
    if planned is not None and len(checkpoints) > planned:
        raise InvalidData(
            f"{quantity(len(checkpoints), 'checkpoints')}, where {planned} were planned: the plan "
            "cannot grow after looks were taken; watch without --checkpoints"
        )
    alike = [
        _alike(reference, run, name, allow) for run, name in zip(checkpoints, names, strict=True)
    ]
    looks = [_columns(run, list(reference.tasks)) for run in alike]
    first = _columns(reference, list(reference.tasks))
    weights = _weights(reference)
    rows = [
        _watched(row, weight, [first, *looks], DropMonitor(planned), margin, 1 / (alpha * share))
        for (row, weight), share in zip(weights.items(), _shares(list(weights)), strict=True)
    ]
    return WatchedRun(
        reference=reference.model,
        checkpoints=tuple(names),
        margin=margin,
        alpha=alpha,
        planned=planned,
        rows=tuple(rows),
        broken=tuple(_broken(reference, run, alpha, look) for look, run in enumerate(alike, 1)),
    )


def _broken(reference: RunOutcomes, run: RunOutcomes, alpha: float, look: int) -> str | None:
    """How a broken set-up shows at the ``look``-th checkpoint; the levels of all looks, however
    many, add up to that of one gate: 1/(1·2) + 1/(2·3) + … = 1."""
    level = collapse_level(alpha, len(reference.tasks)) / (look * (look + 1))
    faults = {
        task: broken_setup(outcomes, run.tasks[task], level)
        for task, outcomes in reference.tasks.items()
    }
    return next((f"{task}: {broken}" for task, broken in faults.items() if broken), None)


class CheckpointCounts(NamedTuple):
    """Right responses and responses of each problem of all tasks, shape n each."""

    right: Floats
    repeats: Floats


def _columns(run: RunOutcomes, tasks: Sequence[str]) -> CheckpointCounts:
    counts = [np.array(run.tasks[task].counts, dtype=np.float64) for task in tasks]
    repeats = [
        np.full(c.size, float(run.tasks[t].repeats)) for c, t in zip(counts, tasks, strict=True)
    ]
    return CheckpointCounts(np.concatenate(counts), np.concatenate(repeats))


def _alike(
    reference: RunOutcomes, run: RunOutcomes, name: str, allow: Collection[str]
) -> RunOutcomes:
    for mismatch in mismatches(reference, run, allow=allow):
        if not mismatch.allowed:
            raise InvalidData(f"{name} was not run as the reference: {mismatch}")
    return aligned(reference, run)


def _weights(run: RunOutcomes) -> dict[str, Floats]:
    """Of each problem in each row; 0 for those of other tasks."""
    sizes = {task: len(outcomes.counts) for task, outcomes in run.tasks.items()}
    of_task = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    each = np.repeat([1 / n for n in sizes.values()], list(sizes.values()))
    rows = {task: np.where(of_task == i, each, 0.0) for i, task in enumerate(sizes)}
    if len(sizes) > 1:
        rows[POOLED] = np.full(each.size, 1 / each.size)
        rows[SUITE] = each / len(sizes)
    return rows


def _shares(rows: Sequence[str]) -> list[float]:
    """Of alpha: all problems together have half of it, the other rows share the rest."""
    if len(rows) == 1:
        return [1.0]
    return [0.5 if row == POOLED else 0.5 / (len(rows) - 1) for row in rows]


def _watched(
    row: str,
    weights: Floats,
    looks: Sequence[CheckpointCounts],
    monitor: DropMonitor,
    margin: float,
    threshold: float,
) -> Watched:
    mine = weights > 0
    weights, looks = (
        weights[mine],
        [CheckpointCounts(*(column[mine] for column in look)) for look in looks],
    )
    past, *later = looks
    scores = [float(weights @ (look.right / look.repeats)) for look in looks]
    falls, evidence = [], []
    for look in later:
        fall = float(weights @ (look.right / look.repeats - past.right / past.repeats))
        groups = exchanged((past.right, look.right), (past.repeats, look.repeats), weights)
        evidence.append(monitor.look(groups, fall))
        falls.append(fall)
        past = CheckpointCounts(past.right + look.right, past.repeats + look.repeats)
    shown = [
        index
        for index, (fall, seen) in enumerate(zip(falls, evidence, strict=True))
        if seen >= threshold and min(fall, scores[index + 1] - scores[0]) <= -margin
    ]
    return Watched(
        task=row,
        reference=scores[0],
        scores=tuple(scores[1:]),
        falls=tuple(falls),
        evidence=tuple(evidence),
        threshold=threshold,
        alarm=shown[0] if shown else None,
    )


BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 40
"""Checkpoints that a sparkline shows: the last ones."""


def sparkline(values: Sequence[float]) -> str:
    """A bar a value, from the lowest to the highest; all alike where nothing moves."""
    shown = values[-MOST_BARS:]
    low, high = min(shown), max(shown)
    if high == low:
        return BARS[3] * len(shown)
    return "".join(BARS[round((v - low) / (high - low) * (len(BARS) - 1))] for v in shown)


HEADER = ("row", "score by checkpoint", "change", "fall", "evidence", "alarm at")


def headline(watched: WatchedRun) -> str:
    """What was seen, in a sentence."""
    looks = len(watched.checkpoints)
    if watched.alarm is None:
        return (
            f"NO ALARM  {quantity(looks, 'checkpoints')} since {watched.reference}: no fall of "
            f"{typed(watched.margin)} points is shown"
        )
    index, rows = watched.alarm
    if watched.broken[index]:
        return (
            f"ALARM  at checkpoint {index + 1} of {looks} ({watched.checkpoints[index]}): "
            f"{watched.broken[index]}: a broken set-up"
        )
    first = next((row for row in rows if row.task == POOLED), rows[0])
    others = [row.task for row in rows if row is not first]
    also = f"; also {', '.join(others)}" if others else ""
    return (
        f"ALARM  at checkpoint {index + 1} of {looks} ({watched.checkpoints[index]}): {first.task} "
        f"{points(first.changes[index])} points from {watched.reference} and "
        f"{points(first.falls[index])} from the mean of all before, a fall which chance over the "
        f"whole run does not explain{also}"
    )


def as_text(watched: WatchedRun) -> str:
    """The sentence, a sparkline a row, and how to read them."""
    rows = [
        (
            plain(row.task),
            sparkline([row.reference, *row.scores]),
            points(row.changes[-1]),
            points(row.falls[-1]),
            f"{row.evidence[-1]:.2g} of {row.threshold:.0f}",
            "-" if row.alarm is None else plain(watched.checkpoints[row.alarm]),
        )
        for row in watched.rows
    ]
    plan = (
        "of any length"
        if watched.planned is None
        else f"of {quantity(watched.planned, 'checkpoints')}"
    )
    return "\n".join(
        [
            plain(headline(watched)),
            "",
            table(HEADER, rows, left=2),
            "",
            "in points, of the last checkpoint: change from the reference, fall from the mean of "
            "all before",
            f"a false alarm over the whole run ({plan}), looked at as often as one likes, has a "
            f"chance of {watched.alpha:g} at most",
        ]
    )


def as_json(watched: WatchedRun) -> str:
    """Every number."""
    alarm = watched.alarm
    head = {
        "kind": "cft-eval watch",
        "schema_version": JSON_VERSION,
        "cft_eval_version": __version__,
        "headline": headline(watched),
        "alarm": None if alarm is None else watched.checkpoints[alarm[0]],
    }
    return (
        plain_json(
            {
                **head,
                **asdict(watched),
                "rows": [{**asdict(row), "changes": row.changes} for row in watched.rows],
            },
            indent=1,
        )
        + "\n"
    )
