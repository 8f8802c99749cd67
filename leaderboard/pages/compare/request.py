"""Which comparison a visitor asks for, and what pages and files of it share."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cft_eval.gate import mismatches
from cft_eval.leaderboard.data.suites import title
from cft_eval.render.setting_words import setting_differences
from cft_eval.render.text import count, owner_and_name, short
from cft_eval.results import Policy, RunOutcomes, pairing

MOST_RUNS = 26
"""Runs that one page ranks: a letter each."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

FILES = {"json": "JSON", "csv": "CSV", "md": "Markdown", "svg": "SVG"}
"""Ending of the address of a comparison as a file, and its name."""

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """Which comparison, and which part of its discordant problems."""

    runs: tuple[str, ...]
    policy: Policy = "strict"
    show: str = ""
    start: int = 0
    snapshot: str = ""
    """The id of a snapshot; then the runs are its own."""

    day: str = ""
    """When the snapshot was taken."""

    @property
    def change_url(self) -> str:
        """The page that asks which runs, with these ticked."""
        return f"/compare?{urlencode({'pick': 1, 'run': self.runs, **self._policy}, doseq=True)}"

    @property
    def _policy(self) -> dict[str, str]:
        return {} if self.policy == "strict" else {"policy": self.policy}

    @property
    def live(self) -> str:
        """The address of the same comparison as of now."""
        return ComparisonRequest(self.runs, self.policy).url()

    def url(self, *, ending: str = "", **changes: object) -> str:
        """The address of this comparison, as a page or as a file."""
        parts: dict[str, object] = {"show": self.show, "start": self.start, **changes}
        if not self.snapshot:
            parts = {"run": self.runs, "policy": self.policy, **parts}
        given = {name: value for name, value in parts.items() if value not in ("", 0, "strict")}
        path = f"/comparisons/{self.snapshot}" if self.snapshot else "/compare"
        query = urlencode(given, doseq=True)
        return f"{path}{ending}" + (f"?{query}" if query else "")


def lettered(outcomes: Sequence[RunOutcomes]) -> list[RunOutcomes]:
    """The same with a letter before each name, so that two runs of one model stay two."""
    return [
        run.model_copy(update={"model": f"{letter} {run.model}"[:300]})
        for letter, run in zip(LETTERS, outcomes, strict=False)
    ]


MOST_DIFFERING = 30
"""Runs with other settings that are named one by one."""


def distinct(names: Sequence[tuple[str, int | None, str]]) -> list[str]:
    """What runs are called on a page, each by another name: of model, step and id of each the
    least that tells it from the others.

    >>> distinct([("lab/a", None, "1"), ("lab/b", 3, "2"), ("lab/b", 4, "3"), ("lab/a", None, "4")])
    ['a, run 1', 'b, step 3', 'b, step 4', 'a, run 4']
    """
    last = [short(owner_and_name(model)[1], LONGEST_NAME) for model, _, _ in names]
    whole = [short(model, 2 * LONGEST_NAME) for model, _, _ in names]
    steps = [
        name if step is None else f"{name}, step {count(step)}"
        for name, (_, step, _) in zip(last, names, strict=True)
    ]
    runs = [f"{name}, run {run}" for name, (_, _, run) in zip(last, names, strict=True)]
    forms = list(zip(last, whole, steps, runs, strict=True))
    counts = [Counter(column) for column in zip(*forms, strict=True)]

    def alone(row: tuple[str, ...]) -> str:
        single = (name for name, each in zip(row, counts, strict=True) if each[name] == 1)
        return next(single, row[-1])

    return [alone(row) for row in forms]


LONGEST_NAME = 48


def other_settings(outcomes: Sequence[RunOutcomes], names: Sequence[str]) -> list[str]:
    """In which settings each run differs from the first, on the tasks that all have: a run a
    line."""
    first = outcomes[0]
    common = [task for task in first.tasks if all(task in pairing(first, r) for r in outcomes)]
    differing = []
    for name, run in zip(names[1:], outcomes[1:], strict=True):
        found = [each for each in mismatches(first, run) if each.task in common]
        said = setting_differences(found, (names[0], name), tasks=len(common), named=task_title)
        if said:
            differing.append(f"{names[0]} and {name}: {'; '.join(said)}")
    rest = len(differing) - MOST_DIFFERING
    return differing[:MOST_DIFFERING] + ([f"… and {rest} more"] if rest > 0 else [])


def task_title(task: str) -> str:
    """A task in few words: the benchmark's name where it is one of ours."""
    return title(task.removeprefix("cft_"))
