r"""The values that a sentence holds, and the one that it states.

    "The length of $AB$ is 5."  ->  5          "He has 3 apples and 5 pears."  ->  nothing

Of two values of equal standing neither is taken.
"""

# ruff: noqa: RUF001  # signs of other scripts that look like Latin ones
import re
from itertools import pairwise
from typing import NamedTuple

from cft_eval.checker.extract.hedging import unit_word
from cft_eval.checker.extract.sentences import MATH, last_side, trim
from cft_eval.checker.extract.surroundings import whole
from cft_eval.checker.types.excerpt import Excerpt

_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    "|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred"
)
NUMBER = re.compile(
    r"(?<![A-Za-z\d.^_{\\])(?:[-\u2212\u2013\u2011]|(?<=[\s=(:])[+])?\s?(?:US)?[$€£₹¥]?"
    r"(?:\d{0,9}\s?[√∛∜]\s?)?"
    r"(?:\d{1,2}:\d\d(?!\d)(?:\s?[ap]\.?m\b\.?)?|\d+(?:\s?:\s?\d+)+|(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
    r"(?:\s?[×x*·]\s?10\s?(?:\^\s?\{?[-−]?\d+\}?|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|[eE][-+]?\d{1,3}(?![\w]))?"
    r"(?:/\d+(?![/\d]))?)(?!st\b|nd\b|rd\b|th\b|[A-Za-z_]*\d|[-–]\d)"
    r"(?:\s?(?:\\?%|°[CF]?))?",
)
_WORD_NUMBER = re.compile(
    rf"\b(?:one (?:hundred|thousand|half|third|quarter)|{_WORDS})\b"
    rf"(?:[- ](?:and |one\b|{_WORDS}|thousand|million|half|halves|thirds|quarters|fourths|fifths|"
    r"sixths|eighths|tenths)\b)*",
    re.IGNORECASE,
)
_NO_COUNT = re.compile(
    r"\b(?:the|these|those|all|of|other|last|first|both|any|every|each|than|for|in)\s+$",
    re.IGNORECASE,
)
"""Before a number in words: what was spoken of before is not counted now."""


class Stated(NamedTuple):
    """A value in a sentence."""

    answer: Excerpt
    formula: bool


_COPULA = (
    r"(?:is|are|was|were|giving|making|vaut|equals?|equal to|be|becomes?|gives?|gets?|yields?"
    r"|obtain|thus|hence"
    r"|therefore|so|finally|namely|that is|leads? to|simplif\w+ to|reduces to|means|implies"
    r"|total(?:s|ed|ing)?|by|must be|should be|pays?|costs?"
    r"|earns?|es|son|est|sont|ist|sind|é|são|sono"
    r"|равно|равен|равна|है|будет|составляет)\s*:?\s+|[是为為得等于於共有：:は＝]\s*|=\s*"
)
_IS = re.compile(
    rf"(?:(?<![A-Za-z]){_COPULA})(?:exactly |approximately |about |only |just |a "
    rf"|an |the )?$"
)
_NAME = re.compile(
    r"\\?[A-Za-z]{1,8}'?|(?:\\[A-Za-z]+\s*)?\{?[A-Za-z][A-Za-z\d]*\}?|[A-Za-z](?:_\{?\w+\}?)?"
    r"|[A-Za-z]\([a-z,\s]+\)|\([a-z](?:_\w)?(?:\s*,\s*[a-z](?:_\w)?)+\)"
    r"|[A-Za-z](?:\s*[-+/]\s*[A-Za-z])+|\|?[A-Z]+\|?|\\(?:triangle|angle|overline|frac|text|vec)"
    r"[^\d=]*"
)
"""A formula that only names what a sentence is about: n, AB, f(x), (a, b), a+b."""


def values(sentence: Excerpt) -> list[Stated]:
    """The formulas and numbers of a sentence, in order."""
    stated: list[Stated] = []
    end = 0
    text = sentence.text
    for match in MATH.finditer(text):
        stated += _numbers(sentence.cut(end, match.start()))
        inside = next(number for number in range(1, 5) if match[number] is not None)
        stated.append(Stated(trim(sentence.group(match, inside), formula=True), True))
        end = match.end()
    return [*stated, *_numbers(sentence.cut(end))]


_RATIO = re.compile(r"\b\d[\d.,]* to \d[\d.,]*\d|\b\d+ to \d+")
_COMPOUND = re.compile(r"\s*(?:,|and)?\s*")


