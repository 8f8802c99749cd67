"""Whether checkpoints will fit on a disk, checked before training starts. No torch.

folder + trained parameters, checkpoints to come ──> nothing, a warning, or `CheckpointTooLarge`
"""

import shutil
from pathlib import Path

from cft_eval.errors import CftError

WEIGHT_BYTES = 4  # fp32
STATE_BYTES = 8  # AdamW's two moments, beside the newest checkpoint alone


class CheckpointTooLarge(CftError):
    """Not even one checkpoint fits."""


def check_space(folder: Path, *, trained: int, count: int, keep: int | None) -> list[str]:
    """Raise where the first of ``count`` checkpoints does not fit; warn where not all do.

    ``trained``: parameters that are saved; ``keep``: as many checkpoints stay (None: all).
    """
    if not count:
        return []
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(existing).free
    first = (WEIGHT_BYTES + STATE_BYTES) * trained
    if first > free:
        raise CheckpointTooLarge(
            f"{folder}: a checkpoint takes {_size(first)}, and {_size(free)} are free "
            "there; make room, or give another --output"
        )
    # The one before goes, and gives its state up, when the newest is whole.
    most = count if keep is None else min(count, keep + 1)
    whole = (WEIGHT_BYTES * most + STATE_BYTES * min(count, 2)) * trained
    if whole <= free:
        return []
    return [
        f"warning: {count:,} checkpoints take up to {_size(whole)}, and {_size(free)} "
        f"are free in {folder}; make room, or save fewer: --keep or --save-every"
    ]


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
