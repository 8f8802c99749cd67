r"""Words around an answer that take it back: denials, doubts, alternatives; and its unit.

    "The answer is not 5."        denied: no answer
    "either 6 or \boxed{5}"       an alternative: both are the answer, so that none earns the point
    "\boxed{5} cm"                5 cm

Each looks at a bounded stretch of text beside the answer.
"""

import re

from cft_eval.checker.read.units import is_unit

NEAR = 60
"""Characters before an answer that can deny it."""

DOUBT = re.compile(r"\b(?:maybe|perhaps|possibly|might|could)\b", re.IGNORECASE)
_TURN = (
    r"(?:[,;:]\s*(?:so|thus|hence|therefore|instead)|\bbut(?!\s+(?:not|also))|\brather)\b"
    r"(?!\s+than)"
)
"""Where a denial ends and the answer begins: "that is wrong, so"."""

_DENIED = re.compile(
    r"(?:\b(?:not|never|wrong|incorrect|cannot|impossible|unlikely|unable|whether|if|does not know"
    r"|more than|less than|fewer than|greater than|at least|at most)\b|n['\u2019]t\b)"
    rf"(?:(?!{_TURN})[^.!?\n\\])*$",
    re.IGNORECASE,
)
_NO_STATEMENT = re.compile(
    r"\b(?:not|never|cannot|unable|wrong|incorrect|give up|ran out|whether|contradicts?|more than"
    r"|less than|fewer than|greater than|at least|at most|maybe|perhaps|possibly|sorry"
    r"|(?:step|problem|case|equation|part|question)\s+[\dA-Z])\b|n['\u2019]t\b|[<>]|\?\s*$",
    re.IGNORECASE,
)
_OTHER_BEFORE = re.compile(r"\b(?:either|both)?\s*\$?(-?[\d.,/]+)\$?\s+or\s+\$?$", re.IGNORECASE)
_OTHER_AFTER = re.compile(
    r"^[\s$]*(?:\\text\s*\{)?\s*,?\s*\bor\b\s*(?:maybe|perhaps|possibly)?\s*\}?\s*\$?"
    r"\s*(?P<other>-?\d[\d.,/]*\d|-?\d)(?![\w^])"
)
_UNIT = re.compile(
    r"^\s*\$?\s*(?:\\[,;: ]\s*)*(?:\\(?:text|mathrm|mbox)\s*\{\s*(?P<text>[A-Za-z ]{1,24}?)\s*\}"
    r"|(?P<sign>\\%|%)|(?P<word>[A-Za-z]{2,12}|[mgsLJNWK](?=\s*\$?[.,]?\s*$)))(?![A-Za-z])\s*\$?"
)
_NUMBER = re.compile(r"-?\d[\d.,]*(?:/\d+)?")
_SCALES = frozenset({"thousand", "million", "billion", "trillion"})
_WORDS_TOO = frozenset({"in", "min", "pm", "mi", "au", "yd", "pc", "ms", "ton", "quarter"})
"""Units that are words of prose as well: only between the braces of ``\\text``."""


def denied(before: str) -> bool:
    """Does the text in front of an answer, in its sentence, take it back?"""
    return bool(_DENIED.search(before[-NEAR:]))


def states_nothing(sentence: str) -> bool:
    """Is a sentence with one number in it no statement of an answer?"""
    return bool(_NO_STATEMENT.search(sentence))


def alternative(text: str, start: int, end: int) -> str | None:
    """The other answer offered beside the one at ``start`` to ``end``: "either 6 or 5"."""
    if found := _OTHER_AFTER.match(text[end : end + NEAR]):
        return found["other"]
    found = _OTHER_BEFORE.search(text[max(0, start - NEAR) : start])
    return found[1] if found else None


def unit_after(content: str, rest: str) -> str:
    r"""What follows a box that holds a number: ``\boxed{5} cm``, ``\boxed{50}\%``; or nothing."""
    if not _NUMBER.fullmatch(content.strip("$ ")):
        return ""
    found = _UNIT.match(rest[:NEAR])
    if found is None:
        return ""
    if found["sign"]:
        return r"\%"
    word = found["text"] or found["word"]
    prose = found["text"] is None and word.lower() in _WORDS_TOO
    known = is_unit(word) or word.lower() in _SCALES
    return rf" \text{{ {word}}}" if known and not prose else ""
