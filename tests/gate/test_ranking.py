import time

import numpy as np
import pytest

from cft_eval.gate import rank
from cft_eval.results import InvalidData
from tests.runs import boiled


def test_ranks_leave_open_what_is_not_shown() -> None:
    runs = [
        boiled({"cft_math": [1, 1, 0] * 200}, model="good"),
        boiled({"cft_math": [1, 0, 0] * 200}, model="poor"),
        boiled({"cft_math": [1, 1, 0] * 199 + [1, 0, 1]}, model="good too"),
    ]
    ranking = rank(runs)
    assert ranking.runs == ("good", "good too", "poor")
    assert ranking.ranks == ((1, 2), (1, 2), (3, 3))
    assert ranking.change[0][2] == pytest.approx(1 / 3)
    assert ranking.p[0][1] == 1.0


def test_only_the_same_problems_are_ranked() -> None:
    with pytest.raises(InvalidData, match="only runs over the same problems"):
        rank([boiled({"cft_math": [1, 0]}), boiled({"cft_math": [1, 0, 1]})])


def test_two_hundred_runs_are_ranked_without_a_wait() -> None:
    """A bound far above what it takes (about half a second), so that a busy machine passes."""
    generator = np.random.default_rng(0)
    first = boiled({"cft_math": generator.integers(0, 2, 7336).tolist()})
    task = first.tasks["cft_math"]

    def noisy() -> str:
        flips = generator.random(7336) < 0.1
        text = "".join(task.right)
        return "".join("10"[int(c)] if f else c for c, f in zip(text, flips, strict=True))

    runs = [
        first.model_copy(
            update={"tasks": {"cft_math": task.model_copy(update={"right": (noisy(),)})}}
        )
        for _ in range(200)
    ]
    started = time.process_time()
    ranking = rank(runs)
    assert time.process_time() - started < 10
    assert len(ranking.runs) == 200
