from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from cft_eval.leaderboard.data.frames import Scores, board, columns, interval, measured, of_outcomes
from cft_eval.leaderboard.data.suites import Suite, suite_of, title
from cft_eval.records.runs import ScoreRecord
from cft_eval.results import InvalidData
from cft_eval.stats import clustered, clustered_mean, combined, proportion, rank_intervals
from cft_eval.testsets import SUITE
from tests.runs import boiled


def record(run: str, benchmark: str, accuracy: float, **changes: Any) -> ScoreRecord:
    fields: dict[str, Any] = {
        "run": run,
        "model": run,
        "base_model": None,
        "method": None,
        "training_data": None,
        "training_examples": None,
        "step": None,
        "tags": (),
        "engine": "hf",
        "parameters": None,
        "protocol": "zero-shot, greedy",
        "evaluated": datetime(2026, 1, 1, tzinfo=UTC),
        "checker": "1",
        "task": f"cft_{benchmark}",
        "benchmark": benchmark,
        "items": 100,
        "repeats": 1,
        "expected": 100,
        "accuracy": accuracy,
        "claimed": None,
    }
    return ScoreRecord(**fields | changes)


def whole(run: str, accuracy: float, **changes: Any) -> list[ScoreRecord]:
    return [record(run, benchmark, accuracy, **changes) for benchmark in SUITE]


def test_the_mean_weighs_every_set_equally() -> None:
    records = [*whole("a", 0.5)[:-1], record("a", "amc23", 0.8, items=10, expected=10)]
    row = board(measured(records), Suite.SUITE).loc["a"]
    assert row["mean"] == pytest.approx((5 * 0.5 + 0.8) / 6)


def test_there_is_no_mean_without_every_set() -> None:
    rows = board(measured(whole("a", 0.5)[:-1]), Suite.SUITE)
    assert rows["mean"].isna().all()
    assert (rows.loc["a", "best"], rows.loc["a", "worst"]) == (0, 0)


def test_ranks_are_those_that_the_intervals_allow() -> None:
    accuracies = {"a": 0.9, "b": 0.89, "c": 0.6, "d": 0.58, "e": 0.57, "f": 0.1}
    records = [row for run, accuracy in accuracies.items() for row in whole(run, accuracy)]
    rows = board(measured(records), Suite.SUITE)
    better = [
        [one["mean:low"] > other["mean:high"] for _, other in rows.iterrows()]
        for _, one in rows.iterrows()
    ]
    found = list(zip(rows["best"], rows["worst"], strict=True))
    assert found == rank_intervals(better)
    assert found == [(1, 2), (1, 2), (3, 5), (3, 5), (3, 5), (6, 6)]


def test_a_partial_run_has_a_mean_and_no_rank() -> None:
    rows = board(measured([*whole("a", 0.9, items=10), *whole("b", 0.5)]), Suite.SUITE)
    assert bool(rows.loc["a", "partial"])
    assert rows.loc["a", "best"] == 0
    assert rows.loc["b", "best"] == 1


def test_ranks_are_among_runs_of_one_protocol() -> None:
    asked = {"a": "greedy", "b": "T 0.6", "c": "greedy", "d": "T 0.6", "e": "greedy"}
    scores = dict(zip(asked, (0.9, 0.8, 0.88, 0.1, 0.3), strict=True))
    records = [row for run in asked for row in whole(run, scores[run], protocol=asked[run])]
    rows = board(measured(records), Suite.SUITE)
    found = {run: (row["best"], row["worst"]) for run, row in rows.iterrows()}
    assert found == {"a": (1, 2), "c": (1, 2), "e": (3, 3), "b": (1, 1), "d": (2, 2)}


def test_a_run_whose_tasks_were_asked_in_two_ways_has_a_protocol_of_its_own() -> None:
    records = [*whole("a", 0.5), *whole("b", 0.4)[:-1], record("b", "amc23", 0.4, protocol="T 1")]
    hot = record("c", "math", 0.4, protocol="T 1")
    records += [hot, *[each for each in whole("c", 0.4) if each.benchmark != "math"]]
    rows = board(measured(records), Suite.SUITE)
    assert rows.loc["b", "protocol"] == (
        "T 1 (AMC 2023) + zero-shot, greedy (AIME 2024, GSM8K, MATH, Minerva-Math, OlympiadBench)"
    )
    # The same ways, and other sets: another protocol.
    assert rows["best"].to_dict() == {"a": 1, "b": 1, "c": 1}
    assert rows["protocol"].nunique() == 3


def test_runs_of_an_unknown_protocol_are_not_ranked() -> None:
    records = [*whole("a", 0.5, protocol=""), *whole("b", 0.4, protocol="")]
    rows = board(measured(records), Suite.SUITE)
    assert rows["best"].to_dict() == {"a": 0, "b": 0}


