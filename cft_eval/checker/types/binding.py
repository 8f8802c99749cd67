r"""Letters that a sum, a product, an integral or a limit binds, and derivatives: trees to trees.

``\sum_{k=1}^n k`` and ``\sum_{j=1}^n j`` are one tree: the bound letter is named by how many
binders are inside, and no free letter can have that name.
"""

import re
from fractions import Fraction

from cft_eval.checker.types.values import (
    BOUND_MARK,
    MINUS_ONE,
    Call,
    Node,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    negative,
    symbols,
)

BINDERS = frozenset({
    "sum", "prod", "integral", "limit", "limit+", "limit-", "antiderivative",
})  # fmt: skip
"""Their first argument is the letter that they bind, their last what it stands in."""


class NoDerivative(ValueError):
    """A function whose derivative is not known here."""


def bind(name: str, letter: str, limits: tuple[Node, ...], body: Node) -> Call:
    """A binder over ``body``; ``limits`` are outside of it."""
    bound = Symbol(f"{BOUND_MARK}{1 + _height(body)}")
    return Call(name, (bound, *limits, substituted(body, letter, bound)))


def _height(node: Node) -> int:
    match node:
        case Symbol(name):
            return int(name[1:]) if name.startswith(BOUND_MARK) else 0
        case Sum(parts) | Product(parts) | Call(_, parts):
            return max(map(_height, parts), default=0)
        case Power(base, exponent):
            return max(_height(base), _height(exponent))
    return 0


def substituted(node: Node, letter: str, value: Node) -> Node:
    """``value`` for every ``letter``; in ``F_{n-k}`` the index is a part of the name."""
    match node:
        case Symbol(name) if name == letter:
            return value
        case Symbol(name) if "_" in name and isinstance(value, Symbol):
            head, _, index = name.partition("_")
            return Symbol(
                f"{head}_{re.sub(rf'(?<![A-Za-z]){letter}(?![A-Za-z])', value.name, index)}"
            )
        case Symbol(name) if "_" in name and re.search(
            rf"_.*(?<![A-Za-z]){re.escape(letter)}", name
        ):
            raise NoDerivative(name)
        case Sum(parts):
            return Sum(tuple(substituted(part, letter, value) for part in parts))
        case Product(parts):
            return Product(tuple(substituted(part, letter, value) for part in parts))
        case Power(base, exponent):
            return Power(substituted(base, letter, value), substituted(exponent, letter, value))
        case Call(name, parts):
            return Call(name, tuple(substituted(part, letter, value) for part in parts))
    return node


def has_binder(node: Node) -> bool:
    match node:
        case Call(name, parts):
            return name in BINDERS or any(map(has_binder, parts))
        case Sum(parts) | Product(parts):
            return any(map(has_binder, parts))
        case Power(base, exponent):
            return has_binder(base) or has_binder(exponent)
    return False


def derivative(node: Node, letter: str) -> Node:
    """The derivative by ``letter``; raises `NoDerivative`."""
    if letter not in symbols(node):
        return Number(Fraction(0))
    match node:
        case Symbol():
            return Number(Fraction(1))
        case Sum(terms):
            return Sum(tuple(derivative(term, letter) for term in terms))
        case Product(factors):
            return Sum(
                tuple(
                    Product((*factors[:i], derivative(factor, letter), *factors[i + 1 :]))
                    for i, factor in enumerate(factors)
                )
            )
        case Power(base, exponent) if letter not in symbols(exponent):
            lower = Power(base, Sum((exponent, MINUS_ONE)))
            return Product((exponent, lower, derivative(base, letter)))
        case Power(base, exponent):
            inner = Product((exponent, Call("ln", (base,))))
            return Product((node, derivative(inner, letter)))
        case Call(name, (inside,)) if name in _OUTER:
            return Product((_outer(name, inside), derivative(inside, letter)))
    raise NoDerivative


def _outer(name: str, x: Node) -> Node:
    """f'(x) of a function f that is known by its name."""
    one, two = Number(Fraction(1)), Number(Fraction(2))
    square, inverse = Power(x, two), Power(x, MINUS_ONE)
    minus_square = Sum((one, negative(square)))
    table: dict[str, Node] = {
        "sin": Call("cos", (x,)),
        "cos": negative(Call("sin", (x,))),
        "tan": Power(Call("cos", (x,)), Number(Fraction(-2))),
        "cot": negative(Power(Call("sin", (x,)), Number(Fraction(-2)))),
        "sinh": Call("cosh", (x,)),
        "cosh": Call("sinh", (x,)),
        "tanh": Power(Call("cosh", (x,)), Number(Fraction(-2))),
        "ln": inverse,
        "log": Product((inverse, Power(Call("ln", (Number(Fraction(10)),)), MINUS_ONE))),
        "asin": Power(minus_square, Number(Fraction(-1, 2))),
        "acos": negative(Power(minus_square, Number(Fraction(-1, 2)))),
        "atan": Power(Sum((one, square)), MINUS_ONE),
    }
    return table[name]


_OUTER = frozenset(
    {"sin", "cos", "tan", "cot", "sinh", "cosh", "tanh", "ln", "log", "asin", "acos", "atan"}
)
