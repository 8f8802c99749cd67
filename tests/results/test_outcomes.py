"""A run boiled down, frozen, and read again."""

from pathlib import Path

import pytest

from cft_eval.results import InvalidData, pool, read_outcomes, write_outcomes
from cft_eval.results.outcomes import outcomes
from tests.runs import boiled, run, samples

SUITE = {
    "cft_math": 5000,
    "cft_minerva_math": 272,
    "cft_gsm8k": 1319,
    "cft_olympiadbench": 675,
    "cft_aime24": 30,
    "cft_amc23": 40,
}


def test_a_frozen_suite_is_small_and_whole(tmp_path: Path) -> None:
    frozen = boiled({task: [i % 3 % 2 for i in range(n)] for task, n in SUITE.items()})
    write_outcomes(frozen, tmp_path / "baseline.json")
    assert (tmp_path / "baseline.json").stat().st_size <= 10_240
    # All but the problems' names, which would make it ten times as large.
    read = read_outcomes(tmp_path / "baseline.json")
    assert read.model_dump() == frozen.model_dump()
    assert read.tasks["cft_math"].items == ()
    assert len(frozen.tasks["cft_math"].items) == 5000


def test_order_and_repeats_are_kept() -> None:
    boiled_down = boiled({"cft_aime24": [0, 3, 1]}, repeats=3).tasks["cft_aime24"]
    assert sorted(boiled_down.counts) == [0, 1, 3]
    assert boiled_down.score == pytest.approx(4 / 9)


def test_an_item_twice_is_named() -> None:
    twice = samples("cft_math", [1, 0, 1])
    with pytest.raises(InvalidData, match=r"item \w{16} \(number 2\) appears twice"):
        outcomes(run({"cft_math": [1, 0, 1]}), [*twice, twice[-1]])


def test_a_missing_repeat_is_named() -> None:
    with pytest.raises(InvalidData, match="has 2 responses of 3"):
        outcomes(run({"cft_math": [3, 3]}, repeats=3), samples("cft_math", [3, 3], repeats=3)[:-1])


def test_a_task_without_samples_is_named() -> None:
    with pytest.raises(InvalidData, match="cft_gsm8k has a score but no samples"):
        outcomes(run({"cft_math": [1], "cft_gsm8k": [1]}), samples("cft_math", [1]))


BROKEN = [
    ('"schema_version": 1', '"schema_version": 3', "schema 3, this cft-eval reads 1 and 2"),
    ('"kind": "cft-eval outcomes"', '"kind": "recipe"', "not a frozen baseline: kind"),
    ('"answered": 1.0', '"answered": 1.5', "answered: Input should be less than or equal to 1"),
    ('"answered": 1.0', '"answered": NaN', "answered"),
    ('"right": [', '"left": [', "right: Field required"),
    ('"01', '"0x', "right responses of 1"),
    ("}", "", "not a frozen baseline"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_baseline_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "baseline.json"
    write_outcomes(boiled({"cft_math": [0, 1] * 40}), path)
    text = path.read_text()
    right = text.split('"right"')[1].split('"')[1]
    text = text.replace(right, "01" + right[2:])
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InvalidData, match=message):
        read_outcomes(path)


def test_a_window_adds_repeats() -> None:
    runs = [boiled({"cft_math": right}) for right in ([1, 0, 1], [1, 1, 0], [1, 0, 0])]
    window = pool(runs).tasks["cft_math"]
    assert (window.repeats, sum(window.counts), max(window.counts)) == (3, 5, 3)


def test_unlike_runs_are_no_window() -> None:
    run = boiled({"cft_math": [1, 0]})
    hot = run.model_copy(update={"settings": {**run.settings, "temperature": 0.7}})
    with pytest.raises(InvalidData, match="were made differently, so they are not a window"):
        pool([run, hot])


def test_a_window_counts_the_same_responses_once_and_misses_no_task() -> None:
    run = boiled({"cft_math": [1, 0, 1]})
    assert pool([run, run]) == run
    wider = boiled({"cft_math": [1, 1, 1], "cft_amc23": [1, 0]})
    for window in ([run, wider], [wider, run]):
        with pytest.raises(InvalidData, match=r"cft_amc23: .* so they are not a window"):
            pool(window)
