"""Critique tasks: the prompts letter for letter, and rates that a constant answer does not have."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

from cft_eval.cli import main
from cft_eval.harness.critiques import CONCLUDE, balanced, harmonic, rate
from cft_eval.harness.defaults import tasks_folder
from cft_eval.harness.log_schema import UNKNOWN
from cft_eval.render.critiques import critique_lines, critique_rates
from tests.harness.test_engines import evaluate

ROWS = [
    {"problem": "What is 2+3?", "steps": ["Add them.", "It is 5."], "label": -1, "generator": "g"},
    {"problem": "What is 2*3?", "steps": ["Add them.", "It is 5."], "label": 0, "generator": "g"},
    {"problem": "What is 7-3?", "steps": ["It is 4."], "label": -1, "generator": "h"},
    {"problem": "What is 9-3?", "steps": ["Nine.", "Less 2.", "7."], "label": 1, "generator": "h"},
]

CFT = (
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
    "Please critique whether the following solution to the question is correct.\n\n"
    "Question:\nWhat is 2+3?\n\nSolution:\nAdd them.\n\nIt is 5.\n<|im_end|>\n"
    "<|im_start|>assistant\n"
)

PROCESSBENCH = (
    "<|im_start|>user\nThe following is a math problem and a solution (split into paragraphs, "
    "enclosed with tags and indexed from 0):\n\n[Math Problem]\n\nWhat is 2+3?\n\n[Solution]\n\n"
    "<paragraph_0>\nAdd them.\n</paragraph_0>\n\n<paragraph_1>\nIt is 5.\n</paragraph_1>\n\n"
    "Your task is to review and critique the solution paragraph by paragraph. Once you identify an "
    "error in a paragraph, return the index of the paragraph where the earliest error occurs. "
    'Otherwise, return the index of -1 (which typically denotes "not found").\n\n'
    "Please put your final answer (i.e., the index) in \\boxed{}.<|im_end|>\n"
    "<|im_start|>assistant\n"
)


@pytest.fixture(autouse=True)
def _small_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "processbench"
    folder.mkdir()
    (folder / "gsm8k.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    monkeypatch.setenv("CFT_EVAL_DATA", str(tmp_path))
    monkeypatch.setenv("CFT_EVAL_ALLOW_DRIFT", "critique_gsm8k,critique_gsm8k_steps")


def load(name: str, **metadata: Any) -> Any:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_defaults=False, include_path=tasks_folder(), metadata=metadata)
    return manager.load([name])["tasks"][name]


def test_the_prompts() -> None:
    verdicts, steps = load("cft_critique_gsm8k"), load("cft_critique_gsm8k_steps")
    assert verdicts.fewshot_context(verdicts.eval_docs[0], 0) == CFT
    assert steps.fewshot_context(steps.eval_docs[0], 0) == PROCESSBENCH
    told = load("cft_critique_gsm8k", conclude=True)
    assert told.fewshot_context(told.eval_docs[0], 0) == CFT.replace(
        "It is 5.\n", f"It is 5.\n\n{CONCLUDE}"
    )


def critic(*said: str) -> Any:
    """An engine that gives these critiques, one to each problem in its turn."""
    from lm_eval.api.model import LM

    class Critic(LM):  # type: ignore[misc]  # lm-eval has no types
        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            return [said[request.doc["index"] % len(said)] for request in requests]

        loglikelihood = loglikelihood_rolling = generate_until

    return Critic()


RIGHT, WRONG, SILENT = "Conclusion: right [END]", "Conclusion: wrong", "Well."
RATES = [
    ((RIGHT,), {"right_found": 1, "wrong_found": 0, "balanced": 0.5, "harmonic": 0}),
    ((WRONG,), {"right_found": 0, "wrong_found": 1, "balanced": 0.5, "harmonic": 0}),
    ((RIGHT, WRONG), {"right_found": 1, "wrong_found": 1, "balanced": 1, "harmonic": 1}),
    ((RIGHT, SILENT), {"wrong_found": 0, "no_verdict": 0.5, "called_right": 0.5, "acc": 0.5}),
]


@pytest.mark.parametrize(("said", "expected"), RATES)
def test_the_rates_of_verdicts(said: tuple[str, ...], expected: dict[str, float]) -> None:
    found = evaluate(critic(*said), "cft_critique_gsm8k")["results"]["cft_critique_gsm8k"]
    assert {name: found[f"{name},none"] for name in expected} == pytest.approx(expected)


def test_processbenchs_own_score() -> None:
    """F1 of exact steps on wrong solutions and of -1 on right ones."""
    said = ("\\boxed{-1}", "\\boxed{1}", "\\boxed{-1}", "\\boxed{1}")
    name = "cft_critique_gsm8k_steps"
    found = evaluate(critic(*said), name)["results"][name]
    assert found["right_found,none"] == 1.0
    assert found["wrong_found,none"] == 0.5  # the second is wrong in its first step
    assert found["harmonic,none"] == pytest.approx(2 / 3)


def test_one_kind_alone_has_no_balance() -> None:
    assert balanced([(True, 1.0)]) == harmonic([(False, 1.0)]) == rate([None]) == "unknown"


def test_what_the_run_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import cft_eval

    run = cft_eval.evaluate(
        critic(RIGHT, WRONG, RIGHT, SILENT), tasks="cft_critique_gsm8k", output=tmp_path / "out"
    )
    lines = critique_lines(run.run, run.samples)
    assert lines[0].startswith("cft_critique_gsm8k: right ones 100.0% (")
    assert "wrong ones 50.0% (" in lines[0]
    assert "balanced 75.0% (" in lines[0]
    assert "harmonic 66.7% (" in lines[0]
    assert lines[0].endswith("called right 50.0%, no verdict 25.0%")
    assert lines[1] == "  by the length of the solution alone: 75.0% balanced"
    assert lines[2].startswith("baselines: always right or always wrong 50.0% balanced")
    assert main(["report", str(tmp_path / "out")]) == 0
    assert lines[0] in capsys.readouterr().out
    rates = critique_rates(run.samples)
    assert rates is not None
    assert rates.balanced_interval.low < rates.balanced < rates.balanced_interval.high
    assert critique_rates([s for s in run.samples if s.reference == "-1"]) is None


STUDENTS: list[dict[str, Any]] = [
    {"question": "What is 2+3?", "reasoning": ["It is \\boxed{5}."], "gt": "9", "pred": "5"},
    {"question": "What is 2*3?", "reasoning": "It is \\boxed{5}.", "gt": "5", "pred": "5"},
]


@pytest.fixture
def _students(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("realcritic", "gsm8k"):
        (tmp_path / folder).mkdir()
    (tmp_path / "realcritic/gsm8k.jsonl").write_text("\n".join(map(json.dumps, STUDENTS)))
    ours = [
        {"question": "What is 2+3? ", "answer": "#### 5"},
        {"question": "What is 2*3?", "answer": "#### 6"},
        {"question": "Another?", "answer": "#### 7"},
    ]
    (tmp_path / "gsm8k/test.jsonl").write_text("\n".join(map(json.dumps, ours)))
    monkeypatch.setenv("CFT_EVAL_ALLOW_DRIFT", "correction_gsm8k")


@pytest.mark.usefixtures("_students")
def test_corrections_are_graded_by_our_reference(tmp_path: Path) -> None:
    import cft_eval
    from cft_eval.testsets.load import load as load_items

    items = load_items("correction_gsm8k")
    assert [(i.reference, i.level) for i in items] == [
        ("5", "right solution"),
        ("6", "wrong solution"),
    ]
    task = load("cft_correction_gsm8k")
    prompt = task.fewshot_context(task.eval_docs[0], 0)
    assert "===CORRECTION_START===" in prompt
    assert prompt.endswith(
        "<|im_start|>user\nThe following is the data for your task:\n\n## Math Problem\n"
        "What is 2+3?\n\n## Student Solution\nIt is \\boxed{5}.<|im_end|>\n<|im_start|>assistant\n"
    )
    for said, corrected, kept in (("\\boxed{6}", 1.0, 0.0), ("\\boxed{5}", 0.0, 1.0)):
        run = cft_eval.evaluate(
            critic(said), tasks="cft_correction_gsm8k", output=tmp_path / said.strip("\\{}")
        )
        (row,) = run.scores.to_dict("records")
        assert (row["corrected"], row["kept"], row["echo"]) == (corrected, kept, 0.5)
        (line,) = critique_lines(run.run, run.samples)
        assert line.endswith("handing the answer back scores 50.0%")


@pytest.mark.usefixtures("_students")
def test_a_question_of_no_benchmark(tmp_path: Path) -> None:
    from cft_eval.testsets.load import load as load_items
    from cft_eval.testsets.references import NoReference

    rows = [{**STUDENTS[0], "question": "What is love?"}]
    (tmp_path / "realcritic/gsm8k.jsonl").write_text(json.dumps(rows[0]))
    with pytest.raises(NoReference, match="'What is love\\?' is not a problem of gsm8k"):
        load_items("correction_gsm8k")


def test_what_no_hub_has(monkeypatch: pytest.MonkeyPatch) -> None:
    from cft_eval.testsets.load import load as load_items
    from cft_eval.testsets.sources import NotOnHub

    monkeypatch.delenv("CFT_EVAL_DATA")
    with pytest.raises(NotOnHub, match="take it from github"):
        load_items("correction_math")


def test_a_group_of_which_a_part_is_unknown_is_unknown() -> None:
    """A few solutions may be of one kind alone, and lm-eval takes the mean over the tasks."""
    aggregate = pytest.importorskip("lm_eval.api.metrics").aggregate_subtask_metrics
    for values in ([0.5, UNKNOWN], [UNKNOWN, 0.5, 0.25], [UNKNOWN]):
        assert aggregate(values, [3] * len(values), weight_by_size=False) == "unknown"
    assert json.dumps(UNKNOWN) == '"unknown"'
