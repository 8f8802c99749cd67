"""The board as files: the rows of the page, and nothing in them that does harm."""

import csv
import io
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft7Validator
from PIL import Image
from sqlalchemy import update

from cft_eval.checker import CHECKER_VERSION
from cft_eval.leaderboard.data.frames import of_api
from cft_eval.leaderboard.files import exports
from cft_eval.render.text import spreadsheet
from cft_eval.results import Run
from cft_eval.server.store.models import RunRow
from tests.server import boards
from tests.server.pushes import lines, push

EVIL = '=HYPERLINK("http://x")|<b>&_$'


@pytest.fixture
def board(client: TestClient) -> TestClient:
    for right, name in ((6, EVIL), (3, "plain-model")):
        push(client, boards.run(name=name, method="CFT"), lines(boards.samples(right=right)))
    return client


def rows(client: TestClient, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"/board.csv{query}").text)))


def test_csv_has_the_rows_of_the_page_and_no_formula(board: TestClient) -> None:
    found = rows(board)
    assert [row["model"] for row in found] == [f"'{EVIL}", "plain-model"]
    assert [row["model"] for row in rows(board, "?q=plain")] == ["plain-model"]
    assert rows(board, "?page=150") == found  # a file has all pages
    low, score, high = (float(found[0][f"math{end}"]) for end in ("_low", "", "_high"))
    assert low < score < high
    assert found[0]["mean"] == ""  # five of the six sets are missing: no mean, not 0


def test_csv_is_what_a_spreadsheet_reads(client: TestClient) -> None:
    run = boards.run(name="one", training_examples=50_000, step=98)
    push(client, run, lines(boards.samples()))
    push(client, boards.run(name="unknown"), lines(boards.samples(right=2)))
    [first, _] = rows(client)
    assert (first["training_examples"], first["step"], first["rank"]) == ("50000", "98", "-")
    told = client.get("/board.json").text
    assert '"training_examples": 50000, "step": 98,' in told
    assert '"training_examples": null, "step": null,' in told


def test_a_shared_rank_is_no_day_of_the_year(client: TestClient) -> None:
    for right, name in ((6, "one"), (5, "two")):
        run = boards.run(["arithmetic"], name=name)
        push(client, run, lines(boards.samples(["arithmetic"], right=right)))
    assert [row["rank"] for row in rows(client)] == ["1 to 2", "1 to 2"]


def test_json_and_parquet_say_the_same(board: TestClient) -> None:
    told = json.loads(board.get("/board.json").content)["rows"]
    frame = pd.read_parquet(io.BytesIO(board.get("/board.parquet").content))
    assert [row["model"] for row in told] == list(frame["model"]) == [EVIL, "plain-model"]
    assert [row["math"] for row in told] == pytest.approx(list(frame["math"]))


def test_tables_for_model_cards_and_papers_are_escaped(board: TestClient) -> None:
    markdown = board.get("/board.md").text
    assert r"\|\<b\>" in markdown
    assert "plain-model" in markdown
    latex = board.get("/board.tex").text
    assert r"\&\_\$" in latex
    assert latex.count(" \\\\\n") == 3
    assert r"\begin{tabular}" in latex
    assert r"\textbar{}\textless{}b\textgreater{}" in latex


