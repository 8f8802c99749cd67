r"""Products of matrices, whose factors keep their order, where a reference shows that letters are
matrices.

    A^{-1}B  is not  BA^{-1}        (AB)^T  is  B^T A^T        PAP^{-1}  is not  A

A reference shows it by a transpose, by two bold capitals side by side, or by a capital beside its
own inverse. Then every capital is a matrix (I is the identity), and so is a letter that is bold or
transposed. A tree becomes a sum of words in these letters, with factors that commute before them.
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from cft_eval.checker.prove.prove import Truth, prove
from cft_eval.checker.types.values import (
    NODES,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    Value,
    product,
    symbols,
)

_T = (
    r"\^\s*(?:T|\\(?:top|intercal)(?![A-Za-z])|\\(?:mathsf|mathrm|text)\s*\{?\s*T\s*\}?"
    r"|\{\s*(?:T|\\(?:top|intercal)|\\(?:mathsf|mathrm|text)\s*\{?\s*T\s*\}?)\s*\})"
)
_BOLD = r"\\(?:mathbf|boldsymbol|bm)\s*\{?\s*([A-Za-z])\s*\}?"
_INVERSE = r"\^\s*\{?\s*-\s*1\s*\}?"
_SHOWN = re.compile(
    rf"[A-Z]\s*\}}?\s*{_T}|[A-Z]\s*\}}?\)\s*{_T}|[a-z]\s*\}}?\s*{_T}\s*(?:{_BOLD}|[A-Z])"
    rf"|\\(?:mathbf|boldsymbol|bm)\s*\{{?\s*[A-Z]\s*\}}?\s*(?:{_INVERSE})?\s*\\(?:mathbf|boldsymbol|bm)\s*\{{?\s*[A-Z]"
)
_CAPITALS = re.compile(
    r"(?:[A-Z()+\-\s\d]|\^\s*\{?\s*-?\s*[\dnk]\s*\}?|\\(?:left|right|[,;!])|[=])+"
)
_INVERTED = re.compile(rf"([A-Z])\s*{_INVERSE}")
_TRANSPOSED = re.compile(rf"(?<![A-Za-z\\])([a-z])\s*\}}?\s*{_T}")
_CAPITAL = re.compile(r"[A-Z](?:_\w+)?'*")
LONG = 200
"""Characters of a reference that is looked at."""

MOST_WORDS = 64
LONGEST_WORD = 24

Word = tuple["_Letter", ...]
Words = dict[Word, Node]


class _Letter(NamedTuple):
    name: str
    transposed: bool
    exponent: Node


ONE = Number(Fraction(1))


_WHOLE = "inverse of "
"""Begins the name of a product whose inverse is one letter."""


class _Unknown(ValueError):
    """A function of matrices, or another power of one."""


@lru_cache(maxsize=8192)
def has_matrices(reference: str) -> bool:
    if "^" not in reference and "math" not in reference and "bold" not in reference:
        return False
    if len(reference) > LONG:
        return False
    if _SHOWN.search(reference):
        return True
    inverted = _INVERTED.findall(reference)
    rest = _INVERTED.sub("", reference)
    if len(inverted) < 2 and not (inverted and re.search("[A-Z]", rest)):
        return False
    return bool(_CAPITALS.fullmatch(reference))


def same_products(a: Value, r: Value, answer: str, reference: str) -> bool | None:
    """Whether both are one sum of products in their order; None where that is not known."""
    x, y = _expression(a), _expression(r)
    if x is None or y is None:
        return None
    small = {
        letter
        for text in (answer, reference)
        for pattern in (_TRANSPOSED, re.compile(_BOLD))
        for letter in pattern.findall(text)
        if letter
    }
    names = frozenset(
        name
        for name in symbols(x) | symbols(y)
        if (_CAPITAL.fullmatch(name) and name != "T") or name.partition("_")[0] in small
    )
    try:
        mine, theirs = _words(x, names), _words(y, names)
    except _Unknown:
        return None
    nothing = Number(Fraction(0))
    verdicts = [
        prove(mine.get(word, nothing), theirs.get(word, nothing), deep=False).truth
        for word in {**mine, **theirs}
    ]
    whole = any(letter.name.startswith(_WHOLE) for word in {**mine, **theirs} for letter in word)
    if Truth.DIFFERENT in verdicts and not whole:
        return False
    return True if set(verdicts) == {Truth.EQUAL} else None


def _expression(value: Value) -> Node | None:
    """An expression, or what a letter is said to be."""
    if isinstance(value, Relation) and value.signs == ("=",) and isinstance(value.terms[0], Symbol):
        return value.terms[1]
    return value if isinstance(value, NODES) else None


def _words(node: Node, names: frozenset[str]) -> Words:
    if not symbols(node) & names:
        return {(): node}
    match node:
        case Symbol("I"):
            return {(): ONE}
        case Symbol(name):
            return {(_Letter(name, False, ONE),): ONE}
        case Sum(terms):
            return _added([_words(term, names) for term in terms])
        case Product(factors):
            result: Words = {(): ONE}
            for factor in factors:
                result = _multiplied(result, _words(factor, names))
            return result
        case Power(base, Symbol("T")):
            return {_turned(word): value for word, value in _words(base, names).items()}
        case Power(base, Number(value)) if value.denominator == 1 and abs(value) <= 8:
            return _raised(_words(base, names), int(value))
        case Power(Symbol(name), exponent) if not symbols(exponent) & names:
            return {(_Letter(name, False, exponent),): ONE}
    raise _Unknown(node)


def _turned(word: Word) -> Word:
    return tuple(letter._replace(transposed=not letter.transposed) for letter in reversed(word))


def _raised(words: Words, exponent: int) -> Words:
    if exponent < 0:
        if len(words) != 1:
            raise _Unknown("the inverse of a sum")
        [(word, value)] = words.items()
        if any(not isinstance(letter.exponent, Number) for letter in word):
            raise _Unknown("the inverse of a power")
        if len({letter.name for letter in word}) < len(word):
            # A^T A has an inverse where A has none: it does not come apart.
            word = (_Letter(f"{_WHOLE}{word}", False, ONE),)
        inverse = tuple(
            letter._replace(exponent=Number(-letter.exponent.value))
            for letter in reversed(word)
            if isinstance(letter.exponent, Number)
        )
        words, exponent = {inverse: Power(value, Number(Fraction(-1)))}, -exponent
    result: Words = {(): ONE}
    for _ in range(exponent):
        result = _multiplied(result, words)
    return result


def _added(parts: list[Words]) -> Words:
    result: dict[Word, list[Node]] = {}
    for part in parts:
        for word, value in part.items():
            result.setdefault(word, []).append(value)
    return {
        word: values[0] if len(values) == 1 else Sum(tuple(values))
        for word, values in result.items()
    }


def _multiplied(left: Words, right: Words) -> Words:
    if len(left) * len(right) > MOST_WORDS:
        raise _Unknown("too many terms")
    return _added(
        [
            {_joined(first, second): product(value, other)}
            for first, value in left.items()
            for second, other in right.items()
        ]
    )


def _joined(first: Word, second: Word) -> Word:
    word = list(first)
    for letter in second:
        if word and word[-1][:2] == letter[:2]:
            before = word.pop().exponent
            if not (isinstance(before, Number) and isinstance(letter.exponent, Number)):
                raise _Unknown("a power whose exponent is not known")
            if total := before.value + letter.exponent.value:
                word.append(letter._replace(exponent=Number(total)))
        else:
            word.append(letter)
    if len(word) > LONGEST_WORD:
        raise _Unknown("too long a product")
    return tuple(word)
