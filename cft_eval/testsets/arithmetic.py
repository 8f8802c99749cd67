r"""Sums and differences of two-digit numbers without a carry: a benchmark that a model of half a
million parameters learns in a minute, with training problems that share no pair of numbers with it.

Everything is computed here, the same on every machine and every day.
"""

import hashlib
import random
from collections.abc import Iterator
from typing import Literal, NamedTuple

SMALLEST, LARGEST = 10, 99
TEST_SIZE = 200
TEST_SHARE = 10
"""One pair of numbers in so many is kept from training."""

Split = Literal["train", "test"]


class ArithmeticProblem(NamedTuple):
    """One question, its answer, and a response that a model can be trained on."""

    problem: str
    answer: str
    response: str


def problems(split: Split) -> list[ArithmeticProblem]:
    r"""The problems of one half, shuffled once for all.

    >>> problems("test")[0].response
    '94 - 31 = 63. The answer is \\boxed{63}.'
    """
    problems = [problem for low, high in _pairs(split) for problem in _of_pair(low, high)]
    random.Random(20250129).shuffle(problems)
    return problems[:TEST_SIZE] if split == "test" else problems


def _pairs(split: Split) -> Iterator[tuple[int, int]]:
    """Pairs of numbers, the smaller one first: an order of its own would leak 45 + 37."""
    for low in range(SMALLEST, LARGEST + 1):
        for high in range(low, LARGEST + 1):
            digest = hashlib.sha256(f"{low},{high}".encode()).digest()
            if (digest[0] % TEST_SHARE == 0) == (split == "test"):
                yield low, high


def _of_pair(low: int, high: int) -> Iterator[ArithmeticProblem]:
    """What can be worked out digit by digit: with a carry, a small model needs many minutes."""
    (tens, ones), (more_tens, more_ones) = divmod(low, 10), divmod(high, 10)
    if tens + more_tens < 10 and ones + more_ones < 10:
        yield _problem(f"{low} + {high}", low + high)
        if low != high:
            yield _problem(f"{high} + {low}", low + high)
    if tens < more_tens and ones <= more_ones:
        yield _problem(f"{high} - {low}", high - low)


def _problem(sum_: str, value: int) -> ArithmeticProblem:
    return ArithmeticProblem(
        problem=f"What is {sum_}?",
        answer=str(value),
        response=rf"{sum_} = {value}. The answer is \boxed{{{value}}}.",
    )
