"""Words that announce an answer: "the answer is 5", "Answer: 5", ``#### 5``, ``**5**``, JSON.

An excerpt goes in; the statements in it come out, each with what announces it and its answer.
Which of them counts is left to `extract`.
"""

# ruff: noqa: RUF001  # signs of other scripts that look like Latin ones
import re
from collections.abc import Iterator
from typing import NamedTuple

from cft_eval.checker.extract.hedging import bounded, denied, taken_back_at_once
from cft_eval.checker.extract.sentence_values import NUMBER, stated_value
from cft_eval.checker.extract.sentences import (
    ASIDE,
    SENTENCE_END,
    is_prose,
    last_side,
    sentence_ends,
    trim,
)
from cft_eval.checker.types.excerpt import Excerpt, last_match

LONG = 1_000
"""Characters; the longest answer that is read off a line without a box."""

SCANNED = 12
"""Announcements, counted from the end, that are looked at."""


class StatedAnswer(NamedTuple):
    start: int
    """Where in the response the words before the answer begin."""

    how: str
    answer: str
    excerpt: Excerpt
    """What of the response the answer was read from."""

    sentence: bool = False
    """The answer is a sentence in which no value is clear."""


# --- announced by words ----------------------------------------------------------------------

_IS = (
    r"(?:\s?(?:is|are|was|would be|will be|should be|must be|becomes|equals|comes out to(?: be)?"
    r"|turns out to be|'s|\u2019s)\b\s?:?|\s?[:=\uff1a→]|\s[-–—](?=\s[\d$\\(]))"
)
_OF = r"(?:\s(?:to|for|of)\s(?!(?:which|whom)\b)[^.:$\n]{1,60}?)?"
_PHRASES = {
    "ans": rf"ans(?:wers?)?(?![a-z]){_OF}\s?(?:\([^()\n]{{0,40}}\)\s?)?[*_]{{0,3}}{_IS}\s?\*{{0,2}}"
    r"|ans\.(?=\s)|(?P<heading>answer)[*_]{0,2}(?=\s{0,3}(?:\\[(\[]|\$|\n\n?\S|-?\d))",
    "a:": r"(?<![A-Za-z])A:(?=[ \t]*\S)",
    "solutions": rf"solutions?{_IS}(?<![:=])",
    "roots": r"roots are\b\s?:?",
    "correct": r"(?:correct|right) (?:value|result|number|total|option|choice|sum|one)" + _IS,
    "final": r"final (?:value|result|number|total|option|choice|sum|expression)" + _IS,
    "option": r"(?:option|choice)" + _IS + r"(?=\s*[*($\\]*[A-J]\b)",
    "答": r"(?:答案?|最终答案)(?:应该?)?(?:选项?)?(?:是|为|\uff1a|:|】)(?:是|\uff1a|:)?选?|答案选",
    "结果": r"结果(?:是|为|\uff1a|:)(?:是|\uff1a|:)?",
    "选": r"选(?:择|项)?(?:是|为)?[\uff1a:]?(?=\s*[(（$*]*[A-J](?![A-Za-z]))",
    "respuesta": r"respuesta(?: final| correcta)?\**(?:\s?(?:es|son)\b\s?:?|\s?:)\s?\*{0,2}",
    "resposta": r"resposta(?: final| correta)?\**(?:\s?(?:é|são)\s?:?|\s?:)\s?\*{0,2}",
    "risposta": r"risposta(?: finale| corretta)?\**(?:\s?(?:è|sono)\s?:?|\s?:)\s?\*{0,2}",
    "réponse": r"réponse(?: finale| correcte)?\**(?:\s?(?:est|sont)\b(?: donc)?\s?:?"
    r"|\s?:)\s?\*{0,2}",
    "antwort": r"antwort\**(?:\s?(?:ist|lautet)\b(?: also| daher)?\s?:?|\s?:)\s?\*{0,2}",
    "ответ": r"ответ\**\s?(?:[:—–-]|\s(?:равен|это))\s?\*{0,2}",
    "答え": r"答え\**(?:は|：|:)\s?、?\*{0,2}",
    "답": r"(?:정답|답)\**(?:은|:|：)\s?:?\*{0,2}",
    "उत्तर": r"उत्तर\**\s?(?:है|[:：-]|(?=\s?[\d$\\]))\s?\*{0,2}",
    "đáp": r"đáp (?:án|số)\**\s?(?:là|:)\s?:?\*{0,2}",
}
_ANNOUNCED = {anchor: re.compile(rule, re.IGNORECASE) for anchor, rule in _PHRASES.items()}
_ASCII = [anchor for anchor in _ANNOUNCED if anchor.isascii()]


