"""Grading inside lm-eval: the shape stays, and every verdict is the checker's own."""

import pickle

import pytest

from cft_eval.checker import Outcome, Verdict, check
from cft_eval.checker.types.verdict import Policy
from cft_eval.testsets.load import load

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

from cft_eval.checker import POLICIES
from cft_eval.harness.endings import Ending
from cft_eval.harness.grading import Grade, GradedAnswer, GradeFilter, RecordedResponse
from cft_eval.harness.log_schema import LoggedVerdict
from cft_eval.harness.metrics import listed, mean_if_known
from cft_eval.harness.task import document, process_results

DOCS = [document(item) for item in load("mini_gsm8k")[:2]]  # their references: 12 and 9
RESPONSES = [["So it is 12.", "\\boxed{12}", "\\boxed{13}"], ["", "The answer is 9.", "nine"]]


def test_every_verdict_is_the_checkers() -> None:
    graded = GradeFilter(workers=1).apply(RESPONSES, DOCS)
    assert [len(repeated) for repeated in graded] == [3, 3]
    for doc, responses, repeated in zip(DOCS, RESPONSES, graded, strict=True):
        for response, found in zip(responses, repeated, strict=True):
            for policy in POLICIES:
                alone = check(response, doc["reference"], benchmark="gsm8k", policy=policy)
                assert found.correct[policy] == alone.correct
                if policy == "strict":
                    assert found.verdict.outcome is alone.outcome
                    assert found == (alone.answer or "")


def test_the_log_keeps_what_was_found_beside_the_document() -> None:
    doc = dict(DOCS[0])
    scores = process_results(doc, GradeFilter(workers=1).apply(RESPONSES[:1], DOCS[:1]))
    records = [LoggedVerdict.model_validate(record) for record in doc["verdicts"]]
    right = [record.outcome is Outcome.CORRECT for record in records]
    assert scores["acc"] == pytest.approx(sum(right) / 3)
    assert scores.keys() == {
        *("acc", "acc_qwen", "acc_cft_paper", "answered", "boxed", "truncated", "too_slow"),
        *("response_chars", "response_tokens"),
        *("avg_at_k", "pass_at_1", "pass_at_2", "pass_at_k", "maj_at_k"),
    }


def test_votes_are_by_equality_whoever_comes_first() -> None:
    """All problems are compared at once, by the checker's workers where there are many pairs."""
    asked = [["x=12", "12", "y=12", "13", "13.0"], ["9", "", "9.0", "8", "7"]]
    responses = [[f"\\boxed{{{answer}}}" if answer else "" for answer in each] for each in asked]
    graded = GradeFilter(workers=1).apply(responses, DOCS)
    assert [[response.grade.vote for response in each] for each in graded] == [
        [0, 0, 0, 1, 1],
        [0, None, 0, 1, 2],
    ]
    assert process_results(dict(DOCS[0]), graded[:1])["maj_at_k"] == 1.0


def test_a_graded_answer_reads_as_its_text_and_survives_pickling() -> None:
    verdict = Verdict(Outcome.WRONG, answer="13", how="boxed", reason="13 is not 12")
    flags: dict[Policy, bool] = {"strict": False, "qwen": True, "cft_paper": True}
    graded = GradedAnswer(Grade(verdict, flags, flags, Ending("length", 8), 20))
    again = pickle.loads(pickle.dumps(graded))
    assert (str(again), again.grade) == ("13", graded.grade)
    assert GradedAnswer(Grade(Verdict(Outcome.NO_ANSWER), {}, {})) == ""
    response = pickle.loads(pickle.dumps(RecordedResponse("so 13", Ending("stop", 3))))
    assert (str(response), response.ending) == ("so 13", Ending("stop", 3))


def test_metrics_beside_the_score_and_what_is_not_known() -> None:
    responses = [
        [
            RecordedResponse("\\boxed{12}", Ending("stop", 5)),
            RecordedResponse("12.", Ending("length", 8)),
        ]
    ]
    doc = dict(DOCS[0])
    found = process_results(doc, GradeFilter(workers=1).apply(responses, [doc]))
    assert {
        name: found[name] for name in ("acc", "answered", "boxed", "truncated", "too_slow")
    } == {
        "acc": 1.0,
        "answered": 1.0,
        "boxed": 0.5,
        "truncated": 0.5,
        "too_slow": 0.0,
    }
    assert (found["response_chars"], found["response_tokens"]) == (6.5, 6.5)
    told = [(v["finish"], v["tokens"]) for v in doc["verdicts"]]
    assert told == [("stop", 5), ("length", 8)]
    silent = process_results(dict(doc), GradeFilter(workers=1).apply([["12"]], [doc]))
    assert (silent["truncated"], silent["response_tokens"]) == (None, None)
    assert mean_if_known([1.0, 0.0]) == 0.5
    # One response that was cached with no word of its ending, and eleven that ended well.
    assert mean_if_known([None, *[0.0] * 11]) == "unknown"
    assert mean_if_known([None, None]) == "unknown"
    assert found.keys() == {entry["metric"] for entry in listed(2, errata=False)}


def test_with_errata_both_references_count() -> None:
    doc = {**DOCS[0], "corrected": ["14", "13"]}
    found = process_results(doc, GradeFilter(workers=1).apply([["\\boxed{13}"]], [doc]))
    assert (found["acc"], found["acc_errata"], found["acc_qwen_errata"]) == (0.0, 1.0, 1.0)
    undisputed = {**DOCS[0], "corrected": [DOCS[0]["reference"]]}
    found = process_results(undisputed, GradeFilter(workers=1).apply([["12"]], [undisputed]))
    assert (found["acc"], found["acc_errata"]) == (1.0, 1.0)
    assert found.keys() == {entry["metric"] for entry in listed(1, errata=True)}
