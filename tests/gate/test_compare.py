import pytest

from cft_eval.gate import discordant, sampled
from cft_eval.gate.compare import compare
from cft_eval.gate.decide import decide
from cft_eval.gate.pairs import SuiteChange, paired_tasks
from cft_eval.render.comparison import headline
from cft_eval.results import InvalidData
from tests.runs import boiled, samples


def test_the_headline_tells_what_is_known_and_what_is_not() -> None:
    a = boiled({"cft_math": [1, 0] * 500, "cft_aime24": [1, 0] * 15})
    b = boiled({"cft_math": [1, 0] * 400 + [1, 1] * 100, "cft_aime24": [1, 0] * 14 + [0, 1]})
    comparison = compare(a, b)
    math, aime = comparison.rows
    assert (math.gains, math.losses, aime.gains, aime.losses) == (100, 0, 1, 1)
    assert headline(comparison) == "B is better on cft_math"
    assert [row.verdict for row in comparison.silent] == [
        "cft_aime24: undecided; only a difference of 24.1 points or more would show"
    ]
    assert comparison.suite.problems == 1030


def test_comparison_is_antisymmetric() -> None:
    a, b = boiled({"cft_math": [1, 0, 0] * 90}), boiled({"cft_math": [1, 1, 0] * 90})
    forward, backward = compare(a, b).rows[0], compare(b, a).rows[0]
    assert forward.p == backward.p
    assert forward.interval.low == pytest.approx(-backward.interval.high, abs=1e-9)
    assert (forward.gains, forward.losses) == (backward.losses, backward.gains)


def test_unlike_runs_are_compared_and_it_is_said() -> None:
    a = boiled({"cft_math": [1, 0] * 20})
    b = a.model_copy(update={"settings": {**a.settings, "engine": "vllm"}})
    assert [str(m) for m in compare(a, b).mismatches] == ["cft_math: engine: 'hf' -> 'vllm'"]


def test_different_problems_are_refused() -> None:
    with pytest.raises(InvalidData, match="did not answer the same problems"):
        compare(boiled({"cft_math": [1, 0]}), boiled({"cft_math": [1, 0, 1]}))
    with pytest.raises(InvalidData, match="no task in common"):
        compare(boiled({"cft_math": [1, 0]}), boiled({"cft_gsm8k": [1, 0]}))


def test_discordant_problems_losses_first() -> None:
    found = discordant(samples("cft_math", [1, 0, 1, 0]), samples("cft_math", [0, 1, 1, 0]))
    assert [(d.gained, d.a.index) for d in found] == [(False, 0), (True, 1)]


@pytest.mark.parametrize(("most", "losses", "gains"), [(4, 2, 2), (1, 1, 0), (7, 4, 3), (0, 0, 0)])
def test_losses_and_gains_are_shown_alike(most: int, losses: int, gains: int) -> None:
    found = discordant(
        samples("cft_math", [1] * 5 + [0] * 3), samples("cft_math", [0] * 5 + [1] * 3)
    )
    shown = [pair.gained for pair in sampled(found, most)]
    assert (shown.count(False), shown.count(True)) == (losses, gains)
    assert [pair.gained for pair in sampled(found[:5], 4)] == [False] * 4
    assert [pair.gained for pair in sampled(found[5:], 2)] == [True] * 2


@pytest.mark.parametrize("fallen", [3, 12, 30])
def test_with_repeats_the_test_is_the_gates(fallen: int) -> None:
    """Thirty problems asked 8 times: two-sided the same question, so twice the gate's p."""
    before = boiled({"cft_aime24": [5] * 30}, repeats=8)
    after = boiled({"cft_aime24": [3] * fallen + [5] * (30 - fallen)}, repeats=8)
    [gated] = decide(before, after).rows
    [row] = compare(before, after).rows
    assert row.p == pytest.approx(2 * gated.p)
    assert compare(after, before).rows[0].p == pytest.approx(row.p)


def test_with_repeats_the_mean_over_tasks_has_the_gates_test() -> None:
    tasks = {"cft_aime24": [5] * 30, "cft_amc23": [4] * 40}
    lower = {"cft_aime24": [4] * 20 + [6] * 10, "cft_amc23": [3] * 30 + [5] * 10}
    before, after = (boiled(each, repeats=8) for each in (tasks, lower))
    suite = SuiteChange(tuple(paired_tasks(before, after, list(tasks))))
    assert compare(before, after).suite.p == pytest.approx(2 * suite.drop())
    assert compare(after, before).suite.p == pytest.approx(2 * suite.drop())
    assert compare(before, before).suite.p == 1.0
