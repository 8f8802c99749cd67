"""Notices: a receiver hears what happened, in its order, signed; and nobody else is reached."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import update

from cft_eval.server.http.notify.notices import Notices
from cft_eval.server.http.notify.outgoing import NotSent, _may_be_reached, post
from cft_eval.server.store.models_access import NoticeCursor
from tests.server import boards
from tests.server.labs import Lab, tokens_for, waiting
from tests.server.pushes import API, lines, push, soon

KEY = "a word of both"


class Receiver(HTTPServer):
    """Hears notices, and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.held: threading.Event | None = None
        """Until it is set, no answer comes."""

        receiver = self

        class Hear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 204
                receiver.heard.append((dict(self.headers), body))
                if receiver.held is not None:
                    receiver.held.wait(30)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", f"{receiver.url}/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Hear)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def events(self) -> list[str]:
        return [json.loads(body)["event"] for _, body in self.heard]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def lab(tmp_path: Path, receiver: Receiver) -> Iterator[Lab]:
    with TestClient(boards.create_app(boards.settings(tmp_path, review=True))) as client:
        yield Lab(client, tokens_for(client))


def _notices(lab: Lab, receiver: Receiver) -> Notices:
    services: Any = lab.client.app.state.services  # type: ignore[attr-defined]
    told = {"notice_urls": (receiver.url,), "notice_secret": KEY, "notice_allowed": ("127.0.0.1",)}
    settings = boards.settings(services.settings.server_data, **told)
    notices = Notices(services.database, settings)
    notices.tell(receiver.url)  # from now on
    return notices


def _decide(lab: Lab, name: str, decision: str) -> str:
    upload = waiting(lab, "red", name=name)
    said = {"decision": decision, "reason": "because"}
    assert lab.post(f"{API}/{upload}/review", said, "server").status_code == 200
    return upload


def test_a_receiver_hears_what_happened_in_its_order(lab: Lab, receiver: Receiver) -> None:
    _decide(lab, "before", "publish")
    notices = _notices(lab, receiver)
    upload = _decide(lab, "tiny/one", "publish")
    _decide(lab, "tiny/two", "reject")
    notices.tell(receiver.url)
    expected = ["upload.waiting", "upload.reviewed", "run.published"]
    assert receiver.events == [*expected, "upload.waiting", "upload.reviewed"]
    headers, body = receiver.heard[2]
    said = json.loads(body)
    assert (said["subject"], said["detail"]) == (upload[:16], {"upload": upload})
    assert "seal" not in body.decode()
    when = headers["X-Cft-Timestamp"]
    digest = hmac.new(KEY.encode(), f"{when}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Cft-Notice-Signature"] == f"sha256={digest}"
    assert json.loads(receiver.heard[4][1])["detail"]["reason"] == "because"
    notices.tell(receiver.url)
    assert len(receiver.heard) == 5  # each once


@pytest.mark.parametrize("answer", [500, 404, 302, 301])
def test_what_was_not_taken_comes_again_later(lab: Lab, receiver: Receiver, answer: int) -> None:
    """A redirect is not followed: it is an answer like any other that is no 2xx."""
    notices = _notices(lab, receiver)
    receiver.answers = [answer]
    _decide(lab, "tiny/one", "publish")
    for _ in range(3):
        notices.tell(receiver.url)
    assert receiver.events == ["upload.waiting"]  # it waits before it tries again
    with notices.database.write() as session:
        past = notices.database.clock(session) - timedelta(seconds=1)
        session.execute(update(NoticeCursor).values(not_before=past))
    notices.tell(receiver.url)
    assert receiver.events == ["upload.waiting", "upload.waiting", "upload.reviewed",
                               "run.published"]  # fmt: skip


