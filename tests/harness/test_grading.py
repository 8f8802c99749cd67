"""Grading inside lm-eval: the shape stays, and every verdict is the checker's own."""

import pickle

import pytest

from cft_eval.checker import Outcome, Verdict, check
from cft_eval.testsets import load

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

from cft_eval.harness.grading import POLICIES, Graded, GradeFilter
from cft_eval.harness.records import VerdictRecord
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
    records = [VerdictRecord.model_validate(record) for record in doc["verdicts"]]
    right = [record.outcome is Outcome.CORRECT for record in records]
    assert scores["acc"] == pytest.approx(sum(right) / 3)
    assert scores.keys() == {
        *("acc", "acc_qwen", "acc_cft_paper", "answered"),
        *("pass_at_1", "pass_at_2", "maj_at_k"),
    }
    assert all(0 <= score <= 1 for score in scores.values())


def test_a_graded_answer_reads_as_its_text_and_survives_pickling() -> None:
    verdict = Verdict(Outcome.WRONG, answer="13", how="boxed", reason="13 is not 12")
    graded = Graded(verdict, {"strict": False, "qwen": True, "cft_paper": True})
    again = pickle.loads(pickle.dumps(graded))
    assert (str(again), again.verdict, again.correct) == ("13", verdict, graded.correct)
    assert Graded(Verdict(Outcome.NO_ANSWER), {}) == ""
