"""Clients that take their time, as raw sockets against a real server: none holds it for long.

No test says how long it takes: a connection that is held would never end.
"""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from cft_eval.server.http.pace import BYTES_PER_SECOND
from tests.server import boards

pytestmark = pytest.mark.slow  # real clients that take their time

PATIENCE = 60
"""Seconds after which a connection counts as held for ever."""

IDLE = 0.6
"""The server's patience in these tests."""

END_SECONDS = 60
"""What the documentation says of SIGTERM."""


def head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""]).encode()


JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
LONG = "Content-Length: 5000"

SENDERS = {
    "nothing at all": (b"", b""),
    "a head that stops": (b"GET / HT", b""),
    "a head byte by byte": (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", b"x"),
    "an announcement that stops": (head("POST", "/api/v1/uploads", JSON, LONG) + b"{", b""),
    "an announcement byte by byte": (head("POST", "/api/v1/uploads", JSON, LONG), b" "),
    "JSON that stops": (head("POST", "/api/v1/evaluations", JSON, LONG) + b"{", b""),
    "JSON byte by byte": (head("POST", "/api/v1/claims", JSON, LONG), b" "),
    "a form byte by byte": (head("POST", "/errata", FORM, LONG), b"x"),
    "a form of a comparison": (head("POST", "/comparisons", FORM, LONG) + b"run=", b""),
    "chunks byte by byte": (
        head("POST", "/api/v1/claims", JSON, "Transfer-Encoding: chunked"),
        b"1\r\n \r\n",
    ),
    # Answered before the body is read: the rest of it must not come for ever.
    "a body that nobody reads": (head("POST", "/nothing/here", JSON, LONG), b"x"),
    "a body too long": (head("POST", "/errata", FORM, "Content-Length: 99999999"), b"x"),
    "a page, then nothing": (head("GET", "/docs"), b""),
    "a page, then half a head": (head("GET", "/healthz") + b"GET /he", b"a"),
    "something else than HTTP": (b"\x16\x03\x01\x02\x00\x01", b"\x00"),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data, port = tmp_path_factory.mktemp("slow"), boards.free_port()
    env = {"CFT_EVAL_IDLE_SECONDS": str(IDLE), "CFT_EVAL_PART_BYTES": "1048576"}
    server = boards.start_server(data, port, env=env, log=data / "log")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)
    assert "Traceback" not in (data / "log").read_text("utf-8")


def connect(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def outlast(client: socket.socket, again: bytes) -> bytes:
    """What comes until the server ends the connection, while ``again`` is sent again and again."""
    client.settimeout(IDLE / 4)
    answer, gives_up = b"", time.monotonic() + PATIENCE
    while time.monotonic() < gives_up:
        try:
            if not (piece := client.recv(65536)):
                return answer
            answer += piece
        except TimeoutError:
            with suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(again)
        except ConnectionResetError:
            return answer
    raise AssertionError(f"still held; so far: {answer[:200]!r}")


@pytest.mark.parametrize(("first", "again"), SENDERS.values(), ids=SENDERS.keys())
def test_no_sender_holds_a_connection(url: str, first: bytes, again: bytes) -> None:
    with connect(url) as client:
        client.sendall(first)
        answer = outlast(client, again)
    if first.startswith(b"POST /api/v1/") or b"/comparisons" in first:
        assert answer.startswith(b"HTTP/1.1 408"), answer
        assert b"the body came too slowly" in answer


def test_a_part_that_comes_too_slowly_is_refused(url: str) -> None:
    from cft_eval.client import Client
    from tests.server.pushes import lines, manifest

    with Client(url) as board:
        body = manifest(boards.run(), lines(boards.samples()))
        upload = board._upload("POST", "/uploads", record=body)
    path = f"/api/v1/uploads/{upload.id}/parts/0"
    for again in (b"", b"x"):
        with connect(url) as client:
            client.sendall(head("PUT", path, f"Content-Length: {body['samples']['bytes']}"))
            assert outlast(client, again).startswith(b"HTTP/1.1 408")
    assert httpx.get(f"{url}/api/v1/uploads/{upload.id}").json()["received"] == {}


def test_a_body_that_comes_steadily_is_taken(url: str) -> None:
    """Longer than the server's patience, but fast enough all the time."""
    body = b" " * int(BYTES_PER_SECOND * IDLE * 3) + b"{}"
    with connect(url) as client:
        client.sendall(head("POST", "/api/v1/claims", JSON, f"Content-Length: {len(body)}"))
        step = BYTES_PER_SECOND // 2
        for start in range(0, len(body), step):
            client.sendall(body[start : start + step])
            time.sleep(IDLE / 4)
        assert client.recv(64).startswith(b"HTTP/1.1 422")


READERS = {"one answer after the other": 2_000, "answers that fill the socket": 200}


@pytest.mark.parametrize("requests", READERS.values(), ids=READERS.keys())
def test_no_reader_holds_a_connection(url: str, requests: int) -> None:
    """One that asks and asks, and takes nothing of what is answered."""
    with connect(url) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(IDLE / 4)
        wanted, gives_up = head("GET", "/docs") * requests, time.monotonic() + PATIENCE
        try:
            while time.monotonic() < gives_up:
                try:
                    sent = client.send(wanted)
                    wanted = wanted[sent:] or head("GET", "/docs")
                except TimeoutError:
                    time.sleep(IDLE / 4)
        except (BrokenPipeError, ConnectionResetError):
            return
    raise AssertionError("still held")


def serve(tmp_path: Path, *, patch: str = "", idle: float) -> tuple[subprocess.Popen[bytes], str]:
    port = boards.free_port()
    env = {"CFT_EVAL_IDLE_SECONDS": str(idle)}
    server = boards.start_server(
        tmp_path / "board", port, patch=patch, env=env, log=tmp_path / "log"
    )
    return server, f"http://127.0.0.1:{port}"


GRACE = "from cft_eval.server.http import connections; connections.GRACE_SECONDS = 2"


@pytest.mark.slow
def test_sigterm_ends_a_server_that_every_kind_of_client_holds(tmp_path: Path) -> None:
    server, url = serve(tmp_path, idle=3600, patch=GRACE)
    clients = []
    for first, _ in SENDERS.values():
        clients.append(connect(url))
        clients[-1].sendall(first)
    httpx.get(f"{url}/healthz")
    server.send_signal(signal.SIGTERM)
    assert server.wait(END_SECONDS) == -signal.SIGTERM
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")
    for client in clients:
        client.close()


@pytest.mark.slow
def test_a_store_that_hangs_does_not_keep_a_process_alive(tmp_path: Path) -> None:
    hangs = (
        "import time; app.END_SECONDS = 1; from cft_eval.server.intake import queue; "
        "queue.GradingWorker.stop = lambda self: time.sleep(3600)"
    )
    server, _ = serve(tmp_path, patch=hangs, idle=30)
    server.send_signal(signal.SIGTERM)
    assert server.wait(PATIENCE) in (1, -signal.SIGTERM)


@pytest.mark.slow
def test_more_connections_than_there_are_files_for(tmp_path: Path) -> None:
    """Whoever waited longest goes; nothing floods the log, and others are served."""
    few = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))"
    server, url = serve(tmp_path, patch=few, idle=3600)
    try:
        clients = [connect(url) for _ in range(300)]
        for _ in range(20):
            assert httpx.get(f"{url}/healthz", timeout=PATIENCE).is_success
        for client in clients:
            client.close()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)
    said = (tmp_path / "log").read_text("utf-8")
    assert "Traceback" not in said
    assert len(said) < 10_000
