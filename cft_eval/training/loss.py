"""Cross-entropy of the learnt tokens alone, in chunks: the logits never exist all at once.

    hidden states ── learnt positions ── chunk by chunk ──> logits ──> sum of losses / tokens

For a vocabulary of 152,000 the logits of one 16,000-token batch are 10 GB in fp32, and half of
them belong to the prompt, which is not learnt. Each chunk's logits are computed again in the
backward pass, so their memory is that of one chunk.
"""

from typing import TYPE_CHECKING, Any

from cft_eval.errors import CftError
from cft_eval.training.encode import IGNORE

if TYPE_CHECKING:
    import torch

CHANGED_LOGITS = ("final_logit_softcapping", "logits_scaling", "logit_scale", "lm_head_multiplier")
"""Configurations that change the logits after the head: these models keep their own loss."""


def chunk_loss(model: Any, *, chunk: int) -> bool:
    """Give a model the chunked loss; False where it computes its logits in a way of its own."""
    if any(getattr(model.config, name, None) for name in CHANGED_LOGITS):
        return False
    decoder = getattr(model, model.base_model_prefix, None)
    head = model.get_output_embeddings()
    if decoder is None or decoder is model or head is None:
        return False
    original = model.forward

    def forward(
        input_ids: "torch.Tensor | None" = None,
        labels: "torch.Tensor | None" = None,
        num_items_in_batch: Any = None,
        **kwargs: Any,
    ) -> Any:
        if labels is None:
            return original(input_ids=input_ids, **kwargs)
        from transformers.modeling_outputs import CausalLMOutputWithPast

        hidden = decoder(input_ids=input_ids, use_cache=False, **kwargs)[0]
        total, count = summed_loss(hidden, labels, head, chunk=chunk)
        tokens = count if num_items_in_batch is None else num_items_in_batch
        return CausalLMOutputWithPast(loss=total / tokens)

    model.forward = forward
    return True


def summed_loss(
    hidden: "torch.Tensor", labels: "torch.Tensor", head: Any, *, chunk: int
) -> "tuple[torch.Tensor, int]":
    """Sum of -log p over the learnt tokens, and how many there are.

    hidden: (lines, length, width); labels: (lines, length), the token at each position.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    # The state at a position predicts the token at the next one.
    targets = labels[:, 1:]
    learnt = targets != IGNORE
    states, wanted = hidden[:, :-1][learnt], targets[learnt]

    def loss_of(states: "torch.Tensor", wanted: "torch.Tensor") -> "torch.Tensor":
        # fp32: the sum over a vocabulary of 152,000 is too long for bf16.
        return torch.nn.functional.cross_entropy(head(states).float(), wanted, reduction="sum")

    total = hidden.sum().float() * 0.0
    nothing = hidden[0, :1], targets.new_tensor([IGNORE])
    for call in range(_calls(len(wanted), chunk=chunk, device=hidden.device)):
        part = slice(call * chunk, (call + 1) * chunk)
        # A device that is done first takes part all the same: each call of the head is an exchange.
        some, some_wanted = (states[part], wanted[part]) if len(wanted[part]) else nothing
        total = total + checkpoint(loss_of, some, some_wanted, use_reentrant=False)
    return total, int(wanted.numel())


def _calls(learnt: int, *, chunk: int, device: "torch.device") -> int:
    """Calls of the head for ``learnt`` tokens, the same on every device.

    ZeRO-3 gathers the head's weights at each call, forward and backward; where one device calls it
    more often than another, both wait for ever.
    """
    import torch

    calls = max(1, -(-learnt // chunk))
    if not torch.distributed.is_initialized() or torch.distributed.get_world_size() == 1:
        return calls
    most = torch.tensor(calls, device=device)
    torch.distributed.all_reduce(most, op=torch.distributed.ReduceOp.MAX)
    return int(most)


class Leak(CftError):
    """Packed examples see one another in this model."""


PROBE = 12
"""Tokens of each example that the check below looks at."""


def check_packing(model: Any, first: list[int], second: list[int]) -> None:
    """Raise `Leak` where an example's hidden states depend on the one packed before it.

    Some architectures (recurrent ones, some attention kernels) do not read positions as borders.
    """
    import torch

    decoder = getattr(model, model.base_model_prefix, model)
    one, two = first[:PROBE], second[:PROBE]
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    with torch.no_grad():
        alone = decoder(
            input_ids=torch.tensor([two], device=device),
            position_ids=torch.tensor([list(range(len(two)))], device=device),
            use_cache=False,
        )[0][0]
        packed = decoder(
            input_ids=torch.tensor([one + two], device=device),
            position_ids=torch.tensor([[*range(len(one)), *range(len(two))]], device=device),
            use_cache=False,
        )[0][0, len(one) :]
    model.train(training)
    scale = float(alone.abs().max()) or 1.0
    off = float((alone - packed).abs().max()) / scale
    if not off < 1e-2:
        raise Leak(
            f"packed examples attend to one another in this model (states differ by {off:.1%}): "
            "train with packing: false, or with another attention"
        )
