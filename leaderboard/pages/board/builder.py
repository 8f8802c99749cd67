"""From frames of scores to what the board's page prints."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cft_eval.leaderboard.data.frames import (
    CLAIM_TOLERANCE,
    Scores,
    Standing,
    Suite,
    columns,
    part,
    standing,
    title,
)
from cft_eval.leaderboard.data.table import CHOICES, Boards, Indices, Table
from cft_eval.leaderboard.data.view import FILTERS, PAGE_ROWS, View
from cft_eval.leaderboard.pages.board.context import (
    BoardContext,
    FilterChoice,
    MeasuredRow,
    PlotRow,
)
from cft_eval.leaderboard.pages.board.reported import (
    head,
    reported_columns,
    reported_marks,
    reported_options,
    reported_table,
    with_cited,
)
from cft_eval.leaderboard.pages.common.context import Cell, Column, Link, page_links
from cft_eval.render import svg
from cft_eval.render.text import (
    DASH,
    NAME,
    POLICY_NAMES,
    POLICY_NOTES,
    count,
    described,
    percent,
    points,
    ranks,
    short,
    span,
)
from cft_eval.results import Policy
from cft_eval.stats.unpaired import separation

SUITE_NAMES = {Suite.SUITE: "Six test sets", Suite.MINI: "Mini suite", Suite.OTHER: "Other tasks"}

EXPORTS = (
    ("csv", "CSV"),
    ("json", "JSON"),
    ("md", "Markdown"),
    ("tex", "LaTeX"),
    ("parquet", "Parquet"),
)
"""Files of the board: the ending of their address, and their name."""

UNKNOWN_PROTOCOL = "protocol not known"

MOST_PROTOCOLS = 8
"""Protocols that are named and linked, the commonest, where the rows shown mix them."""

PLOT_ROWS = 12
"""Most rows of each kind in the plot."""

Row = Mapping[str, Any]


class Every:
    """The scores under every policy, and the tables that boards are made from."""

    def __init__(self, scores: Mapping[Policy, Scores]) -> None:
        self.scores = scores
        self._boards: dict[Suite, Boards] = {}

    def boards(self, suite: Suite) -> Boards:
        """Made when first needed."""
        if suite not in self._boards:
            frames = {policy: each.board(suite) for policy, each in self.scores.items()}
            names = columns(self.scores["strict"].frame, suite)
            self._boards[suite] = Boards(frames, names)
        return self._boards[suite]

    def first(self) -> Suite:
        """The first suite that has runs."""
        runs = self.scores["strict"].runs
        return next((suite for suite in Suite if runs[suite]), Suite.SUITE)


def board_context(every: Every, view: View) -> BoardContext:
    """The board as ``view`` asks for it."""
    suite, table, indices = chosen(every, view)
    names, shown = table.names, table.filtered(view)
    rows = table.rows(indices[(view.page - 1) * PAGE_ROWS : view.page * PAGE_ROWS])
    key = _filter_key(view)
    last = -(-len(indices) // PAGE_ROWS)
    protocols = table.protocols(view)
    # What is not known may be anything.
    alike = len(protocols) < 2 and all(name for name, _ in protocols)
    cuts = table.once(("cuts", key), lambda: _cuts(table, shown)) if alike else set()
    whole_order = view.sort in ("mean", "") and view.order == "desc"
    return BoardContext(
        view=view,
        suites=_suite_links(every, view, suite),
        policies=[
            Link(name, view.url(policy=policy), policy == view.policy)
            for policy, name in POLICY_NAMES.items()
        ],
        policy_note=POLICY_NOTES[view.policy],
        worth=table.once(("worth", key), lambda: _worth(table, shown)),
        columns=_heads(
            view, names, table.once(("notes", key), lambda: _notes(table, shown, alike))
        ),
        rows=[_measured(row, names, view, whole_order and row["run"] in cuts) for row in rows],
        protocols=() if alike else [_protocol(view, *each) for each in protocols[:MOST_PROTOCOLS]],
        protocol_count=len(protocols),
        total=len(indices),
        runs=len(table),
        choices=[
            FilterChoice(name, label, getattr(view, name), _options(table, name, suite))
            for name, (label, _) in CHOICES.items()
        ],
        pages=page_links(view.page, last, lambda page: view.url(page=page)),
        last_url=view.url(page=last) if 0 < last < view.page else "",
        measured_plot=[_measured_mark(row, view, alike) for row in _plotted(rows)],
        reported_plot=reported_marks(PLOT_ROWS) if suite is Suite.SUITE else (),
        cited=suite is Suite.SUITE,
        reported_columns=reported_columns(view) if suite is Suite.SUITE else (),
        reported=reported_table(view) if suite is Suite.SUITE else (),
        mean_label="Mean" if len(names) > 1 else "Score",
        exports=[Link(label, view.file(ending)) for ending, label in EXPORTS],
    )


def _options(table: Table, name: str, suite: Suite) -> list[str]:
    """What a filter offers: values of measured rows, and of cited ones beside them."""
    cited = reported_options(name) if suite is Suite.SUITE else ()
    return table.once(("offered", name), lambda: with_cited(table.options(name), cited))


def chosen(every: Every, view: View) -> tuple[Suite, Table, Indices]:
    """The suite that a view shows, its table, and the indices of its rows in their order."""
    suite = view.suite or every.first()
    table = every.boards(suite).tables[view.policy]
    return suite, table, table.ordered(view)


def _protocol(view: View, name: str, runs: int) -> Link:
    """The runs of one protocol; those of an unknown one cannot be filtered for."""
    return Link(name or UNKNOWN_PROTOCOL, view.url(protocol=name) if name else "", note=count(runs))


def _filter_key(view: View) -> tuple[str, ...]:
    return tuple(str(getattr(view, name)) for name in FILTERS)


def _suite_links(every: Every, view: View, here: Suite) -> list[Link]:
    runs = every.scores["strict"].runs
    return [
        Link(
            SUITE_NAMES[suite],
            view.url(suite=suite, sort="mean", order="desc"),
            suite is here,
            count(runs[suite]),
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


def _notes(table: Table, shown: Indices, alike: bool) -> dict[str, str]:
    """Column to what it cannot tell of the rows shown."""
    notes = {name: _separation(table, shown, name) for name in table.names}
    return {"mean": _leaders(table, shown) if alike else "", **notes}


def _separation(table: Table, shown: Indices, name: str) -> str:
    """How little a column tells of the models shown; empty where it tells most pairs apart."""
    shares = table.column(name)[shown].astype(np.float64)
    whole = ~np.isnan(shares) & ~table.column(part(name, "partial"))[shown].astype(bool)
    if whole.sum() < 2:
        return ""
    items = table.column(part(name, "items"))[shown][whole].max()
    pairs = separation(shares[whole], int(items))
    if not pairs.apart:
        return "tells none apart"
    tied = 1 - pairs.apart / pairs.pairs
    return f"{percent(tied, places=0)}% of pairs tie" if tied >= 0.5 else ""


def _leaders(table: Table, shown: Indices) -> str:
    """How many of the models shown may be the best of them."""
    whole = shown[table.column("best")[shown] > 0]
    if len(whole) < 2:
        return ""
    low, high = (table.column(part("mean", end))[whole] for end in ("low", "high"))
    leaders = int((high >= low.max()).sum())
    return f"{leaders} may lead" if leaders > 1 else ""


def _cuts(table: Table, shown: Indices) -> set[str]:
    """Runs that, with all below them, are surely below all above, in the order of means."""
    whole = shown[table.column("best")[shown] > 0]
    if len(whole) < 2:
        return set()
    low, high = (table.column(part("mean", end))[whole] for end in ("low", "high"))
    lowest_above = np.minimum.accumulate(low)[:-1]
    highest_below = np.maximum.accumulate(high[::-1])[::-1][1:]
    return {table.runs[index] for index in whole[1:][lowest_above > highest_below]}


def _worth(table: Table, shown: Indices) -> str:
    """What the paper's grader is worth on the runs shown, in one sentence."""
    gains: dict[str, float] = {}
    for name in table.names:
        known = table.column(part(name, "paper"))[shown].astype(np.float64)
        known = known[~np.isnan(known)]
        if known.size:
            gains[name] = float(known.mean())
    if not gains:
        return ""
    most = max(gains, key=gains.__getitem__)
    mean = sum(gains.values()) / len(gains)
    text = f"The paper's grader is worth {points(mean)} points on these runs"
    if len(gains) == 1 or gains[most] < CLAIM_TOLERANCE:
        return f"{text}."
    return f"{text}, most on {title(most)}: {points(gains[most])}."


