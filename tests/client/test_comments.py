"""One comment on a pull request, on both forges, by their APIs as a local stand-in speaks them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cft_eval.cli import main
from cft_eval.client.comments import (
    CommentRefused,
    NoPullRequest,
    mark,
    pull_request,
    update,
    write,
)
from cft_eval.results import write_outcomes
from tests.client.forge import TOKEN, Forge
from tests.harness import made
from tests.runs import boiled

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "lab/model",
    "GITHUB_REF": "refs/pull/7/merge",
    "GITHUB_TOKEN": TOKEN,
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_IID": "7",
    "GITLAB_TOKEN": TOKEN,
}
ELSEWHERE = ("GITHUB_EVENT_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_GRAPHQL_URL")
FORGES = {
    "github": (GITHUB, "GITHUB_API_URL", "/repos/lab/model/issues/7/comments", "PATCH"),
    "gitlab": (GITLAB, "CI_API_V4_URL", "/projects/42/merge_requests/7/notes", "PUT"),
}


@pytest.fixture
def forge() -> Forge:
    return Forge()


@pytest.fixture
def url(forge: Forge) -> Iterator[str]:
    with forge.served() as address:
        yield address


@pytest.fixture(params=FORGES)
def environment(request: pytest.FixtureRequest, url: str) -> dict[str, str]:
    given, name, _, _ = FORGES[request.param]
    return {**given, name: url}


def test_the_first_is_written_and_the_next_change_it(
    forge: Forge, environment: dict[str, str]
) -> None:
    where = pull_request(environment)
    write(where, "one", name="gate")
    write(where, "two", name="gate")
    [comment] = forge.comments
    assert comment["body"] == f"{mark('gate')}\ntwo"
    _, _, path, method = FORGES["github" if "GITHUB_REF" in environment else "gitlab"]
    assert f"POST {path}" in forge.requests
    assert forge.requests[-1].startswith(f"{method} /")


@pytest.mark.parametrize("before", [0, 1, 99, 100, 101, 250])
def test_it_is_found_on_whatever_page_it_stands(
    before: int, forge: Forge, environment: dict[str, str]
) -> None:
    for number in range(before):
        forge.add(f"comment {number}")
    mine = forge.add(f"{mark('gate')}\nof an earlier build")
    for number in range(130):
        forge.add(f"later {number}")
    write(pull_request(environment), "new", name="gate")
    assert mine["body"].endswith("\nnew")
    assert len(forge.comments) == before + 131


def test_a_quotation_is_not_taken_for_it(forge: Forge, environment: dict[str, str]) -> None:
    quoted = forge.add(f"> {mark('gate')}\nwhat does this mean?")
    write(pull_request(environment), "new", name="gate")
    assert quoted["body"].startswith("> ")
    assert len(forge.comments) == 2


def test_another_accounts_comment_is_not_taken_for_it(
    forge: Forge, environment: dict[str, str]
) -> None:
    """The mark is public: whoever writes it first must not own the gate's comment."""
    forged = forge.add(f"{mark('gate')}\n## OK: all is well", author="stranger")
    where = pull_request(environment)
    for body in ("one", "two"):
        write(where, body, name="gate")
    assert [each["body"].splitlines()[1] for each in forge.comments] == [
        "## OK: all is well",
        "two",
    ]
    forge.comments.remove(forged)
    update(where, "three", name="gate")
    assert forge.comments[0]["body"].endswith("\nthree")


@pytest.mark.parametrize(
    ("refusing", "login"),
    [
        ({"/user"}, "github-actions[bot]"),
        ({"/user"}, "our-app[bot]"),  # GraphQL names any app
        ({"/user", "/graphql"}, "github-actions[bot]"),
    ],
)
def test_an_apps_token_knows_its_own_comments(
    refusing: set[str], login: str, forge: Forge, url: str
) -> None:
    forge.refusing, forge.login = refusing, login
    forge.add(mark("gate"), author="dependabot[bot]")
    where = pull_request({**GITHUB, "GITHUB_API_URL": url})
    for body in ("one", "two"):
        write(where, body, name="gate")
    assert [each["body"] for each in forge.comments[1:]] == [f"{mark('gate')}\ntwo"]