def test_the_feed_is_atom_with_the_newest_runs(board: TestClient) -> None:
    answer = board.get("/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.content)
    titles = [
        entry.findtext("{*}title") for entry in root.iter("{http://www.w3.org/2005/Atom}entry")
    ]
    assert sorted(map(str, titles)) == sorted([EVIL, "plain-model"])


def entries(client: TestClient) -> list[tuple[str, ...]]:
    root = ElementTree.fromstring(client.get("/feed.atom").content)
    return [
        tuple(str(entry.findtext(f"{{*}}{name}")) for name in ("title", "id", "updated"))
        for entry in root.iter("{http://www.w3.org/2005/Atom}entry")
    ]


def test_the_feed_goes_by_publication_and_not_by_what_an_upload_says(client: TestClient) -> None:
    old = boards.run(name="said to be old").model_copy(
        update={"created": datetime(2020, 1, 1, tzinfo=UTC)}
    )
    push(client, boards.run(name="first"), lines(boards.samples()))
    push(client, old, lines(boards.samples(right=2)))
    before = entries(client)
    assert [title for title, *_ in before] == ["said to be old", "first"]
    assert all(updated >= f"{datetime.now(UTC):%Y-%m-%d}" for *_, updated in before)
    later = datetime.now(UTC) + timedelta(days=1)
    with client.app.state.services.database.write() as session:  # type: ignore[attr-defined]
        session.execute(update(RunRow).where(RunRow.model == "first").values(graded=later))
    after = entries(client)
    assert [each[:2] for each in after] == [each[:2] for each in before]
    assert after[0] == before[0]
    assert after[1][2] > before[1][2]


def test_a_table_for_a_paper_says_what_it_holds_in_ascii(client: TestClient) -> None:
    push(client, boards.run(name="modèle \u4e2d"), lines(boards.samples()))
    latex = client.get("/board.tex?policy=qwen").content.decode("ascii")
    assert "mod(U+00E8)le (U+4E2D)" in latex
    # Boards of before hold names that are turned down by now.
    assert exports._latex("a\u202egnp.exe") == "a(U+202E)gnp.exe"
    told = r"a 95 \% interval below and above; policy qwen. Protocol: zero-shot.}"
    assert told in latex
    assert latex.startswith("% Percent correct")
    assert r"\usepackage{booktabs,graphicx}" in latex
    assert re.search(r"& \$\d+\.\d_\{\\,\d+\.\d\}\^\{\\,\d+\.\d\}\$ ", latex)


@pytest.fixture
def unlike(client: TestClient) -> TestClient:
    """Two runs on all problems, under two protocols, and one on four of twelve."""
    push(client, run_with("plain", n_shot=0), lines(boards.samples(["arithmetic"], right=3)))
    push(client, run_with("shots", n_shot=4), lines(boards.samples(["arithmetic"], right=6)))
    few = boards.run(["arithmetic"], items=4, name="few", tags=["a", "b"])
    push(client, few, lines(boards.samples(["arithmetic"], items=4, right=4)))
    return client


def run_with(name: str, **settings: Any) -> Run:
    """A run of one task, under a protocol of its own."""
    run = boards.run(["arithmetic"], name=name)
    [(task, score)] = run.tasks.items()
    changed = score.settings.model_copy(update=settings)
    return run.model_copy(update={"tasks": {task: score.model_copy(update={"settings": changed})}})


def test_data_files_say_the_protocol_of_a_run_and_on_how_much(unlike: TestClient) -> None:
    names = ("model", "rank", "protocol", "partial", "tags", "arithmetic_items",
             "arithmetic_expected", "arithmetic_repeats", "arithmetic_task")  # fmt: skip
    assert [tuple(row[name] for name in names) for row in rows(unlike)] == [
        ("shots", "1", "4-shot", "False", "", "12", "12", "1", "cft_arithmetic"),
        ("plain", "1", "zero-shot", "False", "", "12", "12", "1", "cft_arithmetic"),
        ("few", "-", "zero-shot", "True", "a b", "4", "12", "1", "cft_arithmetic"),
    ]
    told = json.loads(unlike.get("/board.json").content)["rows"]
    frame = pd.read_parquet(io.BytesIO(unlike.get("/board.parquet").content))
    assert [row["partial"] for row in told] == list(frame["partial"]) == [False, False, True]
    assert set(names) <= set(told[0])
    assert set(names) <= set(frame)


def test_tables_say_the_protocol_of_a_run_and_on_how_much(unlike: TestClient) -> None:
    markdown = unlike.get("/board.md").text.replace("\\", "")
    assert "| Rank | Model | Protocol | Two-operand arithmetic | Mean | Badge |" in markdown
    assert "| – | few | A | 100.0 (51.0–100.0), 4 of 12 problems | 100.0 (" in markdown
    assert "), partial | [!" in markdown
    told = (
        "2 protocols: A: zero-shot; B: 4-shot. Ranks are among the runs of one protocol. "
        "Runs on a part of the problems (partial) have no rank."
    )
    latex = unlike.get("/board.tex").text
    assert re.search(
        r"-- & few & A & \$100.0_[^$]*\$ \(4 of 12\) & \$100[^$]*\$ \(partial\) ", latex
    )
    for text in (markdown, latex):
        assert told in text


def test_the_feed_says_the_protocol_of_a_run_and_on_how_much(unlike: TestClient) -> None:
    root = ElementTree.fromstring(unlike.get("/feed.atom").content)
    assert {each.text for each in root.iter("{http://www.w3.org/2005/Atom}summary")} == {
        "Two-operand arithmetic 100.0 (4 of 12 problems, zero-shot)",
        "Two-operand arithmetic 50.0 (4-shot)",
        "Two-operand arithmetic 25.0 (zero-shot)",
    }


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_a_table_for_a_paper_compiles_and_fits_its_page(client: TestClient, tmp_path: Path) -> None:
    push(client, boards.run(name="lab/a-model-of-thirty-letters-7b"), lines(boards.samples()))
    push(client, boards.run(name="weird: modèle $&%#_{}^~\\ <|>"), lines(boards.samples(right=2)))
    table = client.get("/board.tex").text
    page = (
        r"\documentclass{article}\usepackage{booktabs,graphicx}"
        rf"\begin{{document}}{table}\end{{document}}"
    )
    (tmp_path / "table.tex").write_text(page)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-800:]
    assert "Overfull" not in done.stdout, done.stdout[-800:]


