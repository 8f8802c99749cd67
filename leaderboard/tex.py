"""Text with TeX between dollar signs, as HTML with MathML.

Problems come from test sets, but also from uploads: what comes out holds escaped text and the
MathML elements and attributes listed here, and nothing else. What cannot be drawn stays text.
"""

import html
import re
from functools import cache
from xml.etree import ElementTree as ET

from markupsafe import Markup, escape

from cft_eval.leaderboard.text import visible

MAX_FORMULA = 2_000
"""Longest formula that is drawn, in characters."""

MAX_FORMULAS = 150
"""Formulas drawn in one text; the rest stays as it was typed."""

_FORMULA = re.compile(
    r"\$\$(?P<a>.+?)\$\$|\\\[(?P<b>.+?)\\\]|\\\((?P<c>.+?)\\\)"
    # Pandoc's rule, so that "from $5 to $7" stays money.
    r"|(?<!\\)\$(?=\S)(?P<d>[^$]+?)(?<=[^\s\\])\$(?!\d)",
    re.DOTALL,
)
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
"""Ten em and more would push a formula out of its place and over another."""


def typeset(text: str, marked: tuple[int, int] | None = None) -> Markup:
    """``text`` as HTML, formulas as MathML; every character of the text shows as what it is.

    What lies in ``marked`` (first character, and the one after the last) is in a ``mark``: a
    formula that it touches as a whole, since a part of one cannot be drawn apart.
    """
    parts: list[Markup] = []
    at = 0
    for count, found in enumerate(_FORMULA.finditer(text)):
        if count == MAX_FORMULAS:
            break
        parts.append(_plain(text, at, found.start(), marked))
        tex = next(group for group in found.groups() if group is not None)
        drawn = _mathml(tex, block=found.lastgroup in {"a", "b"})
        if drawn is None:
            parts.append(_plain(text, *found.span(), marked))
        elif marked and found.start() < marked[1] and marked[0] < found.end():
            parts.append(Markup("<mark>{}</mark>").format(drawn))
        else:
            parts.append(drawn)
        at = found.end()
    return Markup("").join([*parts, _plain(text, at, len(text), marked)])


def _plain(text: str, start: int, end: int, marked: tuple[int, int] | None) -> Markup:
    """The text from ``start`` to ``end``, with what is marked of it."""
    if marked is None or marked[1] <= start or end <= marked[0]:
        return escape(visible(text[start:end]))
    first, last = max(start, marked[0]), min(end, marked[1])
    pieces = (text[start:first], text[first:last], text[last:end])
    return Markup("{}<mark>{}</mark>{}").format(*map(visible, pieces))


def formula(text: str) -> Markup:
    r"""``text``, a bare answer such as ``\frac{1}{2}``, as MathML where it is TeX."""
    if "$" in text or not re.search(r"[\\^_]", text):
        return typeset(text)
    return _mathml(text, block=False) or escape(text)


def _mathml(tex: str, *, block: bool) -> Markup | None:
    """The formula as MathML; None where it is too long, not understood, or not harmless."""
    if len(tex) > MAX_FORMULA:
        return None
    from latex2mathml.converter import convert_to_element

    try:
        tree = convert_to_element(tex, display="block" if block else "inline")
    except _conversion_errors():
        return None
    if not _harmless(tree):
        return None
    return Markup(ET.tostring(tree, encoding="unicode"))


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
