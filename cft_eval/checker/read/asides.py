r"""What is said beside an answer: asides, reasons, and where it holds.

    "\\frac13 (\\approx 0.33)"  ->  "\\frac13"        "2^{n-1} \\text{ for } n\\ge1"  ->  "2^{n-1}"

A condition that makes it one of several answers ("5 if n is even") stays.
"""

import re
from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.read.rewrites import from_unicode
from cft_eval.checker.types.words import holds_any

LONG = 600
"""Characters; what is longer has more in it than an answer and an aside."""

_LEAD = (
    r"(?:where|for|with)\b(?:\s+(?:all|any|every|each|some|arbitrary|real|constants?|numbers?"
    r"|integers?)\b)*"
)
_ASIDE = re.compile(
    r"\s*[,;]?\s*(?:\\text\s*\{\s*)?\(\s*(?:\\text\s*\{\s*)?(?:or\s+)?(?:\\approx|=|approx|about|around"
    r"|roughly|nearly|i\.\s?e\.|exact|that is|since|because|as\s)[^()]*\)\s*\}?$"
    rf"|\s*[,;]?\s*\(?\s*(?:\\text\s*\{{[\s,]*(?:{_LEAD})?\s*\}}|{_LEAD}|\\forall)?\s*"
    r"[a-zA-Z]\s*\\in\s*\\mathbb\s*[ZNR]\s*(?:\^\{?[+*]\}?|_\{?\\(?:ge|le)\s*\d\}?)?\s*\)?$"
    r"|\s*[,;]?\s*(?:\\text\s*\{\s*)?\b"
    r"(?:because|since(?!\W*[\d.:]+\W*$)|obtained by|as required)\b.*$"
    r"|\s*,?\s*(?:\\text\s*\{\s*,?\s*)?\bwhere\b[^=]*"
    r"\b(?:arbitrary|constants?|any|integers?|reals?|parameters?)\b.*$"
    r"|\s*[,;]\s*[a-zA-Z]\s*(?:\\text\s*\{)?\s*,?\s*(?:is\s+|are\s+)?(?:an?\s+|any\s+|some\s+)?"
    r"(?:arbitrary\s+|real\s+)*constants?\s*\}?$"
    r"|\s*(?:\\text\s*\{\s*)?\(\s*(?:a\s+)?(?:(?:double|triple|repeated)\s+root|multiplicity\s+\d"
    r"|max(?:imum)?|min(?:imum)?)\s*\)\s*\}?$"
    r"|\s*\\(?:square|Box|blacksquare)$",
    re.DOTALL,
)
"""What follows an answer without being part of it: ``(\\approx 0.33)``, ``k \\in \\mathbb{Z}``."""

_ATTAINED = re.compile(
    r"\s*[,;]?\s*(?:\\text\s*\{[\s,]*|\(\s*)*\b(?:which\s+is\s+|is\s+)?"
    r"(?:attained|achieved|reached|with\s+equality|equality\s+holds)\b"
)
"""``\\frac37, \\text{ attained at } x=1``: behind a formula; behind words it is one of them."""

_PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")

_SIGN = r"(?:\\(?:ge|le|ne|in|notin|geq|leq|neq|gt|lt)(?![a-zA-Z])|[<>])"
_QUALIFIER = re.compile(
    r"(?P<said>.*?[^\s,;:(])\s*(?:"
    r"[,;:]?\s*(?:\\text\s*\{\s*,?\s*)?(?<![a-zA-Z])"
    r"(?:for|where|with|whenever|provided(?:\s+that)?)\b(?:\s+(?:all|any|every|each|some))?\s*"
    r"(?:(?:real|integers?|positive|numbers?|constants?)\s*)*\}?"
    rf"\s*(?P<about>[^=]*{_SIGN}[^=]*|[a-zA-Z](?:\s*(?:,|and)\s*[a-zA-Z])*\s*\}}?)"
    rf"|[,;]?\s*\\forall(?:[^=]*{_SIGN}[^=]*|\s*[a-zA-Z])"
    rf"|\s\(\s*[a-zA-Z](?:_\w+)?\s*{_SIGN}[^()=]*\)"
    r")$",
    re.DOTALL,
)
"""``x \\text{ for all } x \\in \\mathbb{R}``, ``2^{n-1}\\ (n \\ge 1)``: where an answer holds."""

_WHERE = re.compile(
    r"(?P<said>[^=<>,;]*(?<![A-Za-z\\])(?P<letter>[a-zA-Z])(?![A-Za-z])[^=<>,;]*),\s*(?P=letter)\s*"
    r"(?:[<>]|\\(?:ge|le|gt|lt|ne)(?![a-zA-Z]))\s*-?\d+(?:\.\d+)?$"
)
"""``x^2, x > 0``: an expression, and for which values of its letter."""

