"""A run's score on a badge: for shields.io's endpoint, and as a picture of our own.

The mean of the six test sets where the run has all of them whole; or else, or where one is named
for, a single task. Comes in: a run's record. Goes out: a label, a message, files of both.
"""

import json
import unicodedata
from dataclasses import dataclass

from markupsafe import escape

from cft_eval.leaderboard.data.frames import interval
from cft_eval.leaderboard.data.suites import title
from cft_eval.records.runs import RunRecord, TaskRecord
from cft_eval.render.text import count, percent, short, span
from cft_eval.stats import Interval, combined
from cft_eval.testsets import SUITE

LABEL = 48
"""Characters of a model's name on a badge."""

HEIGHT, EDGE, LETTER = 20, 7, 6.4
"""Pixels: of the badge, beside each text, and of a letter at 11 pixels."""

INK, MEASURED = "#1c1f22", "#0b6b74"
"""The light theme's ink, and its colour of what was measured."""


@dataclass(frozen=True, slots=True)
class Badge:
    label: str
    """The model and what was measured of it."""

    message: str
    """The score in percent with its 95 % interval."""


def badge(record: RunRecord, task: str = "") -> Badge | None:
    """The badge of ``task``, or of the whole run where none is named; None: it has no such task."""
    sets = {match.benchmark: match for match in record.tasks if match.items >= match.expected}
    if not task and all(name in sets for name in SUITE):
        return _mean(record, [sets[name] for name in SUITE])
    match = next((each for each in record.tasks if task in ("", each.task)), None)
    return _one(record, match) if match else None


def described(record: RunRecord) -> str:
    """The score on the badge of the whole run."""
    made = badge(record)
    return made.message if made else ""


def markdown(run: str, address: str) -> str:
    """The badge of a run with a link to its page, for a model card; ``address`` is the board's."""
    return f"[![score]({address}/runs/{run}/badge.svg)]({address}/runs/{run})"


def as_json(made: Badge) -> bytes:
    """The JSON that shields.io's endpoint badge reads."""
    body = {"schemaVersion": 1, "label": made.label, "message": made.message, "color": MEASURED}
    return json.dumps(body, ensure_ascii=False).encode()


def as_svg(made: Badge) -> bytes:
    """A picture that stands by itself: no style sheet, no font of ours, nothing to load."""
    left, right = (_width(text) + 2 * EDGE for text in (made.label, made.message))
    label = escape(f"{made.label}: {made.message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" '
        f'viewBox="0 0 {left + right} {HEIGHT}" role="img" aria-label="{label}">'
        f"<title>{label}</title>"
        f'<rect width="{left + right}" height="{HEIGHT}" rx="4" fill="{MEASURED}"/>'
        f'<path d="M4 0H{left}V{HEIGHT}H4A4 4 0 0 1 0 {HEIGHT - 4}V4A4 4 0 0 1 4 0Z" '
        f'fill="{INK}"/>'
        '<g fill="#fff" font-family="system-ui, -apple-system, Segoe UI, Roboto, sans-serif" '
        'font-size="11">'
        f"{_text(made.label, EDGE)}{_text(made.message, left + EDGE)}</g></svg>"
    ).encode()


def _mean(record: RunRecord, tasks: list[TaskRecord]) -> Badge:
    scores = [task.accuracy["strict"] for task in tasks]
    bounds = combined(scores, [_interval(task) for task in tasks])
    message = f"{percent(sum(scores) / len(scores))} % ({span(*bounds)})"
    return Badge(_label(record, f"mean of {len(tasks)} math sets"), message)


def _one(record: RunRecord, task: TaskRecord) -> Badge:
    part = ""
    if task.items < task.expected:
        part = f", {count(task.items)} of {count(task.expected)} problems"
    message = f"{percent(task.accuracy['strict'])} % ({span(*_interval(task))})"
    return Badge(_label(record, f"{title(task.benchmark)}{part}"), message)


def _interval(task: TaskRecord) -> Interval:
    return interval(task.accuracy["strict"], task.items, task.item_variance.get("strict"))


def _label(record: RunRecord, what: str) -> str:
    return f"{short(record.run.model.name.rpartition('/')[2], LABEL)} · {what}"


def _text(text: str, x: int) -> str:
    # The length is said, so that no font makes it run out of its box.
    return (
        f'<text x="{x}" y="14" textLength="{_width(text)}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(text)}</text>"
    )


def _width(text: str) -> int:
    """Pixels that a text takes; letters of East Asia take two columns."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return round(LETTER * (len(text) + wide))
