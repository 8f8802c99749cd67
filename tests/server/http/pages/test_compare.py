"""Comparing runs on a board: as a page, as files, and kept as they are."""

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from cft_eval.checker import Policy, Verdict
from cft_eval.checker.run.bulk import check_policies
from cft_eval.results import Sample
from cft_eval.server.intake.grading import Grader
from cft_eval.server.operate.regrade import Regrade
from cft_eval.server.queries.pairing import SHOWN
from cft_eval.server.store.models import RunRow
from tests.server import boards
from tests.server.http.pages.test_pages import EVIL, assert_harmless
from tests.server.pushes import lines, push

TASKS = ("math", "gsm8k")


@pytest.fixture
def runs(client: TestClient) -> list[str]:
    """Three runs of two tasks, with 2, 6 and 12 of 12 right."""
    found = []
    for right, name in ((2, EVIL), (6, "middle"), (12, "best")):
        samples = boards.samples(TASKS, right=right)
        found.append(str(push(client, boards.run(TASKS, name=name), lines(samples))["run"]))
    return found


def query(runs: Sequence[str]) -> str:
    return "&".join(f"run={run}" for run in runs)


def test_two_runs_are_compared_problem_by_problem(client: TestClient, runs: list[str]) -> None:
    page = client.get(f"/compare?{query(runs[::2])}")
    assert page.status_code == 200
    assert "best is better on MATH and GSM8K" in page.text
    assert "20 gained, 0 lost" in page.text
    assert page.text.count('<article class="discordant">') == SHOWN
    assert_harmless(page.text)
    lost = client.get(f"/compare?{query(runs[::2])}&show=lost").text
    assert "The runs agree on all of these problems." in lost
    more = client.get(f"/compare?{query(runs[::2])}&start=16").text
    assert more.count('<article class="discordant">') == 4


def test_three_runs_are_ranked_and_each_pair_is_told(client: TestClient, runs: list[str]) -> None:
    page = client.get(f"/compare?{query(runs)}").text
    assert "best is the best of 3" in page
    assert "Every pair" in page
    assert "3 of 3" in page  # pairs told apart
    for a, b, gains in ((0, 2, 20), (1, 2, 12), (0, 1, 8)):
        link = f'href="/compare?{query([runs[a], runs[b]])}"'.replace("&", "&amp;")
        assert page.count(link) == 2  # in the matrix and in the table
        assert f'data-label="Gained">{gains}</td>' in page
    assert "p (Holm)" in page
    assert_harmless(page)


def test_files_of_three_runs_say_what_the_page_says(client: TestClient, runs: list[str]) -> None:
    asked = query(runs)
    told = json.loads(client.get(f"/compare.json?{asked}").content)["ranking"]
    rows = list(csv.DictReader(io.StringIO(client.get(f"/compare.csv?{asked}").text)))
    assert [row["gains"] for row in rows] == [str(pair["gains"]) for pair in told["pairs"]]
    assert [row["change"] for row in rows] == ["50.00", "83.33", "33.33"]
    assert float(rows[0]["p_holm"]) == pytest.approx(told["pairs"][0]["p_holm"], rel=1e-2)
    assert [rows[1][name] for name in ("best_rank", "against_best_rank")] == ["1", "3"]
    written = client.get(f"/compare.md?{asked}").text
    page = client.get(f"/compare?{asked}").text
    assert "| C | B | 50.00 |" in written
    assert "+50.0" in page
    picture = client.get(f"/compare.svg?{asked}").text
    assert "C − B" in picture
    assert "+50.0 [" in picture


def test_runs_are_ranked_by_the_mean_of_test_sets_as_on_the_board(client: TestClient) -> None:
    by_sets = boards.samples(("math",), right=4) + boards.samples(("gsm8k",), items=2, right=2)
    by_problems = boards.samples(("math",), right=6) + boards.samples(("gsm8k",), items=2, right=0)
    found = []
    for name, samples in (("sets", by_sets), ("problems", by_problems), ("too", by_problems)):
        run = boards.run(("math",), name=name)
        run.tasks.update(boards.run(("gsm8k",), items=2).tasks)
        found.append(str(push(client, run, lines(samples))["run"]))
    told = json.loads(client.get(f"/compare.json?{query(found)}").content)["ranking"]
    assert told["runs"][0] == "A sets"
    assert told["scores"][0] == pytest.approx((4 / 12 + 1) / 2)


