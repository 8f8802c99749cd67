"""Which responses graders differ on, of what kind they are, and how the ledger is printed."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cft_eval.cli import main
from cft_eval.disputes import GraderVerdict, kind_of, ledger
from cft_eval.render.disputes import as_jsonl, as_page, as_text, headline
from cft_eval.results import Sample, write_folder
from tests.server import boards

EXAMPLE = Path(__file__).parents[1] / "examples/disputes"
OURS = ("strict", "qwen", "cft_paper")
RESPONSES = (
    r"So $\boxed{%s}$.",
    "Thus it is %s and a half? No.",
    r"\boxed{0.04} stands for %s",
    r"$\boxed{<script>alert(1)</script>}$ %s",
)


def samples() -> list[Sample]:
    return [
        sample.model_copy(update={"response": RESPONSES[n % 4] % sample.reference})
        for n, sample in enumerate(boards.samples())
    ]


def verdict(correct: bool | None, answer: str | None) -> GraderVerdict:
    return GraderVerdict(correct, answer, "")


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ("5", None, "no answer was read"),
        ("5", "5", "the same answer is judged differently"),
        (r"\frac12", r"$ \dfrac12 $", "the same answer is judged differently"),
        ("5", "6", "another answer was read"),
    ],
)
def test_kinds(right: str, wrong: str | None, why: str) -> None:
    verdicts = {"a": verdict(True, right), "b": verdict(False, wrong), "c": verdict(None, None)}
    assert kind_of(verdicts) == f"right for a, wrong for b: {why}"


def test_only_what_is_disputed_is_in_the_ledger() -> None:
    done: list[int] = []
    graded = ledger(samples(), graders=OURS, pythons={}, progress=done.append)
    assert graded.responses == 12
    assert sum(done) == 36
    for each in graded.disputed:
        assert {v.correct for v in each.verdicts.values()} == {True, False}
    assert sum(count for _, count in graded.kinds) == len(graded.disputed) > 0
    totals = {t.name: t for t in graded.graders}
    assert totals["qwen"].right > totals["strict"].right
    assert all(t.decided <= 12 for t in graded.graders)
    text = as_text(graded, show=1)
    assert text.startswith(headline(graded))
    assert "right for qwen" in text
    lines = [json.loads(line) for line in as_jsonl(graded).splitlines()]
    assert len(lines) == len(graded.disputed)
    assert set(lines[0]["graders"]) == set(OURS)
    page = as_page(graded, most=5)
    assert "<script>" not in page
    assert "default-src 'none'" in page


def test_a_grader_that_is_not_there_is_named_and_skipped() -> None:
    names: Sequence[str] = (*OURS, "math_verify")
    graded = ledger(samples(), graders=names, pythons={"math_verify": "/no/python"})
    missing = [t for t in graded.graders if t.missing]
    assert [t.name for t in missing] == ["math_verify"]
    assert all("math_verify" not in each.verdicts for each in graded.disputed)
    assert "Skipped: math_verify is not installed" in as_page(graded, most=1)


def test_the_guides_example(capsys: pytest.CaptureFixture[str]) -> None:
    ours = [word for name in OURS for word in ("--grader", name)]
    assert main(["disputes", str(EXAMPLE), *ours]) == 0
    assert "right for qwen, cft_paper, wrong for strict" in capsys.readouterr().out


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, page, rows = (str(tmp_path / name) for name in ("run", "d.html", "d.jsonl"))
    write_folder(Path(run), boards.run(), samples())
    ours = [word for name in OURS for word in ("--grader", name)]
    assert main(["disputes", run, *ours, "--html", page, "--jsonl", rows, "--show", "2"]) == 0
    out = capsys.readouterr().out
    assert "responses of 12 (" in out.splitlines()[0]
    assert Path(page).read_text().startswith("<!doctype html>")
    assert len(Path(rows).read_text().splitlines()) > 0
    for wrong, words in (
        (["--grader", "strict"], "one grader cannot disagree"),
        (["--grader", "strcit", "--grader", "qwen"], "grader 'strcit' is not known; known are"),
        (["--grader-python", "math_verify"], "NAME=PYTHON"),
        (["--limit", "0"], "--limit 0"),
        (["--html", run], run),
    ):
        assert main(["disputes", run, *wrong]) == 2
        assert words in capsys.readouterr().err
