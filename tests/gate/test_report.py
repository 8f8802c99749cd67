"""Every view says the same, and obeys no one who put words into a model's name."""

import json
from xml.etree import ElementTree

import pytest

from cft_eval.gate import as_annotations, as_badge, as_json, as_junit, as_markdown, as_text
from cft_eval.gate.decide import decide
from cft_eval.gate.text import markdown, table
from cft_eval.plain import plain
from tests.runs import boiled

BEFORE = boiled({"cft_math": [1, 0] * 500, "cft_aime24": [1, 0] * 15}, model="old")
WORSE = boiled({"cft_math": [0, 0] * 500, "cft_aime24": [1, 0] * 15}, model="new")


def test_text_says_the_verdict_first() -> None:
    lines = as_text(decide(BEFORE, WORSE)).splitlines()
    assert lines[0] == "REGRESSION  new against old"
    assert lines[2].split() == [
        "task", "baseline", "candidate", "change", "interval", "gains", "losses",
        "p", "(Holm)", "verdict",
    ]  # fmt: skip
    assert lines[3].split()[:4] == ["cft_math", "50.0", "0.0", "-50.0"]


def test_json_holds_every_number() -> None:
    report = json.loads(as_json(decide(BEFORE, WORSE)))
    assert report["decision"] == "REGRESSION"
    assert [row["task"] for row in report["rows"]] == [
        "cft_math", "cft_aime24", "all problems", "suite",
    ]  # fmt: skip
    assert report["rows"][0]["losses"] == 500


def test_junit_counts_what_failed() -> None:
    suite = ElementTree.fromstring(as_junit(decide(BEFORE, WORSE)))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "3", "0")
    [failure] = suite.findall("./testcase[@name='cft_math']/failure")
    assert failure.get("message") == "the score fell from 50.0% to nothing"
    assert suite.find("./testcase[@name='cft_aime24']/properties") is not None


def test_junit_of_runs_that_cannot_be_compared_is_an_error() -> None:
    other = BEFORE.model_copy(update={"settings": {**BEFORE.settings, "engine": "vllm"}})
    suite = ElementTree.fromstring(as_junit(decide(BEFORE, other)))
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")
    error = suite.find("./testcase/error")
    assert error is not None
    assert error.text is not None
    assert "cft_aime24: engine: 'hf' -> 'vllm'" in error.text.splitlines()


def test_junit_is_xml_whatever_a_model_is_called() -> None:
    for name in ("\x00\x0b]]><x>&\ufffe\uffff", "\ud800"):
        other = BEFORE.model_copy(
            update={"model": name, "settings": {**BEFORE.settings, "engine": name}}
        )
        for report in (decide(BEFORE, other), decide(other, other)):
            assert ElementTree.fromstring(as_junit(report)).tag == "testsuite"


HOSTILE = [
    ("::error::boom", ": :error: :boom"),
    ("a\nb\x1b[31m", "a b[31m"),
    ("safe\u202egnp", "safegnp"),
    ("no\uffffcharacter", "nocharacter"),
    ("a ##[add-mask]b", "a # #[add-mask]b"),
]


@pytest.mark.parametrize(("given", "printed"), HOSTILE)
def test_names_cannot_command_a_terminal_or_a_ci(given: str, printed: str) -> None:
    assert plain(given) == printed


def test_markdown_names_stay_text() -> None:
    assert markdown("<img src=x>|`a`") == r"\<img src=x\>\|\`a\`"
    hostile = BEFORE.model_copy(update={"model": "<script>|::error::"})
    summary = as_markdown(decide(hostile, hostile))
    assert "<script>" not in summary
    assert "::error::" not in summary


def test_columns_line_up() -> None:
    assert table(("a", "n"), [("long", "1"), ("b", "22")]) == "a      n\nlong   1\nb     22"


def test_a_badge_is_shields_json() -> None:
    assert json.loads(as_badge(decide(BEFORE, WORSE))) == {
        "schemaVersion": 1,
        "label": "cft-eval gate",
        "message": "regression",
        "color": "red",
    }


def test_annotations_are_one_command_a_line() -> None:
    lines = as_annotations(decide(BEFORE, WORSE)).splitlines()
    assert lines[0] == (
        "::error title=cft-eval%3A cft_math::the score fell from 50.0%25 to nothing"
    )
    hostile = BEFORE.model_copy(
        update={"settings": {**BEFORE.settings, "engine": "x\n::add-mask::y"}}
    )
    [line] = as_annotations(decide(BEFORE, hostile)).splitlines()
    assert line.count("::") == 2