_TUPLE = re.compile(
    r"(?<![A-Za-z\d_])[(\[](?=[^()\[\]]*\d)\s*[-\u2212]?(?:\d[\d./]*|[a-z]|∞|π)"
    r"(?:\s*,\s*[-\u2212]?(?:\d[\d./]*|[a-z]|∞|π))+\s*[)\]]"
)


def _numbers(text: Excerpt) -> list[Stated]:
    """Tuples and numbers without dollars."""
    numbers: list[Stated] = []
    end = 0
    for match in _TUPLE.finditer(text.text):
        numbers += _single_numbers(text.cut(end, match.start()))
        numbers.append(Stated(text.group(match), False))
        end = match.end()
    return [*numbers, *_single_numbers(text.cut(end))]


def _single_numbers(text: Excerpt) -> list[Stated]:
    numbers: list[Stated] = []
    last: Excerpt | None = None
    for match in NUMBER.finditer(text.text):
        number = text.cut(match.start(), match.end()).strip()
        number = number.cut(0, len(number.text.rstrip(",")))
        unit = unit_word(text.text[match.end() :])
        if unit:
            number = text.cut(number.start - text.start, match.end() + len(unit))
        number = number.strip()
        between = text.text[last.span.end - text.start : number.start - text.start] if last else ""
        if unit and last and last.text[-1:].isalpha() and _COMPOUND.fullmatch(between):
            # "3 hours and 20 minutes": one quantity.
            number = text.cut(last.start - text.start, number.span.end - text.start)
            numbers.pop()
        last = number
        numbers.append(Stated(number, False))
    return numbers


def stated_value(sentence: Excerpt) -> Excerpt | None:
    """The value that a sentence states, with what belongs to it; None where that is not clear."""
    value = _stated(sentence)
    return whole(sentence, value) if value and 0 < len(value.text) < SHORT else value


SHORT = 30
"""Characters of a value that may be a part of an expression."""


def _stated(sentence: Excerpt) -> Excerpt | None:
    if _COMMAND.search(MATH.sub("", sentence.text)):
        return _raw(sentence)
    members = values(sentence)
    if "ratio" in sentence.text and (ratio := _RATIO.search(sentence.text)):
        return sentence.group(ratio)
    if not members:
        words = [
            match
            for match in _WORD_NUMBER.finditer(sentence.text)
            if not _NO_COUNT.search(sentence.text[: match.start()])
        ]
        return sentence.group(words[0]) if len(words) == 1 else None
    listed = _listed(sentence, members)
    if listed is not None:
        return listed
    real = [each for each in members if not (each.formula and _NAME.fullmatch(each.answer.text))]
    real = [each for each in real if not _is_supposed(sentence, each)]
    counted = [each for each in real if not _is_subject(sentence, each)]
    real = counted if len(counted) == 1 else real
    exact = [each for each in real if not _is_rounded(sentence, each)]
    real = exact or real
    if len(members) == 1 and (real or not _is_supposed(sentence, members[0])):
        return last_side(members[0].answer)
    after = [each for each in real if _is_said(sentence, each)]
    ending = sentence.start + len(sentence.text.rstrip(" .!*。$)\\]"))
    for each in reversed(after[-1:]):
        if each.answer.span.end >= ending - 1:
            return last_side(each.answer)
    formulas = [each for each in real if each.formula]
    numbers = [each for each in real if not each.formula]
    if len(real) == 1:
        return last_side(real[0].answer)
    if len(after) == 1 and not _JOINED.search(sentence.text):
        return last_side(after[0].answer)
    if len(formulas) == 1 and not any(_is_said(sentence, each) for each in numbers):
        return last_side(formulas[0].answer)
    if not real and _is_said(sentence, members[-1]):
        return members[-1].answer
    return None


_COMMAND = re.compile(r"\\[A-Za-z]")
_RAW = re.compile(
    r"(?:\b(?:is|are|equals|gets?|gives?|be|have|so|thus|hence|therefore)\b|[:=])\s*"
    r"((?:(?!\b(?:is|are|equals|gets?|gives?|be)\b)[^:=$])*)$"
)
_WORDS_BEHIND = re.compile(r"\s+[a-z]{3,}[\sA-Za-z]*$")


def _raw(sentence: Excerpt) -> Excerpt | None:
    """LaTeX without dollars: what follows the last word that says that something is it."""
    match = _RAW.search(sentence.text)
    if match is None:
        return None
    value = trim(sentence.group(match, 1))
    if words := _WORDS_BEHIND.search(value.text):
        value = value.cut(0, words.start())
    return None if re.search(r"(?<![\\A-Za-z{])[A-Za-z]{3,}", value.text) else value


