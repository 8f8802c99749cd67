r"""Find the answer in a response: text in; the answer, the rule that read it, and where it stands.

    response ── thinking, tags and end marks off ──> boxes ──> markers ──> last sentence ──> answer

The rules, by their name in `Extraction.how`:

| rule | what it reads |
|---|---|
| `json` | the last ``"answer": …`` of a JSON object that ends the response |
| `boxed` | the last balanced ``\boxed{…}`` or ``\fbox{…}``, with what touches it in its formula |
| `boxed_unclosed` | a last box whose brace never closes, cut off by the token limit |
| `boxes` | boxes side by side that together are the answer, where the reference is a list |
| `hedge` | boxes offered as alternatives: all of them, so that none earns the point |
| `hash` | ``#### 42`` |
| `answer_is` | "the answer is …", "Answer: …", "A: …", also in other languages |
| `bold` | ``**…**`` in the last line |
| `bare` | a short response that is nothing but an answer |
| `label` | "Total cost: $45" as the last line |
| `last_sentence` | the value that the last sentence states: "so the sum is 8" |

The last explicit statement counts: a box, or words that announce an answer after it. One that is
denied or taken back never counts; what follows the retraction does.

Every rule looks at a bounded part of the text, so hostile responses cost linear time. Nothing
is known here of what the answer means.
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypedDict

from cft_eval.checker.extract.announced import StatedAnswer, bold, hashed, json_answer, phrase
from cft_eval.checker.extract.boxes import Boxed, boxed
from cft_eval.checker.extract.choices import REFERENCE, chosen, without_label
from cft_eval.checker.extract.doubled import undoubled
from cft_eval.checker.extract.own_text import own_words
from cft_eval.checker.extract.retractions import retraction
from cft_eval.checker.extract.touching import touched
from cft_eval.checker.extract.unmarked import TAIL, ends_in, unmarked
from cft_eval.checker.prove.numeric import value_of
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.excerpt import Excerpt, Span
from cft_eval.checker.types.tokens import Unreadable
from cft_eval.checker.types.values import NODES, Quantity


class Extraction(NamedTuple):
    """What a response states."""

    answer: str | None
    """None where there is no answer."""

    how: str
    """The rule that read it; where there is none, why: `empty`, `thinking`, `none`."""

    spans: tuple[Span, ...] = ()
    """Where in the response the answer stands; several for several boxes."""

    sentence: bool = False
    """The answer is a whole sentence, in which no value is clear."""

    @property
    def span(self) -> tuple[int, int] | None:
        """From the first of `spans` to the last."""
        if not self.spans:
            return None
        starts, ends = zip(*self.spans, strict=True)
        return min(starts), max(ends)


NOTHING = Extraction(None, "none")


def extract(
    response: str, *, several: bool = False, choice: bool = False, words: str = ""
) -> Extraction:
    r"""The answer of a response; ``several`` when the reference is a list of answers, ``choice``
    when it is the letter of one, ``words`` the words that it is.

    >>> extract(r"First \boxed{3}. No: \boxed{5}")
    Extraction(answer='5', how='boxed', spans=(Span(start=28, end=29),), sentence=False)
    """
    if single := undoubled(response):
        extraction = extract(single.text, several=several, choice=choice, words=words)
        return extraction._replace(spans=tuple(map(single.span, extraction.spans)))
    text = own_words(response)
    if text is None or not text.text:
        return Extraction(None, "thinking" if text is None else "empty")
    beside = _outside_code(text, several=several, choice=choice)
    extraction = beside or _read(text, several=several, choice=choice)
    if words and extraction.answer is None:
        stated = ends_in(text, words) or ends_in(text, f"{words}s")
        return _extraction(stated, choice=False) if stated else extraction
    return extraction


_CODE = re.compile(
    r"```[ \t]*(?:python3?|py|cpp|c|java|javascript|js|sage|julia|matlab)\b[^`]*(?:```|$)",
    re.IGNORECASE,
)


def _outside_code(text: Excerpt, *, several: bool, choice: bool) -> Extraction | None:
    r"""What is stated beside a program that prints a box; None where nothing clear is, or where
    no program does."""
    if "`" not in text.text or "```" not in text.text or "box" not in text.text:
        return None
    programs = [match for match in _CODE.finditer(text.text) if "box" in match[0]]
    if not programs:
        return None
    # As many blanks as the program has signs: positions stay.
    end = 0
    pieces: list[str] = []
    for match in programs:
        pieces += [text.text[end : match.start()], " " * (len(match[0]) - 1), "\n"]
        end = match.end()
    plain = "".join([*pieces, text.text[end:]])
    extraction = _read(Excerpt(plain, text.start), several=several, choice=choice)
    stated = extraction.how in _EXPLICIT or (
        extraction.spans and extraction.spans[-1].start >= text.start + end
    )
    return extraction if stated and extraction.answer and not extraction.sentence else None


_EXPLICIT = ("boxed", "boxes", "hedge", "hash", "answer_is")


def located(response: str, reference: str) -> Extraction:
    """As `extract`, for what ``reference`` is."""
    return extract(response, **_kind(reference))


class _Kind(TypedDict):
    several: bool
    choice: bool
    words: str


@lru_cache(maxsize=8192)
def _kind(reference: str) -> _Kind:
    """What the reference says of the answer to look for."""
    choice = len(reference) < LONGEST_LETTER and bool(REFERENCE.fullmatch(reference.strip()))
    words = _WORDS.fullmatch(reference.strip())
    return {
        "several": is_list(reference),
        "choice": choice,
        "words": words[1].strip() if words else "",
    }


_WORDS = re.compile(r"\$?(?:\\text\s?\{)?\s*([A-Za-z][a-z]+(?: [A-Za-z][a-z]+){0,4})\s*\}?\$?")


LONGEST_LETTER = 24
"""Characters of a reference that is a letter, with all that may be around it."""


def _read(text: Excerpt, *, several: bool, choice: bool) -> Extraction:
    if len(text.text) < LONGEST_LETTER and _NUMBER.fullmatch(text.text):
        return Extraction(text.text, "bare", (text.span,))
    box = boxed(text.text, several=several)
    if choice and (letter := chosen(text, box)):
        return Extraction(letter.letter, letter.how, (letter.span,))
    tail = text.cut(max(0, len(text.text) - TAIL))
    # A JSON object is written to be read by a program; a box before it is part of its reasoning.
    json = json_answer(tail)
    if json and (box is None or json.start > text.start + box.boxes[-1].start):
        return _extraction(json, choice=choice)
    extraction = _boxed(text, box, several, choice) if box else _marked(text, tail, several, choice)
    if extraction is None:
        stated = unmarked(text)
        return _extraction(stated, choice=choice) if stated else NOTHING
    return extraction


def _boxed(text: Excerpt, box: Boxed, several: bool, choice: bool) -> Extraction:
    last = box.boxes[-1]
    after = text.cut(last.end)
    if after.text.strip(_CLOSING):
        later = _later(after, box.answer)
        if later and later.answer != box.answer:
            return _extraction(later, choice=choice)
        start = retraction(after.text)
        if start is not None and not _of_another(after, start, box.answer):
            return _after_retraction(after.cut(start), several=several, choice=choice)
    spans = tuple([Span(text.start + start, text.start + end) for start, end in box.spans])
    whole = touched(text.text, last) if last.closed else None
    if whole and (box.how == "boxed" or whole.span.start <= box.boxes[0].start):
        span = Span(text.start + whole.span.start, text.start + whole.span.end)
        return Extraction(whole.answer, "boxed", (span,))
    return Extraction(_plain(box.answer, choice=choice), box.how, spans)


_NUMBER = re.compile(r"-?\d+(?:\.\d+|/\d+)?", re.ASCII)
_CLOSING = " \n.,;$*\\)]}"
"""Marks behind a box that neither take it back nor state anything."""

_APPROXIMATE = re.compile(
    r"\b(?:approx\w*|about|roughly|nearly|around)\b|≈|\\approx", re.IGNORECASE
)
_OF_A_PART = re.compile(
    r"\b(?:when|for|case|part|step|example|problem|question|check|verif\w+|note|common|if|suppose"
    r"|similar|alternative\w*|other|first|second|third)\b[^.\n]*$|\([a-z\d]{1,3}\)[^.\n]*$",
    re.IGNORECASE,
)
_CLEAR = re.compile(
    r"[-+\u2212$€£\\({\[]*(?:\\[A-Za-z]+\W*)*[\w.√∞]{1,12}(?:[^A-Za-z]|\\[A-Za-z]+"
    r"|(?<![A-Za-z])[A-Za-z](?![A-Za-z]))*(?: [a-z]{1,12}){0,2}"
)


_DECIMAL = re.compile(r"[-\u2212$]?\d*\.\d+")


def _rounds(decimal: str, exact: str) -> bool:
    """Is the decimal the value of what the box holds, to its own digits, rounded or cut?"""
    try:
        [value, *_] = readings(exact)
    except (Unreadable, RecursionError, ValueError):
        return False
    inside = value.value if isinstance(value, Quantity) else value
    known = value_of(inside, digits=20) if isinstance(inside, NODES) else None
    if known is None:
        return False
    digits = decimal.replace("\u2212", "-").strip("$")
    unit = Fraction(1, 10 ** len(digits.partition(".")[2]))
    error = abs(Fraction(digits) - known)
    return error <= unit / 2 or (error < unit and abs(Fraction(digits)) < abs(known))


def _later(after: Excerpt, box: str) -> StatedAnswer | None:
    """A statement after the last box that takes its place: one clear value, of the whole, and no
    decimal that rounds what the box holds."""
    hashes = hashed(after)
    for stated in (*([hashes] if hashes else []), *phrase(after)):
        start = stated.start - after.start
        before = after.text[max(0, start - 80) : stated.excerpt.start - after.start]
        value = stated.answer
        behind = after.text[stated.excerpt.span.end - after.start :]
        if retraction(behind) is not None:
            continue
        if stated.sentence or _APPROXIMATE.search(value) or _OF_A_PART.search(before):
            continue
        if "\\" in box and _DECIMAL.fullmatch(value) and _rounds(value, box):
            continue
        if re.search(r"\d", value) and _CLEAR.fullmatch(value):
            return stated
    return None


def _of_another(after: Excerpt, retracted: int, answer: str) -> bool:
    """Whether what is taken back is another answer that was spoken of after the box: "some say
    that the answer is 7, but this is wrong"."""
    spoken_of = phrase(after.cut(0, retracted))
    return any(
        stated.answer != answer and re.search(r"[A-Z\d\\]", stated.answer) for stated in spoken_of
    )


