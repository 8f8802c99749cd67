"""A real run of lm-eval on a model made on the spot, read back."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cft_eval.checker import Outcome
from cft_eval.harness.read import EvaluationLog, read_output
from cft_eval.testsets import SUITE, arithmetic, known_items

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("torch", reason="needs torch")
pytestmark = pytest.mark.slow

ENV = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 of random weights with a tokenizer and a chat template."""
    from cft_eval.lab.tiny import make_model, make_tokenizer

    folder = tmp_path_factory.mktemp("model") / "tiny-qwen2"
    tokenizer = make_tokenizer([p.problem + " " + p.response for p in arithmetic.problems("test")])
    make_model(tokenizer, layers=1).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def output(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`cft-eval run` of the mini suite and a task with repeats, as a user types it."""
    folder = tmp_path_factory.mktemp("runs")
    command = [sys.executable, "-m", "cft_eval.cli", "run", "--model", "hf"]
    command += ["--model_args", f"pretrained={model},dtype=float32", "--device", "cpu"]
    command += ["--tasks", "cft_math_suite_mini,cft_arithmetic", "--limit", "3"]
    command += ["--gen_kwargs", "max_gen_toks=8", "--batch_size", "32", "--apply_chat_template"]
    done = subprocess.run(
        [*command, "--output_path", str(folder)],
        env={**os.environ, **ENV},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (folder / "stdout.txt").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def evaluation(output: Path) -> EvaluationLog:
    return read_output(output)


TASKS = {f"cft_mini_{name}": f"mini_{name}" for name in SUITE} | {"cft_arithmetic": "arithmetic"}


def test_every_task_is_there_with_its_first_items(evaluation: EvaluationLog) -> None:
    run = evaluation.run
    assert run.model.name == "tiny-qwen2"
    assert (run.engine, run.chat_template_sha is not None) == ("hf", True)
    assert {task: score.benchmark for task, score in run.tasks.items()} == TASKS
    for task, benchmark in TASKS.items():
        score = run.tasks[task]
        assert (score.items, score.expected_items) == (3, len(known_items(benchmark)))
        scores = {"acc", "acc_qwen", "acc_cft_paper", "answered", "boxed", "truncated", "too_slow"}
        assert score.scores.keys() == scores
        assert (score.settings.max_gen_toks, score.settings.temperature) == (8, 0.0)
        assert "[END]" in score.settings.until
        items = tuple(sample.item for sample in evaluation.samples if sample.task == task)
        assert items == known_items(benchmark)[:3]


def test_scores_are_the_means_of_the_samples(evaluation: EvaluationLog) -> None:
    for task, score in evaluation.run.tasks.items():
        samples = [sample for sample in evaluation.samples if sample.task == task]
        found = {
            "acc": [sample.outcome is Outcome.CORRECT for sample in samples],
            "acc_qwen": [sample.correct["qwen"] for sample in samples],
            "acc_cft_paper": [sample.correct["cft_paper"] for sample in samples],
            "answered": [sample.outcome is not Outcome.NO_ANSWER for sample in samples],
            "truncated": [sample.finish == "length" for sample in samples],
        }
        for metric, flags in found.items():
            assert score.scores[metric] == pytest.approx(sum(flags) / len(flags))
        assert all(sample.tokens == 8 for sample in samples if sample.finish == "length")


def test_the_log_keeps_the_exact_prompt(output: Path) -> None:
    (log,) = output.glob("*/samples_cft_arithmetic_*.jsonl")
    first = json.loads(log.read_text().splitlines()[0])
    assert first["arguments"]["gen_args_0"]["arg_0"] == (
        "<|im_start|>system\n"
        "Please reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
        f"<|im_start|>user\n{arithmetic.problems('test')[0].problem}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_the_table_shows_intervals(output: Path) -> None:
    table = (output / "stdout.txt").read_text()
    assert re.search(r"^task +problems +acc ", table, re.MULTILINE)
    assert re.search(r"^cft_arithmetic +3 of 200 ", table, re.MULTILINE)
    assert re.search(r"^cft_math_suite_mini, mean of 6 +18 ", table, re.MULTILINE)
    assert "too few problems to tell two models apart" in table


def test_sampling_gives_pass_at_k_and_votes(model: Path, tmp_path: Path) -> None:
    import lm_eval
    from lm_eval.tasks import TaskManager

    from cft_eval.harness.defaults import tasks_folder

    sampled = tmp_path / "sampled.yaml"
    sampled.write_text(
        f"include: {tasks_folder()}/_cft_sampled.yaml\n"
        "task: cft_arithmetic_sampled\ndataset_name: arithmetic\n"
    )
    manager = TaskManager(include_defaults=False, include_path=[tasks_folder(), str(tmp_path)])
    found = lm_eval.simple_evaluate(
        model="hf",
        model_args={"pretrained": str(model), "device": "cpu", "dtype": "float32"},
        tasks=["cft_arithmetic_sampled"],
        task_manager=manager,
        limit=2,
        gen_kwargs="max_gen_toks=4",
        bootstrap_iters=0,
        batch_size=16,
    )
    scores = found["results"]["cft_arithmetic_sampled"]
    assert {f"pass_at_{k},none" for k in (1, 2, 4, 8)} | {"maj_at_k,none"} < scores.keys()
    assert scores["pass_at_1,none"] == scores["acc,none"]
    (sample, _) = found["samples"]["cft_arithmetic_sampled"]
    assert len(sample["doc"]["verdicts"]) == len(sample["resps"][0]) == 8
    assert len(set(sample["resps"][0])) > 1  # temperature 0.6 is really sampled
