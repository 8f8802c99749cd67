r"""Sentences around answers: where they end, what decorates them, and what is prose.

    "**The length is $5$.** I hope this helps! ✅"  ->  "The length is $5$."

Knows English and a few words of other languages; nothing of boxes, markers and values.
"""

# ruff: noqa: RUF001  # signs of other scripts that look like Latin ones
import re
from collections import deque
from collections.abc import Iterator

from cft_eval.checker.types.excerpt import Excerpt

MATH = re.compile(
    r"\$\$([^$]{1,500})\$\$|\$([^$\n]{1,500})\$|\\\((.{1,500}?)\\\)|\\\[(.{1,500}?)\\\]", re.S
)
_ABBREVIATIONS = ("Rs", "No", "vs", "Ans", "Dr", "Mr", "Mrs", "approx", "sq")
_ABBREVIATED = "".join(rf"(?<!\b{word}\.)" for word in _ABBREVIATIONS)
SENTENCE_END = re.compile(
    # The signs come first, so that the search runs from sign to sign.
    r"[.!?](?=\s|$|[*\"”)]*\s)(?<!\b[apA-JP].)(?<![A-Za-z]\.[A-Za-z].)(?<!\\.)"
    r"(?<!\\left.)(?<!\\right.)"
    rf"{_ABBREVIATED}|\.(?=[A-Z][a-z])|[。！।]"
    # "A. I hope it is correct", and not "A. 12" or "4 p. m.".
    r"|\.(?<=\b[A-JP]\.)(?=\s+(?:I|[A-Z][a-z]+)\s)"
)
_COURTESY = (
    r"(?:I hope|hope (?:this|that|it)|let me know|feel free|please (?:let|feel|note that I)"
    r"|if you (?:have|need|want|would)|is there anything|would you like|do you (?:have|want|need)"
    r"|good luck|thank|happy to|glad|enjoy|have a|don't hesitate|QED|Q\. ?E\. ?D|done\b"
    r"|as (?:required|desired|was to be|claimed)|this completes|gracias|merci|espero|j'espère"
    r"|danke|I'm (?:here|happy)|we are done"
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
_LEADING_MARKS = re.compile(rf"^(?:{_MARKS}|=>|[⇒→∴])+")

ASIDE = re.compile(
    r"\s*,?\s*\b(?:because|since|which(?! (?:leads?|gives?|means|simplif|equals?|yields?|implies"
    r"|results?))|so that|where|as we|and so|(?:and )?not|rather than"
    r"|instead of|as (?:required|desired|needed|expected|claimed|given|shown|stated)"
    r"|when|whenever|if|provided|obtained|attained|achieved|occurring|given that|assuming"
    r"|corresponding to|reached|for all|for every|for any)\b"
    r"|,\s+(?:obtained|using|by|with|after|in total|altogether|for a total)\b"
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


_KEEPS_ITS_MARK = re.compile(r"(?:\\[,;!]|[ap]\.m\.)$")


def trim(text: Excerpt, *, formula: bool = False) -> Excerpt:
    """Without the marks around an answer that are no part of it; "!" is part of a formula."""
    if text.text[:1].isdecimal() and text.text[-1:].isdecimal():
        return text
    text = without_marks(text.strip().strip("*`").strip())
    if text.text.endswith("!."):  # a factorial, and no exclamation
        formula, text = True, text.cut(0, -1)
    while text.text.endswith(
        (".", ",", ";", "。", "**", "，") if formula else (".", ",", ";", "。", "**", "!", "，")
    ) and not _KEEPS_ITS_MARK.search(text.text):
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
    if not equals or left.count("{") > left.count("}"):
        return text
    arithmetic = (
        equals and right.strip() and not re.search(r"[A-Za-z]", re.sub(r"\\[a-z]+", "", left))
    )
    if not arithmetic or left.endswith("!") or left.rstrip()[-1:] in "<>\\" or "&" in left:
        return text
    if _NUMBERS.fullmatch(left) and _NUMBERS.fullmatch(right):  # `12 = 13`: nothing is computed
        return text
    return trim(bare.cut(len(left) + 1))


_NUMBERS = re.compile(r"[\d.\s=-]+")

WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}(?![A-Za-z]*\()")
VERBS = re.compile(
    r"(?<!\\)\b(?:is|are|was|were|has|have|had|will|can|we|so|thus|therefore|hence|she|he|they|it|you"
    r"|there|that|here|total|need|needs|get|gets|made|makes|equals|cannot|could|would|let|the"
    r"|this|gives?|leaves|left|means|ist|est|sont|vaut)\b"
    # The pronoun, and neither the imaginary unit nor a matrix or a function by that name.
    r"|(?-i:\bI\b(?=\s+[a-z]{2}))",
    re.IGNORECASE,
)
_PLAIN_WORD = re.compile(r"(?<![\\\w])(?!(?:and|or|und|oder)\b)[^\W\d_]{3,}")
_WORDS_BEFORE = re.compile(r"^\W*[A-Za-z]{2,}\W+(?:[A-Za-z]+\W+)*[A-Za-z]{3,}[^\d\\$]*\d")
"""Two words or more before the first number: "John bought 5 apples for Mary"."""

_OTHER_SCRIPT = re.compile(
    r"^[\u4e00-\u9fff]|[\u0400-\u04ff]{3,}"
    r"|[\u0600-\u06ff\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,}"
)


_TEXT = re.compile(r"\\(?:text|mbox|textbf|mathrm)\s?\{[^{}]*\}")


def is_prose(text: str) -> bool:
    """A sentence, rather than a value with a unit or a few words."""
    bare = _TEXT.sub("", text) if "\\" in text else text
    outside = MATH.sub(" ", bare)
    return bool(
        VERBS.search(outside)
        or len(WORD.findall(bare)) > 6
        or (outside != bare and _PLAIN_WORD.search(outside))
        or (_WORDS_BEFORE.match(outside) and "\\" not in outside)
        or (_OTHER_SCRIPT.search(outside) and re.search(r"[\d$]", text))
    )
