"""Checkpoint folders: ``step-N`` under the output folder, each whole or not there. No torch.

A checkpoint is written under another name and gets its own when all of it is on the disk, so a
full disk or a kill leaves the ones before as they were.
"""

import os
import shutil
from pathlib import Path

from cft_eval.errors import CftError

SAVING = ".saving"
"""Where a checkpoint is while it is being written."""

RESUME_FILES = (
    "optimizer",
    "scheduler",
    "rng_state",
    "scaler",
    "global_step",
    "latest",
    "pytorch_model_fsdp",
)
"""Beginnings of the names that only resuming needs: three times the size of the weights."""


class SaveFailed(CftError):
    """A checkpoint could not be written."""

    def __init__(self, step: int, output: Path, error: Exception) -> None:
        saved = checkpoints(output)
        last = f"{saved[-1]} is whole: make room and go on with --resume"
        # torch.save says of a full disk that a position was unexpected: the room tells more.
        free = shutil.disk_usage(output).free / 1e6
        super().__init__(
            f"step {step} could not be saved to {output} ({free:,.1f} MB free there): "
            f"{str(error).splitlines()[0]}; "
            + (last if saved else "no checkpoint was written before it; make room and start again")
        )


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


def finish(output: Path, step: int) -> Path:
    """Give the checkpoint that was just written its name."""
    written, folder = output / SAVING / f"checkpoint-{step}", output / f"step-{step}"
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(written, folder)
    shutil.rmtree(output / SAVING, ignore_errors=True)
    return folder


def thin_out(output: Path, *, keep: int | None) -> None:
    """Remove what only resuming needs from all but the newest, and the oldest beyond ``keep``."""
    *older, _ = checkpoints(output)
    for folder in older:
        for path in folder.iterdir():
            if path.name.startswith(RESUME_FILES):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    if keep is not None:
        for folder in older[: max(0, len(older) - (keep - 1))]:
            shutil.rmtree(folder)