_ACROSS = re.compile(r"\d\s*by$")
"""The first of two lengths: "3 by 7"."""


def _is_said(sentence: Excerpt, value: Stated) -> bool:
    """Whether the words right before a value say that something is it."""
    before = sentence.text[: value.answer.start - sentence.start].rstrip("$\\([* ").lower()
    if _ACROSS.search(before):
        return False
    return bool(_IS.search(f"{before[-40:]} "))


_ROUNDED = re.compile(r"(?:approx\w*|about|roughly|nearly|around|≈|\\approx)\s*$", re.IGNORECASE)


_SUPPOSED = re.compile(r"\b(?:if|when|suppose|assume|assuming|let)\s*$", re.IGNORECASE)


def _is_supposed(sentence: Excerpt, value: Stated) -> bool:
    before = sentence.text[: value.answer.start - sentence.start].rstrip("$\\([* ")
    return bool(_SUPPOSED.search(before[-20:]))


_HAS = re.compile(r"\$?\s+(?:has|have)\s+(?:exactly |only )?\d")


def _is_subject(sentence: Excerpt, value: Stated) -> bool:
    """``$x^2-1$ has 2 roots``: what is spoken of, and not what is said of it."""
    behind = sentence.text[value.answer.span.end - sentence.start :][:NEAR]
    return value.formula and bool(_HAS.match(behind))


NEAR = 30
"""Characters behind a value that say something of it."""


def _is_rounded(sentence: Excerpt, value: Stated) -> bool:
    before = sentence.text[: value.answer.start - sentence.start].rstrip("$\\([* ")
    return bool(_ROUNDED.search(before[-20:]))


_JOINED = re.compile(r"\b(?:and|or)\s+(?:the\s+\w+\s+)?[$\\(]*-?\d")
"""Two values of equal standing."""

_OR = re.compile(
    r"[\s$*]*(?:\\[()])?[\s,]*(?:or|and|,|或|和|、|y|et|und|oder|ou|o)?[\s,$]*(?:\\[()])?\s*"
)
_EQUATION = re.compile(r"\s*([A-Za-z](?:_\{?\w+\}?)?)\s*=[^=]+")


_LIST_BEFORE = re.compile(r"\b(?:are|values|numbers|roots|solutions)\b:?\s*[$(]*$", re.IGNORECASE)
_LIST_GAP = re.compile(r"[\s$,]*(?:\band\b)?[\s$,]*")


def _is_list_of_numbers(sentence: Excerpt, members: list[Stated]) -> bool:
    """ "The two numbers are 3 and 7." """
    first, last = members[0].answer, members[-1].answer
    text = sentence.text
    if len(members) < 2 or not _LIST_BEFORE.search(text[: first.start - sentence.start]):
        return False
    if text[last.span.end - sentence.start :].strip(" $.*)\\"):
        return False
    gaps = [
        text[one.answer.span.end - sentence.start : other.answer.start - sentence.start]
        for one, other in pairwise(members)
    ]
    return all(_LIST_GAP.fullmatch(gap) for gap in gaps)


_ARE = re.compile(r"\b(?:are|be|namely)\b:?\s*[$(]*(?:\\[(\[])?\s*$")


def _equations_at_end(sentence: Excerpt, members: list[Stated]) -> list[Stated]:
    """Without the formulas before the "are" that the last equations follow."""
    for index in range(1, min(len(members) - 1, 4)):
        before = sentence.text[: members[index].answer.start - sentence.start]
        if _ARE.search(before[-NEAR:]):
            return members[index:]
    return members


def _listed(sentence: Excerpt, members: list[Stated]) -> Excerpt | None:
    """``$x = 2$ or $x = 5$``: equations for one name, one after another, are one answer."""
    if _is_list_of_numbers(sentence, members):
        return sentence.cut(
            members[0].answer.start - sentence.start, members[-1].answer.span.end - sentence.start
        )
    members = _equations_at_end(sentence, members)
    names = {m[1] if (m := _EQUATION.fullmatch(each.answer.text)) else "" for each in members}
    if (
        len(members) < 2
        or len(names) > 1
        or "" in names
        or not all(each.formula for each in members)
    ):
        return None
    text = sentence.text
    for one, other in pairwise(members):
        gap = text[one.answer.span.end - sentence.start : other.answer.start - sentence.start]
        if not _OR.fullmatch(gap):
            return None
    return sentence.cut(
        members[0].answer.start - sentence.start, members[-1].answer.span.end - sentence.start
    )
