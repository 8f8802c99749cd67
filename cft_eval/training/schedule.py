"""Which examples make up each optimiser step, and how they lie in memory. No torch.

    lengths ── shuffle ──> steps of `batch` examples ── balance ──> micro-batches ── pack ──> lines

A step has the same examples however many devices share it, so the recipe does not change with
the machine; and every micro-batch of a step has nearly the same number of tokens, so that no
device waits. Packing never moves an example to another step.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from cft_eval.errors import CftError

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

    @property
    def micros(self) -> int:
        return self.devices * self.accumulation


def accumulation_for(*, batch: int, micro_batch: int, devices: int) -> int:
    """Forward passes of a device in one step, so that none has more than ``micro_batch``.

    >>> accumulation_for(batch=512, micro_batch=8, devices=8)  # the paper's
    8
    """
    return max(1, math.ceil(batch / (micro_batch * devices)))


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
    an_epoch = math.ceil(len(lengths) / shape.batch)
    total = max_steps if max_steps is not None else max(1, math.ceil(an_epoch * epochs))
    steps: list[Step] = []
    epoch = 0
    while len(steps) < total:
        order = list(range(len(lengths)))
        random.Random(f"{seed}/{epoch}").shuffle(order)
        starts = range(0, len(order), shape.batch)
        steps += [_step(order[i : i + shape.batch], lengths, shape) for i in starts]
        epoch += 1
    return steps[:total]


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
    return min(tried, key=lambda lines: len(lines) * _longest(lines, lengths))


def _longest(lines: Sequence[Line], lengths: Sequence[int]) -> int:
    return max((sum(lengths[example] for example in line) for line in lines), default=0)


def padding(steps: Sequence[Step], lengths: Sequence[int]) -> float:
    """The share of positions that hold no token."""
    positions = tokens = 0
    for step in steps:
        for micro in step:
            sizes = [sum(lengths[example] for example in line) for line in micro]
            tokens += sum(sizes)
            positions += len(sizes) * max(sizes, default=0)
    return 1 - tokens / positions if positions else 0.0
