"""A suite with errata reports both scores, and what it logs stays the published problem."""

import sys
from pathlib import Path
from typing import Any

import pytest

from cft_eval.harness.defaults import tasks_folder
from cft_eval.testsets import Erratum, known_items
from cft_eval.testsets.load import load

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

ITEMS = load("mini_math")[:3]
ERRATUM = Erratum("mini_math", 1, ITEMS[1].reference, "-77", "made for a test", ("-78", "-79"))
ELSEWHERE = Erratum("mini_math", 2, "no label of ours", "-77", "of another set by this name")
SUITE = ("math", "minerva_math", "gsm8k", "olympiadbench", "aime24", "amc23")


def _answers(*answers: str) -> Any:
    """A model that answers the problems in their order."""
    from lm_eval.models.dummy import DummyLM

    class Answers(DummyLM):  # type: ignore[misc]  # lm-eval has no types
        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            return [f"\\boxed{{{answer}}}" for answer in answers]

    return Answers()


@pytest.mark.parametrize("right", ["-77", "-79"])
def test_both_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str) -> None:
    import lm_eval
    from lm_eval.tasks import TaskManager

    # The package's own `load` is the function; the module is found by its name.
    module = sys.modules["cft_eval.testsets.load"]
    monkeypatch.setattr(module, "errata_of", lambda _: (ERRATUM, ELSEWHERE))
    (tmp_path / "both.yaml").write_text(
        f"include: {tasks_folder()}/_cft_errata.yaml\ntask: both\ndataset_name: mini_math\n"
    )
    loaded = TaskManager(include_defaults=False, include_path=[str(tmp_path)]).load(["both"])
    lm = _answers(ITEMS[0].reference, right, "-77")
    found = lm_eval.evaluate(lm=lm, task_dict=loaded, limit=3)
    scores = found["results"]["both"]
    assert scores["acc,none"] == pytest.approx(1 / 3)
    assert scores["acc_errata,none"] == pytest.approx(2 / 3)
    assert scores["acc_qwen_errata,none"] == pytest.approx(2 / 3)
    second = found["samples"]["both"][1]["doc"]
    assert (second["reference"], second["corrected"]) == (
        ITEMS[1].reference,
        ["-77", "-78", "-79"],
    )
    assert second["item"] == known_items("mini_math")[1]
    assert second["verdicts"][0]["correct"]["strict"] is False
    assert second["verdicts"][0]["corrected"]["strict"] is True


def test_the_suite_with_errata_has_both_scores_of_all_six() -> None:
    import yaml

    folder = Path(tasks_folder())
    group = yaml.safe_load((folder / "cft_math_suite_errata.yaml").read_text())
    assert group["task"] == [f"cft_{name}_errata" for name in SUITE]
    metrics = {entry["metric"] for entry in group["aggregate_metric_list"]}
    assert {"acc", "acc_errata", "acc_qwen_errata", "acc_cft_paper_errata"} < metrics