def _measured(row: Row, names: Sequence[str], view: View, apart: bool) -> MeasuredRow:
    scores = {name: standing(row, name) for name in names}
    gaps = [
        each.claimed - each.accuracy
        for each in scores.values()
        if each.claimed is not None and _known(each.claimed) and _known(each.accuracy)
    ]
    gap = max(gaps, key=abs, default=0.0)
    strict = view.policy == "strict"
    return MeasuredRow(
        id=str(row["run"]),
        rank=ranks(int(row["best"]), int(row["worst"])),
        model=short(row["model"], NAME),
        url=view.run(row["run"]),
        method=short(row["method"], 20),
        about=described(
            row["base_model"],
            row["training_data"],
            _whole(row["training_examples"]),
            _whole(row["step"]),
            row["tags"],
        ),
        protocol=short(row["protocol"], NAME) or UNKNOWN_PROTOCOL,
        tasks=_tasks(scores),
        date=row["date"],
        checker=row["checker"],
        partial=bool(row["partial"]),
        disputed=points(gap) if abs(gap) > CLAIM_TOLERANCE else "",
        mean=_mean_cell(standing(row, "mean"), scores, strict=strict),
        cells=[_cell(name, score, strict=strict) for name, score in scores.items()],
        bar=_bar(standing(row, "mean")),
        apart=apart,
    )


