"""Every page, from the address to what a visitor sees of it."""

import gzip
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from cft_eval.leaderboard.pages import STATIC, static_url
from cft_eval.results import Sample
from cft_eval.server.store.cache import RevisionCache
from tests.server import boards
from tests.server.pushes import lines, push

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(page: str) -> None:
    """Nothing runs, nothing styles itself, nothing is fetched from elsewhere."""
    for tag, attributes in Elements(page).found:
        assert tag not in {"iframe", "object", "embed", "base"}
        if tag == "script":
            assert attributes.keys() == {"src", "defer"}
            assert attributes["src"] in {static_url("keys.js"), static_url("live.js")}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name != "style"
            if name in {"src", "srcset", "data", "action"} or (name == "href" and tag == "link"):
                assert (value or "").startswith("/")
            if name == "href":
                assert re.match(r"/|#|https://arxiv\.org/", value or ""), value


def pushed(client: TestClient, *, right: int = 6, **model: Any) -> str:
    samples = lines(boards.samples(right=right))
    return str(push(client, boards.run(**model), samples)["run"])


def test_an_empty_board_says_how_to_fill_it(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Nothing measured yet" in page.text
    assert "cft-eval push out" in page.text
    assert "arXiv 2501.17703v4" in page.text


def test_the_board_shows_what_was_measured(client: TestClient) -> None:
    run = pushed(client, method="CFT", base_model="Qwen2.5", training_examples=50000)
    page = client.get("/").text
    assert f'<a href="/runs/{run}" data-row><bdi>one</bdi></a>' in page
    assert "<bdi>tiny</bdi>" in page
    assert "from Qwen2.5 · 50,000 examples" in page
    assert "<b>50.0</b><small>22.0–78.0</small>" in page
    assert "1 of 1 run, 0 with all sets." in page
    assert_harmless(page)


def test_a_claim_that_differs_is_shown_as_such(client: TestClient) -> None:
    status = push(client, boards.run(acc=0.9), lines(boards.samples()))
    assert "claim +40.0" in client.get("/").text
    page = client.get(f"/runs/{status['run']}").text
    assert "claimed 90.0 (+40.0)" in page
    assert "The scores claimed by the upload differ" in page


def test_a_partial_run_is_marked_and_not_ranked(client: TestClient) -> None:
    samples = lines(boards.samples(["arithmetic"], items=4, right=4))
    push(client, boards.run(["arithmetic"], items=4), samples)
    page = client.get("/").text
    assert '<span class="chip warn">partial</span>' in page
    assert 'aria-label="Compare tiny/one"> –</label>' in page


def test_rows_sort_and_filter_by_address_alone(client: TestClient) -> None:
    for name, right, method in [("a-low", 2, "sft"), ("c-high", 11, "cft"), ("b-mid", 6, "cft")]:
        samples = boards.samples(["arithmetic"], right=right)
        push(client, boards.run(["arithmetic"], name=name, method=method), lines(samples))

    def shown(address: str) -> list[str]:
        return re.findall(
            r'<th scope="row" class="model"><span class="line name"><a [^>]*><bdi>([\w-]+)<',
            client.get(address).text,
        )

    assert shown("/") == ["c-high", "b-mid", "a-low"]
    assert shown("/?order=asc") == ["a-low", "b-mid", "c-high"]
    assert shown("/?sort=model&order=asc") == ["a-low", "b-mid", "c-high"]
    assert shown("/?sort=") == ["c-high", "b-mid", "a-low"]
    assert shown("/?method=cft") == ["c-high", "b-mid"]
    assert shown("/?q=LOW") == ["a-low"]
    assert shown("/?q=(") == []
    assert "No measured run fits these filters" in client.get("/?q=(").text
    assert shown("/?page=9") == []
    page = client.get("/?page=9&method=cft").text
    assert "There is no page 9 of these 2 runs." in page
    assert '<a href="/?method=cft">The last page</a>' in page
    assert "No measured run fits" not in page


def test_an_unknown_column_is_refused_with_the_known_ones(client: TestClient) -> None:
    for path in ("/", "/board.csv"):
        answer = client.get(f"{path}?sort=bogus")
        assert answer.status_code == 422
        assert answer.json()["detail"] == (
            "sort: no column 'bogus' here; there are mean, math, minerva_math, gsm8k, "
            "olympiadbench, aime24, amc23, model, date"
        )


def test_the_run_page_leads_to_every_response(client: TestClient) -> None:
    run = pushed(client)
    page = client.get(f"/runs/{run}").text
    assert "lm_eval run --model hf --model_args pretrained=MODEL --tasks cft_math" in page
    assert f'href="/runs/{run}/samples/11?task=cft_math"' in page
    wrong = client.get(f"/runs/{run}?task=cft_math&outcome=not_correct").text
    assert "6 responses" in wrong
    assert f'href="/runs/{run}/samples/5?' not in wrong
    assert_harmless(page)


def test_the_sample_page_shows_the_verdict_and_its_neighbours(client: TestClient) -> None:
    run = pushed(client)
    page = client.get(f"/runs/{run}/samples/3?task=cft_math").text
    assert '<math display="inline">' in page
    assert "<mark>6</mark>" in page
    assert f'/runs/{run}/samples/4?task=cft_math" rel="next"' in page
    assert f'/runs/{run}/samples/2?task=cft_math" rel="prev"' in page
    assert_harmless(page)


def test_a_policy_goes_along_from_page_to_page(client: TestClient) -> None:
    run = pushed(client)
    page = client.get(f"/runs/{run}?policy=cft_paper").text
    assert re.search(r"<a [^>]*aria-current[^>]*>CFT paper</a>", page)
    assert f'href="/runs/{run}?task=cft_math"' in page  # back to strict
    assert f"/runs/{run}/samples/0?task=cft_math&amp;policy=cft_paper" in page
    assert f"/compare?run={run}&amp;policy=cft_paper" in page
    sample = client.get(f"/runs/{run}/samples/0?task=cft_math&policy=cft_paper").text
    assert "graded by CFT paper" in sample
    assert ", graded by" not in client.get(f"/runs/{run}/samples/0?task=cft_math").text


MARKED = [
    (r"It is $\boxed{27}$. Check: 127 gives 427 cases.", r"\boxed{<mark>27</mark>}$. Check: 127 "),
    (r"\boxed{a} was a nice task", r"\boxed{<mark>a</mark>} was a nice task"),
    (r"\boxed{36} or \boxed{99}", r"\boxed{<mark>36} or \boxed{99</mark>}"),
]


@pytest.mark.parametrize(("response", "shown"), MARKED)
def test_the_mark_is_where_the_checker_read(client: TestClient, response: str, shown: str) -> None:
    samples = boards.samples(right=0)
    samples[0] = boards.sample("math", 0, right=False, response=response)
    run = push(client, boards.run(), lines(samples))["run"]
    page = client.get(f"/runs/{run}/samples/0?task=cft_math&as=text").text
    assert shown in page
    assert page.count("<mark>") == 1


HOSTILE_RESPONSES = [
    EVIL,
    "</pre></main><script>alert(1)</script>",
    r"$\text{<script>alert(1)</script>}$ \(\href{javascript:alert(1)}{x}\)",
    "\x00\x07\x1b[31m\u202egnp.exe\ufeff",
    "{{ 7*7 }} {% raw %}",
    "x" * 500_000,
    "\\frac{" * 10_000,
    "😀" * 20_000,
    "",
]


def test_a_hostile_response_is_only_text(client: TestClient) -> None:
    samples = boards.samples(right=0)
    for index, response in enumerate(HOSTILE_RESPONSES):
        samples[index] = boards.sample("math", index, right=False, response=response)
    run = push(client, boards.run(), lines(samples))["run"]
    parts = [f"/samples/{index}?task=cft_math" for index in range(len(HOSTILE_RESPONSES))]
    for part in ("", *parts):
        page = client.get(f"/runs/{run}{part}")
        assert page.status_code == 200
        assert len(page.content) < 400_000, part
        assert_harmless(page.text)
    kept = client.get(f"/api/v1/runs/{run}/samples").json()["samples"]
    assert [each["response"] for each in kept[: len(parts)]] == HOSTILE_RESPONSES


def test_a_hostile_problem_is_only_text(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tricks = [r"\href{javascript:alert(1)}{x}", r"\kern-9999em", r"\text{<img src=x onerror=y>}"]
    text = EVIL + "".join(f"${trick}$" for trick in tricks)
    monkeypatch.setattr(boards, "problem", lambda benchmark, index: (f"{index} {text}", EVIL))
    run = pushed(client)
    for address in (f"/runs/{run}", f"/runs/{run}/samples/0"):
        page = client.get(address).text
        assert_harmless(page)
        assert "9999em" not in re.sub("<[^>]*>", lambda tag: tag.group(), page.split("<main")[0])
        assert not re.search(r"<[^>]*9999em", page)


def test_a_hostile_name_is_only_text(client: TestClient) -> None:
    run = pushed(client, name=EVIL, base_model=EVIL, method=EVIL, training_data=EVIL, tags=[EVIL])
    for address in ("/", f"/runs/{run}", f"/runs/{run}/samples/0", f"/?base={EVIL}&q={EVIL}"):
        page = client.get(address)
        assert page.status_code == 200
        assert_harmless(page.text)


NOWHERE = ["/nope", "/runs/x", "/runs/x/samples/0", "/runs/../etc/passwd", "/static/../app.py"]


@pytest.mark.parametrize("address", NOWHERE)
def test_what_is_not_there(client: TestClient, address: str) -> None:
    page = client.get(address, headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "<h1>Not Found</h1>" in page.text
    problem = client.get(address)
    assert problem.json()["status"] == 404


ODD = ["/?page=0", "/?page=x", "/?policy=lax", "/?suite=x", "/?order=up", f"/?q={'x' * 400}"]


@pytest.mark.parametrize("address", ODD)
def test_an_address_that_makes_no_sense(client: TestClient, address: str) -> None:
    page = client.get(address, headers={"accept": "text/html"})
    assert page.status_code == 422
    assert "<h1>Unprocessable" in page.text


def test_pages_stay_within_their_weight(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path))) as client:
        for number in range(45):
            pushed(client, right=number % 13, name=f"family/model-{number}", method="CFT")
        board = client.get("/?suite=suite")
        assert board.text.count('class="rank"') == 46  # every run, and the head
        assert len(gzip.compress(board.content)) <= 20_000
        assert sum(len(gzip.compress(client.get(static_url(n)).content)) for n in STATIC) <= 40_000


def test_the_board_as_one_file_needs_no_server(client: TestClient) -> None:
    pushed(client)
    page = client.get("/board.html").text
    assert "/static/" not in page
    assert "<style>" in page


def test_the_board_as_one_file_is_what_was_asked_for_and_links_to_its_board(
    client: TestClient,
) -> None:
    run = pushed(client, name="tiny/sft", method="sft")
    pushed(client, right=3, name="tiny/cft", method="cft")
    page = client.get("/board.html?method=sft&policy=qwen").text
    assert "tiny/sft" in page
    assert "tiny/cft" not in page
    assert f'href="http://testserver/runs/{run}?policy=qwen"' in page
    assert 'action="http://testserver/compare"' in page
    assert not re.search(r'(href|src|action)="/', page)


def test_every_page_names_the_feed(client: TestClient) -> None:
    link = {"rel": "alternate", "type": "application/atom+xml", "href": "/feed.atom"}
    for address in ("/", "/claims", "/errata"):
        found = [each for tag, each in Elements(client.get(address).text).found if tag == "link"]
        assert any(link.items() <= each.items() for each in found)


EMPTY = [
    "/?sort=&policy=",
    "/?suite=&order=&page=&q=&size=",
    "/board.csv?policy=",
    "/compare?policy=",
]


@pytest.mark.parametrize("address", EMPTY)
def test_an_empty_field_of_a_form_is_the_default(client: TestClient, address: str) -> None:
    plain = client.get(address.partition("?")[0])
    assert client.get(address).status_code == 200
    assert client.get(address).text == plain.text


def test_a_large_answer_is_cut_where_it_does_not_matter(client: TestClient) -> None:
    response = "a" * 100_000 + "0"
    samples: list[Sample] = boards.samples(right=0)
    samples[0] = boards.sample("math", 0, response=response)
    run = push(client, boards.run(), lines(samples))["run"]
    page = client.get(f"/runs/{run}/samples/0").text
    assert "40,001 characters are left out where marked" in page


@pytest.mark.parametrize("path", ["/", "/claims", "/docs", "/board.csv", "/healthz", "/nope"])
def test_head_answers_as_get_without_a_body(client: TestClient, path: str) -> None:
    got, asked = client.get(path), client.head(path)
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    for name in ("content-type", "content-length", "content-security-policy"):
        assert asked.headers[name] == got.headers[name]


def test_the_api_page_says_what_is_sent_and_answered(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "Body and answers" in page
    assert "<b>202</b>" in page or "<b>201</b>" in page
    assert "<b>404</b>" in page
    assert "`" not in re.sub(r"<[^>]*>", "", page)


def test_about_has_an_example_of_each_grader(client: TestClient) -> None:
    page = client.get("/about?policy=qwen").text
    rows = re.findall(r'<span class="key (correct|wrong)">', page)
    assert rows == ["wrong", "wrong", "correct", "wrong", "correct", "correct",
                    "correct", "correct", "correct", "wrong", "wrong", "wrong"]  # fmt: skip
    assert 'href="/claims?policy=qwen"' in page


def test_an_answer_of_thousands_of_digits_is_folded(client: TestClient) -> None:
    digits = "7" * 3000
    samples = boards.samples(right=0)
    samples[0] = boards.sample("math", 0, right=False, response=rf"\boxed{{{digits}}}")
    run = push(client, boards.run(), lines(samples))["run"]
    page = client.get(f"/runs/{run}/samples/0?task=cft_math").text
    assert "3,000 characters</summary>" in page


def test_filters_and_policy_go_along_to_every_page_and_back(client: TestClient) -> None:
    run = pushed(client, method="cft")
    board = "board=method%3Dcft"
    assert f'href="/runs/{run}?{board}"' in client.get("/?method=cft").text
    for path in (f"/runs/{run}", f"/runs/{run}/samples/1", "/claims", "/items/math",
                 "/items/math/1", "/errata", "/compare", "/about", "/docs"):  # fmt: skip
        page = client.get(f"{path}?policy=qwen&{board}").text
        assert 'href="/?method=cft&amp;policy=qwen"' in page, path
        assert f'href="/claims?policy=qwen&amp;{board}"' in page, path


def test_ticks_are_remembered_in_the_address(client: TestClient) -> None:
    run = pushed(client, method="cft")
    answer = client.get(f"/?run={run}&board=method%3Dcft%26run%3Dold", follow_redirects=False)
    assert answer.headers["location"] == f"/?method=cft&run={run}"
    assert f'value="{run}" aria-label="Compare tiny/one" checked' in client.get(f"/?run={run}").text


def test_a_visitor_after_a_publish_sees_the_run(client: TestClient) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    patient = replace(services.boards, cache=RevisionCache(most=8, patience=60.0))
    boards.change(client, boards=patient)  # however busy this machine is
    pushed(client, name="first/run")
    assert "first/run" in client.get("/").text
    pushed(client, name="second/run")
    assert "second/run" in client.get("/").text


def test_a_run_says_what_hangs_on_the_grader_and_its_claims_once(client: TestClient) -> None:
    samples = boards.samples(right=6)
    # 6 percent: Qwen's rules take it, strict equality does not.
    samples[7] = boards.sample("math", 7, right=False, response="0.14", tokens=11)
    samples = [sample.model_copy(update={"tokens": 11}) for sample in samples]
    run = push(client, boards.run(acc=0.5), lines(samples))["run"]
    page = client.get(f"/runs/{run}").text
    assert "<b>1 of 12</b>" in page
    assert f'href="/runs/{run}?task=cft_math&amp;outcome=flipped#samples"' in page
    assert "The scores claimed by the upload match its responses." in page
    assert "as claimed" not in page
    assert '<td class="num" data-label="Tokens">11</td>' in page
    assert 'href="/models?name=tiny%2Fone"' in page


def test_repeats_have_pass_and_majority(client: TestClient) -> None:
    run = boards.run()
    task = run.tasks["cft_math"].model_copy(update={"repeats": 2})
    samples = [
        boards.sample("math", index, right=repeat == 0, repeat=repeat)
        for index in range(boards.SIZE)
        for repeat in range(2)
    ]
    run = run.model_copy(update={"tasks": {"cft_math": task}})
    page = client.get(f"/runs/{push(client, run, lines(samples))['run']}").text
    assert "pass@k" in page
    assert '<th scope="row" class="num">2</th><td class="num">100.0</td>' in page


def test_a_model_has_a_page_of_its_runs_and_costs_have_one(client: TestClient) -> None:
    first, second = pushed(client, name=EVIL), pushed(client, right=3, name=EVIL)
    page = client.get("/models", params={"name": EVIL}).text
    for run in (first, second):
        assert f'href="/runs/{run}"' in page
    assert_harmless(page)
    assert client.get("/models?name=nope").status_code == 404
    assert client.get("/models").status_code == 422
    costs = client.get("/cost?policy=qwen").text
    assert "What accuracy costs" in costs
    assert_harmless(costs)


def links_of(page: str) -> list[str]:
    return [each.get("href") or "" for tag, each in Elements(page).found if tag == "a"]


ODD = ["John: Doe", "a,b", "x+y & z=1", "50 % off", "#tag", "naïve/ü", "a;b|c", '"quoted"']


def test_a_filter_takes_whatever_a_training_set_is_called(client: TestClient) -> None:
    pushed(client, name="other", right=3, training_data="plain")
    # Another score each: a run that equals one that is there already is not a second row.
    runs = [
        pushed(client, name="mine", right=right, training_data=word)
        for right, word in enumerate(ODD, 4)
    ]
    for run, word in zip(runs, ODD, strict=True):
        page = client.get("/", params={"data": [word, "no such"]}).text
        assert page.count("mine</bdi>") == 1, word
        assert "other</bdi>" not in page
        # From the run's page the way back leads to the same rows.
        there = next(link for link in links_of(page) if link.startswith(f"/runs/{run}"))
        back = [link for link in links_of(client.get(there).text) if link.startswith("/?")]
        again = client.get(back[0]).text
        assert again.count("mine</bdi>") == 1, word
        assert "other</bdi>" not in again


def test_every_row_has_a_cell_for_each_head(client: TestClient) -> None:
    pushed(client)
    for path in ("/", "/?checkpoints=all&policy=qwen", "/?sort=model"):
        page = client.get(path).text
        table = page[page.index("<thead>") : page.index("</table>")]
        head, body = table.split("</thead>")
        row = body[body.index("<tr") : body.index("</tr>")]
        assert head.count('scope="col"') == row.count("<td") + row.count("<th ")
