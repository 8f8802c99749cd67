"""The report is one file that loads nothing and obeys no one."""

import re
from html.parser import HTMLParser

import pytest

from cft_eval.gate import discordant, rank
from cft_eval.gate.compare import compare
from cft_eval.render import drawing
from cft_eval.render.report import comparison_page, ranking_page
from tests.runs import boiled, samples

A = {"cft_math": [1, 0] * 300, "cft_aime24": [1, 0] * 15}
B = {"cft_math": [1, 0, 1] * 200, "cft_aime24": [1, 0] * 14 + [0, 1]}
VOID = {"meta", "path", "br"}


class _Balanced(HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def checked(page: str) -> set[str]:
    parser = _Balanced()
    parser.feed(page)
    assert parser.open == []
    # Nothing is fetched and nothing runs, whatever the texts hold.
    assert not re.search(r"\b(src|href|on\w+)=", page.replace("&lt;img src=x onerror=", ""))
    return parser.seen


def test_two_runs_on_a_page() -> None:
    comparison = compare(boiled(A, model="sft"), boiled(B, model="cft"))
    found = discordant(samples("cft_math", A["cft_math"]), samples("cft_math", B["cft_math"]))
    page = comparison_page(comparison, found[:5], total=len(found))
    assert checked(page) >= {"svg", "table", "details", "figure", "style"}
    assert "<h1>B is better on cft_math</h1>" in page
    assert (
        "<li>cft_aime24: undecided; only a difference of 24.1 points or more would show</li>"
        in page
    )
    assert page.count("<details>") == 5
    assert f"{len(found)} responses on which they differ; 5 shown" in page


def test_a_frozen_baseline_keeps_no_responses() -> None:
    page = comparison_page(compare(boiled(A), boiled(B)), [], total=None)
    assert "<details" not in page
    assert "Responses cannot be shown" in page


def test_texts_of_a_model_stay_text() -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\n  next\u202e line"
    [a] = samples("cft_math", [1])
    [b] = samples("cft_math", [0])
    b = b.model_copy(update={"response": hostile, "answer": "</pre><b>", "problem": hostile})
    a = a.model_copy(update={"problem": hostile})
    first = boiled(A).model_copy(update={"model": hostile})
    comparison = compare(first, boiled(B, model="</style><x>"))
    page = comparison_page(comparison, discordant([a], [b]), total=1)
    assert not checked(page) & {"script", "img", "x"}
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;\n  next line</pre>" in page


def test_settings_that_differ_are_said() -> None:
    a = boiled(A)
    b = a.model_copy(update={"settings": {**a.settings, "engine": "vllm"}})
    page = comparison_page(compare(a, b), [], total=0)
    assert "The runs used different settings." in page
    assert "<li>engine: hf for A, vllm for B</li>" in page


def test_repeats_show_both_noises() -> None:
    a, b = (boiled({"cft_aime24": [k % 5 for k in range(i, i + 30)]}, repeats=4) for i in (0, 2))
    comparison = compare(a, b)
    row = comparison.rows[0]
    assert row.fixed is not None
    assert row.interval.low < row.fixed.low < row.fixed.high < row.interval.high
    assert 'class="fixed"' in comparison_page(comparison, [], total=None)


def test_three_runs_on_a_page() -> None:
    a, b = ({"cft_math": side["cft_math"]} for side in (A, B))
    runs = [boiled(a, model="<i>a"), boiled(b, model="b"), boiled(a, model="c")]
    page = ranking_page(rank(runs), alpha=0.05)
    assert not checked(page) & {"i", "script"}
    assert "<h1>b is the best of 3</h1>" in page
    assert "rank 2 to 3" in page
    assert page.count('class="better"') == page.count('class="worse"') == 2
    assert "too close to call: 2 and 3" in page


SCALES = [
    ([0.0, 0.031, -0.011], (-0.02, 0.04, 0.01)),
    ([0.0, -0.231, 0.339], (-0.3, 0.4, 0.1)),
    ([0.0, 0.0], (0.0, 2e-10, 2e-10)),
]


@pytest.mark.parametrize(("values", "expected"), SCALES)
def test_a_scale_is_round_and_holds_all(
    values: list[float], expected: tuple[float, float, float]
) -> None:
    assert drawing.scale(values) == pytest.approx(expected)
