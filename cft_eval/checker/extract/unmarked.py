"""Responses that announce no answer: nothing but an answer, or a last sentence that states one.

    "So she has 18 apples left. I hope this helps!"  ->  18

The sentence must state one value: of two numbers of equal standing neither is taken.
"""

import re

from cft_eval.checker.extract.announced import LONG, StatedAnswer, statement
from cft_eval.checker.extract.hedging import states_nothing
from cft_eval.checker.extract.sentence_values import NUMBER, stated_value
from cft_eval.checker.extract.sentences import (
    ASIDE,
    MATH,
    is_prose,
    last_sentence,
    sentence_ends,
    trim,
    without_courtesies,
)
from cft_eval.checker.types.excerpt import Excerpt, last_match

TAIL = 20_000
"""Characters from the end in which an answer without a box is looked for."""

BARE = 200
"""Characters; the longest response that can be nothing but an answer."""

SHORT = 300
"""Characters; a longer response that stops without an end of sentence was cut off."""

_ENDED = re.compile(r"(?:[.!?。$)\]*%\"}¥€]|\d|[\u4e00-\u9fff])$")
_LABEL = re.compile(
    r"[#*>\s-]*(?:[^\W\d_](?:[^\W\d_]|[' ]){1,40}[^\W\d_]"
    r"|[\u4e00-\u9fff]{1,8})\**\s?[:\uff1a]\**\s*(?=\S)"
)
_OF_ITSELF = re.compile(
    r"\W*(?:confidence|difficulty|rating|grade|page|version|score)\b.{0,20}[:=]", re.IGNORECASE
)
"""A label of what a response says of itself."""

_LEAD = re.compile(r"(?:[^\W\d_]+\s){0,2}[^\W\d_]{3,},\s+(?=[^,]*=)")
"""``Portanto, x = 5``: a word of connection before an equation."""

_HEADING = re.compile(
    r"[#*_\s]*(?:final |the )?(?:answer|result|solution)[*_:\s]*\n+", re.IGNORECASE
)
_CODE = re.compile(r"```[ \t]*(?:python|py|cpp|c|java|javascript|js|sage|julia|matlab)\b[^`]*$")
_DISPLAY_END = re.compile(r"(?:\$\$|\\\]|\\end\{(?:align|equation|gather|eqnarray|multline)\*?\})$")
_ROWS = re.compile(
    r"\\begin\{(align|aligned|gather|gathered|split|eqnarray|equation|multline)\*?\}(.*?)\\end\{\1",
    re.DOTALL,
)
_LESS = r"[a-z]\s?(?:<=|>=|<|>|≤|≥|≠|!=)\s?[-−]?(?:\d[\d./]*|√\d+|π|[a-z])"
_INEQUALITY = re.compile(rf"(?<![\w\\])((?:{_LESS},?\s+(?:or|and)\s+)?{_LESS})\s*[.!]?$")


def unmarked(text: Excerpt) -> StatedAnswer | None:
    """The answer of a text without a box or a marker; None where it states none."""
    text = without_courtesies(text.cut(max(0, len(text.text) - TAIL)))
    if heading := _HEADING.match(text.text):
        text = text.cut(heading.end())
    if states_nothing(text.text[:BARE]) and _is_bare(text.text):
        return None
    text = _without_calculations(text) if len(text.text) <= BARE else text
    if _is_bare(text.text) and not _TRUTH.search(text.text):
        return _bare(text)
    if "```" in text.text[-2000:] and _CODE.search(text.text[-2000:]):
        return None
    line = _last_line(text)
    line = _without_calculations(line.cut(max(0, len(line.text) - 2 * LONG)))
    if len(text.text) > SHORT and not _ENDED.search(line.text):
        return None
    labelled = _labelled(line)
    if labelled:
        return labelled
    sentence = last_sentence(line)
    if step := _STEP.match(sentence.text):
        sentence = sentence.cut(step.end())
    if contrast := _NOT_ANOTHER.search(sentence.text):
        sentence = sentence.cut(0, contrast.start())
    if states_nothing(sentence.text):  # "it cannot be 5; it must be 6"
        sentence = sentence.cut(sentence.text.rfind(";") + 1).strip()
    if not sentence.text or len(sentence.text) > LONG or states_nothing(sentence.text):
        return None
    if _IN_A_CASE.match(sentence.text):
        before = text.text[: sentence.start - text.start]
        if _OTHER_CASE.search(before[-SHORT:]):
            return None
    return _in_sentence(sentence, cut_off=len(text.text) > SHORT)


