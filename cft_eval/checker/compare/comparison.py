"""Values compared shape by shape; single expressions are left to `prove`.

Each rule says why: the element that is missing, the end that is open, the entry that differs.
"""

import itertools
from collections.abc import Sequence
from fractions import Fraction

from cft_eval.checker.compare.constants import interchangeable, is_free_constant, stands_for
from cft_eval.checker.compare.families import same_families
from cft_eval.checker.compare.pieces import (
    agrees_in_full,
    are_named,
    bare,
    counted_in_percent,
    distinct,
    entries,
    is_list_in_brackets,
    is_long_decimal,
    is_tuple_without_brackets,
    is_zero,
    known_words,
    may_be_natural,
    number_of,
    parts,
    progression,
    ratio_parts,
    rows,
    with_natural_log,
    written_decimal,
)
from cft_eval.checker.compare.quantities import quantities
from cft_eval.checker.compare.relations import Relations
from cft_eval.checker.compare.renaming import radians, with_names
from cft_eval.checker.compare.shared import ComparisonResult, differ, equal, numerals, texts, unlike
from cft_eval.checker.compare.show import show
from cft_eval.checker.prove.numeric import value_of
from cft_eval.checker.prove.prove import Truth, prove
from cft_eval.checker.read.ranges import merged
from cft_eval.checker.types.binding import NoDerivative, derivative
from cft_eval.checker.types.rules import Rules
from cft_eval.checker.types.values import (
    INFINITY,
    NODES,
    Brackets,
    Call,
    Cases,
    Choice,
    Matrix,
    Node,
    Number,
    Numeral,
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
    Within,
    symbols,
)


