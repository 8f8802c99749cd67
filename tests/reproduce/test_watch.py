"""Checkpoints evaluated as they appear, and the curve."""

import json
from pathlib import Path

import pytest

for package in ("torch", "transformers", "lm_eval"):
    pytest.importorskip(package, reason="needs the train and eval extras")

from cft_eval.cli import main  # noqa: E402
from cft_eval.reproduce.watch import CURVE, SCORES, WATCH, StepScore, watch, write_curve  # noqa: E402
from cft_eval.training.run import train  # noqa: E402
from tests.training import tiny_run  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

MORE = ["--limit", "4", "--gen_kwargs", "max_gen_toks=4", "--device", "cpu", "--batch_size", "4"]


def test_the_curve_shows_each_task_and_its_interval(tmp_path: Path) -> None:
    scores = [
        StepScore(step, task, score, score - 0.1, score + 0.1)
        for step, score in ((10, 0.4), (20, 0.6))
        for task in ("cft_math500", "cft_amc23")
    ]
    write_curve(tmp_path, scores)
    svg = (tmp_path / WATCH / CURVE).read_text()
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert svg.count("<circle") >= 4
    assert "cft_math500" in svg
    assert "best" not in svg  # a curve of test scores chooses nothing
    assert json.loads((tmp_path / WATCH / SCORES).read_text())["scores"][0][:3] == [
        10, "cft_math500", 0.4,
    ]  # fmt: skip


def test_a_folder_without_checkpoints_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "watch", str(tmp_path / "none")]) == 2
    assert "no such folder; `cft-eval train --output` makes one" in capsys.readouterr().err
    assert main(["train", "watch", str(tmp_path), "--once"]) == 2
    assert "no checkpoint there yet" in capsys.readouterr().err


@pytest.mark.slow
def test_checkpoints_that_appear_are_evaluated_once_until_the_last(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def go_on(*, resume: bool, steps: int) -> None:
        train(
            tiny_run.model(), tiny_run.tokenizer(), tiny_run.encoded().examples,
            tiny_run.settings(max_steps=steps, save_every=1, resume=resume), output=out,
        )  # fmt: skip

    go_on(resume=False, steps=2)
    # As if the run had two steps more to come.
    state = out / "step-2" / "trainer_state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "max_steps": 3}))
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        go_on(resume=True, steps=3)

    scores = watch(out, tasks="cft_arithmetic", more=MORE, every=5.0, sleep=sleep)
    assert ([score.step for score in scores], waited) == ([1, 2, 3], [5.0])
    assert all(score.low <= score.score <= score.high for score in scores)
    made = {path: path.stat().st_mtime_ns for path in out.rglob("results_*.json")}
    assert len(made) == 3
    watch(out, tasks="cft_arithmetic", more=MORE, every=None)
    assert made == {path: path.stat().st_mtime_ns for path in out.rglob("results_*.json")}
    assert len(json.loads((out / WATCH / SCORES).read_text())["losses"]) == 3
