"""How much arithmetic a step is, and what is written down of it. No torch.

model's size + lengths ──> FLOP      step, loss ──> StepReading ──> log.jsonl
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cft_eval.errors import CftError
from cft_eval.training.settings import TrainingSettings

CEILINGS = {
    "B200": 2250e12, "H200": 989e12, "H100 PCIe": 756e12, "H100 NVL": 835e12, "H100": 989e12,
    "A100": 312e12, "L40S": 362e12, "A6000": 155e12, "4090": 165e12, "V100": 125e12,
}  # fmt: skip
"""Dense bf16 (V100: fp16) FLOP/s by a part of the device's name, from NVIDIA's data sheets."""

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