def test_the_same_address_gives_files(client: TestClient, runs: list[str]) -> None:
    asked = query(runs[::2])
    told = json.loads(client.get(f"/compare.json?{asked}").content)
    assert [row["gains"] for row in told["comparison"]["rows"]] == [10, 10]
    rows = list(csv.DictReader(io.StringIO(client.get(f"/compare.csv?{asked}").text)))
    assert [row["change"] for row in rows] == ["83.33"] * 4
    assert "| cft\\_math | 12 |" in client.get(f"/compare.md?{asked}").text
    picture = client.get(f"/compare.svg?{asked}")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert ElementTree.fromstring(picture.content).tag == "{http://www.w3.org/2000/svg}svg"


def test_a_snapshot_does_not_change(client: TestClient, runs: list[str]) -> None:
    form = {"run": runs[::2], "policy": "strict"}
    kept = client.post("/comparisons", data=form, follow_redirects=False)
    assert kept.status_code == 303
    address = kept.headers["location"]
    assert re.fullmatch(r"/comparisons/[0-9a-f]{16}", address)
    assert client.post("/comparisons", data=form).url.path == address  # kept once
    before = client.get(f"{address}.csv").text
    services = client.app.state.services  # type: ignore[attr-defined]
    with services.database.write() as session:
        other = services.catalog.outcomes(runs[1], "strict").model_dump(mode="json")
        changed = update(RunRow).where(RunRow.id == runs[2]).values(outcomes={"strict": other})
        session.execute(changed)
    assert client.get(f"{address}.csv").text == before
    assert client.get(f"/compare.csv?{query(runs[::2])}").text != before
    page = client.get(address).text
    assert "This is a snapshot of" in page
    assert f"/compare?{query(runs[::2])}".replace("&", "&amp;") in page
    assert_harmless(page)


def test_a_snapshot_lists_what_it_counts_after_a_regrade(
    client: TestClient, runs: list[str]
) -> None:
    form = {"run": runs[::2], "policy": "strict"}
    address = client.post("/comparisons", data=form, follow_redirects=False).headers["location"]
    before = client.get(address).text
    assert "has been regraded since" not in before

    def all_right(rows: list[dict[str, Any]], **options: Any) -> list[dict[Policy, Verdict]]:
        return check_policies([row | {"response": row["reference"]} for row in rows], **options)

    services = client.app.state.services  # type: ignore[attr-defined]
    later = Grader("later", all_right)
    Regrade(services.database, services.blobs, later, graders=1).accept(actor="x")
    after = client.get(address).text
    added = re.sub(r'<ul class="open">\s*<li>[^<]* has been regraded since.*?</ul>', "", after)
    assert added != after
    assert added.split() == before.split()
    assert "has been regraded since, by checker later" in after
    assert "20 gained, 0 lost" in after
    assert after.count('<article class="discordant">') == SHOWN
    assert len(re.findall('class="key (?:no_answer|wrong|unreadable)"', after)) == SHOWN
    live = client.get(f"/compare?{query(runs[::2])}").text
    assert "The runs agree on all of these problems." in live


def test_the_list_of_differing_problems_is_as_long_as_the_head_says(client: TestClient) -> None:
    found = []
    for name, rights in (("a", [0, 1, 2, 2]), ("b", [1, 1, 0, 2])):
        samples = [
            boards.sample("math", index, right=repeat < right, repeat=repeat)
            for index, right in enumerate(rights)
            for repeat in range(2)
        ]
        run = boards.run(items=4, name=name)
        task = run.tasks["cft_math"].model_copy(update={"repeats": 2})
        run = run.model_copy(update={"tasks": {"cft_math": task}})
        found.append(str(push(client, run, lines(samples))["run"]))
    page = client.get(f"/compare?{query(found)}").text
    assert "1 gained, 1 lost" in page
    assert page.count('<article class="discordant">') == 2
    assert "2 of 2 right, then 0 of 2; one response of each" in page


