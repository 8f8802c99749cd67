"""Text with TeX between dollar signs, as HTML with MathML.

Problems come from test sets, but also from uploads: what comes out holds escaped text and the
MathML elements and attributes listed here, and nothing else. What cannot be drawn stays text.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from xml.etree import ElementTree as ET

from markupsafe import Markup, escape

from cft_eval.render.text import visible

MAX_FORMULA = 2_000
"""Longest formula that is drawn, in characters."""

MAX_FORMULAS = 150
"""Formulas drawn in one text; the rest stays as it was typed."""

_ENVIRONMENT = r"(?:align|equation|gather|multline|eqnarray)\*?"
_BRACED = r"(?:[^{}$]|\{(?:[^{}$]|\{(?:[^{}$]|\{[^{}$]{0,200}\}){0,300}\}){0,300}\}){0,300}"
"""What may stand between braces, three deep."""

_FORMULA = re.compile(
    # Bounded, so that a text of openings alone is not read to its end from each of them.
    r"\$\$(?P<a>.{1,2000}?)\$\$|\\\[(?P<b>.{1,2000}?)\\\]|\\\((?P<c>.{1,2000}?)\\\)"
    rf"|(?P<e>\\begin\{{(?P<name>{_ENVIRONMENT})\}}.{{1,2000}}?\\end\{{(?P=name)\}})"
    # Pandoc's rule, so that "from $5 to $7" stays money.
    r"|(?<!\\)\$(?=\S)(?P<d>(?:\\.|[^$\\]){1,2000}?)(?<=\S)\$(?!\d)"
    r"|\$(?P<money>\\\$)\$"
    # What models leave without dollar signs: a box, and the last sentence of Minerva's prompts.
    rf"|(?P<f>\\(?:boxed|fbox)\{{{_BRACED}\}})"
    r"|(?<=[Ff]inal answer is )(?P<g>[^$\n]{1,300}?)(?=\. I hope it is correct)"
    # With a space at an end it may be either: see `_formulas`.
    r"|(?<!\\)\$(?P<loose>(?:\\.|[^$\\\n]){1,500}?)\$(?!\d)",
    re.DOTALL,
)
_TEX = re.compile(r"[\\^_=<>]|\A\s*[A-Za-z]\s*\Z|[\d)]\s*[-+*/]\s*[\d(]")
_WORDS = re.compile(r"\\text\s*\{[^{}]*\}|\\[a-zA-Z]+|(?P<word>[A-Za-z]{3,})")
_BOLD = re.compile(r"(?<![\w*])\*\*(?=[^\s*])|(?<=[^\s*])\*\*(?![\w*])")
_ELEMENTS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup"),
    *("msub", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "menclose"),
    *("mstyle", "mpadded", "mphantom"),
}
# Nothing that links, styles, or colours; and no length but a short `width`.
_ATTRIBUTES = {
    *("display", "stretchy", "fence", "form", "separator", "accent", "columnalign"),
    *("columnlines", "rowlines", "notation", "mathvariant", "displaystyle", "scriptlevel"),
    *("movablelimits", "symmetric", "largeop", "width"),
}
_WIDTH = re.compile(r"-?\d?(\.\d+)?em|(negative)?(very)*(thin|medium|thick)mathspace")
"""Ten em and more would push a formula aside and over another."""


Range = tuple[int, int]
"""First character, and the one after the last."""


def typeset(text: str, marked: Range | None = None) -> Markup:
    """``text`` as HTML, formulas as MathML, ``**bold**`` as such; every other character of the
    text shows as what it is.

    What lies in ``marked`` is in a ``mark``: a formula that it touches as a whole, since a part of
    one cannot be drawn apart.
    """
    drawn = [
        (match.span(), made)
        for match in islice(_formulas(text), MAX_FORMULAS)
        if (made := _drawn(match)) is not None
    ]
    plain = _Plain(text, marked, _strong(text, [where for where, _ in drawn], marked))
    parts: list[Markup] = []
    at = 0
    for (start, end), made in drawn:
        touched = marked and start < marked[1] and marked[0] < end
        parts += [
            plain.part(at, start),
            Markup("<mark>{}</mark>").format(made) if touched else made,
        ]
        at = end
    return Markup("").join([*parts, plain.part(at, len(text))])


EXCERPT = 2_100
"""Characters beside a cut in which a formula that it would halve begins or ends."""


def excerpt(text: str, characters: int) -> str:
    """The beginning of ``text``, about so many ``characters``: whole words and whole formulas.

    >>> excerpt("We have $x + y$ here", 12), excerpt("We have words here", 12)
    ('We have …', 'We have …')
    """
    if len(text) <= characters:
        return text
    space = text.rfind(" ", max(0, characters - 80), characters + 1)
    cut = space if space > 0 else characters
    for match in _formulas(text[: characters + EXCERPT]):
        if match.start() < cut < match.end():
            cut = match.start()
    return text[:cut].rstrip() + " …"


def whole_start(text: str, start: int) -> int:
    """The next position from ``start`` on that is inside no word and no formula."""
    low = max(0, start - EXCERPT)
    for match in _formulas(text[low:]):
        if match.start() + low < start < match.end() + low:
            return match.end() + low
        if match.start() + low >= start:
            break
    if 0 < start < len(text) and not text[start - 1].isspace():
        space = next((at for at in range(start, min(start + 80, len(text)))
                      if text[at].isspace()), start)  # fmt: skip
        return space
    return start


def _formulas(text: str) -> Iterator[re.Match[str]]:
    """What may be drawn, in order: ``$ x$`` only where it looks like TeX and like no sentence."""
    at = 0
    while match := _FORMULA.search(text, at):
        loose = match["loose"]
        if loose is None or (_TEX.search(loose) and not _sentence(loose)):
            yield match
            at = match.end()
        else:
            at = match.start() + 1


def _sentence(tex: str) -> bool:
    """Whether there is a word in it that is no command and in no ``\text``."""
    return any(match["word"] for match in _WORDS.finditer(tex))


def _drawn(match: re.Match[str]) -> Markup | None:
    kind = match.lastgroup or ""
    if kind == "g" and not _TEX.search(match[kind]):
        return None
    return _mathml(match[kind], block=kind in {"a", "b", "e"})


def _strong(text: str, formulas: Sequence[Range], marked: Range | None) -> dict[int, Markup]:
    """Where ``**`` opens and closes bold text, and the tag that stands for it.

    A pair is on one line, around formulas or not, and is left as it was written where the mark
    holds one end of it alone.
    """
    covered = iter([*formulas, (len(text), len(text))])
    here, tags, opened = next(covered), dict[int, Markup](), None
    for match in _BOLD.finditer(text):
        at = match.start()
        while here[1] <= at:
            here = next(covered)
        if here[0] <= at:
            continue
        if opened is not None and "\n" not in text[opened:at]:
            if not _crosses((opened, at + 2), marked):
                tags |= {opened: Markup("<strong>"), at: Markup("</strong>")}
            opened = None
        else:
            opened = at
    return tags


def _crosses(bold: Range, marked: Range | None) -> bool:
    if marked is None or marked[1] <= bold[0] or bold[1] <= marked[0]:
        return False
    inside = bold[0] + 2 <= marked[0] and marked[1] <= bold[1] - 2
    around = marked[0] <= bold[0] and bold[1] <= marked[1]
    return not (inside or around)


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text between formulas."""

    text: str
    marked: Range | None
    tags: Mapping[int, Markup]
    """Positions of two characters that a tag stands for."""

    def part(self, start: int, end: int) -> Markup:
        """The text from ``start`` to ``end``, with what is marked of it."""
        marked = self.marked
        if marked is None or marked[1] <= start or end <= marked[0]:
            return self._bold(start, end)
        first, last = max(start, marked[0]), min(end, marked[1])
        pieces = (self._bold(start, first), self._bold(first, last), self._bold(last, end))
        return Markup("{}<mark>{}</mark>{}").format(*pieces)

    def _bold(self, start: int, end: int) -> Markup:
        parts: list[Markup] = []
        for at in (at for at in self.tags if start <= at < end):
            parts += [escape(visible(self.text[start:at])), self.tags[at]]
            start = at + 2
        return Markup("").join([*parts, escape(visible(self.text[start:end]))])


