"""The distributions that the tests need: normal, Student's t, beta, binomial and chi-square.

numpy has no quantiles and scipy weighs 110 MB, so these are written from the formulas; the tests
compare them with scipy.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
_TERMS = 10_000


def normal_cdf(x: float) -> float:
    """P(Z <= x) of the standard normal."""
    return _NORMAL.cdf(x)


def normal_quantile(p: float) -> float:
    """The x with P(Z <= x) = p, for 0 < p < 1."""
    return _NORMAL.inv_cdf(p)


def normal_upper(p: float) -> float:
    """The x with P(Z > x) = p; exact where 1 - p would round to 1."""
    return -_NORMAL.inv_cdf(p)


def beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b).

    By the continued fraction DLMF 8.17.22, evaluated with Lentz's method; the symmetry
    I_x(a, b) = 1 - I_{1-x}(b, a) keeps it where it converges fast.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_cdf(1.0 - x, b, a)
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return math.exp(log_front) / a * _beta_fraction(x, a, b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """1/(1+ d_1/(1+ d_2/(1+ ...))) of DLMF 8.17.22."""
    numerator, denominator = 1.0, 1.0 - (a + b) * x / (a + 1)
    denominator = 1.0 / (denominator or _TINY)
    value = denominator
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for d in (even, odd):
            denominator = 1.0 / ((1.0 + d * denominator) or _TINY)
            numerator = (1.0 + d / numerator) or _TINY
            change = numerator * denominator
            value *= change
        if abs(numerator * denominator - 1.0) < 1e-15:
            break
    return value


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = p, by Newton's steps, halved where one leaves what is known.

    The density is at hand, so some eight steps do what takes bisection fifty: a page prints dozens
    of intervals.
    """
    log_scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    low, high, x = 0.0, 1.0, min(a / (a + b), 1 - 2**-53)
    for _ in range(200):
        error = beta_cdf(x, a, b) - p
        low, high = (x, high) if error < 0 else (low, x)
        density = math.exp(log_scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x))
        middle = (low + high) / 2
        step = error / density if density > 0 else math.inf
        after = x - step if low < x - step < high else middle
        if after in (x, low, high) or abs(after - x) <= 1e-15 * after:
            return after
        x = after
    return x


def t_cdf(x: float, df: float) -> float:
    """P(T <= x) of Student's t with ``df`` degrees of freedom (DLMF 8.17 by the beta function)."""
    tail = 0.5 * beta_cdf(df / (df + x * x), df / 2, 0.5)
    return tail if x < 0 else 1.0 - tail


# A gate asks for few quantiles, again and again; each takes a millisecond or more to solve for.
@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """The x with P(T <= x) = p."""
    if p == 0.5:
        return 0.0
    bound = 1.0
    while t_cdf(-bound, df) > min(p, 1 - p):
        bound *= 2
    return _bisect(lambda x: t_cdf(x, df) - p, -bound, bound)


def t_upper(p: float, df: float) -> float:
    """The x with P(T > x) = p; exact where 1 - p would round to 1."""
    return -t_quantile(p, df)


def chi_square_cdf(x: float, df: float) -> float:
    """P(X <= x), the regularised incomplete gamma function P(df/2, x/2) by its series
    (DLMF 8.11.4)."""
    if x <= 0:
        return 0.0
    a, half = df / 2, x / 2
    term = total = 1.0
    for n in range(1, _TERMS):
        term *= half / (a + n)
        total += term
        if term < 1e-16 * total:
            break
    return min(1.0, math.exp(a * math.log(half) - half - math.lgamma(a + 1)) * total)


def chi_square_quantile(p: float, df: float) -> float:
    """The x with P(X <= x) = p."""
    high = df + 10.0
    while chi_square_cdf(high, df) < p:
        high *= 2
    return _bisect(lambda x: chi_square_cdf(x, df) - p, 0.0, high)


def normal_both_above(z: float, correlation: float) -> float:
    """P(X > z, Y > z) of two standard normals with that correlation (Owen 1956):
    P(X > z)² + 1/2π ∫_0^ρ exp(-z²/(1+r))/√(1-r²) dr, by Simpson's rule."""
    steps = 64
    h = correlation / steps
    total = 0.0
    for i in range(steps + 1):
        r = i * h
        weight = 1 if i in (0, steps) else 4 if i % 2 else 2
        total += weight * math.exp(-z * z / (1 + r)) / math.sqrt(1 - r * r)
    return normal_cdf(-z) ** 2 + total * h / 3 / (2 * math.pi)


def binomial_cdf(k: int, n: int, p: float = 0.5) -> float:
    """P(X <= k) for X ~ Binomial(n, p), as I_{1-p}(n - k, k + 1)."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    return beta_cdf(1.0 - p, n - k, k + 1)


def binomial_pmf(k: int, n: int, p: float = 0.5) -> float:
    """P(X = k) for X ~ Binomial(n, p), 0 < p < 1."""
    if not 0 <= k <= n:
        return 0.0
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log + k * math.log(p) + (n - k) * math.log1p(-p))


def _bisect(f: Callable[[float], float], low: float, high: float) -> float:
    """The root of an increasing ``f`` between ``low`` and ``high``."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if f(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
