"""A suite with errata reports both scores, and what it logs stays the published problem."""

from pathlib import Path
from typing import Any

import pytest

from cft_eval.checker.types.rules import Rules
from cft_eval.harness.defaults import tasks_folder
from cft_eval.testsets import Item, errata_of, known_items
from cft_eval.testsets.load import corrections, load
from tests.testsets.data import needs_data

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

SUITE = ("math", "minerva_math", "gsm8k", "olympiadbench", "aime24", "amc23")


def _answers(answers: list[str]) -> Any:
    """A model that answers the problems in their order."""
    from lm_eval.models.dummy import DummyLM

    class Answers(DummyLM):  # type: ignore[misc]  # lm-eval has no types
        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            return [f"\\boxed{{{answers[request.doc['index']]}}}" for request in requests]

    return Answers()


@needs_data
def test_both_scores() -> None:
    """The published labels as answers, but for the first wrong one, where it answers rightly."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    first = errata_of("math")[0]
    items = load("math")[: first.index + 1]
    manager = TaskManager(include_defaults=False, include_path=tasks_folder())
    evaluation = lm_eval.evaluate(
        lm=_answers([*(item.reference for item in items[:-1]), first.right[-1]]),
        task_dict=manager.load(["cft_math_errata"]),
        limit=len(items),
    )
    scores = evaluation["results"]["cft_math_errata"]
    assert scores["acc,none"] == pytest.approx(first.index / len(items))
    assert scores["acc_errata,none"] == 1
    assert scores["acc_qwen_errata,none"] == 1
    last = evaluation["samples"]["cft_math_errata"][-1]["doc"]
    assert (last["reference"], last["corrected"]) == (items[-1].reference, list(first.right))
    assert last["item"] == known_items("math")[first.index]
    assert last["verdicts"][0]["correct"]["strict"] is False
    assert last["verdicts"][0]["corrected"]["strict"] is True


def labelled(index: int, reference: str) -> Item:
    """A problem of MATH by its index and label."""
    return Item("math", index, "0" * 16, "?", reference, None, None, Rules())


def test_each_label_and_each_answer_of_an_erratum_counts() -> None:
    several = next(e for e in errata_of("math") if len(e.right) > 1)
    assert corrections([labelled(several.index, several.published)]) == {
        several.index: several.right
    }
    assert corrections([labelled(several.index, "of another set by this name")]) == {}


def test_the_suite_with_errata_has_both_scores_of_all_six() -> None:
    import yaml

    folder = Path(tasks_folder())
    group = yaml.safe_load((folder / "cft_math_suite_errata.yaml").read_text())
    assert group["task"] == [f"cft_{name}_errata" for name in SUITE]
    metrics = {entry["metric"] for entry in group["aggregate_metric_list"]}
    assert {"acc", "acc_errata", "acc_qwen_errata", "acc_cft_paper_errata"} < metrics
