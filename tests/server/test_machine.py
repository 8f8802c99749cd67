"""A board and a model of it, side by side: whatever is done in whatever order, they agree.

Upload, review, withdraw, grade again, compare; by two organisations and everybody. After every step
each viewer sees the runs that the model lets them see, with the scores that their responses earn,
and the audit proves itself.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cft_eval.server.intake.grading import Grader
from cft_eval.server.ledger import audit
from cft_eval.server.operate.regrade import Regrade
from tests.server import boards
from tests.server.labs import Lab, tokens_for
from tests.server.pushes import API, lines, manifest, send, settle

OWNERS = ("red", "blue", "open")
VIEWERS = {
    "red": {"red", "open"},
    "blue": {"blue", "open"},
    "open": {"open"},
    "server": set(OWNERS),
}


@dataclass
class Known:
    """What the model knows of an upload."""

    owner: str
    right: int
    state: Literal["waiting", "published", "rejected", "withdrawn"] = "waiting"
    checker: str = "1"


class Board(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="cft-eval-machine-")
        self.version = 1
        config = boards.settings(Path(self.folder.name) / "board", review=True)
        self.context = TestClient(boards.create_app(config, grader=Grader("1")))
        self.lab = Lab(self.context.__enter__(), tokens_for(self.context))
        self.services = self.context.app.state.services  # type: ignore[attr-defined]
        self.known: dict[str, Known] = {}

    def teardown(self) -> None:
        audit.verify(self.services.database)
        self.context.__exit__(None, None, None)
        self.folder.cleanup()

    @rule(owner=st.sampled_from(OWNERS), right=st.integers(0, 12), name=st.sampled_from("ab"))
    def upload(self, owner: str, right: int, name: str) -> None:
        """Announced, sent, graded; the same again is the same."""
        samples = lines(boards.samples(right=right))
        body = manifest(boards.run(name=name), samples)
        status = self.lab.post(API, body, owner).json()
        known = self.known.get(status["id"])
        if known is not None and known.state != "rejected":
            assert status["state"] in {"graded", "published"}
            return
        assert status["state"] == "receiving"
        self.lab.client.headers.update(self.lab.headers(owner))
        send(self.lab.client, status, samples)
        self.lab.client.post(f"{API}/{status['id']}/finalize")
        status = settle(self.lab.client, status["id"], states={"graded", "rejected"})
        del self.lab.client.headers["Authorization"]
        assert (status["state"], status["review"]) == ("graded", "waiting")
        self.known[status["id"]] = Known(owner, right, checker=str(self.version))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), publish=st.booleans(), who=st.sampled_from(["server", "blue"]))
    def review(self, data: st.DataObject, publish: bool, who: str) -> None:
        upload = data.draw(st.sampled_from(sorted(self.known)))
        known = self.known[upload]
        said = {"decision": "publish" if publish else "reject", "reason": "because"}
        status = self.lab.post(f"{API}/{upload}/review", said, who).status_code
        if who != "server" and known.owner != who:
            assert status == 404
        elif who == known.owner:
            assert status == 403  # nobody reviews their own
        elif known.state != "waiting":
            assert status == 409
        else:
            assert status == 200
            known.state = "published" if publish else "rejected"

    @precondition(lambda self: self.known)
    @rule(data=st.data(), who=st.sampled_from(["server", "blue", "red admin"]))
    def withdraw(self, data: st.DataObject, who: str) -> None:
        upload = data.draw(st.sampled_from(sorted(self.known)))
        known, run = self.known[upload], upload[:16]
        path = f"/api/v1/runs/{run}/withdraw"
        status = self.lab.post(path, {"reason": "because"}, who).status_code
        owns = who == "server" or who.split()[0] == known.owner
        if owns and known.state == "published":
            assert status == 204
            known.state = "withdrawn"
        elif owns and known.state == "withdrawn":
            assert status == 409  # the first reason stays
        else:
            assert status == 404

    @rule()
    def grade_again(self) -> None:
        """A new version of the checker that says the same."""
        self.version += 1
        grader = self.services.worker.grader = Grader(str(self.version))
        Regrade(self.services.database, self.services.blobs, grader, graders=1).accept(actor="me")
        for known in self.known.values():
            if known.state != "rejected":
                known.checker = str(self.version)

    @rule(data=st.data(), who=st.sampled_from(sorted(VIEWERS)))
    def compare(self, data: st.DataObject, who: str) -> None:
        """What a comparison reads has the outcomes of the responses, problem by problem."""
        seen = self._seen_by(who)
        if not seen:
            return
        run = data.draw(st.sampled_from(sorted(seen)))
        task = self.lab.get(f"/api/v1/runs/{run}/vectors", who).json()["tasks"]["cft_math"]
        right = [outcome == "correct" for outcome in task["outcomes"]["strict"]]
        assert right == [place < seen[run].right for place in range(boards.SIZE)]

    @invariant()
    def everybody_sees_what_is_theirs_with_the_score_it_earned(self) -> None:
        for who in VIEWERS:
            answer = self.lab.get("/api/v1/runs", who).json()["runs"]
            found = {run["id"]: self._score(run) for run in answer}
            expected = {
                run: (known.right / boards.SIZE, known.checker)
                for run, known in self._seen_by(who).items()
            }
            assert found == expected, who

    def _seen_by(self, who: str) -> dict[str, Known]:
        return {
            upload[:16]: known
            for upload, known in self.known.items()
            if known.state == "published" and known.owner in VIEWERS[who]
        }

    @staticmethod
    def _score(run: dict[str, Any]) -> tuple[float, str]:
        return run["tasks"][0]["accuracy"]["strict"], run["checker"]


@pytest.mark.slow
def test_the_board_is_what_its_model_says() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Board,
        settings=settings(
            max_examples=10,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
