r"""The letter that a response chooses, where the reference is a letter.

    "\boxed{B) 12}"  ->  B         "\boxed{12} \text{ (B)}"  ->  B        "故选B"  ->  B

Several letters are a guess, and no choice. A box without a letter gives way to a later
"The answer is (A)".
"""

# ruff: noqa: RUF001  # signs of other scripts that look like Latin ones
import re
from typing import NamedTuple

from cft_eval.checker.extract.announced import phrase
from cft_eval.checker.extract.boxes import Boxed
from cft_eval.checker.extract.hedging import denied, states_nothing
from cft_eval.checker.extract.retractions import retraction
from cft_eval.checker.extract.touching import touched
from cft_eval.checker.types.excerpt import Excerpt, Span, last_match

REFERENCE = re.compile(r"\$?\s*(?:\\text(?:bf)?\s*\{)?\s*\(?([A-J])[.)]*\s*\}?\s*\$?")

_LETTER = re.compile(
    r"(?:\\(?:text|textbf|textit|mathbf|mathrm|mbox|bf|rm)\s*\{?|[\s$*(（\[{\"'`]|option|choice"
    r"|answer"
    r"|letter|is|:|选项?)*(?<![A-Za-z])(?P<letter>[A-J])(?P<rest>(?![A-Za-z\d_^=+]).*)",
    re.IGNORECASE | re.DOTALL,
)
_REST = re.compile(
    r"\s*(?:$|[).:\]}*$\"'`,，。、）]|[—–-]|\s\(|\s(?:is|because|since|which)\b|是|对|正确"
    r"|입니다|이다|です|である)",
    re.DOTALL,
)
_LABEL_END = re.compile(r"[).]\s*\S")
"""Behind a small letter: ``b) 4`` is a choice, ``b`` may be a quantity."""

_OTHER_LETTER = re.compile(
    r"\([A-J]\)|(?:\bor\b|\band\b|[,/&、或和+]|\\lor|\\text\{ ?(?:or"
    r"|and) ?\})[\s\\,]*\(?[A-J](?![A-Za-z])"
)
_BESIDE_LEFT = re.compile(
    r"(?:\(([A-J])\)|\b([A-J])[).:]|(?:option|choice|answer is|answer:|选)\s*[*(]*([A-J])[):,]?)"
    r"[\s$*:=]*(?:\\[(\[]|\\text\{\s*\})?[\s$*]*$",
    re.IGNORECASE,
)
_BESIDE_RIGHT = re.compile(
    r"[\s$*.,;:]*(?:\\[)\]])?[\s.,;:*]*(?:\\(?:quad|text\s*\{|,|;| )\s*)*(?:(?:which|that|this|so"
    r"|it|and"
    r"|i\.e\.|thus|hence|therefore|the|answer|correct|is|matches|corresponds|corresponding|to|with"
    r"|=|→|\\(?:to|rightarrow|Rightarrow))[\s,:]*)*(?:\(([A-J])\)|(?:option|choice"
    r"|answer)\s*(?:is\s*)?[*(]*([A-J])\b)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[A-J]:\s+(?=[-+\u2212\d\\$])|(?:\\(?:text|textbf|mathbf"
    r"|mathrm)\s*\{\s*)?\(?[A-J][.)]\s*\}?(?:\\[ ,;:]|~)*\s*"
    r"(?=[-+\u2212\d\\$.(]|[a-z]\b)(?!\([A-J]\))",
)


class ChosenLetter(NamedTuple):
    letter: str
    how: str
    span: Span


def letter_of(answer: str) -> str | None:
    r"""The one letter that an answer begins with as a choice.

    >>> [letter_of(text) for text in ("B) 12", r"\text{(C)}", "C (145°)", "A or B", "A+B", "x")]
    ['B', 'C', 'C', None, None, None]
    >>> letter_of("b) 4"), letter_of("b")
    ('B', None)
    """
    match = _LETTER.fullmatch(answer.strip())
    if match is None:
        return None
    rest = match["rest"]
    quoted = answer.strip()[: match.start("letter")].endswith(("'", "\u2018"))
    if rest.startswith(("'", "\u2019")) and not quoted:  # A' is another point
        return None
    if not match["letter"].isupper() and not _LABEL_END.match(rest):
        return None
    return match["letter"].upper() if _REST.match(rest) and not _OTHER_LETTER.search(rest) else None


_LONE = re.compile(r"(?<![A-Za-z])[A-J](?![A-Za-z])")


