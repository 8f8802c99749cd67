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
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from cft_eval.leaderboard.badges import markdown
from cft_eval.leaderboard.board import Every, chosen
from cft_eval.leaderboard.frames import title
from cft_eval.leaderboard.records import Publication
from cft_eval.leaderboard.text import DASH, percent, ranks, span, spreadsheet, visible
from cft_eval.leaderboard.view import View

Row = Mapping[Hashable, Any]

FEED_ENTRIES = 50
"""Newest runs in the feed."""

_ATOM = "http://www.w3.org/2005/Atom"


def table(every: Every, view: View) -> pd.DataFrame:
    """What the page shows, one row a run, scores and bounds in percent.

    Columns: ``run``, ``rank``, ``model``, ``method``, ``base_model``, ``training_data``,
    ``training_examples``, ``step``, ``mean``, ``mean_low``, ``mean_high``; for each benchmark
    ``B``, ``B_low``, ``B_high``, ``B_items``; ``evaluated``, ``checker``, ``policy``.
    """
    _, board, places = chosen(every, view)
    wide, names = board.frame.iloc[places], board.names
    pairs = zip(wide["best"], wide["worst"], strict=True)
    found = pd.DataFrame({"run": wide.index.astype(str)}, index=wide.index)
    found["rank"] = [_rank(int(best), int(worst)) for best, worst in pairs]
    for name in ("model", "method", "base_model", "training_data"):
        found[name] = wide[name]
    for name in ("training_examples", "step"):
        found[name] = wide[name].astype("Int64")
    for name in ("mean", *names):
        found[name] = (100 * wide[name]).round(2)
        for end in ("low", "high"):
            found[f"{name}_{end}"] = (100 * wide[f"{name}:{end}"]).round(2)
        if name != "mean":
            found[f"{name}_items"] = wide[f"{name}:items"].astype("Int64")
    found["evaluated"] = [moment.isoformat() for moment in wide["evaluated"]]
    found["checker"] = wide["checker"]
    found["policy"] = view.policy
    return found.reset_index(drop=True)


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
    heads, rows = _printed(every, view)
    lines = ["| " + " | ".join([*heads, "Badge"]) + " |"]
    lines += ["|---|---|" + "---:|" * (len(heads) - 2) + "---|"]
    for run, row in rows:
        lines.append("| " + " | ".join([*map(_markdown, row), markdown(run, address)]) + " |")
    note = f"Percent correct with 95 % intervals, policy {view.policy}."
    return ("\n".join(lines) + f"\n\n{note}\n").encode()


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]()<>#|!])", r"\\\1", visible(text).replace("\n", " "))


def as_latex(every: Every, view: View, _address: str) -> bytes:
    """A table for a paper, with a caption that says what it holds; it is made smaller where the
    page is too narrow for it.

    ASCII alone comes out: pdflatex stops at most characters that it was not told of.
    """
    heads, rows = _printed(every, view, score=_stacked)
    told = "Percent correct, with the ends of a 95 % interval below and above;"
    told = f"{told} policy {view.policy}."
    lines = [
        f"% {told}",
        r"% Needs \usepackage{booktabs,graphicx}.",
        r"\begin{table}",
        r"\centering",
    ]
    lines += [r"\footnotesize", r"\setlength{\tabcolsep}{3pt}", rf"\caption{{{_latex(told)}}}"]
    lines += [r"\renewcommand{\arraystretch}{1.4}"]
    lines += [r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"]
    lines += [rf"\begin{{tabular}}{{ll{'r' * (len(heads) - 2)}}}", r"\toprule"]
    lines += [" & ".join(map(_latex, heads)) + r" \\", r"\midrule"]
    for _, (rank, model, *scores) in rows:
        lines.append(" & ".join([_latex(rank), _latex(model), *scores]) + r" \\")
    ends = [r"\bottomrule", r"\end{tabular}}", r"\end{table}"]
    return ("\n".join([*lines, *ends]) + "\n").encode()


def _stacked(row: Row, name: str) -> str:
    if pd.isna(row[name]):
        return "--"
    low, high = percent(row[f"{name}:low"]), percent(row[f"{name}:high"])
    return rf"${percent(row[name])}_{{\,{low}}}^{{\,{high}}}$"


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", DASH: "--",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "\n": " ",
}  # fmt: skip


def _latex(text: str) -> str:
    return "".join(map(_latex_mark, text))


def _latex_mark(mark: str) -> str:
    if mark in _LATEX:
        return _LATEX[mark]
    return mark if mark.isascii() and mark.isprintable() else f"(U+{ord(mark):04X})"


def _printed(
    every: Every, view: View, *, score: Callable[[Row, str], str] | None = None
) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The heads, and each run with its cells: rank, model, and a ``score`` each."""
    _, board, places = chosen(every, view)
    wide, names = board.frame.iloc[places], board.names
    heads = ["Rank", "Model", *map(title, names), "Mean"]
    rows = [
        [
            ranks(int(row["best"]), int(row["worst"])),
            str(row["model"]),
            *((score or _score)(row, name) for name in (*names, "mean")),
        ]
        for row in wide.to_dict("records")
    ]
    return heads, list(zip(map(str, wide.index), rows, strict=True))


def _score(row: Row, name: str) -> str:
    if pd.isna(row[name]):
        return DASH
    return f"{percent(row[name])} ({span(row[f'{name}:low'], row[f'{name}:high'])})"


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
        scored = [
            f"{title(task.benchmark)} {percent(task.accuracy['strict'])}"
            for task in each.record.tasks
        ]
        _child(entry, "summary", ", ".join(scored))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


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
