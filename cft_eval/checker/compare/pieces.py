"""What values are made of: their parts, entries, rows and numbers, for a comparison."""

import itertools
import math
import re
from collections.abc import Sequence
from fractions import Fraction

from cft_eval.checker.compare.renaming import decimals, label
from cft_eval.checker.prove.algebra import TooLarge, primitive, rational
from cft_eval.checker.prove.atoms import Atom, SymbolAtom
from cft_eval.checker.prove.normal_form import form
from cft_eval.checker.types.values import (
    INFINITY,
    MINUS_ONE,
    NODES,
    Brackets,
    Call,
    Matrix,
    Node,
    Number,
    Power,
    Product,
    Ratio,
    Relation,
    Several,
    Sum,
    Symbol,
    Text,
    Union,
    Value,
    negative,
    symbols,
)
from cft_eval.checker.types.words import spelled

_NOTHING = frozenset({"no solution", "no solutions", "none", "empty set", "no real solutions"})


_EVERYTHING = frozenset({
    "all real numbers", "all reals", "real numbers", "reals", "all real values", "any real number",
    "every real number", "x is any real number", "all real x", "all x",
})  # fmt: skip
_INFINITE = frozenset({"infinitely many", "infinite", "infinity", "infinite number"})
_DOES_NOT_EXIST = frozenset({"dne", "does not exist", "nonexistent", "limit does not exist"})


_NUMBERS = re.compile(
    r"(?:set of )?(?:all |any )?(?:of )?(positive |negative |non ?negative )?"
    r"(integers|natural numbers|rational numbers|complex numbers)"
)


def known_words(value: Value) -> Value:
    if isinstance(value, Text):
        if value.words in _NOTHING:
            return Several(())
        if value.words in _EVERYTHING:
            return Brackets((negative(INFINITY), INFINITY), "(", ")")
        if value.words in _DOES_NOT_EXIST:
            return Text("does not exist")
        if value.words in _INFINITE:
            return INFINITY
        if numbers := _NUMBERS.fullmatch(value.words):
            kind = (numbers[1] or "").replace("non negative", "nonnegative")
            what = {"natural numbers": "positive integers"}.get(numbers[2], numbers[2])
            return Text(f"{kind}{what}")
        number = spelled(value.words)
        if number is not None:
            return Number(number)
    return value


def loose(words: str) -> str:
    """Without the plural and without spaces."""
    return "".join(word.rstrip("s") if len(word) > 3 else word for word in words.split())


def bare(node: Node) -> Node:
    return node.arguments[0] if isinstance(node, Call) and node.name == "degree" else node


def number_of(node: Node) -> Fraction | None:
    try:
        return rational(form(bare(node)))
    except (TooLarge, ZeroDivisionError):
        return None


def counted_in_percent(node: Node) -> Node | None:
    """How many percent ``node`` is: 15 of ``15%``, and -15 of ``-15%``."""
    match node:
        case Call("percent", (inside,)):
            return inside
        case Product((Number() as sign, Call("percent", (inside,)))) if sign == MINUS_ONE:
            return negative(inside)
    return None


def is_zero(node: Node) -> bool:
    try:
        return not form(node).above
    except (TooLarge, ZeroDivisionError):
        return False


def common_factor(x: Node, y: Node) -> Fraction | None:
    """The constant that two polynomials differ by, where their quotient does not show it."""
    try:
        a, b = form(x), form(y)
    except (TooLarge, ZeroDivisionError):
        return None
    if set(a.above) != set(b.above) or not a.above:
        return None
    first = next(iter(a.above))
    scale = a.above[first] / b.above[first]
    same = all(a.above[m] == scale * b.above[m] for m in a.above)
    return scale if same and a.below == b.below else None


def scale_between(a: Relation, r: Relation) -> Fraction | None:
    """The constant by which the answer's left minus right is the reference's."""
    x, y = (Sum((t.terms[0], Product((MINUS_ONE, t.terms[1])))) for t in (a, r))
    try:
        scale = rational(form(Product((x, Power(y, MINUS_ONE)))))
    except (TooLarge, ZeroDivisionError):
        scale = None
    return scale or common_factor(x, y)


_VARIABLES = frozenset("xyzwtuv")


