"""The line that says how far an evaluation is."""

from cft_eval.harness.progress import EvaluationProgress
from cft_eval.harness.running import RunningAccuracy


def test_each_task_and_the_time_that_is_left() -> None:
    progress = EvaluationProgress(started=100.0)
    progress.expect("aime", "a", wanted=4, journalled=3)
    progress.expect("gsm8k", "b", wanted=1, journalled=0)
    progress.expect("gsm8k", "c", wanted=1, journalled=0)
    assert progress.line(100.0) == ("3/6 responses, time left not known yet: aime 3/4, gsm8k 0/2")
    progress.note("b")
    # One in 30 seconds, and two are left; the three of before tell nothing of the speed.
    assert progress.line(130.0) == "4/6 responses, about 1 min 00 s left: aime 3/4, gsm8k 1/2"
    progress.note("b")  # asked once, answered twice: not counted
    progress.note("never asked")
    progress.note("a")
    progress.note("c")
    assert progress.line(160.0) == "6/6 responses, all there: aime 4/4, gsm8k 2/2"


def test_a_prompt_of_two_tasks_counts_once_for_each() -> None:
    progress = EvaluationProgress()
    progress.expect("math", "a", wanted=1, journalled=0)
    progress.expect("math500", "a", wanted=1, journalled=0)
    progress.note("a")
    progress.note("a")
    assert progress.done == {"math": 1, "math500": 1}


def test_the_accuracy_so_far() -> None:
    running = RunningAccuracy()
    assert running.line() == ""
    doc = {"benchmark": "mini_gsm8k", "reference": "4"}
    running.expect("one", doc, {"until": ["[END]"]})
    running.note("one", "\\boxed{4} [END] \\boxed{5}")
    running.note("one", "\\boxed{5}")
    running.note("another's", "\\boxed{4}")
    assert running.line() == "50% of 2 right so far"
    assert running.line() == "50% of 2 right so far"  # each is graded once


def test_grading_for_a_line_ends() -> None:
    running = RunningAccuracy(seconds=0.0)
    running.expect("one", {"benchmark": "mini_gsm8k", "reference": "4"}, {})
    running.note("one", "\\boxed{4}")
    assert running.line() == ""
