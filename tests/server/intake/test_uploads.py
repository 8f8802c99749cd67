import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cft_eval import testsets
from tests.server import boards
from tests.server.pushes import API, announce, lines, manifest, push, send

GOOD = boards.samples()


def test_a_pushed_run_is_graded_here_and_published(client: TestClient) -> None:
    status = push(client, boards.run(acc=0.9), lines(GOOD))
    assert status["state"] == "published"
    assert (status["rows"], status["graded_rows"]) == (boards.SIZE, boards.SIZE)
    run = client.get(f"/api/v1/runs/{status['run']}").json()
    assert run["tasks"][0]["accuracy"] == {"strict": 0.5, "qwen": 0.5, "cft_paper": 0.5}
    assert run["tasks"][0]["claimed"] == {"strict": 0.9, "qwen": None, "cft_paper": None}


def test_the_same_run_twice_is_one_upload_and_one_run(client: TestClient) -> None:
    first, second = (push(client, boards.run(), lines(GOOD)) for _ in range(2))
    assert first == second
    assert len(client.get("/api/v1/runs").json()["runs"]) == 1


def test_a_published_run_is_not_asked_for_again(client: TestClient) -> None:
    push(client, boards.run(), lines(GOOD))
    answer = client.post(API, json=manifest(boards.run(), lines(GOOD)))
    assert (answer.status_code, answer.json()["state"]) == (200, "published")


def test_what_arrived_is_listed_and_need_not_be_sent_again(client: TestClient) -> None:
    samples = lines(GOOD)
    upload = announce(client, boards.run(), samples)
    assert upload["parts"] > 3
    part = samples[1024:2048]
    client.put(f"{API}/{upload['id']}/parts/1", content=part)
    again = announce(client, boards.run(), samples)
    assert again["received"] == {"1": hashlib.sha256(part).hexdigest()}


def test_a_part_is_missing(client: TestClient) -> None:
    upload = announce(client, boards.run(), lines(GOOD))
    answer = client.post(f"{API}/{upload['id']}/finalize")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("part 0 of ")


PARTS = [
    (0, b"", 400, "this part has 0 bytes instead of 1024; send it again"),
    (0, b"x" * 1023, 400, "this part has 1023 bytes instead of 1024; send it again"),
    (0, b"x" * 1025, 413, "this part has more than its 1024 bytes"),
    (-1, b"x" * 1024, 404, "there is no part"),
    (10**9, b"x" * 1024, 404, "there is no part"),
    ("x", b"x" * 1024, 422, "path number"),
    ("9" * 5000, b"x" * 1024, 422, "path number"),
]


@pytest.mark.parametrize(("number", "content", "status", "detail"), PARTS)
def test_a_part_that_does_not_fit(
    client: TestClient, number: object, content: bytes, status: int, detail: str
) -> None:
    upload = announce(client, boards.run(), lines(GOOD))
    answer = client.put(f"{API}/{upload['id']}/parts/{number}", content=content)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert detail in answer.json()["detail"]
    assert client.get(f"{API}/{upload['id']}").json()["received"] == {}


def test_other_bytes_than_announced_are_rejected_and_can_be_sent_again(client: TestClient) -> None:
    samples = lines(GOOD)
    upload = announce(client, boards.run(), samples)
    send(client, upload, b"x" * len(samples))
    status = client.post(f"{API}/{upload['id']}/finalize").json()
    assert status["state"] == "rejected"
    assert "the samples that arrived have sha256" in status["reason"]
    assert push(client, boards.run(), samples)["state"] == "published"


def changed(place: int, **changes: object) -> bytes:
    """Our samples as text, with one of them altered as no `Sample` could be."""
    rows = [json.loads(sample.model_dump_json()) for sample in GOOD]
    rows[place] |= changes
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def raw(place: int, line: bytes) -> bytes:
    rows = lines(GOOD).splitlines(keepends=True)
    rows[place] = line + b"\n"
    return b"".join(rows)


