"""Whose rules count: a benchmark's, by its name or our task's; an unknown name is an error."""

from pathlib import Path

import pytest
import yaml

from cft_eval import check, equal
from cft_eval.checker import UnknownBenchmark, check_many, rules_for
from cft_eval.testsets import BENCHMARKS, known


@pytest.mark.parametrize(
    "name",
    [
        "minerva_math",
        "cft_minerva_math",
        "cft_minerva_math_long",
        "mini_minerva_math",
        "cft_mini_minerva_math",
        "cft_minerva_math_errata",
        "cft_minerva_math_fewshot",
    ],
)
def test_a_task_means_its_benchmark(name: str) -> None:
    assert equal("5.23", "5.2271", benchmark=name).correct


@pytest.mark.parametrize("name", ["", "aime99", "cft_", "minerva", "cft_math_suite"])
def test_an_unknown_name_is_an_error(name: str) -> None:
    for policy in ("strict", "qwen", "cft_paper"):
        with pytest.raises(UnknownBenchmark, match="no such benchmark; known: math, "):
            check("5", "5", benchmark=name, policy=policy)
    with pytest.raises(UnknownBenchmark):
        check_many([{"response": "5", "reference": "5", "benchmark": name}])


def test_every_task_is_known_to_the_checker() -> None:
    tasks = [
        str(config["task"])
        for path in (Path(__file__).parents[2] / "tasks").glob("cft_*.yaml")
        if "dataset_name" in (config := yaml.load(path.read_text("utf-8"), yaml.BaseLoader))
    ]
    assert len(tasks) > 50
    for task in tasks:
        rules_for(task)


def test_every_benchmark_is_known_to_the_checker() -> None:
    for benchmark in BENCHMARKS.values():
        rules_for(benchmark.name)
        rules_for(benchmark.task)
        assert rules_for(benchmark.name) == rules_for(benchmark.grading)


def test_it_is_one_error() -> None:
    assert known.UnknownBenchmark is UnknownBenchmark