def test_a_badge_is_a_shields_endpoint(board: TestClient) -> None:
    run = rows(board, "?q=plain")[0]["run"]
    told = board.get(f"/runs/{run}/badge.json").json()
    assert told["schemaVersion"] == 1
    assert told["label"] == "plain-model · MATH"
    assert told["message"] == "25.0 % (5.7–57.0)"
    for ending in ("json", "svg"):
        assert board.get(f"/runs/{run}/badge.{ending}?task=none").status_code == 404


def test_a_badge_is_a_picture_that_other_sites_may_show(board: TestClient) -> None:
    run = rows(board, "?q=HYPERLINK")[0]["run"]
    answer = board.get(f"/runs/{run}/badge.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    root = ElementTree.fromstring(answer.content)
    assert root.findtext("{*}title") == 'x")|<b>&_$ · MATH: 50.0 % (22.0–78.0)'
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "title", "rect", "path", "g", "text"
    }  # fmt: skip


def test_model_cards_carry_the_badge_and_its_page(board: TestClient) -> None:
    run = rows(board, "?q=plain")[0]["run"]
    link = f"[![score](http://testserver/runs/{run}/badge.svg)](http://testserver/runs/{run})"
    assert link in board.get("/board.md").text
    assert link in board.get(f"/runs/{run}").text


def test_a_notebook_reads_the_api_as_a_frame(board: TestClient) -> None:
    frame = of_api(board.get("/api/v1/runs").json()["runs"])
    strict = frame[frame["policy"] == "strict"].set_index("model")
    assert strict["accuracy"].to_dict() == {EVIL: 0.5, "plain-model": 0.25}
    assert (strict["low"] < strict["accuracy"]).all()
    assert of_api([]).empty
    assert list(of_api([])) == list(frame)
    assert set(board.get("/api/v1/runs").json()["runs"][0]["run"]["model"]) - {"name"} <= set(frame)


FORMULAS = ["=1", "+cmd", "-cmd", "@SUM(1)", "\t=1", " =1", "\uff1d1", "|x", '"=1']


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_a_formula(text: str) -> None:
    assert spreadsheet(text) == f"'{text}"


def test_a_cell_shows_what_would_turn_or_hide_text() -> None:
    assert spreadsheet("a\u202egnp.exe") == "a⟨U+202E⟩gnp.exe"


def test_numbers_and_names_stay_what_they_are() -> None:
    for text in ("-1.5", "+3", "1e-3", "Qwen2.5-Math-7B", "-", "–", ""):
        assert spreadsheet(text) == text


def test_an_empty_board_has_empty_files(client: TestClient) -> None:
    assert rows(client) == []
    for ending in ("json", "md", "tex", "parquet"):
        assert client.get(f"/board.{ending}").status_code == 200
    assert client.get("/feed.atom").status_code == 200
    assert client.get("/board.exe").status_code == 422


def test_the_hub_gets_whole_scores_with_their_interval(client: TestClient) -> None:
    yaml = pytest.importorskip("yaml")
    samples = boards.samples(("math", "gsm8k"), right=3)
    run = push(client, boards.run(("math", "gsm8k"), name=EVIL), lines(samples))["run"]
    answer = client.get(f"/runs/{run}/eval_results.yaml?policy=qwen")
    assert answer.headers["content-type"].startswith("application/yaml")
    listed = yaml.safe_load(answer.text)
    assert [(each["dataset"]["id"], each["value"]) for each in listed] == [
        ("openai/gsm8k", 25.0),
        ("EleutherAI/hendrycks_math", 25.0),
    ]
    assert listed[0]["dataset"]["task_id"] == "main"
    assert listed[0]["source"]["url"] == f"http://testserver/runs/{run}"
    assert listed[0]["notes"].endswith(f"qwen grading, checker {CHECKER_VERSION}")
    part = boards.samples(items=2)
    less = push(client, boards.run(items=2), lines(part))["run"]
    assert yaml.safe_load(client.get(f"/runs/{less}/eval_results.yaml").text) == []