def test_of_two_servers_one_sends_each_notice(lab: Lab, receiver: Receiver) -> None:
    """Be the receiver slow: the other one finds that it is being sent, and goes on afterwards."""
    one, two = _notices(lab, receiver), _notices(lab, receiver)
    _decide(lab, "tiny/one", "publish")
    receiver.held = threading.Event()
    sending = threading.Thread(target=one.tell, args=(receiver.url,))
    sending.start()
    assert soon(lambda: bool(receiver.heard))
    two.tell(receiver.url)  # ends at once
    receiver.held.set()
    sending.join()
    two.tell(receiver.url)
    numbers = [json.loads(body)["number"] for _, body in receiver.heard]
    assert len(numbers) == 3
    assert numbers == sorted(set(numbers))


def test_what_a_killed_server_was_sending_another_one_sends(lab: Lab, receiver: Receiver) -> None:
    killed, other = _notices(lab, receiver), _notices(lab, receiver)
    _decide(lab, "tiny/one", "publish")
    assert killed._next(receiver.url) is not None
    other.tell(receiver.url)
    assert receiver.heard == []
    with other.database.write() as session:
        past = other.database.clock(session) - timedelta(seconds=1)
        session.execute(update(NoticeCursor).values(not_before=past))
    other.tell(receiver.url)
    assert len(receiver.heard) == 3


def test_a_receiver_that_sends_a_byte_now_and_then_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                while not ended.wait(0.05):
                    connection.sendall(b"H")

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(NotSent):
            post(url, b"x", {}, allowed=("127.0.0.1",), seconds=0.3)
        ended.set()
        thread.join()


REFUSED = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "https://127.0.0.1:{port}/",
    "https://[::1]:{port}/", "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data",
    "https://0.0.0.0:{port}/", "https://[::ffff:127.0.0.1]:{port}/", "https://192.168.1.1/",
    # NAT64, 6to4 and Teredo: a gateway makes an address of IPv4 of them.
    "https://[64:ff9b::a9fe:a9fe]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::1]/", "https://[2001:0:7f00:1::]/", "https://[::127.0.0.1]/", "https://[fec0::1]/",
    "ftp://127.0.0.1:{port}/", "file:///etc/passwd", "https:///x", "http://example.org/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_nothing_that_is_not_listed_is_reached(receiver: Receiver, url: str) -> None:
    with pytest.raises(NotSent):
        post(url.format(port=receiver.server_port), b"x", {}, allowed=())
    assert receiver.heard == []


REACHED = ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", REACHED)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert _may_be_reached(ip_address(address), ())


def test_what_is_listed_is_reached(receiver: Receiver) -> None:
    post(receiver.url, b"x", {}, allowed=("127.0.0.1",))
    by_name = receiver.url.replace("127.0.0.1", "localhost")
    post(by_name, b"x", {}, allowed=("localhost",))
    with pytest.raises(NotSent, match="need https"):  # a network does not do without TLS
        post(receiver.url, b"x", {}, allowed=("127.0.0.0/8",))
    assert len(receiver.heard) == 2


def test_notices_need_a_key(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="need a CFT_EVAL_NOTICE_SECRET"):
        boards.settings(tmp_path, notice_urls=("https://chat.example/hook",))
    config = boards.settings(
        tmp_path, notice_urls=("https://chat.example/secret-path",), notice_secret=KEY
    )
    assert "secret-path" not in str(config.redacted())
    assert KEY not in str(config.redacted())


def test_a_running_server_sends_them(tmp_path: Path, receiver: Receiver) -> None:
    config = boards.settings(
        tmp_path, notice_urls=(receiver.url,), notice_secret=KEY, notice_allowed=("127.0.0.1",)
    )
    with TestClient(boards.create_app(config)) as client:
        services: Any = client.app.state.services  # type: ignore[attr-defined]
        while True:  # it begins with what happens from now on
            with services.database.read() as session:
                if session.query(NoticeCursor).count():
                    break
        push(client, boards.run(), lines(boards.samples()))
        for _ in range(600):
            if receiver.heard:
                break
            threading.Event().wait(0.05)
        assert receiver.events == ["run.published"]
