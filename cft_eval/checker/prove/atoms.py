"""The variables of a normal form: symbols, i, primes, roots, and functions that do not come apart.

An atom is told by its type and ordered by its writing, which is the same for the same atom in every
process: a total order, so that a monomial has one spelling.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

POSITIVE_MARK = "+"
"""Behind the name of a symbol that stands for a positive number."""


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    order: str
    """Its writing; two atoms are the same where it is."""

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Atom) and self.order == other.order)

    def __hash__(self) -> int:
        return hash(self.order)

    def __lt__(self, other: "Atom") -> bool:
        return self.order < other.order


@dataclass(frozen=True, slots=True, eq=False)
class SymbolAtom(Atom):
    name: str

    @property
    def is_positive(self) -> bool:
        return self.name in ("pi", "e") or self.name.endswith(POSITIVE_MARK)


@dataclass(frozen=True, slots=True, eq=False)
class ImaginaryAtom(Atom):
    """i, whose square is -1."""


@dataclass(frozen=True, slots=True, eq=False)
class PrimeAtom(Atom):
    """A prime under a root: its exponent is a fraction below 1."""

    prime: int


@dataclass(frozen=True, slots=True, eq=False)
class RadicalAtom(Atom):
    """``base^{1/degree}`` of what is no number."""

    base: "Form"
    degree: int


@dataclass(frozen=True, slots=True, eq=False)
class PowerAtom(Atom):
    """A power whose exponent is no number: ``2^n``, ``e^x``; itself to any fraction."""

    base: "Form"
    index: "Form"
    is_positive: bool


@dataclass(frozen=True, slots=True, eq=False)
class FunctionAtom(Atom):
    """A function of forms: ``sin x``, ``ln 2``, ``|x|``."""

    name: str
    arguments: "tuple[Form, ...]"


IMAGINARY_ATOM = ImaginaryAtom("i")
PI_ATOM = SymbolAtom("s:pi", "pi")


@lru_cache(maxsize=4096)
def symbol_atom(name: str) -> SymbolAtom:
    return SymbolAtom(f"s:{name}", name)


@lru_cache(maxsize=4096)
def prime_atom(prime: int) -> PrimeAtom:
    return PrimeAtom(f"p:{prime:020}" if prime < 10**20 else f"q:{prime}", prime)


Exponent = int | Fraction
Monomial = tuple[tuple[Atom, Exponent], ...]
Polynomial = dict[Monomial, Fraction]
ONE_MONOMIAL: Monomial = ()


class Form(NamedTuple):
    """numerator / denominator: what an atom may hold, and is a part of."""

    above: Polynomial
    below: Polynomial


def written(poly: Polynomial, scale: Fraction) -> str:
    """One spelling of a polynomial over ``scale``."""
    terms = sorted(
        ".".join(f"({atom.order}){power}" for atom, power in monomial) + f"*{value / scale}"
        for monomial, value in poly.items()
    )
    return "&".join(terms)
