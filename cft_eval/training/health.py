"""What a run leaves behind: its record, and whole checkpoints of weights that are numbers.

    settings + examples ──> run.json ── a resumed run ──> the same, or what differs
    losses, gradient ── before each step │ weights ── after it ──> nothing, or `TrainingFailed`
    .saving/checkpoint-N ── all of it written ──> step-N, whole or not there

A checkpoint is written under another name and gets its own when all of it is on the disk, so a
full disk or a kill leaves the ones before as they were. No torch at import.
"""

import hashlib
import json
import math
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cft_eval._version import __version__
from cft_eval.errors import CftError, first_line
from cft_eval.training.encode import Encoded
from cft_eval.training.schedule import Batches, Shape
from cft_eval.training.settings import TrainingSettings

RUN = "run.json"
"""What was trained, on what, how: beside the checkpoints."""

FREE = {"output", "resume", "save_every", "keep", "threads", "model", "data", "report_to"}
"""Settings that a resumed run may change: none of them decides a loss."""

SAVING = ".saving"
"""Where a checkpoint is while it is being written."""

RESUME_FILES = (
    "optimizer", "scheduler", "rng_state", "scaler", "global_step", "latest", "pytorch_model_fsdp",
)  # fmt: skip
"""Beginnings of the names that only resuming needs: three times the size of the weights."""


class SaveFailed(CftError):
    """A checkpoint could not be written."""

    def __init__(self, step: int, output: Path, error: Exception) -> None:
        # torch.save says of a full disk that a position was unexpected: the room tells more.
        free = shutil.disk_usage(output).free / 1e6
        super().__init__(
            f"step {step} could not be saved to {output} ({free:,.1f} MB free there): "
            f"{first_line(error)}; {_last(output)}; make room and "
            + ("go on with --resume" if checkpoints(output) else "start again")
        )


def _last(output: Path) -> str:
    whole = checkpoints(output)
    return f"{whole[-1]} is whole" if whole else "no checkpoint was written before it"


def checkpoints(output: Path) -> list[Path]:
    """The whole checkpoints of a run, oldest first."""
    folders = [path for path in output.glob("step-*") if path.name[5:].isdigit() and path.is_dir()]
    return sorted(folders, key=lambda path: int(path.name[5:]))


def last_checkpoint(output: Path) -> Path:
    """The newest checkpoint to go on from; raise `CftError` where there is none."""
    whole = [path for path in checkpoints(output) if (path / "trainer_state.json").is_file()]
    if not whole:
        raise CftError(f"{output}: no checkpoint to resume from; start without --resume")
    if not any(path.name.startswith(RESUME_FILES) for path in whole[-1].iterdir()):
        raise CftError(f"{whole[-1]}: it has no optimiser state, so it cannot be resumed")
    return whole[-1]


def finish(output: Path, step: int) -> None:
    """Give the checkpoint that was just written its name."""
    written, folder = output / SAVING / f"checkpoint-{step}", output / f"step-{step}"
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(written, folder)
    shutil.rmtree(output / SAVING, ignore_errors=True)


def thin_out(output: Path, *, keep: int | None) -> None:
    """Remove what only resuming needs from all but the newest, and the oldest beyond ``keep``."""
    older = checkpoints(output)[:-1]
    for folder in older:
        for path in folder.iterdir():
            if path.name.startswith(RESUME_FILES):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    if keep is not None:
        for folder in older[: max(0, len(older) - (keep - 1))]:
            shutil.rmtree(folder)


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
        last = _last(self._output)
        return TrainingFailed(f"{what}, {last}; look at these rows, or lower learning_rate")


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


def record(settings: TrainingSettings, encoded: Encoded, *, end: int, day: str) -> dict[str, Any]:
    """What makes a run this one; JSON."""
    digest = hashlib.sha256()
    for example in encoded.examples:
        digest.update(example.ids.tobytes() + example.given.to_bytes(8, "big"))
    return {
        "cft_eval": __version__,
        "day": day,
        "settings": asdict(settings),
        "examples": len(encoded.examples),
        "tokens": encoded.tokens,
        "learnt": encoded.learnt,
        "digest": digest.hexdigest()[:16],
        "cuts": {cut.name.lower(): len(names) for cut, names in encoded.cuts.items()},
        "end_token": end,
    }


def read_record(output: Path) -> dict[str, Any]:
    """What `run.json` says of the run that was started there; nothing where there is none."""
    path = output / RUN
    try:
        facts = json.loads(path.read_text()) if path.is_file() else {}
    except ValueError as error:
        raise CftError(f"{path}: not JSON ({error}); delete it to go on with this folder") from None
    return facts if isinstance(facts, dict) else {}


def check_same_run(output: Path, started: dict[str, Any], now: dict[str, Any]) -> None:
    """Raise where a resumed run would mix two, and say in what they differ."""
    before = started.get("settings", {})
    other = [
        f"{name} was {before[name]!r} and is {value!r}"
        for name, value in now["settings"].items()
        if name not in FREE and name in before and before[name] != value
    ]
    if started.get("digest", now["digest"]) != now["digest"]:
        then, here = (
            f"{facts['examples']:,} examples of {facts['tokens']:,} tokens"
            for facts in (started, now)
        )
        what = f"then {then}, now {here}" if then != here else f"{here}, but other tokens"
        other.append(f"the rows, the tokenizer or its template ({what})")
    if other:
        raise CftError(
            f"{output / RUN}: this run was started with something else: {'; '.join(other)}; "
            "resuming would mix them"
        )


def write_record(output: Path, facts: dict[str, Any]) -> None:
    """Whole or not at all: a kill in the middle must not end what can be resumed."""
    output.mkdir(parents=True, exist_ok=True)
    half = output / f"{RUN}.part"
    half.write_text(json.dumps(facts, indent=1) + "\n")
    half.replace(output / RUN)