def chosen(text: Excerpt, boxed: Boxed | None) -> ChosenLetter | None:
    """The letter that the last explicit statement of ``text`` chooses."""
    last = boxed.boxes[-1] if boxed else None
    after = text.cut(last.end) if last else text
    for stated in phrase(after):
        letter = letter_of(stated.answer)
        if letter and (turn := retraction(stated.answer)) is not None:
            # "The answer is B. Actually, it is C."
            others = set(_LONE.findall(stated.answer, turn))
            if len(others) != 1:
                return None
            letter = others.pop()
        taken_back = retraction(after.text[stated.excerpt.span.end - after.start :]) is not None
        if letter and not taken_back:
            return ChosenLetter(letter, stated.how, stated.excerpt.span)
        if letter or _OTHER_LETTER.search(stated.answer):
            return None
    if said := _said(after) or (_bare(text) if boxed is None else None):
        return said
    if boxed is None or last is None or boxed.how not in ("boxed", "boxed_unclosed"):
        return None
    if retraction(after.text) is not None:
        return None
    if touched(text.text, last):
        return None
    letter = (
        letter_of(boxed.answer) or _behind(boxed.answer) or _beside(text.text, last.start, last.end)
    )
    span = Span(text.start + last.inside.start, text.start + last.inside.span.end)
    return ChosenLetter(letter, boxed.how, span) if letter else None


_SAYS = re.compile(
    r"\b(?:option|choice|answer)\s*[*($]*([A-J])[)*$]*\s+(?:is|would be|must be)\s+"
    r"(?:(?:the|our)\s+)?(?:correct|right|best|answer|true|valid)"
    r"|(?<![A-Za-z])[*($]*([A-J])[)*$]*\s+is\s+(?:(?:the|our)\s+)?(?:correct|right"
    r"|best|only correct"
    r"|answer)\b"
    r"|\b(?:choose|pick|select|go with|best (?:choice|option|answer) is|matches|corresponds to)"
    r"\s*:?\s*(?:the\s+)?(?:option|choice|answer)?\s*[*($]*([A-J])(?![A-Za-z])"
    r"|\u9009\u9879\s?([A-J])\s?\u662f?(?:\u6b63\u786e|\u5bf9)"
    r"|\u6b63\u786e(?:\u7684)?(?:\u9009\u9879|\u7b54\u6848)(?:\u4e3a|\u662f)\s?([A-J])",
    re.IGNORECASE,
)


def _said(text: Excerpt) -> ChosenLetter | None:
    """The letter that the last sentences call correct."""
    tail = text.cut(max(0, len(text.text) - 2000))
    match = last_match(_SAYS, tail.text)
    if match is None or denied(tail.text[: match.start()]):
        return None
    group = match.lastindex or 1
    letter = tail.group(match, group)
    if not letter.text.isupper() or retraction(tail.text[match.end() :]) is not None:
        return None
    return ChosenLetter(letter.text, "answer_is", letter.span)


_LONGEST_BARE = 200
_BARE = re.compile(
    r"[*\s]*\(?(?:(?P<label>[A-J])(?:[.)]|(?<!A):)\**\s+(?![A-J][).:])\S[^\n]*"
    r"|(?P<value>[A-J])\s\([^()\n]*\)[.\s]*)"
)


def _bare(text: Excerpt) -> ChosenLetter | None:
    """The letter of a response that is nothing but a choice written out: ``B) 12``."""
    whole = text.strip()
    match = _BARE.fullmatch(whole.text) if len(whole.text) <= _LONGEST_BARE else None
    if match is None or states_nothing(whole.text) or _OTHER_LETTER.search(whole.text[2:]):
        return None
    if retraction(whole.text[match.start(match.lastgroup or 0) + 1 :]) is not None:
        return None
    letter = whole.group(match, match.lastgroup or 0)
    return ChosenLetter(letter.text, "bare", letter.span)


_LABEL_BEHIND = re.compile(r"[^()]*[\s{]\(([A-J])\)[\s.}$]*")


def _behind(answer: str) -> str | None:
    """The letter in brackets behind a value: ``12 (D)``."""
    match = _LABEL_BEHIND.fullmatch(answer)
    return match[1] if match and not states_nothing(answer[: match.start(1)]) else None


def without_label(answer: str) -> str:
    r"""The value of a choice that is written out: ``B) 12`` is 12.

    >>> without_label("B) 12"), without_label("A. x"), without_label("(2, 3)")
    ('12', 'x', '(2, 3)')
    """
    label = _LABEL.match(answer)
    return answer[label.end() :] if label else answer


def _beside(text: str, start: int, end: int) -> str | None:
    if match := _BESIDE_LEFT.search(text[max(0, start - 40) : start]):
        return (match[1] or match[2] or match[3]).upper()
    if match := _BESIDE_RIGHT.match(text[end : end + 80]):
        if retraction(text[end + match.end() :][:200]) is not None:
            return None  # "Option (A) is incorrect."
        return (match[1] or match[2]).upper()
    return None
