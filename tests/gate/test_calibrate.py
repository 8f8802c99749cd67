"""The gate tried on equal runs: what it measures, what it writes, and what it then refuses."""

import json
from pathlib import Path

import numpy as np
import pytest

from cft_eval.cli import main
from cft_eval.gate import GateDecision
from cft_eval.gate.calibrate import calibrate, planted
from cft_eval.gate.decide import decide
from cft_eval.gate.measured import WHAT_TO_DO, held
from cft_eval.gate.report import as_text
from cft_eval.results import (
    Calibration,
    InvalidData,
    RunOutcomes,
    calibrated,
    calibration_of,
    parse_outcomes,
    pool,
    read_outcomes,
    write_outcomes,
)
from tests.gate.counted import answered, beta
from tests.harness import made

TASKS = {"cft_math": (500, 0.6), "cft_gsm8k": (300, 0.8)}


def equal_runs(count: int, *, shift: float = 0.0, repeats: int = 1) -> list[RunOutcomes]:
    """Runs of one model; with ``shift`` each is of a training seed that moves all its chances."""
    generator = np.random.default_rng([count, round(1000 * shift), repeats])
    chances = beta(TASKS, generator)
    runs = []
    for number in range(count):
        moved = {task: p * (1 + shift * generator.normal()) for task, p in chances.items()}
        runs.append(answered(moved, repeats, generator, model=f"seed {number}"))
    return runs


def measured(runs: list[RunOutcomes], **options: object) -> Calibration:
    return calibrate(
        runs,
        **{"drops": [0.1], "margin": 0.05, "alpha": 0.05, "most": 60, **options},  # type: ignore[arg-type]
    )


def test_reruns_keep_what_is_promised() -> None:
    calibration = measured(equal_runs(8))
    assert calibration.broken == ()
    assert [each.drop for each in calibration.replayed] == [0.0, 0.05, 0.1]
    assert calibration.replayed[0].replays == 56
    assert calibration.false_alarms.rate <= 0.1
    assert calibration.wrong_ok is not None
    assert calibration.wrong_ok.low <= 0.05
    # Ten points are seen, and nothing that changed nothing is.
    assert calibration.replayed[2].regression.rate > 0.9
    assert calibration.replayed[0].ok.rate > 0.5


def test_seeds_that_move_all_scores_are_seen() -> None:
    calibration = measured(equal_runs(8, shift=0.1))
    words = "; ".join(calibration.broken)
    assert "false alarms in" in words
    assert "times as much as the gate expects" in words
    assert calibration.spread.low > 2


def test_a_planted_drop_has_the_size_that_it_should() -> None:
    [run] = equal_runs(1, repeats=4)
    generator = np.random.default_rng(0)
    falls = [
        run.tasks[task].score - planted(run, 0.05, generator).tasks[task].score
        for task in run.tasks
        for _ in range(50)
    ]
    assert np.mean(falls) == pytest.approx(0.05, abs=0.002)
    # More than there is leaves nothing, and no less.
    assert planted(run, 0.99, generator).tasks["cft_math"].score == 0


def test_runs_that_cannot_be_paired_are_refused() -> None:
    first, second = equal_runs(2)
    with pytest.raises(InvalidData, match="one run is not enough"):
        measured([first])
    with pytest.raises(InvalidData, match="letter for letter"):
        measured([first, first])
    with pytest.raises(InvalidData, match="different number of responses"):
        measured([first, equal_runs(1, repeats=4)[0]])
    other = second.model_copy(update={"settings": {"temperature": 1.0}})
    with pytest.raises(InvalidData, match="was not run as seed 0"):
        measured([first, other])
    assert measured([first, other], allow=["temperature"]).runs == 2


@pytest.fixture(scope="module")
def broken() -> Calibration:
    return measured(equal_runs(8, shift=0.1), drops=[])