def _tasks(scores: Mapping[str, Standing]) -> str:
    """Which tasks are shown where a run has several of one benchmark; empty where it has not."""
    texts = [
        f"{title(name)}: {score.task} is shown, not {score.others}"
        for name, score in scores.items()
        if _known(score.others) and score.others
    ]
    return short("; ".join(texts), 3 * NAME)


def _mean_cell(mean: Standing, scores: Mapping[str, Standing], *, strict: bool) -> Cell:
    label = "Mean" if len(scores) > 1 else "Score"
    if not _known(mean.accuracy):
        have = sum(_known(score.accuracy) for score in scores.values())
        return Cell(label, DASH, note=f"{have} of {len(scores)} sets")
    worth = "" if strict else _worth_text(mean)
    return Cell(label, percent(mean.accuracy), span(mean.low, mean.high), worth=worth)


def _cell(name: str, score: Standing, *, strict: bool) -> Cell:
    if not _known(score.accuracy):
        return Cell(title(name), DASH)
    return Cell(
        title(name),
        percent(score.accuracy),
        span(score.low, score.high),
        partial=f"{count(int(score.items or 0))} problems" if score.partial else "",
        note=f"1 of {score.others.count(',') + 2} tasks" if score.others else "",
        worth="" if strict else _worth_text(score),
    )


def _worth_text(score: Standing) -> str:
    """What the policy is worth beside the strict one; empty where nothing to speak of."""
    gain = score.worth
    if gain is None or not _known(gain) or abs(gain) <= CLAIM_TOLERANCE:
        return ""
    return points(gain)


def _bar(mean: Standing) -> Any:
    return svg.interval(mean.low, mean.accuracy, mean.high) if _known(mean.accuracy) else ""


def _plotted(rows: Sequence[Row]) -> list[Row]:
    """The first rows that have a mean over all problems: a few problems look better than many."""
    return [row for row in rows if _known(row["mean"]) and not row["partial"]][:PLOT_ROWS]


def _measured_mark(row: Row, view: View, alike: bool) -> PlotRow:
    protocol = "" if alike else f" · {short(row['protocol'], NAME) or UNKNOWN_PROTOCOL}"
    name = f"{short(row['model'], NAME)}{protocol}"
    return PlotRow(name, percent(row["mean"]), _bar(standing(row, "mean")), view.run(row["run"]))


def _known(value: Any) -> bool:
    """Whether there is a value: pandas' missing numbers are not even equal to themselves."""
    return value is not None and bool(value == value)


def _whole(value: Any) -> int | None:
    return int(value) if _known(value) else None
