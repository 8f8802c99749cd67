"""A board's rows as arrays: filters ten thousand rows in a millisecond and caches the results.

Rows keep their order; a selection is an array of indices, in the order of a view.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cft_eval.errors import CftError
from cft_eval.leaderboard.data.finals import folded
from cft_eval.leaderboard.data.frames import Part, part, possible_ranks, ranked
from cft_eval.leaderboard.data.view import FILTERS, View
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
"""Options shown in a filter, the commonest first; the rest are found by search."""

MEMORY = 500
"""Cached results: visitors turn pages and change the order more often than filters."""


class UnknownColumn(CftError):
    """A view sorted by a column that its board lacks."""

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

    def standing_of(self, run: str) -> tuple[Mapping[str, Any] | None, tuple[int, int], int]:
        """The row of a run with its ranks, and how many of its protocol are ranked; None and zeros
        where the table lacks it."""
        at = self.once("positions", lambda: {name: index for index, name in enumerate(self.runs)})
        index = at.get(run)
        if index is None:
            return None, (0, 0), 0
        [row] = self.rows(np.array([index]))
        best, worst = self.ranks("mean")
        counted = self.once(
            "ranked", lambda: Counter(self.column("protocol")[self.column("best") > 0].tolist())
        )
        return row, (int(best[index]), int(worst[index])), counted[row["protocol"]]

    def options(self, name: str) -> list[str]:
        """What a filter offers: the commonest values in the alphabet's order, a word once."""
        return self.once(("options", name), lambda: self._options(CHOICES[name][1]))

    def filtered(self, view: View) -> Indices:
        """The indices of the rows that the view's filters let through."""
        return self.once(("filtered", *_filters(view)), lambda: self._filtered(view))

    def ordered(self, view: View) -> Indices:
        """The same in the view's order."""
        key = ("ordered", view.sort, view.order, *_filters(view))
        return self.once(key, lambda: self._ordered(view))

    def _ordered(self, view: View) -> Indices:
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
        if tags := set(view.tag):
            chosen &= np.array(
                [not tags.isdisjoint(row) for row in self.column("tags")], dtype=bool
            )
        if view.method:
            methods = {method.casefold() for method in view.method}
            chosen &= np.array([each in methods for each in self._folded("method")], dtype=bool)
        for name in ("base", "data", "size", "protocol"):
            if values := set(getattr(view, name)):
                codes, known = self._coded(CHOICES[name][1])
                chosen &= np.isin(codes, [known[value] for value in values if value in known])
        return np.flatnonzero(chosen)

    def ranks(self, name: str) -> tuple[Indices, Indices]:
        """The best and the worst rank that the intervals of a column allow each row, among the
        rows of its protocol; 0 where it is not ranked. By name and date rows stand as by the mean.
        """
        if name not in self.names:
            return self.column("best"), self.column("worst")
        return self.once(("ranks", name), lambda: self._ranks(name))

    def _ranks(self, name: str) -> tuple[Indices, Indices]:
        low, high = (self.column(part(name, end)).astype(np.float64) for end in ("low", "high"))
        known = (self.column("protocol") != "") & ~np.isnan(low) & ~self._partial(name)
        group, _ = pd.factorize(self.column("protocol")[known])
        best, worst = np.zeros((2, len(self)), dtype=np.int64)
        best[known], worst[known] = possible_ranks(low[known], high[known], group)
        return best, worst

    def _partial(self, name: str) -> NDArray[np.bool_]:
        """Which rows have a score on a part of the problems, in the column ``name``."""
        if name in ("model", "evaluated"):
            return np.zeros(len(self), dtype=bool)
        column = "partial" if name == "mean" else part(name, "partial")
        return self.column(column).astype(bool)

    def _coded(self, name: str) -> tuple[Indices, dict[str, int]]:
        """A column of texts as numbers, and which text has which."""

        def make() -> tuple[Indices, dict[str, int]]:
            codes, texts = pd.factorize(self.column(name))
            return codes, {text: code for code, text in enumerate(texts)}

        return self.once(("coded", name), make)

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


