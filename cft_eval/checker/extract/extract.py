r"""Find the answer in a response: text in, the answer's text and the rule that found it out.

    response ── thinking, tags and end marks off ──> boxes ──> markers ──> last sentence ──> answer

The rules, by their name in `Extraction.how`, in the order of their authority:

| rule | what it reads |
|---|---|
| `json` | the last ``"answer": …`` of a JSON object that ends the response |
| `boxed` | the last balanced ``\boxed{…}`` or ``\fbox{…}``; also ``\boxed 5`` |
| `boxed_unclosed` | a last box whose brace never closes, cut off by the token limit |
| `boxes` | boxes side by side that together are the answer, where the reference is a list |
| `hedge` | boxes offered as alternatives: all of them, so that none earns the point |
| `hash` | ``#### 42`` |
| `answer_is` | "the answer is …", "Answer: …", "A: …", also in Chinese |
| `bold` | ``**…**`` in the last line |
| `bare` | a short response that is nothing but an answer |
| `equation` | the last side of ``… = …`` that ends the last line |
| `last_math` | the only formula of the last sentence |
| `last_value` | the value with which the last sentence ends: "so the sum is 8" |
| `last_number` | the only number of the last sentence |

Every rule looks at a bounded part of the text, so hostile responses cost linear time. Nothing
is known here of what the answer means.
"""

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from cft_eval.checker.extract.boxes import boxed
from cft_eval.checker.extract.hedging import DOUBT, denied, states_nothing
from cft_eval.checker.extract.own_text import last_match, own_words

TAIL = 20_000
"""Characters from the end in which the answer is looked for, boxes apart."""

LONG = 1_000
"""Characters; the longest answer that is read off a line without a box."""


class Extraction(NamedTuple):
    """What stood in the response."""

    answer: str | None
    """None where nothing was found."""

    how: str
    """The rule that found it; where nothing was found, why: `empty`, `thinking`, `none`."""


class StatedAnswer(NamedTuple):
    start: int
    """Where what states the answer begins: its box, or the words before it."""

    how: str
    answer: str


def extract(response: str, *, several: bool = False) -> Extraction:
    r"""The answer of a response; ``several`` when the reference is a list of answers.

    >>> extract(r"First \boxed{3}. No: \boxed{5}")
    Extraction(answer='5', how='boxed')
    """
    text = own_words(response)
    if not text:
        return Extraction(None, "thinking" if text is None else "empty")
    found = stated(text, several=several)
    return Extraction(found.answer, found.how) if found else _unmarked(text)


def stated(text: str, *, several: bool) -> StatedAnswer | None:
    """The answer that a box, a marker or a JSON object states, and where in ``text``."""
    tail = text[-TAIL:]
    box = boxed(text, several=several)
    # A JSON object is written to be read by a program; a box before it is part of its reasoning.
    json = _json(tail)
    if json and (box is None or len(text) - len(tail) + json.start > box.start):
        return json._replace(start=len(text) - len(tail) + json.start)
    if box:
        return StatedAnswer(box.start, box.how, box.answer)
    marked = [found for rule in MARKERS if (found := rule(tail))]
    last = max(marked, key=lambda found: found.start, default=None)
    return last and last._replace(start=len(text) - len(tail) + last.start)


# --- marked answers ------------------------------------------------------------------------

JSON = re.compile(
    r'"(?:final[_ ]?)?answer"\s{0,9}:\s{0,9}(?:"((?:[^"\\\n]|\\.){0,1000})"|([^\s"{}\[\],]{1,99}))',
    re.IGNORECASE,
)
HASH = re.compile(r"####[ \t]*([^\n]{1,1000})")
VALUE = re.compile(r"[-+−$€£(\[{\\.]{0,3}\d|[$\\]|[A-Z]\s*$")
PHRASE = re.compile(
    r"answers?\s?(?:\([^()\n]{0,40}\)\s?)?\*{0,2}\s?"
    r"(?:(?:is|are)\b\s?:?|:|=|\uff1a)\s?\*{0,2}"
    r"|(?<![A-Za-z])A:(?=[ \t]*\S)"
    r"|(?:solutions|roots) are\b\s?:?"
    r"|(?:答案|结果)(?:是|为|\uff1a|:)(?:是|\uff1a|:)?选?|故选\uff1a?",
    re.IGNORECASE,
)
BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*[.\s]*$")


