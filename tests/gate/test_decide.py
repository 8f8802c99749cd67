"""The gate as a table of situations, and its promises as simulations."""

import re

import numpy as np
import pytest

from cft_eval.gate import GateDecision
from cft_eval.gate.decide import decide
from cft_eval.gate.pairs import POOLED, SUITE
from cft_eval.results import RunOutcomes
from cft_eval.stats import Floats
from tests.runs import boiled

MANY, FEW = 2000, 30


def half(n: int) -> list[int]:
    return [i % 2 for i in range(n)]


def flipped(right: list[int], *, losses: int = 0, gains: int = 0) -> list[int]:
    """Turn that many right ones wrong, and wrong ones right."""
    out = list(right)
    for i, value in enumerate(right):
        if value and losses:
            out[i], losses = 0, losses - 1
        elif not value and gains:
            out[i], gains = 1, gains - 1
    return out


SITUATIONS = [
    # n, losses, gains, margin, decision
    (MANY, 0, 0, 0.01, GateDecision.OK),
    (MANY, 0, 100, 0.01, GateDecision.OK),
    (MANY, 100, 0, 0.01, GateDecision.REGRESSION),
    # As many gains as losses on many problems: 1 point is ruled out, 0.1 points are not.
    (MANY, 20, 20, 0.01, GateDecision.OK),
    (MANY, 20, 20, 0.001, GateDecision.INCONCLUSIVE),
    # A real drop that is surely smaller than the margin is accepted.
    (MANY, 20, 2, 0.05, GateDecision.OK),
    # A real drop of 0.9 points: neither 1 point nor less than it is shown.
    (MANY, 20, 2, 0.01, GateDecision.INCONCLUSIVE),
    (FEW, 3, 0, 0.01, GateDecision.INCONCLUSIVE),
    (FEW, 3, 5, 0.01, GateDecision.INCONCLUSIVE),
    (FEW, 9, 0, 0.01, GateDecision.REGRESSION),
]


@pytest.mark.parametrize(("n", "losses", "gains", "margin", "decision"), SITUATIONS)
def test_one_task(n: int, losses: int, gains: int, margin: float, decision: GateDecision) -> None:
    before = half(n)
    after = flipped(before, losses=losses, gains=gains)
    report = decide(boiled({"cft_math": before}), boiled({"cft_math": after}), margin=margin)
    assert report.decision is decision, report.reason
    assert [row.task for row in report.rows] == ["cft_math"]
    assert (report.rows[0].gains, report.rows[0].losses) == (gains, losses)


def test_the_same_responses_are_ok_however_few() -> None:
    run = boiled({"cft_aime24": half(FEW)})
    report = decide(run, run)
    assert report.decision is GateDecision.OK
    assert report.reason == ("cft_aime24: both runs gave the same responses, letter for letter")


def test_a_small_task_that_cannot_tell_does_not_hide_the_suite() -> None:
    before = {"cft_math": half(MANY), "cft_aime24": half(FEW)}
    after = {
        "cft_math": flipped(half(MANY), losses=5, gains=6),
        "cft_aime24": flipped(half(FEW), losses=1, gains=1),
    }
    report = decide(boiled(before), boiled(after))
    assert {row.task: row.decision.value for row in report.rows} == {
        "cft_math": "OK",
        "cft_aime24": "INCONCLUSIVE",
        POOLED: "OK",
        SUITE: "INCONCLUSIVE",
    }
    assert report.decision is GateDecision.OK
    [unsure] = [row for row in report.rows if row.task == "cft_aime24"]
    assert "30 problems show a drop of" in unsure.reason
    assert "takes about" in unsure.reason


def test_one_task_that_regresses_fails_the_suite() -> None:
    before = {"cft_math": half(MANY), "cft_gsm8k": half(MANY)}
    after = {
        "cft_math": flipped(half(MANY), losses=90),
        "cft_gsm8k": flipped(half(MANY), gains=90),
    }
    report = decide(boiled(before), boiled(after))
    assert report.decision is GateDecision.REGRESSION
    assert report.reason.startswith("cft_math: down 4.5 points")


def test_a_score_of_zero_is_a_collapse() -> None:
    before = [1] * 5 + [0] * 25
    sides = boiled({"cft_aime24": before}), boiled({"cft_aime24": [0] * 30})
    report = decide(*sides, margin=0.5)
    assert report.decision is GateDecision.REGRESSION
    assert "the score fell from 16.7% to nothing" in report.reason
    # But it is a test like the others: at this level five losses are chance.
    assert decide(*sides, margin=0.5, alpha=0.001).decision is not GateDecision.REGRESSION


