r"""Sentences around answers: where they end, which values they hold, and which one they state.

    "The length of $AB$ is 5 (since 2+3 = 5)."  ->  5

Knows English and a few words of other languages; nothing of boxes and markers.
"""

# ruff: noqa: RUF001  # signs of other scripts that look like Latin ones
import re
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from cft_eval.checker.extract.excerpt import Excerpt
from cft_eval.checker.extract.hedging import unit_word

MATH = re.compile(
    r"\$\$([^$]{1,500})\$\$|\$([^$\n]{1,500})\$|\\\((.{1,500}?)\\\)|\\\[(.{1,500}?)\\\]", re.S
)
_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    "|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred"
)
NUMBER = re.compile(
    r"(?<![A-Za-z\d.^_{\\])(?:[-\u2212\u2013\u2011]|(?<=[\s=(:])[+])?\s?(?:US)?[$€£₹¥]?"
    r"(?:\d{0,9}\s?[√∛∜]\s?)?"
    r"(?:\d{1,2}:\d\d(?!\d)(?:\s?[ap]\.?m\b\.?)?|(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
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

SENTENCE_END = re.compile(
    r"(?<!\b[apAP])(?<![A-Za-z]\.[A-Za-z])(?<!\\)(?<!\bRs)(?<!\bNo)(?<!\bvs)(?<!\bAns)(?<!\bDr)"
    r"(?<!\bMr)(?<!\bMrs)(?<!\bapprox)(?<!\bsq)[.!?](?=\s|$|[*\"”)]*\s)|\.(?=[A-Z][a-z])"
    r"|[。！]"
    # "A. I hope it is correct", and not "A. 12" or "4 p. m.".
    r"|(?<=\b[AP])\.(?=\s+(?:I|[A-Z][a-z]+)\s)"
)
_COURTESY = (
    r"(?:I hope|hope (?:this|that|it)|let me know|feel free|please (?:let|feel|note that I)"
    r"|if you (?:have|need|want|would)|is there anything|would you like|do you (?:have|want|need)"
    r"|good luck|thank|happy to|glad|enjoy|have a|don't hesitate|QED|Q\. ?E\. ?D|done\b"
    r"|as (?:required|desired|was to be|claimed)|this completes|I'm (?:here|happy)|we are done"
    r"|and that'?s (?:it|the answer|our)|hence proved|希望|如果)"
)
_COURTEOUS = re.compile(rf"[\s*_>#-]*{_COURTESY}", re.IGNORECASE)
_MARKS = (
    r"(?:[\s□■∎◻◼▢▮✓✔✅☑✨️⃣‍]|[\U0001F000-\U0001FAFF]|[\u2600-\u26ff]"
    r"|\\(?:blacksquare|square|Box|qed|qedsymbol|checkmark|quad|qquad|hfill|;|,|!|\\)"
    r"|\$\s*\\?(?:blacksquare|square|Box|qed|checkmark)\s*\$"
    r"|</?(?:b|strong|i|em|p|div|span|u|br|center|response|output|solution|answer|result|final"
    r"|code|sup|sub|mark)\s*/?>|\bQED\b\.?|\bQ\.E\.D\.?)"
)
_TRAILING_MARKS = re.compile(rf"{_MARKS}+$")
_LEADING_MARKS = re.compile(rf"^{_MARKS}+")

ASIDE = re.compile(
    r"\s*,?\s*\b(?:because|since|which(?! (?:leads?|gives?|means|simplif|equals?|yields?|implies"
    r"|results?))|so that|where|as we|and so|(?:and )?not|rather than"
    r"|instead of|as (?:required|desired|needed|expected|claimed|given|shown|stated)"
    r"|when|whenever|if|provided|obtained|attained|achieved|occurring|given that|assuming"
    r"|corresponding to|reached|for all|for every|for any)\b"
    r"|,\s+(?:obtained|using|by|with|after|in total|altogether|for a total|making|giving)\b"
    r"|\s*\((?:since|because|as|that is|i\.e|e\.g|where|from|by|using|approximately|approx|about"
    r"|rounded|or about|after|see|note|which)\b|\s+[—–]\s+|（|，(?:因为|其中|即)",
    re.IGNORECASE,
)


def sentence_ends(line: str) -> Iterator[re.Match[str]]:
    """Full stops outside formulas: ``$7 ! / 2 !$`` is no sentence's end."""
    formulas = deque(match.span() for match in MATH.finditer(line))
    for end in SENTENCE_END.finditer(line):
        while formulas and formulas[0][1] <= end.start():
            formulas.popleft()
        if not formulas or end.start() < formulas[0][0]:
            yield end


def last_sentence(line: Excerpt) -> Excerpt:
    """The last sentence of a line that is no courtesy, its full stop included."""
    starts = [0]
    starts += [end.end() for end in sentence_ends(line.text) if line.text[end.end() :].strip(" *")]
    end = None
    for start in reversed(starts):
        sentence = line.cut(start, end).strip()
        if sentence.text.strip("*_ ") and not _COURTEOUS.match(sentence.text):
            return sentence
        end = start
    return line.cut(0, 0)


def without_courtesies(text: Excerpt) -> Excerpt:
    """Without the lines at the end that are politeness, tombstones or rules, and no answer."""
    for _ in range(8):
        text = without_marks(text).strip()
        before, newline, last = text.text.rpartition("\n")
        bare = last.strip().strip("*_`")
        if not newline or not (
            not bare.strip("-= ") or (_COURTEOUS.match(last) and not re.search(r"\\boxed", last))
        ):
            return text
        text = text.cut(0, len(before))
    return text


def without_marks(text: Excerpt) -> Excerpt:
    """Without tags, tombstones and pictures at either end."""
    end = _TRAILING_MARKS.search(text.text[-60:])
    if end:
        text = text.cut(0, len(text.text) - len(end[0]))
    start = _LEADING_MARKS.match(text.text)
    return text.cut(start.end()) if start else text


def trim(text: Excerpt, *, formula: bool = False) -> Excerpt:
    """Without the marks around an answer that are no part of it; "!" is part of a formula."""
    text = without_marks(text.strip().strip("*`").strip())
    while text.text.endswith(
        (".", ",", ";", "。", "**", "，") if formula else (".", ",", ";", "。", "**", "!", "，")
    ) and not re.search(r"(?:\\[,;!]|[ap]\.m\.)$", text.text):
        text = text.cut(0, -1)
        text = text.cut(0, len(text.text.rstrip("*").rstrip()))
    if text.text.count("$") == 1 and text.text.endswith("$"):
        text = text.cut(0, -1).strip()  # the formula's other end was cut off with its name
    for left, right in _PAIRS:
        inner = text.text[len(left) : -len(right)]
        if text.text.startswith(left) and text.text.endswith(right) and inner:
            if left in inner or (left == "__" and "_" in inner):
                continue
            return without_marks(text.cut(len(left), -len(right)).strip().strip("*").strip())
    return without_marks(text)


_PAIRS = (
    ("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ('"', '"'), ("'", "'"), ("“", "”"),
    ("__", "__"), ("\u300c", "\u300d"),
)  # fmt: skip


def last_side(text: Excerpt) -> Excerpt:
    """``3 + 4 = 7`` is 7: the left is arithmetic, not a name that the value is given to."""
    bare = text.strip("$ ")
    left, equals, right = bare.text.rpartition("=")
    arithmetic = (
        equals and right.strip() and not re.search(r"[A-Za-z]", re.sub(r"\\[a-z]+", "", left))
    )
    if not arithmetic or left.endswith("!") or left.rstrip()[-1:] in "<>\\" or "&" in left:
        return text
    return trim(bare.cut(len(left) + 1))


WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}(?![A-Za-z]*\()")
VERBS = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|can|we|so|thus|therefore|hence|she|he|they|it|you"
    r"|there|total|need|needs|get|gets|made|makes|equals|cannot|could|would|let|the|this)\b"
    # The pronoun, and neither the imaginary unit nor a matrix or a function by that name.
    r"|(?-i:\bI\b(?=\s+[a-z]{2}))",
    re.IGNORECASE,
)
_WORDS_BEFORE = re.compile(r"^\W*[A-Za-z]{2,}\W+(?:[A-Za-z]+\W+)*[A-Za-z]{3,}[^\d\\$]*\d")
"""Two words or more before the first number: "John bought 5 apples for Mary"."""

_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,}")