# What an upload may try, and what it is told: the line, the field, the reason.
HOSTILE: list[tuple[str, bytes, str]] = [
    ("not json", raw(2, b"{"), "samples.jsonl, line 3: not JSON at column"),
    ("an empty line", raw(2, b""), "samples.jsonl, line 3: not JSON at column"),
    ("a list", raw(2, b"[]"), "samples.jsonl, line 3: expected a JSON object, got []"),
    ("nested too deep", raw(0, b"[" * 200_000), "samples.jsonl, line 1: nested too deeply"),
    ("not utf-8", raw(0, b"\xff\xfe"), "samples.jsonl, line 1: not UTF-8 at byte 0"),
    ("a byte order mark", b"\xef\xbb\xbf" + lines(GOOD), "samples.jsonl, line 1: not JSON"),
    ("a key twice", raw(0, b'{"task": 1, "task": 2}'), "line 1: the key 'task' appears twice"),
    ("not a number", raw(0, b'{"index": NaN}'), "samples.jsonl, line 1: NaN is not a JSON number"),
    ("a huge number", raw(0, b'{"index": ' + b"9" * 5000 + b"}"), "line 1: Exceeds the limit"),
    ("a lone surrogate", raw(0, b'{"task": "\\ud800"}'), "samples.jsonl, line 1: "),
    ("a field too much", changed(4, score=1), "line 5: score: Extra inputs are not permitted"),
    ("an outcome unknown", changed(4, outcome="best"), "samples.jsonl, line 5: outcome: "),
    ("a truth that is a number", changed(4, correct={"strict": 1}), "line 5: correct.strict: "),
    ("an index that is a text", changed(4, index="4"), "samples.jsonl, line 5: index: "),
    ("another task", changed(4, task="mmlu"), "line 5: task: 'mmlu' is not a task of run.json"),
    (
        "another benchmark",
        changed(4, benchmark="gsm8k"),
        "line 5: benchmark: 'gsm8k', and run.json",
    ),
    ("an easier problem", changed(4, problem="1+1?"), "line 5: item: "),
    ("an easier reference", changed(4, reference="no idea"), "is not the hash of this problem"),
    (
        "a problem of our own",
        changed(4, problem="1+1?", reference="2", item=testsets.item_hash("1+1?", "2")),
        "is no problem of math: its text was changed",
    ),
    (
        "an answer twice",
        lines([*GOOD[:4], GOOD[3], *GOOD[5:]]),
        "line 5: repeat: cft_math problem 3 was answered in line 4",
    ),
    ("a repeat too much", changed(4, repeat=7), "cft_math has 12 responses to 12 problems"),
    ("a problem left out", lines(GOOD[:-1]), "cft_math has 11 responses to 11 problems"),
]


def test_a_hostile_upload_is_rejected_with_the_reason(client: TestClient) -> None:
    for name, samples, reason in HOSTILE:
        status = push(client, boards.run(), samples)
        assert status["state"] == "rejected", name
        assert reason in status["reason"], name
    assert client.get("/api/v1/runs").json()["runs"] == []


def test_a_corrected_label_is_no_published_one(tmp_path: Path) -> None:
    erratum = testsets.Erratum("math", 4, published="8", reference="9", reason="made for a test")
    problems = replace(boards.PROBLEMS, errata=lambda benchmark: (erratum,))
    app = boards.create_app(boards.settings(tmp_path / "board"), problems=problems)
    with TestClient(app) as client:
        status = push(client, boards.run(), changed(4, reference="9"))
    assert status["reason"] == (
        "samples.jsonl, line 5: reference: graded by a corrected label; boards compare by the "
        "published ones, so run without errata"
    )


RUNS: list[tuple[dict[str, Any], str]] = [
    ({"name": "a\u202eb"}, "run.json: model.name: holds the invisible character U+202E"),
    ({"tags": ["a\u2066m"]}, "run.json: model.tags.0: holds the invisible character U+2066"),
    ({"method": "x" * 301}, "run.json: model.method: longer than 300 characters"),
]


