"""Templates that would train on another text than was asked for. No torch."""

import copy
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from cft_eval.dataset.rows import Method, TrainingRow
from cft_eval.errors import CftError
from cft_eval.training.chat import TEMPLATES, WrongTemplate, chat_of, use_template
from cft_eval.training.encode import encode_rows
from tests.training.letters import Letters


def test_the_end_is_what_the_template_writes_after_an_answer() -> None:
    assert chat_of(Letters(eos=7)).end == 0


def test_where_the_template_writes_none_it_is_the_end_token() -> None:
    assert chat_of(Letters(eos=7, end="\n")).end == 7


def test_a_tokenizer_without_an_end_token_is_refused() -> None:
    with pytest.raises(CftError, match="no end token, so the model would never learn to stop"):
        chat_of(Letters(eos=None, end=""))


def test_a_system_message_of_the_templates_own_is_refused() -> None:
    with pytest.raises(WrongTemplate, match=r"adds its own system message: 's>system: b"):
        chat_of(Letters(default="s>system: be good;"), system=False)
    # With a message of ours the template has no occasion for its own.
    chat_of(Letters(default="s>system: be good;"), system=True)


class Deaf(Letters):
    def apply_chat_template(self, conversation: Sequence[dict[str, str]], **options: Any) -> str:
        spoken = [message for message in conversation if message["role"] != "system"]
        return super().apply_chat_template(spoken, **options)


class Thinking(Letters):
    def apply_chat_template(self, conversation: Sequence[dict[str, str]], **options: Any) -> str:
        text = super().apply_chat_template(conversation, **options)
        return text + "<think>" if options["add_generation_prompt"] else text


class Strict(Letters):
    def apply_chat_template(self, conversation: Sequence[dict[str, str]], **options: Any) -> str:
        raise ValueError("System role not supported")


WRONG = [
    (Deaf(), "does not write the system message once"),
    (Thinking(), "prompted in another way than it was taught"),
    (Strict(), "cannot write a system message: System role not supported"),
]


@pytest.mark.parametrize(("tokenizer", "message"), WRONG)
def test_a_wrong_template_is_refused(tokenizer: Letters, message: str) -> None:
    with pytest.raises(WrongTemplate, match=message):
        chat_of(tokenizer)


class Templated(Letters):
    """Letters whose conversation is written by a function, one turn after the other."""

    all_special_tokens = ("<s>",)
    # A token without a name of its own: `all_special_ids` does not list it.
    added_tokens_decoder: ClassVar = {999: SimpleNamespace(content="<|eot|>", special=True)}

    def __init__(self, opening: str, user: str, assistant: str, *, start: str = "") -> None:
        super().__init__(eos=7)
        self.turns = {"system": opening, "user": user, "assistant": assistant}
        self.start = start

    def apply_chat_template(self, conversation: Sequence[dict[str, str]], **options: Any) -> str:
        text = "".join(self.turns[m["role"]].replace("@", m["content"]) for m in conversation)
        prompt = self.turns["assistant"].partition("@")[0]
        return self.start + text + (prompt if options["add_generation_prompt"] else "")

    def encode(self, text: str, *, add_special_tokens: bool, **options: Any) -> list[int]:
        if options.get("split_special_tokens"):
            return super().encode(text, add_special_tokens=add_special_tokens)
        ids: list[int] = []
        for piece in re.split(r"(<\|eot\|>)", text):
            plain = super().encode(piece, add_special_tokens=add_special_tokens)
            ids += [999] if piece == "<|eot|>" else plain
        return ids


def test_the_end_is_what_the_template_writes_though_it_has_no_name() -> None:
    tokenizer = Templated("<|s|>@<|eot|>", "<|u|>@<|eot|>", "<|a|>@<|eot|>")
    assert 999 not in tokenizer.all_special_ids
    assert chat_of(tokenizer).end == 999


def test_an_end_that_is_no_token_is_refused() -> None:
    spelled = Templated("<|s|>@", "<|u|>@", "<|a|>@<|im_end|>\n")
    with pytest.raises(WrongTemplate, match=r"ends an answer with '<\|im_end\|>'"):
        chat_of(spelled)


