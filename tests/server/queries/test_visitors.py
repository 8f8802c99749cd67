"""What visitors leave is bounded for each of them: one cannot fill the queue for all."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cft_eval.server.access.auth import Scope
from cft_eval.server.queries.label_reports import ReportLimits
from cft_eval.server.queries.visitors import Visitor
from tests.server import boards
from tests.server.labs import OWNER
from tests.server.pushes import lines, push

GOOD = lines(boards.samples())


class Crowd:
    """A public board with tokens, and visitors at several addresses."""

    def __init__(self, app: Any, token: str, runs: list[str]) -> None:
        self.app, self.token, self.runs = app, token, runs

    def at(self, address: str) -> TestClient:
        return TestClient(self.app, client=(address, 5000))

    def report(self, place: int, address: str, token: str | None = None) -> int:
        form = {"kind": "reference", "reference": "3", "run": self.runs[0], "task": "cft_math"}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.at(address).post(
            "/errata", data={**form, "place": str(place)}, headers=headers, follow_redirects=False
        )
        return answer.status_code

    def snapshot(self, runs: list[str], address: str, token: str | None = None) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.at(address).post(
            "/comparisons", data={"run": runs}, headers=headers, follow_redirects=False
        )
        return answer.status_code


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[Crowd]:
    app = boards.create_app(boards.settings(tmp_path))
    with TestClient(app) as client:
        runs = [push(client, boards.run(name=name), GOOD)["run"] for name in ("a", "b", "c")]
        accounts = client.app.state.services.accounts  # type: ignore[attr-defined]
        scopes = frozenset({Scope.READ})
        made = accounts.mint("x", scopes=scopes, organisation=None, days=1, by=OWNER)
        yield Crowd(app, made.token, runs)


def limit(crowd: Crowd, limits: ReportLimits) -> None:
    reports = crowd.app.state.services.label_reports
    boards.change(crowd, label_reports=replace(reports, limits=limits))


def test_one_visitor_reports_so_much(crowd: Crowd) -> None:
    limit(crowd, ReportLimits(of_visitor=3))
    assert [crowd.report(place, "198.51.100.1") for place in range(4)] == [303, 303, 303, 429]
    assert crowd.report(3, "198.51.100.2") == 303
    assert crowd.report(3, "198.51.100.1", crowd.token) == 303
    # A provider gives one customer more of the new addresses than there are old ones.
    new = [f"2001:db8::{number}" for number in range(1, 5)]
    assert [crowd.report(place, address) for place, address in enumerate(new)] == [303] * 3 + [429]
    assert crowd.report(0, "2001:db8:1::1") == 303


def test_one_visitor_does_not_close_a_problem(crowd: Crowd) -> None:
    found = [crowd.report(0, "198.51.100.1") for _ in range(3)]
    assert found == [303, 303, 429]
    assert crowd.report(0, "198.51.100.2") == 303


def test_visitors_without_a_token_leave_a_part_to_others(crowd: Crowd) -> None:
    limit(crowd, ReportLimits(all=8))
    found = [crowd.report(number, f"198.51.100.{number}") for number in range(6)]
    assert found == [303] * 4 + [429] * 2
    assert crowd.report(0, "198.51.100.1", crowd.token) == 303


def test_one_visitor_takes_so_many_snapshots(crowd: Crowd) -> None:
    snapshots = crowd.app.state.services.snapshots
    boards.change(crowd, snapshots=replace(snapshots, of_visitor=1))
    a, b, c = crowd.runs
    assert crowd.snapshot([a, b], "198.51.100.1") == 303
    assert crowd.snapshot([a, b], "198.51.100.1") == 303  # it is there already
    assert crowd.snapshot([a, c], "198.51.100.1") == 429
    assert crowd.snapshot([a, c], "198.51.100.2") == 303
    assert crowd.snapshot([b, c], "198.51.100.1", crowd.token) == 303


def test_of_an_address_a_short_hash_is_stored() -> None:
    name = Visitor.at("198.51.100.1").name
    assert name is not None
    assert len(name) == len("address ") + 8
    assert Visitor.at("testclient") != Visitor.at("198.51.100.1")