def _json(tail: str) -> StatedAnswer | None:
    found = last_match(JSON, tail)
    if found is None or len(tail) - found.end() > 40:
        return None
    answer = found[2] if found[1] is None else _unescape(found[1])
    return StatedAnswer(found.start(), "json", answer.strip()) if answer.strip() else None


def _unescape(text: str) -> str:
    """A JSON string's value; text that is not quite JSON stays, as models forget to escape."""
    # `\f` is JSON's form feed and the start of \frac: a lone backslash before a letter is LaTeX.
    if re.search(r"(?<!\\)(?:\\\\)*\\[A-Za-z]{2}", text):
        return text.replace('\\"', '"')
    return text.replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\")


def _hash(tail: str) -> StatedAnswer | None:
    found = last_match(HASH, tail)
    if found is None:
        return None
    answer = _trim(found[1])
    # A heading of a solution starts so too: it has no value, or more text follows it.
    heading = not VALUE.match(answer) and tail[found.end() :].strip()
    return StatedAnswer(found.start(), "hash", answer) if answer and not heading else None


def _phrase(tail: str) -> StatedAnswer | None:
    found = last_match(PHRASE, tail)
    if found is None:
        return None
    if denied(tail[max(0, found.start() - 80) : found.start()]):
        return None
    rest = tail[found.end() : found.end() + LONG].lstrip("* \t\n:")
    if rest.startswith("$$"):
        rest = rest.lstrip("$ \n")
    answer = _statement(rest)
    return StatedAnswer(found.start(), "answer_is", answer) if answer else None


def _bold(tail: str) -> StatedAnswer | None:
    found = BOLD.search(tail[-300:])
    if found is None:
        return None
    answer = _last_side(_trim(found[1]))
    if not answer or answer.endswith(":") or _is_prose(answer):
        return None
    return StatedAnswer(len(tail) - 300 + found.start(), "bold", answer)


MARKERS = (_hash, _phrase, _bold)


# --- statements ----------------------------------------------------------------------------

