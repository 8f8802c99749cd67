"""Problems across models, label reports, claims, and slices, on boards pushed for real."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cft_eval.cli import main
from cft_eval.server.ledger import audit
from cft_eval.server.queries.label_reports import LabelReports, ReportLimits
from cft_eval.server.store.database import Database
from tests.server import boards
from tests.server.http.pages.test_pages import EVIL, assert_harmless
from tests.server.pushes import lines, push


def pushed(client: TestClient, name: str, *, answers: dict[int, str], **changes: Any) -> str:
    """A run on our twelve problems, right but where ``answers`` has another one."""
    samples = [
        boards.sample("math", index, response=answers.get(index, str(2 * index)), **changes)
        for index in range(boards.SIZE)
    ]
    return str(push(client, boards.run(name=name), lines(samples))["run"])


@pytest.fixture
def runs(client: TestClient) -> list[str]:
    """Both models answer 99 to problem 3, against its reference; the second misses two more."""
    levels = {"level": "Level 1", "subject": EVIL}
    first = pushed(client, "first", answers={3: "99"}, **levels)
    return [first, pushed(client, "second", answers={3: "99", 5: "1", 7: ""}, **levels)]


def test_problems_where_models_agree_against_the_label_come_first(
    client: TestClient, runs: list[str]
) -> None:
    page = client.get("/items/math").text
    assert page.index("#3</a>") < page.index("#5</a>") < page.index("#0</a>")
    assert '<b class="worse">2 of 2</b>' in page
    assert client.get("/items").url.path == "/items/math"
    assert client.get("/items/gsm8k").status_code == 404
    assert_harmless(page)


def test_a_problem_shows_every_models_answer(client: TestClient, runs: list[str]) -> None:
    page = client.get("/items/math/3").text
    assert "0 of 2 responses from 2 runs are correct." in page
    assert "2 of the 2 runs below answer 99 instead of the reference." in page
    assert page.index("first</bdi>") < page.index("second</bdi>")  # by strength
    assert_harmless(page)
    assert client.get("/items/math/99").status_code == 404
    assert client.get("/items/math/x", headers={"accept": "text/html"}).status_code == 422


def test_a_problem_counts_every_run_on_all_pages_and_marks_parts(
    client: TestClient,
) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    boards.change(client, answers=replace(services.answers, page_runs=2))
    for number in range(3):
        pushed(client, f"whole {number}", answers={3: "99"} if number else {})
    part = [boards.sample("math", index, right=index == 3) for index in (1, 3, 7)]
    push(client, boards.run(name="part", items=3), lines(part))
    twice = boards.run(name="twice")
    task = twice.tasks["cft_math"].model_copy(update={"repeats": 2})
    repeated = [
        boards.sample("math", index, right=repeat == 0, repeat=repeat)
        for index in range(boards.SIZE)
        for repeat in range(2)
    ]
    push(client, twice.model_copy(update={"tasks": {"cft_math": task}}), lines(repeated))
    first = client.get("/items/math/3").text
    assert "3 of 6 responses from 5 runs are correct." in first
    runners_up = first.index("whole 1</bdi>" if "whole 1</bdi>" in first else "whole 2</bdi>")
    assert first.index("whole 0</bdi>") < runners_up
    assert 'href="/items/math/3?page=3#answers"' in first
    last = client.get("/items/math/3?page=3").text
    assert "part</bdi>" in last
    assert "3 of 12 problems" in last
    assert "3 of 12 problems" not in first
    assert "4 of 5 responses from 4 runs are correct." in client.get("/items/math/0").text
    assert client.get("/items/math/12").status_code == 404


def test_a_problem_that_only_a_part_of_a_run_answered_has_a_page(client: TestClient) -> None:
    part = [boards.sample("math", index) for index in (1, 3)]
    push(client, boards.run(items=2), lines(part))
    assert "1 of 1 responses from 1 run are correct." in client.get("/items/math/3").text
    assert client.get("/items/math/2").status_code == 404


def report(client: TestClient, run: str, **changes: str) -> int:
    form = {"run": run, "task": "cft_math", "place": "3", "kind": "reference", "note": "n"}
    return client.post("/errata", data={**form, **changes}).status_code


def test_a_label_report_goes_into_the_queue(client: TestClient, runs: list[str]) -> None:
    assert report(client, runs[0], reference="99", note=EVIL) == 200
    page = client.get("/errata?thanks=1").text
    assert "Thank you" in page
    assert "MATH #3" in page
    assert_harmless(page)
    [told] = client.get("/errata.json").json()["reports"]
    assert (told["benchmark"], told["index"], told["reference"]) == ("math", 3, "99")
    assert "1 open report</a>" in client.get("/items/math/3").text


def test_an_answered_report_leaves_the_queue(
    client: TestClient,
    runs: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CFT_EVAL_DATABASE_URL", boards.settings(tmp_path / "board").database)
    assert report(client, runs[0], reference="99") == 200
    data = ["--data", str(tmp_path / "board")]
    assert main(["server", "reports", *data]) == 0
    listed = capsys.readouterr().out
    assert 'math #3  reference  ["99", "n"]' in listed
    number = listed.split()[0]
    assert main(["server", "settle", number, "\u202e", *data]) == 2
    assert main(["server", "settle", number, "The reference is right: 99 counts zero.", *data]) == 0
    assert main(["server", "settle", number, "again", *data]) == 2
    assert client.get("/errata.json").json()["reports"] == []
    [settled] = client.get("/errata.json").json()["settled"]
    assert settled["answer"] == "The reference is right: 99 counts zero."
    page = client.get("/errata").text
    assert "No reports yet." in page
    assert "The reference is right: 99 counts zero." in page
    assert f'href="/runs/{runs[0]}/samples/3?task=cft_math"' in page
    assert "open report" not in client.get("/items/math/3").text
    acts = [each.action for each in audit.entries(store(client), after=0, limit=1000)]
    assert acts[-1] == "report.settled"


def store(client: TestClient) -> Database:
    found: Database = client.app.state.services.database  # type: ignore[attr-defined]
    return found


def limit(client: TestClient, limits: ReportLimits) -> LabelReports:
    services = client.app.state.services  # type: ignore[attr-defined]
    reports: LabelReports = replace(services.label_reports, limits=limits)
    boards.change(client, label_reports=reports)
    return reports


def test_a_settled_report_lets_another_in(client: TestClient, runs: list[str]) -> None:
    reports = limit(client, ReportLimits(of_item=1))
    assert [report(client, runs[0]) for _ in range(2)] == [200, 429]
    reports.settle(reports.open()[0].id, "no", actor="owner")
    assert report(client, runs[0]) == 200


def test_the_repeats_of_one_run_are_one_voice(client: TestClient) -> None:
    twice = boards.run(name="twice")
    task = twice.tasks["cft_math"].model_copy(update={"repeats": 2})
    repeated = [
        boards.sample("math", index, response="99", repeat=repeat)
        for index in range(boards.SIZE)
        for repeat in range(2)
    ]
    push(client, twice.model_copy(update={"tasks": {"cft_math": task}}), lines(repeated))
    page = client.get("/items/math/3").text
    assert "below say" not in page
    assert "repeat 0" in page
    assert "repeat 1" in page
    pushed(client, "other", answers={3: r"\frac{198}{2}"})
    assert "2 of the 2 runs below answer " in client.get("/items/math/3").text


BAD: list[dict[str, str]] = [
    {"kind": "other"},
    {"note": " "},
    {"note": "x" * 1001},
    {"place": "-1"},
    {"place": ""},
]


@pytest.mark.parametrize("changes", BAD, ids=str)
def test_a_form_that_says_nothing_is_refused(
    client: TestClient, runs: list[str], changes: dict[str, str]
) -> None:
    assert report(client, runs[0], **changes) == 422
    assert client.get("/errata.json").json()["reports"] == []


def test_the_queue_cannot_be_flooded(client: TestClient, runs: list[str]) -> None:
    limit(client, ReportLimits(of_item=2, all=3))
    assert [report(client, runs[0]) for _ in range(3)] == [200, 200, 429]
    assert [report(client, runs[0], place="4") for _ in range(2)] == [200, 429]
    assert report(client, "nope") == 404


def test_an_empty_board_has_empty_pages(client: TestClient) -> None:
    for address, told in {
        "/items": "No problems yet",
        "/errata": "No reports yet",
        "/compare": "Nothing to compare yet",
        "/claims": "not measured yet",
    }.items():
        page = client.get(address)
        assert page.status_code == 200
        assert told in page.text
        assert_harmless(page.text)


def test_the_run_page_lists_what_other_models_dispute(client: TestClient, runs: list[str]) -> None:
    third = pushed(client, "third", answers={3: "6", 4: "1"})
    listed = client.get(f"/runs/{third}?outcome=disagree").text
    assert "#3<" in listed  # right, and the two others are not
    assert "#4<" in listed  # wrong, and the two others are not
    assert "#5<" not in listed
    assert "2 responses" in listed
    flipped = client.get(f"/runs/{third}?outcome=flipped").text
    assert "No response matches this filter" in flipped


def test_previous_and_next_walk_along_the_list(client: TestClient, runs: list[str]) -> None:
    page = client.get(f"/runs/{runs[1]}/samples/5?task=cft_math&outcome=wrong").text
    assert f'/runs/{runs[1]}/samples/3?task=cft_math&amp;outcome=wrong" rel="prev"' in page
    assert 'rel="next"' not in page  # 7 gave no answer, which is not wrong
    written = client.get(f"/runs/{runs[1]}/samples/5?task=cft_math&as=text").text
    assert f"/runs/{runs[1]}/samples/6?task=cft_math&amp;as=text" in written


def test_the_run_page_tells_all_that_is_known(client: TestClient, runs: list[str]) -> None:
    page = client.get(f"/runs/{runs[1]}").text
    assert "not recorded" in page  # nobody said the revision
    assert "1 (8.3 %) unanswered" in page
    assert "0 (0.0 %) too slow to decide" in page
    assert "Few-shot examples" in page


def test_the_list_shows_texts_and_finds_them(client: TestClient, runs: list[str]) -> None:
    page = client.get("/items/math").text
    assert "In math, what is" in page
    assert '<math display="inline">' in page
    found = client.get("/items/math?q=%235").text
    assert "#5</a>" in found
    assert "#3</a>" not in found
    assert "No problem matches." in client.get("/items/math?q=nothing+of+the+kind").text
    assert_harmless(client.get(f"/items/math?q={EVIL}&level={EVIL}").text)


def test_a_benchmark_has_a_page_and_a_grid(client: TestClient, runs: list[str]) -> None:
    page = client.get("/benchmarks/math?policy=qwen").text
    assert "first</bdi>" in page
    assert 'href="/benchmarks/math/grid?policy=qwen"' in page
    assert_harmless(page)
    grid = client.get(f"/benchmarks/math/grid?run={runs[1]}&run=nope").text
    assert f'href="/runs/{runs[1]}/samples/7?task=cft_math" title="no answer"' in grid
    assert f"/runs/{runs[0]}" not in grid
    assert_harmless(grid)
    for path in ("/benchmarks/gsm8k", "/benchmarks/nope/grid"):
        assert client.get(path).status_code == 404
    about = client.get("/about").text
    assert "GSM8K" in about
    assert re.findall(r'href="(/benchmarks/\w+)', about) == ["/benchmarks/math"]


def test_problems_are_graded_by_the_policy_of_the_address(client: TestClient) -> None:
    pushed(client, "rounded", answers={3: "0.06"})  # Qwen's rules read 6 percent
    assert "0 of 1 responses from 1 run are correct" in client.get("/items/math/3").text
    assert "1 of 1 responses from 1 run are correct" in client.get("/items/math/3?policy=qwen").text
