"""Every exit status of the gate, by the command a CI job types."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cft_eval.cli import main
from cft_eval.results import write_outcomes
from tests.harness import made
from tests.runs import boiled
from tests.server import boards

N = 2000
HALF = [i % 2 for i in range(N)]


def frozen(path: Path, right: list[int], **update: object) -> str:
    run = boiled({"cft_math": right})
    write_outcomes(run.model_copy(update=update), path)
    return str(path)


@pytest.fixture
def baseline(tmp_path: Path) -> str:
    return frozen(tmp_path / "baseline.json", HALF)


def gate(candidate: str, baseline: str, *options: str) -> int:
    return main(["gate", candidate, "--baseline", baseline, *options])


def test_0_ok(tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]) -> None:
    better = frozen(tmp_path / "better.json", [1] * 100 + HALF[100:])
    assert gate(better, baseline) == 0
    assert capsys.readouterr().out.startswith("OK  tiny against tiny")


def test_1_regression(tmp_path: Path, baseline: str) -> None:
    assert gate(frozen(tmp_path / "worse.json", [0] * 200 + HALF[200:]), baseline) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["gate", "X"],
        ["gate", "X", "--baseline", "B", "--alpha", "2"],
        ["gate", "X", "--baseline", "B", "--alpha", "1e-17"],
        ["gate", "X", "--baseline", "B", "--alpha", "nan"],
        ["gate", "X", "--baseline", "B", "--margin", "0"],
    ],
)
def test_2_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("cft-eval: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gate"], "required: candidate"),
        (["gate", "X", "Y", "--baseline", "B"], "unrecognized arguments: Y"),
        (["gate", "X", "--baseline", "B", "--looks", "2"], "unrecognized arguments: --looks 2"),
        (["gate", "freeze", "X"], "required: -o/--out"),
        (["gate", "escalate"], "required: candidate"),
    ],
)
def test_2_what_a_parser_refuses(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--margin", "x"], ["--looks", "2"], ["--alpha"], ["--show", "1.5"]]
)
def test_2_what_a_parser_refuses_leaves_no_green_report_behind(
    options: list[str], baseline: str, tmp_path: Path
) -> None:
    junit = tmp_path / "gate.xml"
    assert gate(baseline, baseline, "--junit", str(junit)) == 0
    run = Path(baseline).read_text()
    for path in (str(junit), baseline, str(tmp_path / "none"), str(tmp_path)):
        with pytest.raises(SystemExit):
            gate(baseline, baseline, f"--junit={path}", *options)
    assert not junit.exists()
    assert Path(baseline).read_text() == run  # no report, so not removed


def test_options_may_stand_before_a_subcommand(tmp_path: Path, baseline: str) -> None:
    out = str(tmp_path / "frozen.json")
    assert main(["gate", "--out", out, "freeze", baseline]) == 0
    assert main(["gate", "--margin", "2", "plan", baseline]) == 0
    # The value of an option is no subcommand.
    assert main(["gate", "--baseline", "plan", baseline]) == 5


def test_a_folder_named_like_a_subcommand_is_a_candidate(
    tmp_path: Path, baseline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frozen(tmp_path / "plan", HALF)
    assert gate("./plan", baseline) == 0


def test_2_no_candidate(baseline: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate("nowhere", baseline) == 2
    assert capsys.readouterr().err == (
        "cft-eval: nowhere: no such file or folder; `cft-eval run` or `lm_eval` writes one\n"
    )


@pytest.mark.parametrize("names", [("", "B"), ("run", "")])
def test_2_an_empty_name_is_not_the_folder_one_is_in(
    names: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made.write(tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gate.xml").write_text("of an earlier build")
    assert gate(*names, "--junit", "gate.xml") == 2
    assert "name is empty" in capsys.readouterr().err or names[1] == ""
    assert 'errors="1"' in (tmp_path / "gate.xml").read_text()


def test_3_not_comparable(
    tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {**boiled({"cft_math": HALF}).settings, "temperature": 0.7}
    hot = frozen(tmp_path / "hot.json", HALF, settings=settings)
    assert gate(hot, baseline) == 3
    assert "cft_math: temperature: 0.0 -> 0.7" in capsys.readouterr().out
    assert gate(hot, baseline, "--allow-diff", "temperature") == 0


def test_2_an_allowed_field_that_is_none(baseline: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(baseline, baseline, "--allow-diff", "enigne") == 2
    assert "--allow-diff enigne: no such; one of chat_template, checker, dtype, engine" in (
        capsys.readouterr().err
    )
    assert gate(baseline, baseline, "--allow-diff", "items") == 2


def test_6_a_report_that_cannot_be_written(
    baseline: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate(baseline, baseline, "--json", str(tmp_path / "no" / "gate.json")) == 6
    assert "No such file or directory" in capsys.readouterr().err


def test_3_invalid_data(tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(Path(baseline).read_text()[:200])
    assert gate(str(broken), baseline) == 3
    assert gate(baseline, str(broken)) == 3
    assert "not a frozen baseline" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("candidate", "status", "words"),
    [("broken.json", 3, "not a frozen baseline"), ("board:abc", 6, "http://127.0.0.1:9")],
)
def test_reports_say_why_nothing_was_decided(
    candidate: str, status: int, words: str, tmp_path: Path, baseline: str
) -> None:
    """A report of an earlier build must not be read as this one's."""
    junit, facts = tmp_path / "gate.xml", tmp_path / "gate.json"
    junit.write_text("<testsuite tests='1' failures='0'/>")
    (tmp_path / "broken.json").write_text("{")
    source = candidate if ":" in candidate else str(tmp_path / candidate)
    options = ["--server", "http://127.0.0.1:9", "--junit", str(junit), "--json", str(facts)]
    assert gate(source, baseline, *options) == status
    assert 'errors="1"' in junit.read_text()
    assert words in junit.read_text()
    assert json.loads(facts.read_text())["decision"] == "NOT_COMPARABLE"


