"""A board as it is run: several processes, logs, settings, a service."""

import configparser
import json
import logging
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from cft_eval.cli import COMMANDS, main
from cft_eval.client import Client
from cft_eval.results import read_folder
from cft_eval.server.foundation import logs
from tests.server import boards
from tests.server.labs import Lab
from tests.server.pushes import lines, push

ENDS = {0, -signal.SIGTERM}
"""uvicorn ends gracefully, and then as whoever was sent a signal."""

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_several_processes_serve_one_board(tmp_path: Path) -> None:
    port = boards.free_port()
    board = boards.start_server(tmp_path / "board", port, options=["--workers", "2"])
    url = f"http://127.0.0.1:{port}"
    try:
        seen = boards.publish_at_once(url, tmp_path, 6)
        assert len(set(seen)) == 6
        for _ in range(20):  # whichever answers
            assert len(httpx.get(f"{url}/api/v1/runs").json()["runs"]) == 6
        text = httpx.get(f"{url}/metrics").text
        counted = re.search(r'cft_eval_requests_total\{method="GET",status="2xx"\} (\d+)', text)
        assert counted is not None
        assert int(counted[1]) >= 20  # of both processes, not of the one that was asked
        assert 'cft_eval_uploads{state="published"} 6.0' in text
    finally:
        board.send_signal(signal.SIGTERM)
        assert board.wait(30) in ENDS


def test_a_log_line_is_an_object_and_holds_no_secret(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="cft_eval.access")
    client.get("/api/v1/runs?token=secret", headers={"Authorization": "Bearer secret"})
    record = next(each for each in caplog.records if each.name == "cft_eval.access")
    line = json.loads(logs.Json().format(record))
    assert line | {"time": "", "ms": 0} == {
        "time": "", "level": "info", "logger": "cft_eval.access", "message": "request",
        "method": "GET", "path": "/api/v1/runs", "status": 200, "ms": 0,
    }  # fmt: skip


def test_an_error_is_one_line_with_its_traceback() -> None:
    try:
        raise ValueError("a\nb")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "no\nluck", None, sys.exc_info())
    line = logs.Json().format(record)
    assert "\n" not in line
    assert json.loads(line)["error"].endswith("ValueError: a\nb\n")


def test_settings_are_shown_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "hunter2"
    monkeypatch.setenv("CFT_EVAL_TOKEN", secret)
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", f"postgresql+psycopg://a:{secret}@db/board")
    monkeypatch.setenv("CFT_EVAL_BLOBS", f"s3://key:{secret}@bucket/prefix?secret={secret}")
    assert main(["server", "settings"]) == 0
    said = capsys.readouterr().out
    assert secret not in said
    assert "CFT_EVAL_DATABASE_URL=postgresql+psycopg://a:***@db/board\n" in said
    assert "CFT_EVAL_BLOBS=s3://bucket/prefix\n" in said


def test_every_setting_is_documented() -> None:
    from cft_eval.server.foundation.settings import ServerSettings

    told = (ROOT / "docs" / "board.md").read_text()
    for name in ServerSettings.model_fields:
        assert f"CFT_EVAL_{name.upper()}" in told, name


def test_the_unit_starts_what_there_is() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as the documentation has it
    unit.read(ROOT / "deploy" / "cft-eval.service")
    _, command, *options = shlex.split(unit["Service"]["ExecStart"])
    assert command in COMMANDS
    _offers(command, options)


def test_the_container_installs_and_starts_what_there_is() -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text()
    extras = re.search(r"/src\[([a-z0-9,]+)\]", text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert extras is not None
    assert set(extras[1].split(",")) <= project["optional-dependencies"].keys()
    entry = json.loads(text.rpartition("ENTRYPOINT ")[2])
    assert entry[1] in COMMANDS
    _offers(entry[1], entry[2:])


def _offers(command: str, options: list[str]) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "cft_eval.cli", command, "--help"],
        capture_output=True, text=True, check=True, env=dict(os.environ),
    ).stdout  # fmt: skip
    for option in options:
        assert not option.startswith("--") or option in said, option


