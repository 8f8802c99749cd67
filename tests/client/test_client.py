"""The client against a real server on a real port."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cft_eval.client import (
    Client,
    Conflict,
    NotFound,
    Progress,
    RunWithdrawn,
    ServerError,
    UploadRejected,
)
from cft_eval.results import Run
from tests.server import boards

SOON = 0.01
"""Seconds before a request is sent again."""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with boards.served(boards.settings(tmp_path / "board", part_bytes=1024)) as url:
        yield url


def test_a_run_is_published_and_read_back(tmp_path: Path, url: str) -> None:
    seen: list[Progress] = []
    with Client(url, pause=SOON) as client:
        page = client.publish(boards.folder(tmp_path / "run"), progress=seen.append)
        run_id = page.removeprefix(f"{url}/runs/")
        assert client.run(run_id)["tasks"][0]["accuracy"]["strict"] == 0.5
        outcomes = client.outcomes(run_id)
        assert isinstance(client.vectors(run_id)["run"], Run)
    assert outcomes.tasks["cft_math"].score == 0.5
    assert seen[0].state == "sending"
    assert seen[-1] == Progress("published", boards.SIZE, boards.SIZE)


def test_an_interrupted_upload_goes_on_where_it_stopped(tmp_path: Path, url: str) -> None:
    folder = boards.folder(tmp_path / "run")

    def interrupt(progress: Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with Client(url, pause=SOON) as client, pytest.raises(KeyboardInterrupt):
        client.publish(folder, progress=interrupt)
    sent: list[str] = []
    with Client(url, pause=SOON) as client:
        client.http.event_hooks["request"].append(
            lambda request: sent.append(request.url.path) if request.method == "PUT" else None
        )
        page = client.publish(folder)
        assert client.publish(folder) == page
    assert [int(path.rpartition("/")[2]) for path in sent] == list(range(2, 2 + len(sent)))
    assert sent


@pytest.mark.parametrize("losses", [1, 99])
def test_what_the_server_lost_is_sent_again(tmp_path: Path, url: str, losses: int) -> None:
    """The bucket of the parts was gone for a moment, or it always loses one."""
    left = iter(range(losses))

    def lose(progress: Progress) -> None:
        sent = progress.state == "sending" and progress.done == progress.total
        if sent and next(left, None) is not None:
            next((tmp_path / "board" / "uploads").rglob("1.*.part")).unlink()

    with Client(url, pause=SOON) as client:
        folder = boards.folder(tmp_path / "run")
        if losses == 1:
            assert client.publish(folder, progress=lose)
        else:
            with pytest.raises(Conflict, match="part 1 of 4 is missing"):
                client.publish(folder, progress=lose)


def test_nobody_is_there() -> None:
    url = f"http://127.0.0.1:{boards.free_port()}"
    with Client(url, pause=SOON) as client, pytest.raises(ServerError) as found:
        client.run("x")
    assert str(found.value).startswith(f"no server answers at {url}")


def test_a_server_that_goes_away_is_asked_again() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if len(asked) > 1:
            raise httpx.ConnectError("gone", request=request)
        return httpx.Response(404, json={"detail": "no such run", "status": 404})

    with Client("http://127.0.0.1:9", pause=SOON) as client:
        client.http = httpx.Client(base_url=client.server, transport=httpx.MockTransport(answer))
        with pytest.raises(NotFound):
            client.run("x")
        with pytest.raises(ServerError, match="stopped answering"):
            client.run("x")
    assert len(asked) > 3


def test_nobody_is_there_to_begin_with(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{boards.free_port()}"
    with Client(url, pause=SOON) as client, pytest.raises(ServerError) as found:
        client.publish(boards.folder(tmp_path))
    assert str(found.value) == (
        f"no server answers at {url}; start one with `cft-eval serve`, "
        "or give its address with --server"
    )


def test_a_board_of_this_machine_is_given_time_to_start() -> None:
    said: list[str] = []
    with socket.socket() as later:
        later.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{later.getsockname()[1]}"

        def say(line: str) -> None:
            said.append(line)
            later.listen()  # the board starts; it answers when it is asked
            threading.Thread(target=answer).start()

        def answer() -> None:
            asked, _ = later.accept()
            with asked:
                asked.recv(1 << 16)
                asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        with Client(url, pause=SOON) as client:
            client.await_start(say)
    assert said == [f"nothing answers at {url} yet: waiting 15 seconds"]


def test_a_board_elsewhere_is_given_no_time() -> None:
    for url in ("http://board.invalid:8000", "http://192.0.2.1:8000"):
        with Client(url, pause=SOON) as client:
            client.await_start(pytest.fail)


def test_a_board_of_this_machine_that_never_starts() -> None:
    said: list[str] = []
    with Client(f"http://localhost:{boards.free_port()}", starting=0.5) as client:
        client.await_start(said.append)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("token", "words"),
    [(None, "needs a token: set CFT_EVAL_TOKEN"), ("wrong", "is not the server's token")],
)
def test_the_token_is_missing_or_wrong(tmp_path: Path, token: str | None, words: str) -> None:
    config = boards.settings(tmp_path / "board", token="right")
    folder = boards.folder(tmp_path / "run")
    with boards.served(config) as url:
        with Client(url, token) as client, pytest.raises(ServerError, match=words):
            client.publish(folder)
        with Client(url, "right") as client:
            assert client.publish(folder).startswith(url)


def test_a_run_that_was_withdrawn_is_not_published_again(tmp_path: Path, url: str) -> None:
    folder = boards.folder(tmp_path / "run")
    with Client(url, pause=SOON) as client:
        run = client.publish(folder).rpartition("/")[2]
        reason = {"reason": "trained on the test set"}
        client.request("POST", f"/runs/{run}/withdraw", record=reason)
        with pytest.raises(RunWithdrawn, match="withdrew it: trained on the test set"):
            client.publish(folder)


def test_the_reason_of_a_rejection_is_passed_on(tmp_path: Path, url: str) -> None:
    folder = boards.folder(tmp_path, benchmarks=["chess"])
    with Client(url, pause=SOON) as client, pytest.raises(UploadRejected) as found:
        client.publish(folder)
    assert str(found.value) == (
        f"{url} rejected the run: run.json: tasks.cft_chess.benchmark: "
        "'chess' is no known benchmark"
    )


STRANGE = [
    (200, b"<h1>hello</h1>"),
    (200, b"[]"),
    (200, b'{"id": 7}'),
    (404, b"not here"),
    (500, b'"x"'),
    (404, b'{"detail": "Not Found"}'),
]


@pytest.mark.parametrize(("status", "body"), STRANGE)
def test_another_kind_of_server(tmp_path: Path, status: int, body: bytes) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            with (
                Client(url, pause=SOON) as client,
                pytest.raises(ServerError, match="does not answer as"),
            ):
                client.publish(boards.folder(tmp_path))
        finally:
            server.shutdown()
            thread.join()


def test_an_address_that_is_none() -> None:
    with pytest.raises(ServerError, match="give an address such as http://HOST:8000"):
        Client("localhost:8000")