def differ_by_parameter(x: Node, y: Node) -> bool:
    """Are ``x = 0`` and ``y = 0`` one equation, but for a factor that is a parameter, and no
    variable or function of the equation?"""
    try:
        first, second = primitive(form(x).above), primitive(form(y).above)
    except (TooLarge, ZeroDivisionError):
        return False
    if first is None or second is None or first.rest.keys() != second.rest.keys():
        return False
    shares = {first.rest[monomial] / second.rest[monomial] for monomial in first.rest}
    names = symbols(x) | symbols(y)
    functions = {name.rstrip("'") for name in names if name.endswith("'")}
    factors = {name for name, _ in set(first.common) ^ set(second.common)}
    return len(shares) == 1 and all(_is_parameter(name, functions) for name in factors)


def _is_parameter(name: Atom, functions: set[str]) -> bool:
    if not isinstance(name, SymbolAtom):
        return True
    bare_name = name.name.rstrip("'")
    return bare_name not in _VARIABLES | functions and name.name == bare_name


def ratio_parts(value: Value) -> tuple[Node, ...] | None:
    if isinstance(value, Ratio):
        return value.parts
    if isinstance(value, NODES):
        return value, Number(Fraction(1))
    return None


def rows(value: Value) -> tuple[tuple[Node, ...], ...] | None:
    """The entries of a matrix, also where brackets or a tuple write it."""
    if isinstance(value, Matrix):
        return value.rows
    if isinstance(value, NODES):
        components = in_basis(value)
        return None if components is None else (components,)
    if isinstance(value, Several) and all(isinstance(item, Several) for item in value.items):
        nested = tuple(
            Brackets(item.items, "[", "]") for item in value.items if isinstance(item, Several)
        )
        value = Brackets(nested, "[", "]")  # {{1,2},{3,4}}, as Mathematica writes a matrix
    if not isinstance(value, Brackets):
        return None
    if all(isinstance(item, NODES) for item in value.items):
        return (tuple(item for item in value.items if isinstance(item, NODES)),)
    rows = []
    for item in value.items:
        if not isinstance(item, Brackets) or not all(isinstance(c, NODES) for c in item.items):
            return None
        rows.append(tuple(cell for cell in item.items if isinstance(cell, NODES)))
    return tuple(rows) if len({len(row) for row in rows}) == 1 else None


_BASIS = ("i", "j", "k")


def in_basis(node: Node) -> tuple[Node, ...] | None:
    r"""The components of ``2\mathbf{i} - \mathbf{j}``: one term, or none, for each of i, j, k."""
    terms = node.terms if isinstance(node, Sum) else (node,)
    result: dict[str, Node] = {}
    for term in terms:
        factors = _flat(term)
        units = [f for f in factors if isinstance(f, Symbol) and f.name in _BASIS]
        rest = tuple(factor for factor in factors if factor not in units)
        if len(units) != 1 or units[0].name in result:
            return None
        result[units[0].name] = Product((Number(Fraction(1)), *rest))
    size = 3 if "k" in result else 2
    return tuple(result.get(name, Number(Fraction(0))) for name in _BASIS[:size])


def _flat(node: Node) -> tuple[Node, ...]:
    """The factors of a product, also of one that is a factor: ``-3j`` is -1 times 3j."""
    if not isinstance(node, Product):
        return (node,)
    return tuple(factor for part in node.factors for factor in _flat(part))


def is_list_in_brackets(a: Value, r: Value) -> bool:
    """``(2, 5)`` where ``2,5`` is asked for."""
    if not (isinstance(r, Several) and isinstance(a, Brackets)) or r.is_set:
        return False
    if any(isinstance(item, Relation) for item in r.items) and not _names_coordinates(r):
        return False
    return a.opening == "(" and a.closing == ")" and len(r.items) == len(a.items) > 1


def is_tuple_without_brackets(a: Value, r: Value) -> bool:
    """``3, -5`` where ``(3, -5)`` is asked for, which cannot be an interval."""
    if not (isinstance(a, Several) and isinstance(r, Brackets)):
        return False
    if len(a.items) != len(r.items) or (r.opening, r.closing) != ("(", ")"):
        return False
    return _names_coordinates(a) or not _may_be_interval(r)


def _names_coordinates(several: Several) -> bool:
    """``x = 2, y = 3``: each item names its position, and the names are in their order."""
    labels = [label(item) for item in several.items if isinstance(item, Relation)]
    names = [result[0] for result in labels if result is not None]
    return len(names) == len(several.items) == len(set(names)) and names == sorted(names)


