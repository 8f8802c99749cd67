"""The measured rows of a board: from a row of its table to what the page prints."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from cft_eval.leaderboard.data.frames import CLAIM_TOLERANCE, Standing, standing
from cft_eval.leaderboard.data.suites import short_title, title
from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.pages.board.context import MeasuredRow, PlotRow
from cft_eval.leaderboard.pages.common.context import Cell
from cft_eval.leaderboard.pages.model.address import model_url
from cft_eval.render import svg
from cft_eval.render.text import (
    DASH,
    NAME,
    count,
    described,
    method_name,
    owner_and_name,
    percent,
    points,
    ranks,
    short,
    span,
)

UNKNOWN_PROTOCOL = "protocol not known"

PLOT_ROWS = 12
"""Most rows of each kind in the plot."""

Row = Mapping[str, Any]


class RowNotes(NamedTuple):
    """What a row's neighbours say of it."""

    cuts: Set[str]
    """Runs above which all is surely better."""

    steady: Set[str]
    """Runs whose ranks are the same under every policy."""

    twins: Set[tuple[str, Any]]
    """Names and steps that several runs have."""

    ranks: Mapping[str, tuple[int, int]]
    usual: str
    """The protocol of most rows, which the page says once."""


def measured_row(row: Row, names: Sequence[str], view: View, notes: RowNotes) -> MeasuredRow:
    """One run as the board prints it."""
    run = str(row["run"])
    scores = {name: standing(row, name) for name in names}
    gaps = [
        each.claimed - each.accuracy
        for each in scores.values()
        if each.claimed is not None and _known(each.claimed) and _known(each.accuracy)
    ]
    gap = max(gaps, key=abs, default=0.0)
    strict = view.policy == "strict"
    owner, name = owner_and_name(row["model"])
    odd = row["protocol"] != notes.usual or not notes.usual
    return MeasuredRow(
        id=run,
        rank=ranks(*notes.ranks[run]),
        steady=run in notes.steady,
        picked=run in view.picked,
        model=short(row["model"], NAME),
        owner=short(owner, 40),
        name=short(name, NAME),
        twin=run if name_of(row) in notes.twins else "",
        url=view.run(run),
        model_url=model_url(row["model"]),
        method=short(method_name(row["method"]), 20),
        about=described(
            row["base_model"],
            row["training_data"],
            _whole(row["training_examples"]),
            _whole(row["step"]),
            row["tags"],
        ),
        protocol=(short(row["protocol"], NAME) or UNKNOWN_PROTOCOL) if odd else "",
        tasks=_tasks(scores),
        date=row["date"],
        checker=row["checker"],
        partial=bool(row["partial"]),
        disputed=points(gap) if abs(gap) > CLAIM_TOLERANCE else "",
        mean=_mean_cell(standing(row, "mean"), scores, strict=strict),
        cells=[_cell(name, score, strict=strict) for name, score in scores.items()],
        band=_band(standing(row, "mean")),
        family=_family(row),
        best=_best(row),
        apart=run in notes.cuts,
    )


def name_of(row: Row) -> tuple[str, Any]:
    """What a reader tells a run by: the model and its step."""
    return row["model"], _whole(row["step"])


def _band(mean: Standing) -> str:
    if mean.least is None or mean.most is None or mean.least == mean.most:
        return ""
    if not _known(mean.least):
        return ""
    return span(mean.least, mean.most) if percent(mean.least) != percent(mean.most) else ""


def _best(row: Row) -> Cell | None:
    """The best checkpoint beside the last one, which the row is."""
    if not row.get("checkpoints") or row["checkpoints"] < 2 or not _known(row["peak"]):
        return None
    return Cell("Best checkpoint", percent(row["peak"]), f"step {count(int(row['peak_step']))}")


def _family(row: Row) -> str:
    """How many checkpoints a row stands for, and the best of them."""
    if not row.get("checkpoints") or row["checkpoints"] < 2:
        return ""
    text = f"{row['checkpoints']} checkpoints"
    if not _known(row["peak"]):
        return text
    return f"{text}, best {percent(row['peak'])} at step {count(int(row['peak_step']))}"


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
        return Cell(short_title(name), DASH)
    return Cell(
        short_title(name),
        percent(score.accuracy),
        span(score.low, score.high),
        partial=f"{count(int(score.items or 0))} problems" if score.partial else "",
        note=f"1 of {score.others.count(',') + 2} tasks" if score.others else "",
        band=_band(score),
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


def measured_mark(row: Row, view: View, *, usual: str) -> PlotRow:
    """A row in the plot; it names its protocol where that is not the ``usual`` one."""
    protocol = row["protocol"] or UNKNOWN_PROTOCOL
    beside = "" if row["protocol"] and row["protocol"] == usual else f" · {short(protocol, NAME)}"
    name = f"{short(row['model'], NAME)}{beside}"
    return PlotRow(name, percent(row["mean"]), _bar(standing(row, "mean")), view.run(row["run"]))


def _known(value: Any) -> bool:
    """Whether there is a value: pandas' missing numbers are not even equal to themselves."""
    return value is not None and bool(value == value)


def _whole(value: Any) -> int | None:
    return int(value) if _known(value) else None
