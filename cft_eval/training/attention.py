"""Attention of packed examples on a CPU: each example by itself, so no border can leak.

    queries, keys, values of one line + positions ──> examples ── causal ──> put together

With a block-diagonal mask a CPU computes every block and throws most away: the square of the line
instead of the sum of the examples' squares. GPUs have FlashAttention's offsets for this; for them
the loop here would wait for the device at every border.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cft_eval.training.settings import TrainingSettings

if TYPE_CHECKING:
    import torch

DOCUMENTS = "documents"
"""Its name among transformers' attention implementations."""


def document_attention(
    module: Any,
    query: "torch.Tensor",
    key: "torch.Tensor",
    value: "torch.Tensor",
    attention_mask: None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    position_ids: "torch.Tensor",
    **kwargs: Any,
) -> "tuple[torch.Tensor, None]":
    """query: (lines, heads, length, size); key and value may have fewer heads."""
    import torch

    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = (x.repeat_interleave(groups, dim=1) for x in (key, value))
    lines = []
    positions = position_ids.expand(query.shape[0], -1)
    for line in range(query.shape[0]):
        starts = (positions[line] == 0).nonzero().flatten().tolist()
        ends = [*starts[1:], query.shape[2]]
        parts = [
            torch.nn.functional.scaled_dot_product_attention(
                query[line : line + 1, :, start:end],
                key[line : line + 1, :, start:end],
                value[line : line + 1, :, start:end],
                is_causal=True,
                dropout_p=dropout,
                scale=scaling,
            )
            for start, end in zip(starts, ends, strict=True)
        ]
        lines.append(torch.cat(parts, dim=2))
    return torch.cat(lines).transpose(1, 2).contiguous(), None


def implementation(settings: TrainingSettings) -> str | None:
    """What to ask transformers for: FlashAttention where it is installed and would be used."""
    if settings.attention == DOCUMENTS:
        return None  # `choose` sets it
    if settings.attention != "auto":
        return settings.attention
    import torch
    from transformers.utils.import_utils import is_flash_attn_2_available

    usable = torch.cuda.is_available() and settings.precision == "bf16"
    return "flash_attention_2" if usable and is_flash_attn_2_available() else None


LONG = 200
"""Mean tokens of an example from which this is the quicker way: below it, the loop over examples
costs more than the blocks that a mask hides (measured at 84 and at 294 tokens, one thread)."""


def choose(model: Any, settings: TrainingSettings, lengths: Sequence[int]) -> None:
    """Give a model the attention of `DOCUMENTS` where that is quick: long examples, on a CPU."""
    import torch

    kind = settings.attention
    long = sum(lengths) >= LONG * len(lengths) > 0
    if kind == "auto" and settings.packing and long and not torch.cuda.is_available():
        kind = DOCUMENTS if _plain(model) else kind
    if kind == DOCUMENTS:
        from transformers import AttentionInterface

        # It needs no mask, and transformers makes it none.
        AttentionInterface.register(DOCUMENTS, document_attention)
        model.set_attn_implementation(DOCUMENTS)


def _plain(model: Any) -> bool:
    """Whether every layer sees the whole example: windows and recurrences are others' work."""
    config = model.config
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    softcap = getattr(config, "attn_logit_softcapping", None)
    return kinds == {"full_attention"} and softcap is None and model.device.type == "cpu"


def flat(model: Any) -> bool:
    """Whether a micro-batch is one line: attention then costs the squares of the examples alone."""
    name = str(model.config._attn_implementation)
    return "flash" in name or name == DOCUMENTS
