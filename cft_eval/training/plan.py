"""What a run will do, worked out before any device is used: steps, tokens, memory, time.

    Size + lengths + Settings ──> Plan ──> lines of text

No torch here. The memory is an estimate with its arithmetic shown; the rest is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cft_eval.training.hardware import Size, flop
from cft_eval.training.schedule import Shape, padding, schedule
from cft_eval.training.settings import TrainingSettings

GIB = 2**30
STATE_BYTES = 16
"""fp32 weight, gradient and AdamW's two moments, of each trained parameter."""

LAYER_BYTES = 34
"""Activations of one layer for a token and a unit of width, in bf16 with attention that does not
keep its scores (Korthikanti et al. 2022, eq. 2 without the attention term)."""

LOGIT_BYTES = 12
"""A logit in bf16, in fp32, its gradient, and the softmax of the backward pass."""

EXPECTED_MFU = 0.4
"""For the time on a known GPU: what well-kept recipes reach on an H100."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on one device, each with what it is for."""

    states: float
    compute_copy: float
    activations: float
    logits: float

    @property
    def total(self) -> float:
        return self.states + self.compute_copy + self.activations + self.logits


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """A run in numbers."""

    steps: int
    warmup: int
    shape: Shape
    examples: int
    tokens: int
    learnt: int
    padding: float
    largest_micro: int
    """Tokens, padding included, of the largest micro-batch."""

    flops: float
    size: Size
    checkpointing: bool
    checkpoints: int
    memory: Memory
    trained: int
    """Parameters that are trained."""

    def report(self, *, peak: float | None = None) -> list[str]:
        """Lines for people; ``peak`` is one device's FLOP/s, for the time."""
        shape, memory = self.shape, self.memory
        lines = [
            f"model: {self.size.parameters:,} parameters, {self.trained:,} trained",
            f"steps: {self.steps:,} ({self.warmup} of warm-up) of {shape.batch} examples = "
            f"{shape.devices} devices x {shape.accumulation} micro-batches",
            f"tokens: {self.tokens:,} in {self.examples:,} examples, {self.learnt:,} learnt "
            f"({self.learnt / self.tokens:.0%}), padding {self.padding:.1%}",
            f"work: {self.flops:.3g} FLOP"
            + (
                f", {self.flops / (peak * shape.devices * EXPECTED_MFU) / 3600:.2f} h at "
                f"{EXPECTED_MFU:.0%} of {peak / 1e12:,.0f} TFLOP/s a device"
                if peak
                else ""
            ),
            f"memory of a device: about {memory.total / GIB:,.1f} GiB = "
            f"{memory.states / GIB:,.1f} weights, gradients and moments in fp32 "
            f"+ {memory.compute_copy / GIB:,.1f} bf16 copies "
            f"+ {memory.activations / GIB:,.1f} activations of {self.largest_micro:,} tokens "
            f"({'recomputed' if self.checkpointing else 'kept'}) "
            f"+ {memory.logits / GIB:,.1f} logits",
            f"disk: {self.checkpoints} checkpoints x {4 * self.size.parameters / 1e9:,.1f} GB, and "
            f"{8 * self.trained / 1e9:,.1f} GB to resume from the newest",
        ]
        return lines


def plan(
    settings: TrainingSettings,
    size: Size,
    *,
    lengths: Sequence[int],
    learnt: Sequence[int],
    shape: Shape,
    checkpointing: bool,
    trained: int | None = None,
) -> TrainingPlan:
    """Lay the whole run out, as `trainer.train` will, and add it up."""
    steps = schedule(
        lengths, shape, seed=settings.seed, epochs=settings.epochs, max_steps=settings.max_steps
    )
    chosen = [i for step in steps for micro in step for line in micro for i in line]
    largest = max(
        len(micro) * max((sum(lengths[i] for i in line) for line in micro), default=0)
        for step in steps
        for micro in step
    )
    trained = size.parameters if trained is None else trained
    every = settings.save_every
    saved = len({*range(every, len(steps) + 1, every)} | {len(steps)}) if every else 1
    return TrainingPlan(
        steps=len(steps),
        warmup=settings.warmup_of(len(steps)),
        shape=shape,
        examples=len(chosen),
        tokens=sum(lengths[i] for i in chosen),
        learnt=sum(learnt[i] for i in chosen),
        padding=padding(steps, lengths),
        largest_micro=largest,
        flops=flop(size, (lengths[i] for i in chosen)),
        size=size,
        checkpointing=checkpointing,
        checkpoints=min(saved, settings.keep or saved),
        memory=_memory(
            size,
            trained,
            tokens=largest,
            devices=shape.devices,
            checkpointing=checkpointing,
            chunk=settings.loss_chunk,
        ),
        trained=trained,
    )


def _memory(
    size: Size, trained: int, *, tokens: int, devices: int, checkpointing: bool, chunk: int
) -> Memory:
    """With more than one device the states are shared out, as FSDP2 and ZeRO-3 do."""
    frozen = size.parameters - trained
    whole = tokens * size.layers * size.hidden
    if checkpointing:
        activations = 2 * whole + LAYER_BYTES * tokens * size.hidden
    else:
        activations = LAYER_BYTES * whole
    copies = 2 * size.parameters
    return Memory(
        states=(STATE_BYTES * trained + 4 * frozen) / devices,
        # Alone, autocast keeps a bf16 copy of all weights; sharded, that of two layers at a time.
        compute_copy=copies if devices == 1 else 2 * copies / size.layers,
        activations=activations,
        logits=LOGIT_BYTES * min(chunk, tokens) * size.vocabulary,
    )