def test_repeats_add_no_problems() -> None:
    [bounds] = measured([record("a", "math", 0.5, repeats=16)])[["low", "high"]].to_numpy()
    assert tuple(bounds) == interval(0.5, 100) == proportion(50, 100)


def test_a_benchmark_of_two_tasks_is_shown_once() -> None:
    frame = measured([record("a", "math", 0.4, task="cft_math_fewshot"), record("a", "math", 0.6)])
    assert list(frame["accuracy"]) == [0.6]
    assert list(frame["others"]) == ["cft_math_fewshot"]
    # The plain task is shown, whatever the alphabet says.
    other = [record("a", "math", 0.4, task="aa_math"), record("a", "math", 0.6)]
    assert measured(other)[["task", "others"]].to_numpy().tolist() == [["cft_math", "aa_math"]]
    third = record("b", "math", 0.4, task="x"), record("b", "math", 0.4, task="y")
    assert list(measured([*other, *third])["task"]) == ["cft_math", "x"]


def test_no_runs_make_an_empty_board() -> None:
    for suite in Suite:
        assert board(measured([]), suite).empty


def test_the_suite_has_its_columns_whatever_was_run() -> None:
    frame = measured([record("a", "mini_gsm8k", 0.5), record("a", "mini_math", 0.5)])
    assert columns(frame, Suite.SUITE) == SUITE
    assert columns(frame, Suite.MINI) == ("mini_math", "mini_gsm8k")
    assert columns(frame, Suite.OTHER) == ()


BENCHMARKS = [
    ("math", Suite.SUITE, "MATH"),
    ("minerva_math", Suite.SUITE, "Minerva-Math"),
    ("mini_aime24", Suite.MINI, "AIME 2024, mini"),
    ("minimal", Suite.OTHER, "minimal"),
    ("math500", Suite.OTHER, "MATH-500"),
]


@pytest.mark.parametrize(("benchmark", "suite", "name"), BENCHMARKS)
def test_where_a_benchmark_is_shown(benchmark: str, suite: Suite, name: str) -> None:
    assert (suite_of(benchmark), title(benchmark)) == (suite, name)


def test_frames_for_a_notebook_from_a_boards_outcomes() -> None:
    first, second = (boiled({"cft_math": right}) for right in ([1, 0, 1], [1, 1, 0]))
    frame = of_outcomes({"a": first, "b": second}, "cft_math")
    assert frame.to_dict("list").keys() == {"a", "b"}
    assert (frame["b"] - frame["a"]).abs().sum() == 2
    with pytest.raises(InvalidData, match="answered other problems"):
        of_outcomes({"a": first, "b": boiled({"cft_math": [1]})}, "cft_math")


def test_a_mean_of_nothing_right_has_the_interval_that_a_run_prints() -> None:
    nothing = [
        record("a", name, 0.0, items=n, expected=n)
        for name, n in zip(SUITE, range(30, 36), strict=True)
    ]
    row = board(measured(nothing), Suite.SUITE).loc["a"]
    each = [proportion(0, n) for n in range(30, 36)]
    assert (row["mean:low"], row["mean:high"]) == pytest.approx(combined([0.0] * 6, each))
    assert row["mean:high"] > max(bound.high for bound in each) / 3


def test_an_interval_with_repeats_is_that_of_the_run() -> None:
    """Eight responses to each of 30 problems: what `cft-eval run` prints of the same outcomes."""
    means = np.array([0.0, 0.125, 0.25, 1.0, 0.5] * 6)
    spread = float(means.var(ddof=1))
    records = whole("a", float(means.mean()), items=30, repeats=8, item_variance=spread)
    row = board(measured(records), Suite.SUITE).loc["a"]
    assert (row["aime24:low"], row["aime24:high"]) == pytest.approx(clustered_mean(means))
    # Graded before the spread was kept: each problem counts once.
    records = whole("a", float(means.mean()), items=30, repeats=8)
    row = board(measured(records), Suite.SUITE).loc["a"]
    assert row["aime24:low"] == proportion(round(means.sum()), 30).low


def test_a_policy_has_a_spread_of_its_own() -> None:
    scores = Scores(whole("a", 0.5, items=30, repeats=8, item_variance=0.1))
    other = scores.regraded([(0.5, None, 0.02)] * 6).board(Suite.SUITE).loc["a"]
    assert other["aime24:low"] == pytest.approx(clustered(0.5, 0.02, 30).low)
    unknown = scores.regraded([(0.5, None, None)] * 6).board(Suite.SUITE).loc["a"]
    assert unknown["aime24:low"] == proportion(15, 30).low