def _filters(view: View) -> tuple[object, ...]:
    return tuple(getattr(view, name) for name in FILTERS)


class Boards:
    """One suite under every policy: tables with what the policy is worth."""

    def __init__(self, frames: Mapping[Policy, pd.DataFrame], names: Sequence[str]) -> None:
        self.names = tuple(names)
        wide = _each(frames, lambda frame: _worth(frame, frames, names))
        self.tables = {policy: Table(frame, names) for policy, frame in wide.items()}
        """A row a run."""

        self.folded = {
            policy: self.tables[policy] if rows is wide[policy] else Table(rows, names)
            for policy, rows in _each(wide, _folded).items()
        }
        """The same with the checkpoints of a training in one row."""

        self._steady: dict[object, frozenset[str]] = {}

    def table(self, view: View) -> Table:
        """The table that a view shows."""
        return (self.tables if view.checkpoints else self.folded)[view.policy]

    def steady(self, view: View) -> frozenset[str]:
        """Runs whose ranks in the view's column are the same under every policy."""
        key = bool(view.checkpoints), view.sort if view.sort in self.names else "mean"
        if key not in self._steady:
            tables = list((self.tables if key[0] else self.folded).values())
            self._steady[key] = _same_ranks(tables, key[1])
        return self._steady[key]


def _each(
    frames: Mapping[Policy, pd.DataFrame], make: Callable[[pd.DataFrame], pd.DataFrame]
) -> dict[Policy, pd.DataFrame]:
    """``make`` of each frame, and once of one that several policies share."""
    made = {id(frame): make(frame) for frame in {id(one): one for one in frames.values()}.values()}
    return {policy: made[id(frame)] for policy, frame in frames.items()}


def _folded(frame: pd.DataFrame) -> pd.DataFrame:
    """`folded` rows, or the frame itself where each is a training of its own."""
    rows = folded(frame)
    # What is ranked are the rows shown.
    return frame if len(rows) == len(frame) else ranked(rows)


def _same_ranks(tables: Sequence[Table], name: str) -> frozenset[str]:
    """The runs that are ranked, and ranked alike in every table."""
    first, *others = tables
    best, worst = first.ranks(name)
    same = best > 0
    for table in others:
        at = pd.Index(table.runs).get_indexer(pd.Index(first.runs))
        theirs = table.ranks(name)
        same &= (at >= 0) & (theirs[0][at] == best) & (theirs[1][at] == worst)
    return frozenset(first.runs[index] for index in np.flatnonzero(same).tolist())


def _worth(
    frame: pd.DataFrame, frames: Mapping[Policy, pd.DataFrame], names: Sequence[str]
) -> pd.DataFrame:
    """Add what this policy gives beyond strict (`worth`), what the paper's does (`paper`), and the
    least and the most that any policy gives."""
    columns = [*names, "mean"]
    every = {policy: each.reindex(frame.index)[columns] for policy, each in frames.items()}
    strict = every["strict"]
    stacked = np.stack([each.to_numpy(dtype=np.float64) for each in every.values()])
    parts: dict[Part, Any] = {
        "worth": frame[columns] - strict,
        "paper": every["cft_paper"] - strict,
        "least": pd.DataFrame(stacked.min(axis=0), index=frame.index, columns=columns),
        "most": pd.DataFrame(stacked.max(axis=0), index=frame.index, columns=columns),
    }
    days = [f"{moment:%Y-%m-%d}" for moment in frame["evaluated"]]
    dates = pd.Series(days, index=frame.index, name="date", dtype=object)
    added = [
        each.set_axis([part(column, name) for column in columns], axis=1)
        for name, each in parts.items()
    ]
    wide: pd.DataFrame = pd.concat([frame, dates, *added], axis=1)
    return wide