def is_prose(text: str) -> bool:
    """A sentence, rather than a value with a unit or a few words."""
    bare = re.sub(r"\\(?:text|mbox|textbf|mathrm)\s?\{[^{}]*\}", "", text)
    outside = MATH.sub(" ", bare)
    return bool(
        VERBS.search(outside)
        or len(WORD.findall(bare)) > 6
        or (_WORDS_BEFORE.match(outside) and "\\" not in outside)
        or (_CJK.search(outside) and re.search(r"[\d$]", text))
    )


class Stated(NamedTuple):
    """A value in a sentence."""

    answer: Excerpt
    formula: bool


_COPULA = (
    r"(?:is|are|was|were|equals?|equal to|be|becomes?|gives?|gets?|yields?|obtain|thus|hence"
    r"|therefore|so|finally|namely|that is|leads? to|simplif\w+ to|reduces to|means|implies"
    r"|total(?:s|ed|ing)?|by|must be|should be|pays?|costs?"
    r"|earns?|es|son|est|sont|ist|sind|é|são|sono"
    r"|равно|равен|равна|है|будет|составляет)\s*:?\s+|[是为為得等于於共有：:は＝]\s*|=\s*"
)
_IS = re.compile(rf"(?:{_COPULA})(?:exactly |approximately |about |only |just |a |an |the )?$")
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


