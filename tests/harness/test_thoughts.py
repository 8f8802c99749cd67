"""A thought that the limit cuts is no answer, whoever began it; and nothing is asked in vain."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cft_eval.harness.thoughts import opened_unseen, opening
from tests.harness.tiny import save_model

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("torch", reason="needs torch")

from cft_eval.errors import CftError
from cft_eval.harness.defaults import tasks_folder
from cft_eval.harness.guards import TooManyExamples
from cft_eval.harness.room import NoRoom, ThoughtsDropped
from tests.harness.chat_server import Answer, Payload, serve
from tests.harness.test_chat_server import model as chat_model
from tests.harness.test_engines import evaluate

THINKS = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}{% endif %}"
)
"""The end of a prompt as the templates of DeepSeek-R1 and QwQ write it."""

PROMPTS = [
    ("<|im_start|>assistant\n<think>\n", "<think>\n"),
    ("<|Assistant|><think>", "<think>"),
    ("<|im_start|>assistant\n", ""),
    # What Qwen3's template writes where it is told not to think: the thought is over.
    ("<|im_start|>assistant\n<think>\n\n</think>\n\n", ""),
    ("What does <think> mean?<|im_end|>\n", ""),
]


@pytest.mark.parametrize(("prompt", "tag"), PROMPTS)
def test_what_a_prompt_ends_in(prompt: str, tag: str) -> None:
    assert opening(prompt) == tag


def test_a_stray_tag_is_no_thought() -> None:
    assert not opened_unseen(["4", "5", "6 </think>"])
    assert not opened_unseen([])
    assert opened_unseen(["so</think>4", "so</think>5", "6"])


class Engine:
    """Hands out responses; what it is asked for is a task's own affair."""

    def __init__(self, *responses: str) -> None:
        self.responses = responses

    def fill(self, task: Any) -> list[dict[str, Any]]:
        """The verdicts on the responses, as `lm_eval.evaluate` comes to them."""
        task.build_all_requests(
            limit=len(self.responses), apply_chat_template=True, chat_template=self.render
        )
        for instance, response in zip(task.instances, self.responses, strict=True):
            instance.resps = [response]
        task.apply_filters()
        return [
            {"answer": str(g) or None, "response": str(i.resps[0])}
            for i in task.instances
            for (g,) in [i.filtered_resps["none"]]
        ]

    @staticmethod
    def render(messages: list[dict[str, str]], *, add_generation_prompt: bool = True) -> str:
        turns = "".join(f"<{m['role']}>{m['content']}" for m in messages)
        return f"{turns}<assistant><think>\n"


def task_named(name: str) -> Any:
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_defaults=False, include_path=tasks_folder())
    return manager.load([name])["tasks"][name]


@pytest.mark.parametrize("name", ["cft_mini_gsm8k", "cft_mini_math"])
def test_the_prompt_began_the_thought(name: str) -> None:
    found = Engine("It is \\boxed{19}, or", "\\boxed{18}?</think>\\boxed{19}").fill(
        task_named(name)
    )
    assert [each["answer"] for each in found] == [None, "19"]
    # The log says why, to whoever grades it again without the prompt.
    assert found[0]["response"] == "<think>\nIt is \\boxed{19}, or"


def test_text_after_a_stop_never_counts() -> None:
    (found,) = Engine("\\boxed{3}</think>\\boxed{4} [END] no: </think>\\boxed{5}").fill(
        task_named("cft_mini_gsm8k")
    )
    assert found["answer"] == "4"


def thinker(payload: Payload) -> Answer:
    """A server whose template writes `<think>`; every other thought is cut."""
    problem = payload["messages"][-1]["content"]
    if len(problem) % 2:
        return Answer("Perhaps \\boxed{4}, or", "length", 2048)
    return Answer("Perhaps \\boxed{4}</think>\\boxed{5}", "stop", 12)


def test_a_server_keeps_its_prompt_to_itself() -> None:
    with serve(thinker) as server:
        found = evaluate(
            chat_model(server.url), "cft_mini_gsm8k", limit=8, apply_chat_template=True
        )
    verdicts = [sample["doc"]["verdicts"][0] for sample in found["samples"]["cft_mini_gsm8k"]]
    assert {(v["finish"], v["answer"]) for v in verdicts} == {("length", None), ("stop", "5")}


@pytest.fixture(scope="module")
def lm(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from lm_eval.models.huggingface import HFLM

    path: Path = save_model(tmp_path_factory.mktemp("model") / "tiny")
    lm = HFLM(pretrained=str(path), device="cpu", dtype="float32", batch_size=4, max_length=512)
    lm.tokenizer.chat_template = THINKS
    return lm


def test_hf_with_a_template_that_begins_the_thought(lm: Any) -> None:
    found = evaluate(lm, limit=4, sent={"max_gen_toks": 8}, apply_chat_template=True)
    for sample in found["samples"]["cft_arithmetic"]:
        (verdict,) = sample["doc"]["verdicts"]
        assert verdict["finish"] == "length"
        assert (verdict["outcome"], verdict["answer"]) == ("no_answer", None)
        assert sample["resps"][0][0].startswith("<think>\n")


def test_no_room_for_the_response(lm: Any) -> None:
    with pytest.raises(NoRoom) as error:
        evaluate(lm, "cft_arithmetic", limit=2, sent={"max_gen_toks": 32768})
    said = str(error.value)
    assert said.startswith("cft_arithmetic: a prompt of ")
    room = int(
        said.partition("max_gen_toks=")[2].partition("set --gen_kwargs max_gen_toks=")[2].split()[0]
    )
    assert "do not fit into the 512 tokens that the model sees; set --gen_kwargs" in said
    evaluate(lm, "cft_arithmetic", limit=2, sent={"max_gen_toks": 1, "until": ["a"]})
    with pytest.raises(NoRoom):
        evaluate(lm, "cft_arithmetic", limit=2, sent={"max_gen_toks": room + 1})


def test_no_room_for_the_prompt() -> None:
    small = SimpleNamespace(max_length=4, max_gen_toks=256, tok_encode=str.split)
    from cft_eval.harness.room import check_room

    asked = SimpleNamespace(task_name="t", args=("one two three four five", {"max_gen_toks": 1}))
    with pytest.raises(NoRoom, match=r"t: a prompt of 5 tokens .*ask with fewer examples"):
        check_room(small, [asked])


def test_thoughts_must_not_be_dropped_by_the_engine(lm: Any) -> None:
    lm.think_end_token = "</think>"
    try:
        with pytest.raises(ThoughtsDropped, match=r"^think_end_token=</think>: these tasks find"):
            evaluate(lm, limit=1)
    finally:
        lm.think_end_token = None


def test_more_examples_than_there_are() -> None:
    task = task_named("cft_mini_math")
    task.set_config(key="num_fewshot", value=9)
    with pytest.raises(TooManyExamples) as error:
        task.build_all_requests(limit=1)
    assert str(error.value) == (
        "cft_mini_math: --num_fewshot 9: there are 4 worked examples; ask for 0 to 4"
    )
    assert isinstance(error.value, CftError)
