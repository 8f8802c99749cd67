"""The board as files: CSV, JSON, Markdown, LaTeX, Parquet, an Atom feed.

A file holds the rows that the page shows, in its order and under its filters; measured rows only,
since a citation is not a measurement. Texts come from strangers: a cell of CSV never starts a
formula, LaTeX and Markdown are escaped, XML is written by a library.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from string import ascii_uppercase
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from cft_eval.leaderboard.data.frames import Part, Standing, part, standing
from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.pages.board.builder import Every, chosen
from cft_eval.leaderboard.pages.board.rows import UNKNOWN_PROTOCOL
from cft_eval.leaderboard.pages.run.badges import markdown
from cft_eval.records.runs import Publication, RunRecord, TaskRecord
from cft_eval.render.text import DASH, count, percent, protocol, ranks, span, spreadsheet, visible

Row = Mapping[Hashable, Any]

_BOUNDS: tuple[Part, ...] = ("low", "high")
_COUNTS: tuple[Part, ...] = ("items", "expected", "repeats")

FEED_ENTRIES = 50
"""Newest runs in the feed."""

_ATOM = "http://www.w3.org/2005/Atom"


def table(every: Every, view: View) -> pd.DataFrame:
    """What the page shows, one row a run, scores and bounds in percent.

    Columns: ``run``, ``rank`` (among the runs of one protocol), ``model``, ``method``,
    ``base_model``, ``size``, ``training_data``, ``training_examples``, ``step``, ``tags``,
    ``protocol``, ``partial``, ``mean``, ``mean_low``, ``mean_high``; for each benchmark ``B``,
    ``B_low``, ``B_high``, ``B_items`` of ``B_expected`` problems, ``B_repeats``, ``B_task``,
    ``B_other_tasks``; ``evaluated``, ``checker``, ``policy``.
    """
    _, board, indices = chosen(every, view)
    wide, names = board.frame.iloc[indices], board.names
    pairs = zip(*(ends[indices].tolist() for ends in board.ranks(view.sort)), strict=True)
    printed = pd.DataFrame({"run": wide.index.astype(str)}, index=wide.index)
    printed["rank"] = [_rank(int(best), int(worst)) for best, worst in pairs]
    for name in ("model", "method", "base_model", "size", "training_data"):
        printed[name] = wide[name]
    for name in ("training_examples", "step"):
        printed[name] = wide[name].astype("Int64")
    printed["tags"] = [" ".join(tags) for tags in wide["tags"]]
    printed["protocol"], printed["partial"] = wide["protocol"], wide["partial"].astype(bool)
    for name in ("mean", *names):
        printed[name] = _percents(wide[name])
        for end in _BOUNDS:
            printed[f"{name}_{end}"] = _percents(wide[part(name, end)])
        if name != "mean":
            for each in _COUNTS:
                printed[f"{name}_{each}"] = wide[part(name, each)].astype("Int64")
            printed[f"{name}_task"] = wide[part(name, "task")]
            printed[f"{name}_other_tasks"] = wide[part(name, "others")]
    printed["evaluated"] = [moment.isoformat() for moment in wide["evaluated"]]
    printed["checker"] = wide["checker"]
    printed["policy"] = view.policy
    return printed.reset_index(drop=True)


def _percents(shares: pd.Series) -> pd.Series:
    """Shares in percent with two decimals, halves up as `figures.percent` has them."""
    hundredths: pd.Series = (1e4 * shares.astype(np.float64)).round(5) + 0.5
    return hundredths // 1 / 100


def _rank(best: int, worst: int) -> str:
    """In words, since spreadsheets read 1-18 as a day in January."""
    return ranks(best, worst).replace(DASH, " to ") if best else "-"


def as_csv(every: Every, view: View, _address: str) -> bytes:
    frame = table(every, view)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(frame.columns)
    for row in frame.itertuples(index=False):
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    return spreadsheet(value) if isinstance(value, str) else str(value)


def as_json(every: Every, view: View, _address: str) -> bytes:
    rows = table(every, view).to_dict("records")
    clean = [{k: None if pd.isna(v) else _plain(v) for k, v in row.items()} for row in rows]
    return json.dumps({"policy": view.policy, "rows": clean}, ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def as_parquet(every: Every, view: View, _address: str) -> bytes:
    out = io.BytesIO()
    table(every, view).to_parquet(out)
    return out.getvalue()


def as_markdown(every: Every, view: View, address: str) -> bytes:
    """A table for a model card; each run with its badge, which leads to the run's page."""
    heads, rows, notes = _printed(every, view, score=_score)
    lines = ["| " + " | ".join([*heads, "Badge"]) + " |"]
    lines += ["|---|---|" + "---:|" * (len(heads) - 2) + "---|"]
    for run, row in rows:
        lines.append("| " + " | ".join([*map(_markdown, row), markdown(run, address)]) + " |")
    text = f"Percent correct with 95 % intervals, policy {view.policy}."
    note = " ".join([text, *map(_markdown, notes)])
    return ("\n".join(lines) + f"\n\n{note}\n").encode()


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()<>#|!])", r"\\\1", visible(text).replace("\n", " "))


