"""An answer and a reference in, equal or not and why out.

    text ── readings ──> values ── by shape ──> expressions ── prove ──> a sentence

Shapes are compared piece by piece; `prove` decides single expressions. What stays open without
sympy is said to be undecided, so that the caller can go on in a worker that can be killed.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from cft_eval.checker import measured
from cft_eval.checker.algebra import TooLarge, form, rational, symbols
from cft_eval.checker.parse import readings
from cft_eval.checker.prove import Truth, prove
from cft_eval.checker.rules import Rules
from cft_eval.checker.tokens import Unreadable
from cft_eval.checker.units import unit_of
from cft_eval.checker.values import (
    MINUS_ONE,
    NODES,
    Brackets,
    Call,
    Matrix,
    Node,
    Number,
    Numeral,
    Power,
    Product,
    Quantity,
    Ratio,
    Relation,
    Several,
    Sum,
    Symbol,
    Text,
    Union,
    Value,
)
from cft_eval.checker.verdict import Outcome

MAX_SHOWN = 60
_NOTHING = frozenset({"no solution", "no solutions", "none", "empty set", "no real solutions"})
_CONSTANT_NAME = re.compile(r"[cCAKk](?:_?\w)?'?$")
"""Names that stand for a constant of integration."""

_NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}


@dataclass(frozen=True, slots=True)
class Judgement:
    outcome: Outcome
    reason: str
    undecided: bool = False
    """Only a deeper look could tell; the outcome is what stands without one."""


@dataclass(frozen=True, slots=True)
class _Found:
    truth: Truth
    reason: str


def _equal(reason: str) -> _Found:
    return _Found(Truth.EQUAL, reason)


def _differ(reason: str) -> _Found:
    return _Found(Truth.DIFFERENT, reason)


_PLAIN = re.compile(
    r"\$?(?P<sign>-?)(?:(?P<whole>\d{1,30})(?P<part>\.\d{1,30})?"
    r"|(?P<above>\d{1,15})/(?P<below>\d{1,15})"
    r"|\\[dt]?frac\{(?P<over>\d{1,15})\}\{(?P<under>\d{1,15})\})\$?$",
    re.ASCII,
)
"""Two thirds of all references: digits, a decimal, a simple fraction."""


def _plain(text: str) -> Fraction | None:
    """The number that ``text`` plainly is, as the grammar would read it, many times faster."""
    found = _PLAIN.match(text)
    if found is None:
        return None
    sign, whole, part, above, below, over, under = found.groups()
    if whole is not None:
        value = Fraction(int(whole)) if part is None else Fraction(whole + part)
    else:
        denominator = int(below or under)
        if not denominator:
            return None
        value = Fraction(int(above or over), denominator)
    return -value if sign else value


@lru_cache(maxsize=8192)
def _all_readings(text: str) -> tuple[Value, ...]:
    return tuple(readings(text))


def judge(answer: str, reference: str, rules: Rules, *, deep: bool = False) -> Judgement:
    """Decide whether ``answer`` is ``reference`` under ``rules``. Raises nothing for any string."""
    if not rules.measured and rules.tolerance is None:
        x, y = _plain(answer.strip()), _plain(reference.strip())
        if x is not None and y is not None:
            if x == y:
                return Judgement(Outcome.CORRECT, f"both are {y}")
            return Judgement(Outcome.WRONG, f"the answer is {x}, the reference {y}")
    try:
        references = _all_readings(reference)
    except (Unreadable, RecursionError) as error:
        if answer.strip() and answer.strip() == reference.strip():
            return Judgement(Outcome.CORRECT, "the same text")
        return Judgement(Outcome.BAD_REFERENCE, f"the reference cannot be read: {error}")
    try:
        answers = _all_readings(answer)
    except (Unreadable, RecursionError) as error:
        return Judgement(Outcome.UNREADABLE, f"the answer cannot be read: {error}")
    comparison = _Comparison(rules, deep)
    if rules.measured:
        judged = _as_measured(answer, answers[0], reference)
        if judged is not None:
            return judged
    found = [comparison.values(a, r) for r in references for a in answers]
    for result in found:
        if result.truth is Truth.EQUAL:
            return Judgement(Outcome.CORRECT, result.reason)
    for result in found:
        if result.truth is Truth.OPEN:
            return Judgement(Outcome.TOO_SLOW, result.reason, undecided=not deep)
    return Judgement(Outcome.WRONG, found[0].reason)


def _as_measured(answer: str, value: Value, reference: str) -> Judgement | None:
    """The verdict by precision, where the reference is a measured number."""
    inside = value.value if isinstance(value, Quantity) else value
    if isinstance(inside, Relation):
        inside = _named(inside) or inside
    close = measured.close(answer, inside, reference)
    if close is None:
        return None
    if close:
        return Judgement(
            Outcome.CORRECT, f"agrees with {reference.strip()} as precisely as it is given"
        )
    return Judgement(Outcome.WRONG, f"not {reference.strip()} to the precision it is given in")


class _Comparison:
    """The rules and the depth, for every comparison inside one."""

    def __init__(self, rules: Rules, deep: bool) -> None:
        self._rules = rules
        self._deep = deep

    def values(self, a: Value, r: Value) -> _Found:
        """``a`` is the answer's, ``r`` the reference's."""
        if a == r:
            return _equal(f"both are {show(r)}")
        a, r = _known_words(a), _known_words(r)
        if isinstance(a, Quantity) or isinstance(r, Quantity):
            return self._quantities(a, r)
        if isinstance(a, Text) or isinstance(r, Text):
            return self._texts(a, r)
        if isinstance(a, Numeral) or isinstance(r, Numeral):
            return _numerals(a, r)
        if isinstance(a, Relation) or isinstance(r, Relation):
            return self._relations(a, r)
        if isinstance(a, Ratio) or isinstance(r, Ratio):
            return self._ratios(a, r)
        if isinstance(a, NODES) and isinstance(r, NODES):
            return self._nodes(a, r)
        if isinstance(a, Matrix) or isinstance(r, Matrix):
            return self._matrices(a, r)
        return self._collections(a, r)

    def _collections(self, a: Value, r: Value) -> _Found:
        if isinstance(a, Union) or isinstance(r, Union):
            return self._unordered(_parts(a), _parts(r))
        if isinstance(a, Brackets) and isinstance(r, Brackets):
            return self._brackets(a, r)
        if isinstance(a, Several) and isinstance(r, Several):
            if self._rules.ordered:
                return self._in_order(a.items, r.items)
            return self._unordered(a.items, r.items)
        if isinstance(r, Several) and isinstance(a, Brackets):
            # Brackets around a list of answers: ``(2, 5)`` where ``2,5`` is asked for.
            if a.opening == "(" and a.closing == ")" and len(r.items) == len(a.items) > 1:
                return self._in_order(a.items, r.items)
        if isinstance(a, Several) and isinstance(r, Brackets) and not _may_be_interval(r):
            if len(a.items) == len(r.items):
                return self._in_order(a.items, r.items)
        if isinstance(a, Several) and len(a.items) == 1:
            return self.values(a.items[0], r)
        if isinstance(r, Several) and len(r.items) == 1:
            return self.values(a, r.items[0])
        if isinstance(r, Several) and isinstance(a, NODES):
            return _differ(f"one answer, and the reference has {len(r.items)}")
        if isinstance(a, Several) and isinstance(r, NODES):
            return _differ(f"{len(a.items)} answers, and the reference has one")
        return _differ(f"the answer is {_kind(a)}, the reference {_kind(r)}")

    # ── single expressions ────────────────────────────────────────────────────────────────────

    def _nodes(self, a: Node, r: Node) -> _Found:
        for x, y in ((a, r), (r, a)):
            if isinstance(x, Call) and x.name == "percent":
                return self._percent(x.arguments[0], y)
        close = self._close(a, r)
        if close is not None:
            return close
        degrees = isinstance(a, Call) and a.name == "degree"
        if degrees != (isinstance(r, Call) and r.name == "degree"):
            plain = self._proved(_bare(a), _bare(r))
            if plain.truth is Truth.EQUAL:
                return plain
            return self._proved(_radians(a), _radians(r))
        found = self._proved(_bare(a), _bare(r))
        if found.truth is Truth.DIFFERENT:
            return self._renamed(a, r) or found
        return found

    def _percent(self, inside: Node, other: Node) -> _Found:
        """15% is 15% and 0.15, and 15 where the reference counts percent."""
        if isinstance(other, Call) and other.name == "percent":
            return self._proved(inside, other.arguments[0])
        as_number = self._proved(inside, other)
        if as_number.truth is Truth.EQUAL:
            return as_number
        return self._proved(Product((inside, Number(Fraction(1, 100)))), other)

    def _proved(self, a: Node, r: Node) -> _Found:
        proof = prove(a, r, deep=self._deep)
        if proof.truth is Truth.EQUAL:
            return _equal(
                f"both are {show(r)}"
                if proof.by.startswith("the same") or proof.by == "exact arithmetic"
                else f"both are {show(r)}, by {proof.by}"
            )
        if proof.truth is Truth.DIFFERENT:
            return _differ(f"the answer is {show(a)}, the reference {show(r)}")
        return _Found(Truth.OPEN, f"whether {show(a)} is {show(r)} was not decided: {proof.by}")

    def _close(self, a: Node, r: Node) -> _Found | None:
        """The tolerance that the benchmark defines, where it defines one."""
        if self._rules.tolerance is not None:
            x, y = _number(a), _number(r)
            if x is not None and y is not None:
                near = abs(x - y) <= Fraction(self._rules.tolerance)
                said = f"within {self._rules.tolerance} of {show(r)}"
                return _equal(said) if near else _differ(f"not {said}: {show(a)}")
        return None

    def _renamed(self, a: Node, r: Node) -> _Found | None:
        """The same expression with a constant of integration under another name, or letters in
        another case."""
        mine, theirs = symbols(a) - symbols(r), symbols(r) - symbols(a)
        if not mine or len(mine) != len(theirs) or len(mine) > 3:
            return None
        for order in itertools.permutations(sorted(mine)):
            pairs = dict(zip(order, sorted(theirs), strict=True))
            if all(_interchangeable(x, y) for x, y in pairs.items()):
                found = self._proved(_bare(_with_names(a, pairs)), _bare(r))
                if found.truth is Truth.EQUAL:
                    return found
        return None

    # ── relations ─────────────────────────────────────────────────────────────────────────────

    def _relations(self, a: Value, r: Value) -> _Found:
        if isinstance(a, Relation) and isinstance(r, Relation):
            return self._both_relations(a, r)
        relation, other = (a, r) if isinstance(a, Relation) else (r, a)
        assert isinstance(relation, Relation)
        value = _named(relation)
        if value is None:
            return _differ(f"the answer is {_kind(a)}, the reference {_kind(r)}")
        return self.values(value, other) if relation is a else self.values(other, value)

    def _both_relations(self, a: Relation, r: Relation) -> _Found:
        if a.signs != r.signs or set(a.signs) != {"="}:
            return self._inequalities(a, r)
        mine, theirs = _label(a), _label(r)
        if mine is not None and theirs is not None:
            renamed = _matching_labels(mine, theirs)
            if renamed is None:
                found = self._as_equations(a, r)
                return (
                    found
                    if found.truth is Truth.EQUAL
                    else _differ(
                        f"the answer names {show(a.terms[0])}, the reference {show(r.terms[0])}"
                    )
                )
            found = self.values(_with_names(a.terms[-1], renamed), r.terms[-1])
            if found.truth is not Truth.DIFFERENT:
                return found
            return found if symbols(r.terms[-1]) == frozenset() else self._as_equations(a, r)
        return self._as_equations(a, r)

    def _as_equations(self, a: Relation, r: Relation) -> _Found:
        """The same up to rearrangement and a factor that is never zero."""
        if len(a.terms) != 2 or len(r.terms) != 2:
            return self._in_order(a.terms, r.terms)
        x, y = (Sum((t.terms[0], Product((MINUS_ONE, t.terms[1])))) for t in (a, r))
        for sign in (1, -1):
            found = self._proved(x, y if sign == 1 else Product((MINUS_ONE, y)))
            if found.truth is Truth.EQUAL:
                return _equal("the same equation")
        if _is_zero(x) or _is_zero(y):
            return _differ("one of the equations is always true")
        try:
            scale = rational(form(Product((x, Power(y, MINUS_ONE)))))
        except (TooLarge, ZeroDivisionError):
            scale = None
        scale = scale or _common_factor(x, y)
        if scale:
            return _equal(f"the same equation times {scale}")
        return _differ("the equations are not multiples of each other")

    def _inequalities(self, a: Relation, r: Relation) -> _Found:
        if a.signs == r.signs:
            return self._in_order(a.terms, r.terms)
        flipped = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        if tuple(flipped.get(sign, sign) for sign in reversed(a.signs)) == r.signs:
            return self._in_order(tuple(reversed(a.terms)), r.terms)
        return _differ("the signs of the relations differ")

    # ── numbers with units, words, ratios ─────────────────────────────────────────────────────

    def _quantities(self, a: Value, r: Value) -> _Found:
        x, first = (a.value, a.unit) if isinstance(a, Quantity) else (a, "")
        y, second = (r.value, r.unit) if isinstance(r, Quantity) else (r, "")
        mine, theirs = unit_of(first), unit_of(second)
        if mine and theirs and mine != theirs:
            if mine.dimension != theirs.dimension or not mine.factor or not theirs.factor:
                return _differ(
                    f"the answer is in {first.strip()}, the reference in {second.strip()}"
                )
            if isinstance(x, NODES) and isinstance(y, NODES):
                x = Product((x, Number(mine.factor / theirs.factor)))
        return self.values(x, y)

    def _texts(self, a: Value, r: Value) -> _Found:
        if isinstance(a, Text) and isinstance(r, Text):
            if _loose(a.words) == _loose(r.words):
                return _equal(f'both say "{r.words[:MAX_SHOWN]}"')
            return _differ(
                f'the answer says "{a.words[:MAX_SHOWN]}", the reference "{r.words[:MAX_SHOWN]}"'
            )
        return _differ(f"the answer is {_kind(a)}, the reference {_kind(r)}")

    def _ratios(self, a: Value, r: Value) -> _Found:
        x, y = (_ratio_parts(value) for value in (a, r))
        if x is None or y is None or len(x) != len(y):
            return _differ(f"the answer is {_kind(a)}, the reference {_kind(r)}")
        for i in range(1, len(x)):
            found = self._proved(Product((x[0], y[i])), Product((x[i], y[0])))
            if found.truth is not Truth.EQUAL:
                return _differ("the ratios differ") if found.truth is Truth.DIFFERENT else found
        return _equal("the same ratio")

    # ── collections ───────────────────────────────────────────────────────────────────────────

    def _matrices(self, a: Value, r: Value) -> _Found:
        x, y = _rows(a), _rows(r)
        if x is None or y is None:
            return _differ(f"the answer is {_kind(a)}, the reference {_kind(r)}")
        vectors = not (isinstance(a, Matrix) and isinstance(r, Matrix))
        if vectors and 1 in (len(x), len(x[0])) and 1 in (len(y), len(y[0])):
            x, y = (tuple((cell,) for row in rows for cell in row) for rows in (x, y))
        if len(x) != len(y) or len(x[0]) != len(y[0]):
            return _differ(f"{len(x)}x{len(x[0])} entries against {len(y)}x{len(y[0])}")
        return self._in_order([c for row in x for c in row], [c for row in y for c in row])

    def _brackets(self, a: Brackets, r: Brackets) -> _Found:
        if len(a.items) != len(r.items):
            return _differ(f"{len(a.items)} entries, and the reference has {len(r.items)}")
        inner = self._in_order(a.items, r.items)
        if inner.truth is Truth.DIFFERENT:
            return inner
        for side, mine, theirs in (("start", a.opening, r.opening), ("end", a.closing, r.closing)):
            if mine != theirs:
                words = {"(": "open", ")": "open", "[": "closed", "]": "closed"}
                return _differ(
                    f"{words[mine]} at the {side} in the answer, {words[theirs]} in the reference"
                )
        return inner

    def _in_order(self, a: Sequence[Value], r: Sequence[Value]) -> _Found:
        if len(a) != len(r):
            return _differ(f"{len(a)} entries, and the reference has {len(r)}")
        unsure: _Found | None = None
        for place, (x, y) in enumerate(zip(a, r, strict=True), start=1):
            found = self.values(x, y)
            if found.truth is Truth.DIFFERENT:
                return _differ(f"entry {place}: {found.reason}")
            unsure = found if found.truth is Truth.OPEN else unsure
        return unsure or _equal("all entries are equal")

    def _unordered(self, a: Sequence[Value], r: Sequence[Value]) -> _Found:
        """A pairing of equal items; the number of times an item stands there does not count."""
        a, r = _distinct(a), _distinct(r)
        left = list(a)
        unsure: _Found | None = None
        for item in r:
            results = [(candidate, self.values(candidate, item)) for candidate in left]
            match = next((c for c, found in results if found.truth is Truth.EQUAL), None)
            if match is None:
                open_one = next((p for p in results if p[1].truth is Truth.OPEN), None)
                if open_one is None:
                    return _differ(f"missing the element {show(item)}")
                match, unsure = open_one
            left.remove(match)
        if left:
            return _differ(f"the element {show(left[0])} is not in the reference")
        return unsure or _equal("the same elements")


# ── small facts about values ──────────────────────────────────────────────────────────────────────


def show(value: object) -> str:
    """A value as a reader writes it, cut where it is long."""
    text = _written(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _written(value: object) -> str:
    match value:
        case Number(number):
            bits = max(number.numerator.bit_length(), number.denominator.bit_length())
            return str(number) if bits < 300 else "a number of many digits"
        case Symbol(name):
            return name
        case Sum(terms):
            return "(" + " + ".join(map(_written, terms[:9])) + ")"
        case Product((Number(minus), rest)) if minus == -1:
            return f"-{_written(rest)}"
        case Product(factors):
            return "*".join(map(_written, factors[:9]))
        case Power(base, exponent):
            return f"{_written(base)}^{_written(exponent)}"
        case Call(name, arguments):
            return f"{name}({', '.join(map(_written, arguments))})"
        case Brackets(items, opening, closing):
            return opening + ", ".join(map(_written, items)) + closing
        case Several(items) | Union(items):
            return "{" + ", ".join(map(_written, items)) + "}"
        case Relation(terms, signs):
            return _written(terms[0]) + "".join(
                f" {sign} {_written(term)}" for sign, term in zip(signs, terms[1:], strict=True)
            )
        case Quantity(inside, unit):
            return f"{_written(inside)} {unit.strip()}"
        case Numeral(digits, base):
            return f"{digits} in base {base}"
        case Text(words):
            return f'"{words}"'
        case Matrix(rows):
            return "[" + "; ".join(", ".join(map(_written, row)) for row in rows) + "]"
        case Ratio(parts):
            return ":".join(map(_written, parts))
        case _:
            return "…"


def _kind(value: Value) -> str:
    names = {
        Brackets: "a tuple or an interval", Several: "a list", Union: "a union", Matrix: "a matrix",
        Relation: "an equation or inequality", Ratio: "a ratio", Numeral: "a numeral in a base",
        Text: "words", Quantity: "a quantity",
    }  # fmt: skip
    return names.get(type(value), "an expression")


def _known_words(value: Value) -> Value:
    if isinstance(value, Text):
        if value.words in _NOTHING:
            return Several(())
        if value.words in _NUMBER_WORDS:
            return Number(Fraction(_NUMBER_WORDS[value.words]))
    return value


def _loose(words: str) -> str:
    """Without the plural and without spaces."""
    return "".join(word.rstrip("s") if len(word) > 3 else word for word in words.split())


def _bare(node: Node) -> Node:
    return node.arguments[0] if isinstance(node, Call) and node.name == "degree" else node


def _radians(node: Node) -> Node:
    if isinstance(node, Call) and node.name == "degree":
        return Product((node.arguments[0], Symbol("pi"), Number(Fraction(1, 180))))
    return node


def _number(node: Node) -> Fraction | None:
    try:
        return rational(form(_bare(node)))
    except (TooLarge, ZeroDivisionError):
        return None


def _is_zero(node: Node) -> bool:
    try:
        return not form(node).above
    except (TooLarge, ZeroDivisionError):
        return False


def _common_factor(x: Node, y: Node) -> Fraction | None:
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


def _interchangeable(x: str, y: str) -> bool:
    return x.lower() == y.lower() or bool(_CONSTANT_NAME.match(x) and _CONSTANT_NAME.match(y))


def _with_names(node: Node, names: dict[str, str]) -> Node:
    match node:
        case Symbol(name):
            return Symbol(names.get(name, name))
        case Number():
            return node
        case Sum(terms):
            return Sum(tuple(_with_names(term, names) for term in terms))
        case Product(factors):
            return Product(tuple(_with_names(factor, names) for factor in factors))
        case Power(base, exponent):
            return Power(_with_names(base, names), _with_names(exponent, names))
        case Call(name, arguments):
            return Call(name, tuple(_with_names(argument, names) for argument in arguments))


def _label(relation: Relation) -> tuple[str, tuple[str, ...]] | None:
    """``y = …`` and ``f(x) = …``: the name and its arguments."""
    match relation.terms[0]:
        case Symbol(name) if name not in ("pi", "e", "i"):
            return name, ()
        case Product((Symbol(name), Symbol(argument))) if name not in ("pi", "e", "i"):
            return name, (argument,)
        case _:
            return None


def _matching_labels(
    mine: tuple[str, tuple[str, ...]], theirs: tuple[str, tuple[str, ...]]
) -> dict[str, str] | None:
    """How to rename the answer's variables so that both name the same thing, or None."""
    if len(mine[1]) == len(theirs[1]) == 1 and mine[0].lower() == theirs[0].lower():
        return dict(zip(mine[1], theirs[1], strict=True))
    if mine == theirs or (mine[0].lower() == theirs[0].lower() and not (mine[1] or theirs[1])):
        return {}
    one_function = bool(mine[1]) != bool(theirs[1])
    plain = theirs[0] if mine[1] else mine[0]
    function = mine[0] if mine[1] else theirs[0]
    return {} if one_function and plain in ("y", function) else None


