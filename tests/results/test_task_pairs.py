"""Tasks pair by benchmark and problems, whatever they are called."""

import pytest

from cft_eval.gate.compare import compare, discordant
from cft_eval.gate.decide import GateDecision, decide
from cft_eval.gate.ranking import rank
from cft_eval.results import RunOutcomes, aligned, pairing
from tests.runs import boiled, samples

HALF = [1, 0] * 200


def called(run: RunOutcomes, **names: str) -> RunOutcomes:
    """The same run with other names for its tasks."""
    tasks = {names.get(task, task): outcomes for task, outcomes in run.tasks.items()}
    return run.model_copy(update={"tasks": tasks})


OURS = boiled({"cft_math": HALF, "cft_gsm8k": HALF[1:]})
THEIRS = called(OURS, cft_math="qwen_math", cft_gsm8k="gsm8k_cot")


def test_an_import_pairs_with_ones_own_run() -> None:
    assert pairing(OURS, THEIRS) == {"cft_math": "qwen_math", "cft_gsm8k": "gsm8k_cot"}
    assert list(aligned(OURS, THEIRS).tasks) == ["cft_math", "cft_gsm8k"]
    assert aligned(OURS, OURS) is OURS


def test_the_name_decides_where_it_is_the_same() -> None:
    both = boiled({"cft_math": HALF})
    other = both.model_copy(update={"tasks": {"qwen_math": both.tasks["cft_math"], **both.tasks}})
    assert pairing(both, other) == {"cft_math": "cft_math"}
    # Of what is left over nothing is paired twice.
    assert pairing(other, both) == {"cft_math": "cft_math"}


def test_of_two_tasks_on_one_benchmark_the_one_run_alike_is_taken() -> None:
    ours = boiled({"cft_math": HALF})
    task = ours.tasks["cft_math"]
    hot = task.model_copy(update={"settings": {"temperature": 0.7}})
    other = ours.model_copy(update={"tasks": {"a_math": hot, "b_math": task}})
    assert pairing(ours, other) == {"cft_math": "b_math"}


def test_another_benchmark_is_no_pair() -> None:
    assert pairing(boiled({"cft_math": HALF}), boiled({"cft_math500": HALF})) == {}


def test_every_comparison_pairs_alike() -> None:
    comparison = compare(OURS, THEIRS)
    assert [row.task for row in comparison.rows] == ["cft_math", "cft_gsm8k"]
    assert (comparison.only_a, comparison.only_b) == ((), ())
    assert comparison.notes[0] == (
        "cft_math is paired with the candidate's qwen_math: the same benchmark"
    )
    report = decide(OURS, THEIRS)
    assert (report.decision, report.ungated) == (GateDecision.OK, ())
    assert report.notes == comparison.notes
    assert rank([OURS, THEIRS, OURS]).tasks == ("cft_math", "cft_gsm8k")


@pytest.mark.parametrize("field", ["prompts", "temperature", "n_shot"])
def test_a_difference_of_protocol_is_said(field: str) -> None:
    """What an import does not say is unknown, which is no agreement."""
    unknown = THEIRS.model_copy(update={"settings": {**THEIRS.settings, field: None}})
    assert {each.field for each in compare(OURS, unknown).mismatches} == {field}
    assert decide(OURS, unknown).decision is GateDecision.NOT_COMPARABLE
    assert decide(OURS, unknown, allow=["protocol"]).decision is GateDecision.OK


def test_problems_that_differ_are_paired_by_item() -> None:
    a, b = samples("cft_math", [1, 0, 1, 0]), samples("cft_math", [0, 1, 1, 0])
    b = [sample.model_copy(update={"task": "qwen_math"}) for sample in b]
    assert discordant(a, b) == []
    pairs = discordant(a, b, paired={"cft_math": "qwen_math"})
    assert [(pair.gained, pair.a.index) for pair in pairs] == [(False, 0), (True, 1)]
