"""Choosing on one half and reporting on the other."""

import random

import pytest

from cft_eval.errors import CftError
from cft_eval.gate.selection import choose
from tests.runs import boiled

TASK = "cft_math500"


def test_the_best_of_the_even_problems_is_reported_on_the_odd_ones() -> None:
    runs = {
        "step-2": boiled({TASK: [1] * 40 + [0] * 60}),
        "step-4": boiled({TASK: [1] * 70 + [0] * 30}),
        "step-6": boiled({TASK: [1] * 60 + [0] * 40}),
    }
    chosen = choose(runs, TASK)
    assert chosen.best.name == "step-4"
    assert chosen.problems == (50, 50)
    # The halves are of the content hashes' order, so both are near 70 and sum to it exactly.
    assert chosen.best.chosen_on + chosen.best.reported_on == pytest.approx(1.4)
    low, high = chosen.interval
    assert low < chosen.best.reported_on < high
    text = "\n".join(chosen.report())
    assert "3 checkpoints tried on 50 problems of cft_math500, reported on 50 others" in text
    assert "MATH-500 is 500 of the 5,000 problems of MATH's test set" in text


def test_equal_checkpoints_have_the_bias_that_is_printed() -> None:
    """Nine checkpoints of one skill, many times: the choosing half is too high by the bias."""
    chooser = random.Random(7)
    gaps, expected = [], []
    for _ in range(60):
        runs = {
            f"step-{n}": boiled({TASK: [int(chooser.random() < 0.6) for _ in range(200)]})
            for n in range(9)
        }
        chosen = choose(runs, TASK)
        gaps.append(chosen.best.chosen_on - 0.6)
        expected.append(chosen.bias)
    mean_gap, mean_expected = sum(gaps) / len(gaps), sum(expected) / len(expected)
    # √(0.6 x 0.4 / 100) x 1.485
    assert mean_expected == pytest.approx(0.0728, abs=0.003)
    assert mean_gap == pytest.approx(mean_expected, abs=0.012)


def test_checkpoints_that_say_the_same_have_no_bias() -> None:
    runs = {name: boiled({TASK: [1, 0] * 20}) for name in ("a", "b")}
    assert choose(runs, TASK).bias == 0


def test_what_cannot_be_chosen_from_is_said() -> None:
    one = boiled({TASK: [1, 0, 1]})
    with pytest.raises(CftError, match="1 checkpoint given: there is nothing to choose from"):
        choose({"a": one}, TASK)
    with pytest.raises(CftError, match="b: no cft_math500 in this run; it has cft_gsm8k"):
        choose({"a": one, "b": boiled({"cft_gsm8k": [1]})}, TASK)
    with pytest.raises(CftError, match="did not answer the same problems"):
        choose({"a": one, "b": boiled({TASK: [1, 0, 1, 1]})}, TASK)
