"""One run looked through: every number is the samples' own, and what is unknown is said so."""

from pathlib import Path

import pytest

from cft_eval.cli import main
from cft_eval.render.overview import overview, overview_text, score_interval
from cft_eval.render.overview_page import overview_page
from cft_eval.results import Run, Sample, write_folder
from cft_eval.stats import proportion
from tests import runs

NASTY = "<script>alert(1)</script>\x1b[31m"


def made(counts: list[int], repeats: int) -> tuple[Run, list[Sample]]:
    """Problem i with ``counts[i]`` right responses of ``repeats``; the first one's are cut."""
    rows = [
        row.model_copy(
            update={
                "finish": "stop" if row.index else "length",
                "tokens": 10 * (row.index + 1),
                "level": f"Level {1 + row.index % 2}",
                "subject": "Algebra" if row.index < 3 else None,
            }
        )
        for row in runs.samples("cft_math", counts, repeats=repeats)
    ]
    return runs.run({"cft_math": counts}, repeats=repeats), rows


def test_several_responses_to_a_problem() -> None:
    run, rows = made([4, 2, 0, 1], 4)
    (task,) = overview(run, rows).tasks.values()
    assert task.whole.problems == 4
    assert task.whole.score == pytest.approx(7 / 16)
    assert [k for k, _ in task.curve] == [1, 2, 4]
    assert [share for _, share in task.curve] == pytest.approx(
        [7 / 16, (1 + 5 / 6 + 1 / 2) / 4, 3 / 4]
    )
    assert [(part.name, part.problems) for part in task.slices["level"]] == [
        ("Level 1", 2),
        ("Level 2", 2),
    ]
    assert [(part.name, part.problems) for part in task.slices["subject"]] == [("Algebra", 3)]
    assert [sample.index for sample in task.missed] == [2]
    assert task.endings == {"length": 4, "stop": 12}
    assert (task.lengths.unit, task.lengths.longest) == ("tokens", 40)


def test_one_response_has_no_curve_and_its_interval() -> None:
    run, rows = made([1, 0, 1, 0], 1)
    (task,) = overview(run, rows).tasks.values()
    assert (task.curve, task.majority) == ((), None)
    assert task.whole.interval == proportion(2, 4)
    assert score_interval(rows) == proportion(2, 4)


def test_what_is_not_told_is_unknown() -> None:
    run, rows = made([1, 0], 1)
    rows = [row.model_copy(update={"finish": "unknown", "tokens": None}) for row in rows]
    (task,) = overview(run, rows).tasks.values()
    assert task.endings == {"unknown": 2}
    assert task.lengths.unit == "characters"
    assert "2 unknown" in overview_text(overview(run, rows))
    # One token count that is missing makes the rest a mean of other responses.
    rows[0] = rows[0].model_copy(update={"tokens": 3})
    assert next(iter(overview(run, rows).tasks.values())).lengths.unit == "characters"


def test_the_page_runs_and_loads_nothing() -> None:
    run, rows = made([0, 0, 3], 3)
    rows = [row.model_copy(update={"response": NASTY, "problem": NASTY}) for row in rows]
    page = overview_page(overview(run, rows), most=1)
    assert "<script" not in page
    assert "\x1b" not in page
    assert "src=" not in page
    assert "2 problems that were never answered right" in page
    assert "1 shown, --show N for more" in page
    assert "pass@3" in page
    assert page.count("<section") == page.count("</section>")
    assert page.count("<details") == page.count("</details>") == 2


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, rows = made([2, 0, 1], 2)
    write_folder(tmp_path / "run", run, rows)
    assert main(["report", str(tmp_path / "run"), "--show", "2"]) == 0
    said = capsys.readouterr().out
    assert "pass@1 50.0%, pass@2 66.7%" in said
    assert "never right: 1 of 3 problems" in said
    assert "number 1: " in said
    page = tmp_path / "page.html"
    assert main(["report", str(tmp_path / "run"), "--html", str(page)]) == 0
    assert "never answered right" in page.read_text()
    assert main(["report", str(tmp_path / "run"), "--html", str(tmp_path / "no/page.html")]) == 2
    assert main(["report", str(tmp_path / "nowhere")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_without_a_name_the_page_lies_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_folder(tmp_path / "run", *made([1, 0], 1))
    assert main(["report", "run", "--html"]) == 0
    said = capsys.readouterr()
    assert "pass@1" not in said.out
    assert "never right: 1 of 2 problems" in said.out
    assert said.err == "report: report.html\n"
    assert "never answered right" in (tmp_path / "report.html").read_text()


def test_it_is_written_where_the_output_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_folder(tmp_path / "run", *made([1, 0], 1))
    assert main(["report", "run"]) == 0
    printed = capsys.readouterr().out
    assert main(["report", "run", "-o", "report.txt"]) == 0
    assert capsys.readouterr() == ("", "report: report.txt\n")
    assert Path("report.txt").read_text() == printed
    assert main(["report", "run", "--output", "page.html"]) == 0
    assert "never answered right" in Path("page.html").read_text()
    assert main(["report", "run", "--out", "run/run.json"]) == 2
    assert "--out run/run.json: would overwrite a run" in capsys.readouterr().err
