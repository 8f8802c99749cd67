"""`cft-eval compare` as it is typed."""

import csv
import io
import json
from pathlib import Path

import pytest

from cft_eval.cli import main
from cft_eval.results import write_outcomes
from tests.runs import boiled


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    rights = {"sft": [1, 0] * 300, "cft": [1, 0, 1] * 200, "=cmd": [1, 0] * 299 + [0, 1]}
    paths: list[Path] = []
    for name, right in rights.items():
        paths.append(tmp_path / f"{len(paths)}.json")
        write_outcomes(boiled({"cft_math": right}, model=name), paths[-1])
    return [str(path) for path in paths]


def test_two_runs_in_words(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *runs[:2]]) == 0
    out = capsys.readouterr().out
    assert out.startswith("A = sft\nB = cft\n")
    assert "B is better on cft_math" in out
    assert "intervals and p are per row" in out


def test_two_runs_as_json_and_csv(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *runs[:2], "--json"]) == 0
    comparison = json.loads(capsys.readouterr().out)
    assert (comparison["suite"]["task"], comparison["suite"]["better"]) == ("suite", "B")
    assert main(["compare", *runs[:2], "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["change"] for row in rows] == ["+16.7"]


def test_three_runs_are_ranked(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *runs, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["run"], row["rank"]) for row in rows] == [
        ("(1) cft", "1"),
        ("(2) sft", "2-3"),
        ("(3) =cmd", "2-3"),
    ]


def test_one_run_is_no_comparison(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", runs[0]]) == 2
    assert capsys.readouterr().err == ("cft-eval: one run is given: name at least two to compare\n")


def test_a_missing_run_is_named(runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", runs[0], "nowhere"]) == 2
    assert "nowhere: no such file or folder" in capsys.readouterr().err


def test_a_report_in_one_file(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two, three = tmp_path / "two.html", tmp_path / "three.html"
    assert main(["compare", *runs[:2], "--html", str(two)]) == 0
    assert "B is better on cft_math" in two.read_text()
    assert main(["compare", *runs, "--html", str(three)]) == 0
    assert "cft is the best of 3" in three.read_text()
    assert main(["compare", *runs, "--html", str(tmp_path / "no" / "x.html")]) == 2
    assert "cannot write" in capsys.readouterr().err
