"""The attacks of docs/security.md that no other test here tries, each by its number there."""

import gzip
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from cft_eval.checker import Outcome
from cft_eval.client import Client
from tests.server import boards
from tests.server.labs import GOOD, Lab, tokens_for
from tests.server.pushes import API, announce, lines, manifest, push, send

ROOT = Path(__file__).parents[2]


def raw(url: str, text: bytes, *, wait: float = 10) -> bytes:
    """What a server answers to bytes on a socket."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=wait) as connection:
        connection.sendall(text)
        found = b""
        while piece := connection.recv(65536):
            found += piece
        return found


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    config = boards.settings(tmp_path / "board", part_bytes=1024, idle_seconds=0.5)
    with boards.served(config) as url:
        yield url


CODINGS = ["gzip", "zstd", "br", "deflate", "gzip, zstd", "x-gzip", "identity, gzip"]


@pytest.mark.parametrize("coding", CODINGS)
def test_1_2_3_packed_bodies_are_not_unpacked(client: TestClient, coding: str) -> None:
    bomb = gzip.compress(bytes(5_000_000))
    headers = {"content-encoding": coding, "content-type": "application/json"}
    assert client.post(API, content=bomb, headers=headers).status_code == 415
    assert client.post("/api/v1/evaluations", content=bomb, headers=headers).status_code == 415
    assert client.put(f"{API}/x/parts/0", content=bomb, headers=headers).status_code == 415


def test_4_an_archive_is_no_file_of_samples(client: TestClient) -> None:
    for head in (b"PK\x03\x04", b"\x1f\x8b\x08", b"ustar", b"\x28\xb5\x2f\xfd"):
        status = push(client, boards.run(), head + bytes(200))
        assert status["state"] == "rejected"
        assert status["reason"].startswith("samples.jsonl, line 1")


def test_5_a_body_that_never_ends_is_cut_off(client: TestClient) -> None:
    def forever() -> Iterator[bytes]:
        for _ in range(200):
            yield bytes(1 << 16)

    upload = announce(client, boards.run(), GOOD)
    answers = [
        client.put(f"{API}/{upload['id']}/parts/0", content=forever()),
        client.post(API, content=forever(), headers={"content-type": "application/json"}),
    ]
    kind = {"content-type": "application/json"}
    answers.append(client.post("/api/v1/evaluations", content=forever(), headers=kind))
    assert answers[0].status_code == 413
    # Cut off as if the sender had hung up: 400, where the route did not count to its own limit.
    assert {answer.status_code for answer in answers} <= {400, 413}


def test_5_lengths_that_lie_and_senders_that_sleep(url: str) -> None:
    with Client(url) as board:
        stored = boards.run(), lines(boards.samples())
        upload = board._upload("POST", "/uploads", record=manifest(stored[0], stored[1]))
    head = f"PUT /api/v1/uploads/{upload.id}/parts/0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    asleep = raw(url, f"{head}Content-Length: 1024\r\n\r\nabc".encode())
    assert asleep.startswith(b"HTTP/1.1 408")
    assert raw(url, f"{head}Content-Length: 99999\r\n\r\n".encode() + bytes(2048)).startswith(
        b"HTTP/1.1 413"
    )
    assert raw(url, f"{head}Content-Length: -1\r\n\r\n".encode()).startswith(b"HTTP/1.1 400")
    huge = "POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    assert raw(url, f"{huge}Content-Length: 9999999999\r\n\r\n".encode()).startswith(
        b"HTTP/1.1 413"
    )


LINES = {
    "200,000 open brackets": b"[" * 200_000,
    "a number of 5,000 digits": b'{"index": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"task": "a", "task": "b"}',
    "NaN": b'{"index": NaN}',
    "infinity": b'{"index": Infinity}',
    "a lone surrogate": b'{"task": "\\ud800"}',
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "a line of 5 MB": b'"' + b"x" * 5_000_000,
    "no UTF-8": b"\xff\xfe\x00",
    "an empty line": b"\n" + GOOD,
}


@pytest.mark.parametrize("body", LINES.values(), ids=LINES.keys())
def test_6_hostile_json_is_refused_with_its_line(client: TestClient, body: bytes) -> None:
    config = client.app.state.services.settings  # type: ignore[attr-defined]
    assert config.part_bytes == 1024
    status = push(client, boards.run(), body[:200_000])
    assert status["state"] == "rejected"
    assert status["reason"].startswith("samples.jsonl, line 1")
    answer = client.post(
        "/api/v1/evaluations", content=body[:200_000], headers={"content-type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


SCORES = [2, -1, True, "1", None, [1], {"acc": 1}, 1e400]


@pytest.mark.parametrize("score", SCORES, ids=str)
def test_7_a_score_is_a_share(client: TestClient, score: object) -> None:
    body = manifest(boards.run(), GOOD)
    body["run"]["tasks"]["cft_math"]["scores"]["acc"] = score
    answer = client.post(
        API, content=json.dumps(body).encode(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422, answer.text


def test_8_a_score_of_95_over_samples_of_50_is_shown_for_what_it_is(client: TestClient) -> None:
    run = push(client, boards.run(acc=0.95), GOOD)["run"]
    task = client.get(f"/api/v1/runs/{run}").json()["tasks"][0]
    assert (task["accuracy"]["strict"], task["claimed"]["strict"]) == (0.5, 0.95)
    page = client.get(f"/runs/{run}").text
    assert "95.0" in page
    assert "50.0" in page


def test_11_a_verdict_that_was_sent_along_is_not_believed(client: TestClient) -> None:
    samples = [
        sample.model_copy(update={"outcome": Outcome.CORRECT, "correct": {"strict": True}})
        for sample in boards.samples(right=0)
    ]
    run = push(client, boards.run(), lines(samples))["run"]
    task = client.get(f"/api/v1/runs/{run}").json()["tasks"][0]
    assert task["accuracy"] == {"strict": 0.0, "qwen": 0.0, "cft_paper": 0.0}


def test_11_many_boxes_and_the_last_one_counts(client: TestClient) -> None:
    samples = boards.samples(right=0)
    flood = "".join(rf"\boxed{{{number}}}" for number in range(30))
    samples[1] = boards.sample("math", 1, right=False, response=f"{flood} so \\boxed{{99}}")
    run = push(client, boards.run(), lines(samples))["run"]
    page = client.get(f"/api/v1/runs/{run}/samples").json()["samples"]
    assert page[1]["verdicts"][0]["outcome"] != "correct"


def test_12_the_same_responses_are_told(client: TestClient) -> None:
    hashes = {
        client.get(
            f"/api/v1/runs/{push(client, boards.run(name=name), samples)['run']}/outcomes"
        ).json()["tasks"]["cft_math"]["responses"]
        for name, samples in (("one", GOOD), ("two", GOOD))
    }
    assert len(hashes) == 1


HOSTILE = [
    "__import__('os').system('touch /tmp/cft-eval-owned')",
    "().__class__.__bases__[0].__subclasses__()",
    r"\boxed{exec('import os')}",
    r"\boxed{9^{9^{9^{9^9}}}}",
    r"\boxed{100000000!}",
    r"\boxed{10^{10^7}}",
    "(" * 3000,
    r"\boxed{\frac{1}{" * 2000,
    r"\def\a{\b\b}\def\b{\c\c}" * 100 + r"\boxed{\a}",
]


def test_14_15_16_20_answers_that_run_or_burn_cost_seconds_and_nothing_else(
    client: TestClient,
) -> None:
    samples = boards.samples(right=0)
    for place, response in enumerate(HOSTILE):
        samples[place] = boards.sample("math", place, right=False, response=response)
    status = push(client, boards.run(), lines(samples))
    assert status["state"] == "published"
    assert not Path("/tmp/cft-eval-owned").exists()
    task = client.get(f"/api/v1/runs/{status['run']}").json()["tasks"][0]
    assert task["accuracy"]["strict"] == 0


MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    r"\href{javascript:alert(1)}{x}",
    r"\htmlClass{x}{y} \includegraphics{http://evil.example/x.png}",
    r"$\kern-9999em x \raisebox{9999em}{y}$",
    r"$\unclosed{ <img src=x onerror=alert(1)>$",
]


def test_17_18_39_40_nothing_that_was_sent_becomes_markup(client: TestClient) -> None:
    runs = []
    for text in MARKUP:
        samples = boards.samples(right=0)
        samples[0] = boards.sample("math", 0, right=False, response=text)
        status = push(client, boards.run(name=text, tags=[text]), lines(samples))
        assert status["state"] == "published", status["reason"]
        runs.append(status["run"])
    pages = ["/", "/claims", "/items/math/0", "/board.html", "/feed.atom"]
    for run in runs:
        pages += [f"/runs/{run}", f"/runs/{run}/samples/0", f"/compare?run={run}"]
    ours = re.compile(r'<script src="/static/(?:keys|live)\.js\?v=[0-9a-f]+" defer></script>')
    for path in pages:
        page = ours.sub("", client.get(path).text)
        assert "<script" not in page.lower(), path
        assert not re.search(r"<(img|svg)[^>]*\son\w+=", page), path
        assert not re.search(r'<[^>]*(href|src)="?(javascript|data:text|http://evil)', page), path
    assert not re.search(r"(?<!\\)<", client.get("/board.md").text)
    for run in runs:
        json.loads(client.get(f"/runs/{run}/badge.json").text)


def test_6_a_nul_in_a_text_is_no_error_of_the_server(client: TestClient) -> None:
    """SQLite keeps it, PostgreSQL has no text with it."""
    asked = {"name": "a\0b", "scopes": ["read"]}
    for answer in (
        client.get("/api/v1/runs?before=%00"),
        client.get("/?q=%00"),
        client.post("/api/v1/evaluations", json={"model": "org/m", "method": "a\0b"}),
        client.post("/api/v1/tokens", json=asked),
    ):
        assert answer.status_code in {200, 201, 422}, answer.text


INJECTIONS = ["'; drop table runs; --", "1 or 1=1", "model; select 1", "%27", "\\", "a" * 301]


@pytest.mark.parametrize("text", INJECTIONS)
def test_28_29_what_is_searched_for_is_text(client: TestClient, text: str) -> None:
    push(client, boards.run(), GOOD)
    for parameter in ("sort", "q", "base", "method"):
        answer = client.get("/", params={parameter: text})
        assert answer.status_code in {200, 422}, answer.text
    assert client.get("/api/v1/runs", params={"before": text}).status_code in {200, 422}
    assert client.get("/api/v1/runs", params={"limit": text}).status_code == 422
    assert len(client.get("/api/v1/runs").json()["runs"]) == 1


@pytest.mark.parametrize("pattern", ["(a+)+$", "%%", "_" * 100, ".*" * 100, "[a]*", "a%"])
def test_29_no_pattern_of_a_visitor_is_run(client: TestClient, pattern: str) -> None:
    """Each would match the name as a regular expression, as a glob or in SQL's LIKE."""
    name = "a" * 100
    push(client, boards.run(name=name), GOOD)
    assert name in client.get("/", params={"q": "aaa"}).text
    answer = client.get("/", params={"q": pattern})
    assert answer.status_code == 200
    assert name not in answer.text


