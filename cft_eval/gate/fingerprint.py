"""Were two runs made alike? Every setting that differs, task by task, in words.

    blocks a comparison: problems, prompts, settings, engine arguments, checker
    is noted:            versions, batch size, dtype of the cache, the tasks' names

What could a difference in scores come from, if not from the model? Nothing is compared here but
how the runs were made.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from cft_eval.results import RunOutcomes, first_difference, pairing, renamed
from cft_eval.results.outcomes import CHECKPOINT, Fact

GRADING = "grading"
"""The field in which runs differ that gave the same responses and got other outcomes."""

PROTOCOL = "protocol"
"""`--allow-diff`'s name for every setting at once, as for an import against your own run."""

TASK, PROBLEMS, ITEMS = "task", "number of problems", "items"

NEVER_ALLOWED = (TASK, PROBLEMS, ITEMS)
"""Without the same problems there is nothing to pair."""

_NOT_PROTOCOL = (*NEVER_ALLOWED, "policy", GRADING)

_HASHED = ("prompts", "chat_template", "system_instruction")

_FIRST = (TASK, PROBLEMS, ITEMS, GRADING, "policy", "checker", "prompts", "system_instruction")
"""What tells most stands first; the other fields follow in the order of the fingerprint."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One field in which the two runs were not made alike."""

    task: str
    field: str
    baseline: Fact
    candidate: Fact
    allowed: bool = False
    note: str = ""

    def __str__(self) -> str:
        # The words for missing problems are the note itself.
        tail = self.note if self.field not in NEVER_ALLOWED else ""
        note = " (allowed)" if self.allowed else f" ({tail})" if tail else ""
        return f"{self.task}: {self.words}{note}"

    @property
    def hashed(self) -> bool:
        """Whether the facts are hashes, which say nothing to a reader."""
        return self.field in _HASHED

    @property
    def words(self) -> str:
        """What differs, without the task's name."""
        if self.field == TASK:
            return "the candidate did not run it"
        if self.field in NEVER_ALLOWED:
            return self.note
        if self.hashed:
            unknown = _side_without(self.baseline, self.candidate)
            return f"{self.field}: not the same{unknown}"
        return f"{self.field}: {self.baseline!r} -> {self.candidate!r}"


def _side_without(baseline: Fact, candidate: Fact) -> str:
    if None not in (baseline, candidate):
        return ""
    return f" (the {'baseline' if baseline is None else 'candidate'} has none)"


def mismatches(
    baseline: RunOutcomes, candidate: RunOutcomes, *, allow: Collection[str] = ()
) -> list[Mismatch]:
    """Every field in which the runs differ, what tells most first; a task that the candidate lacks
    is one too. Tasks are paired by `results.pairing`."""
    differences: list[Mismatch] = []
    pairs = pairing(baseline, candidate)
    for task in baseline.tasks:
        if task not in pairs:
            differences.append(Mismatch(task, TASK, "present", "missing"))
            continue
        theirs, ours = baseline.fingerprint(task), candidate.fingerprint(pairs[task])
        differences += [
            Mismatch(task, field, theirs.get(field), ours.get(field), _allowed(field, allow))
            for field in dict.fromkeys([*theirs, *ours])
            if field != ITEMS and theirs.get(field) != ours.get(field)
        ]
        differences += _other_problems(task, pairs[task], baseline, candidate)
        differences += _other_grading(task, pairs[task], baseline, candidate, allow=allow)
    order = {field: rank for rank, field in enumerate(_FIRST)}
    return sorted(differences, key=lambda each: order.get(each.field, len(order)))


def _allowed(field: str, allow: Collection[str]) -> bool:
    return field in allow or (PROTOCOL in allow and field not in _NOT_PROTOCOL)