def test_a_token_of_nobody_known_adopts_nothing(forge: Forge, url: str) -> None:
    forge.refusing = {"/user"}
    mine = forge.add(mark("gate"))
    write(pull_request({**GITLAB, "CI_API_V4_URL": url}), "new", name="gate")
    assert mine["body"] == mark("gate")
    assert len(forge.comments) == 2


def test_a_comment_that_may_not_be_changed_is_followed_by_another(
    forge: Forge, environment: dict[str, str]
) -> None:
    locked = forge.add(mark("gate"))
    forge.refusing = {f"/{locked['id']}"}
    where = pull_request(environment)
    update(where, "nothing", name="gate")
    for body in ("one", "two"):
        write(where, body, name="gate")
    assert [each["body"] for each in forge.comments] == [mark("gate"), f"{mark('gate')}\ntwo"]


def test_gates_of_other_names_keep_theirs(forge: Forge, environment: dict[str, str]) -> None:
    for name in ("math", "code", "math", "ma -->th"):
        write(pull_request(environment), name, name=name)
    assert [each["body"].splitlines()[1] for each in forge.comments] == ["math", "code", "ma -->th"]
    assert forge.comments[2]["body"].count("-->") == 2  # the name's own is text of the body


def test_a_long_body_is_cut_at_a_line(forge: Forge, environment: dict[str, str]) -> None:
    write(pull_request(environment), "line\n" * 20_000, name="gate")
    body = forge.comments[0]["body"]
    assert len(body) < 65_536
    assert body.endswith("(cut: the whole is in the job's files)")


def test_a_token_that_may_not_write_is_said(forge: Forge, environment: dict[str, str]) -> None:
    forge.denied = True
    with pytest.raises(CommentRefused, match="status 403; may the token write comments"):
        write(pull_request(environment), "new", name="gate")


