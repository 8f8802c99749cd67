"""What an answer calls things: the name before an equals sign, and what a relation says of it."""

from fractions import Fraction

from cft_eval.checker.prove.normal_form import APART
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
    symbols,
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
        case Call("abs", (Product(factors),)) if all(map(_is_point, factors)):
            return "".join(str(getattr(factor, "name", "")) for factor in factors), ()
        case Product((Power(Symbol(name), Number(power)), Symbol(argument))) if power == -1:
            return f"{name}^-1", (argument,)
        case _:
            return None


def _is_point(node: Node) -> bool:
    """One of the letters of ``|AB|``, which is the length of a segment."""
    return isinstance(node, Symbol) and node.name[0].isupper()


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


def is_function(relation: Relation) -> bool:
    """Is ``f(x) = …`` the value of a function? ``ax = 6`` is none: a product reads the same, and
    says nothing of x on its other side."""
    labelled = label(relation)
    if labelled is None or not labelled[1]:
        return False
    name, (argument,) = labelled
    usual = name[0] in "fghFGH" or (name, argument) == ("y", "x")
    return usual or argument in symbols(relation.terms[-1])


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
    r"""The sides of ``x = \sqrt 2 \approx 1.414`` that are numbers, where they are one number;
    none where there are fewer than two."""
    sides = _numeric_sides(relation)
    return sides if len(sides) > 1 and _are_one(sides, relation.rounded) else ()


def contradicts(relation: Relation) -> bool:
    """``3 = 5``: numbers that are said to be equal, and are not."""
    sides = _numeric_sides(relation)
    return len(sides) > 1 and not _are_one(sides, relation.rounded)


def _numeric_sides(relation: Relation) -> tuple[Node, ...]:
    if set(relation.signs) != {"="}:
        return ()
    sides = relation.terms[1 if label(relation) else 0 :]
    sides = tuple(side for side in sides if not symbols(side))
    degrees = [isinstance(side, Call) and side.name == "degree" for side in sides]
    return sides if all(degrees) or not any(degrees) else tuple(map(radians, sides))


def _are_one(sides: tuple[Node, ...], rounded: bool) -> bool:
    """Are they one number, and at most one other that is it, rounded?

    Two numbers joined by "=" are two chances to be right where they are not the same.
    """
    values = [
        side.value if isinstance(side, Number) else value_of(side, digits=30) for side in sides
    ]
    known = [value for value in values if value is not None]
    if len(known) < len(sides):
        return True  # nothing is known against it
    precision, exact = max(
        (_precision(side), value) for value, side in zip(known, sides, strict=True)
    )
    others = {value for value in known if abs(value - exact) > abs(exact) * APART}
    if not others:
        return True
    # `\frac12 = 0.51`: 0.51 is no closed form that 0.5 would round.
    least = 0 if rounded else 1 if precision == ALL_DECIMALS else 2
    return len(others) == 1 and _rounds(others.pop(), exact, least)


def _precision(side: Node) -> int:
    """Decimals that it is written in; a closed form has all."""
    places = decimals(side.value) if isinstance(side, Number) else None
    return ALL_DECIMALS if places is None else places


ALL_DECIMALS = 1_000


def _rounds(value: Fraction, exact: Fraction, least: int) -> bool:
    """Is ``value`` a decimal of ``least`` places that ``exact`` rounds to, or is cut to?"""
    places = decimals(value)
    if places is None or places < least:
        return False
    error = abs(value - exact) * 10**places
    cut = abs(value) <= abs(exact) and error < 1 and places > 1
    return error <= Fraction(1, 2) or cut


def decimals(value: Fraction) -> int | None:
    """Digits behind the point of a number that has finitely many."""
    rest, places = value.denominator, 0
    for prime in (2, 5):
        times = 0
        while rest % prime == 0:
            rest //= prime
            times += 1
        places = max(places, times)
    return places if rest == 1 else None


def radians(node: Node) -> Node:
    if isinstance(node, Call) and node.name == "degree":
        return Product((node.arguments[0], Symbol("pi"), Number(Fraction(1, 180))))
    return node


def stated(relation: Relation) -> Value | None:
    """``|r - s| = 16``: an answer may say what was asked for, and its value.

    Only an answer: a reference that is an equation asks for an equation. And not 0, with which
    every equation can be written.
    """
    last = relation.terms[-1]
    if relation.signs != ("=",) or symbols(last) or last == Number(Fraction(0)):
        return None
    return last
