"""From frames of scores to what the board's page prints."""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, TypeVar

import numpy as np

from cft_eval.leaderboard.data.frames import Scores, columns
from cft_eval.leaderboard.data.suites import Suite, title
from cft_eval.leaderboard.data.table import CHOICES, Boards, Indices, Table
from cft_eval.leaderboard.data.view import FILTERS, PAGE_ROWS, View
from cft_eval.leaderboard.pages.board.context import (
    BoardContext,
    FilterChoice,
    PlotRow,
    VerdictCard,
)
from cft_eval.leaderboard.pages.board.notes import column_notes, cuts, twins, worth
from cft_eval.leaderboard.pages.board.reported import (
    head,
    reported_columns,
    reported_marks,
    reported_options,
    reported_table,
    with_cited,
)
from cft_eval.leaderboard.pages.board.rows import (
    PLOT_ROWS,
    UNKNOWN_PROTOCOL,
    Row,
    RowNotes,
    measured_mark,
    measured_row,
)
from cft_eval.leaderboard.pages.common.context import Column, Link, page_links
from cft_eval.render.text import POLICY_NAMES, POLICY_NOTES, count, method_name, short
from cft_eval.results import Policy

SUITE_NAMES = {
    Suite.SUITE: "Six test sets",
    Suite.CONTEST: "New contests",
    Suite.STEM: "STEM",
    Suite.CRITIQUE: "Critique",
    Suite.MINI: "Mini suite",
    Suite.OTHER: "Other tasks",
}

EXPORTS = (
    ("csv", "CSV"),
    ("json", "JSON"),
    ("md", "Markdown"),
    ("tex", "LaTeX"),
    ("parquet", "Parquet"),
)
"""Files of the board: the ending of their address, and their name."""

MOST_PROTOCOLS = 8
"""Protocols that are named and linked, the commonest, where the rows shown mix them."""


_T = TypeVar("_T")


class Every:
    """The scores under every policy, and the tables that boards are made from."""

    def __init__(self, scores: Mapping[Policy, Scores]) -> None:
        self.scores = scores
        self._boards: dict[Suite, Boards] = {}
        self._memory: dict[str, Any] = {}

    def once(self, key: str, make: Callable[[], _T]) -> _T:
        """What ``make`` gives of these scores, remembered under ``key``."""
        if key not in self._memory:
            self._memory[key] = make()
        value: _T = self._memory[key]
        return value

    def boards(self, suite: Suite) -> Boards:
        """Made when first needed."""
        if suite not in self._boards:
            frames = {policy: each.board(suite) for policy, each in self.scores.items()}
            names = columns(self.scores["strict"].frame, suite)
            self._boards[suite] = Boards(frames, names)
        return self._boards[suite]

    def prepare(self) -> "Every":
        """Make what the boards of the first suite remember, for every policy and column: on a large
        board the first visitor of each would wait half a second."""
        for policy in self.scores:
            for column in self.boards(suite := self.first()).tables[policy].sorts:
                board_context(self, View(suite=suite, policy=policy, sort=column))
        return self

    def first(self) -> Suite:
        """The first suite that has runs."""
        runs = self.scores["strict"].runs
        return next((suite for suite in Suite if runs[suite]), Suite.SUITE)