def _marked(text: Excerpt, tail: Excerpt, several: bool, choice: bool) -> Extraction | None:
    """What the markers state, where there is no box; None where there is none."""
    first = next(phrase(tail), None)
    marked = [stated for stated in (hashed(tail), first, bold(tail)) if stated]
    last = max(marked, key=lambda stated: stated.excerpt.start, default=None)
    if last is None:
        return None
    after = text.cut(last.excerpt.span.end - text.start)
    if after.text.strip(_CLOSING) and (start := retraction(after.text)) is not None:
        return _after_retraction(after.cut(start), several=several, choice=choice)
    if last.sentence and "\n" in after.text.strip():  # "Answer:" above a whole solution
        stated = unmarked(after)
        last = stated if stated and not stated.sentence else last
    return _extraction(last, choice=choice)


_LEAD = re.compile(
    r"(?:(?:actually|wait|oops|sorry|no|(?:strike|scrap|scratch|forget) that|i meant?"
    r"|make (?:that|it))\b[,.\s]+)+(?=[$\\(]{0,3}[-\u2212]?\d[\d.,/]*[$\\)]{0,3}\s*(?:[.!\n]|$))",
    re.IGNORECASE,
)
"""What opens a correction that is nothing but a value: "Actually, 6."."""


def _after_retraction(text: Excerpt, *, several: bool, choice: bool) -> Extraction:
    """What is said after a statement was taken back; nothing, if nothing is."""
    text = text.lstrip(" \t\n.,;:$)]")
    if lead := _LEAD.match(text.text):
        text = text.cut(lead.end())
    return _read(text, several=several, choice=choice) if text.text else NOTHING


def _extraction(stated: StatedAnswer, *, choice: bool) -> Extraction:
    answer = _plain(stated.answer, choice=choice)
    return Extraction(answer, stated.how, (stated.excerpt.span,), stated.sentence)


def _plain(answer: str, *, choice: bool) -> str:
    return answer if choice else without_label(answer)


def is_list(reference: str) -> bool:
    r"""Whether a reference has several members, so that several boxes may give them.

    >>> [is_list(text) for text in ("1,2", "(1,2)", r"10{,}000", "1,000", r"1 \pm 2")]
    [True, False, False, False, True]
    """
    if r"\pm" in reference or " or " in reference or " and " in reference:
        return True
    if "," not in reference and ";" not in reference:
        return False
    depth = 0
    for index, mark in enumerate(reference):
        depth += (mark in "([{") - (mark in ")]}")
        between_digits = mark == "," and reference[index - 1 : index].isdigit()
        thousands = between_digits and _three_digits(reference[index + 1 :])
        if depth <= 0 and mark in ",;" and not thousands and reference[index - 1 : index] != "\\":
            return True
    return False


def _three_digits(text: str) -> bool:
    return text[:3].isdigit() and len(text[:3]) == 3 and not text[3:4].isdigit()
