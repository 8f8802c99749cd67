"""Micro-batches as tensors: examples behind one another that do not see one another.

    Micro + examples ──> input_ids, position_ids, labels of shape (lines, longest)

Positions begin at 0 with each example. That is how the attention of transformers knows where one
ends: it makes the block-diagonal mask (or FlashAttention's offsets) of them, if and only if it is
given no attention mask.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cft_eval.training.encode import IGNORE, Example
from cft_eval.training.schedule import Micro, Step

if TYPE_CHECKING:
    import torch


class Batches:
    """The micro-batches of a run in the order they are used, as a loader wants them."""

    def __init__(self, examples: Sequence[Example], steps: Sequence[Step], *, pad: int) -> None:
        self._examples = examples
        self._micros = [micro for step in steps for micro in step]
        self._pad = pad

    def __len__(self) -> int:
        return len(self._micros)

    def __getitem__(self, index: int) -> dict[str, "torch.Tensor"]:
        return tensors(self._micros[index], self._examples, pad=self._pad)

    def names(self, index: int) -> list[str]:
        """The rows of a micro-batch."""
        return [self._examples[i].name for line in self._micros[index] for i in line]


def tensors(micro: Micro, examples: Sequence[Example], *, pad: int) -> dict[str, "torch.Tensor"]:
    """One micro-batch. Padding is an example of its own: nothing looks at it."""
    import torch

    lines = [[examples[i] for i in line] for line in micro]
    # The last micro-batches of an epoch may be empty; every device must run a forward all the same.
    longest = max((sum(map(len, line)) for line in lines), default=2)
    ids, positions, labels = [], [], []
    for line in lines or [[]]:
        rest = longest - sum(map(len, line))
        ids.append([t for example in line for t in example.input_ids] + [pad] * rest)
        positions.append([p for example in line for p in range(len(example))] + list(range(rest)))
        # The first token of an example is never predicted: only another example stands before it.
        labels.append([label for e in line for label in (IGNORE, *e.labels[1:])] + [IGNORE] * rest)
    return {
        "input_ids": torch.tensor(ids),
        "position_ids": torch.tensor(positions),
        "labels": torch.tensor(labels),
    }
