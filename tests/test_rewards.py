"""The checker as a reward: what earns, what does not, and a step of GRPO."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cft_eval.errors import CftError
from cft_eval.rewards import AnswerReward, FormatReward, answer_of, compute_score, score, text_of
from cft_eval.testsets import UnknownBenchmark

EARNS = [
    r"so \boxed{3}",
    "The answer is 3.",
    "#### 3",
    "<think>2 or 3</think><answer>3</answer>",
    r"\boxed{x=3}",
    r"\boxed{2} is wrong, so \boxed{3}",
]
EARNS_NOTHING = [
    "",
    "3",  # a number is no statement
    "so 3",
    r"\boxed{1}\boxed{2}\boxed{3}\boxed{4}",  # a flood
    r"\boxed{1,2,3,4,5}",
    "The answer is 1, 2, 3 or 4.",  # a hedge
    r"\boxed{\text{3 or 4}}",
    r"$\boxed{3}$. Or \boxed{4}",
    r"\boxed{3 = 4 = 5}",  # a chain
    r"\boxed{3}. Wait, that is wrong, the answer is 4.",  # taken back
    r"\boxed{3} is wrong.",
    r"<think>\boxed{3}",  # a thought that never ends
    r"\boxed{}",
    r"\boxed{answer}",
    r"\boxed{3}" + " and so on" * 30_000,  # longer than a completion may be
]


@pytest.mark.parametrize("response", EARNS)
def test_earns(response: str) -> None:
    assert score(response, "3") == 1.0


@pytest.mark.parametrize("response", EARNS_NOTHING, ids=lambda text: text[:30])
def test_earns_nothing(response: str) -> None:
    assert score(response, "3") == 0.0


def test_columns_of_any_name_and_messages() -> None:
    reward = AnswerReward(workers=1)
    told = [[{"role": "assistant", "content": r"\boxed{7}"}], r"\boxed{8}"]
    assert reward(told, answer=["3 + 4\n#### 7", "8"], prompts=["a", "b"]) == [1.0, 1.0]
    assert reward(told, solution=[r"so \boxed{7}", 9]) == [1.0, 0.0]
    named = AnswerReward(reference="gold_text", workers=1, right=2.0, wrong=-1.0)
    assert named(told, gold_text=["7", "7"], answer=["8", "8"]) == [2.0, -1.0]
    parts = [{"role": "assistant", "content": [{"type": "text", "text": r"\boxed{7}"}]}]
    assert text_of(parts) == r"\boxed{7}"
    assert reward.__name__ == "answer_reward"


def test_what_is_missing_is_said() -> None:
    reward = AnswerReward(workers=1)
    with pytest.raises(CftError, match=r"the dataset has: prompts, topic; name it"):
        reward(["x"], topic=["a"], prompts=["p"])
    with pytest.raises(CftError, match="expected one reference per completion, 2 in all"):
        reward(["x", "y"], answer=["1"])
    with pytest.raises(CftError, match="a completion is int"):
        reward([3], answer=["1"])
    with pytest.raises(UnknownBenchmark):
        AnswerReward(benchmark="no_such_thing")


def test_undecided_is_no_wrong_answer() -> None:
    unreadable = r"\notacommand{x"
    assert AnswerReward(workers=1)([r"\boxed{3}"], answer=[unreadable]) == [0.0]
    assert AnswerReward(workers=1, undecided=None)([r"\boxed{3}"], answer=[unreadable]) == [None]


def test_the_form_alone() -> None:
    reward = FormatReward()
    texts = ["<think>a</think> \\boxed{1}", "\\boxed{1}", "<think>a</think> 1",
             "<think>a</think><think>b</think>\\boxed{1}",
             "<think>a</think>\\boxed{1}\\boxed{2}"]  # fmt: skip
    assert reward(texts, answer=["1"] * 5) == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert FormatReward(r"A: \d+", reward=0.5)(["A: 12", "A: x"]) == [0.5, 0.0]


def test_verls_convention() -> None:
    """`compute_score(data_source, solution_str, ground_truth, extra_info)`, by keyword as well."""
    asked: dict[str, Any] = {"data_source": "openai/gsm8k", "ground_truth": "7", "extra_info": {}}
    assert compute_score(solution_str="The answer is 7", **asked) == {
        "score": 1.0, "acc": True, "pred": "7",
    }  # fmt: skip
    assert compute_score("anything/else", "7", "7")["score"] == 0.0
    assert compute_score("math_dapo", r"\boxed{8}", "7", None, sandbox=None)["score"] == 0.0


def test_answers_of_solutions() -> None:
    assert answer_of(r"First \boxed{3}, so \boxed{\frac12}") == r"\frac12"
    assert answer_of("4 * 2 = 8\n#### 8") == "8"
    assert answer_of(8.5) == "8.5"


@pytest.mark.slow
def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    """As typed, but for what the page itself says of a machine without a GPU."""
    pytest.importorskip("trl")
    from cft_eval.lab.tiny import make_model, make_tokenizer

    page = (Path(__file__).parents[1] / "docs" / "rewards.md").read_text()
    [code] = [b for b in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "GRPO" in b]
    tokenizer = make_tokenizer(["What is 28 + 40? The answer is 68."])
    for folder in (make_model(tokenizer, hidden=32, layers=1), tokenizer):
        folder.save_pretrained(tmp_path / "tiny")
    [config] = re.findall(r"`(GRPOConfig\(.*?\))`", page)
    code = code.replace('GRPOConfig(output_dir="grpo")', config)
    code = code.replace("Qwen/Qwen2.5-Math-7B", "tiny")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "rewards/answer_reward/mean" in done.stdout


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_step_of_grpo(tmp_path: Path) -> None:
    """A tiny model is trained for a step by TRL's own trainer, with both rewards."""
    pytest.importorskip("trl")
    from datasets import Dataset
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    from cft_eval.lab.tiny import make_model, make_tokenizer

    rows = {"prompt": ["1+1=", "2+2="] * 2, "answer": ["2", "4"] * 2}
    tokenizer = make_tokenizer([*rows["prompt"], "the answer is 0 1 2 3 4 5 6 7 8 9"])
    tokenizer.padding_side = "left"
    model = make_model(tokenizer, hidden=32, layers=1)
    told: list[list[float | None]] = []
    answers = AnswerReward(workers=1)

    def noted(completions: list[Any], **columns: Any) -> list[float | None]:
        told.append(answers(completions, **columns))
        return told[-1]

    trainer = GRPOTrainer(
        model=model,
        reward_funcs=[noted, FormatReward()],
        args=GRPOConfig(
            output_dir=str(tmp_path), per_device_train_batch_size=2, num_generations=2,
            max_completion_length=8, max_steps=1, report_to=[], use_cpu=True, logging_steps=1,
        ),
        train_dataset=Dataset.from_dict(rows),
        processing_class=tokenizer,
    )  # fmt: skip
    trainer.train()
    assert told
    assert all(reward in (0.0, 1.0) for batch in told for reward in batch)
    logged = {key for row in trainer.state.log_history for key in row}
    assert {"rewards/noted/mean", "rewards/format_reward/mean"} <= logged
