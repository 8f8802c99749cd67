"""The text that a model is given, letter for letter."""

from pathlib import Path
from typing import Any

import pytest

from cft_eval.harness.evaluate import tasks_folder
from cft_eval.harness.fewshot import exemplars
from cft_eval.harness.protocol import SYSTEM, chatml
from cft_eval.testsets import BENCHMARKS, item_hash, known_items
from cft_eval.testsets.rows import last_box

lm_eval = pytest.importorskip("lm_eval", reason="needs the extra `eval`")

PAPER = (
    "<|im_start|>system\n"
    "Please reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
    "<|im_start|>user\n"
    "Evaluate $3\\cdot 8-5$.<|im_end|>\n"
    "<|im_start|>assistant\n"
)
"""`qwen25-math-cot` in the CFT paper's harness, filled in."""

# The paper's, those that are text first: a chat server takes four.
STOPS = ["[END]", "(END)", "**END**", "\\[END\\]", "<|im_end|>", "<|endoftext|>", "</s>"]


def _load(folder: str | list[str], name: str) -> Any:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_defaults=False, include_path=folder)
    return manager.load([name])["tasks"][name]


@pytest.fixture(scope="module")
def task() -> Any:
    return _load(tasks_folder(), "cft_mini_math")


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


def test_examples_in_a_chat_are_turns(task: Any) -> None:
    prompt = task.fewshot_context(task.task_docs[0], 1)
    system, rest = PAPER.split("<|im_start|>user", maxsplit=1)
    first = exemplars()[0]
    assert prompt == (
        f"{system}<|im_start|>user\n{first['problem']}<|im_end|>\n"
        f"<|im_start|>assistant\n{first['solution']}<|im_end|>\n<|im_start|>user{rest}"
    )


def test_a_base_model_sees_plain_text(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        f"include: {tasks_folder()}/_cft_fewshot.yaml\ntask: base\ndataset_name: mini_math\n"
    )
    task = _load([str(tmp_path)], "base")
    examples = [f"Problem:\n{e['problem']}\n\nSolution: {e['solution']}\n\n" for e in exemplars()]
    assert task.config.num_fewshot == len(examples) == 4
    assert task.fewshot_context(task.task_docs[0], 4) == (
        "".join(examples) + "Problem:\nEvaluate $3\\cdot 8-5$.\n\nSolution:"
    )


def test_the_examples_are_right_and_in_no_test_set() -> None:
    boxes = [last_box(exemplar["solution"]) for exemplar in exemplars()]
    assert boxes == ["750", "7", r"\frac{3}{8}", r"2\sqrt{13}"]
    hashes = {item_hash(e["problem"], box) for e, box in zip(exemplars(), boxes, strict=True)}
    assert not any(hashes & set(known_items(name)) for name in BENCHMARKS)
