"""Checkpoints that cannot fit are refused before a step, those that may not are warned of."""

import shutil
from pathlib import Path

import pytest

from cft_eval.space import CheckpointTooLarge, check_space


def test_what_fits_is_not_spoken_of(tmp_path: Path) -> None:
    assert check_space(tmp_path / "not" / "yet", trained=1000, count=98, keep=None) == []
    assert check_space(tmp_path, trained=10**15, count=0, keep=None) == []


def test_a_checkpoint_that_cannot_fit_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointTooLarge, match=r"takes 12,000,000\.0 GB, and .* are free there"):
        check_space(tmp_path, trained=10**15, count=1, keep=None)


def test_more_checkpoints_than_fit_are_warned_of(tmp_path: Path) -> None:
    trained = shutil.disk_usage(tmp_path).free // 40  # the first takes a third
    (warning,) = check_space(tmp_path, trained=trained, count=98, keep=None)
    assert warning.startswith("warning: 98 checkpoints take up to ")
    assert warning.endswith("or save fewer: --keep or --save-every")
    assert check_space(tmp_path, trained=trained, count=98, keep=2) == []
    assert check_space(tmp_path, trained=trained, count=3, keep=None) == []
