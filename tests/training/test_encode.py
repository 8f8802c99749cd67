"""What is learnt, token for token, with a tokenizer of one token a letter. No torch."""

import sys

import pytest

from cft_eval.dataset.rows import BadTrainingRow, Lesson, Method, TrainingRow
from cft_eval.errors import CftError
from cft_eval.training.chat import chat_of
from cft_eval.training.encode import (
    IGNORE,
    Cut,
    Example,
    Truncation,
    encode,
    encode_rows,
    proportions,
)
from tests.training.letters import Letters

CHAT = chat_of(Letters())
ASKED = [{"role": "user", "content": "q"}]
LESSON = Lesson(ASKED, "ok")


def test_only_the_target_and_its_end_are_learnt() -> None:
    assert encode(LESSON, CHAT, max_length=9)[0] == Example(
        # u    >   q    ;   a   >    o    k    end
        [117, 62, 113, 59, 97, 62, 111, 107, 0],
        [IGNORE] * 6 + [111, 107, 0],
        "row",
    )


def test_the_learnt_tokens_are_counted() -> None:
    example, cuts = encode(LESSON, CHAT, max_length=10)
    assert example is not None
    assert (len(example), example.learnt, cuts) == (9, 3, [])


def test_examples_take_four_bytes_a_token() -> None:
    ids = list(range(100_000, 102_000))
    example = Example(ids, [IGNORE] * 1500 + ids[1500:])
    assert (example.input_ids, example.labels) == (ids, [IGNORE] * 1500 + ids[1500:])
    assert (example.learnt, len(example)) == (500, 2000)
    assert sum(map(sys.getsizeof, (example, example.ids, example.given))) < 4.2 * 2000


def test_what_is_learnt_is_the_end_of_the_tokens() -> None:
    with pytest.raises(ValueError, match="must be the end of the tokens"):
        Example([1, 2, 3], [IGNORE, 2, IGNORE])


def test_an_empty_target_is_refused_by_its_rows_name() -> None:
    with pytest.raises(BadTrainingRow, match=r"rows.jsonl: row 7: the target is empty"):
        encode(Lesson(ASKED, " "), CHAT, max_length=10, name="rows.jsonl: row 7")


# prompt, target, limit -> kept: worked out by hand from the rule in words.
PROPORTIONS = [
    ((10, 10, 20), (10, 10)),
    ((30, 9, 20), (11, 9)),  # the target is short: the prompt pays
    ((9, 30, 20), (9, 11)),  # the prompt is short: the target pays
    ((30, 10, 20), (15, 5)),  # neither is below half: three to one stays three to one
    ((1, 100, 3), (1, 2)),
]


@pytest.mark.parametrize(("given", "kept"), PROPORTIONS)
def test_the_papers_truncation(given: tuple[int, int, int], kept: tuple[int, int]) -> None:
    assert proportions(*given) == kept


def test_a_cut_target_loses_its_end_and_says_so() -> None:
    example, cuts = encode(
        Lesson(ASKED, "x" * 20), CHAT, max_length=16, truncation=Truncation.PROPORTIONAL
    )
    assert example is not None
    assert len(example) == 16
    assert example.labels[-1] == ord("x")
    assert cuts == [Cut.END]


def test_dropping_never_cuts() -> None:
    assert encode(LESSON, CHAT, max_length=8) == (None, [Cut.DROPPED])


def test_every_cut_is_counted_with_the_rows_name() -> None:
    rows = [TrainingRow("q", "r" * n, source="f", number=n) for n in (1, 30)]
    encoded = encode_rows(
        rows, CHAT, Method.SFT, system=None, max_length=16, truncation=Truncation.DROP
    )
    assert encoded.report() == [
        "1 examples of 2 rows: 8 tokens, 2 of them learnt",
        "1 (50.0%) longer than the maximum, left out: f: row 30",
    ]


def test_no_target_tokens_left_in_any_row_is_an_error() -> None:
    with pytest.raises(CftError, match="not one row of 1 fits into 1 tokens; raise max_length"):
        encode_rows([TrainingRow("q" * 9, "r")], CHAT, Method.SFT, system=None, max_length=1)


def test_no_rows_is_an_error() -> None:
    with pytest.raises(CftError, match="no rows to train on"):
        encode_rows([], CHAT, Method.SFT, system=None, max_length=9)
