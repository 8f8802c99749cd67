"""Names that people send: what they may hold, and what they never become (docs/security.md)."""

import re

import pytest
from fastapi.testclient import TestClient

from cft_eval.results.schema import NOT_IN_A_NAME
from tests.server import boards
from tests.server.labs import GOOD
from tests.server.pushes import API, manifest, push

NAMES: list[str] = [
    "a\u202eb",
    "a\u200bb",
    "a\x1b[31mb",
    "a\x07b",
    "a\nb",
    "a\u2066b",
    *"\u2800\u115f\u1160",
]
NAMES += [f"a{filler}b" for filler in "\u3164\u2800\u115f\u1160\uffa0\ufe0f\u034f\u00ad"]
UNLIKE = [
    (" ", "begins or ends with a blank"),
    (" a", "begins or ends with a blank"),
    ("a ", "begins or ends with a blank"),
    ("a\u00a0b", "holds the blank U+00A0; write a plain space"),
    ("a\u3000", "holds the blank U+3000"),
    ("\u0430dmin", "mixes Latin and Cyrillic letters in one word, such as U+0430"),
    ("Qw\u0435n2.5-Math-7B", "mixes Latin and Cyrillic letters in one word, such as U+0435"),
    ("\u03bfpen", "mixes Latin and Greek letters in one word, such as U+03BF"),
]
ALRIGHT = [
    "org/Model 7B, \u03b2=0.1",
    "\u043c\u043e\u0434\u0435\u043b\u044c-v2",
    "\u6a21\u578b",
    "na\u00efve",
    "\u00e9-1 \u03bb",
    "\u03bcP-7B",
]


CONTROLS = [name for name in NAMES if NOT_IN_A_NAME.search(name)]


@pytest.mark.parametrize("field", ["name", "tags"])
def test_21_a_name_with_a_control_character_is_not_announced(
    client: TestClient, field: str
) -> None:
    for name in CONTROLS:
        said = manifest(boards.run(), GOOD)
        said["run"]["model"][field] = [name] if field == "tags" else name
        answer = client.post(API, json=said)
        assert answer.status_code == 422
        assert f"run.model.{field}" in answer.json()["detail"]
        assert "holds the control character U+00" in answer.json()["detail"]


def test_21_a_name_looks_like_what_it_is(client: TestClient) -> None:
    for name in sorted({*NAMES} - {*CONTROLS}):
        status = push(client, boards.run(name=name), GOOD)
        assert status["state"] == "rejected", ascii(name)
        assert "holds the invisible character U+" in status["reason"], ascii(name)


def test_21_a_name_is_not_taken_for_another(client: TestClient) -> None:
    for name, words in UNLIKE:
        status = push(client, boards.run(name=name), GOOD)
        assert (status["state"], words in status["reason"]) == ("rejected", True), status["reason"]
        assert words in push(client, boards.run(tags=[name]), GOOD)["reason"]


def test_21_names_of_every_script_are_names(client: TestClient) -> None:
    for name in ALRIGHT:
        assert push(client, boards.run(name=name, tags=[name]), GOOD)["state"] == "published", name


def test_21_whatever_has_a_name_has_a_plain_one(client: TestClient) -> None:
    files = [
        {"name": name, "bytes": 9, "sha256": "0" * 64} for name in ("config.json", "a.safetensors")
    ]
    for name in (*NAMES, *(name for name, _ in UNLIKE)):
        for path, sent in (
            ("evaluations", {"model": "org/m", "name": name}),
            ("evaluations", {"model": "org/m", "training_data": name}),
            ("evaluations", {"model": "org/m", "tags": ["a", name]}),
            ("tokens", {"name": name, "scopes": ["read"]}),
            ("checkpoints", {"name": name, "files": files}),
        ):
            answer = client.post(f"/api/v1/{path}", json=sent)
            assert answer.status_code == 422, (path, sent)
            assert re.search(r"name: |training_data: |tags.1: ", answer.json()["detail"])
    assert client.get("/api/v1/evaluations").json() == []
    assert client.get("/api/v1/tokens").json() == []


def test_21_a_reason_is_legible(client: TestClient) -> None:
    run = push(client, boards.run(), GOOD)["run"]
    for reason in ("a\u202eb", "\u3164", "a\x1b[31m"):
        answer = client.post(f"/api/v1/runs/{run}/withdraw", json={"reason": reason})
        assert (answer.status_code, "invisible" in answer.json()["detail"]) == (422, True)
    answer = client.post(
        f"/api/v1/runs/{run}/withdraw", json={"reason": "two\nlines\u00a0\u2014 \u0430b"}
    )
    assert answer.status_code == 204


FORMULAS = ["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "\uff1dcmd"]


def test_22_a_name_is_no_formula_in_a_table(client: TestClient) -> None:
    for name in FORMULAS:
        push(client, boards.run(name=name), GOOD)
    for cell in re.findall(r'(?:^|,)("?)([^",\n]*)', client.get("/board.csv").text):
        assert not cell[1].startswith(("=HYP", "+1+1", "-1+1", "@SUM", "\uff1d")), cell


IDS = [
    "%2e%2e",
    "..%5c..",
    "a%00b",
    "%23",
    "%5C%5Chost%5Cshare",
    "..%2F..%2Fboard.db",
    "a" * 5000,
]


def test_25_a_name_in_an_address_is_no_path(client: TestClient) -> None:
    for name in IDS:
        for path in (
            f"/api/v1/runs/{name}", f"/api/v1/runs/{name}/samples", f"/runs/{name}",
            f"/static/{name}", f"{API}/{name}", f"/api/v1/checkpoints/{name}/files/{name}",
        ):  # fmt: skip
            assert client.get(path).status_code in {404, 405}, path
        assert client.put(f"{API}/{name}/parts/0", content=b"x").status_code in {404, 405}