def as_latex(every: Every, view: View, _address: str) -> bytes:
    """A table for a paper, with a caption that says what it holds; it is made smaller where the
    page is too narrow for it.

    ASCII alone comes out: pdflatex stops at most characters that it was not text of.
    """
    heads, rows, notes = _printed(every, view, score=_stacked)
    text = "Percent correct, with the ends of a 95 % interval below and above;"
    text = " ".join([f"{text} policy {view.policy}.", *notes])
    lines = [
        f"% {''.join(map(_ascii, text))}",
        r"% Needs \usepackage{booktabs,graphicx}.",
        r"\begin{table}",
        r"\centering",
    ]
    lines += [r"\footnotesize", r"\setlength{\tabcolsep}{3pt}", rf"\caption{{{_latex(text)}}}"]
    lines += [r"\renewcommand{\arraystretch}{1.4}"]
    lines += [r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"]
    lines += [rf"\begin{{tabular}}{{ll{'r' * (len(heads) - 2)}}}", r"\toprule"]
    lines += [" & ".join(map(_latex, heads)) + r" \\", r"\midrule"]
    for _, (rank, model, *scores) in rows:
        lines.append(" & ".join([_latex(rank), _latex(model), *scores]) + r" \\")
    ends = [r"\bottomrule", r"\end{tabular}}", r"\end{table}"]
    return ("\n".join([*lines, *ends]) + "\n").encode()


def _stacked(row: Row, name: str) -> str:
    score = standing(row, name)
    if pd.isna(score.accuracy):
        return "--"
    low, high = percent(score.low), percent(score.high)
    few = _of_few(score, "{} of {}")
    return rf"${percent(score.accuracy)}_{{\,{low}}}^{{\,{high}}}$" + (few and f" ({few})")


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", DASH: "--",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "\n": " ",
}  # fmt: skip


def _latex(text: str) -> str:
    return "".join(map(_latex_mark, text))


def _latex_mark(mark: str) -> str:
    return _LATEX.get(mark) or _ascii(mark)


def _ascii(mark: str) -> str:
    return mark if mark.isascii() and mark.isprintable() else f"(U+{ord(mark):04X})"


class _Printed(NamedTuple):
    heads: list[str]
    rows: list[tuple[str, list[str]]]
    """Each run with its cells: rank, model, where they differ a protocol's letter, the scores."""

    notes: list[str]
    """Sentences to stand below the table."""


def _printed(every: Every, view: View, *, score: Callable[[Row, str], str]) -> _Printed:
    _, board, indices = chosen(every, view)
    wide, names = board.frame.iloc[indices], board.names
    letters = _letters(board.protocols(view))
    protocol_head = ["Protocol"] if len(letters) > 1 else []
    rows = [
        [
            ranks(*ends),
            str(row["model"]),
            *([letters[row["protocol"]]] if protocol_head else []),
            *(score(row, name) for name in (*names, "mean")),
        ]
        for row, *ends in zip(
            wide.to_dict("records"),
            *(each[indices].tolist() for each in board.ranks(view.sort)),
            strict=True,
        )
    ]
    heads = ["Rank", "Model", *protocol_head, *map(title, names), "Mean"]
    notes = _notes(letters, partial=bool(wide["partial"].any()))
    return _Printed(heads, list(zip(map(str, wide.index), rows, strict=True)), notes)


