"""Two runs side by side: what changed, whether it is real, and on which problems.

Unlike the gate it refuses nothing but different problems: runs made differently are compared, and
the differences are said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cft_eval.figures import size
from cft_eval.gate.fingerprint import Mismatch, mismatches, notes
from cft_eval.gate.pairs import SUITE, Pair, SuiteChange, paired_tasks, pooled
from cft_eval.results import InvalidData, RunOutcomes, Sample, aligned
from cft_eval.stats import (
    Interval,
    detectable,
    holm,
    inverse_variance,
    macro,
    micro,
    minimum_detectable,
)
from cft_eval.stats.distributions import normal_upper

ESSENTIAL = {"items", "number of problems", "policy"}
"""Without these two runs have nothing to be paired on."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One task of two runs, all problems together, or the suite; B minus A."""

    task: str
    problems: int
    a: float
    b: float
    interval: Interval
    """For problems like these; of this row alone, as ``p``."""

    fixed: Interval | None
    """For these very problems, the noise of sampling alone; None with one response a problem,
    where it cannot be told apart."""

    gains: int
    losses: int
    p: float
    """Two-sided: mid-p McNemar; the gate's sign-flip test where there are repeats."""

    p_holm: float
    """Adjusted by Holm over the tasks. All problems together and the suite are one question each
    and stay as they are."""

    better: str | None
    """The name of the run that ``p_holm`` shows to be better; None where the data cannot tell."""

    verdict: str


@dataclass(frozen=True, slots=True)
class Weighted:
    """The change of a mean over tasks, under one way of weighing them."""

    how: str
    change: float
    stderr: float
    shares: tuple[float, ...]
    """Each task's share of the variance."""


