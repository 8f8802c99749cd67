"""How much a run is, before it starts and while it goes on: arithmetic, memory, readings. No torch.

    model's size + lengths ──> FLOP, bytes ──> lines of the plan      step, loss ──> log.jsonl

The memory is an estimate with its arithmetic shown; the rest is exact.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cft_eval.errors import CftError
from cft_eval.training.encode import Example
from cft_eval.training.schedule import padding, schedule, shape_of
from cft_eval.training.settings import TrainingSettings

CEILINGS = {
    "B200": 2250e12, "H200": 989e12, "H100 PCIe": 756e12, "H100 NVL": 835e12, "H100": 989e12,
    "A100": 312e12, "L40S": 362e12, "A6000": 155e12, "4090": 165e12, "V100": 125e12,
}  # fmt: skip
"""Dense bf16 (V100: fp16) FLOP/s by a part of the device's name, from NVIDIA's data sheets."""

GIB = 2**30
STATE_BYTES = 16  # fp32 weight, gradient and AdamW's two moments, of each trained parameter
LAYER_BYTES = 34  # of a layer, a token and a unit of width (Korthikanti et al. 2022, eq. 2)
LOGIT_BYTES = 12  # a logit in bf16, in fp32, its gradient, and the softmax of the backward pass
EXPECTED_MFU = 0.4  # for the time on a known GPU: what well-kept recipes reach on an H100
LOG = "log.jsonl"


def ceiling(device: str) -> float | None:
    """What a GPU of that name can do at best, or None where it is not known."""
    return next((peak for part, peak in CEILINGS.items() if part in device), None)


class Size(NamedTuple):
    """What the cost of a model depends on."""

    parameters: int
    layers: int
    width: int
    """Heads times their size: what attention multiplies."""

    hidden: int
    vocabulary: int
    tied: bool = False
    """One table for input and output."""

    adapters: int = 0
    """Parameters that are trained instead of those of the model; 0 where all are."""

    @property
    def body(self) -> int:
        """Parameters that are multiplied for each token: neither the embedding nor the head."""
        return self.parameters - (1 if self.tied else 2) * self.hidden * self.vocabulary

    @property
    def trained(self) -> int:
        return self.adapters or self.parameters


def size_of(model: Any, *, lora_rank: int = 0) -> Size:
    """The size of a model; one on the meta device will do. Adapters: two matrices a layer's."""
    config = model.config
    heads = config.num_attention_heads
    table = model.get_output_embeddings()
    linear = [m for m in model.modules() if type(m).__name__ == "Linear" and m is not table]
    return Size(
        parameters=sum(weights.numel() for weights in model.parameters()),
        layers=config.num_hidden_layers,
        width=heads * (getattr(config, "head_dim", None) or config.hidden_size // heads),
        hidden=config.hidden_size,
        vocabulary=config.vocab_size,
        tied=bool(config.tie_word_embeddings),
        adapters=lora_rank * sum(m.in_features + m.out_features for m in linear),
    )


def flop(size: Size, examples: Sequence[tuple[int, int]]) -> float:
    """Operations to learn from examples of so many tokens, so many of them learnt.

    Two a multiplied parameter and token forward, and as many backward for its input and again for
    itself, which frozen parameters don't need (Kaplan et al. 2020, §2.1); the head is of learnt
    tokens alone; attention's scores and sums see half of an example on average. What activation
    checkpointing computes again is not counted: MFU is of useful work.
    """
    passes = 4 if size.adapters else 6
    head = size.hidden * size.vocabulary
    return sum(
        (passes * size.body + 6 * size.adapters) * length
        + passes * head * learnt
        + 6 * size.layers * size.width * length * length
        for length, learnt in examples
    )


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


@dataclass(frozen=True, slots=True)
class StepReading:
    """One optimiser step, as it stands in the log; ``tokens`` are without padding."""

    step: int
    loss: float
    learning_rate: float
    grad_norm: float | None
    tokens: int
    learnt: int
    seconds: float
    mfu: float | None
    """Share of the devices' arithmetic that went into useful work; None where it is not known."""

    held_out: float | None = None
    """Mean loss of a learnt token on rows that are not trained on."""

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds


def read_log(folder: Path) -> list[StepReading]:
    """The readings of a run so far; none where there is no log."""
    path = folder / LOG
    # A kill may cut the last line in two.
    whole = path.read_text().rpartition("\n")[0] if path.is_file() else ""
    try:
        return [StepReading(**json.loads(line)) for line in whole.splitlines()]
    except (ValueError, TypeError) as error:
        raise CftError(f"{path}: not a log of readings ({error}); delete it to go on") from None


def write_log(folder: Path, readings: Sequence[StepReading], *, anew: bool = False) -> None:
    """Add readings to the log; ``anew``: what comes after the resumed checkpoint is not so."""
    with (folder / LOG).open("w" if anew else "a") as file:
        file.writelines(json.dumps(asdict(reading)) + "\n" for reading in readings)


LARGE = 10**9
"""Parameters from which activations are recomputed unless the settings say otherwise."""


def recompute(settings: TrainingSettings, parameters: int) -> bool:
    wish = settings.activation_checkpointing
    return parameters >= LARGE if wish is None else wish


def warm_up_warning(settings: TrainingSettings, steps: int) -> list[str]:
    """A warm-up begins with a rate of 0: a run of that step alone changes nothing."""
    if settings.warmup_of(steps) < steps:
        return []
    never = f"the rate never reaches {settings.learning_rate:g}"
    effect = "the only step has rate 0 and changes no weight" if steps == 1 else never
    return [f"warning: all of {steps} steps are warm-up, so {effect}; set --warmup-steps"]


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