def _numbers(text: Excerpt) -> list[Stated]:
    numbers = []
    for match in NUMBER.finditer(text.text):
        number = text.cut(match.start(), match.end()).strip()
        number = number.cut(0, len(number.text.rstrip(",")))
        unit = unit_word(text.text[match.end() :])
        if unit:
            number = text.cut(number.start - text.start, match.end() + len(unit))
        numbers.append(Stated(number.strip(), False))
    return numbers


def stated_value(sentence: Excerpt) -> Excerpt | None:
    """The value that a sentence states; None where that is not clear."""
    found = values(sentence)
    if not found:
        words = [
            match
            for match in _WORD_NUMBER.finditer(sentence.text)
            if not _NO_COUNT.search(sentence.text[: match.start()])
        ]
        return sentence.group(words[0]) if len(words) == 1 else None
    listed = _listed(sentence, found)
    if listed is not None:
        return listed
    told = [each for each in found if not (each.formula and _NAME.fullmatch(each.answer.text))]
    if len(found) == 1:
        return last_side(found[0].answer)
    after = [each for each in told if _is_said(sentence, each)]
    ending = sentence.start + len(sentence.text.rstrip(" .!*。$)\\]"))
    for each in reversed(after[-1:]):
        if each.answer.span.end >= ending - 1:
            return last_side(each.answer)
    formulas = [each for each in told if each.formula]
    numbers = [each for each in told if not each.formula]
    if len(told) == 1:
        return last_side(told[0].answer)
    if len(after) == 1 and not _JOINED.search(sentence.text):
        return last_side(after[0].answer)
    if len(formulas) == 1 and not any(_is_said(sentence, each) for each in numbers):
        return last_side(formulas[0].answer)
    if not told and _is_said(sentence, found[-1]):
        return found[-1].answer
    return None


def _is_said(sentence: Excerpt, value: Stated) -> bool:
    """Whether the words right before a value say that something is it."""
    before = sentence.text[: value.answer.start - sentence.start].rstrip("$\\([* ").lower()
    return bool(_IS.search(f"{before[-40:]} "))


_JOINED = re.compile(r"\b(?:and|or)\s+(?:the\s+\w+\s+)?[$\\(]*-?\d")
"""Two values of equal standing."""

_OR = re.compile(
    r"[\s$*]*(?:\\[()])?[\s,]*(?:or|and|,|或|和|、|y|et|und|oder|ou|o)?[\s,$]*(?:\\[()])?\s*"
)
_EQUATION = re.compile(r"\s*([A-Za-z](?:_\{?\w+\}?)?)\s*=[^=]+")


def _listed(sentence: Excerpt, found: list[Stated]) -> Excerpt | None:
    """``$x = 2$ or $x = 5$``: equations for one name, one after another, are one answer."""
    names = {m[1] if (m := _EQUATION.fullmatch(each.answer.text)) else "" for each in found}
    if len(found) < 2 or len(names) > 1 or "" in names or not all(each.formula for each in found):
        return None
    text = sentence.text
    for one, other in pairwise(found):
        gap = text[one.answer.span.end - sentence.start : other.answer.start - sentence.start]
        if not _OR.fullmatch(gap):
            return None
    return sentence.cut(
        found[0].answer.start - sentence.start, found[-1].answer.span.end - sentence.start
    )