NOWHERE = [
    ({}, "not in GitHub Actions or GitLab CI"),
    ({**GITHUB, "GITHUB_REF": "refs/heads/main"}, "has no pull request"),
    ({**GITHUB, "GITHUB_REF": "refs/tags/refs/pull/7/merge"}, "has no pull request"),
    ({**GITHUB, "GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
    ({**GITLAB, "CI_MERGE_REQUEST_IID": ""}, "has no merge request"),
    ({**GITLAB, "GITLAB_TOKEN": ""}, "GITLAB_TOKEN is not set"),
]


@pytest.mark.parametrize(("environment", "said"), NOWHERE)
def test_where_there_is_nothing_to_comment_on(environment: dict[str, str], said: str) -> None:
    with pytest.raises(NoPullRequest, match=said):
        pull_request(environment)


@pytest.mark.parametrize(
    ("event", "number"),
    [
        ({"pull_request": {"number": 12}}, 12),
        ({"issue": {"number": 13, "pull_request": {"url": "u"}}}, 13),
        # An issue is no pull request; the ref decides.
        ({"issue": {"number": 14}}, 7),
        ({"pull_request": None}, 7),
    ],
)
def test_the_event_says_which_pull_request_it_is(
    event: object, number: int, tmp_path: Path
) -> None:
    (tmp_path / "event.json").write_text(json.dumps(event))
    given = {**GITHUB, "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    assert f"/issues/{number}/comments" in pull_request(given).comments


@pytest.fixture
def job(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*GITHUB, *GITLAB, *ELSEWHERE):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made.write(tmp_path / "old", [made.line(index) for index in range(20)])
    lines = [made.line(index) for index in range(20)]
    for line in lines[:12]:
        line["doc"]["verdicts"][0] |= {"outcome": "wrong", "answer": "</details>@all `x`"}
        line["resps"] = [["\\boxed{5}"]]
    made.write(tmp_path / "new", lines)
    return tmp_path


def gate(job: Path, *options: str) -> int:
    sources = [str(job / "new"), "--baseline", str(job / "old")]
    return main(["gate", *sources, "--comment", *options])


def test_the_gate_comments_with_what_was_lost(job: Path, forge: Forge) -> None:
    assert gate(job) == 1
    assert gate(job) == 1
    [comment] = forge.comments
    assert comment["body"].startswith(f"{mark('gate')}\n## REGRESSION: ")
    assert "12 problems on which the candidate is right less often" in comment["body"]
    # An answer closes nothing, calls nobody and is no code.
    assert comment["body"].count("</details>") == 1
    assert "@all" not in comment["body"]


def test_a_comment_that_is_refused_changes_no_verdict(
    job: Path, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    forge.denied = True
    assert gate(job) == 1
    assert "no comment was written: POST" in capsys.readouterr().err
    assert main(["gate", str(job / "old"), "--baseline", str(job / "old"), "--comment"]) == 0


def test_options_that_cannot_be_read_leave_no_earlier_verdict(
    job: Path, forge: Forge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate(job) == 1
    with pytest.raises(SystemExit, match="2"):
        gate(job, "--margni", "1")
    assert "its options cannot be read" in forge.comments[0]["body"]
    with pytest.raises(SystemExit, match="2"):
        main(["gate", "--comment-name"])


@pytest.mark.parametrize("event", [b"{", b"\xff", b"[" * 100_000, b'{"pull_request": 7}'])
def test_an_event_that_is_damaged_is_said_and_changes_no_verdict(
    event: bytes,
    job: Path,
    forge: Forge,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (job / "event.json").write_bytes(event)
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(job / "event.json"))
    assert gate(job) == 1
    assert ("not JSON" in capsys.readouterr().err) is not bool(forge.comments)


def test_a_frozen_baseline_has_no_responses_to_tell_of(job: Path, forge: Forge) -> None:
    write_outcomes(boiled({"cft_math": [1, 0] * 50}), job / "frozen.json")
    source = str(job / "frozen.json")
    assert main(["gate", source, "--baseline", source, "--comment"]) == 0
    assert "problems on which" not in forge.comments[0]["body"]


@pytest.mark.parametrize(
    ("sources", "status", "said"),
    [
        (["nowhere", "--baseline", "old"], 2, "nowhere: no such file"),
        (["old", "--baseline", "old", "--margin", "0"], 2, "points between 0 and 100"),
        (["old", "--baseline", "old", "--junit", "old"], 2, "would overwrite"),
        (["broken.json", "--baseline", "old"], 3, "not a frozen baseline"),
        (["old", "--baseline", "other"], 3, "the candidate did not run it"),
        (["old", "--baseline", "nowhere"], 5, "the baseline is missing"),
        (["board:x", "--baseline", "old", "--server", "http://127.0.0.1:9"], 6, "127.0.0.1:9"),
        (["old", "--baseline", "old", "--json", "no/gate.json"], 6, "No such file or directory"),
    ],
)
def test_no_green_comment_outlives_a_gate_that_decides_nothing(
    sources: list[str],
    status: int,
    said: str,
    job: Path,
    forge: Forge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(job)
    Path("broken.json").write_text("{")
    write_outcomes(boiled({"cft_math": [1, 0] * 50}), Path("other"))
    assert main(["gate", "old", "--baseline", "old", "--comment"]) == 0
    assert "## OK" in forge.comments[0]["body"]
    assert main(["gate", *sources, "--comment"]) == status
    [comment] = forge.comments
    assert comment["body"].startswith(f"{mark('gate')}\n## NOT_COMPARABLE")
    assert said in comment["body"].replace("\\", "")


def test_what_ends_the_gate_leaves_no_green_comment(
    job: Path, forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise SystemExit(137)

    old = str(job / "old")
    with monkeypatch.context() as patched:
        patched.setattr("cft_eval.gate.decide.decide", killed)
        with pytest.raises(SystemExit):
            gate(job)
        assert forge.comments == []  # none was there to be taken for this build's
    assert main(["gate", old, "--baseline", old, "--comment"]) == 0
    monkeypatch.setattr("cft_eval.gate.decide.decide", killed)
    with pytest.raises(SystemExit):
        gate(job)
    assert "the gate did not finish" in forge.comments[0]["body"]
    monkeypatch.setattr("cft_eval.gate.decide.decide", lambda *a, **k: 1 / 0)
    assert gate(job) == 70
    assert "a bug in cft-eval" in forge.comments[0]["body"]
