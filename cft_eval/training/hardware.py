"""How much arithmetic a training step is, and how much a device can do. No torch at import.

model's shape + example lengths ──> FLOP        device's name, or a measurement ──> FLOP/s
"""

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

CEILINGS = {
    "B200": 2250e12,
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "A6000": 155e12,
    "4090": 165e12,
    "V100": 125e12,
}
"""Dense bf16 (V100: fp16) FLOP/s by a part of the device's name, from NVIDIA's data sheets."""


class Size(NamedTuple):
    """What the cost of a model depends on."""

    parameters: int
    embedding: int
    """Parameters of the input embedding alone, which is looked up and not multiplied."""

    layers: int
    width: int
    """Heads times their size: what attention multiplies."""

    hidden: int
    vocabulary: int

    @property
    def multiplied(self) -> int:
        """Parameters that take part in a multiplication for every token."""
        return self.parameters - self.embedding


def size_of(model: Any) -> Size:
    """The size of a model; one on the meta device will do."""
    config = model.config
    parameters = sum(weights.numel() for weights in model.parameters())
    table = model.get_input_embeddings().weight.numel()
    heads = config.num_attention_heads
    head_size = getattr(config, "head_dim", None) or config.hidden_size // heads
    return Size(
        parameters=parameters,
        # A tied table is the output matrix as well, and is multiplied as such.
        embedding=0 if config.tie_word_embeddings else table,
        layers=config.num_hidden_layers,
        width=heads * head_size,
        hidden=config.hidden_size,
        vocabulary=config.vocab_size,
    )


def flop(size: Size, lengths: Iterable[int]) -> float:
    """Floating-point operations to learn from examples: forward, and backward as twice that.

    6 N for each token (Kaplan et al. 2020, §2.1), and for attention's scores and sums
    12 x layers x width x length / 2 for each: a token sees half of its example on average. What
    activation checkpointing computes again is not counted: MFU is of useful work.
    """
    total = 0.0
    for length in lengths:
        total += 6 * size.multiplied * length + 6 * size.layers * size.width * length * length
    return total


def ceiling(device: str) -> float | None:
    """What a GPU of that name can do at best, or None where it is not known."""
    return next((peak for part, peak in CEILINGS.items() if part in device), None)


def measured_ceiling(*, device: str = "cpu", precision: str = "bf16", size: int = 1024) -> float:
    """FLOP/s of a large matrix product on this device, measured in half a second."""
    import torch

    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    left = torch.randn(size, size, device=device).to(kind)
    best = 0.0
    until = time.perf_counter() + 0.5
    while True:
        started = time.perf_counter()
        product = left @ left
        float(product[0, 0])  # waits for the device
        now = time.perf_counter()
        best = max(best, 2 * size**3 / (now - started))
        if now > until:
            return best
