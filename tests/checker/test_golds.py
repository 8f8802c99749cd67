"""Every reference of the six benchmarks, on the real data: read, and equal to itself alone."""

import random

import pytest

from cft_eval import check, equal
from cft_eval.checker.compare.measured import close
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.values import Number, Text
from cft_eval.testsets import SUITE, Item, errata_of
from cft_eval.testsets.load import load
from tests.testsets.data import needs_data

pytestmark = needs_data


@pytest.fixture
def items(request: pytest.FixtureRequest) -> list[Item]:
    return load(request.param)


ALL = pytest.mark.parametrize("items", SUITE, indirect=True)


@ALL
def test_every_reference_has_a_value(items: list[Item]) -> None:
    listed = {erratum.index for erratum in errata_of(items[0].benchmark)}
    for item in items:
        if item.index in listed:
            continue
        value = next(readings(item.reference))
        # Words alone: names, days, times, directions and kinds of curves.
        assert not isinstance(value, Text) or "\\" not in value.words, item.reference


@ALL
def test_every_reference_is_itself(items: list[Item]) -> None:
    for item in items:
        verdict = check(
            f"Therefore the answer is $\\boxed{{{item.reference}}}$.",
            item.reference,
            benchmark=item.benchmark,
            rules=item.rules,
        )
        assert verdict.correct, (item.reference, verdict)


@ALL
def test_different_numbers_are_different(items: list[Item]) -> None:
    numbers = []
    for item in items:
        value = next(iter(_values(item.reference)), None)
        if isinstance(value, Number):
            numbers.append((value.value, item))
    generator = random.Random(20250129)
    for _ in range(2_000):
        (x, first), (y, second) = generator.choice(numbers), generator.choice(numbers)
        if x == y:
            continue
        if first.benchmark == "minerva_math":
            # Measured references may stand for each other: 1.22 agrees with 1.2 as written.
            value = next(readings(first.reference))
            if close(first.reference, value, second.reference):
                continue
        verdict = equal(first.reference, second.reference, benchmark=second.benchmark)
        assert not verdict.correct, (first.reference, second.reference, verdict)


def _values(reference: str) -> list[object]:
    try:
        return list(readings(reference))
    except ValueError:
        return []


@pytest.mark.parametrize("items", ["minerva_math"], indirect=True)
@pytest.mark.parametrize("constant", ["0.001", "0", "1", "1e-8", "2", "3.14", "10", "0.5"])
def test_no_wrong_constant_passes_for_a_measured_reference(
    items: list[Item], constant: str
) -> None:
    value = next(readings(constant))
    assert isinstance(value, Number)
    for item in items:
        verdict = equal(constant, item.reference, benchmark="minerva_math")
        if verdict.correct:
            reference = next(readings(item.reference))
            assert isinstance(reference, Number), item.reference
            # Only where it is right: within the precision that the reference is written in.
            assert abs(reference.value - value.value) <= abs(reference.value) / 20


@pytest.mark.parametrize("items", ["minerva_math"], indirect=True)
def test_five_percent_off_is_wrong(items: list[Item]) -> None:
    for item in items:
        reference = next(iter(_values(item.reference)), None)
        if isinstance(reference, Number) and reference.value:
            off = f"{float(reference.value) * 1.05:.12g}"
            assert not equal(off, item.reference, benchmark="minerva_math").correct, item.reference