def formula(text: str) -> Markup:
    r"""``text``, a bare answer such as ``\frac{1}{2}``, as MathML where it is TeX."""
    if "$" in text or not re.search(r"[\\^_]", text):
        return typeset(text)
    return _mathml(text, block=False) or escape(text)


@lru_cache(maxsize=2_048)  # one problem stands on many pages
def _mathml(tex: str, *, block: bool) -> Markup | None:
    """The formula as MathML; None where it is too long, not understood, or not harmless."""
    if len(tex) > MAX_FORMULA:
        return None
    from latex2mathml.converter import convert_to_element

    try:
        tree = convert_to_element(_known(tex), display="block" if block else "inline")
    except _conversion_errors():
        return None
    if not _harmless(tree):
        return None
    for letter in tree.iter("mi"):
        _in_plain_letters(letter)
    for operator in tree.iter("mo"):
        if operator.text in _BARS and operator.get("form") is None:
            # A browser takes a bar inside a row for "such that", with wide space on both sides.
            operator.attrib |= {"lspace": "0", "rspace": "0"}
    return Markup(ET.tostring(tree, encoding="unicode"))


_BARS = ("|", "‖")
"""Signs of an absolute value and of a norm, which TeX sets without space."""

_BOLD_LETTERS = range(0x1D400, 0x1D434)
_STYLED = range(0x1D400, 0x1D800)
"""Unicode's mathematical letters. Many machines have no font for them, and browsers turn a single
letter of a formula into one; the style sheet draws italic letters of a text font instead."""


