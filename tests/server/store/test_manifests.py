"""What a manifest may say: bounded where it is announced, harmless where it was taken before."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cft_eval.server.store.models import RunRow
from tests.server import boards
from tests.server.pushes import API, lines, manifest, push

GOOD = lines(boards.samples())


def changed(path: str, value: object) -> dict[str, Any]:
    """A manifest with one field altered as no `Run` could be."""
    made = manifest(boards.run(), GOOD)
    *folders, name = path.split(".")
    place = made
    for folder in folders:
        place = place[folder]
    place[name] = value
    return made


NUMBERS = [
    "run.model.step",
    "run.model.training_examples",
    "run.model.parameters",
    "run.tasks.cft_math.items",
    "run.tasks.cft_math.repeats",
    "run.tasks.cft_math.expected_items",
    "run.tasks.cft_math.settings.n_shot",
    "run.tasks.cft_math.settings.max_gen_toks",
    "run.seeds.random",
]


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize("number", [2**63, 2**64, 10**30])
def test_a_number_that_no_table_has_room_for(client: TestClient, field: str, number: int) -> None:
    if field == "run.seeds.random" and number < 2**64:
        return  # a seed has 64 bits
    answer = client.post(API, json=changed(field, number))
    assert (answer.status_code, field in answer.json()["detail"]) == (422, True), answer.text


HUGE = {"step": 2**63, "training_examples": 10**30, "parameters": 10**30}


def test_a_number_that_was_taken_before_is_unknown_and_breaks_nothing(client: TestClient) -> None:
    run = push(client, boards.run(), GOOD)["run"]
    with client.app.state.services.database.write() as session:  # type: ignore[attr-defined]
        row = session.get_one(RunRow, run)
        told = json.loads(json.dumps(row.manifest))
        told["model"] |= HUGE
        told["tasks"]["cft_math"]["expected_items"] = 10**30
        told["tasks"]["cft_math"]["settings"]["n_shot"] = 10**30
        row.manifest, row.graded = told, row.graded + timedelta(seconds=1)
    for page in ("/", "/board.csv", "/board.json", "/board.parquet", f"/runs/{run}", "/claims"):
        assert client.get(page).status_code == 200, page
    assert client.get("/board.json").json()["rows"][0]["step"] is None
    model = client.get(f"/api/v1/runs/{run}").json()["run"]["model"]
    assert [model[name] for name in HUGE] == [None, None, None]
    assert client.get("/api/v1/runs").status_code == 200


def test_a_name_that_was_taken_before_stands_on_one_line(client: TestClient) -> None:
    run = push(client, boards.run(), GOOD)["run"]
    with client.app.state.services.database.write() as session:  # type: ignore[attr-defined]
        row = session.get_one(RunRow, run)
        told = json.loads(json.dumps(row.manifest))
        told["model"] |= {"name": "a\n::error::b", "tags": ["c\x1b[31m"]}
        row.manifest, row.graded = told, row.graded + timedelta(seconds=1)
    for page in ("/", f"/runs/{run}", "/claims"):
        assert client.get(page).status_code == 200, page
    model = client.get(f"/api/v1/runs/{run}").json()["run"]["model"]
    assert (model["name"], model["tags"]) == ("a ::error::b", ["c[31m"])


SAID = [
    ("run.created", "2099-01-01T00:00:00Z", "run.created: 2099-01-01T00:00:00+00:00 is in the fut"),
    ("run.created", (datetime.now(UTC) + timedelta(days=2)).isoformat(), "is in the future"),
    ("run.model.tags", ["a"] * 51, "run.model.tags: 51 tags; at most 50 are accepted"),
    ("run.model.tags", ["a", "a" * 101], "run.model.tags.1: longer than 100 characters"),
]


@pytest.mark.parametrize(("field", "value", "words"), SAID, ids=["far", "near", "many", "long"])
def test_what_no_run_says(client: TestClient, field: str, value: object, words: str) -> None:
    answer = client.post(API, json=changed(field, value))
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True), answer.text


def test_a_moment_without_a_zone(client: TestClient) -> None:
    for moment, status in (("2026-01-02T03:04:05", 201), ("2099-01-01T00:00:00", 422)):
        answer = client.post(API, json=changed("run.created", moment))
        assert answer.status_code == status, answer.text


def test_a_clock_that_is_hours_ahead_is_no_future(client: TestClient) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    made = changed("run.created", soon)
    made["run"]["model"]["tags"] = ["a" * 100] * 50
    assert client.post(API, json=made).status_code == 201
