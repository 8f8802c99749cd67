"""The text that a model is given, letter for letter."""

from typing import Any

import pytest

from cft_eval.harness.evaluate import tasks_folder
from cft_eval.harness.protocol import SYSTEM, chatml

lm_eval = pytest.importorskip("lm_eval", reason="needs the extra `eval`")

PAPER = (
    "<|im_start|>system\n"
    "Please reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
    "<|im_start|>user\n"
    "Evaluate $3\\cdot 8-5$.<|im_end|>\n"
    "<|im_start|>assistant\n"
)
"""`qwen25-math-cot` in the CFT paper's harness, filled in."""

STOPS = ["</s>", "<|im_end|>", "<|endoftext|>", "(END)", "\\[END\\]", "**END**", "[END]"]


@pytest.fixture(scope="module")
def task() -> Any:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_defaults=False, include_path=tasks_folder())
    return manager.load(["cft_mini_math"])["tasks"]["cft_mini_math"]


def test_without_a_chat_template_the_prompt_is_the_papers(task: Any) -> None:
    assert task.fewshot_context(task.task_docs[0], 0) == PAPER


def test_with_a_chat_template_the_messages_are_system_and_user(task: Any) -> None:
    seen: list[list[dict[str, str]]] = []

    def template(messages: list[dict[str, str]], *, add_generation_prompt: bool) -> str:
        assert add_generation_prompt
        seen.append(messages)
        return "rendered"

    prompt = task.fewshot_context(
        task.task_docs[0],
        0,
        apply_chat_template=True,
        fewshot_as_multiturn=True,
        chat_template=template,
    )
    assert prompt == "rendered"
    assert seen == [
        [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": "Evaluate $3\\cdot 8-5$."},
        ]
    ]


def test_a_system_instruction_stands_in_for_ours(task: Any) -> None:
    prompt = task.fewshot_context(task.task_docs[0], 0, system_instruction="Be brief.")
    assert prompt == PAPER.replace(SYSTEM, "Be brief.")
    assert task.fewshot_context(task.task_docs[0], 0) == PAPER


def test_generation_is_greedy_and_ends_at_the_papers_stops(task: Any) -> None:
    kwargs = task.config.generation_kwargs
    assert kwargs == {"temperature": 0.0, "max_gen_toks": 2048, "until": STOPS}
    # `num_fewshot: 0` would forbid --num_fewshot.
    assert task.config.num_fewshot is None


def test_a_started_response_stays_open() -> None:
    messages = [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "It is"}]
    assert chatml(messages, add_generation_prompt=False) == (
        "<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\nIt is"
    )