def test_ok_is_refused_where_the_promise_is_broken(broken: Calibration) -> None:
    a, b = equal_runs(2)
    report = decide(a, b, margin=0.05)
    assert report.decision is GateDecision.OK
    refused = held(report, broken)
    assert refused.decision is GateDecision.INCONCLUSIVE
    assert "OK cannot be said: on runs of equal models, false alarms in" in refused.reason
    assert "`--seeds`" in refused.reason
    # Whole, and once: the sentence has a semicolon of its own.
    text = as_text(refused)
    assert text.startswith(
        f"INCONCLUSIVE  {refused.candidate} against {refused.baseline}: OK cannot"
    )
    assert text.count("false alarms in") == text.count("equal runs vary") == 1
    assert text.splitlines()[0].endswith("; ".join(broken.broken))
    assert f"\n{WHAT_TO_DO}\n" in text
    assert "gate escalate" not in text
    # At another margin the rates say nothing, and the spread of equal runs says the same.
    other = held(decide(a, b, margin=0.06), broken)
    assert other.decision is GateDecision.INCONCLUSIVE
    assert other.reason.startswith("OK cannot be said: on runs of equal models, equal runs vary")
    assert "calibrate again" in other.remarks[0]
    like = broken.model_copy(
        update={"spread": broken.spread.model_copy(update={"ratio": 1.0, "low": 0.5, "high": 2.0})}
    )
    assert held(decide(a, b, margin=0.06), like).decision is GateDecision.OK
    # What is the same letter for letter is no chance, and a regression stays one.
    assert held(decide(a, a, margin=0.05), broken).decision is GateDecision.OK
    worse = planted(b, 0.2, np.random.default_rng(0))
    report = held(decide(a, worse, margin=0.05), broken)
    assert report.decision is GateDecision.REGRESSION
    assert "measured: false alarms" in report.remarks[-1]


def test_a_kept_promise_is_said_and_changes_nothing() -> None:
    a, b = equal_runs(2)
    kept = measured(equal_runs(8), drops=[])
    report = held(decide(a, b, margin=0.05), kept)
    assert report.decision is GateDecision.OK
    assert report.remarks[0].startswith("calibrated on 8 runs with one response a problem: false")
    assert held(decide(a, b, margin=0.05), None).remarks == ()


def test_the_file_is_of_schema_2_and_those_of_schema_1_are_read(
    tmp_path: Path, broken: Calibration
) -> None:
    [run] = equal_runs(1)
    path = tmp_path / "baseline.json"
    write_outcomes(run, path)
    assert json.loads(path.read_text())["schema_version"] == 1
    assert calibration_of(read_outcomes(path)) is None
    write_outcomes(calibrated(run, broken), path)
    assert json.loads(path.read_text())["schema_version"] == 2
    again = read_outcomes(path)
    assert calibration_of(again) == broken
    assert again.tasks == run.tasks
    assert calibration_of(pool([again])) == broken
    text = path.read_text().replace('"schema_version": 2', '"schema_version": 1')
    with pytest.raises(InvalidData, match="calibration: Extra inputs"):
        parse_outcomes(text, where="baseline.json")


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"run-{number}.json" for number in range(4)]
    for path, run in zip(paths, equal_runs(4, shift=0.15), strict=True):
        write_outcomes(run, path)
    return [str(path) for path in paths]


OPTIONS = ["--margin", "5", "--replays", "12"]


def test_the_command_writes_the_baseline_and_the_gate_says_it(
    files: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    numbers = tmp_path / "rates.json"
    command = ["gate", "calibrate", *files, "--baseline", files[0], "--json", str(numbers)]
    assert main([*command, *OPTIONS]) == 1
    out = capsys.readouterr().out
    assert out.startswith("4 runs of seed 0, seed 1, seed 2, seed 3, in pairs; one response a")
    assert "worse than promised: " in out
    assert Calibration.model_validate_json(numbers.read_text()).runs == 4
    status = main(["gate", files[1], "--baseline", files[0], "--margin", "5", "--strict"])
    out = capsys.readouterr().out
    assert status in (1, 4)
    assert "calibrated on 4 runs with one response a problem" in out


def test_one_run_is_taken_pass_by_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generator = np.random.default_rng(3)
    lines = [
        made.line(index, tuple(rf"\boxed{{{generator.integers(2) + index}}}" for _ in range(4)))
        for index in range(20)
    ]
    made.write(tmp_path / "run", lines)
    assert main(["gate", "calibrate", str(tmp_path / "run"), "--replays", "12"]) in (0, 1)
    assert capsys.readouterr().out.startswith("4 passes of one run of ")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["RUN"], 2, "is one run, whose passes cannot be told apart"),
        (["RUN", "RUN"], 3, "letter for letter"),
        (["RUN", "OTHER", "--baseline", "missing.json"], 5, "the baseline is missing"),
        (["RUN", "missing.json"], 2, "no such file"),
        (["RUN", "OTHER", "--plant", "0"], 2, "--plant 0.0: points between 0 and 100"),
        (["RUN", "OTHER", "--replays", "0"], 2, "--replays 0"),
        (["RUN", "OTHER", "--margin", "-1"], 2, "--margin -1.0"),
        (["RUN", "OTHER", "--allow-diff", "temperatur"], 2, "no such"),
    ],
)
def test_what_is_refused(
    files: list[str],
    arguments: list[str],
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = {"RUN": files[0], "OTHER": files[1]}
    assert main(["gate", "calibrate", *(names.get(word, word) for word in arguments)]) == status
    assert said in capsys.readouterr().err