def test_repeats_show_that_a_small_task_fell() -> None:
    """Thirty problems, each down from 40 to 32 of 61: whether problems like these fell as much is
    open, that these did is not."""
    sides = [boiled({"cft_aime24": [count] * 30}, repeats=61) for count in (40, 32)]
    report = decide(*sides)
    assert report.decision is GateDecision.REGRESSION
    assert report.rows[0].p == pytest.approx(2**-30, rel=1e-6)
    assert decide(*sides[::-1]).decision is GateDecision.OK
    six = {"cft_amc23": [20] * 40, "cft_minerva_math": [30] * 272}
    many = [boiled({"cft_aime24": [count] * 30, **six}, repeats=61) for count in (40, 32)]
    rows = {row.task: row.decision for row in decide(*many).rows}
    assert rows["cft_aime24"] is rows["suite"] is GateDecision.REGRESSION


@pytest.mark.slow
@pytest.mark.parametrize(("n", "repeats", "margin"), [(30, 4, 0.20), (40, 8, 0.20), (272, 4, 0.05)])
def test_advice_that_is_followed_decides(n: int, repeats: int, margin: float) -> None:
    """Two equal runs, the gate's advice on them, and two runs with that many repeats."""
    generator, decided, trials = np.random.default_rng([n, repeats]), 0, 60
    for _ in range(trials):
        chances = generator.beta(0.4, 0.8, n)

        def pair(k: int, chances: Floats = chances) -> list[RunOutcomes]:
            counts = [generator.binomial(k, chances).tolist() for _ in range(2)]
            return [boiled({"cft_math": each}, repeats=k) for each in counts]

        first = decide(*pair(repeats), margin=margin)
        advice = re.search(r"([\d,]+) responses to each", first.reason)
        more = int(advice[1].replace(",", "")) if advice else repeats
        assert advice or first.decision is not GateDecision.INCONCLUSIVE, first.reason
        decided += decide(*pair(more), margin=margin).decision is GateDecision.OK
    assert decided / trials >= 0.75 - 3 * (0.75 * 0.25 / trials) ** 0.5


def with_shares(run: RunOutcomes, **shares: float) -> RunOutcomes:
    task = run.tasks["cft_math"].model_copy(update=shares)
    return run.model_copy(update={"tasks": {"cft_math": task}})


COLLAPSES = [
    ({"answered": 0.8}, "responses without an answer grew from 0.0% to 20.0%"),
    ({"empty": 0.3}, "empty responses grew from 0.0% to 30.0%"),
    ({"truncated": 0.5}, "responses cut by the token limit grew from 0.0% to 50.0%"),
]


@pytest.mark.parametrize(("shares", "reason"), COLLAPSES)
def test_a_broken_set_up_is_no_chance(shares: dict[str, float], reason: str) -> None:
    run = boiled({"cft_math": half(MANY)})
    report = decide(run, with_shares(run, **shares))
    assert report.decision is GateDecision.REGRESSION
    assert reason in report.reason


def test_an_outage_that_is_no_collapse_is_said() -> None:
    """Nine in a hundred responses are empty: not the model is to be asked first."""
    run = boiled({"cft_math": half(MANY)})
    report = decide(run, with_shares(run, empty=0.09))
    assert report.remarks == (
        "cft_math: empty responses grew from 0.0% to 9.0%: look at the set-up and the server's log "
        "before the model",
    )
    assert decide(run, with_shares(run, empty=0.001)).remarks == ()
    assert decide(run, run).remarks == ()


def test_a_few_unanswered_of_few_are_no_collapse() -> None:
    run = boiled({"cft_math": half(16)})
    report = decide(run, with_shares(run, answered=13 / 16))
    assert report.decision is GateDecision.OK


def test_unlike_runs_are_not_compared_unless_allowed() -> None:
    before = boiled({"cft_math": half(MANY)})
    after = before.model_copy(update={"settings": {**before.settings, "engine": "vllm"}})
    refused = decide(before, after)
    assert refused.decision is GateDecision.NOT_COMPARABLE
    assert refused.reason == "run differently: cft_math: engine: 'hf' -> 'vllm'"
    assert refused.rows == ()
    allowed = decide(before, after, allow=["engine"])
    assert allowed.decision is GateDecision.OK
    assert [m.allowed for m in allowed.mismatches] == [True]


