from cft_eval.gate.fingerprint import GRADING, Mismatch
from cft_eval.render.setting_words import setting_differences

NAMES = "old", "new"


def said(*found: Mismatch, tasks: int = 2) -> list[str]:
    return setting_differences(found, NAMES, tasks=tasks, named=str.upper)


def test_a_setting_is_said_once_in_plain_words_with_the_runs_it_is_of() -> None:
    shots = [Mismatch(task, "n_shot", 4, 0) for task in ("math", "gsm8k")]
    assert said(*shots) == ["few-shot examples: 4 for old, 0 for new"]
    assert said(shots[0]) == ["MATH: few-shot examples: 4 for old, 0 for new"]
    assert said(*shots, tasks=3) == ["MATH and GSM8K: few-shot examples: 4 for old, 0 for new"]


def test_what_is_not_known_says_so_and_hashes_are_not_printed() -> None:
    assert said(Mismatch("math", "dtype", None, "bfloat16"), tasks=1) == [
        "number format: not recorded for old, bfloat16 for new"
    ]
    assert said(Mismatch("math", "chat_template", "ab12", None), tasks=1) == [
        "chat template: different (new has none)"
    ]
    assert said(Mismatch("math", "prompts", "ab12", "cd34"), tasks=1) == ["prompts: different"]


def test_engine_arguments_keep_their_names_and_gradings_their_reason() -> None:
    assert said(Mismatch("math", "tensor_parallel", "1", "2"), tasks=1) == [
        "tensor parallel: 1 for old, 2 for new"
    ]
    graded = Mismatch("math", GRADING, "5 right", "6 right", note="the checker changed")
    assert said(graded, tasks=1) == ["the checker changed"]