ADVERBS = re.compile(
    r"(?:(?:therefore|thus|probably|likely|simply|just|indeed|then|hence|given by|equal to|exactly"
    r"|option|choice|that|as follows)\b[,:\s]*)+",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(
    r"(?<!\b[apAP])(?<![A-Za-z]\.[A-Za-z])(?<!\\)[.!?](?=\s|$|[*\"”)]*\s)|\.(?=[A-Z][a-z])|。"
    # "A. I hope it is correct", and not "A. 12" or "4 p. m.".
    r"|(?<=\b[AP])\.(?=\s+(?:I|[A-Z][a-z]+)\s)"
)
ASIDE = re.compile(
    r"\s*,?\s*\b(?:because|since|which|so that|where|as we|and so|(?:and )?not|rather than"
    r"|instead of)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"[-−]?[$€£]?(?:\d{0,9}\s?[√∛∜]\s?)?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?")
MATH = re.compile(
    r"\$\$([^$]{1,500})\$\$|\$([^$\n]{1,500})\$|\\\((.{1,500}?)\\\)|\\\[(.{1,500}?)\\\]", re.S
)


def _statement(rest: str) -> str:
    """The answer that follows "the answer is": to the end of its line and sentence."""
    if rest.startswith(("\\[", "\\(")):
        close = rest.find("\\]" if rest[1] == "[" else "\\)")
        if close > 0:
            return _last_side(_trim(rest[2:close].replace("\n", " "), formula=True))
    if rest.startswith(("\\begin", "$\\begin", "$$\\begin")):
        return _environment(rest.split("\n\n")[0].replace("\n", " "))
    line = ADVERBS.sub("", rest.split("\n")[0].strip(), count=1) if ADVERBS.match(rest) else rest
    line = line.split("\n")[0].strip()
    if end := next(_sentence_ends(line), None):
        line = line[: end.start()]
    if aside := ASIDE.search(line, 1):
        line = line[: aside.start()] or line
    answer = _trim(line)
    return _only_value(answer) or _last_side(answer) if _is_prose(answer) else _last_side(answer)


def _environment(text: str) -> str:
    r"""A matrix or cases, to the end of its formula, or of its sentence if no dollars close it."""
    dollars = text[: len(text) - len(text.lstrip("$"))]
    close = text.find(dollars, text.find("\\end{")) if dollars and "\\end{" in text else -1
    if close > 0:
        return _trim(text[len(dollars) : close], formula=True)
    closed = text.rfind("\\end{")
    if end := SENTENCE_END.search(text, max(0, closed)):
        text = text[: end.start()]
    return _trim(text)


def _sentence_ends(line: str) -> Iterator[re.Match[str]]:
    """Full stops outside formulas: ``$7 ! / 2 !$`` is no sentence's end."""
    formulas = deque(found.span() for found in MATH.finditer(line))
    for end in SENTENCE_END.finditer(line):
        while formulas and formulas[0][1] <= end.start():
            formulas.popleft()
        if not formulas or end.start() < formulas[0][0]:
            yield end


def _only_value(sentence: str) -> str | None:
    """The formula or number of a sentence that has exactly one."""
    formulas = [next(filter(None, found.groups())) for found in MATH.finditer(sentence)]
    values = formulas or NUMBER.findall(sentence)
    return _last_side(_trim(values[0], formula=True)) if len(values) == 1 else None


def _last_side(text: str) -> str:
    """``3 + 4 = 7`` is 7: the left is arithmetic, not a name that the value is given to."""
    left, equals, right = text.strip("$ ").rpartition("=")
    arithmetic = (
        equals and right.strip() and not re.search(r"[A-Za-z]", re.sub(r"\\[a-z]+", "", left))
    )
    if not arithmetic or left.rstrip().endswith(("<", ">", "!", "\\")) or "&" in left:
        return text
    return _trim(right)


def _trim(text: str, *, formula: bool = False) -> str:
    """Without the marks around an answer that are no part of it; "!" is part of a formula."""
    text = text.strip().strip("*`").strip()
    while text.endswith(
        (".", ",", ";", "。", "**") if formula else (".", ",", ";", "。", "**", "!")
    ) and not re.search(r"(?:\\[,;!]|[ap]\.m\.)$", text):
        text = text[:-1].rstrip("*").rstrip()
    if text.count("$") == 1 and text.endswith("$"):
        text = text[:-1].rstrip()  # the formula's other end was cut off with its name
    for left, right in (
        ("$$", "$$"),
        ("$", "$"),
        (r"\(", r"\)"),
        (r"\[", r"\]"),
        ('"', '"'),
        ("'", "'"),
    ):
        inner = text[len(left) : -len(right)]
        if text.startswith(left) and text.endswith(right) and inner and left not in inner:
            return inner.strip()
    return text


WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}(?![A-Za-z]*\()")
VERBS = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|can|we|so|thus|therefore|hence|she|he|they|it|you"
    r"|there|total|need|needs|get|gets|made|makes|equals|cannot|could|would|let|the|this)\b"
    # The pronoun, and neither the imaginary unit nor a matrix or a function by that name.
    r"|(?-i:\bI\b(?=\s+[a-z]{2}))",
    re.IGNORECASE,
)


def _is_prose(text: str) -> bool:
    """A sentence, rather than a value with a unit or a few words."""
    bare = re.sub(r"\\(?:text|mbox|textbf|mathrm)\s?\{[^{}]*\}", "", text)
    return bool(VERBS.search(MATH.sub(" ", bare))) or len(WORD.findall(bare)) > 6


# --- responses without a marker --------------------------------------------------------------

BARE = 200
"""Characters; the longest response that can be nothing but an answer."""

SHORT = 300
"""Characters; a longer response that stops without an end of sentence was cut off."""


LAST_VALUE = re.compile(
    r"\b(?:is|are|equals|be|gives?|get|obtain|thus|hence|therefore|so)\s*:?\s+"
    r"(\$[^$\n]{1,200}\$|\\\(.{1,200}?\\\)|\([A-J]\)"
    r"|[-\u2212]?[$€£]?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?)"
    r"\s*[.!]$"
)


def _unmarked(text: str) -> Extraction:
    if _is_bare(text):
        return Extraction(_trim(text), "bare")
    last = text[-TAIL:].rsplit("\n", 1)[-1].strip()
    # A display that closes on a line of its own: the formula is the last line.
    if last in ("$$", "\\]"):
        displays = [
            found for found in MATH.finditer(text[-LONG:]) if found.end() >= len(text[-LONG:])
        ]
        last = " ".join(displays[-1][0].split()) if displays else ""
    if len(text) > SHORT and not re.search(r"(?:[.!?。$)\]*%\"]|\d)$", last):
        return Extraction(None, "none")
    sentence = _last_sentence(last)
    if len(sentence) > LONG:
        return Extraction(None, "none")
    if states_nothing(sentence):
        return Extraction(None, "none")
    whole = _trim(sentence)
    # A line of a calculation that breaks off is no statement; its end must be a finished value.
    ended = len(text) <= SHORT or sentence.endswith((".", "!", "$", "$$", r"\]", r"\)", "*", "。"))
    side = whole.rpartition("=")[2].strip()
    if ended and "=" in whole and side and not _is_prose(side) and not MATH.search(whole):
        return Extraction(_trim(side), "equation")
    formulas = [next(filter(None, found.groups())) for found in MATH.finditer(sentence)]
    if ended and len(formulas) == 1:
        side = formulas[0].rpartition("=")[2].strip()
        return (
            Extraction(_trim(side, formula=True), "last_math") if side else Extraction(None, "none")
        )
    numbers = NUMBER.findall(sentence)
    if ended and not formulas and len(numbers) == 1:
        return Extraction(numbers[0].rstrip(","), "last_number")
    if (value := LAST_VALUE.search(sentence)) and not DOUBT.search(sentence):
        return Extraction(_last_side(_trim(value[1])), "last_value")
    return Extraction(None, "none")


def _is_bare(text: str) -> bool:
    if len(text) > BARE or _is_prose(text):
        return False
    return "\n" not in text or text.startswith(("$$", r"\[", r"\begin", r"$\begin"))


def _last_sentence(line: str) -> str:
    """The last sentence of a line, its full stop included."""
    start = 0
    for end in _sentence_ends(line):
        if line[end.end() :].strip(" *"):
            start = end.end()
    return line[start:].strip()


def is_list(reference: str) -> bool:
    r"""Whether a reference has several members, so that several boxes may give them.

    >>> [is_list(text) for text in ("1,2", "(1,2)", r"10{,}000", "1,000", r"1 \pm 2")]
    [True, False, False, False, True]
    """
    if r"\pm" in reference or " or " in reference or " and " in reference:
        return True
    depth = 0
    for place, mark in enumerate(reference):
        depth += (mark in "([{") - (mark in ")]}")
        between_digits = mark == "," and reference[place - 1 : place].isdigit()
        thousands = between_digits and _three_digits(reference[place + 1 :])
        if depth <= 0 and mark in ",;" and not thousands and reference[place - 1 : place] != "\\":
            return True
    return False


def _three_digits(text: str) -> bool:
    return text[:3].isdigit() and len(text[:3]) == 3 and not text[3:4].isdigit()
