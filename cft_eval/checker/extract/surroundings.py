"""What stands around a number in plain text and belongs to it.

    "so x is 7 + 2i"  ->  7 + 2i        "the length is the square root of 7"  ->  square root of 7

A number that is taken out of its expression, or away from a word that changes it, is another one.
What the words mean is left to the reader; where it does not know them, the answer is unreadable.
"""

import re

from cft_eval.checker.types.excerpt import Excerpt

NEAR = 60
"""Characters on either side that are looked at."""

_OPERATOR = r"[-+\u2212*/^×·÷_]"
_TERM = (
    r"(?:\d[\d.,]*\d|\d|√\s?\d+|(?:sin|cos|tan|log|ln|sqrt|exp|pi|π|∞)(?![A-Za-z])"
    r"|[A-Za-z](?![A-Za-z])|\([^()\n]{1,30}\))"
)
_MORE_RIGHT = re.compile(
    # A sign between blanks, or what touches without one; a full stop ends the sentence.
    rf"(?:\s*{_OPERATOR}\s*{_TERM}|(?:√\s?\d+|π|[A-Za-z](?![A-Za-z])|\([^()\n]{{1,30}}\))"
    rf"|\s?(?:pi|π)\b)"
)
_MORE_LEFT = re.compile(
    rf"(?:(?:(?<![A-Za-z\d]){_TERM}|[\d)a-z]\^\{{?\d+\}}?)\s*{_OPERATOR}\s*|√\s?"
    rf"|(?<![A-Za-z])[A-Za-z]\s?\^)$"
)
_TERM_LEFT = re.compile(rf"(?:(?<![A-Za-z\d]){_TERM}|[\d)a-z]\^\{{?\d+\}}?)\s*$")
_WORDS_BEFORE = re.compile(
    r"\b(?:negative|minus|plus|twice|thrice|double|triple|half(?: of)?|(?:a |one[ -])?(?:third"
    r"|quarter) of"
    r"|(?:(?:the )?(?:square|cube|cubic|\w+th) )?root of|square root|root|sqrt|log|ln|times|over"
    r"|divided by|(?:square|cube|factorial|reciprocal|inverse|opposite|negation|negative|logarithm"
    r"|exponential|sine|cosine|tangent|complement|predecessor|successor|double|triple) of"
    r"|Jan\w*|Feb\w*|March|April|May|June?|July?|Aug\w*|Sep\w*|Oct\w*|Nov\w*|Dec\w*)"
    r"\s*[$(]*$"
)
_WORDS_BEHIND = re.compile(
    r"[$)]*\s*(?:squared|cubed|factorial|dozens?|score|hundred|thousand|million|billion|trillion"
    r"|divided by\b[^.]*|times \d\S*|(?:plus|minus|over|choose|mod|modulo|by|to the)\s[^.]*"
    r"|(?:thirds|halves|quarters|fourths|fifths|sixths|sevenths|eighths|ninths|tenths|hundredths)"
    r"|and (?:a|one|two|three)[ -](?:half|third|quarter)\w*|or (?:more|less|fewer|so)\b"
    r"|(?:less|more|fewer) than\b[^.]*)(?![A-Za-z])"
)


def whole(sentence: Excerpt, value: Excerpt) -> Excerpt:
    """``value``, with what belongs to it in its sentence."""
    start, end = value.start - sentence.start, value.span.end - sentence.start
    text = sentence.text
    if not text[start - 1 : start].endswith("$") and not text[start:end].startswith("("):
        start, end = _expression(text, start, end)
    if words := _WORDS_BEFORE.search(text[max(0, start - NEAR) : start]):
        start = max(0, start - NEAR) + words.start()
    if words := _WORDS_BEHIND.match(text[end : end + NEAR]):
        end += words.end()
    return sentence.cut(start, end)


def _expression(text: str, start: int, end: int) -> tuple[int, int]:
    for _ in range(12):
        more = _MORE_RIGHT.match(text[end : end + NEAR])
        if more is None or _is_word(text, end, end + more.end()):
            break
        end += more.end()
    if text[start:].startswith(
        ("+", "-", "\u2212", "\u2013")
    ):  # its sign was an operator, if a term is before it
        left = text[max(0, start - NEAR) : start]
        if term := _TERM_LEFT.search(left):
            start -= len(left) - term.start()
    for _ in range(12):
        left = text[max(0, start - NEAR) : start]
        more = _MORE_LEFT.search(left)
        if more is None or not more[0].strip():
            break
        start -= len(left) - more.start()
    return start, end


def _is_word(text: str, start: int, end: int) -> bool:
    """Whether a lone letter is the article "a" or "I", set off by a blank."""
    return text[start:end].strip() in ("a", "A", "I") and text[start : start + 1] == " "
