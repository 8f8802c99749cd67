"""A board's rows as arrays: picks some of ten thousand in a millisecond, and remembers answers.

Rows keep their order; a choice is an array of indices, in the order of a view.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cft_eval.errors import CftError
from cft_eval.leaderboard.data.frames import part
from cft_eval.leaderboard.data.view import View
from cft_eval.render.text import short
from cft_eval.results import Policy

Indices = NDArray[np.int64]
_T = TypeVar("_T")

CHOICES = {
    "base": ("Base model", "base_model"),
    "method": ("Method", "method"),
    "data": ("Training set", "training_data"),
    "size": ("Size", "size"),
    "protocol": ("Protocol", "protocol"),
    "tag": ("Tag", "tags"),
}
"""Filter to its label and its column."""

MOST_OPTIONS = 40
"""Options of a filter, the commonest: the rest comes up by search."""

MEMORY = 500
"""Answers that are remembered: visitors turn pages and change orders more than filters."""


class UnknownColumn(CftError):
    """A view sorted by what its board has no column of."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"sort: no column {short(name, 80)!r} here; there are {', '.join(known)}")


class Table:
    """Rows of `frames.board`, the best first. Whoever reads it must not change it."""

    def __init__(self, frame: pd.DataFrame, names: Sequence[str]) -> None:
        self.frame, self.names = frame, tuple(names)
        self.runs = [str(run) for run in frame.index]
        self._arrays: dict[str, NDArray[Any]] = {}
        self._memory: dict[object, Any] = {}

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def sorts(self) -> tuple[str, ...]:
        """What a view may be sorted by."""
        return ("mean", *self.names, "model", "date")

    def column(self, name: str) -> NDArray[Any]:
        """A column as an array; texts as objects."""
        if name not in self._arrays:
            values = self.frame[name]
            plain = values.dtype.kind in "fib"
            self._arrays[name] = values.to_numpy() if plain else values.to_numpy(dtype=object)
        return self._arrays[name]

    def rows(self, indices: Indices) -> list[Mapping[str, Any]]:
        """Some rows, a value a column; ``run`` is their id."""
        columns = {str(name): self.column(str(name)) for name in self.frame}
        return [
            {"run": self.runs[index], **{name: each[index] for name, each in columns.items()}}
            for index in indices.tolist()
        ]

    def options(self, name: str) -> list[str]:
        """What a filter offers: the commonest values in the alphabet's order, a word once."""
        return self.once(("options", name), lambda: self._options(CHOICES[name][1]))

    def filtered(self, view: View) -> Indices:
        """The indices of the rows that the view's filters let through."""
        return self.once(("filtered", *_filters(view)), lambda: self._filtered(view))

    def ordered(self, view: View) -> Indices:
        """The same in the view's order."""
        indices = self.filtered(view)
        wanted = view.sort or "mean"
        if wanted not in self.sorts:
            raise UnknownColumn(wanted, self.sorts)
        name = "evaluated" if wanted == "date" else wanted
        if name == "mean" and view.order == "desc":
            return indices
        if name not in ("model", "evaluated"):
            values = self.column(name).astype(np.float64)
        else:
            values = self._alphabet(name)
        chosen = values[indices]
        keys = chosen if view.order == "asc" else -chosen
        unknown = np.isnan(keys)
        # Unknown scores stand last, whichever way, and after whole ones those of a few problems.
        late = 2 * unknown + self._partial(name)[indices]
        return indices[np.lexsort((np.where(unknown, 0.0, keys), late))]

    def protocols(self, view: View) -> list[tuple[str, int]]:
        """The protocols of the rows that the filters let through, the commonest first, and how many
        of them; an empty text is not known."""
        key = ("protocols", *_filters(view))
        shown = self.column("protocol")
        return self.once(key, lambda: Counter(shown[self.filtered(view)].tolist()).most_common())

    def once(self, key: object, make: Callable[[], _T]) -> _T:
        """What ``make`` gives, remembered under ``key``."""
        if key not in self._memory:
            if len(self._memory) >= MEMORY:
                self._memory.clear()
            self._memory[key] = make()
        value: _T = self._memory[key]
        return value

    def _filtered(self, view: View) -> Indices:
        chosen = np.ones(len(self), dtype=bool)
        if view.q:
            word, folded = view.q.casefold(), self._folded("model")
            chosen &= np.array([word in name for name in folded], dtype=bool)
        if view.tag:
            chosen &= np.array([view.tag in tags for tags in self.column("tags")], dtype=bool)
        if view.method:
            method = view.method.casefold()
            chosen &= np.array([each == method for each in self._folded("method")], dtype=bool)
        for name in ("base", "data", "size", "protocol"):
            if value := getattr(view, name):
                chosen &= np.equal(self.column(CHOICES[name][1]), value).astype(bool)
        return np.flatnonzero(chosen)

    def _partial(self, name: str) -> NDArray[np.bool_]:
        """Which rows have a score on a part of the problems, in the column ``name``."""
        if name in ("model", "evaluated"):
            return np.zeros(len(self), dtype=bool)
        column = "partial" if name == "mean" else part(name, "partial")
        return self.column(column).astype(bool)

    def _folded(self, name: str) -> list[str]:
        return self.once(("folded", name), lambda: [each.casefold() for each in self.column(name)])

    def _alphabet(self, name: str) -> NDArray[np.float64]:
        """Every row's rank by name or date, so that sorting compares numbers."""

        def make() -> NDArray[np.float64]:
            values = self._folded(name) if name == "model" else self.column(name).tolist()
            known = {value: rank for rank, value in enumerate(sorted(set(values)))}
            return np.array([known[value] for value in values], dtype=np.float64)

        return self.once(("alphabet", name), make)

    def _options(self, column: str) -> list[str]:
        counted: Counter[str] = Counter()
        for value, number in Counter(self.column(column).tolist()).items():
            for each in (value,) if isinstance(value, str) else value:
                counted[each] += number
        by_word: dict[str, str] = {}
        for value, _ in counted.most_common(MOST_OPTIONS):
            if value:
                by_word.setdefault(value.casefold(), value)
        return [by_word[word] for word in sorted(by_word)]


def _filters(view: View) -> tuple[str, ...]:
    return (view.q, view.base, view.method, view.data, view.size, view.protocol, view.tag)


class Boards:
    """One suite under every policy: a table each, with what the policy is worth."""

    def __init__(self, frames: Mapping[Policy, pd.DataFrame], names: Sequence[str]) -> None:
        self.names = tuple(names)
        strict, paper = frames["strict"], frames["cft_paper"]
        self.tables = {
            policy: Table(_worth(frame, strict, paper, names), names)
            for policy, frame in frames.items()
        }


def _worth(
    frame: pd.DataFrame, strict: pd.DataFrame, paper: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """Add what this policy gives beyond strict (`worth`), and what the paper's does (`paper`)."""
    columns = [*names, "mean"]
    base, most = (each.reindex(frame.index)[columns] for each in (strict, paper))
    worth = (frame[columns] - base).rename(columns=lambda name: part(name, "worth"))
    most = (most - base).rename(columns=lambda name: part(name, "paper"))
    days = [f"{moment:%Y-%m-%d}" for moment in frame["evaluated"]]
    dates = pd.Series(days, index=frame.index, name="date", dtype=object)
    wide: pd.DataFrame = pd.concat([frame, dates, worth, most], axis=1)
    return wide
