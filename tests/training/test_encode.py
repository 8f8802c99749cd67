"""What is learnt, token for token, with a tokenizer of one token a letter. No torch."""

from collections.abc import Sequence
from typing import Any

import pytest

from cft_eval.training.encode import IGNORE, BadRow, Example, encode


class Letters:
    """A token a character; the chat template is ``role>content;``."""

    def __init__(self, eos: int | None = 0) -> None:
        self.eos_token_id = eos

    def apply_chat_template(self, conversation: Sequence[dict[str, str]], **options: Any) -> str:
        assert options == {"tokenize": False, "add_generation_prompt": True}
        return "".join(f"{m['role'][0]}>{m['content']};" for m in conversation) + "a>"

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        return [ord(character) for character in text]


USER = [{"role": "user", "content": "q"}]


def test_only_the_target_and_its_end_are_learnt() -> None:
    assert encode(Letters(), USER, "ok", max_length=10) == Example(
        # u    >   q    ;   a   >    o    k    end
        [117, 62, 113, 59, 97, 62, 111, 107, 0],
        [IGNORE] * 6 + [111, 107, 0],
    )


def test_the_learnt_tokens_are_counted() -> None:
    assert encode(Letters(), USER, "ok", max_length=10).learnt == 3


BAD = [
    ("ok", 8, 0, "9 tokens, more than the maximum of 8"),
    (" ", 10, 0, "the target is empty"),
    ("ok", 10, None, "no end token"),
]


@pytest.mark.parametrize(("target", "max_length", "eos", "message"), BAD)
def test_a_row_that_cannot_be_learnt_is_refused(
    target: str, max_length: int, eos: int | None, message: str
) -> None:
    with pytest.raises(BadRow, match=message):
        encode(Letters(eos), USER, target, max_length=max_length)
