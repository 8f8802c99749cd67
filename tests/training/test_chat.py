"""Templates that would train on another text than was asked for. No torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cft_eval.errors import CftError
from cft_eval.training.chat import TEMPLATES, WrongTemplate, chat_of, use_template
from tests.training.letters import Letters


def test_the_end_is_what_the_template_writes_after_an_answer() -> None:
    assert chat_of(Letters(eos=7)).end == 0


def test_where_the_template_writes_none_it_is_the_end_token() -> None:
    assert chat_of(Letters(eos=7, end="\n")).end == 7


def test_a_tokenizer_without_an_end_token_is_refused() -> None:
    with pytest.raises(CftError, match="no end token, so the model would never learn to stop"):
        chat_of(Letters(eos=None, end=""))


def test_a_system_message_of_the_templates_own_is_refused() -> None:
    with pytest.raises(WrongTemplate, match=r"puts in a system message of its own: 's>system: b"):
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
    (Thinking(), "asked in another way than it was taught"),
    (Strict(), "cannot write a system message: System role not supported"),
]


@pytest.mark.parametrize(("tokenizer", "message"), WRONG)
def test_a_wrong_template_is_refused(tokenizer: Letters, message: str) -> None:
    with pytest.raises(WrongTemplate, match=message):
        chat_of(tokenizer)


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
