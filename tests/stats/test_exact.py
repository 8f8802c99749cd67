"""Exact tests of "did it fall?": against every flip and every deal, and by their size."""

import itertools
import math

import numpy as np
import pytest

from cft_eval.stats import Floats, exchange, mcnemar_drop, sign_flip

ALPHA = 0.05


def flipped(differences: Floats) -> float:
    """The definition: all 2^n signs."""
    sums = [
        np.dot(signs, np.abs(differences))
        for signs in itertools.product((1, -1), repeat=differences.size)
    ]
    return float(np.mean(np.array(sums) <= differences.sum() + 1e-9))


@pytest.mark.parametrize("seed", range(8))
def test_sign_flip_is_the_share_of_all_flips(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for unit in (1.0, 1 / 8, 1 / (61 * 30)):
        differences: Floats = generator.integers(-8, 9, 11).astype(np.float64) * unit
        assert sign_flip(differences) == pytest.approx(flipped(differences), abs=1e-12)


def test_sign_flip_takes_unlike_weights() -> None:
    weights = np.repeat([1 / (2 * 3), 1 / (2 * 8)], [3, 8])
    differences = np.array([-1, -0.5, 0.25, 1, -1, -1, 0.125, -0.5, 0, -0.25, 1]) * weights
    assert sign_flip(differences) == pytest.approx(flipped(differences), abs=1e-12)


@pytest.mark.parametrize(("gains", "losses"), [(0, 0), (3, 9), (9, 3), (0, 30), (120, 150)])
def test_with_one_response_it_is_mcnemars_test(gains: int, losses: int) -> None:
    differences = np.array([1.0] * gains + [-1.0] * losses + [0.0] * 5)
    assert sign_flip(differences) == pytest.approx(mcnemar_drop(gains, losses), abs=1e-11)


def test_what_cannot_have_fallen_has_p_1() -> None:
    assert sign_flip(np.zeros(30)) == 1.0
    assert sign_flip(np.full(30, 0.1)) == 1.0


def test_exchange_is_the_share_of_all_deals() -> None:
    rights = np.array([3.0, 1, 5, 0]), np.array([2.0, 2, 3, 1])
    repeats, weights = (np.full(4, 8.0), np.full(4, 4.0)), np.array([0.25, 0.25, 0.4, 0.1])
    observed = (weights * (rights[1] / 4 - rights[0] / 8)).sum()
    deals = []
    for total in (rights[0] + rights[1]).astype(int):
        whole = math.comb(12, total)
        deals.append(
            [
                (total, a, math.comb(8, a) * math.comb(4, total - a) / whole)
                for a in range(9)
                if 0 <= total - a <= 4
            ]
        )
    p = 0.0
    for deal in itertools.product(*deals):
        change = sum(
            w * ((total - a) / 4 - a / 8) for w, (total, a, _) in zip(weights, deal, strict=True)
        )
        p += math.prod(chance for *_, chance in deal) * (change <= observed + 1e-9)
    assert exchange(rights, repeats, weights) == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize(("n", "k", "m"), [(30, 8, 61), (272, 1, 8), (300, 8, 8), (1000, 1, 8)])
@pytest.mark.parametrize("drop", [0.0, 0.02, 0.05])
def test_the_saddlepoint_is_near_the_whole_distribution(
    n: int, k: int, m: int, drop: float
) -> None:
    generator = np.random.default_rng([n, k, m])
    chances = generator.beta(0.9, 0.6, n)
    a: Floats = generator.binomial(k, chances).astype(np.float64)
    b: Floats = generator.binomial(m, np.clip(chances - drop, 0, 1)).astype(np.float64)
    repeats, weights = (np.full(n, float(k)), np.full(n, float(m))), np.full(n, 1 / n)
    whole = exchange((a, b), repeats, weights, work=math.inf)
    assert exchange((a, b), repeats, weights, work=0) == pytest.approx(whole, rel=0.02, abs=1e-9)
    differences = weights * (b / m - a / k)
    whole = sign_flip(differences, work=math.inf)
    assert sign_flip(differences, work=0) == pytest.approx(whole, rel=0.06, abs=1e-9)


def nulls(n: int, generator: np.random.Generator) -> dict[str, tuple[Floats, Floats]]:
    """Chances before and after whose mean is the same: problem by problem, or on average alone."""
    beta = generator.beta(0.9, 0.9, n)
    half = np.full(n, 0.5)
    swapped = half + np.where(np.arange(n) % 2, 0.3, -0.3)
    one = np.zeros(n)
    one[0] = 1.0
    rest = np.full(n, 1 / (n - 1))
    rest[0] = 0.0
    return {
        "no problem changed": (beta, beta),
        "all nearly always right": (np.full(n, 0.95), np.full(n, 0.95)),
        "half up, half down": (half, swapped),
        "one lost, the others gained": (one, rest),
        "one gained, the others lost": (rest, one),
    }


@pytest.mark.slow
@pytest.mark.parametrize("repeats", [(8, 8), (61, 61), (1, 8), (8, 1)])
@pytest.mark.parametrize("n", [30, 40, 272])
def test_size(n: int, repeats: tuple[int, int]) -> None:
    """False alarms of the gate's rule: with unlike repeats both tests must agree."""
    generator, trials = np.random.default_rng([n, *repeats]), 500
    k, m = repeats
    for name, (before, after) in nulls(n, generator).items():
        alarms = 0
        for _ in range(trials):
            a: Floats = generator.binomial(k, before).astype(np.float64)
            b: Floats = generator.binomial(m, after).astype(np.float64)
            p = sign_flip((b / m - a / k) / n)
            if k != m and p < ALPHA:
                whole = np.full(n, float(k)), np.full(n, float(m))
                p = max(p, exchange((a, b), whole, np.full(n, 1 / n)))
            alarms += p < ALPHA
        bound = ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / trials)
        assert alarms / trials <= bound, name
