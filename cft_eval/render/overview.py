"""One run looked through: scores, endings, lengths, levels and subjects, pass@k, what was missed.

    Run, Samples ── by task, by problem ──> Overview ── text, or `overview_page`

What a run does not say is None, and is shown as unknown; nothing is compared here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from cft_eval.figures import percent
from cft_eval.plain import plain
from cft_eval.render.text import count
from cft_eval.results import Run, Sample, TaskScore
from cft_eval.results.repeats import pass_at
from cft_eval.stats import Interval, clustered_mean, proportion

CUT = "length"


class ScoredPart(NamedTuple):
    """A score over some problems."""

    name: str
    problems: int
    score: float
    interval: Interval


class ResponseLengths(NamedTuple):
    """Of the responses: in tokens where the engine told of all, else in characters."""

    unit: str
    middle: float
    high: float
    """Nine of ten are no longer."""

    longest: int


@dataclass(frozen=True, slots=True)
class TaskOverview:
    whole: ScoredPart
    claimed: TaskScore
    outcomes: dict[str, int]
    """Responses by what was decided about them."""

    endings: dict[str, int]
    lengths: ResponseLengths
    curve: tuple[tuple[int, float], ...]
    """pass@k for k = 1, 2, 4 … and all; empty where there is one response to each problem."""

    slices: dict[str, tuple[ScoredPart, ...]]
    """By "level" and "subject", where the problems have them."""

    missed: tuple[Sample, ...]
    """A response to each problem that was never answered right, in the order of the set."""

    @property
    def majority(self) -> float | None:
        return self.claimed.scores.get("maj_at_k")


@dataclass(frozen=True, slots=True)
class Overview:
    run: Run
    tasks: dict[str, TaskOverview]


def overview(run: Run, samples: Iterable[Sample]) -> Overview:
    """Look through ``run``; its ``samples`` are those of all its tasks."""
    by_task: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_task[sample.task].append(sample)
    tasks = {task: _task(task, score, by_task[task]) for task, score in run.tasks.items()}
    return Overview(run, tasks)


def score_interval(samples: Sequence[Sample]) -> Interval:
    """The 95 % interval of the share of right responses, clustered by problem."""
    means = [sum(flags) / len(flags) for flags in _flags(samples).values()]
    if all(mean in (0.0, 1.0) for mean in means) and _once(samples):
        return proportion(round(sum(means)), len(means))
    if len(means) == 1:
        return Interval(0.0, 1.0)  # one problem says nothing of the others
    return clustered_mean(means)  # type: ignore[arg-type]  # any sequence will do


def _once(samples: Iterable[Sample]) -> bool:
    return all(sample.repeat == 0 for sample in samples)


def _flags(samples: Iterable[Sample]) -> dict[str, list[bool]]:
    flags: defaultdict[str, list[bool]] = defaultdict(list)
    for sample in samples:
        flags[sample.item].append(sample.outcome == "correct")
    return flags


def _task(task: str, score: TaskScore, samples: Sequence[Sample]) -> TaskOverview:
    return TaskOverview(
        whole=_part(task, samples),
        claimed=score,
        outcomes=dict(Counter(sample.outcome.value for sample in samples).most_common()),
        endings=dict(Counter(sample.finish for sample in samples)),
        lengths=_lengths(samples),
        curve=_curve(_flags(samples), score.repeats),
        slices={kind: parts for kind in ("level", "subject") if (parts := _slices(samples, kind))},
        missed=_missed(samples),
    )


def _part(name: str, samples: Sequence[Sample]) -> ScoredPart:
    flags = _flags(samples)
    score = sum(sum(each) / len(each) for each in flags.values()) / len(flags)
    return ScoredPart(name, len(flags), score, score_interval(samples))


def _lengths(samples: Sequence[Sample]) -> ResponseLengths:
    tokens = [sample.tokens for sample in samples if sample.tokens is not None]
    whole = len(tokens) == len(samples)
    sizes = sorted(tokens if whole else [len(sample.response) for sample in samples])
    high = sizes[min(len(sizes) - 1, (9 * len(sizes)) // 10)]
    return ResponseLengths("tokens" if whole else "characters", median(sizes), high, sizes[-1])


def _curve(flags: dict[str, list[bool]], repeats: int) -> tuple[tuple[int, float], ...]:
    if repeats < 2:
        return ()
    numbers = [2**power for power in range(repeats.bit_length()) if 2**power < repeats]
    return tuple(
        (k, sum(pass_at(k, each) for each in flags.values()) / len(flags))
        for k in (*numbers, repeats)
    )


def _slices(samples: Sequence[Sample], kind: str) -> tuple[ScoredPart, ...]:
    by_name: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        name = getattr(sample, kind)
        if name:
            by_name[str(name)].append(sample)
    return tuple(_part(name, by_name[name]) for name in sorted(by_name))


def _missed(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    flags = _flags(samples)
    firsts = {s.item: s for s in sorted(samples, key=lambda s: (-s.index, -s.repeat))}
    return tuple(sorted((s for s in firsts.values() if not any(flags[s.item])),
                        key=lambda s: s.index))  # fmt: skip


def overview_text(of: Overview, *, show: int = 0, notes: Sequence[str] = ()) -> str:
    """The overview for a terminal; ``show`` missed problems of each task, and ``notes`` at the
    end."""
    lines = [plain(f"{of.run.model.name}, {of.run.created:%Y-%m-%d}, {of.run.engine}")]
    for task in of.tasks.values():
        lines += ["", *_task_lines(task, show)]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _task_lines(task: TaskOverview, show: int) -> list[str]:
    whole, claimed = task.whole, task.claimed
    each = f", {claimed.repeats} responses each" if claimed.repeats > 1 else ""
    lines = [
        f"{plain(whole.name)}: {scored(whole)}, {whole.problems} of {claimed.expected_items} "
        f"problems{each}",
        f"  outcomes: {named(task.outcomes)}",
        f"  endings: {named(ending_names(task.endings))}",
        f"  length: {length_text(task.lengths)}",
    ]
    if task.curve:
        lines.append("  " + ", ".join(f"pass@{k} {percent(share)}%" for k, share in task.curve))
    if task.majority is not None:
        lines.append(f"  maj@{claimed.repeats} {percent(task.majority)}%")
    for kind, parts in task.slices.items():
        lines.append(f"  by {kind}:")
        lines += [f"    {plain(part.name)}: {scored(part)}, {part.problems}" for part in parts]
    lines.append(f"  never right: {len(task.missed)} of {whole.problems} problems")
    lines += [
        f"    number {s.index}: {plain(s.answer or 'no answer')} for {plain(s.reference)}"
        for s in task.missed[:show]
    ]
    return lines


def scored(part: ScoredPart) -> str:
    """A score with its interval."""
    low, high = part.interval.low, part.interval.high
    return f"{percent(part.score)}% ({percent(low)} to {percent(high)})"


def named(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items())


def ending_names(endings: dict[str, int]) -> dict[str, int]:
    """In words: what stopped by itself, what the limit cut, and what nobody told."""
    words = {"stop": "ended", CUT: "cut by the token limit", "unknown": "unknown"}
    return {word: endings[name] for name, word in words.items() if name in endings}


def length_text(lengths: ResponseLengths) -> str:
    return (
        f"median {count(round(lengths.middle))} {lengths.unit}, 90 % up to "
        f"{count(round(lengths.high))}, longest {count(lengths.longest)}"
    )