def _named(relation: Relation) -> Value | None:
    """What ``x = 5`` says of x."""
    if set(relation.signs) == {"="} and (_label(relation) or len(relation.terms) > 2):
        return relation.terms[-1]
    if set(relation.signs) == {"="} and isinstance(relation.terms[-1], Symbol):
        return relation.terms[0]
    if set(relation.signs) == {"="} and not symbols(relation.terms[-1]):
        # ``|r - s| = 16`` and ``2 + 3 = 5``: what was asked for, and its value.
        return relation.terms[-1]
    return None


def _ratio_parts(value: Value) -> tuple[Node, ...] | None:
    if isinstance(value, Ratio):
        return value.parts
    if isinstance(value, NODES):
        return value, Number(Fraction(1))
    return None


def _numerals(a: Value, r: Value) -> _Found:
    if isinstance(a, Numeral) and isinstance(r, Numeral):
        if a.base != r.base:
            return _differ(f"base {a.base} in the answer, base {r.base} in the reference")
        if a.digits == r.digits:
            return _equal(f"both are {show(r)}")
        return _differ(f"the answer is {show(a)}, the reference {show(r)}")
    numeral, other = (a, r) if isinstance(a, Numeral) else (r, a)
    assert isinstance(numeral, Numeral)
    if numeral.base == 10 and isinstance(other, Number):
        if Fraction(numeral.digits) == other.value:
            return _equal(f"both are {show(other)}")
        return _differ(f"the answer is {show(a)}, the reference {show(r)}")
    return _differ(f"only one of them is written in base {numeral.base}")


def _rows(value: Value) -> tuple[tuple[Node, ...], ...] | None:
    """The entries of a matrix, also where brackets or a tuple write it."""
    if isinstance(value, Matrix):
        return value.rows
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


def _parts(value: Value) -> tuple[Value, ...]:
    if isinstance(value, Union):
        return value.parts
    return value.items if isinstance(value, Several) else (value,)


def _may_be_interval(value: Brackets) -> bool:
    if len(value.items) != 2:
        return False
    low, high = (_number(item) if isinstance(item, NODES) else None for item in value.items)
    return low is None or high is None or low < high


def _distinct(items: Sequence[Value]) -> list[Value]:
    return list(dict.fromkeys(items))
