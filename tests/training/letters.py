"""A tokenizer of one token a letter, for exact assertions without torch."""

from collections.abc import Sequence
from typing import Any


class Letters:
    """The chat template is ``s>content;`` for each message; NUL ends an answer."""

    def __init__(self, eos: int | None = 0, *, end: str = "\0", default: str = "") -> None:
        self.eos_token_id = eos
        self.all_special_ids = [0]
        self._end, self._default = end, default

    def apply_chat_template(self, conversation: Sequence[dict[str, str]], **options: Any) -> str:
        turns = [
            f"{m['role'][0]}>{m['content']}{self._end if m['role'] == 'assistant' else ';'}"
            for m in conversation
        ]
        if self._default and conversation[0]["role"] != "system":
            turns.insert(0, self._default)
        return "".join(turns) + ("a>" if options["add_generation_prompt"] else "")

    def encode(self, text: str, *, add_special_tokens: bool, **options: Any) -> list[int]:
        assert not add_special_tokens
        return [ord(character) for character in text]

    @staticmethod
    def decode(ids: Sequence[int]) -> str:
        return "".join(map(chr, ids))
