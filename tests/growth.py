"""How cost grows, by processor time, so that a busy or slow machine changes nothing.

No test holds an absolute time: costs are compared with each other, measured in the same process.
"""

from collections.abc import Callable
from functools import cache
from math import inf
from time import process_time

NOISE_SECONDS = 0.02
"""What a clock tick or a garbage collection adds at most."""


def cpu(run: Callable[[], object], *, enough: float = 0.0) -> float:
    """Seconds of this process to run something: the least of three, or the first below ``enough``.

    Noise only adds to it.
    """
    least = inf
    for _ in range(3):
        start = process_time()
        run()
        least = min(least, process_time() - start)
        if least < enough:
            break
    return least


def assert_linear(run: Callable[[str], object], text: str) -> None:
    """Four times the text costs some four times the computing, not sixteen times."""
    short = cpu(lambda: run(text))
    most = 8 * short + NOISE_SECONDS
    long = cpu(lambda: run(text * 4), enough=most)
    assert long < most, (short, long)


@cache
def second() -> float:
    """Seconds that this machine takes for what a core of 2024 computes in about one."""
    return 8 * cpu(lambda: sum(n * n for n in range(2_000_000)))