def test_a_run_without_outcomes_is_a_plain_error(client: TestClient, runs: list[str]) -> None:
    with client.app.state.services.database.write() as session:  # type: ignore[attr-defined]
        session.execute(update(RunRow).where(RunRow.id == runs[1]).values(outcomes={}))
    for address in (f"/compare?{query(runs[1:])}", f"/compare?{query(runs)}"):
        page = client.get(address, headers={"accept": "text/html"})
        assert page.status_code == 422
        assert "middle" in page.text
        assert "has no outcomes under the strict policy" in page.text
    assert client.get(f"/compare.json?{query(runs)}").status_code == 422
    assert client.post("/comparisons", data={"run": runs}).status_code == 422
    assert client.get("/claims").status_code == 200


def test_too_many_runs_are_refused_in_plain_words(client: TestClient) -> None:
    asked = query([f"{number:016x}" for number in range(27)])
    for address in (f"/compare?{asked}", f"/compare.csv?{asked}"):
        answer = client.get(address)
        assert answer.status_code == 422
        told = "27 runs are named and 26 can be compared at once: name fewer"
        assert answer.json()["detail"] == told


def test_a_snapshot_is_as_visible_as_its_runs(client: TestClient, runs: list[str]) -> None:
    form = {"run": runs[:2], "policy": "strict"}
    address = client.post("/comparisons", data=form, follow_redirects=False).headers["location"]
    with client.app.state.services.database.write() as session:  # type: ignore[attr-defined]
        session.execute(update(RunRow).where(RunRow.id == runs[0]).values(published=None))
    assert client.get(address).status_code == 404