_A_RELATION = re.compile(rf"{_SIGN}|\\(?:approx|equiv|to|mid)(?![a-zA-Z])|:")

_CONDITIONAL = re.compile(r"\b(?:if|when|for|otherwise|where|even|odd|else)\b|\\forall|\\begin")

_DOMAIN_OF_INEQUALITY = re.compile(
    r"(?:[<>]|\\[lg]e(?![a-zA-Z])).*(?<![a-zA-Z])[a-zA-Z]\s*\\in\s*\\mathbb\s*[ZNQ]", re.DOTALL
)


_OR_ELSE = re.compile(
    r"(?P<first>[^()]{1,200}?)\s*(?:\\text\s*\{\s*)?\(\s*(?:or|equivalently)\b,?\s*\}?\s*"
    r"(?P<other>[^()]{1,200})\)\s*$"
)


_ALSO = re.compile(
    r"(?P<first>[^()]{1,200}?)\s*,?\s*(?:\\text\s*\{\s*)?\(\s*(?:\\text\s*\{\s*)?(?:or\s+)?"
    r"(?:\\approx|approx(?:\.|imately)?|about|around|roughly|nearly|=|i\.\s?e\.,?)\s*\}?\s*"
    r"(?P<other>-?\d[\d.,]*)\s*\)\s*\}?$"
)


_DECIMAL = r"-?\d*\.\d+"
_FRACTION = r"-?(?:\d+\s*/\s*\d+|\\[dt]?frac\s*(?:\{\d+\}\s*\{\d+\}|\d\d))"
_TWICE = re.compile(rf"(?:{_DECIMAL}\s+\(\s*{_FRACTION}|{_FRACTION}\s+\(\s*{_DECIMAL})\s*\)$")
"""A fraction and the decimal that it is, one of them in brackets: no product."""


_FOR_ALL = re.compile(
    r"^(?:\\text\s*\{\s*)?(?:for\s+)?(?:all|every|each|any)(?:\s+(?:positive|real|natural|whole))*"
    r"(?:\s+(?:integers?|numbers?|values?\s+of))?\s*\}?\s*"
    r"(?=[a-zA-Z]\s*(?:[<>]|\\[lg](?:eq?|t)(?![a-z])|\\n(?:e|eq)(?![a-z])))"
)
"""``\\text{all integers } n\\ge3`` says no more than ``n\\ge3``."""


_FOR_ALL_FIRST = re.compile(rf"^\\forall(?![A-Za-z])[^=]*{_SIGN}[^=]*[,:;]\s*(?=\S)")
"""``\\forall x > 0, f(x) = x``"""

# What every match of a pattern above holds one of: without it the pattern is not tried.
_OF_ASIDES = (
    "approx", "about", "around", "roughly", "nearly", "=", "i.", "exact", "that is", "since",
    "because", "as", r"\in", "obtained", "where", "constant", "root", "multiplicity", "max",
    "min", "square", "Box",
)  # fmt: skip
_OF_ATTAINED = ("attained", "achieved", "reached", "equality")
_OF_QUALIFIERS = ("for", "where", "with", "when", "provided")
_OF_SIGNS = ("<", ">", r"\g", r"\l", r"\n", r"\in")


def without_asides(text: str) -> str:
    """Without what is said beside the answer; the domain of an inequality is part of it."""
    if len(text) > LONG:
        return text
    text = _FOR_ALL.sub("", text) or text
    if text.startswith("\\forall"):
        text = _FOR_ALL_FIRST.sub("", text)
    if "(" in text and text.endswith((")", "}")):
        if other := _OR_ELSE.match(text):  # `1/4 (or 0.25)`: both are said, and both are compared
            text = f"{other['first']} or {other['other']}"
        if "." in text and _TWICE.match(text):
            sides = [side.strip(" )") for side in text.split("(")]
            decimal, fraction = sorted(sides, key=lambda side: "." not in side)
            return rf"{fraction} \approx {decimal}"
        if also := _ALSO.match(text):  # `6\pi (about 18.85)`: both are compared
            return rf"{also['first']} \approx {also['other']}"
    if holds_any(text, _OF_ASIDES) and not _DOMAIN_OF_INEQUALITY.search(text):
        text = _ASIDE.sub("", text) or text
    attained = _ATTAINED.search(text) if holds_any(text, _OF_ATTAINED) else None
    if attained and attained.start() and not _PROSE.search(text[: attained.start()]):
        text = text[: attained.start()]
    where = _WHERE.match(text) if "," in text else None
    if where and not _A_RELATION.search(where["said"]):
        return where["said"].rstrip()
    bracketed = text.endswith(")") and holds_any(text, _OF_SIGNS)
    match = _QUALIFIER.match(text) if bracketed or holds_any(text, _OF_QUALIFIERS) else None
    if match and not any(map(_CONDITIONAL.search, (match["said"], match["about"] or ""))):
        return match["said"].rstrip(" ,;")
    return text


