"""Messages to token ids and labels: the data contract of every trainer here. No torch.

    messages ── chat template ──> prompt ids + target ids ──> input_ids, labels

Only the target and the token that ends it are learnt. The system message is always explicit:
several chat templates put one of their own in where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cft_eval.errors import CftError

IGNORE = -100
"""The label that cross-entropy skips (torch's default ``ignore_index``)."""


Message = dict[str, str]
"""``role`` and ``content``, as chat templates read them."""


class Tokenizer(Protocol):
    """What is needed of a Hugging Face tokenizer."""

    @property
    def eos_token_id(self) -> int | None: ...

    # Foreign signatures: the library's own are unions of everything they may return.
    def apply_chat_template(self, conversation: Any, **options: Any) -> Any: ...

    def encode(self, text: Any, *, add_special_tokens: bool) -> Any: ...


@dataclass(frozen=True, slots=True)
class Example:
    """One training example: both of shape (length,)."""

    input_ids: list[int]
    labels: list[int]

    @property
    def learnt(self) -> int:
        """Tokens that carry a loss."""
        return sum(label != IGNORE for label in self.labels)


class BadRow(CftError):
    """A row that cannot be learnt from."""


def encode(
    tokenizer: Tokenizer, prompt: Sequence[Message], target: str, *, max_length: int
) -> Example:
    """Encode one example whole, or raise `BadRow`: nothing is cut silently.

    Prompt and target are tokenised apart, so that no token straddles the border between what is
    given and what is learnt.
    """
    if tokenizer.eos_token_id is None:
        raise BadRow("the tokenizer has no end token, so the model would never learn to stop")
    if not target.strip():
        raise BadRow("the target is empty: there is nothing to learn")
    text = tokenizer.apply_chat_template(list(prompt), tokenize=False, add_generation_prompt=True)
    given = tokenizer.encode(text, add_special_tokens=False)
    # Without the end token in the loss the model never learns to stop.
    learnt = [*tokenizer.encode(target, add_special_tokens=False), tokenizer.eos_token_id]
    if len(given) + len(learnt) > max_length:
        raise BadRow(
            f"{len(given) + len(learnt)} tokens, more than the maximum of {max_length}: "
            "shorten the row or raise the maximum"
        )
    return Example(given + learnt, [IGNORE] * len(given) + learnt)