def test_31_a_token_in_an_address_is_no_token(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        lab = Lab(client, tokens_for(client))
        run = lab.push("red")["run"]
        secret = lab.tokens["red"]
        for name in ("token", "access_token", "authorization"):
            assert client.get(f"/runs/{run}", params={name: secret}).status_code == 404
        assert client.get(f"/runs/{run}", headers={"Cookie": f"token={secret}"}).status_code == 404
        answer = client.get("/nope", headers={"Authorization": f"Bearer {secret}x"})
        assert secret not in answer.text


PROXIED = [
    {"X-Forwarded-For": "203.0.113.7"}, {"Forwarded": "for=203.0.113.7"}, {"Via": "1.1 proxy"},
    {"X-Real-IP": "203.0.113.7"}, {"X-Forwarded-Host": "board.example"},
]  # fmt: skip


@pytest.mark.parametrize("headers", PROXIED, ids=str)
def test_33_a_board_without_tokens_takes_nothing_through_a_proxy(
    client: TestClient, headers: dict[str, str]
) -> None:
    refused = client.post(API, json=manifest(boards.run(), GOOD), headers=headers)
    assert refused.status_code == 403
    assert "through a proxy" in refused.json()["detail"]


@pytest.mark.parametrize("trusted", [(), ("127.0.0.1",), ("127.0.0.0/8",)])
def test_33_forwarded_addresses_count_from_trusted_proxies_alone(
    tmp_path: Path, trusted: tuple[str, ...]
) -> None:
    config = boards.settings(tmp_path, requests_per_minute=3, trusted_proxies=trusted)
    with TestClient(boards.create_app(config), client=("127.0.0.1", 1)) as client:
        codes = {
            client.get("/api/v1/runs", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
            for n in range(8)
        }
    assert codes == ({200} if trusted else {200, 429})


def test_33_one_network_of_ipv6_is_one_address(tmp_path: Path) -> None:
    config = boards.settings(tmp_path, requests_per_minute=3)
    app = boards.create_app(config)
    codes = set()
    with TestClient(app):
        for n in range(8):
            codes.add(TestClient(app, client=(f"2001:db8::{n}", 1)).get("/api/v1/runs").status_code)
    assert codes == {200, 429}


def test_33_no_other_site_is_let_in(client: TestClient) -> None:
    answer = client.get("/", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    asked = client.options(
        API,
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert asked.status_code == 405
    forwarded = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-For": "1",
    }
    for path in ("/", "/feed.atom", "/docs"):
        assert "evil.example" not in client.get(path, headers=forwarded).text


def test_34_ranges_and_huge_headers(url: str) -> None:
    ranges = "bytes=" + ",".join(f"{number}-{number + 1}" for number in range(5000))
    head = (
        f"GET /static/style.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: {ranges}\r\n\r\n"
    )
    assert raw(url, head.encode()).startswith((b"HTTP/1.1 200", b"HTTP/1.1 431", b"HTTP/1.1 400"))
    cookie = f"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {'a' * 100_000}\r\n\r\n"
    assert raw(url, cookie.encode()).startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        connection.request(method, "/")
        answer = connection.getresponse()
        answer.read()
        assert answer.status in {405, 404, 400}, method
    connection.close()


def test_35_finalize_again_and_again_publishes_once(client: TestClient) -> None:
    upload = announce(client, boards.run(), GOOD)
    send(client, upload, GOOD)
    codes: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: codes.append(client.post(f"{API}/{upload['id']}/finalize").status_code)
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) == {202}
    push(client, boards.run(), GOOD)
    assert client.post(f"{API}/{upload['id']}/finalize").json()["state"] == "published"
    assert client.put(f"{API}/{upload['id']}/parts/0", content=b"x" * 1024).status_code == 409
    assert len(client.get("/api/v1/runs").json()["runs"]) == 1


def test_the_table_names_tests_that_exist() -> None:
    """A guard for the table: each attack names tests that exist."""
    table = (ROOT / "docs" / "security.md").read_text()
    rows = re.findall(r"^\| (\d+) \|.*\|$", table, flags=re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 41))
    for file, test in re.findall(r"`(tests/[a-z_/]+\.py)(?:::([a-z0-9_]+))?`", table):
        text = (ROOT / file).read_text()
        assert not test or f"def {test}" in text, f"{file}::{test}"
