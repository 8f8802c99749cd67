"""Numbers with units: converted where both units measure the same, different where they do not."""

from cft_eval.checker.compare.pieces import loose
from cft_eval.checker.compare.relations import Comparing
from cft_eval.checker.compare.renaming import radians
from cft_eval.checker.compare.shared import ComparisonResult, differ
from cft_eval.checker.compare.show import show
from cft_eval.checker.prove.prove import Truth
from cft_eval.checker.read.units import NO_UNIT, Unit, meanings, unit_of
from cft_eval.checker.types.rules import Rules
from cft_eval.checker.types.values import NODES, Call, Node, Number, Product, Quantity, Sum, Value

_RADIANS = (unit_of("rad") or NO_UNIT).dimension
_UNKNOWN_ONCE = frozenset("MGTPVACFB")
"""Policies that keep their verdicts know these units by their small letters."""


def quantities(
    a: Value, r: Value, comparison: Comparing, rules: Rules, *, listed: bool
) -> ComparisonResult:
    """``listed``: they stand beside others, where a noun tells one from another."""
    x, first = (a.value, a.unit) if isinstance(a, Quantity) else (a, "")
    y, second = (r.value, r.unit) if isinstance(r, Quantity) else (r, "")
    units = _same_dimension(meanings(first), meanings(second))
    if units == () and not (rules.loose and (first in _UNKNOWN_ONCE or second in _UNKNOWN_ONCE)):
        return differ(f"the answer is in {first.strip()}, the reference in {second.strip()}")
    mine, theirs = units or (unit_of(first), unit_of(second))
    convertible = mine and theirs and mine != theirs and mine.dimension == theirs.dimension
    if convertible and isinstance(x, NODES) and isinstance(y, NODES) and mine and theirs:
        result = comparison.values(_converted(x, mine, theirs), y)
        if result.truth is Truth.DIFFERENT:
            return differ(f"the answer is {show(a)}, the reference {show(r)}")
        return result
    if listed and not (mine or theirs) and _other_nouns(first, second):
        return differ(f"{first.strip()} in the answer, {second.strip()} in the reference")
    if (theirs or mine or NO_UNIT).dimension == _RADIANS:
        x, y = (radians(v) if isinstance(v, NODES) else v for v in (x, y))
    shares = [isinstance(v, Call) and v.name == "percent" for v in (x, y)]
    if any(shares) and not all(shares) and (mine or theirs):
        return differ("one is in percent, the other has a unit")
    return comparison.values(x, y)


def _other_nouns(first: str, second: str) -> bool:
    """``3 apples`` and ``3 oranges`` beside one another in a list: none of their words is one."""
    words = [{loose(word) for word in text.lower().split()} for text in (first, second)]
    return all(words) and not words[0] & words[1]


def _same_dimension(mine: list[Unit], theirs: list[Unit]) -> tuple[()] | tuple[Unit, Unit] | None:
    """The two meanings that measure the same; () where none do, None where one is not known."""
    if not mine or not theirs:
        return None
    pairs = [(x, y) for x in mine for y in theirs if x.dimension == y.dimension]
    return pairs[0] if pairs else ()


def _converted(node: Node, mine: Unit, theirs: Unit) -> Node:
    scaled = Product((node, Number(mine.factor / theirs.factor)))
    shift = (mine.offset - theirs.offset) / theirs.factor
    return Sum((scaled, Number(shift))) if shift else scaled
