"""`examples/train_with_trl.py` has our losses: the same rows and labels, in another trainer."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

for package in ("torch", "trl", "datasets"):
    pytest.importorskip(package, reason="the example is for those who have TRL")

import torch  # noqa: E402

from cft_eval.training.run import train  # noqa: E402
from tests.training import tiny_run  # noqa: E402
from tests.training.road import make_road  # noqa: E402

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_with_trl.py"
STEPS = 3


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_road(tmp_path_factory.mktemp("trl"))


def theirs(road: Path, *more: str) -> list[float]:
    """The losses that the example prints, with all rows in each step."""
    words = ["--model", road / "model", "--data", road / "rows.jsonl", "--output", road / "trl"]
    words += ["--max-length", 512, "--rows-a-step", 100, "--lines-a-pass", 100]
    # Without a GPU the example computes in fp32 unasked.
    words += ["--no-bf16"] if torch.cuda.is_available() else []
    words += ["--learning-rate", "1e-3", "--warmup-ratio", 0, "--max-steps", STEPS]
    done = subprocess.run(
        [sys.executable, EXAMPLE, *map(str, words), *more],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [float(loss) for loss in re.findall(r"^step \d+: loss ([\d.]+)$", done.stdout, re.M)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("more", [[], ["--no-packing"]], ids=["packed", "padded"])
def test_the_losses_are_ours(road: Path, tmp_path: Path, more: list[str]) -> None:
    readings = train(
        tiny_run.model(),
        tiny_run.tokenizer(),
        tiny_run.encoded().examples,
        tiny_run.settings(max_steps=STEPS, batch_size=24, micro_batch_size=24, learning_rate=1e-3),
        output=tmp_path,
    )
    assert theirs(road, *more) == pytest.approx([reading.loss for reading in readings], abs=2e-5)
