r"""Products of vectors, trees to trees: a letter marked as a vector is a symbol with an arrow.

    b⃗ × a⃗  ->  -(a⃗×b⃗)        m v⃗ × r⃗  ->  -m (r⃗×v⃗)        c⃗ · (a⃗×b⃗)  ->  [a⃗ b⃗ c⃗]

``a⃗×b⃗`` is one symbol whose letters are in their order, so that the sign says how they stood. A dot
product is an ordinary product. Nothing is known of the components.
"""

from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.types.tokens import Unreadable
from cft_eval.checker.types.values import Node, Number, Product, Sum, Symbol, negative

ARROW = "\u20d7"
CROSS = "\u00d7"
NABLA = "nabla"


class _Term(NamedTuple):
    scalars: tuple[Node, ...]
    vector: str


def is_vector(node: Node) -> bool:
    """A letter with an arrow, nabla, or a cross product of such."""
    return isinstance(node, Symbol) and (
        (ARROW in node.name and not node.name.startswith("[")) or node.name == NABLA
    )


def holds_vector(node: Node) -> bool:
    match node:
        case Sum(parts) | Product(parts):
            return any(map(holds_vector, parts))
        case _:
            return is_vector(node)


def cross(before: Node, right: Node) -> Node:
    """``before × right``; of several factors before the sign, the last vector is meant."""
    factors = before.factors if isinstance(before, Product) else (before,)
    places = [place for place, factor in enumerate(factors) if holds_vector(factor)]
    if not places:
        raise Unreadable("a cross product of what is no vector")
    left, others = factors[places[-1]], (*factors[: places[-1]], *factors[places[-1] + 1 :])
    product = _sum([_crossed(a, b) for a in _terms(left) for b in _terms(right)])
    return dotted(Product((*others, product))) if others else product


def _terms(node: Node) -> list[_Term]:
    if isinstance(node, Sum):
        return [term for part in node.terms for term in _terms(part)]
    if not isinstance(node, Product):
        if not (is_vector(node) and isinstance(node, Symbol)):
            raise Unreadable("a cross product of what is no vector")
        return [_Term((), node.name)]
    vectors = [factor for factor in node.factors if holds_vector(factor)]
    if len(vectors) != 1:
        raise Unreadable("a cross product of several vectors that are multiplied")
    scalars = tuple(factor for factor in node.factors if factor is not vectors[0])
    return [_Term((*scalars, *term.scalars), term.vector) for term in _terms(vectors[0])]


def _crossed(a: _Term, b: _Term) -> Node:
    if NABLA in (a.vector, b.vector):
        # It works on what follows it, the scalars too.
        if any(not isinstance(scalar, Number) for scalar in (*a.scalars, *b.scalars)):
            raise Unreadable("the curl of a product")
        symbol: Node = Symbol(f"{a.vector}{CROSS}{b.vector}{ARROW}")
    elif a.vector == b.vector:
        return Number(Fraction(0))
    else:
        first, second = sorted((_grouped(a.vector), _grouped(b.vector)))
        symbol = Symbol(f"{first}{CROSS}{second}")
        if first != _grouped(a.vector):
            symbol = negative(symbol)
    return Product((*a.scalars, *b.scalars, symbol)) if a.scalars or b.scalars else symbol


def _grouped(name: str) -> str:
    return f"({name})" if CROSS in name else name


def _sum(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def dotted(node: Node) -> Node:
    """``a⃗ · (b⃗×c⃗)`` as one symbol: it is the same for each turn of its letters."""
    factors = _flat(node)
    crosses = [f for f in factors if isinstance(f, Symbol) and CROSS in f.name]
    vectors = [f for f in factors if isinstance(f, Symbol) and is_vector(f) and f not in crosses]
    if len(crosses) != 1 or len(vectors) != 1 or crosses[0].name.startswith(("(", NABLA)):
        return node
    names = [vectors[0].name, *crosses[0].name.split(CROSS)]
    if len(names) != 3 or NABLA in names or ")" in crosses[0].name:
        return node
    if len(set(names)) < 3:
        return Number(Fraction(0))
    order = sorted(names)
    even = sum(a > b for i, a in enumerate(names) for b in names[i + 1 :]) % 2 == 0
    triple: Node = Symbol(f"[{' '.join(order)}]")
    rest = tuple(f for f in factors if f is not crosses[0] and f is not vectors[0])
    triple = triple if even else negative(triple)
    return Product((*rest, triple)) if rest else triple


def _flat(node: Node) -> tuple[Node, ...]:
    if not isinstance(node, Product):
        return (node,)
    return tuple(factor for part in node.factors for factor in _flat(part))