_HEADS = re.compile(r"(?:^|\n)[#*>_\s\d.-]*(?:(?:the|my|our|final|correct)\s)*$", re.IGNORECASE)
"""What stands before the word "Answer" where it is a heading."""


def announced(text: Excerpt) -> Iterator[tuple[re.Match[str], Excerpt]]:
    """Words that announce an answer, the last first, and what follows them.

    Patterns are tried only where `str.rfind` has hit the word that they begin with.
    """
    low = text.text.lower()
    if len(low) != len(text.text):  # a letter whose small form is longer, as in Turkish
        low = re.sub(r"[A-Z]", lambda match: match[0].lower(), text.text)
    anchors = _ASCII if low.isascii() else _ANNOUNCED
    positions = {anchor: low.rfind(anchor) for anchor in anchors}
    matched = len(low) + 1
    tried = yielded = 0
    while positions and yielded < SCANNED and tried < 40 * SCANNED:
        anchor = max(positions, key=positions.__getitem__)
        at = positions[anchor]
        if at < 0:
            return
        tried += 1
        match = _ANNOUNCED[anchor].match(text.text, at)
        inside_word = anchor.isascii() and at > 0 and low[at - 1].isalpha() and low[at - 1] < "\x7f"
        if match and match.lastgroup == "heading" and not _HEADS.search(text.text[:at][-40:]):
            match = None
        if match and match.end() < matched and not inside_word:
            yielded += 1
            matched = at
            yield match, text.cut(match.end(), match.end() + LONG)
        positions[anchor] = low.rfind(anchor, 0, at)


def phrase(text: Excerpt) -> Iterator[StatedAnswer]:
    """What the announcements state, the last first; denied ones and empty ones aside."""
    for match, rest in announced(text):
        if denied(text.text[max(0, match.start() - 80) : match.start()]):
            continue
        rest = rest.lstrip("* \t\n:：")
        if rest.text.startswith("$$") and rest.text.count("$$") == 1:
            rest = rest.lstrip("$ \n")
        answer, sentence = statement(rest)
        if answer.text:
            shown = _shown(answer.text)
            start = text.start + match.start()
            yield StatedAnswer(start, "answer_is", shown, answer, sentence)


ADVERBS = re.compile(
    r"(?:(?:therefore|thus|probably|likely|simply|just|indeed|then|hence|given by|equal to|exactly"
    r"|option|choice|that|as follows|now|also|still|in fact|clearly|really|actually|be"
    r"|no\.(?=\s?\d)"
    r"|Rs\.?(?=\s?\d)|number(?=\s\d))\b[,:\s]*|No\.\s*(?=\d)|Rs\.\s*(?=\d))+",
    re.IGNORECASE,
)