TEXT, MAYBE_TEXT = {"type": "string"}, {"type": ["string", "null"]}
TEXTS = {"type": "array", "items": TEXT}


def record_of(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object of these fields and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


INSTANCE = record_of(
    {
        "schema_version": {"const": "0.3.0"},
        "evaluation_id": TEXT,
        "model_id": TEXT,
        "evaluation_name": TEXT,
        "sample_id": TEXT,
        "interaction_type": {"const": "single_turn"},
        "input": record_of({"raw": TEXT, "reference": TEXTS}),
        # Of a single turn there is an output, and no messages.
        "output": record_of({"raw": TEXTS}),
        "answer_attribution": {
            "type": "array",
            "items": record_of(
                {
                    "turn_idx": {"type": "integer", "minimum": 0},
                    "source": TEXT,
                    "extracted_value": TEXT,
                    "extraction_method": TEXT,
                    "is_terminal": {"type": "boolean"},
                }
            ),
        },
        "evaluation": record_of(
            {"score": {"type": "number"}, "is_correct": {"type": "boolean"}},
            num_turns={"type": ["integer", "null"], "minimum": 1},
        ),
    },
    sample_hash=MAYBE_TEXT,
    messages={"type": "null"},
    metadata={"type": ["object", "null"], "additionalProperties": TEXT},
)
"""What the schema of instances, version 0.3.0, asks of a single turn, as far as we fill it."""


def schemas_of_instances() -> list[Any]:
    """Ours, and that of the published package where it is installed."""
    if not (package := find_spec("every_eval_ever")) or not package.origin:
        return [INSTANCE]
    file = Path(package.origin).parent / "schemas" / "instance_level_eval.schema.json"
    return [INSTANCE, json.loads(file.read_text(encoding="utf-8"))]


def test_every_response_is_an_instance_of_every_eval_ever(client: TestClient) -> None:
    samples = boards.samples(right=11)
    samples[11] = boards.sample("math", 11, right=False, response="", level="5")
    run = push(client, boards.run(name="lab/m"), lines(samples))["run"]
    answer = client.get(f"/runs/{run}/instances.jsonl?task=cft_math")
    rows = [json.loads(line) for line in answer.content.splitlines()]
    assert len(rows) == boards.SIZE
    for schema in schemas_of_instances():
        check = Draft7Validator(schema)
        assert [error.message for row in rows for error in check.iter_errors(row)] == []
    first, last = rows[0], rows[-1]
    assert first["evaluation"] == {"score": 1.0, "is_correct": True, "num_turns": 1}
    assert first["answer_attribution"][0]["extracted_value"] == "0"
    assert first["input"]["reference"] == ["0"]
    assert (last["evaluation"]["score"], last["answer_attribution"]) == (0.0, [])
    assert (first["model_id"], first["sample_id"]) == ("lab/m", "math/0")
    assert client.get(f"/runs/{run}/instances.jsonl?task=nope").status_code == 404


def test_previews_are_drawn_and_named(client: TestClient) -> None:
    run = push(client, boards.run(name=EVIL), lines(boards.samples()))["run"]
    for folder, page in ((f"/runs/{run}", f"/runs/{run}"), ("", "/")):
        picture = client.get(f"{folder}/preview.svg")
        assert picture.headers["content-type"] == "image/svg+xml"
        assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
        root = ElementTree.fromstring(picture.content)
        assert (root.get("width"), root.get("height")) == ("1200", "630")
        assert b"<script" not in picture.content
        assert sized(client, f"{folder}/preview.png") == (1200, 630)
        told = client.get(page).text
        image = f'<meta property="og:image" content="http://testserver{folder}/preview.png">'
        assert image in told
        assert '<meta name="description" content="' in told


def sized(client: TestClient, address: str) -> tuple[int, int]:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    size: tuple[int, int] = Image.open(io.BytesIO(answer.content)).size
    return size


def test_a_comparison_has_a_preview_of_its_own(client: TestClient) -> None:
    runs = [
        push(client, boards.run(name=name), lines(boards.samples(right=right)))["run"]
        for name, right in (("lab/数-a", 3), ("lab/b", 9), (EVIL, 6))
    ]
    for few in (runs[:2], runs):
        query = "&".join(f"run={run}" for run in few)
        assert sized(client, f"/compare.png?{query}") == (1200, 630)
        told = client.get(f"/compare?{query}").text
        address = f"http://testserver/compare.png?{query}".replace("&", "&amp;")
        assert f'<meta property="og:image" content="{address}">' in told
    assert client.get(f"/compare.png?run={runs[0]}").status_code == 422
