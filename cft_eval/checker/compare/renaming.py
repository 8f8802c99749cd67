"""What an answer calls things: the name before an equals sign, and what a relation says of it."""

from fractions import Fraction

from cft_eval.checker.prove.algebra import symbols
from cft_eval.checker.prove.numeric import value_of
from cft_eval.checker.types.values import (
    Call,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    Value,
)


def with_names(node: Node, names: dict[str, str]) -> Node:
    match node:
        case Symbol(name):
            return Symbol(names.get(name, name))
        case Number():
            return node
        case Sum(terms):
            return Sum(tuple(with_names(term, names) for term in terms))
        case Product(factors):
            return Product(tuple(with_names(factor, names) for factor in factors))
        case Power(base, exponent):
            return Power(with_names(base, names), with_names(exponent, names))
        case Call(name, arguments):
            return Call(name, tuple(with_names(argument, names) for argument in arguments))


def label(relation: Relation) -> tuple[str, tuple[str, ...]] | None:
    """``y = …`` and ``f(x) = …``: the name and its arguments."""
    match relation.terms[0]:
        case Symbol(name) if name not in ("pi", "e", "i"):
            return name, ()
        case Product((Symbol(name), Symbol(argument))) if name not in ("pi", "e", "i"):
            return name, (argument,)
        case Product((Power(Symbol(name), Number(power)), Symbol(argument))) if power == -1:
            return f"{name}^-1", (argument,)
        case _:
            return None


def matching_labels(
    mine: tuple[str, tuple[str, ...]], theirs: tuple[str, tuple[str, ...]]
) -> dict[str, str] | None:
    """How to rename the answer's variables so that both name the same thing, or None."""
    if len(mine[1]) == len(theirs[1]) == 1 and mine[0].lower() == theirs[0].lower():
        (argument,), (wanted,) = mine[1], theirs[1]
        # In ``f(y) = 2x`` the x is another one than that of ``f(x) = 2x``.
        return {argument: wanted, wanted: f"{wanted}'"} if argument != wanted else {}
    if mine == theirs or (mine[0].lower() == theirs[0].lower() and not (mine[1] or theirs[1])):
        return {}
    one_function = bool(mine[1]) != bool(theirs[1])
    plain = theirs[0] if mine[1] else mine[0]
    function = mine[0] if mine[1] else theirs[0]
    return {} if one_function and plain in ("y", function) else None


def named(relation: Relation) -> Value | None:
    """What ``x = 5`` says of x."""
    if set(relation.signs) == {"="} and (label(relation) or len(relation.terms) > 2):
        return relation.terms[-1]
    if set(relation.signs) == {"="} and isinstance(relation.terms[-1], Symbol):
        return relation.terms[0]
    if set(relation.signs) == {"="} and not any(map(symbols, relation.terms)):
        return relation.terms[-1]  # ``2 + 3 = 5``
    return None


def one_number(relation: Relation) -> tuple[Node, ...]:
    r"""The sides of ``x = \sqrt 2 \approx 1.414`` that are numbers, where they are one number,
    exact and rounded; none where there are fewer than two, or where they are not near."""
    named = 1 if label(relation) else 0
    sides = relation.terms[named:]
    if len(sides) < 2 or set(relation.signs) != {"="} or any(map(symbols, sides)):
        return ()
    values = [value_of(side, digits=15) for side in sides]
    known = [value for value in values if value is not None]
    near = len(known) == len(sides) and max(known) - min(known) <= abs(known[0]) / 50
    return sides if near else ()


def contradicts(relation: Relation) -> bool:
    """``3 = 5``: numbers that are said to be equal, and are not even near."""
    if set(relation.signs) != {"="}:
        return False
    sides = [term for term in relation.terms if not symbols(term)]
    values = [value_of(side, digits=15) for side in sides]
    known = [value for value in values if value is not None]
    return len(known) > 1 and max(known) - min(known) > max(map(abs, known)) / 50


def stated(relation: Relation) -> Value | None:
    """``|r - s| = 16``: an answer may say what was asked for, and its value.

    Only an answer: a reference that is an equation asks for an equation. And not 0, with which
    every equation can be written.
    """
    last = relation.terms[-1]
    if relation.signs != ("=",) or symbols(last) or last == Number(Fraction(0)):
        return None
    return last