class ValueComparison:
    """The rules and the depth, for every comparison inside one."""

    def __init__(
        self, rules: Rules, deep: bool, *, member: bool = False, listed: bool = False
    ) -> None:
        self._rules = rules
        self._deep = deep
        self._member = member
        """What is compared is a member of a tuple or a set."""
        self._listed = listed or member
        """It stands beside others: what was counted tells them apart."""

    def values(self, a: Value, r: Value) -> ComparisonResult:
        """``a`` is the answer's, ``r`` the reference's."""
        if a == r:
            return equal(f"both are {show(r)}")
        a, r = known_words(a), known_words(r)
        if isinstance(a, Choice) or isinstance(r, Choice):
            return self._choices(a, r)
        if isinstance(a, Quantity) or isinstance(r, Quantity):
            return quantities(a, r, self, self._rules, listed=self._listed)
        if isinstance(a, Text) or isinstance(r, Text):
            return texts(a, r)
        if isinstance(a, Within) or isinstance(r, Within):
            return self._within(a, r)
        if isinstance(a, Cases) or isinstance(r, Cases):
            return self._cases(a, r)
        if isinstance(a, Numeral) or isinstance(r, Numeral):
            return numerals(a, r)
        if isinstance(a, Relation) or isinstance(r, Relation):
            return Relations(self).compare(a, r)
        if isinstance(a, Ratio) or isinstance(r, Ratio):
            return self._ratios(a, r)
        if isinstance(a, NODES) and isinstance(r, NODES):
            return self._nodes(a, r)
        vectors = isinstance(a, NODES) != isinstance(r, NODES) and Brackets in (type(a), type(r))
        if isinstance(a, Matrix) or isinstance(r, Matrix) or vectors:
            return self._matrices(a, r)
        return self._collections(a, r)

    def _collections(self, a: Value, r: Value) -> ComparisonResult:
        if (same := same_families(parts(a), parts(r))) is not None:
            return _of_families(same)
        if (first := progression(entries(a))) and (second := progression(entries(r))):
            return self.in_order(first, second)
        if isinstance(a, Union) or isinstance(r, Union):
            return self._unordered(merged(parts(a)), merged(parts(r)), sets=True)
        if isinstance(a, Brackets) and isinstance(r, Brackets):
            return self._brackets(a, r)
        if isinstance(a, Several) and isinstance(r, Several):
            named = are_named(a.items) != are_named(r.items)
            if self._rules.ordered or a.in_order or r.in_order or (named and not self._rules.loose):
                return self.in_order(a.items, r.items)
            return self._unordered(a.items, r.items, sets=a.is_set or r.is_set)
        if is_list_in_brackets(a, r) or is_tuple_without_brackets(a, r):
            return self.in_order(entries(a), entries(r))
        # The member of a set may be a set of one: {1, {2}} is not {1, 2}.
        nested = self._member and not self._rules.loose
        if isinstance(a, Several) and not (nested and a.is_set) and _is_one(a):
            return self.values(a.items[0], r)
        if isinstance(r, Several) and not (nested and r.is_set) and _is_one(r):
            return self.values(a, r.items[0])
        if isinstance(r, Several) and isinstance(a, NODES):
            return differ(f"one answer, and the reference has {len(r.items)}")
        if isinstance(a, Several) and isinstance(r, NODES):
            return differ(f"{len(a.items)} answers, and the reference has one")
        return unlike(a, r)

    # ── single expressions ────────────────────────────────────────────────────────────────────

    def _nodes(self, a: Node, r: Node) -> ComparisonResult:
        for x, y in ((a, r), (r, a)):
            if isinstance(x, Call) and x.name == "residue":
                result = self._residues(x, y)
                said = f"the answer is {show(a)}, the reference {show(r)}"
                return differ(said) if result.truth is Truth.DIFFERENT else result
            if (inside := counted_in_percent(x)) is not None:
                return self._percent(inside, y)
        if (same := same_families((a,), (r,))) is not None:
            return _of_families(same)
        if (integral := self._integral(a, r) or self._integral(r, a)) is not None:
            return integral
        close = self._close(a, r)
        if close is not None:
            return close
        degrees = isinstance(a, Call) and a.name == "degree"
        if degrees != (isinstance(r, Call) and r.name == "degree"):
            plain = self.proved(bare(a), bare(r))
            if plain.truth is Truth.EQUAL:
                return plain
            return self.proved(radians(a), radians(r))
        result = self.proved(bare(a), bare(r))
        if result.truth is not Truth.EQUAL and may_be_natural(a, r):
            natural = self.proved(with_natural_log(bare(a)), with_natural_log(bare(r)))
            if natural.truth is Truth.EQUAL:
                return natural
        if result.truth is not Truth.EQUAL and self._agrees_in_full(bare(a), bare(r)):
            return equal(f"agrees with {show(r)} in all its digits")
        if result.truth is Truth.DIFFERENT:
            return self._renamed(a, r) or result
        return result

    def _integral(self, integral: Node, other: Node) -> ComparisonResult | None:
        """An integral without limits, against an antiderivative with its free constant."""
        if not isinstance(integral, Call) or integral.name != "antiderivative":
            return None
        letter, inside = integral.arguments
        terms = other.terms if isinstance(other, Sum) else (other,)
        rest = tuple(term for term in terms if not is_free_constant(term))
        if not isinstance(letter, Symbol) or not rest or len(terms) - len(rest) != 1:
            return None
        try:
            slope = derivative(Sum(rest), letter.name)
        except NoDerivative:
            return None
        truth = self.proved(slope, inside).truth
        if truth is Truth.OPEN:
            return None
        said = f"the derivative of {show(other)} is"
        if truth is Truth.EQUAL:
            return equal(f"{said} {show(inside)}")
        return differ(f"{said} not {show(inside)}")

    def _agrees_in_full(self, a: Node, r: Node) -> bool:
        """Is one of them the other, as a computer prints it?"""
        for x, y in ((written_decimal(a), r), (written_decimal(r), a)):
            if x is not None and is_long_decimal(x) and not symbols(y):
                exact = value_of(y, digits=40)
                if exact is not None and agrees_in_full(x, exact):
                    return True
        return False

    def _residues(self, a: Call, r: Node) -> ComparisonResult:
        """7 mod 12 and 19 mod 12 are one class; 7 by itself is its least member."""
        value, modulus = (number_of(argument) for argument in a.arguments)
        if not (isinstance(r, Call) and r.name == "residue"):
            least = number_of(r)
            if value is None or not modulus or least is None or not 0 <= least < modulus:
                return differ("only one of them is a class of numbers")
            same = (value - least) % modulus == 0
            return equal(f"both are {show(r)}") if same else differ("another remainder")
        result = self.proved(a.arguments[1], r.arguments[1])
        if result.truth is not Truth.EQUAL:
            return result
        other = number_of(r.arguments[0])
        if value is None or other is None or not modulus:
            return self.proved(a.arguments[0], r.arguments[0])
        if (value - other) % modulus == 0:
            return equal(f"both are {show(r)}")
        return differ(f"the answer is {show(a)}, the reference {show(r)}")

    def _percent(self, inside: Node, other: Node) -> ComparisonResult:
        """15% is 15% and 0.15, and 15 where the reference counts percent."""
        if (others := counted_in_percent(other)) is not None:
            return self.proved(inside, others)
        if isinstance(other, Call) and other.name == "degree":
            return differ("one is in percent, the other in degrees")
        as_share = self.proved(Product((inside, Number(Fraction(1, 100)))), other)
        if as_share.truth is Truth.EQUAL:
            return as_share
        # A count of percent, as in "how many percent": 15, but not one half.
        count = number_of(other)
        counts = self._rules.loose or (count is not None and abs(count) >= 1)
        as_count = self.proved(inside, other)
        return as_count if counts or as_count.truth is not Truth.EQUAL else as_share

    def proved(self, a: Node, r: Node) -> ComparisonResult:
        proof = prove(a, r, deep=self._deep, positive=self._rules.positive)
        if proof.truth is Truth.EQUAL:
            return equal(
                f"both are {show(r)}"
                if proof.by.startswith("the same") or proof.by == "exact arithmetic"
                else f"both are {show(r)}, by {proof.by}"
            )
        if proof.truth is Truth.DIFFERENT:
            return differ(f"the answer is {show(a)}, the reference {show(r)}")
        return ComparisonResult(
            Truth.OPEN, f"whether {show(a)} is {show(r)} was not decided: {proof.by or UNPROVED}"
        )

    def _close(self, a: Node, r: Node) -> ComparisonResult | None:
        """The tolerance that the benchmark defines, where it defines one."""
        if self._rules.tolerance is not None:
            x, y = number_of(a), number_of(r)
            if x is not None and y is not None:
                near = abs(x - y) <= Fraction(self._rules.tolerance)
                said = f"within {self._rules.tolerance} of {show(r)}"
                return equal(said) if near else differ(f"not {said}: {show(a)}")
        return None

    def _renamed(self, a: Node, r: Node) -> ComparisonResult | None:
        """The same expression with a constant of integration under another name, or the letter of
        a choice in another case."""
        mine, theirs = symbols(a) - symbols(r), symbols(r) - symbols(a)
        if not mine or len(mine) != len(theirs) or len(mine) > 3:
            return None
        for order in itertools.permutations(sorted(mine)):
            pairs = dict(zip(order, sorted(theirs), strict=True))
            if all(self._may_rename(x, y, r) for x, y in pairs.items()):
                result = self.proved(bare(with_names(a, pairs)), bare(r))
                if result.truth is Truth.EQUAL:
                    return result
        return None

    def _may_rename(self, name: str, wanted: str, reference: Node) -> bool:
        if self._rules.loose:
            return interchangeable(name, wanted)
        return stands_for(name, wanted, reference, member=self._member)

    # ── relations, choices, cases ─────────────────────────────────────────────────────────────

    def _choices(self, a: Value, r: Value) -> ComparisonResult:
        if isinstance(a, Choice) and isinstance(r, Choice):
            if a.letter != r.letter:
                return differ(f"choice {show(a.letter)} in the answer, {show(r.letter)} is right")
            return self.values(a.value, r.value)
        choice, other = (a, r) if isinstance(a, Choice) else (r, a)
        assert isinstance(choice, Choice)
        inside = choice.letter if isinstance(other, Symbol) else choice.value
        return self.values(inside, other) if choice is a else self.values(other, inside)

    def _cases(self, a: Value, r: Value) -> ComparisonResult:
        """Every case of the one has one of the other, whatever their order."""
        if not (isinstance(a, Cases) and isinstance(r, Cases)):
            return unlike(a, r)
        if len(a.branches) != len(r.branches):
            return differ(f"{len(a.branches)} cases, and the reference has {len(r.branches)}")
        if any(case.condition == REST for case in a.branches):
            a, r = r, a  # what is said of the rest is compared last
        left = list(a.branches)
        for theirs in sorted(r.branches, key=lambda case: case.condition == REST):
            last = len(left) == 1 and theirs.condition == REST
            same = (x for x in left if self._is_same(x.condition, theirs.condition))
            mine = left[0] if last else next(same, None)
            if mine is None:
                return differ(f"no case where {show(theirs.condition)}")
            result = self.values(mine.value, theirs.value)
            if result.truth is not Truth.EQUAL:
                return result
            left.remove(mine)
        return equal("the same cases")

    def _is_same(self, x: Value, y: Value) -> bool:
        return self.values(x, y).truth is Truth.EQUAL

    def _within(self, a: Value, r: Value) -> ComparisonResult:
        """Sets of whole or rational numbers are none of real ones."""
        if not (isinstance(a, Within) and isinstance(r, Within)):
            return differ("only one of them is about all real numbers")
        if a.numbers != r.numbers:
            return differ(f"numbers of {a.numbers} in the answer, of {r.numbers} in the reference")
        return self.values(a.value, r.value)

    # ── ratios ────────────────────────────────────────────────────────────────────────────────

    def _ratios(self, a: Value, r: Value) -> ComparisonResult:
        """``1:2`` is ``2:4``, but a time is no other time, and 0 to 5 is not 0 to 7."""
        x, y = (ratio_parts(value) for value in (a, r))
        if x is None or y is None or len(x) != len(y):
            return unlike(a, r)
        if INFINITY in (*x, *y) and x != y:
            return differ("the ratios differ")
        if not self._rules.loose:
            if isinstance(a, Ratio) and isinstance(r, Ratio) and a.may_be_time and r.may_be_time:
                return self.in_order(x, y)
            zeros = [i for i, part in enumerate(x) if is_zero(part)]
            if zeros != [i for i, part in enumerate(y) if is_zero(part)]:
                return differ("the ratios differ")
            # Every product with a 0 is 0, so it says nothing of the other parts.
            x, y = (tuple(p for i, p in enumerate(v) if i not in zeros) for v in (x, y))
            if len(x) < 2:
                return self.in_order(x, y)
        for i in range(1, len(x)):
            result = self.proved(Product((x[0], y[i])), Product((x[i], y[0])))
            if result.truth is not Truth.EQUAL:
                return differ("the ratios differ") if result.truth is Truth.DIFFERENT else result
        return equal("the same ratio")

    # ── collections ───────────────────────────────────────────────────────────────────────────

    def _matrices(self, a: Value, r: Value) -> ComparisonResult:
        x, y = rows(a), rows(r)
        if not (x and x[0] and y and y[0]):  # neither lists nor tables, or empty
            return unlike(a, r)
        vectors = not (isinstance(a, Matrix) and isinstance(r, Matrix))
        if vectors and 1 in (len(x), len(x[0])) and 1 in (len(y), len(y[0])):
            x, y = (tuple((cell,) for row in rows for cell in row) for rows in (x, y))
        if len(x) != len(y) or len(x[0]) != len(y[0]):
            return differ(f"{len(x)}x{len(x[0])} entries against {len(y)}x{len(y[0])}")
        return self.in_order([c for row in x for c in row], [c for row in y for c in row])

    def _brackets(self, a: Brackets, r: Brackets) -> ComparisonResult:
        if len(a.items) != len(r.items):
            return differ(f"{len(a.items)} entries, and the reference has {len(r.items)}")
        inner = self.in_order(a.items, r.items)
        if inner.truth is Truth.DIFFERENT:
            return inner
        if a.about.lower() != r.about.lower() and a.about and r.about:
            return differ(f"the answer is about {a.about}, the reference about {r.about}")
        for side, mine, theirs in (("start", a.opening, r.opening), ("end", a.closing, r.closing)):
            if mine != theirs:
                words = {"(": "open", ")": "open", "[": "closed", "]": "closed"}
                return differ(
                    f"{words[mine]} at the {side} in the answer, {words[theirs]} in the reference"
                )
        return inner

    def in_order(self, a: Sequence[Value], r: Sequence[Value]) -> ComparisonResult:
        if len(a) != len(r):
            return differ(f"{len(a)} entries, and the reference has {len(r)}")
        members = ValueComparison(self._rules, self._deep, member=True)
        unsure: ComparisonResult | None = None
        for position, (x, y) in enumerate(zip(a, r, strict=True), start=1):
            result = members.values(x, y)
            if result.truth is Truth.DIFFERENT:
                return differ(f"entry {position}: {result.reason}")
            unsure = result if result.truth is Truth.OPEN else unsure
        return unsure or members.as_one(list(zip(a, r, strict=True)), "all entries are equal")

    def as_one(self, pairs: Sequence[tuple[Value, Value]], said: str) -> ComparisonResult:
        """Equal in pairs: ``20\\%`` is 20 or 0.2, but one of them in all entries of a list."""
        ways = {"share", "count"}
        for x, y in pairs:
            if not (isinstance(x, NODES) and isinstance(y, NODES)):
                continue
            mine, theirs = counted_in_percent(x), counted_in_percent(y)
            if (mine is None) == (theirs is None):
                continue
            inside, other = (theirs, x) if mine is None else (mine, y)
            assert inside is not None
            if not is_zero(other):
                same = self.proved(inside, other).truth is Truth.EQUAL
                ways &= {"count" if same else "share"}
        if not ways and not self._rules.loose:
            return differ("percent is a hundredth in one entry and dropped in another")
        return equal(said)

    def _unordered(self, a: Sequence[Value], r: Sequence[Value], *, sets: bool) -> ComparisonResult:
        """A pairing of equal items; in a set the number of times an item stands there does not
        count, in a list of answers (a double root, two equal constants) it does."""
        if sets:
            a, r = distinct(a), distinct(r)
        members = ValueComparison(self._rules, self._deep, member=self._member or sets, listed=True)
        left = list(a)
        pairs: list[tuple[Value, Value]] = []
        unsure: ComparisonResult | None = None
        for item in r:
            results = [(candidate, members.values(candidate, item)) for candidate in left]
            match = next((c for c, result in results if result.truth is Truth.EQUAL), None)
            if match is None:
                open_one = next((p for p in results if p[1].truth is Truth.OPEN), None)
                if open_one is None:
                    return differ(f"missing the element {show(item)}")
                match, unsure = open_one
            left.remove(match)
            pairs.append((match, item))
        if left:
            return differ(f"the element {show(left[0])} is not in the reference")
        return unsure or members.as_one(pairs, "the same elements")


def _of_families(same: bool) -> ComparisonResult:
    return equal("the same general solution") if same else differ("other general solutions")


UNPROVED = "it was proved neither equal nor different"

REST = Text("otherwise")


def _is_one(several: Several) -> bool:
    """Is its one member meant? Not where the member is a set itself: {{1}} is not 1."""
    if several.is_set and any(isinstance(item, Several) for item in several.items):
        return False
    return len(distinct(several.items) if several.is_set else several.items) == 1
