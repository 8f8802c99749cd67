"""Stop a run whose numbers are none any more, before a checkpoint holds them; name the rows.

    losses, gradient ── before each step │ weights ── after it ──> nothing, or `TrainingFailed`

No torch at import.
"""

import math
from pathlib import Path
from typing import Any

from cft_eval.errors import CftError
from cft_eval.training.batches import Batches
from cft_eval.training.checkpoints import checkpoints
from cft_eval.training.schedule import Shape

HUGE = 1e6
"""A weight that no language model has: the largest of published ones are some hundreds."""

SHOWN = 8
"""Rows of a step that an error names; a step may have hundreds."""


class TrainingFailed(CftError):
    """A loss, a gradient or a weight is no number any more, or as good as none."""


class Health:
    """Watches over the steps of one run."""

    def __init__(self, shape: Shape, batches: Batches, output: Path) -> None:
        self._shape, self._batches, self._output = shape, batches, output
        self.losses: list[Any] = []
        """Of the micro-batches of the step that is under way, on the device."""

        self.grad_norm = 0.0
        """Of the step that is under way."""

    def check_losses(self, step: int, *, device: int) -> None:
        """Raise before ``step`` (from 0) is taken; ``device`` is the number of this process."""
        import torch

        losses, self.losses = self.losses, []
        finite = torch.isfinite(torch.stack(losses)).tolist() if losses else []
        if not all(finite):
            bad = finite.index(False)
            micro = step * self._shape.micros + bad * self._shape.devices + device
            raise self._failed(
                f"the loss is {float(losses[bad])} at step {step + 1}, micro-batch {bad + 1} of "
                f"{self._shape.accumulation}: {', '.join(self._batches.names(micro))}; "
                "its step was not taken"
            )
        if not math.isfinite(self.grad_norm):
            raise self._failed(
                f"the gradient is {self.grad_norm} at step {step + 1}, though its losses are "
                f"numbers: {self._rows_of(step)}; its step was not taken"
            )

    def check_weights(self, model: Any, step: int) -> None:
        """Raise where ``step`` (from 1) drove a weight out of all bounds."""
        largest = largest_weight(model)
        if not largest < HUGE:
            raise self._failed(
                f"step {step} made weights as large as {largest:.3g}, which no model has: "
                f"{self._rows_of(step - 1)}; the step was not saved"
            )

    def _rows_of(self, step: int) -> str:
        micros = self._shape.micros
        batch = range(step * micros, (step + 1) * micros)
        names = [name for micro in batch for name in self._batches.names(micro)]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        return ", ".join(names[:SHOWN]) + more

    def _failed(self, what: str) -> TrainingFailed:
        saved = checkpoints(self._output)
        return TrainingFailed(
            f"{what}, "
            + (f"{saved[-1]} is whole" if saved else "no checkpoint was written before it")
            + "; look at these rows, or lower learning_rate"
        )


def largest_weight(model: Any) -> float:
    """The largest magnitude of a trained weight, of this device's share; NaN where one is none."""
    import torch

    shares = []
    for weights in model.parameters():
        if weights.requires_grad:
            # What a device holds of it, under ZeRO-3 and FSDP2.
            held = getattr(weights, "ds_tensor", weights).detach()
            held = held.to_local() if hasattr(held, "to_local") else held
            if held.numel():
                shares.append(held)
    norms = torch._foreach_norm(shares, float("inf")) if shares else ()
    return float(torch.stack([norm.float() for norm in norms]).max()) if norms else 0.0
