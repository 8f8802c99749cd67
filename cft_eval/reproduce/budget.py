"""What a training takes: steps, tokens, hours, memory, disk, before any device is used.

    settings + rows ──> lines of text

The memory is an estimate with its arithmetic shown; the rest is exact.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from cft_eval.dataset.rows import TrainingRow
from cft_eval.training.encode import Example
from cft_eval.training.measure import Size, flop, recompute, size_of, warm_up_warning
from cft_eval.training.run import config_of, prepare
from cft_eval.training.schedule import Step, schedule, shape_of
from cft_eval.training.settings import TrainingSettings

GIB = 2**30
STATE_BYTES = 16  # fp32 weight, gradient and AdamW's two moments, of each trained parameter
LAYER_BYTES = 34  # of a layer, a token and a unit of width (Korthikanti et al. 2022, eq. 2)
LOGIT_BYTES = 12  # a logit in bf16, in fp32, its gradient, and the softmax of the backward pass
EXPECTED_MFU = 0.4  # for the time on a known GPU: what well-kept recipes reach on an H100


def dry_run(
    settings: TrainingSettings, rows: Iterable[TrainingRow], *, devices: int, peak: float | None
) -> list[str]:
    """The plan in words, without a GPU or the weights; ``peak``: a device's FLOP/s."""
    import torch
    from transformers import AutoModelForCausalLM

    prepared = prepare(settings, rows)
    build: Any = AutoModelForCausalLM.from_config
    with torch.device("meta"):
        size = size_of(build(config_of(settings.model)), lora_rank=settings.lora_rank)
    lines = plan(settings, size, prepared.examples, devices=devices, peak=peak)
    return [*prepared.encoded.report(), *lines]


def plan(
    settings: TrainingSettings,
    size: Size,
    examples: Sequence[Example],
    *,
    devices: int,
    peak: float | None = None,
) -> list[str]:
    """Lay the whole run out, as `run.train` will, and add it up; ``peak``: a device's FLOP/s."""
    lengths = [len(example) for example in examples]
    flat = settings.attention == "flash_attention_2"
    shape = shape_of(settings, lengths, devices=devices, flat=flat)
    steps = schedule(
        lengths, shape, seed=settings.seed, epochs=settings.epochs, max_steps=settings.max_steps
    )
    micros = [micro for step in steps for micro in step]
    chosen = [examples[i] for micro in micros for line in micro for i in line]
    tokens, learnt = sum(map(len, chosen)), sum(example.learnt for example in chosen)
    wide = [[sum(lengths[i] for i in line) for line in micro] for micro in micros]
    largest = max(len(lines) * max(lines, default=0) for lines in wide)
    again = recompute(settings, size.parameters)
    parts = memory(
        size, tokens=largest, devices=devices, recomputed=again, chunk=settings.loss_chunk
    )
    states, copies, activations, logits = (f"{part / GIB:,.1f}" for part in parts)
    work = flop(size, [(len(example), example.learnt) for example in chosen])
    hours = work / ((peak or 1) * devices * EXPECTED_MFU) / 3600
    time = f", {hours:.2f} h at {EXPECTED_MFU:.0%} of {(peak or 0) / 1e12:,.0f} TFLOP/s a device"
    every = settings.save_every
    saved = len({*range(every, len(steps) + 1, every)} | {len(steps)}) if every else 1
    return [
        f"model: {size.parameters:,} parameters, {size.trained:,} trained",
        f"steps: {len(steps):,} ({settings.warmup_of(len(steps))} of warm-up) of "
        f"{settings.batch} = {devices} devices x {shape.accumulation} micro-batches",
        f"tokens: {tokens:,} in {len(chosen):,} examples, {learnt:,} learnt "
        f"({learnt / tokens:.0%}), padding {padding(steps, lengths):.1%}",
        f"work: {work:.3g} FLOP{time if peak else ''}",
        f"memory of a device: about {sum(parts) / GIB:,.1f} GiB = {states} weights, gradients and "
        f"moments in fp32 + {copies} bf16 copies + {activations} activations of {largest:,} "
        f"tokens ({'recomputed' if again else 'kept'}) + {logits} logits",
        f"disk: {min(saved, settings.keep or saved)} checkpoints x "
        f"{4 * size.parameters / 1e9:,.1f} GB, and {8 * size.trained / 1e9:,.1f} GB to resume from "
        "the newest",
        *warm_up_warning(settings, len(steps)),
    ]


def memory(size: Size, *, tokens: int, devices: int, recomputed: bool, chunk: int) -> list[float]:
    """Bytes on one device: states, bf16 copies, activations of ``tokens``, logits of a chunk.

    With more than one device the states are shared out, as FSDP2 and ZeRO-3 do.
    """
    frozen = size.parameters - size.trained if size.adapters else 0
    whole = tokens * size.layers * size.hidden
    kept = 2 * whole + LAYER_BYTES * tokens * size.hidden if recomputed else LAYER_BYTES * whole
    # Alone, autocast keeps a bf16 copy of all weights; sharded, that of two layers at a time.
    copies = 2 * size.parameters * (1 if devices == 1 else 2 / size.layers)
    states = (STATE_BYTES * size.trained + 4 * frozen) / devices
    return [states, copies, kept, LOGIT_BYTES * min(chunk, tokens) * size.vocabulary]


def padding(steps: Sequence[Step], lengths: Sequence[int]) -> float:
    """The share of positions that hold no token."""
    positions = tokens = 0
    for step in steps:
        for micro in step:
            sizes = [sum(lengths[example] for example in line) for line in micro]
            tokens += sum(sizes)
            positions += len(sizes) * max(sizes, default=0)
    return 1 - tokens / positions if positions else 0.0