def _letters(protocols: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Protocol to its letter, the commonest first; behind Z they are numbered."""
    return {
        name: ascii_uppercase[index] if index < len(ascii_uppercase) else f"P{index + 1}"
        for index, (name, _) in enumerate(protocols)
    }


def _notes(letters: Mapping[str, str], *, partial: bool) -> list[str]:
    named = {name or UNKNOWN_PROTOCOL: letter for name, letter in letters.items()}
    if len(named) > 1:
        listed = "; ".join(f"{letter}: {name}" for name, letter in named.items())
        notes = [f"{len(named)} protocols: {listed}. Ranks are among the runs of one protocol."]
    else:
        notes = [f"Protocol: {name}." for name in named]
    if partial:
        notes.append("Runs on a part of the problems (partial) have no rank.")
    return notes


def _score(row: Row, name: str) -> str:
    score = standing(row, name)
    if pd.isna(score.accuracy):
        return DASH
    few = _of_few(score, "{} of {} problems")
    text = f"{percent(score.accuracy)} ({span(score.low, score.high)})"
    return text + (few and f", {few}")


def _of_few(score: Standing, words: str) -> str:
    """On how many problems a score rests, in these ``words``; empty where on all."""
    if not score.partial:
        return ""
    if score.items is None or score.expected is None:
        return "partial"
    return words.format(count(int(score.items)), count(int(score.expected)))


def feed(newest: Sequence[Publication], address: str) -> bytes:
    """Published runs, the newest first, as Atom (RFC 4287); ``address`` is the board's own.

    An entry keeps its id; it is updated when its run is graded again.
    """
    root = ElementTree.Element("feed", xmlns=_ATOM)
    _child(root, "title", "Measured runs")
    _child(root, "id", f"{address}/feed.atom")
    ElementTree.SubElement(root, "link", rel="self", href=f"{address}/feed.atom")
    latest = max((each.updated for each in newest), default=None)
    _child(root, "updated", _moment(latest) if latest else "1970-01-01T00:00:00Z")
    author = ElementTree.SubElement(root, "author")
    _child(author, "name", "cft_eval")
    for each in newest:
        url = f"{address}/runs/{each.record.id}"
        entry = ElementTree.SubElement(root, "entry")
        _child(entry, "title", visible(each.record.run.model.name))
        _child(entry, "id", url)
        ElementTree.SubElement(entry, "link", href=url)
        _child(entry, "published", _moment(each.published))
        _child(entry, "updated", _moment(each.updated))
        _child(entry, "summary", _summary(each.record))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _summary(record: RunRecord) -> str:
    """Every score of a run, with its protocol and, where on a part, on how many problems."""
    return "; ".join(_scored(record, task) for task in record.tasks)


def _scored(record: RunRecord, task: TaskRecord) -> str:
    same = [other for other in record.tasks if other.benchmark == task.benchmark]
    settings = record.run.tasks[task.task].settings
    settings_text = protocol(
        shots=settings.n_shot,
        temperature=settings.temperature,
        tokens=settings.max_gen_toks,
        repeats=task.repeats,
    )
    parts = [
        task.task if len(same) > 1 else "",
        f"{count(task.items)} of {count(task.expected)} problems"
        if task.items < task.expected
        else "",
        settings_text,
    ]
    details = ", ".join(part for part in parts if part)
    score = f"{title(task.benchmark)} {percent(task.accuracy['strict'])}"
    return f"{score} ({details})" if details else score


def _child(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _moment(moment: datetime) -> str:
    text = moment.isoformat()
    return text if moment.tzinfo else f"{text}Z"


Export = Callable[[Every, View, str], bytes]
"""Writes the rows of a view; the text is the board's own address."""

FORMATS: dict[str, tuple[Export, str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "json": (as_json, "application/json"),
    "md": (as_markdown, "text/markdown; charset=utf-8"),
    "tex": (as_latex, "application/x-tex; charset=utf-8"),
    "parquet": (as_parquet, "application/vnd.apache.parquet"),
}
"""Ending of the address to the writer and its media type."""
