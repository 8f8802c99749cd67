"""The text that a model is given, letter for letter."""

import json
from pathlib import Path
from types import MethodType, SimpleNamespace
from typing import Any

import pytest

from cft_eval.harness.defaults import tasks_folder
from cft_eval.harness.fewshot import exemplars
from cft_eval.harness.protocol import SYSTEM, UnknownPrompt, chatml, has_system_turn
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


def _load(folder: str | list[str], name: str, **metadata: str) -> Any:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_defaults=False, include_path=folder, metadata=metadata)
    return manager.load([name])["tasks"][name]


@pytest.fixture(scope="module")
def task() -> Any:
    return _load(tasks_folder(), "cft_mini_math")


def test_without_a_chat_template_the_prompt_is_the_papers(task: Any) -> None:
    assert task.fewshot_context(task.eval_docs[0], 0) == PAPER


def test_with_a_chat_template_the_messages_are_system_and_user(task: Any) -> None:
    seen: list[list[dict[str, str]]] = []

    def template(messages: list[dict[str, str]], *, add_generation_prompt: bool) -> str:
        assert add_generation_prompt
        seen.append(messages)
        return f"system: {messages[0]['content']}"

    prompt = task.fewshot_context(
        task.eval_docs[0],
        0,
        apply_chat_template=True,
        fewshot_as_multiturn=True,
        chat_template=template,
    )
    assert prompt == f"system: {SYSTEM}"
    # Looked at once, with messages of its own, to see whether it knows a system's turn.
    assert seen[1:] == [
        [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": "Evaluate $3\\cdot 8-5$."},
        ]
    ]


def test_a_system_instruction_stands_in_for_ours(task: Any) -> None:
    prompt = task.fewshot_context(task.eval_docs[0], 0, system_instruction="Be brief.")
    assert prompt == PAPER.replace(SYSTEM, "Be brief.")
    assert task.fewshot_context(task.eval_docs[0], 0) == PAPER


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
    prompt = task.fewshot_context(task.eval_docs[0], 1)
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
    assert task.fewshot_context(task.eval_docs[0], 4) == (
        "".join(examples) + "Problem:\nEvaluate $3\\cdot 8-5$.\n\nSolution:"
    )


def test_the_examples_are_right_and_in_no_test_set() -> None:
    boxes = [last_box(exemplar["solution"]) for exemplar in exemplars()]
    assert boxes == ["750", "7", r"\frac{3}{8}", r"2\sqrt{13}"]
    hashes = {item_hash(e["problem"], box) for e, box in zip(exemplars(), boxes, strict=True)}
    assert not any(hashes & set(known_items(name)) for name in BENCHMARKS)


QWEN_MATH = (
    "{%- if messages[0].role != 'system' %}{{- '<|im_start|>system\n"
    + SYSTEM.replace("\\", "\\\\")
    + "<|im_end|>\n' }}{%- endif %}"
    "{%- for m in messages %}{{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
)
"""What Qwen2.5-Math's chat template writes for messages without tools."""

DEEPSEEK_MATH = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m.role == 'user' %}{{ 'User: ' + m.content + '\n\n' }}"
    "{% elif m.role == 'assistant' %}{{ 'Assistant: ' + m.content + eos_token }}"
    "{% else %}{{ m.content + '\n\n' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
"""What DeepSeek-Math's writes: a system message is bare text before the user's turn."""

NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for m in messages %}{{ '<start>' + m.role + '\n' + m.content + '<end>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start>model\n' }}{% endif %}"
)
"""As Gemma's: lm-eval drops the system message that it refuses."""

QUESTION = "Evaluate $3\\cdot 8-5$."
PAPER_DEEPSEEK = f"User: {QUESTION}\n{SYSTEM}\n\nAssistant:"
"""`deepseek-math` in the CFT paper's harness, filled in."""

TEMPLATES = [
    (QWEN_MATH, PAPER),
    (DEEPSEEK_MATH, f"<bos>{PAPER_DEEPSEEK}"),
    (NO_SYSTEM, f"<start>user\n{QUESTION}\n{SYSTEM}<end>\n<start>model\n"),
]