def statement(rest: Excerpt) -> tuple[Excerpt, bool]:
    """The answer that follows "the answer is", to the end of its line and sentence; and whether
    it is a sentence without a clear value."""
    text = rest.text
    if number := _NUMBER_ALONE.match(text):
        return rest.group(number, 1), False
    if text.startswith(("\\[", "\\(")):
        close = text.find("\\]" if text[1] == "[" else "\\)")
        if close > 0:
            return last_side(trim(rest.cut(2, close), formula=True)), False
    if text.startswith("$$") and (close := text.find("$$", 2)) > 0:
        return last_side(trim(rest.cut(2, close), formula=True)), False
    if text.startswith(("\\begin", "$\\begin", "$$\\begin")):
        return _environment(rest.cut(0, len(text.split("\n\n")[0]))), False
    factorial = False
    if listed := _bullets(rest):
        return listed, False
    line = rest
    if adverbs := ADVERBS.match(text.split("\n")[0]):
        line = line.cut(adverbs.end()).strip()
    line = line.cut(0, len(line.text.split("\n")[0])).strip()
    if end := next((end for end in sentence_ends(line.text) if end.start() > 0), None):
        if end[0] == "?":
            return line.cut(0, 0), False
        factorial = line.text[: end.start()].endswith("!")
        if _FACTORIAL.search(line.text[: end.end()]):
            line, factorial = line.cut(0, end.end()), True
        else:
            line = line.cut(0, end.start())
    if _BOUND_OF.match(line.text) or taken_back_at_once(line.text):
        return line.cut(0, 0), False
    if _CASES.search(line.text):
        return trim(line), True
    if (aside := ASIDE.search(line.text, 1)) and line.text[: aside.start()].strip("$*( "):
        line = line.cut(0, aside.start())
    answer = trim(line, formula=factorial)
    share = NUMBER.match(answer.text)
    if share and _OF_SOMETHING.match(answer.text, share.end()):
        return answer.cut(0, share.end()).strip(), False
    if not is_prose(answer.text):
        return _without_counter(last_side(answer)), False
    value = None if bounded(line.text) else stated_value(line)
    return (last_side(value), False) if value else (answer, True)


_NUMBER_ALONE = re.compile(r"(-?\d+(?:\.\d+|/\d+)?)\.?[ \t]*(?:\n|$)", re.ASCII)
"""On its line: so with most, and nothing else can be meant."""

_FACTORIAL = re.compile(r"(?:(?<![A-Za-z\\])[a-z]|\))!{1,2}$")
"""``n!``, where ``5!`` may be an exclamation."""

_BOUND_OF = re.compile(
    r"(?:at least|at most|(?:no )?(?:more|less|fewer|greater|larger|smaller) than|up to|not|never"
    r"|between|bounded|anything (?:but|except|other than))\b\s*[$\\(\d-]",
    re.IGNORECASE,
)
_CASES = re.compile(
    r"\b(?:if|when)\b.*(?:\b(?:otherwise|else)\b|(?:\band|\bor|,|;)\s+(?:is "
    r"|it is )?[$\\(]*-?[\w.]+"
    r"[$)]*\s+(?:when|if|for)\b)"
)
"""A value for one case and another value for another one."""

_OF_SOMETHING = re.compile(
    r"\s+of (?:an?|the|his|her|their|its|them|it|all|us)\b[^\d\\$]*$", re.IGNORECASE
)
_COUNTED = re.compile(r"([-\u2212]?[\d.,/]*\d)\s?[\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af]{1,4}")
"""``5个``, ``140美元``: a number and what was counted, in languages without blanks."""


def _without_counter(answer: Excerpt) -> Excerpt:
    counted = _COUNTED.fullmatch(answer.text)
    return answer.group(counted, 1) if counted else answer


_BULLETS = re.compile(r"(?:[-*•]|\d[.)])[ \t]+([^\n]{1,80})(?:\n|$)")


def _shown(answer: str) -> str:
    """On one line; the lines of a list as a list."""
    if "\n" not in answer:
        return answer
    if _BULLETS.match(answer):
        return ", ".join(match[1].strip("*$ .,") for match in _BULLETS.finditer(answer))
    return answer.replace("\n", " ")