_IN_A_CASE = re.compile(r"\W*(?:(?:and|but)\s+)?(?:if|when|for|otherwise)\b", re.IGNORECASE)
_OTHER_CASE = re.compile(
    r"(?:^|[.!?\n]|\band\b|\bbut\b)[\s*-]*(?:if|when|for)\b[^.!?\n]*(?:\b(?:is|are|equals|be|get)\b|=)"
    r"\s*[$\\(]{0,3}[-\u2212]?\d[\d.,/]*[$\\)]{0,3}\s*[.;!\s*-]*$",
    re.IGNORECASE,
)
"""``If n is even, the answer is 5.``: before a sentence that gives the value of another case."""

_CALCULATION = re.compile(r"<<[^<>\n]{0,200}>>")
_STEP = re.compile(r"\W*(?:step|part|case)\s*\w{1,4}\s*[:.)]\s*", re.IGNORECASE)
_NOT_ANOTHER = re.compile(r",\s*(?:and\s+)?not\b[^,;]*$|\s\(not\b[^()]*\)[\s.!]*$")


def _without_calculations(line: Excerpt) -> Excerpt:
    """With blanks for GSM8K's ``<<3*4=12>>``, so that positions stay."""
    if "<<" not in line.text:
        return line
    return Excerpt(_CALCULATION.sub(lambda match: " " * len(match[0]), line.text), line.start)


_WHOLLY = re.compile(r"\b(?:if|or|not|whether|either|assume|suppose|maybe|perhaps)\b", re.I)


def ends_in(text: Excerpt, words: str) -> StatedAnswer | None:
    """The last words of the last sentence, where they are ``words``: "so the series diverges"."""
    sentence = trim(last_sentence(_last_line(without_courtesies(text))))
    end = len(sentence.text)
    matches = sentence.text[end - len(words) :].lower() == words.lower()
    before = sentence.text[: end - len(words)]
    if not matches or before[-1:].isalnum() or _WHOLLY.search(before) or states_nothing(before):
        return None
    answer = sentence.cut(end - len(words))
    return StatedAnswer(answer.start, "last_sentence", answer.text, answer)


def _bare(text: Excerpt) -> StatedAnswer | None:
    line = trim(text)
    if lead := _LEAD.match(line.text):
        line = line.cut(lead.end())
    label = _LABEL.match(line.text)
    if _OF_ITSELF.match(line.text):
        return None
    if label and not states_nothing(line.text):
        answer, sentence = statement(line.cut(label.end()))
        return StatedAnswer(line.start, "label", answer.text, answer, sentence)
    rows = _last_row(line)
    answer = rows or (trim(text, formula=True) if line.text.replace(".", "").isdigit() else line)
    return StatedAnswer(answer.start, "bare", answer.text, answer) if answer.text else None


def _is_bare(text: str) -> bool:
    if not text or len(text) > BARE or is_prose(text):
        return False
    if any(text[end.end() :].strip(" *") for end in sentence_ends(text)):
        return False
    return "\n" not in text or text.startswith(("$$", r"\[", r"\begin", r"$\begin"))