def _rendering(template: str) -> Any:
    """lm-eval's own way from messages to text, with a tokenizer of that template."""
    from lm_eval.models.huggingface import HFLM
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call, unused-ignore]
        tokenizer_object=Tokenizer(models.BPE()), bos_token="<bos>", eos_token="<eos>"
    )
    tokenizer.chat_template = template
    lm = SimpleNamespace(tokenizer=tokenizer, chat_template_args={})
    return MethodType(HFLM.apply_chat_template, lm)


@pytest.mark.parametrize(("template", "prompt"), TEMPLATES, ids=["qwen", "deepseek", "gemma"])
def test_with_the_models_own_template_the_prompt_is_the_papers(
    task: Any, template: str, prompt: str
) -> None:
    rendered = task.fewshot_context(
        task.eval_docs[0],
        0,
        apply_chat_template=True,
        fewshot_as_multiturn=True,
        chat_template=_rendering(template),
    )
    assert rendered == prompt


def test_examples_under_deepseeks_template(task: Any) -> None:
    example = exemplars()[0]
    rendered = task.fewshot_context(
        task.eval_docs[0],
        1,
        apply_chat_template=True,
        fewshot_as_multiturn=True,
        chat_template=_rendering(DEEPSEEK_MATH),
    )
    assert rendered == (
        f"<bos>User: {example['problem']}\n{SYSTEM}\n\nAssistant: {example['solution']}<eos>"
        f"{PAPER_DEEPSEEK}"
    )


def test_deepseeks_prompt_without_a_template() -> None:
    named = _load(tasks_folder(), "cft_mini_math", prompt="deepseek-math")
    assert named.fewshot_context(named.eval_docs[0], 0) == PAPER_DEEPSEEK
    other = _load(tasks_folder(), "cft_mini_math", prompt="alpaca")
    with pytest.raises(UnknownPrompt, match="known: chatml, deepseek-math, plain"):
        other.fewshot_context(other.eval_docs[0], 0)


def test_a_chat_server_is_sent_the_messages() -> None:
    assert has_system_turn(lambda messages, *, add_generation_prompt: messages)
    assert has_system_turn(_rendering(QWEN_MATH))
    assert not has_system_turn(_rendering(DEEPSEEK_MATH))
    assert not has_system_turn(_rendering(NO_SYSTEM))


def test_long_reasoning_stops_at_the_end_tokens_alone(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(
        f"include: {tasks_folder()}/_cft_long.yaml\ntask: long\ndataset_name: mini_math\n"
    )
    task = _load([str(tmp_path)], "long")
    assert task.config.generation_kwargs == {
        "temperature": 0.6,
        "top_p": 0.95,
        "max_gen_toks": 32768,
        "until": ["<|im_end|>", "<|endoftext|>", "</s>"],
    }
    assert task.fewshot_context(task.eval_docs[0], 0) == PAPER
    # As --gen_kwargs does it.
    task.set_config(key="generation_kwargs", value={"max_gen_toks": 100}, update=True)
    task.build_all_requests(limit=1)
    (instance,) = task.instances
    assert instance.args[1]["max_gen_toks"] == 100


THOUGHTS = [
    # response, answer found
    ("<think>\\boxed{18}? [END] No.</think>It is \\boxed{19}.", "19"),
    ("\\boxed{18}</think>\\boxed{19}", "19"),  # some templates write <think> themselves
    ("<think>It is \\boxed{19}, or", None),
]


@pytest.mark.parametrize(("response", "answer"), THOUGHTS)
def test_the_answer_is_what_follows_the_thought(response: str, answer: str | None) -> None:
    from cft_eval.harness.grading import GradeFilter
    from cft_eval.harness.task import document
    from cft_eval.testsets.load import load

    doc = document(load("mini_math")[0])
    ((graded,),) = GradeFilter(workers=1).apply([[response]], [doc])
    assert graded.verdict.answer == answer


def test_the_tasks_describe_themselves_by_the_same_words() -> None:
    """lm-eval reads YAML and the models' prompts are ours: two files, one sentence."""
    lines = (Path(tasks_folder()) / "_cft.yaml").read_text("utf-8").splitlines()
    [described] = [line for line in lines if line.startswith("description: ")]
    assert json.loads(described.partition(": ")[2]) == SYSTEM