@pytest.mark.parametrize(("model", "reason"), RUNS)
def test_a_name_must_look_like_what_it_is(
    client: TestClient, model: dict[str, Any], reason: str
) -> None:
    status = push(client, boards.run(**model), lines(GOOD))
    assert (status["state"], status["reason"]) == ("rejected", reason)


def test_a_benchmark_that_nobody_knows(client: TestClient) -> None:
    status = push(client, boards.run(["chess"]), lines(GOOD))
    assert status["reason"] == (
        "run.json: tasks.cft_chess.benchmark: 'chess' is no known benchmark"
    )


MANIFESTS = [
    (b"", 422),
    (b"{}", 422),
    (b"[" * 100_000, 422),
    (b'{"run": NaN}', 422),
    (b'{"run": 1e999, "samples": {}}', 422),
    (b'"\\ud800"', 422),
    (b"\xff", 422),
    (b"9" * 10_000, 422),
    (b" " * (2 << 20), 413),
]


@pytest.mark.parametrize(("body", "status"), MANIFESTS)
def test_a_manifest_that_is_none(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post(API, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_manifest_comes_as_plain_json(client: TestClient) -> None:
    # A page elsewhere could send text/plain to a board on this machine without being asked.
    assert (
        client.post(API, content=b"{}", headers={"content-type": "text/plain"}).status_code == 415
    )
    coded = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post(API, content=b"{}", headers=coded).status_code == 415


def test_samples_that_are_too_many_are_refused_before_they_are_sent(tmp_path: Path) -> None:
    config = boards.settings(tmp_path, max_upload_bytes=100)
    with TestClient(boards.create_app(config)) as client:
        answer = client.post(API, json=manifest(boards.run(), lines(GOOD)))
    assert answer.status_code == 413
    assert "push fewer tasks at a time" in answer.json()["detail"]


def test_unfinished_uploads_do_not_fill_the_disk(tmp_path: Path) -> None:
    config = boards.settings(tmp_path, max_open_uploads=1)
    with TestClient(boards.create_app(config)) as client:
        announce(client, boards.run(), lines(GOOD))
        answer = client.post(API, json=manifest(boards.run(name="two"), lines(GOOD)))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


TOKENS = [
    (None, 401),
    ("Bearer", 401),
    ("Bearer wrong", 401),
    ("Basic secret", 401),
    ("Bearer sécret", 401),
    ("Bearer secret", 201),
    ("bearer  secret", 201),
]


@pytest.mark.parametrize(("header", "status"), TOKENS)
def test_a_token_lets_in(tmp_path: Path, header: str | None, status: int) -> None:
    headers = {b"authorization": header.encode()} if header else {}
    with TestClient(boards.create_app(boards.settings(tmp_path, token="secret"))) as client:
        answer = client.post(API, json=manifest(boards.run(), lines(GOOD)), headers=headers)
        assert answer.status_code == status
        assert client.get(f"{API}/x").status_code == 401
        assert client.get("/").status_code == 200


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
GOOD_MANIFEST = manifest(boards.run(), lines(GOOD))


@st.composite
def manifests(draw: st.DrawFn) -> bytes:
    """A manifest in which one value, somewhere, became something else; or any bytes at all."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=200))
    tree = json.loads(json.dumps(GOOD_MANIFEST))
    at = tree
    while True:
        key = draw(st.sampled_from(sorted(at)))
        if isinstance(at[key], dict) and at[key] and draw(st.booleans()):
            at = at[key]
            continue
        at[key] = draw(values)
        return json.dumps(tree).encode("utf-8", "surrogatepass")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=manifests())
def test_no_manifest_breaks_the_server(client: TestClient, body: bytes) -> None:
    answer = client.post(API, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {200, 201, 413, 422, 429}, answer.text


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(min_size=1, max_size=300))
def test_no_samples_break_the_server(client: TestClient, body: bytes) -> None:
    status = push(client, boards.run(), body)
    assert status["state"] == "rejected"
    assert status["reason"].startswith("samples.jsonl")