def _last_line(text: Excerpt) -> Excerpt:
    """The last line; of a display that closes on a line of its own, the display."""
    start = text.text.rfind("\n") + 1
    line = text.cut(start).strip()
    if not _DISPLAY_END.search(line.text):
        return line
    whole = text.cut(max(0, len(text.text) - LONG))
    if line.text.endswith(("$$", "\\]")):
        for match in MATH.finditer(whole.text):
            if match.end() == len(whole.text) and match.start() < start:
                display = whole.group(match)
                # What stands before the display on its own line belongs to its sentence.
                before = whole.text[: match.start()].rpartition("\n")[2]
                return whole.cut(match.start() - len(before), match.end()) if before else display
    elif begin := whole.text.rfind("\\begin{"):
        return whole.cut(max(0, begin))
    return line


def _last_row(text: Excerpt) -> Excerpt | None:
    r"""The last row of aligned equations, without its alignment."""
    match = last_match(_ROWS, text.text) if "\\begin" in text.text else None
    if match is None:
        return None
    rows = text.group(match, 2)
    begin = 0
    for end in re.finditer(r"\\\\(?:\[[^\]]*\])?", rows.text):
        if rows.text[end.end() :].strip():
            begin = end.end()
    row = rows.cut(begin).strip()
    row = row.cut(0, len(re.sub(r"(?:\\\\|\\tag\{[^{}]*\}|[\s.,])+$", "", row.text)))
    equals = row.text.rfind("=")
    return trim(row.cut(equals + 1), formula=True) if equals >= 0 and "&" in row.text else row


def _labelled(line: Excerpt) -> StatedAnswer | None:
    """``Total cost: $45`` as the last line."""
    label = _LABEL.match(line.text)
    if not label or states_nothing(line.text) or _OF_ITSELF.match(line.text):
        return None
    answer, sentence = statement(line.cut(label.end()))
    if sentence or not re.search(r"\d|\\|\$|^[A-J]$", answer.text):
        return None
    return StatedAnswer(line.start, "label", answer.text, answer)


def _in_sentence(sentence: Excerpt, *, cut_off: bool) -> StatedAnswer | None:
    if cut_off and not re.search(r"(?:[.!$*。}]|\\\]|\\\))$", sentence.text):
        return None
    aside = ASIDE.search(sentence.text, 1)
    if aside and re.search(r"\d|\$|\\", sentence.text[: aside.start()]):
        sentence = sentence.cut(0, aside.start())
    value = (
        _truth(sentence)
        or _last_row(sentence)
        or _without_dollars(sentence)
        or stated_value(sentence)
    )
    if value is None or not value.text:
        return None
    shown = " ".join(value.text.split("\n"))
    return StatedAnswer(sentence.start, "last_sentence", shown, value)


_TRUTH = re.compile(
    r"\b(?:statement|claim|assertion|proposition|answer|conjecture)\b[^.]*\bis (?:therefore "
    r"|thus )?"
    r"(true|false)\W*$",
    re.IGNORECASE,
)


def _truth(sentence: Excerpt) -> Excerpt | None:
    """Whether a sentence calls a statement true or false."""
    match = _TRUTH.search(sentence.text)
    return sentence.group(match, 1) if match else None


_NAMED = re.compile(r"(?:^|[\s,;])([A-Za-z])\s*=")


def _without_dollars(sentence: Excerpt) -> Excerpt | None:
    """The inequality, or the side behind the last "=", that ends a sentence without formulas."""
    whole = trim(sentence)
    if MATH.search(whole.text):
        return None
    if re.search(r"[<>≤≥]", whole.text):
        match = _INEQUALITY.search(whole.text)
        return whole.group(match, 1) if match else whole.cut(0, 0)
    equals = whole.text.rfind("=")
    named = list(_NAMED.finditer(whole.text))
    if len({match[1] for match in named}) > 1 and named[-1].end() == equals + 1:
        return whole.cut(named[0].start(1))
    side = trim(whole.cut(equals + 1)) if equals >= 0 else None
    if side and is_prose(side.text):  # "20 - 5 = 15 cookies were left"
        number = NUMBER.match(side.text)
        alone = number and len(NUMBER.findall(side.text)) == 1
        return side.group(number) if number and alone else None
    return side if side and side.text else None
