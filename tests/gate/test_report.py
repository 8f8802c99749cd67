"""Every view says the same, and obeys no one who put words into a model's name."""

import json
from xml.etree import ElementTree

import pytest

from cft_eval._version import __version__
from cft_eval.gate import as_annotations, as_badge, as_json, as_junit, as_markdown, as_text
from cft_eval.gate.decide import decide
from cft_eval.gate.text import markdown, table
from cft_eval.plain import plain
from cft_eval.results import InvalidData, RunOutcomes, pool
from tests.runs import boiled

BEFORE = boiled({"cft_math": [1, 0] * 500, "cft_aime24": [1, 0] * 15}, model="old")
WORSE = boiled({"cft_math": [0, 0] * 500, "cft_aime24": [1, 0] * 15}, model="new")


def test_text_says_the_verdict_first() -> None:
    lines = as_text(decide(BEFORE, WORSE)).splitlines()
    assert lines[0] == (
        "REGRESSION  new against old: cft_math: the score fell from 50.0% to nothing; also all "
        "problems, suite"
    )
    assert lines[2].split() == [
        "task", "baseline", "candidate", "change", "interval", "gains", "losses",
        "p", "(Holm)", "verdict",
    ]  # fmt: skip
    assert lines[3].split()[:4] == ["cft_math", "50.0", "0.0", "-50.0"]


BARELY = boiled({"cft_math": [1, 0] * 499 + [0, 0], "cft_aime24": [1, 0] * 15}, model="new")


FIRST_LINES = [
    (BEFORE, 0.01, "OK  old against old: all problems: both runs gave the same responses, letter"),
    (BARELY, 0.01, "OK  new against old: no drop of more than 1.0 points on all problems (p = 0"),
    (BARELY, 0.001, "INCONCLUSIVE  new against old: all problems: a drop of 0.4 points is not"),
]


@pytest.mark.parametrize(("candidate", "margin", "line"), FIRST_LINES)
def test_the_first_line_has_the_verdict_and_its_reason(
    candidate: RunOutcomes, margin: float, line: str
) -> None:
    report = decide(BEFORE, candidate, margin=margin)
    assert as_text(report).splitlines()[0].startswith(line)
    assert as_markdown(report).splitlines()[0] == (
        f"## {report.decision.value}: {candidate.model} against old"
    )
    assert json.loads(as_json(report))["headline"] in as_text(report)


def test_explain_says_how_each_row_was_decided() -> None:
    report = decide(BEFORE, BARELY)
    short, whole = as_text(report), as_text(report, explain=True)
    assert "`--explain`" in short
    assert "`--explain`" not in whole
    for row in report.rows:
        assert f"{row.task}: {row.decision.value}: {row.reason}" in whole.splitlines()
    assert "cft_math was run with" in whole
    assert len(short.splitlines()) < 12


def test_json_says_what_it_is_and_what_was_compared() -> None:
    before = boiled({"cft_math": [3, 4] * 50}, repeats=4)
    report = json.loads(as_json(decide(before, before)))
    assert (report["kind"], report["schema_version"]) == ("cft-eval gate", 1)
    assert report["cft_eval_version"] == __version__
    assert report["fingerprint"]["cft_math"] == before.fingerprint("cft_math")
    assert report["rows"][0]["repeats"] == [4, 4]


def test_what_was_allowed_stands_in_every_report() -> None:
    other = BEFORE.model_copy(update={"settings": {**BEFORE.settings, "engine": "vllm"}})
    report = decide(BEFORE, other, allow=["engine"])
    suite = ElementTree.fromstring(as_junit(report))
    allowed = [
        each.get("value") for each in suite.findall("./properties/property[@name='--allow-diff']")
    ]
    words = [f"{task}: engine: 'hf' -> 'vllm' (allowed)" for task in BEFORE.tasks]
    assert allowed == words
    for text in (as_text(report), as_markdown(report).replace("\\", "")):
        assert all(word in text for word in words)


def test_a_window_names_its_runs() -> None:
    window = pool([BEFORE, WORSE.model_copy(update={"model": "old"})])
    report = decide(window, BEFORE)
    assert "a window of 2 runs" in as_text(report).splitlines()[0]
    assert as_text(report).count("baseline run: old of 2026-01-02") == 2
    assert as_markdown(report).count("old of 2026-01-02") == 2
    assert as_junit(report).count('name="baseline run"') == 2
    with pytest.raises(InvalidData, match="a window holds runs of one model"):
        pool([BEFORE, WORSE])
    assert pool([BEFORE, WORSE], any_model=True).runs


def test_strict_junit_fails_where_the_build_does() -> None:
    report = decide(BEFORE, BARELY, margin=0.001)
    counts = []
    for strict in (False, True):
        suite = ElementTree.fromstring(as_junit(report, strict=strict))
        counts.append(suite.get("failures"))
        assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert counts == ["0", "1"]


MANY = {f"cft_t{number:02}": [1, 0] * 100 for number in range(25)}


def test_errors_are_never_cut_in_favour_of_notices() -> None:
    before = boiled({**{f"a{number}": [1, 0] * 3 for number in range(12)}, **MANY})
    after = {task: [0, 0] * 100 for task in MANY}
    lines = as_annotations(
        decide(before, boiled({**{f"a{n}": [0, 1] * 3 for n in range(12)}, **after}))
    ).splitlines()
    assert len(lines) == 10
    assert all(line.startswith("::error ") for line in lines)
    named = " ".join(lines)
    assert all(task in named for task in MANY)


def test_a_green_build_shows_no_annotation() -> None:
    small = boiled({"cft_math": [1, 0] * 5000, "cft_aime24": [1, 0] * 15})
    other = boiled({"cft_math": [1, 0] * 5000, "cft_aime24": [0, 1] + [1, 0] * 14})
    report = decide(small, other)
    assert [row.decision.value for row in report.rows][:2] == ["OK", "INCONCLUSIVE"]
    assert (report.decision.value, as_annotations(report)) == ("OK", "")


def test_an_open_question_is_an_error_where_it_fails_the_build() -> None:
    report = decide(BEFORE, BARELY, margin=0.001)
    assert as_annotations(report) == ""
    assert as_annotations(report, strict=True).startswith(
        "::error title=cft-eval%3A inconclusive::"
    )


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