NATURAL, INTEGERS = "natural numbers", "integers"


class Holding(NamedTuple):
    """Where an answer holds: for a letter in some numbers."""

    letter: str
    numbers: str
    """In words: two are the same exactly if these are."""


_IN = re.compile(
    r"(?<![A-Za-z\\])([a-zA-Z])\s*\\in\s*\\(?:mathbb|Bbb|mathbf|mathrm)?\s*\{?\s*([ZN])\s*\}?"
    r"\s*([\^_]\s*\{?\s*(?:[+*]|\\(?:ge|gt)|[>0]))?"
)
_IN_WORDS = re.compile(
    r"\b(positive |natural |non-?negative )?(?:integers?|whole numbers?|numbers?) \$?([a-zA-Z])\b"
    r"|(?<![A-Za-z\\])([a-zA-Z])\$? (?:is|be) (?:any |an |a )?(positive |natural |non-?negative )?"
    r"(?:integer|whole number|number)"
)
_BOUND = re.compile(
    r"(?:\b(?:for|where|with|when|whenever|provided(?: that)?|if)\b\W*|,\s*)([a-zA-Z])\s*"
    r"(>|<|\\[lg]eq?(?:slant)?(?![a-z])|\\[lg]t(?![a-z]))\s*(-?\d+(?:\.\d+)?)\W*$"
)
_COUNTING = frozenset("nmkjN")
_SIGNS = {r"\gt": ">", r"\lt": "<", r"\ge": "≥", r"\geq": "≥", r"\le": "≤", r"\leq": "≤"}


def holds_for(text: str) -> Holding | None:
    """Where an answer says that it holds; None where it does not, or not in words known here."""
    text = text if text.isascii() else from_unicode(text)
    if "\\in" in text and (said := _IN.search(text)):
        natural = said[2] == "N" or said[3]
        return Holding(said[1], NATURAL if natural else INTEGERS)
    if "integer" in text or "number" in text:
        words = re.sub(r"\\text\s*\{([^{}]*)\}", r" \1 ", text)
        if said := _IN_WORDS.search(" ".join(words.split())):
            natural = said[1] or said[4]
            letter = said[2] or said[3]
            return Holding(letter, NATURAL if natural else INTEGERS)
    if (said := _BOUND.search(text)) and said[1] not in _COUNTING:
        sign = _SIGNS.get(said[2].removesuffix("slant"), said[2])
        return Holding(said[1], f"{said[1]} {sign} {Fraction(said[3])}")
    return None


_A_CONSTANT = re.compile(
    r"\b(?:(?:any|all|every|each|some|an?)\s+)?(?:(?:arbitrary|real|fixed|non-?zero|positive)\s+)*"
    r"(?:constants?|numbers?|reals?|(?<=any)|(?<=some)|(?<=arbitrary)|(?<=all)|(?<=every))"
    r"\s+([a-zA-Z])\W*$"
    r"|(?:\bwhere\b|\bwith\b|[,;])\W*([a-zA-Z])\s+(?:(?:is|be)\s+)?(?:(?:an?|any|some)\s+)?"
    r"(?:(?:arbitrary|real|fixed|non-?zero|positive)\s+)*(?:constant|number)\b"
    r"|(?:\bfor\b|\bwhere\b|\bwith\b|[,;])\W*([a-zA-Z])\s*\\in\s*\\mathbb\s*\{?\s*R\s*\}?\W*$"
)


_OF_CONSTANTS = ("constant", "any", "some", "arbitrary", "all", "every", r"\in", "number")


def arbitrary(text: str) -> str | None:
    r"""The letter that an answer calls an arbitrary constant; None where it calls none so.

    >>> arbitrary(r"f(x)=kx \text{ for any constant } k"), arbitrary(r"kx, k \in \mathbb{R}")
    ('k', 'k')
    >>> arbitrary(r"f(x)=x \text{ for all } x") is None  # its variable
    True
    """
    if not holds_any(
        text, ("constant", "any", "some", "arbitrary", "all", "every", r"\in", "number")
    ):
        return None
    text = text if text.isascii() else from_unicode(text)
    said = _A_CONSTANT.search(" ".join(re.sub(r"\\text\s*\{([^{}]*)\}|\$", r" \1 ", text).split()))
    letter = (said[1] or said[2] or said[3]) if said else None
    return None if letter and re.search(rf"[(,]\s*{letter}\s*[,)]", text) else letter
