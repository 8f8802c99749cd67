"""How cost grows, by processor time, so that a busy or slow machine changes nothing.

No test holds an absolute time: costs are compared with each other, measured in the same process.
"""

from collections.abc import Callable
from functools import cache
from time import process_time

NOISE_SECONDS = 0.02
"""What a clock tick or a garbage collection adds at most."""


def cpu(run: Callable[[], object]) -> float:
    """Seconds of this process to run something, the least of three."""
    spent = []
    for _ in range(3):
        start = process_time()
        run()
        spent.append(process_time() - start)
    return min(spent)


def assert_linear(run: Callable[[str], object], text: str) -> None:
    """Four times the text costs some four times the computing, not sixteen times."""
    short, long = cpu(lambda: run(text)), cpu(lambda: run(text * 4))
    assert long < 8 * short + NOISE_SECONDS, (short, long)


@cache
def second() -> float:
    """Seconds that this machine takes for what a core of 2024 computes in about one."""
    return cpu(lambda: sum(n * n for n in range(16_000_000)))