def parts(value: Value) -> tuple[Value, ...]:
    if isinstance(value, Union):
        return tuple(
            item
            for part in value.parts
            for item in (part.items if isinstance(part, Several) else (part,))
        )
    return value.items if isinstance(value, Several) else (value,)


def _may_be_interval(value: Brackets) -> bool:
    if len(value.items) != 2:
        return False
    low, high = (number_of(item) if isinstance(item, NODES) else None for item in value.items)
    return low is None or high is None or low < high


def progression(items: Sequence[Value]) -> tuple[Value, ...] | None:
    """``1, 2, …, n``: the first, the step, and what stands behind the dots, however many numbers
    are written before them."""
    dots = Symbol("dots")
    if items.count(dots) != 1:
        return None
    cut = items.index(dots)
    known = [item.value for item in items[:cut] if isinstance(item, Number)]
    steps = {after - before for before, after in itertools.pairwise(known)}
    if len(known) != cut or len(steps) != 1:
        return None
    return (Number(known[0]), Number(steps.pop()), *items[cut + 1 :])


def distinct(items: Sequence[Value]) -> list[Value]:
    return list(dict.fromkeys(items))


def entries(value: Value) -> tuple[Value, ...]:
    """The items of a tuple or a list."""
    return value.items if isinstance(value, (Brackets, Several)) else (value,)


def are_named(items: Sequence[Value]) -> bool:
    """``a = 1, b = 2``: every item says of which letter, and no letter twice."""
    labels = [label(item) for item in items if isinstance(item, Relation) and item.signs == ("=",)]
    names = [name for name in labels if name is not None]
    return 1 < len(names) == len(items) == len(set(names))


def may_be_natural(a: Node, r: Node) -> bool:
    r"""Does one of them say ``\log`` without a base, and the other nothing of base ten?"""
    mine, theirs = _logarithms(a), _logarithms(r)
    if "log" in mine and "log" not in theirs:
        return "ln" in theirs
    return "log" in theirs and not mine


def _logarithms(node: Node) -> set[str]:
    match node:
        case Call("log" | "ln" as name, (inside,)):
            return {name} | _logarithms(inside)
        case Sum(parts) | Product(parts) | Call(_, parts):
            return set().union(*map(_logarithms, parts))
        case Power(base, exponent):
            return _logarithms(base) | _logarithms(exponent)
    return set()


def with_natural_log(node: Node) -> Node:
    r"""``\log`` read as ``\ln``."""
    match node:
        case Call("log", (inside,)):
            return Call("ln", (with_natural_log(inside),))
        case Call(name, parts):
            return Call(name, tuple(map(with_natural_log, parts)))
        case Sum(parts):
            return Sum(tuple(map(with_natural_log, parts)))
        case Product(parts):
            return Product(tuple(map(with_natural_log, parts)))
        case Power(base, exponent):
            return Power(with_natural_log(base), with_natural_log(exponent))
        case _:
            return node


def written_decimal(node: Node) -> Fraction | None:
    """A number in digits, also ``2.5 \\times 10^{-3}``; no sum, which nobody rounds."""
    match node:
        case Number(value):
            return value
        case Product(factors) if all(isinstance(f, (Number, Power)) for f in factors):
            return number_of(node)
    return None


def is_long_decimal(value: Fraction | None) -> bool:
    """A decimal of at least twelve significant digits: the output of a computer, not a choice."""
    if value is None or value.denominator == 1:
        return False
    places = decimals(value)
    return places is not None and abs(value) * 10**places >= 10**11


def _digits(number: int) -> int:
    """How many digits it is written with; `str` refuses to write more than 4,300."""
    most = int(number.bit_length() * math.log10(2)) + 1
    return most if number >= 10 ** (most - 1) else most - 1


def agrees_in_full(value: Fraction, exact: Fraction) -> bool:
    """Does the long decimal round the exact value to its own digits, or agree with it within two
    units of its fifteenth significant digit?"""
    error = abs(value - exact)
    # Digits before the point, or less than none of them for what begins with zeros.
    size = _digits(abs(value.numerator)) - _digits(value.denominator) + 1
    if abs(value) < Fraction(10) ** (size - 1):
        size -= 1
    fifteenth = Fraction(10) ** (size - 15)
    return error <= Fraction(1, 2 * 10 ** (decimals(value) or 0)) or error <= 2 * fifteenth
