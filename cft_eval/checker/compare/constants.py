"""Constants of integration: which letter of a reference an answer may call something else.

    x^2 + C  is  x^2 + K        C e^{-kt}  is  A e^{-kt}        c_1 e^x + c_2  is  A e^x + B

Such a letter is added to a variable or multiplies one, once and to the first power. Every other
letter means what it says: a choice, the member of a set, an event, the speed of light.
"""

import re
from enum import StrEnum

from cft_eval.checker.types.values import (
    Call,
    Node,
    Power,
    Product,
    Sum,
    Symbol,
    symbols,
)

_IN_A_REFERENCE = re.compile(r"[cCK](?:_?\d+)?$")
_ADDED = re.compile(r"[cCDkK](?:_?\d+)?$")
_FACTOR = re.compile(r"[A-DcKk](?:_?\d+)?$")
"""What an answer may call it: ``A e^x`` for ``C e^x``, and ``A e^x + B`` for ``c_1 e^x + c_2``."""

_VARIABLE = re.compile(r"(?:[r-z](?:_\w+)?|theta|phi|rho|tau)'*$")
"""What a solution depends on. Not n, which counts, nor P and m: ``P(C)``, ``mc``."""

_CONSTANT = re.compile(r"[cCAKk](?:_?\w)?'?$")
_LETTER = re.compile(r"[A-DK](?:_?\w)?$")


class _Role(StrEnum):
    """How a free constant stands beside the variable."""

    ADDED = "added"
    FACTOR = "factor"


def stands_for(name: str, wanted: str, reference: Node, *, member: bool) -> bool:
    """May the answer's letter ``name`` stand for the reference's letter ``wanted``?

    A choice may be in the other case: ``a`` is ``A``. A ``member`` of a tuple or a set has no
    free constant.
    """
    if reference == Symbol(wanted):
        return name.lower() == wanted.lower() and wanted.lower() in "abcdefghij"
    if member or not _IN_A_REFERENCE.match(wanted):
        return False
    role = _role(reference, wanted)
    if role is None:
        return False
    # In ``ct`` the c is a speed, or a length.
    if wanted == "c" and role is _Role.FACTOR and not _is_function(reference):
        return name == "C"
    numbered = len(wanted) > 1
    return bool((_FACTOR if numbered or role is _Role.FACTOR else _ADDED).match(name))


def is_free_constant(node: Node) -> bool:
    """``C``, ``c_1``: what is added to an antiderivative."""
    return isinstance(node, Symbol) and _ADDED.match(node.name) is not None


def interchangeable(x: str, y: str) -> bool:
    """`stands_for` under `Rules.loose`: any two such letters, wherever they stand."""
    same_letter = x.lower() == y.lower() and x.lower() in "abcdefghij"
    if same_letter or (_CONSTANT.match(x) and _CONSTANT.match(y)):
        return True
    numbered = any(len(name) > 1 and _CONSTANT.match(name) for name in (x, y))
    return numbered and all(_CONSTANT.match(name) or _LETTER.match(name) for name in (x, y))


def _role(node: Node, name: str) -> _Role | None:
    """How ``name`` stands in ``node``; None where it is not free."""
    match node:
        case Sum(parts) | Product(parts):
            result = [part for part in parts if name in symbols(part)]
            if len(result) != 1:
                return None
            if result[0] != Symbol(name) and not _is_multiple(result[0], name):
                return _role(result[0], name)
            beside = any(_varies(part) for part in parts if part is not result[0])
            role = _Role.ADDED if isinstance(node, Sum) else _Role.FACTOR
            return role if beside else None
        case Power(base, exponent):
            return _inside((base, exponent), name)
        case Call(_, arguments):
            return _inside(arguments, name)
        case _:
            return None


def _is_multiple(node: Node, name: str) -> bool:
    """``-C`` and ``2C``"""
    return isinstance(node, Product) and all(
        factor == Symbol(name) or not symbols(factor) for factor in node.factors
    )


def _inside(arguments: tuple[Node, ...], name: str) -> _Role | None:
    r"""In ``\sqrt{x+C}`` it is free, in ``(Cx)^2`` and ``\sin Kx`` it is not."""
    result = [argument for argument in arguments if name in symbols(argument)]
    return _role(result[0], name) if len(result) == 1 and isinstance(result[0], Sum) else None


def _varies(node: Node) -> bool:
    """Does a variable stand in it, or ``2^n``?"""
    if isinstance(node, Power) and "n" in symbols(node.exponent):
        return True
    return any(map(_VARIABLE.match, symbols(node)))


def _is_function(node: Node) -> bool:
    """Does an exponential or another function of a variable stand in it?"""
    match node:
        case Sum(parts) | Product(parts):
            return any(map(_is_function, parts))
        case Power(base, exponent):
            return bool(symbols(exponent)) or _is_function(base)
        case Call():
            return bool(symbols(node))
        case _:
            return False