def _other_problems(
    task: str, other: str, baseline: RunOutcomes, candidate: RunOutcomes
) -> Iterator[Mismatch]:
    """Other problems cannot be allowed: there is nothing to pair them with."""
    left, right = baseline.tasks[task], candidate.tasks[other]
    names = baseline.fingerprint(task).get(ITEMS), candidate.fingerprint(other).get(ITEMS)
    sizes = len(left.counts), len(right.counts)
    which = first_difference(left, right)
    if sizes[0] != sizes[1]:
        less, more = min(sizes), max(sizes)
        side = "" if sizes[1] < sizes[0] else " for the baseline"
        words = f"{less:,} of {more:,} problems were run{side}"
        yield Mismatch(task, PROBLEMS, *sizes, note=f"{words} ({which})" if which else words)
    elif names[0] != names[1] or which:
        words = f"items: not the same {sizes[0]:,} problems"
        yield Mismatch(task, ITEMS, *names, note=f"{words} ({which})" if which else words)


def _other_grading(
    task: str,
    other: str,
    baseline: RunOutcomes,
    candidate: RunOutcomes,
    *,
    allow: Collection[str],
) -> Iterator[Mismatch]:
    """The same responses under the same checker have the same outcomes, or one of them lies."""
    sides = (baseline, task), (candidate, other)
    left, right = (run.tasks[name] for run, name in sides)
    if (left.responses, left.repeats) != (right.responses, right.repeats):
        return
    checkers = [run.fingerprint(name).get("checker") for run, name in sides]
    counts = left.counts, right.counts
    if checkers[0] != checkers[1] or len(counts[0]) != len(counts[1]):
        return
    indices = [i for i, pair in enumerate(zip(*counts, strict=True)) if pair[0] != pair[1]]
    if not indices:
        return
    names = left.items or right.items
    item = names[indices[0]] if names else f"number {indices[0]} in the order of their hashes"
    note = (
        f"the same responses, letter for letter, are graded differently on {len(indices)} "
        f"problems, first on item {item}: the checker changed and its version did not"
    )
    facts = f"{sum(left.counts)} right", f"{sum(right.counts)} right"
    yield Mismatch(task, GRADING, *facts, GRADING in allow, note)


def notes(baseline: RunOutcomes, candidate: RunOutcomes) -> tuple[str, ...]:
    """What differs and blocks nothing: names of tasks, versions, batch size, the cache's dtype."""
    named = [
        f"{ours} is paired with the candidate's {theirs}: the same benchmark"
        for ours, theirs in renamed(pairing(baseline, candidate)).items()
    ]
    sides = baseline.notes, candidate.notes
    differing = [
        f"{name}: {_said(sides[0].get(name))} -> {_said(sides[1].get(name))}"
        for name in dict.fromkeys([*sides[0], *sides[1]])
        if name not in CHECKPOINT  # two models are expected to be two checkpoints
        and sides[0].get(name) != sides[1].get(name)
        and sides[0]
        and sides[1]
    ]
    return (*named, *differing)


def _said(fact: str | None) -> str:
    return "not recorded" if fact is None else fact


def advice(differences: Sequence[Mismatch]) -> list[str]:
    """What can be done about the differences that block; only what works."""
    blocking = [each for each in differences if not each.allowed]
    fields = list(dict.fromkeys(each.field for each in blocking))
    missing = [each.task for each in blocking if each.field == TASK]
    lines = []
    if missing:
        lines.append(f"run the candidate on {', '.join(missing)} too")
    if PROBLEMS in fields or ITEMS in fields:
        lines.append("run both on the same problems (--limit cuts them): nothing else can help")
    if GRADING in fields:
        lines.append(f"grade both with one checker, or accept it: --allow-diff {GRADING}")
    rest = [field for field in fields if field not in (*NEVER_ALLOWED, GRADING)]
    if rest and not lines:
        options = " ".join(f"--allow-diff {field}" for field in rest)
        whole = f" (or all settings at once: --allow-diff {PROTOCOL})" if len(rest) > 3 else ""
        lines.append(f"run both alike, or accept what differs: {options}{whole}")
    elif rest:
        lines.append(f"run both alike in {', '.join(rest)}")
    return lines