@pytest.mark.slow
def test_it_ends_in_the_midst_of_grading_and_loses_nothing(tmp_path: Path) -> None:
    port = boards.free_port()
    slow = (
        "import time; from cft_eval.server.intake import grading; real = grading.check_policies; "
        "grading.CHUNK = 1; "
        "grading.check_policies = lambda rows, **o: (time.sleep(0.3), real(rows, **o))[1]"
    )
    server = boards.start_server(tmp_path / "board", port, patch=slow)
    url = f"http://127.0.0.1:{port}"
    with Client(url) as client:
        folder = boards.folder(tmp_path / "run")
        stored = read_folder(folder)
        upload = client.upload(stored.run, folder / "samples.jsonl")
        while not client._upload("GET", f"/uploads/{upload.id}").graded_rows:
            time.sleep(0.02)
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) in ENDS
    with boards.served(boards.settings(tmp_path / "board")) as url, Client(url) as client:
        assert client.wait(upload.id) == upload.id[:16]


def test_metrics_of_one_process_need_no_folder(client: TestClient) -> None:
    push(client, boards.run(), lines(boards.samples()))
    assert "cft_eval_requests_total" in client.get("/metrics").text


@pytest.mark.parametrize(
    "words", [["tokens"], ["revoke", "x"], ["audit", "verify"], ["backup", "copy"], ["regrade"]]
)
def test_no_board_is_made_where_one_is_looked_after(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A forgotten --data is said, not answered with an empty board."""
    assert main(["server", *words, "--data", str(tmp_path / "nowhere")]) == 2
    told = capsys.readouterr().err
    assert f"{tmp_path / 'nowhere'}: no board there; name its folder with --data" in told
    assert not (tmp_path / "nowhere").exists()


def test_metrics_are_for_this_machine_or_a_token_of_the_server(lab: Lab) -> None:
    assert lab.get("/metrics").status_code == 401
    for who, status in (("red", 403), ("red admin", 403), ("red upload", 403), ("server", 200)):
        assert lab.get("/metrics", who).status_code == status, who
    text = lab.get("/metrics", "server").text
    for name in ("queue_seconds", "storage_up", "storage_seconds", "disk_free_bytes"):
        assert f"cft_eval_{name} " in text
    assert 'cft_eval_evaluations{state="queued"} 0.0' in text
    lab.push("red")
    assert "cft_eval_grading_seconds_count 1.0" in lab.get("/metrics", "server").text


LOCAL = [
    ("127.0.0.1", {}, 200),
    ("::1", {}, 200),
    ("192.0.2.1", {}, 401),
    # A proxy on this machine brings strangers.
    ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 401),
    ("127.0.0.1", {"Via": "1.1 proxy"}, 401),
]


@pytest.mark.parametrize(("address", "headers", "status"), LOCAL)
def test_a_request_from_this_machine_needs_no_token(
    lab: Lab, address: str, headers: dict[str, str], status: int
) -> None:
    local = TestClient(lab.client.app, client=(address, 50_000))
    assert local.get("/metrics", headers=headers).status_code == status


@pytest.mark.slow
@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_a_visitor_over_a_socket_for_both_protocols_keeps_their_address(tmp_path: Path) -> None:
    """It writes an address of IPv4 as one of IPv6: who it is stays the same."""
    port = boards.free_port()
    env = {
        "CFT_EVAL_TOKEN": "secret",
        "CFT_EVAL_TRUSTED_PROXIES": '["127.0.0.1"]',
        "CFT_EVAL_REQUESTS_PER_MINUTE": "50",
    }
    server = boards.start_server(tmp_path, port, options=("--host", "::"), env=env)
    try:
        url = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{url}/metrics").status_code == 200  # it is this machine
        for form in ("192.0.2.{}", "::ffff:198.51.100.{}"):  # as a proxy may write it, too
            for number in range(60):
                behind = {"X-Forwarded-For": form.format(number)}
                assert httpx.get(f"{url}/healthz", headers=behind).status_code == 200
    finally:
        server.terminate()
        server.wait()