@dataclass(frozen=True, slots=True)
class Comparison:
    a: str
    b: str
    alpha: float
    rows: tuple[Compared, ...]
    pooled: Compared
    """All problems together."""

    suite: Compared
    """The unweighted mean over the tasks, as papers print it."""

    means: tuple[Weighted, ...]
    """Ways to weigh the tasks; empty with one task, or with a task of one problem."""

    mismatches: tuple[Mismatch, ...]
    """How the runs were not made alike; for the reader to weigh."""

    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What differs and is no setting: names of tasks, versions, batch size."""

    @property
    def shown(self) -> tuple[Compared, ...]:
        """The rows of a table: with one task there is nothing to put together."""
        if len(self.rows) == 1:
            return self.rows
        return (*self.rows, self.pooled, self.suite)

    @property
    def silent(self) -> tuple[Compared, ...]:
        """The tasks on which the data cannot tell the runs apart."""
        return tuple(row for row in self.rows if not row.better)


def compare(
    a: RunOutcomes, b: RunOutcomes, *, alpha: float = 0.05, names: tuple[str, str] = ("A", "B")
) -> Comparison:
    """Compare the tasks that both runs have; raises `InvalidData` where there is none."""
    differing, noted = mismatches(a, b), notes(a, b)
    b = aligned(a, b)
    shared = [task for task in a.tasks if task in b.tasks]
    if not shared:
        raise InvalidData(f"no task in common: {', '.join(a.tasks)} against {', '.join(b.tasks)}")
    differing = [m for m in differing if m.task in shared]
    for mismatch in differing:
        if mismatch.field in ESSENTIAL:
            raise InvalidData(f"these runs did not answer the same problems: {mismatch}")
    pairs = paired_tasks(a, b, shared)
    raw = [pair.change() for pair in pairs]
    rows = [
        # Holm's first step, the strictest, is what a task that cannot tell would have to pass.
        _compared(pair, p, adjusted, alpha, alpha / len(pairs), names)
        for pair, p, adjusted in zip(pairs, raw, holm(raw), strict=True)
    ]
    whole = pooled(pairs)
    p = whole.change()
    return Comparison(
        a=a.model,
        b=b.model,
        alpha=alpha,
        rows=tuple(rows),
        pooled=_compared(whole, p, p, alpha, alpha, names),
        suite=_suite(SuiteChange(tuple(pairs)), alpha, names),
        means=_weighted(pairs),
        mismatches=tuple(differing),
        only_a=tuple(task for task in a.tasks if task not in b.tasks),
        only_b=tuple(task for task in b.tasks if task not in a.tasks),
        notes=noted,
    )


def _compared(
    pair: Pair,
    p: float,
    p_holm: float,
    alpha: float,
    alpha_each: float,
    names: tuple[str, str],
) -> Compared:
    needed = size(_visible(pair, alpha_each))
    better = _better(pair, p_holm, alpha, names)
    verdict = f"{pair.task}: undecided; only a difference of {needed} points or more would show"
    if better:
        verdict = f"{better} is better on {pair.task}"
    (a, b), (gains, losses) = pair.scores, pair.gains_losses
    return Compared(
        task=pair.task,
        problems=pair.problems,
        a=a,
        b=b,
        interval=pair.interval(alpha),
        fixed=pair.fixed(alpha),
        gains=gains,
        losses=losses,
        p=p,
        p_holm=p_holm,
        better=better,
        verdict=verdict,
    )


def _suite(suite: SuiteChange, alpha: float, names: tuple[str, str]) -> Compared:
    p, interval = suite.change(alpha), suite.interval(alpha)
    better = _better(suite, p, alpha, names)
    if better:
        verdict = f"{better} is better on the mean over tasks"
    else:
        half = (interval.high - interval.low) / (2 * normal_upper(alpha / 2))
        needed = size(detectable(half, alpha=alpha))
        verdict = (
            f"the mean over tasks: undecided; only a difference of {needed} points or more "
            "would show"
        )
    (a, b), (gains, losses) = suite.scores, suite.gains_losses
    return Compared(
        task=SUITE,
        problems=suite.problems,
        a=a,
        b=b,
        interval=interval,
        fixed=None,
        gains=gains,
        losses=losses,
        p=p,
        p_holm=p,
        better=better,
        verdict=verdict,
    )


def _better(row: Pair | SuiteChange, p: float, alpha: float, names: tuple[str, str]) -> str | None:
    return None if p >= alpha else names[1] if row.delta > 0 else names[0]


def _visible(pair: Pair, alpha: float) -> float:
    """The smallest difference that runs as unlike as these show, at 80 % power.

    Where no problem differs the rate is unknown, not zero, and taken as one in n.
    """
    if not pair.binary:
        low, high = pair.interval(alpha)
        return detectable((high - low) / (2 * normal_upper(alpha / 2)), alpha=alpha)
    discordance = max(sum(pair.gains_losses) / pair.problems, 1 / pair.problems)
    return minimum_detectable(pair.problems, discordance, alpha=alpha)


def _weighted(pairs: Sequence[Pair]) -> tuple[Weighted, ...]:
    """The change of the mean over tasks, in the three ways that are printed; what it hangs on."""
    known = [pair.difference for pair in pairs]
    if len(pairs) < 2 or None in known:
        return ()
    stderrs = [each.stderr for each in known if each is not None]
    changes = [pair.delta for pair in pairs]
    ways = {
        "every task equally (macro)": macro(changes, stderrs),
        "every problem equally (micro)": micro(changes, stderrs, [pair.problems for pair in pairs]),
    }
    # A task on which no problem differs has no spread to weigh it by.
    if all(stderr > 0 for stderr in stderrs):
        ways["by precision (inverse variance)"] = inverse_variance(changes, stderrs)
    return tuple(Weighted(how, *way) for how, way in ways.items())


@dataclass(frozen=True, slots=True)
class Discordant:
    """A problem that one run has right and the other wrong, with both responses."""

    a: Sample
    b: Sample

    @property
    def gained(self) -> bool:
        return self.b.outcome == "correct"


def discordant(
    a: Iterable[Sample], b: Iterable[Sample], *, paired: Mapping[str, str] | None = None
) -> list[Discordant]:
    """The problems on which responses differ in outcome: losses first, then gains.

    ``paired``: a task of ``a`` to that of ``b`` (`results.pairing`); by default those of one name.
    """
    names = {} if paired is None else {theirs: ours for ours, theirs in paired.items()}
    theirs = {(sample.task, sample.item, sample.repeat): sample for sample in a}
    pairs = []
    for sample in b:
        task = sample.task if paired is None else names.get(sample.task, "")
        other = theirs.get((task, sample.item, sample.repeat))
        if other is not None and (other.outcome == "correct") != (sample.outcome == "correct"):
            pairs.append(Discordant(other, sample))
    return sorted(pairs, key=lambda d: (d.gained, d.a.task, d.a.index, d.a.repeat))


def sampled(pairs: Sequence[Discordant], most: int) -> list[Discordant]:
    """At most ``most`` of them, losses and gains in equal parts as far as there are both."""
    losses = [pair for pair in pairs if not pair.gained]
    gains = [pair for pair in pairs if pair.gained]
    losses_shown = max(most - most // 2, most - len(gains))
    return [*losses[:losses_shown], *gains[: most - min(losses_shown, len(losses))]]