FOREIGN = [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_elsewhere_cannot_send_our_forms(
    client: TestClient, runs: list[str], headers: dict[str, str]
) -> None:
    form = {"run": runs[:2], "policy": "strict"}
    assert client.post("/comparisons", data=form, headers=headers).status_code == 403
    assert client.post("/errata", data={}, headers=headers).status_code == 403


def asked(client: TestClient, name: str, samples: list[Sample], **settings: Any) -> str:
    """A run of one task with other ``settings``."""
    run = boards.run(name=name, items=len(samples))
    task = run.tasks["cft_math"]
    made = task.model_copy(update={"settings": task.settings.model_copy(update=settings)})
    run = run.model_copy(update={"tasks": {"cft_math": made}})
    return str(push(client, run, lines(samples))["run"])


def test_three_runs_with_different_settings_say_so(client: TestClient) -> None:
    found = [
        asked(client, str(shots), boards.samples(right=right), n_shot=shots)
        for shots, right in ((0, 2), (0, 6), (4, 12))
    ]
    page = client.get(f"/compare?{query(found)}").text
    assert "The runs used different settings." in page
    assert page.count("few-shot examples: 0 for 0, run") == 1
    told = client.get(f"/compare.json?{query(found)}").json()["mismatches"]
    assert told == ["A and C: few-shot examples: 0 for A, 4 for C"]
    assert "used different settings" in client.get(f"/compare.md?{query(found)}").text


def test_problems_are_told_apart_whatever_a_run_says_of_them(client: TestClient) -> None:
    """Two runs name the same fingerprint of other problems, of the same number and of another."""
    parts = boards.samples()
    found = [
        asked(client, name, samples, items="a" * 64)
        for name, samples in (("a", parts[:4]), ("b", parts[4:8]), ("c", parts[:6]))
    ]
    for runs in (found[:2], [found[0], found[2]], found):
        for address in ("/compare?", "/compare.json?"):
            answer = client.get(address + query(runs))
            assert answer.status_code == 422, answer.text
            assert "the same problems" in answer.text


def test_what_cannot_be_compared_says_why(client: TestClient, runs: list[str]) -> None:
    small = boards.samples(["arithmetic"])
    other = str(push(client, boards.run(["arithmetic"]), lines(small))["run"])
    page = client.get(f"/compare?{query([runs[0], other])}")
    assert page.status_code == 422
    assert "no task in common" in page.text
    assert client.get("/compare").status_code == 200
    assert client.get(f"/compare?run={runs[0]}").text.count("checked") == 1
    assert client.get("/compare?run=a&run=b").status_code == 404
    assert client.get(f"/compare.csv?run={runs[0]}").status_code == 422
    assert client.get("/comparisons/nope").status_code == 404
    for form in ({"x": "y"}, {"run": ["a"]}, {"run": runs[:2], "policy": "lax"}):
        assert client.post("/comparisons", data=form).status_code == 422
    assert client.post("/comparisons", json={}).status_code == 415
    assert client.post("/comparisons", data={"run": "x" * 20_000}).status_code == 413


def test_the_page_that_asks_has_every_run_with_a_search_and_keeps_the_ticks(
    client: TestClient, runs: list[str]
) -> None:
    page = client.get("/compare").text
    assert all(f'name="run" value="{run}"' in page for run in runs)
    assert_harmless(page)
    found = client.get(f"/compare?pick=1&q=MIDDLE&run={runs[2]}").text
    assert f'name="run" value="{runs[2]}" checked' in found
    assert f'name="run" value="{runs[1]}">' in found
    assert f'value="{runs[0]}"' not in found
    assert "No run matches." in client.get("/compare?q=nothing+of+the+kind").text
    # Two runs are compared, unless it is asked which.
    asks = "<h1>Which runs do you want to compare?</h1>"
    assert asks in client.get(f"/compare?pick=1&{query(runs[:2])}").text
    assert asks not in client.get(f"/compare?{query(runs[:2])}").text
    assert client.get("/compare?run=nope").status_code == 404


def test_runs_of_one_name_are_called_apart_and_each_test_set_has_its_difference(
    client: TestClient,
) -> None:
    found = []
    for right in (3, 6, 9):
        samples = lines(boards.samples(TASKS, right=right))
        found.append(str(push(client, boards.run(TASKS, name="lab/same"), samples)["run"]))
    page = client.get(f"/compare?{query(found)}").text
    for run in found:
        assert f"<bdi>same, run {run}</bdi>" in page
    assert f"compared with <bdi>same, run {found[0]}</bdi>" in page
    assert '<td class="better">+50.0<small>75.0</small></td>' in page
    assert f'href="/benchmarks/gsm8k/grid?{query(found)}"'.replace("&", "&amp;") in page


def test_many_runs_list_their_neighbours_and_the_matrix_has_all(client: TestClient) -> None:
    found = []
    for right in range(7):
        samples = lines(boards.samples(("math",), right=right))
        found.append(str(push(client, boards.run(name=f"m{right}"), samples)["run"]))
    page = client.get(f"/compare?{query(found)}").text
    assert "Neighbours in the ranking" in page
    assert page.count("data-row>m") == 6
    link = f'href="/compare?{query([found[0], found[6]])}"'.replace("&", "&amp;")
    assert page.count(link) == 1


def test_an_import_is_compared_with_ones_own_run_by_content(client: TestClient) -> None:
    """Another harness calls the task something else; the problems are the same."""
    own = str(push(client, boards.run(), lines(boards.samples(right=3)))["run"])
    run = boards.run(name="theirs")
    named = run.model_copy(update={"tasks": {"qwen_math": run.tasks["cft_math"]}})
    samples = [
        sample.model_copy(update={"task": "qwen_math"}) for sample in boards.samples(right=12)
    ]
    theirs = str(push(client, named, lines(samples))["run"])
    page = client.get(f"/compare?run={own}&run={theirs}").text
    assert "theirs is better on MATH" in page
    assert "9 gained, 0 lost" in page
    third = str(push(client, boards.run(name="third"), lines(boards.samples(right=1)))["run"])
    assert "is the best of 3" in client.get(f"/compare?run={own}&run={theirs}&run={third}").text


def test_a_part_of_the_problems_is_refused_with_counts(client: TestClient) -> None:
    whole = [
        str(push(client, boards.run(name=name), lines(boards.samples(right=3)))["run"])
        for name in ("a", "b")
    ]
    part = boards.samples(items=4)
    less = str(push(client, boards.run(items=4, name="part"), lines(part))["run"])
    for others in (whole[:1], whole):
        answer = client.get(f"/compare?{query([*others, less])}")
        assert answer.status_code == 422
        assert "4 of 12 problems" in answer.text


def test_the_way_back_to_the_board_keeps_what_was_compared(
    client: TestClient, runs: list[str]
) -> None:
    page = client.get(f"/compare?{query(runs[:2])}&board=method%3Dcft%26run%3Dold").text
    back = f"/?method=cft&amp;{query(runs[:2])}".replace("&run", "&amp;run")
    assert f'href="{back}"' in page
    board = client.get(f"/?{query(runs[:2])}").text
    assert board.count(" checked>") == 2
