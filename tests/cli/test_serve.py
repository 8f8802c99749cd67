"""`cft-eval serve` and `push` as they are typed."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from cft_eval.cli import main
from cft_eval.cli import push as push_module
from cft_eval.results import write_folder
from tests.server import boards


def test_it_prints_its_address_and_ends_gracefully(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cft_eval.cli", "serve", "--port", "0", "--data", "board"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith("cft-eval board at http://127.0.0.1:")
        assert httpx.get(line.split()[-1]).status_code == 200
        server.send_signal(signal.SIGTERM)
        _, words = server.communicate(timeout=20)
    assert words == f"data in {tmp_path / 'board'}; Ctrl-C ends it\n"
    assert sorted(path.name for path in (tmp_path / "board").iterdir()) == ["board.db"]


def test_the_port_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["serve", "--data", str(tmp_path), "--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"cft-eval: cannot listen on 127.0.0.1:{port} (Address already in use); "
        "give another --port, 0 for a free one\n"
    )


def test_others_are_only_served_with_a_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--data", str(tmp_path), "--host", "0.0.0.0"]) == 2
    assert capsys.readouterr().err == (
        "cft-eval: others can reach 0.0.0.0, so uploads need a token: set CFT_EVAL_TOKEN, "
        "make one with `cft-eval server token`, or bind 127.0.0.1\n"
    )


BAD = [
    (["--data", "{file}"], "not a folder"),
    (["--port", "70000"], "cannot listen on 127.0.0.1:70000"),
    (["--host", "nowhere.invalid"], "so uploads need a token"),
]


@pytest.mark.parametrize(("options", "words"), BAD)
def test_what_cannot_be_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    data = [] if "--data" in options else ["--data", str(tmp_path / "board")]
    assert main(["serve", *data, *(option.format(file=file) for option in options)]) == 2
    assert words in capsys.readouterr().err


def test_a_setting_that_makes_no_sense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CFT_EVAL_PART_BYTES", "many")
    assert main(["serve", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("cft-eval: CFT_EVAL_PART_BYTES: Input should be")


DATABASES = [
    ("sqlite:////nowhere/x.db", "cannot open the database sqlite:////nowhere/x.db: unable to open"),
    ("nonsense", "cannot open the database nonsense: Could not parse SQLAlchemy URL"),
    ("mysql+nodriver://u:secret@h/d", "cannot open the database mysql+nodriver://u:***@h/d: "),
]


@pytest.mark.parametrize(("url", "words"), DATABASES)
def test_a_database_that_cannot_be_opened(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    url: str,
    words: str,
) -> None:
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", url)
    assert main(["serve", "--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "secret" not in error


def test_a_file_that_is_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "board.db").write_text("not a database, " * 100)
    assert main(["serve", "--data", str(tmp_path)]) == 2
    assert "file is not a database; see CFT_EVAL_DATABASE_URL" in capsys.readouterr().err


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run as `cft-eval import` writes it; the reader of lm-eval's files has its own tests."""
    for name in ("CFT_EVAL_SERVER", "CFT_EVAL_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "out"
    write_folder(folder, boards.run(), boards.samples())
    return folder


def test_a_push_prints_the_permalink_and_shows_what_it_published(
    output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with boards.served(boards.settings(tmp_path / "board")) as url:
        given = ["--model-name", "mine", "--method", "cft", "--step", "100", "--tag", "a"]
        assert main(["push", str(output), "--server", url, "--yes", *given]) == 0
        out, err = capsys.readouterr()
        assert out.startswith(f"{url}/runs/")
        assert out.count("\n") == 1
        assert main(["push", str(output), "--server", url, "--yes", "--json", *given]) == 0
        assert json.loads(capsys.readouterr().out) == {
            "run": out.strip().rpartition("/")[2],
            "page": out.strip(),
        }
        run = httpx.get(out.strip().replace("/runs/", "/api/v1/runs/")).json()["run"]
    assert run["model"]["name"] == "mine"
    assert run["model"]["tags"] == ["a"]
    assert "  name: mine\n  method: cft\n  step: 100\n" in err
    assert "  cft_math: 12 problems, acc 0.500\n" in err
    assert "  12 responses with their problems and references\n" in err


def test_a_push_says_that_its_run_waits_for_a_review(
    output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with boards.served(boards.settings(tmp_path / "board", review=True)) as url:
        push = ["push", str(output), "--server", url, "--yes"]
        assert main(push) == 0
        out, err = capsys.readouterr()
        assert httpx.get(out.strip()).status_code == 404
        assert "waits for a review; its page appears after that" in err
        assert main([*push, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["review"] == "waiting"


def test_a_dry_run_sends_nothing(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["push", str(output), "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("This will be published:\n  name: tiny/one\n")


def test_nobody_is_asked_where_nobody_is(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["push", str(output)]) == 2
    assert "add --yes to publish, or --dry-run to look\n" in capsys.readouterr().err


ANSWERS = [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]


@pytest.mark.parametrize(("typed", "agreed"), ANSWERS)
def test_only_a_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, typed: str, agreed: bool) -> None:
    terminal = SimpleNamespace(isatty=lambda: True, readline=lambda: typed)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert push_module._agreed("http://x") is agreed


PUSHES = [
    (["--server", "http://no.invalid"], "no server answers at http://no.invalid; start one"),
    (["--server", "localhost"], "is not a server: give an address such as"),
    (["--step", "-1"], "--step: Input should be greater than or equal to 0"),
    (["--model-name", ""], "--model-name: String should have at least 1 character"),
]


@pytest.mark.parametrize(("options", "words"), PUSHES)
def test_what_cannot_be_pushed(
    output: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: str,
) -> None:
    assert main(["push", str(output), "--yes", *options]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error


def test_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["push", os.devnull + "x", "--yes"]) == 2
    assert "Traceback" not in capsys.readouterr().err