FIELDS = [
    "policy", "checker", "engine", "dtype", "chat_template", "system_instruction", "task_version",
    "n_shot", "max_gen_toks", "temperature", "top_p", "until", "generation", "prompts", "items",
]  # fmt: skip
"""What must agree; truncation is the token limit here, and its rate is a guard against collapse."""


def test_the_fingerprint_is_complete() -> None:
    assert sorted(boiled({"cft_math": half(40)}).fingerprint("cft_math")) == sorted(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_a_difference_by_itself(field: str) -> None:
    before = boiled({"cft_math": half(40)})
    after = before.model_copy(update={"settings": {**before.settings, field: "other"}})
    report = decide(before, after)
    assert report.decision is GateDecision.NOT_COMPARABLE
    assert [(m.field, m.candidate) for m in report.mismatches] == [(field, "other")]
    allowed = decide(before, after, allow=[field])
    # Other problems leave nothing to pair; whatever else differs may, by name.
    other = field == "items"
    assert allowed.decision is (GateDecision.NOT_COMPARABLE if other else GateDecision.OK)
    assert [m.allowed for m in allowed.mismatches] == [not other]


def test_the_same_responses_graded_differently_are_not_compared() -> None:
    """A checker that changed under an unchanged version: neither chance nor the model."""
    before = boiled({"cft_math": half(40)})
    task = before.tasks["cft_math"]
    right = ("0" + task.right[0][1:] if task.right[0][0] == "1" else "1" + task.right[0][1:],)
    after = before.model_copy(
        update={"tasks": {"cft_math": task.model_copy(update={"right": right}).naming(task.items)}}
    )
    report = decide(before, after)
    assert report.decision is GateDecision.NOT_COMPARABLE
    assert [m.field for m in report.mismatches] == ["grading"]
    assert f"graded differently on 1 problems, first on item {task.items[0]}" in report.reason
    newer = after.model_copy(update={"settings": {**after.settings, "checker": "2"}})
    assert [m.field for m in decide(before, newer).mismatches] == ["checker"]
    assert decide(before, after, allow=["grading"]).decision is not GateDecision.NOT_COMPARABLE


def test_repeats_say_how_many_would_settle_it() -> None:
    generator = np.random.default_rng(2)
    p = generator.random(400)
    runs = [
        boiled({"cft_math": [int(x) for x in generator.binomial(2, p)]}, repeats=2)
        for _ in range(2)
    ]
    report = decide(*runs, margin=0.03)
    assert report.decision is GateDecision.INCONCLUSIVE
    assert "responses to each, or a wider --margin" in report.reason
    # Problems that truly differ among themselves cannot be asked often enough.
    flip = [boiled({"cft_math": side * 200}, repeats=2) for side in ([2, 0], [0, 2])]
    assert "no number of repeats can show it" in decide(*flip, margin=0.02).reason


def test_a_task_that_is_gone_is_not_comparable() -> None:
    before = boiled({"cft_math": half(40), "cft_gsm8k": half(40)})
    report = decide(before, boiled({"cft_math": half(40)}))
    assert report.decision is GateDecision.NOT_COMPARABLE
    assert report.reason == "run differently: cft_gsm8k: the candidate did not run it"


def test_repeats_are_averaged_by_problem() -> None:
    generator = np.random.default_rng(5)
    chance = generator.random(500)
    before = [int(x) for x in generator.binomial(4, chance)]
    after = [int(x) for x in generator.binomial(4, chance * 0.8)]
    report = decide(boiled({"cft_math": before}, repeats=4), boiled({"cft_math": after}, repeats=4))
    assert report.decision is GateDecision.REGRESSION


@pytest.mark.slow
def test_reruns_of_the_same_model_rarely_fail() -> None:
    """The promise: at most alpha false alarms over six tasks, where a 1-point rule cries wolf."""
    generator = np.random.default_rng(7)
    sizes = {"cft_math": 900, "cft_gsm8k": 600, "cft_minerva_math": 272, "cft_aime24": 30}
    chances = {task: generator.beta(1, 1, size) for task, size in sizes.items()}
    trials, alarms, naive = 150, 0, 0
    for _ in range(trials):
        first, second = (
            {task: [int(x) for x in generator.binomial(1, p)] for task, p in chances.items()}
            for _ in range(2)
        )
        report = decide(boiled(first), boiled(second))
        alarms += report.decision is GateDecision.REGRESSION
        naive += any(sum(first[t]) - sum(second[t]) >= 0.01 * n for t, n in sizes.items())
    assert alarms / trials <= 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5
    assert naive / trials > 0.5


def test_a_suite_whose_small_tasks_fell_is_not_ok() -> None:
    """All problems together hardly move when 12 of 7,336 are lost; the suite's score does."""
    sizes = {"cft_math": 5000, "cft_gsm8k": 1319, "cft_amc23": 40, "cft_aime24": 30}
    before = {task: half(n) for task, n in sizes.items()}
    after = before | {
        "cft_amc23": flipped(half(40), losses=6),
        "cft_aime24": flipped(half(30), losses=6),
    }
    report = decide(boiled(before), boiled(after))
    rows = {row.task: row.decision for row in report.rows}
    assert rows[POOLED] is GateDecision.OK
    assert report.decision is rows[SUITE] is GateDecision.REGRESSION
    assert "suite: down 8.8 points" in report.reason
    fewer = before | {"cft_aime24": flipped(half(30), losses=4, gains=2)}
    report = decide(boiled(before), boiled(fewer))
    assert report.decision is GateDecision.INCONCLUSIVE
    assert "the mean over tasks moved by -1.7 points" in report.reason
    assert "noise is cft_aime24's" in report.reason


@pytest.mark.slow
def test_the_mean_is_never_called_ok_by_luck() -> None:
    """AIME24 alone fell, by 6 points of its own: the whole may pass, the suite's row may not."""
    generator = np.random.default_rng(3)
    sizes = {"cft_math": 2000, "cft_gsm8k": 1319, "cft_aime24": 30}
    trials, wrong = 60, 0
    for _ in range(trials):
        before = {task: generator.beta(1, 1, n) for task, n in sizes.items()}
        after = before | {"cft_aime24": before["cft_aime24"] * 0.88}
        sides = [
            boiled({t: generator.binomial(1, p).tolist() for t, p in side.items()})
            for side in (before, after)
        ]
        report = decide(*sides, margin=0.02)
        wrong += report.rows[-1].decision is GateDecision.OK
    assert wrong / trials <= 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5


def test_no_right_answer_where_few_were_to_be_expected_is_no_collapse() -> None:
    """Right once in eight times on five problems: an unchanged model asked once mostly has none."""
    before = boiled({"cft_aime24": [1] * 5 + [0] * 25}, repeats=8)
    after = boiled({"cft_aime24": [0] * 30})
    assert decide(before, after).decision is GateDecision.INCONCLUSIVE
    often = boiled({"cft_aime24": [8] * 5 + [0] * 25}, repeats=8)
    assert "from 16.7% to nothing" in decide(often, after).reason


def test_repeats_do_not_make_a_collapse_of_a_few_problems() -> None:
    """Three of 30 problems unanswered, eight times each, are three problems."""
    run = boiled({"cft_math": [4] * 30}, repeats=8)
    report = decide(run, with_shares(run, answered=0.9, responses=0xF))
    assert all("without an answer" not in row.reason for row in report.rows)


def test_a_task_that_only_the_candidate_has_is_said_to_be_ungated() -> None:
    before = boiled({"cft_math": half(MANY)})
    report = decide(before, boiled({"cft_math": half(MANY), "cft_gsm8k": half(40)}))
    assert report.ungated == ("cft_gsm8k",)
    assert [row.task for row in report.rows] == ["cft_math"]


def test_one_problem_tells_nothing_however_often_it_is_asked() -> None:
    report = decide(boiled({"cft_math": [2]}, repeats=2), boiled({"cft_math": [1]}, repeats=2))
    assert report.decision is GateDecision.INCONCLUSIVE
    assert report.rows[0].interval == (-1.0, 1.0)
    assert "one problem shows no noise" in report.reason


@pytest.mark.parametrize("trials", [100, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("mean", [0.04, 0.5, 0.96])
def test_a_baseline_with_more_repeats_does_not_alarm_more_often(mean: float, trials: int) -> None:
    generator = np.random.default_rng(int(100 * mean))
    alarms = 0
    for _ in range(trials):
        p = generator.beta(1.5 * mean, 1.5 * (1 - mean), 30)
        sides = [
            boiled({"cft_aime24": generator.binomial(k, p).tolist()}, repeats=k) for k in (8, 1)
        ]
        alarms += decide(*sides).decision is GateDecision.REGRESSION
    assert alarms / trials <= 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5
