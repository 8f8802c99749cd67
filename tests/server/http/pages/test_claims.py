"""The claims page of a board that changes: the latest numbers, the former ones meanwhile."""

import pytest
from fastapi.testclient import TestClient

from cft_eval.server.queries.catalog import Catalog
from tests.server.pushes import soon
from tests.simulated import SIZES, Simulation, arms

SFT, CFT = "example/qm7b-metamath-sft", "example/qm7b-metamath-cft"
OPEN = "This board has no run of CFT, MetaMath; SFT, MetaMath."


def publish(client: TestClient, *names: str) -> list[str]:
    """Put runs of the paper's arms into the store; their ids."""
    services = client.app.state.services  # type: ignore[attr-defined]
    simulation = Simulation(services.database, services.blobs, dict.fromkeys(SIZES, 40))
    chosen = [arm for arm in arms() if arm.name in names]
    return [simulation.add(arm, number) for number, arm in enumerate(chosen, start=1)]


def metamath(client: TestClient) -> str:
    """The claim on MetaMath, as the page has it."""
    answer = client.get("/claims")
    assert answer.status_code == 200
    return answer.text.partition('id="claim-metamath"')[2].partition("</section>")[0]


def wait_at_most(client: TestClient, seconds: float) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    services.boards.cache.patience = services.caches.claims.patience = seconds


@pytest.fixture
def large(client: TestClient) -> None:
    """As if reading and testing took longer than anybody waits."""
    wait_at_most(client, -1.0)


@pytest.mark.usefixtures("large")
def test_on_a_large_board_new_runs_are_judged_seconds_later(client: TestClient) -> None:
    assert OPEN in metamath(client)
    client.get("/")
    publish(client, SFT, CFT)
    assert OPEN in metamath(client)  # the former page: nobody waits
    assert soon(lambda: "Supported." in metamath(client))


def test_on_a_small_board_new_runs_are_judged_at_once(
    client: TestClient,
) -> None:
    wait_at_most(client, 60.0)  # however busy the machine
    assert OPEN in metamath(client)
    publish(client, SFT, CFT)
    assert "Supported." in metamath(client)


@pytest.mark.usefixtures("large")
def test_a_withdrawn_run_is_an_arm_that_is_not_measured_and_never_an_error(
    client: TestClient,
) -> None:
    withdrawn, _ = publish(client, SFT, CFT)
    assert "Supported." in metamath(client)
    gone = client.post(f"/api/v1/runs/{withdrawn}/withdraw", json={"reason": "a mistake"})
    assert gone.status_code == 204
    assert soon(lambda: "This board has no run of SFT, MetaMath." in metamath(client))


def test_a_run_that_goes_while_the_page_is_made_is_left_out(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawn, _ = publish(client, SFT, CFT)
    read = Catalog.outcomes

    def meanwhile(self: Catalog, run: str, policy: str) -> object:
        client.post(f"/api/v1/runs/{withdrawn}/withdraw", json={"reason": "a mistake"})
        return read(self, run, policy)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalog, "outcomes", meanwhile)
    assert "this run was withdrawn: a mistake" in metamath(client)
    assert soon(lambda: "This board has no run of SFT, MetaMath." in metamath(client))
