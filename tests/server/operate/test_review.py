"""Runs that wait for somebody to look at them, are turned down, or are withdrawn."""

import re

from cft_eval.server.operate import accounts
from tests.server.labs import OWNER, Lab, minted, waiting
from tests.server.pushes import API


def test_a_run_waits_for_somebody_else_to_look_at_it(reviewed: Lab) -> None:
    lab, said = reviewed, {"decision": "publish", "reason": "looks right"}
    upload = waiting(lab, "red admin")
    assert lab.get("/api/v1/runs", "red").json()["runs"] == []
    assert [each["id"] for each in lab.get("/api/v1/reviews", "red review").json()] == [upload]
    assert lab.get("/api/v1/reviews", "blue").json() == []
    path = f"{API}/{upload}/review"
    assert lab.post(path, said, "blue").status_code == 404
    own = lab.post(path, said, "red admin")
    assert (own.status_code, own.json()["detail"]) == (
        403,
        "somebody else must review your upload",
    )
    answer = lab.post(path, said, "server")
    assert answer.json()["state"] == "published"
    assert len(lab.get("/api/v1/runs", "red").json()["runs"]) == 1
    assert lab.post(path, said, "server").status_code == 409


def test_a_run_that_was_turned_down_is_never_seen_and_may_come_again(reviewed: Lab) -> None:
    lab = reviewed
    upload = waiting(lab, "red")
    said = {"decision": "reject", "reason": "another prompt"}
    answer = lab.post(f"{API}/{upload}/review", said, "server").json()
    assert (answer["state"], answer["reason"]) == ("rejected", "another prompt")
    assert waiting(lab, "red") == upload


def test_a_run_that_was_withdrawn_says_why_to_those_who_saw_it(lab: Lab) -> None:
    run = lab.push("red")["run"]
    path, said = f"/api/v1/runs/{run}", {"reason": "trained on the test set"}
    assert lab.post(f"{path}/withdraw", said, "blue").status_code == 404
    assert lab.post(f"{path}/withdraw", said, "red admin").status_code == 204
    again = lab.post(f"{path}/withdraw", {"reason": "another"}, "red admin")
    assert again.status_code == 409
    told = rf"this run was withdrawn on [-0-9]+ [:0-9]+ UTC by \w+ already: {said['reason']}; that"
    assert re.match(told, again.json()["detail"])
    answer = lab.get(path, "red")
    assert answer.status_code == 410
    assert answer.json()["detail"] == "this run was withdrawn: trained on the test set"
    assert lab.get(path).status_code == 404
    assert lab.get("/api/v1/runs", "red").json()["runs"] == []


def test_nobody_makes_their_own_reviewer(reviewed: Lab) -> None:
    yes = {"decision": "publish", "reason": "x"}
    admin = "red admin"
    child = minted(reviewed, admin, "read", "upload")
    reviewer = minted(reviewed, admin, "read", "review")
    deputy = minted(reviewed, admin, "read", "upload", "review", "admin")
    grandchild = minted(reviewed, deputy, "read", "review")
    for sender in (admin, child, deputy):
        upload = waiting(reviewed, sender, name=sender)
        for by in {reviewer, grandchild, admin, deputy}:
            answer = reviewed.post(f"{API}/{upload}/review", yes, by)
            assert answer.status_code == 403, (sender, by)
            assert "somebody else must review" in answer.json()["detail"]
        # A reviewer that the server's own owner made is somebody else.
        assert reviewed.post(f"{API}/{upload}/review", yes, "red review").is_success
    # And what others sent, they may review.
    upload = waiting(reviewed, "red")
    assert reviewed.post(f"{API}/{upload}/review", yes, grandchild).is_success


def test_what_waited_while_the_organisation_became_private_is_private(reviewed: Lab) -> None:
    upload = waiting(reviewed, "open")
    known: accounts.Accounts = reviewed.client.app.state.services.accounts  # type: ignore[attr-defined]
    known.organisation("open", private=True, by=OWNER)
    said = {"decision": "publish", "reason": "x"}
    assert reviewed.post(f"{API}/{upload}/review", said, "server").is_success
    assert reviewed.get(f"/runs/{upload[:16]}").status_code == 404
    assert reviewed.get(f"/runs/{upload[:16]}", "open").status_code == 200