def _in_plain_letters(element: ET.Element) -> None:
    """Say by a class what is not italic: a name such as sin, a sign, a bold letter."""
    text = element.text or ""
    plain = unicodedata.normalize("NFKC", text)
    if len(text) == 1 and ord(text) in _BOLD_LETTERS:
        element.text = plain
        element.set("class", "bold")
    elif len(text) == 1 and ord(text) in _STYLED and plain.isascii() and not _doubled(text):
        element.text = plain
    elif len(text) != 1 or not text.isalpha() or text != plain:
        element.set("class", "upright")


def _doubled(letter: str) -> bool:
    """Whether it is of a style that means something: double-struck, script, Fraktur."""
    return "ITALIC" not in unicodedata.name(letter, "") or "SCRIPT" in unicodedata.name(letter, "")


_ROWS = {
    **dict.fromkeys(("aligned", "split", "align"), ("align*", "align*")),
    **dict.fromkeys(("gather", "gather*", "gathered", "multline", "multline*"),
                    ("matrix", "matrix")),
    **dict.fromkeys(("eqnarray", "eqnarray*"), ("array}{rcl", "array")),
}  # fmt: skip
"""Environments that the library draws wrongly, to one of the same look that it knows: how that
begins, and how it ends."""

_ENDS = re.compile(rf"\\(begin|end)\{{({'|'.join(map(re.escape, _ROWS))})\}}")
_SILENT = re.compile(
    r"\\renewcommand\s*\{?\s*\\[a-zA-Z]+\s*\}?\s*\{[^{}]*\}|\\(?:cline|label)\s*\{[^{}]*\}"
    r"|\\(?:nonumber|notag|allowbreak)(?![a-zA-Z])"
)
"""What sets lines and numbers, and shows nothing itself."""

_SIGNS = re.compile(r"\\(AA|aa)(?![a-zA-Z])")


def _known(tex: str) -> str:
    """The formula in words that the library knows."""
    tex = _ENDS.sub(lambda match: rf"\{match[1]}{{{_ROWS[match[2]][match[1] == 'end']}}}", tex)
    tex = _SIGNS.sub(lambda match: r"\mathrm{Å}" if match[1] == "AA" else r"\mathrm{å}", tex)
    return _SILENT.sub("", tex)


@cache
def _conversion_errors() -> tuple[type[Exception], ...]:
    # The library's errors have no common base, and odd TeX also trips its indexing.
    from latex2mathml import exceptions

    own = [kind for kind in vars(exceptions).values() if isinstance(kind, type)]
    return (*own, IndexError, KeyError, ValueError, AttributeError, TypeError, RecursionError)


def _harmless(tree: ET.Element) -> bool:
    """Strip ``tree`` of unlisted attributes; False where an element is not listed either."""
    for element in tree.iter():
        if element.tag not in _ELEMENTS:
            return False
        element.attrib = {
            name: value
            for name, value in element.attrib.items()
            if name in _ATTRIBUTES and (name != "width" or _WIDTH.fullmatch(value))
        }
        # The library writes operators as entities, which would be escaped a second time.
        element.text = element.text and html.unescape(element.text)
    return True
