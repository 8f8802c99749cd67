"""Where a run fell: named slices are true ones, and lost problems come largest first."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from cft_eval.cli import main
from cft_eval.gate.lost import lost_markdown, lost_text, slice_name, slices_markdown, slices_text
from cft_eval.gate.slices import Slice, losses
from cft_eval.results import Sample
from tests.harness import made
from tests.runs import samples

PAIRED = {"cft_math": "cft_math"}
SUBJECTS = ("algebra", "geometry", "number theory", "sets")


def tagged(right: Sequence[int], *, repeats: int = 1) -> list[Sample]:
    return [
        sample.model_copy(
            update={"level": f"Level {sample.index % 5 + 1}", "subject": SUBJECTS[sample.index % 4]}
        )
        for sample in samples("cft_math", right, repeats=repeats)
    ]


def test_the_slice_that_fell_is_named() -> None:
    before = [1, 1, 1, 0] * 100
    after = [1, 0, 1, 0] * 100
    found = losses(tagged(before), tagged(after), PAIRED)
    [first, *_] = found.fallen(0.05)
    assert (first.kind, first.name, first.problems) == ("subject", "geometry", 100)
    assert (first.baseline, first.candidate, first.losses) == (1.0, 0.0, 100)
    assert slice_name(first) == "cft_math, subject geometry"
    assert "cft_math, subject geometry" in slices_text(found, alpha=0.05)
    assert "| cft\\_math, subject geometry | 100 |" in slices_markdown(found, alpha=0.05)


def test_few_are_named_where_nothing_changed() -> None:
    """Benjamini and Hochberg: with no true slice, any is named in alpha of runs at most."""
    generator = np.random.default_rng(5)
    alarms, trials = 0, 60
    for _ in range(trials):
        p = generator.random(200)
        before, after = ([int(x) for x in generator.random(200) < p] for _ in range(2))
        alarms += bool(losses(tagged(before), tagged(after), PAIRED).fallen(0.05))
    assert alarms <= 60 * 0.05 + 3 * (60 * 0.05 * 0.95) ** 0.5


def test_a_gain_is_no_fall() -> None:
    found = losses(tagged([0, 1] * 100), tagged([1, 1] * 100), PAIRED)
    assert found.fallen(0.05) == []
    assert found.problems == ()
    assert "none of 9 slices fell" in slices_text(found, alpha=0.05)
    assert lost_markdown(found) == "No problem was lost."


def test_problems_without_levels_have_no_slices() -> None:
    found = losses(samples("cft_math", [1, 1]), samples("cft_math", [0, 1]), PAIRED)
    assert slices_text(found, alpha=0.05) == "no task has levels or subjects"
    assert len(found.problems) == 1


def test_lost_problems_stand_by_how_much_was_lost() -> None:
    found = losses(tagged([4, 4, 4, 0], repeats=4), tagged([3, 0, 4, 4], repeats=4), PAIRED)
    drops = [(each.baseline.index, each.before, each.after) for each in found.problems]
    assert drops == [(1, (4, 4), (0, 4)), (0, (4, 4), (3, 4))]
    first = found.problems[0]
    assert (first.baseline.outcome, first.candidate.outcome) == ("correct", "wrong")
    text = lost_text(found, 1)
    assert text.startswith("2 problems on which the candidate is right less often; 1 shown")
    assert "number 1 (Level 2, geometry, right 4 of 4, then 0 of 4)" in text


def test_unlike_repeats_are_compared_by_share() -> None:
    found = losses(tagged([1, 1]), tagged([4, 2], repeats=4), PAIRED)
    assert [each.baseline.index for each in found.problems] == [1]


def test_tasks_pair_under_other_names() -> None:
    after = [each.model_copy(update={"task": "qwen_math"}) for each in tagged([0, 1])]
    found = losses(tagged([1, 1]), after, {"cft_math": "qwen_math"})
    assert [each.baseline.index for each in found.problems] == [0]
    assert losses(tagged([1, 1]), after, {}).problems == ()


@pytest.mark.parametrize("name", ["Level 3", "level 3"])
def test_a_name_that_says_its_kind_says_it_once(name: str) -> None:
    each = Slice("cft_math", "level", name, 9, 1.0, 1.0, 0, 0, 1.0, 1.0)
    assert slice_name(each) == f"cft_math, {name}"
    assert slice_name(replace(each, name="3")) == "cft_math, level 3"


def test_show_and_html(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    lines = [made.line(index) for index in range(12)]
    made.write(folder / "old", lines)
    for line in lines[:8]:
        line["doc"]["verdicts"][0] |= {"outcome": "wrong", "answer": "5"}
        line["resps"] = [["<script>alert(1)</script> \x1b[31m \\boxed{5}"]]
    made.write(folder / "new", lines)
    page = folder / "gate.html"
    options = ["--baseline", str(folder / "old"), "--show", "2", "--html", str(page)]
    assert main(["gate", str(folder / "new"), *options]) == 1
    out = capsys.readouterr().out
    assert "8 problems on which the candidate is right less often; 2 shown" in out
    assert "\x1b" not in out
    text = page.read_text()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "REGRESSION" in text
    assert "http" not in text.replace("http-equiv", "")
    # Nothing to show of outcomes alone.
    frozen = folder / "frozen.json"
    assert main(["gate", "freeze", str(folder / "old"), "-o", str(frozen)]) == 0
    assert main(["gate", str(folder / "new"), "--baseline", str(frozen), "--show", "2"]) == 2
    assert "--show needs the responses, which" in capsys.readouterr().err
    assert main(["gate", str(folder / "new"), "--baseline", str(frozen), "--html", str(page)]) == 1
    assert "Responses cannot be shown" in page.read_text()