def _bullets(rest: Excerpt) -> Excerpt | None:
    """Two or more short lines of a list."""
    end, lines = 0, 0
    while match := _BULLETS.match(rest.text, end):
        end, lines = match.end(), lines + 1
    return rest.cut(0, end).strip() if lines > 1 else None


def _environment(text: Excerpt) -> Excerpt:
    r"""A matrix or cases, to the end of its formula, or of its sentence if no dollars close it."""
    dollars = text.text[: len(text.text) - len(text.text.lstrip("$"))]
    end = text.text.find("\\end{")
    close = text.text.find(dollars, end) if dollars and end >= 0 else -1
    if close > 0:
        return trim(text.cut(len(dollars), close), formula=True)
    if stop := SENTENCE_END.search(text.text, max(0, text.text.rfind("\\end{"))):
        text = text.cut(0, stop.start())
    return trim(text)


# --- announced by marks ----------------------------------------------------------------------

JSON = re.compile(
    r'["\'](?:final[_ ]?)?answer["\']\s{0,9}:\s{0,9}'
    r'(?:"((?:[^"\\\n]|\\.){0,1000})"|\[((?:[^\[\]\n]){0,400})\]|([^\s"\'{}\[\],]{1,99})'
    r"|'((?:[^'\\\n]|\\.){0,1000})')",
    re.IGNORECASE,
)
HASH = re.compile(r"####[ \t]*([^\n]{1,1000})")
VALUE = re.compile(r"[-+−$€£(\[{\\.]{0,3}\d|[$\\]|[A-Z]\s*$")
_OTHER_BOLD = re.compile(r"\*\*\s*(?:or|and|,|/)\s*$")
BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*[.\s]*$")


def json_answer(text: Excerpt) -> StatedAnswer | None:
    """The last ``"answer": …`` of a JSON object, or of one as Python prints it, that ends the
    text."""
    end = text.text[-1500:]
    if '"' not in end and "'" not in end:
        return None
    low = end.lower()
    if 'answer"' not in low and "answer'" not in low:
        return None
    tail = text.cut(max(0, len(text.text) - 3000))
    match = last_match(JSON, tail.text)
    if match is None or len(tail.text) - match.end() > 40:
        return None
    number = next(number for number in (1, 2, 3, 4) if match[number] is not None)
    excerpt = tail.group(match, number).strip()
    answer = excerpt.text if number == 3 else _unescape(excerpt.text)
    if number == 2:
        answer = answer.replace('"', "")
    if not answer.strip():
        return None
    return StatedAnswer(tail.start + match.start(), "json", answer.strip(), excerpt)


def _unescape(text: str) -> str:
    """A JSON string's value; text that is not quite JSON stays, as models forget to escape."""
    # `\f` is JSON's form feed and the start of \frac: a lone backslash before a letter is LaTeX.
    if re.search(r"(?<!\\)(?:\\\\)*\\[A-Za-z]{2}", text):
        return text.replace('\\"', '"')
    return text.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")


def hashed(text: Excerpt) -> StatedAnswer | None:
    if "####" not in text.text:
        return None
    match = last_match(HASH, text.text)
    if match is None:
        return None
    answer = trim(text.group(match, 1))
    # A heading of a solution starts so too: it has no value, or more text follows it.
    heading = not VALUE.match(answer.text) and text.text[match.end() :].strip()
    if not answer.text or heading:
        return None
    return StatedAnswer(text.start + match.start(), "hash", answer.text, answer)


def bold(text: Excerpt) -> StatedAnswer | None:
    tail = text.cut(max(0, len(text.text) - 300))
    if not tail.text.rstrip(". \n").endswith("**"):
        return None
    match = BOLD.search(tail.text)
    if match is None or _OTHER_BOLD.search(tail.text[: match.start()]):
        return None
    answer = last_side(trim(tail.group(match, 1)))
    if not answer.text or answer.text.endswith(":") or is_prose(answer.text):
        return None
    return StatedAnswer(tail.start + match.start(), "bold", answer.text, answer)
