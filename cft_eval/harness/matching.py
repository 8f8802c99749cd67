"""Find the items of a benchmark that others' rows are about: by what the problem says.

    text ── without blanks │ letters and digits alone │ reference and likeness ──> Item

Copies of a test set differ in blanks, in LaTeX, and in the code of a figure. What is found is our
copy of the item, proved by its hash; the row's own text is not used any further.
"""

import difflib
import re
from collections.abc import Iterable, Sequence

from cft_eval.errors import CftError
from cft_eval.testsets import Item
from cft_eval.testsets.content import plain_reference

ALIKE = 0.5
"""Share of the text that must agree where the reference does: the rest may be a figure's code."""

_ASKS = re.compile(r" \((?:True or False|Yes or No)\)$")
"""What the Qwen2.5-Math harness adds to some questions."""

_DRESS = re.compile(r"\\(?:textit|textbf|text|emph|mbox|mathrm|[dt]?frac|left|right|displaystyle)")


class NoSuchProblem(CftError):
    """A row whose problem is none of the benchmark."""


class Matcher:
    """The items of one benchmark, each given out once."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._exact = {_without_blanks(item.problem): item for item in items}
        self._loose: dict[str, Item | None] = {}
        for item in items:
            key = _letters(item.problem)
            self._loose[key] = None if key in self._loose else item
        self._items = items

    def find(self, problem: str, reference: str | None = None) -> Item | None:
        """The item that says the same; None where there is none, or several may be meant."""
        for text in (problem, _ASKS.sub("", problem.rstrip())):
            item = self._exact.get(_without_blanks(text)) or self._loose.get(_letters(text))
            if item is not None:
                return item
        return self._alike(problem, reference) if reference else None

    def _alike(self, problem: str, reference: str) -> Item | None:
        letters, wanted = _letters(problem), plain_reference(reference)
        same = [item for item in self._items if plain_reference(item.reference) == wanted]
        close = [item for item in same if _likeness(letters, _letters(item.problem)) >= ALIKE]
        return close[0] if len(close) == 1 else None


def of_rows(
    items: Sequence[Item], rows: Iterable[tuple[str, str | None, str]]
) -> tuple[list[Item | None], list[str]]:
    """The item of each ``(problem, reference, where)``, and where there is none.

    Raises `NoSuchProblem` where two rows are about one problem.
    """
    matcher = Matcher(items)
    matched: list[Item | None] = []
    seen: dict[int, str] = {}
    lost: list[str] = []
    for problem, reference, index in rows:
        item = matcher.find(problem, reference)
        matched.append(item)
        if item is None:
            lost.append(f"{index}: {problem.strip()[:60]!r}")
            continue
        if item.index in seen:
            raise NoSuchProblem(f"{index}: the same problem as {seen[item.index]}")
        seen[item.index] = index
    return matched, lost


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _DRESS.sub("", text).lower())


def _likeness(left: str, right: str) -> float:
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()
