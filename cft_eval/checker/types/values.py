"""What an answer means: expressions as trees, and the shapes that answers take around them.

Knows no text. Everything is frozen and hashable; numbers are exact.
"""

from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable, or a named constant: ``pi``, ``e``, ``i`` and ``oo``."""

    name: str


@dataclass(frozen=True, slots=True)
class Sum:
    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Product:
    factors: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Power:
    base: "Node"
    exponent: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments: ``sin``, ``log``, ``abs``, ``floor``, ``factorial`` …"""

    name: str
    arguments: tuple["Node", ...]


Node = Number | Symbol | Sum | Product | Power | Call

MINUS_ONE = Number(Fraction(-1))
HALF = Number(Fraction(1, 2))
PI, EULER, IMAGINARY, INFINITY = Symbol("pi"), Symbol("e"), Symbol("i"), Symbol("oo")
BOUND_MARK = "\u00a7"
"""Before the number of a letter that a sum or an integral binds."""

CONSTANTS = frozenset({"pi", "e", "i", "oo"})


@dataclass(frozen=True, slots=True)
class Brackets:
    """``(1,2)`` or ``[0,1)``: a tuple, a point or an interval; which, the ends tell."""

    items: tuple["Value", ...]
    opening: str
    closing: str
    about: str = ""
    """The variable of which an inequality said it: ``x > 3``."""


@dataclass(frozen=True, slots=True)
class Several:
    """Several answers, or a set: order does not matter, and in a set nor does multiplicity."""

    items: tuple["Value", ...]
    is_set: bool = field(default=False, compare=False)
    in_order: bool = field(default=False, compare=False)
    """Digits between commas that may be one number: ``200,1`` is no other writing of ``1,200``."""


@dataclass(frozen=True, slots=True)
class Union:
    """Intervals and points together."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """``x^2 + y^2 = 4`` or ``x < y``: terms with the signs between them."""

    terms: tuple[Node, ...]
    signs: tuple[str, ...]
    rounded: bool = field(default=False, compare=False)
    r"""Some of its signs are ``\approx``."""


@dataclass(frozen=True, slots=True)
class Within:
    r"""Only the members of a number set: ``\{x \in \mathbb{Z} : x > 3\}``."""

    numbers: str
    """Z, N, Q or C; R is the default of every interval."""

    value: "Value"


@dataclass(frozen=True, slots=True)
class Case:
    value: "Value"
    condition: "Value"


@dataclass(frozen=True, slots=True)
class Cases:
    """A distinction of cases; their order says nothing."""

    branches: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    parts: tuple[Node, ...]
    may_be_time: bool = field(default=False, compare=False)
    """Written as a time of day is: ``4:05``, and not ``4:5`` or ``4:05:00``."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """Digits in a base that is written: ``2516_8``."""

    digits: str
    base: int


@dataclass(frozen=True, slots=True)
class Text:
    """Words, lower case, single spaces."""

    words: str
    is_prose: bool = field(default=False, compare=False)
    """A sentence with figures or formulas in it, which was not understood."""


@dataclass(frozen=True, slots=True)
class Choice:
    """``(C) 12``: the letter of a choice, and what it says."""

    letter: Symbol
    value: "Value"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with a unit."""

    value: "Value"
    unit: str


Value = (
    Number
    | Symbol
    | Sum
    | Product
    | Power
    | Call
    | Brackets
    | Several
    | Union
    | Matrix
    | Within
    | Cases
    | Relation
    | Ratio
    | Numeral
    | Text
    | Quantity
    | Choice
)
NODES = (Number, Symbol, Sum, Product, Power, Call)


def negative(node: Node) -> Node:
    return Number(-node.value) if isinstance(node, Number) else Product((MINUS_ONE, node))


def product(left: Node, right: Node) -> Node:
    """left · right; a chain of factors is one flat product, so that trees stay shallow."""
    if isinstance(left, Number) and isinstance(right, Number):
        return Number(left.value * right.value)
    if isinstance(left, Product):
        return Product((*left.factors, right))
    return Product((left, right))


def levels(node: Node) -> int:
    """Levels of the tree, counted without recursion."""
    count, layer = 0, [node]
    while layer:
        count += 1
        below: list[Node] = []
        for each in layer:
            match each:
                case Sum(parts) | Product(parts) | Call(_, parts):
                    below += parts
                case Power(base, exponent):
                    below += (base, exponent)
        layer = below
    return count


def is_larger(node: Node, most: int) -> bool:
    """Has the tree more than ``most`` nodes? Stops counting there."""
    left, stack = most, [node]
    while stack:
        left -= 1
        if left < 0:
            return True
        match stack.pop():
            case Sum(parts) | Product(parts) | Call(_, parts):
                stack += parts
            case Power(base, exponent):
                stack += (base, exponent)
    return False


def quotient(above: Node, below: Node) -> Node:
    if isinstance(above, Number) and isinstance(below, Number) and below.value:
        return Number(above.value / below.value)
    return product(above, Power(below, MINUS_ONE))


def polar(angle: Node) -> Node:
    """cos φ + i sin φ"""
    return Sum((Call("cos", (angle,)), Product((IMAGINARY, Call("sin", (angle,))))))


def symbols(node: Node) -> frozenset[str]:
    """The variables of an expression."""
    names: set[str] = set()
    stack = [node]
    while stack:
        match stack.pop():
            case Symbol(name):
                names.add(name)
            case Sum(parts) | Product(parts) | Call(_, parts):
                stack += parts
            case Power(base, exponent):
                stack += (base, exponent)
    return frozenset(
        name for name in names if name not in CONSTANTS and not name.startswith(BOUND_MARK)
    )


def in_radians(node: Node) -> Node:
    r"""``\sin 30^\circ``, ``\cos(90^\circ - x)``: the degrees of an angle in radians."""
    match node:
        case Call("degree", (inside,)):
            return Product((inside, Symbol("pi"), Number(Fraction(1, 180))))
        case Product(parts):
            return Product(tuple(map(in_radians, parts)))
        case Sum(parts):
            return Sum(tuple(map(in_radians, parts)))
        case _:
            return node