def test_3_a_folder_without_samples(
    tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    assert gate(str(tmp_path / "run"), baseline) == 3
    assert "the folder is empty" in capsys.readouterr().err


def test_4_inconclusive_when_strict(
    tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = frozen(tmp_path / "other.json", [1, 0] * 200 + HALF[400:])
    assert gate(other, baseline) == 0
    assert gate(other, baseline, "--strict") == 4
    assert "takes about" in capsys.readouterr().out


def test_a_reader_that_has_seen_enough_changes_no_verdict(tmp_path: Path, baseline: str) -> None:
    worse = frozen(tmp_path / "worse.json", [0] * 200 + HALF[200:])
    gate = [sys.executable, "-m", "cft_eval.cli", "gate", worse, "--baseline", baseline]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(gate, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_5_missing_baseline(baseline: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(baseline, "nowhere.json") == 5
    assert "gate freeze RUN -o FILE" in capsys.readouterr().err


def test_5_is_in_the_report(tmp_path: Path, baseline: str) -> None:
    junit = tmp_path / "gate.xml"
    assert gate(baseline, "nowhere.json", "--junit", str(junit)) == 5
    assert "the baseline is missing" in junit.read_text()


def test_6_a_baseline_that_cannot_be_written(
    tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "no" / "baseline.json"
    assert main(["gate", "freeze", baseline, "-o", str(place)]) == 6
    assert (
        capsys.readouterr().err == f"cft-eval: {place}: cannot write: No such file or directory\n"
    )


def test_5_a_baseline_that_the_board_does_not_have(
    baseline: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with boards.served(boards.settings(tmp_path / "board")) as url:
        assert gate(baseline, "board:nothere", "--server", url) == 5
    assert "no published run 'nothere'" in capsys.readouterr().err


def test_6_no_server(baseline: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(baseline, "board:abc", "--server", "http://127.0.0.1:9") == 6
    assert "http://127.0.0.1:9" in capsys.readouterr().err


def test_70_a_bug_is_never_a_pass_or_a_regression(
    baseline: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    junit = tmp_path / "gate.xml"
    assert gate(baseline, baseline, "--junit", str(junit)) == 0
    monkeypatch.setattr("cft_eval.gate.decide.decide", lambda *a, **k: 1 / 0)
    assert gate(baseline, baseline, "--junit", str(junit)) == 70
    assert 'errors="1"' in junit.read_text()
    assert "a bug in cft-eval" in junit.read_text()


def test_6_leaves_no_green_report_behind(baseline: str, tmp_path: Path) -> None:
    """The JUnit file is written, and the disk is full at the next one."""
    junit, full = tmp_path / "gate.xml", "/dev/full"
    assert gate(baseline, baseline, "--junit", str(junit), "--json", full) == 6
    assert 'errors="1"' in junit.read_text()


def test_what_kills_the_gate_leaves_no_green_report_behind(
    baseline: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    junit = tmp_path / "gate.xml"
    assert gate(baseline, baseline, "--junit", str(junit)) == 0

    def killed(*_: object, **__: object) -> None:
        raise SystemExit(137)

    monkeypatch.setattr("cft_eval.gate.decide.decide", killed)
    with pytest.raises(SystemExit):
        gate(baseline, baseline, "--junit", str(junit))
    assert "did not finish" in junit.read_text()


@pytest.mark.parametrize("option", ["--junit", "--json", "--markdown", "--badge"])
def test_2_a_report_never_overwrites_a_run(
    option: str, baseline: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Path(baseline).read_text()
    monkeypatch.chdir(tmp_path)
    for path in (baseline, "baseline.json", "./baseline.json"):
        assert gate(baseline, "baseline.json", option, path) == 2
    assert Path(baseline).read_text() == before
    assert gate(baseline, baseline, "--junit", "one", "--json", "./one") == 2


def test_6_what_may_not_be_read_whether_file_or_folder(
    tmp_path: Path, baseline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything: the refusal is made here, where the file system would make it."""
    made.write(tmp_path / "run")
    denied = {
        str(path) for path in [tmp_path / "run", Path(baseline), *(tmp_path / "run").iterdir()]
    }
    whole = Path.open, Path.iterdir

    def refuse(path: Path) -> None:
        if str(path) in denied:
            raise PermissionError(13, "Permission denied", str(path))

    def opened(path: Path, *args: Any, **kwargs: Any) -> Any:
        refuse(path)
        return whole[0](path, *args, **kwargs)

    def listed(path: Path) -> Any:
        refuse(path)
        return whole[1](path)

    other = frozen(tmp_path / "other.json", HALF)
    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr(Path, "iterdir", listed)
    sources = [str(tmp_path / "run"), *map(str, sorted(denied))]
    assert {gate(source, other) for source in sources} == {6}
    assert {gate(other, source) for source in sources} == {6}
    assert main(["compare", str(tmp_path / "run"), other]) == 6
    assert main(["compare", baseline, other]) == 6


def test_3_a_window_of_two_models(
    tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = frozen(tmp_path / "other.json", HALF[1:] + HALF[:1], model="large")
    assert gate(baseline, baseline, "--baseline", other) == 3
    assert "a window holds runs of one model" in capsys.readouterr().err
    assert gate(baseline, baseline, "--baseline", other, "--allow-diff", "model") == 0


def test_the_reports_are_written(tmp_path: Path, baseline: str) -> None:
    files = [tmp_path / name for name in ("gate.xml", "gate.json", "gate.md")]
    options = zip(("--junit", "--json", "--markdown"), map(str, files), strict=True)
    assert gate(baseline, baseline, *[word for pair in options for word in pair]) == 0
    assert json.loads(files[1].read_text())["decision"] == "OK"
    assert "<testsuite" in files[0].read_text()
    assert files[2].read_text().startswith("## OK: tiny")


def test_freezing_a_frozen_run_changes_nothing(tmp_path: Path, baseline: str) -> None:
    again = tmp_path / "again.json"
    assert main(["gate", "freeze", baseline, "-o", str(again)]) == 0
    assert again.read_text() == Path(baseline).read_text()


def test_a_window_of_runs_is_a_baseline(tmp_path: Path, baseline: str) -> None:
    second = frozen(tmp_path / "second.json", HALF[1:] + HALF[:1])
    worse = frozen(tmp_path / "worse.json", [0] * 200 + HALF[200:])
    assert gate(worse, baseline, "--baseline", second) == 1
    assert gate(baseline, baseline, "--baseline", baseline) == 0


QUICK, ALL = (0, 1, 70), (0, 1, 2, 3, 4, 5, 6, 70)


@pytest.mark.parametrize("statuses", [QUICK, pytest.param(ALL, marks=pytest.mark.slow)], ids=str)
def test_every_exit_status_by_a_process(
    tmp_path: Path, baseline: str, statuses: tuple[int, ...]
) -> None:
    """As a CI system sees them: the status of the process, and a JUnit file that agrees."""
    worse = frozen(tmp_path / "worse.json", [0] * 200 + HALF[200:])
    near = frozen(tmp_path / "near.json", [1, 0] * 200 + HALF[400:])
    fewer = frozen(tmp_path / "fewer.json", HALF[:200])
    board = ["--server", "http://127.0.0.1:9"]
    commands: dict[int, list[str]] = {
        0: [baseline, "--baseline", baseline],
        1: [worse, "--baseline", baseline],
        2: ["nowhere", "--baseline", baseline],
        3: [fewer, "--baseline", baseline],
        4: [near, "--baseline", baseline, "--strict"],
        5: [baseline, "--baseline", "nowhere.json"],
        6: ["board:abc", "--baseline", baseline, *board],
        70: [baseline, "--baseline", baseline],
    }
    assert tuple(commands) == ALL
    for status, command in ((status, commands[status]) for status in statuses):
        junit = tmp_path / f"{status}.xml"
        words = ["gate", *command, "--junit", str(junit)]
        broken = "import cft_eval.gate.decide as d; d.decide = None;" if status == 70 else ""
        code = f"{broken}from cft_eval.cli import main; raise SystemExit(main({words!r}))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert done.returncode == status, done.stderr
        green = 'failures="0"' in junit.read_text() and 'errors="0"' in junit.read_text()
        assert green is (status == 0), (status, junit.read_text())


@pytest.mark.parametrize("name", ["run.json", "results_1.json", "samples_new.jsonl", "test.jsonl"])
def test_2_no_report_overwrites_a_file_of_a_run_folder(name: str, tmp_path: Path) -> None:
    made.write(tmp_path / "old")
    made.write(tmp_path / "new")
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    (tmp_path / "link").symlink_to(old)
    for folder in (old, new, str(tmp_path / "link")):
        path = f"{folder}/{name}"
        for option in ("--junit", "--json", "--markdown", "--badge", "--html"):
            assert gate(new, old, option, path) == 2
        assert main(["gate", "freeze", folder, "-o", path]) == 2
        assert main(["compare", old, new, "--html", path]) == 2
        assert main(["report", folder, "--html", path]) == 2
        assert not Path(path).exists()
    # A report beside them is written, and written again.
    assert [gate(new, old, "--html", f"{new}/gate.html") for _ in range(2)] == [0, 0]


def test_2_every_command_spares_what_it_reads(
    tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = frozen(tmp_path / "other.json", HALF[1:] + HALF[:1])
    hard = tmp_path / "hard.json"
    hard.hardlink_to(baseline)
    before = Path(baseline).read_text()
    for path in (baseline, str(hard)):
        for command in (
            ["gate", "watch", baseline, other, "--json", path],
            ["gate", "calibrate", baseline, other, "--json", path],
            ["gate", "calibrate", other, "--baseline", baseline, "--json", path],
            ["gate", "escalate", other, "--baseline", baseline, "--state", path],
            ["gate", "freeze", baseline, "-o", path],
            ["compare", baseline, other, "--html", path],
        ):
            assert main(command) == 2, command
            assert "would overwrite a run that is read" in capsys.readouterr().err
    assert Path(baseline).read_text() == before


def test_a_window_of_several_checkpoints_is_said_to_be_one(
    tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    turned = HALF[1:] + HALF[:1]
    first = frozen(tmp_path / "first.json", HALF, notes={"step": "100"})
    for notes, mixes in (({"step": "200"}, True), ({"step": "100"}, False), ({}, False)):
        second = frozen(tmp_path / "second.json", turned, notes=notes)
        gate(frozen(tmp_path / "new.json", [1, 1, 0, 0] * (N // 4)), first, "--baseline", second)
        out = capsys.readouterr().out
        assert ("the window mixes checkpoints: its runs differ in step" in out) is mixes
        assert "noted:" not in out
        assert "baseline run: tiny of 2026-01-02 03:04, step 100" in out
        assert ("03:04, step 200" in out) is mixes


def test_a_candidate_of_its_own_window_is_noticed(
    tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    second = frozen(tmp_path / "second.json", HALF[1:] + HALF[:1])
    gate(second, baseline, "--baseline", second)
    assert "gave the responses of one of the baseline's runs" in capsys.readouterr().out
    gate(second, baseline)
    gate(baseline, baseline)  # no window: the verdict itself says that nothing differs
    assert "one of the baseline's runs" not in capsys.readouterr().out


@pytest.mark.parametrize("margin", ["0.04", "0.25", "1.25", "2.5"])
def test_a_margin_is_printed_as_typed(
    margin: str, tmp_path: Path, baseline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "gate.md"
    other = frozen(tmp_path / "other.json", HALF[1:] + HALF[:1])
    for candidate in (baseline, other):
        gate(candidate, baseline, "--margin", margin, "--explain", "--markdown", str(page))
        out = capsys.readouterr().out
        assert f"margin {margin} points" in out
        assert f"<sub>margin {margin} points" in page.read_text()
        assert " 0.0 points" not in out
    main(["gate", "plan", "--margin", margin])
    assert f"to rule out a drop of {margin} points" in capsys.readouterr().out


def test_escalate_is_not_advised_for_what_it_would_call_ok(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = {"old": [1, 0] * 10, "new": [0, 1] * 10}
    for name, right in small.items():
        run = boiled({"cft_math": HALF, "cft_aime24": right})
        write_outcomes(run, tmp_path / f"{name}.json")
    sources = str(tmp_path / "new.json"), str(tmp_path / "old.json")
    assert gate(*sources, "--margin", "2", "--strict") == 0
    assert gate(*sources, "--margin", "2", "--strict", "--each-task") == 4
    assert "gate escalate" not in capsys.readouterr().out


def test_escalate_is_advised_where_it_applies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = frozen(tmp_path / "old.json", HALF[:200])
    new = frozen(tmp_path / "new.json", HALF[1:200] + HALF[:1])
    for options, advised in (
        ([], True),
        (["--cost", "10"], False),
        (["--floor", "cft_math=50"], False),
        (["--task-margin", "cft_math=0.5"], False),
    ):
        assert gate(new, old, *options, "--strict") == 4
        assert ("gate escalate" in capsys.readouterr().out) is advised, options


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_is_named_with_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.write(tmp_path / "run")
    source = str(tmp_path / "run")
    assert gate(source, source, "--json", "/dev/full") == 6
    assert "No space left on device: '/dev/full'" in capsys.readouterr().err
