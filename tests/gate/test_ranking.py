import numpy as np
import pytest

from cft_eval.gate import rank
from cft_eval.gate.compare import compare
from cft_eval.results import InvalidData, RunOutcomes
from tests.growth import cpu
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
    claimed = [
        run.model_copy(update={"settings": {"policy": "strict", "items": "same"}})
        for run in (boiled({"cft_math": [1, 0]}), boiled({"cft_math": [1, 0, 1]}))
    ]
    with pytest.raises(InvalidData, match="the same problems"):
        rank(claimed)


@pytest.mark.slow
def test_two_hundred_runs_are_ranked_without_a_wait() -> None:
    """A bound far above what it takes (about half a second), so that a busy machine passes."""
    generator = np.random.default_rng(0)
    first = boiled({"cft_math": generator.integers(0, 2, 7336).tolist()})
    task = first.tasks["cft_math"]

    right = np.array([*"".join(task.right)], dtype=int)

    def noisy() -> str:
        flips = generator.random(7336) < 0.1
        return "".join(map(str, (right ^ flips).tolist()))

    runs = [
        first.model_copy(
            update={"tasks": {"cft_math": task.model_copy(update={"right": (noisy(),)})}}
        )
        for _ in range(200)
    ]
    most = 32 * cpu(lambda: rank(runs[:50]))  # of sixteen times as many pairs
    assert cpu(lambda: rank(runs), enough=most) < most
    assert len(rank(runs).runs) == 200


TASKS = {
    "cft_math": ([1, 1, 0, 0] * 30, [1, 0, 0, 0] * 30, [1, 1, 1, 0] * 30),
    "cft_aime24": ([0] * 29 + [1], [1] * 15 + [0] * 15, [0, 1] * 15),
    "cft_amc23": ([1] * 40, [0, 1] * 20, [1] * 39 + [0]),
}
"""Small sets, on which the best by the mean over tasks is not the best by problems."""


def three(repeats: int = 1) -> list[RunOutcomes]:
    return [
        boiled({task: right[at] for task, right in TASKS.items()}, model=name, repeats=repeats)
        for at, name in enumerate("abc")
    ]


@pytest.mark.parametrize("repeats", [1, 2])
def test_a_ranking_says_of_each_pair_what_comparing_the_two_says(repeats: int) -> None:
    runs = three(repeats)
    ranking = rank(runs)
    assert [(pair.first, pair.second) for pair in ranking.pairs] == [(0, 1), (0, 2), (1, 2)]
    assert ranking.runs == tuple(runs[place].model for place in ranking.order)
    for pair in ranking.pairs:
        better, other = (runs[ranking.order[place]] for place in (pair.first, pair.second))
        suite = compare(other, better).suite
        assert pair.change == pytest.approx(suite.b - suite.a)
        assert pair.interval == pytest.approx(suite.interval)
        assert (pair.gains, pair.losses) == (suite.gains, suite.losses)
        # With repeats the tail of one of many pairs is approximated.
        assert pair.p == pytest.approx(suite.p, rel=1e-6 if repeats == 1 else 0.02)
        assert pair.p <= pair.p_holm


def test_runs_are_ranked_by_the_mean_over_tasks_not_over_problems() -> None:
    many, few = [1, 0] * 200, [1, 0] * 20
    more_problems = boiled({"cft_math": [1, *many[1:]], "cft_amc23": few}, model="by problems")
    by_problems = boiled({"cft_math": [1] * 10 + many[10:], "cft_amc23": few}, model="by problems")
    by_tasks = boiled({"cft_math": many, "cft_amc23": [1] * 4 + few[4:]}, model="by tasks")
    ranking = rank([more_problems, by_problems, by_tasks])
    assert ranking.runs[0] == "by tasks"
    assert ranking.scores[0] == pytest.approx((0.5 + 22 / 40) / 2)
