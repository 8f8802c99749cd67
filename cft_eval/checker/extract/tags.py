"""Answers between ``<answer>`` and ``</answer>``: where in a text the one that counts stands.

    "<answer>3</answer> No, <answer> 5 </answer>"  ->  the characters of the 5

A box after the tags is a later answer. What the content says is left to `extract`.
"""

import re
from collections import deque
from itertools import pairwise
from typing import NamedTuple

from cft_eval.checker.extract.boxes import BOX, PLACEHOLDER
from cft_eval.checker.extract.retractions import retraction

_OPENING = r"(?:<(?:(?:final[_ ]?)?answer>|ans>|\|begin_of_box\|>)|\[ANSWER\])"
OPENING = re.compile(_OPENING, re.IGNORECASE)
CLOSING = re.compile(
    r"</\s?\\?\s?(?:(?:final[_ ]?)?answer|ans|think)\s?>|<\|end_of_box\|>|\[/answer\]"
    rf"|(?={_OPENING})",
    re.IGNORECASE,
)
"""Models slip; a second opening tag ends the first as well."""

OPEN = re.compile(rf"{_OPENING}[^<>]*$", re.IGNORECASE)
MENTION = re.compile(r"[\s\"'`.,]*(?:and|or|tags?)[\s\"'`.,]*$", re.IGNORECASE)
"""What stands behind a tag that is only spoken of: "between <answer> and </answer>"."""

GUESSES = re.compile(
    r"[\s.,;]*(?:(?:or|and|either|maybe|perhaps|possibly|alternatively)\b[\s,]*)*$", re.IGNORECASE
)
"""What stands between two tags of which the second does not correct the first."""

SCANNED = 8
"""Tags, counted from the end, that are looked at: a flood of them costs no more."""

UNCLOSED = 200
"""Characters; the longest answer that is read behind a tag that never closes."""


class Tagged(NamedTuple):
    """The content of a pair of tags by its characters, blanks apart."""

    start: int
    end: int
    after: int
    """Where the closing tag ends."""


_ANGLE = re.compile(r"<(?:final|answer|ans>|\|begin_of_box)", re.IGNORECASE)


def tagged(text: str) -> Tagged | None:
    """The last answer in tags; None where there is none, where it is one of several guesses, and
    where a box follows or it is taken back."""
    if not _ANGLE.search(text) and "[ANSWER]" not in text:
        return None
    opened = deque(OPENING.finditer(text), maxlen=SCANNED)
    contents = [inside for tag in opened if (inside := _inside(text, tag.end()))]
    if not contents or BOX.search(text, contents[-1].after):
        return None
    if retraction(text[contents[-1].after :]) is not None:
        return None
    for one, other in pairwise(contents[-2:]):
        between = OPENING.sub("", text[one.after : other.start])
        if text[one.start : one.end] != text[other.start : other.end] and GUESSES.match(between):
            return None
    return contents[-1]


def ends_in_tag(text: str, start: int, end: int) -> bool:
    """Does a tag open between ``start`` and ``end`` and hold everything up to ``end``?"""
    return bool(OPEN.search(text, max(start, end - UNCLOSED), end))


def _inside(text: str, start: int) -> Tagged | None:
    """The content behind an opening tag; None for a placeholder, or a long text without end."""
    closed = CLOSING.search(text, start)
    content = text[start : closed.start() if closed else len(text)]
    if not closed and len(content) > UNCLOSED:
        return None
    if PLACEHOLDER.fullmatch(content) or MENTION.match(content):
        return None
    start += len(content) - len(content.lstrip())
    end = start + len(content.strip())
    return Tagged(start, end, closed.end() if closed else end)
