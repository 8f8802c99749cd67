"""Functions of numbers that mpmath lacks, or has with another domain.

Each takes mpmath's context first. Knows no expressions; raises `NoValue`.
"""

import math
from typing import Any

LARGEST_EXPONENT = 10**5
LARGEST_BASE = 33_219
"""In bits, as `mp.mag` gives them without a comparison of long integers: some 10,000 digits."""
LARGEST_INDEX = 1_000


class NoValue(ValueError):
    """The expression has no value here, or none within the limits."""


def power(mp: Any, base: Any, exponent: Any) -> Any:
    if abs(exponent) > LARGEST_EXPONENT or mp.mag(base) > LARGEST_BASE:
        raise NoValue("a power out of range")
    if base == 0:
        if mp.re(exponent) <= 0:
            raise NoValue("0 to a power that is not positive")
        return mp.mpf(0)
    return mp.power(base, exponent)


def real_root(mp: Any, base: Any, index: Any) -> Any:
    whole = mp.isint(index) and 0 < abs(index) < LARGEST_INDEX
    if whole and int(index) % 2 and mp.im(base) == 0 and mp.re(base) < 0:
        return -mp.power(-base, 1 / index)
    if index == 0:
        raise NoValue("root 0")
    return power(mp, base, 1 / index)


def natural_logarithm(mp: Any, x: Any) -> Any:
    if x == 0:
        raise NoValue("ln 0")
    return mp.log(x)


def logarithm(mp: Any, x: Any, base: Any = 10) -> Any:
    return natural_logarithm(mp, x) / mp.log(base)


def degrees(_: Any, x: Any) -> Any:
    return x


def percent(_: Any, x: Any) -> Any:
    return x / 100


def absolute(_: Any, x: Any) -> Any:
    return abs(x)


def floor(mp: Any, x: Any) -> Any:
    return mp.floor(mp.re(x))


def ceiling(mp: Any, x: Any) -> Any:
    return mp.ceil(mp.re(x))


def largest(mp: Any, *values: Any) -> Any:
    return max(map(mp.re, values))


def smallest(mp: Any, *values: Any) -> Any:
    return min(map(mp.re, values))


# Smooth stand-ins with their symmetries take the place of the unit step and the impulse: their own
# values, 0 nearly everywhere, would show no difference. Products of steps are compared as written.


def smooth_step(_: Any, x: Any) -> Any:
    return (1 + x / (1 + abs(x))) / 2


def smooth_impulse(_: Any, x: Any) -> Any:
    return 1 / (1 + x**2)


def factorial(mp: Any, n: Any) -> Any:
    return mp.factorial(_not_negative(mp, n))


def double_factorial(mp: Any, n: Any) -> Any:
    return mp.fac2(_not_negative(mp, n))


def _not_negative(mp: Any, n: Any) -> Any:
    _check_size(n)
    if mp.isint(n) and mp.re(n) < 0:
        raise NoValue("the factorial of a negative number")
    return n


def binomial(mp: Any, n: Any, k: Any) -> Any:
    _check_size(n, k)
    return mp.binomial(n, k)


def remainder(mp: Any, a: Any, b: Any) -> Any:
    a, b = _whole(mp, a, b)
    if not b:
        raise NoValue("a remainder of a division by 0")
    return mp.mpf(a % b)


def common_divisor(mp: Any, *values: Any) -> Any:
    return mp.mpf(math.gcd(*_whole(mp, *values)))


def common_multiple(mp: Any, *values: Any) -> Any:
    return mp.mpf(math.lcm(*_whole(mp, *values)))


def _whole(mp: Any, *values: Any) -> list[int]:
    _check_size(*values)
    if not all(mp.isint(value) for value in values):
        raise NoValue("a number that is not whole")
    return [int(mp.re(value)) for value in values]


def _check_size(*values: Any) -> None:
    if any(abs(value) > 10**6 for value in values):
        raise NoValue("a number out of range")