def board_context(
    every: Every, view: View, verdicts: Sequence[VerdictCard] = (), *, late: bool = False
) -> BoardContext:
    """The board as ``view`` asks for it."""
    suite, table, indices = chosen(every, view)
    names, shown = table.names, table.filtered(view)
    rows = table.rows(indices[(view.page - 1) * PAGE_ROWS : view.page * PAGE_ROWS])
    key = _filter_key(view)
    last = -(-len(indices) // PAGE_ROWS)
    protocols = table.protocols(view)
    # What is not known may be anything.
    alike = len(protocols) < 2 and all(name for name, _ in protocols)
    notes = table.once(("notes", key), lambda: column_notes(table, shown, alike=alike))
    beside = _row_notes(every.boards(suite).steady(view), table, view, rows, alike=alike)
    cited = suite is Suite.SUITE
    checker = _common(rows, "checker")
    return BoardContext(
        view=view,
        verdicts=verdicts,
        late=late,
        suites=_suite_links(every, view, suite),
        policies=[
            Link(name, view.url(policy=policy), policy == view.policy)
            for policy, name in POLICY_NAMES.items()
        ],
        policy_note=POLICY_NOTES[view.policy],
        worth=table.once(("worth", key), lambda: worth(table, shown)),
        notes=[f"{label(name)}: {note}" for name, note in notes.items() if note],
        shared=_shared(protocols[0][0] if protocols else "", checker),
        checker=checker,
        columns=_heads(view, names, notes),
        rows=[measured_row(row, names, view, beside) for row in rows],
        protocols=() if alike else [_protocol(view, *each) for each in protocols[:MOST_PROTOCOLS]],
        protocol_count=len(protocols),
        total=len(indices),
        runs=len(table),
        whole=every.scores["strict"].whole[suite],
        elsewhere=[run for run in view.picked if run not in {row["run"] for row in rows}],
        unfolded=_unfolded(every, view, suite),
        choices=[
            FilterChoice(name, text, getattr(view, name), _options(table, name, suite))
            for name, (text, _) in CHOICES.items()
        ],
        pages=page_links(view.page, last, lambda page: view.url(page=page)),
        last_url=view.url(page=last) if 0 < last < view.page else "",
        measured_plot=table.once(("marks", key), lambda: _marks(table, shown, view)),
        reported_plot=reported_marks(view, PLOT_ROWS) if cited else (),
        cited=cited,
        reported_columns=reported_columns(view) if cited else (),
        reported=reported_table(view) if cited else (),
        mean_label="Mean" if len(names) > 1 else "Score",
        exports=[Link(name, view.file(ending)) for ending, name in EXPORTS],
    )


def label(name: str) -> str:
    """What a column is called in a sentence."""
    return "Mean" if name == "mean" else title(name)


def _row_notes(
    steady: Set[str], table: Table, view: View, rows: Sequence[Row], *, alike: bool
) -> RowNotes:
    best, worst = table.ranks(view.sort)
    at = table.once("at", lambda: {run: index for index, run in enumerate(table.runs)})
    in_order = view.sort in ("mean", "") and view.order == "desc" and alike
    lines = table.once(("cuts", _filter_key(view)), lambda: cuts(table, table.filtered(view)))
    names = zip(table.column("model"), table.column("step"), strict=True)
    return RowNotes(
        cuts=lines if in_order else frozenset(),
        steady=steady,
        twins=table.once("twins", lambda: twins(names)),
        usual=_usual(table, view),
        ranks={row["run"]: (int(best[at[row["run"]]]), int(worst[at[row["run"]]])) for row in rows},
    )


def _marks(table: Table, shown: Indices, view: View) -> list[PlotRow]:
    """The best of the runs that the filters let through, whatever the order and the page; those of
    all problems, since a few problems look better than many."""
    first = shown[:PAGE_ROWS]
    whole = ~np.isnan(table.column("mean")[first].astype(float))
    whole &= ~table.column("partial")[first].astype(bool)
    rows = table.rows(first[whole][:PLOT_ROWS])
    usual = _usual(table, view)
    return [measured_mark(row, view, usual=usual) for row in rows]


def _usual(table: Table, view: View) -> str:
    """The commonest protocol of the rows shown; empty where it is not known."""
    return next(iter(table.protocols(view)), ("", 0))[0]


def _common(rows: Sequence[Row], name: str) -> str:
    values = {str(row[name]) for row in rows}
    return values.pop() if len(values) == 1 else ""


def _shared(protocol: str, checker: str) -> str:
    """What all rows share, in one line."""
    parts = (protocol, f"checker {short(checker, 40)}" if checker else "")
    return "; ".join(part for part in parts if part)


def _unfolded(every: Every, view: View, suite: Suite) -> Link | None:
    boards = every.boards(suite)
    hidden = len(boards.tables[view.policy]) - len(boards.folded[view.policy])
    if not hidden:
        return None
    if view.checkpoints:
        return Link("Show one row per training run", view.url(checkpoints=""))
    return Link(f"Show {count(hidden)} earlier checkpoints too", view.url(checkpoints="all"))


def _options(table: Table, name: str, suite: Suite) -> list[str]:
    """What a filter offers: values of measured rows, and of cited ones beside them."""
    cited = reported_options(name) if suite is Suite.SUITE else ()

    def offered() -> list[str]:
        options = table.options(name)
        if name == "method":
            options = list(dict.fromkeys(method_name(option) for option in options))
        return with_cited(options, cited)

    return table.once(("offered", name), offered)


def chosen(every: Every, view: View) -> tuple[Suite, Table, Indices]:
    """The suite that a view shows, its table, and the indices of its rows in their order."""
    suite = view.suite or every.first()
    table = every.boards(suite).table(view)
    return suite, table, table.ordered(view)


def _protocol(view: View, name: str, runs: int) -> Link:
    """The runs of one protocol; those of an unknown one cannot be filtered for."""
    return Link(name or UNKNOWN_PROTOCOL, view.url(protocol=name) if name else "", note=count(runs))


def _filter_key(view: View) -> tuple[object, ...]:
    return tuple(getattr(view, name) for name in FILTERS)


def _suite_links(every: Every, view: View, here: Suite) -> list[Link]:
    scores = every.scores["strict"]
    runs = scores.runs
    return [
        Link(
            SUITE_NAMES[suite],
            view.url(suite=suite, sort="mean", order="desc"),
            suite is here,
            count(scores.whole[suite] if suite is Suite.SUITE else runs[suite]),
        )
        for suite in Suite
        if runs[suite] or suite in (Suite.SUITE, here)
    ]


def _heads(view: View, names: Sequence[str], notes: Mapping[str, str]) -> list[Column]:
    mean = "Mean" if len(names) > 1 else "Score"
    return [
        head(view, "model", "Model"),
        head(view, "mean", mean, notes["mean"]),
        *(head(view, name, title(name), notes[name]) for name in names),
        head(view, "date", "Date"),
    ]