ADDS = [
    # as Llama 3.2's
    (
        Templated("[S]Today Date: 26 Jul 2024\n@<|eot|>", "[U]@<|eot|>", "[A]@<|eot|>"),
        "adds its own text: 'Today Date: 26 Jul 2024'",
    ),
    # as AceMath's
    (
        Templated("<|s|>@", "<|u|>@\nPlease use a \\boxed command.", "<|a|>@<|eot|>"),
        "'Please use a \\\\boxed command.'",
    ),
    # as Qwen3's where it is told not to think
    (
        Templated("<|s|>@", "<|u|>@", "<|a|><think>\n\n</think>\n\n@<|eot|>"),
        "'<|a|><think>\\n\\n</think>'",
    ),
    # a persona before the system's message
    (Templated("USER: @", "USER: @", "ASSISTANT: @", start="You are kind. "), "'You are kind."),
    # after the answer, before its end
    (Templated("<|s|>@", "<|u|>@", "<|a|>@ Rate this answer<|eot|>"), "'Rate this answer'"),
]


@pytest.mark.parametrize(("tokenizer", "said"), ADDS)
def test_text_of_the_templates_own_is_refused_unless_it_is_meant(
    tokenizer: Templated, said: str
) -> None:
    with pytest.raises(WrongTemplate) as caught:
        chat_of(tokenizer)
    assert said in str(caught.value)
    assert str(caught.value).endswith("--template-text")
    chat = chat_of(tokenizer, own_text=True)
    assert chat.added
    row = TrainingRow(question="1+1?", response="3", critique="No. Conclusion: wrong [END]")
    encoded = encode_rows([row], chat, Method.CFT, system="S", max_length=4000)
    (warning,) = [line for line in encoded.report() if line.startswith("warning: ")]
    assert warning == (
        f"warning: the chat template adds its own text to all 1 examples: {chat.added!r}"
    )


MARKUP = [
    Templated("<s>[INST] <<SYS>>\n@\n<</SYS>>\n\n", "@ [/INST]", " @ <|eot|>"),
    Templated("### System:\n@\n\n", "### Instruction:\n@\n\n", "### Response:\n@<|eot|>"),
    Templated("@\n\n", "User: @\n\n", "Assistant: @<|eot|>"),
    Templated("<start_of_turn>user\n@\n", "@<end_of_turn>\n", "<start_of_turn>model\n@<|eot|>"),
]


@pytest.mark.parametrize("tokenizer", MARKUP)
def test_markup_and_the_names_of_roles_are_no_text(tokenizer: Templated) -> None:
    assert chat_of(tokenizer).added == ""


def test_a_date_of_the_templates_is_that_of_the_runs_start() -> None:
    pytest.importorskip("transformers", reason="needs the train extra")
    from tests.training import tiny_run

    tokenizer = copy.deepcopy(tiny_run.tokenizer())
    tokenizer.chat_template = "Today is {{ strftime_now('%d %b %Y') }}. " + TEMPLATES["qwen"]
    chat = chat_of(tokenizer, own_text=True, day=datetime(2001, 2, 3))
    assert chat.added == "Today is 03 Feb 2001. system"
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "1+1?"}]
    assert tokenizer.decode(chat.prompt_ids(messages)).startswith("Today is 03 Feb 2001.")
    assert str(datetime.now().year) in chat_of(tokenizer, own_text=True).added


class Bare:
    chat_template: str | None = None


def test_a_tokenizer_without_a_template_needs_one(tmp_path: Path) -> None:
    with pytest.raises(WrongTemplate, match="no chat template; give one with --chat-template"):
        use_template(Bare(), None)
    tokenizer = Bare()
    use_template(tokenizer, "qwen")
    assert tokenizer.chat_template == TEMPLATES["qwen"]
    (tmp_path / "t.jinja").write_text("{{ x }}")
    use_template(tokenizer, str(tmp_path / "t.jinja"))
    assert tokenizer.chat_template == "{{ x }}"
    with pytest.raises(CftError, match=r"takes qwen, deepseek or a file"):
        use_template(tokenizer, "no-such")
