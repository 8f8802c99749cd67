"""Which examples make up each optimiser step, and how they lie in memory. No torch at import.

    lengths ── shuffle ──> steps of `batch` examples ── balance ──> micro-batches ── pack ──> lines
    micro-batch + examples ──> input_ids, position_ids, labels of shape (lines, longest)

A step has the same examples however many devices share it, so the recipe does not change with
the machine; and every micro-batch of a step has nearly the same number of tokens, so that no
device waits. Packing never moves an example to another step.

Positions begin at 0 with each example. That is how the attention of transformers knows where one
ends: it makes the block-diagonal mask (or FlashAttention's offsets) of them, if and only if it is
given no attention mask.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cft_eval.errors import CftError
from cft_eval.training.encode import IGNORE, Example
from cft_eval.training.settings import TrainingSettings

if TYPE_CHECKING:
    import torch

Line = list[int]
"""Examples that lie behind one another in one row of the batch."""

Micro = list[Line]
"""One forward pass on one device. May be empty at the end of an epoch."""

Step = list[Micro]
"""One optimiser step: devices x accumulation micro-batches, those of one moment side by side."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the work of one step is divided."""

    batch: int
    devices: int
    accumulation: int
    pack: bool
    flat: bool = False
    """One line a micro-batch, for kernels that know where examples begin (FlashAttention)."""

    batch_tokens: int | None = None
    """Tokens of a step, which then ends with the example that reaches them; instead of `batch`."""

    @property
    def micros(self) -> int:
        return self.devices * self.accumulation


def accumulation_for(*, batch: int, micro_batch: int, devices: int) -> int:
    """Forward passes of a device in one step, so that none has more than ``micro_batch``.

    >>> accumulation_for(batch=512, micro_batch=8, devices=8)  # the paper's
    8
    """
    return max(1, math.ceil(batch / (micro_batch * devices)))


def shape_of(
    settings: TrainingSettings, lengths: Sequence[int], *, devices: int, flat: bool
) -> Shape:
    """How steps are divided; with a step of so many tokens, by the mean example's."""
    batch = settings.batch_size
    if settings.batch_tokens is not None and lengths:
        batch = max(1, round(settings.batch_tokens * len(lengths) / sum(lengths)))
    parts = accumulation_for(batch=batch, micro_batch=settings.micro_batch_size, devices=devices)
    return Shape(
        batch, devices, parts, settings.packing, flat=flat, batch_tokens=settings.batch_tokens
    )


def schedule(
    lengths: Sequence[int],
    shape: Shape,
    *,
    seed: int,
    epochs: float = 1.0,
    max_steps: int | None = None,
) -> list[Step]:
    """All steps of a run; the same for the same arguments, on every machine."""
    if not lengths:
        raise CftError("no examples to train on")
    steps: list[Step] = []
    total, epoch = max_steps, 0
    while total is None or len(steps) < total:
        order = list(range(len(lengths)))
        random.Random(f"{seed}/{epoch}").shuffle(order)
        steps += [_step(chosen, lengths, shape) for chosen in _batches(order, lengths, shape)]
        total = max(1, math.ceil(len(steps) * epochs)) if total is None else total
        epoch += 1
    return steps[:total]


def _batches(order: list[int], lengths: Sequence[int], shape: Shape) -> Iterator[list[int]]:
    """The examples of each step."""
    if shape.batch_tokens is None:
        yield from (order[i : i + shape.batch] for i in range(0, len(order), shape.batch))
        return
    chosen: list[int] = []
    for example in order:
        chosen.append(example)
        if sum(lengths[i] for i in chosen) >= shape.batch_tokens:
            yield chosen
            chosen = []
    if chosen:
        yield chosen


def _step(chosen: list[int], lengths: Sequence[int], shape: Shape) -> Step:
    if not shape.pack:
        # Neighbours of the shuffled order, one a line: what trainers do by default.
        size = math.ceil(len(chosen) / shape.micros)
        return [
            [[example] for example in chosen[i * size : (i + 1) * size]]
            for i in range(shape.micros)
        ]
    parts = balance(chosen, lengths, shape.micros)
    # The longest first: those that run at the same moment are then alike.
    parts.sort(key=lambda part: -sum(lengths[example] for example in part))
    return [[part] if shape.flat and part else pack(part, lengths) for part in parts]


def balance(chosen: Sequence[int], lengths: Sequence[int], parts: int) -> list[list[int]]:
    """Divide examples into parts of nearly equal tokens: longest first, to the emptiest part."""
    import heapq

    heap = [(0, i) for i in range(parts)]
    divided: list[list[int]] = [[] for _ in range(parts)]
    for example in sorted(chosen, key=lambda example: (-lengths[example], example)):
        tokens, i = heapq.heappop(heap)
        divided[i].append(example)
        heapq.heappush(heap, (tokens + lengths[example], i))
    return divided


def pack(chosen: Sequence[int], lengths: Sequence[int]) -> list[Line]:
    """Lay examples into lines of nearly equal length, about as long as the longest example.

    Longer lines would waste attention, which costs the square of them; between one and two such
    lengths, the number of lines is taken that leaves the least padding.
    """
    if not chosen:
        return []
    total, longest = (f(lengths[example] for example in chosen) for f in (sum, max))
    fewest, most = math.ceil(total / (2 * longest)), math.ceil(total / longest)
    tried = (balance(chosen, lengths, lines) for lines in range(most, fewest - 1, -1))
    return min(tried, key=lambda lines: len(lines) * max(sum(lengths[i] for i in x) for x in lines))


class Batches:
    """The micro-batches of a run in the order they are used, as a loader wants them."""

    def __init__(self, examples: Sequence[Example], steps: Sequence[Step]) -> None:
        self._examples = examples
        self._micros = [micro for step in steps for micro in step]

    def __len__(self) -> int:
        return len(self._micros)

    def __getitem__(self, index: int) -> dict[str, "torch.Tensor"]:
        return tensors(self._micros[index], self._examples)

    def names(self, index: int) -> list[str]:
        """The rows of a micro-batch."""
        return [self._examples[i].name for line in self._micros[index] for i in line]


def tensors(micro: Micro, examples: Sequence[Example]) -> dict[str, "torch.Tensor"]:
    """One micro-batch. Padding is an example of its own, of zeros: nothing looks at it."""
    import torch

    lines = [[examples[i] for i in line] for line in micro]
    # The last micro-batches of an epoch may be empty; every device must run a forward all the same.
    longest = max((sum(map(len, line)) for line in lines), default=2)
    ids, positions, labels = [], [], []
    for line in lines or [[]]:
        rest = longest - sum(map(len, line))
        ids.append([t for example in line for t in example.ids] + [0] * rest)
        positions.append([p for example in line for p in range(len(example))] + list(range(rest)))
        # The first token of an example is never predicted: only another example stands before it.
        labels.append([label for e in line for label in (IGNORE, *e.labels[1:])] + [IGNORE] * rest)
    return {
        "input_ids": torch.tensor(ids),
        "position_ids": torch.tensor(positions),
        "labels": torch.tensor(labels),
    }
