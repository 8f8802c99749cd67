"""Sets in given shares. No torch."""

import json
from collections import Counter
from pathlib import Path

import pytest

from cft_eval.dataset.mixture import BadMixture, read_set, rows_of
from cft_eval.dataset.rows import Method


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    for name, count in (("cft", 60), ("sft", 20)):
        rows = [
            {"question": f"{name} {n}?", "response": "3",
             "critique": f"Conclusion: {'right' if n % 3 == 0 else 'wrong'} [END]"}
            for n in range(count)
        ]  # fmt: skip
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def mixture(sets: Path, text: str) -> str:
    path = sets / "mix.yaml"
    path.write_text(text.replace("HERE", str(sets)))
    return str(path)


HALF = """
parts:
  - {data: HERE/cft.jsonl, method: cft, share: 0.5}
  - {data: HERE/sft.jsonl, method: sft, share: 0.5}
"""

SHARES = [
    (HALF, {Method.CFT: 20, Method.SFT: 20}),  # the scarcest part decides
    (HALF + "rows: 10", {Method.CFT: 5, Method.SFT: 5}),
    (HALF.replace("0.5", "0.75", 1).replace("0.5", "0.25"), {Method.CFT: 60, Method.SFT: 20}),
    # Of 60 critiques 20 say right.
    (HALF.replace("share: 0.5", "share: 0.5, keep_rows: right", 1) + "rows: 30",
     {Method.CFT: 15, Method.SFT: 15}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "counts"), SHARES)
def test_rows_come_in_the_given_shares(sets: Path, text: str, counts: dict[Method, int]) -> None:
    rows = read_set(mixture(sets, text))
    assert Counter(row.method for row in rows) == counts
    assert len({row.question for row in rows}) == len(rows)  # none twice
    assert all(row.question.startswith(str(row.method)) for row in rows)
    assert rows == read_set(mixture(sets, text))
    assert rows != read_set(mixture(sets, text + "\nseed: 1"))
    assert rows[:7] == read_set(mixture(sets, text), limit=7)
    assert rows[:7] == list(rows_of(mixture(sets, text), limit=7))
    # Shuffled: neither part stands before the other.
    assert len({row.method for row in rows[:8]}) == 2


BAD = [
    (HALF + "rows: 100", "100 rows were asked for, but .*sft.jsonl has 20, enough for 40"),
    (HALF.replace("0.5", "0.6", 1), r"the shares add up to 1.1, not to 1"),
    (HALF.replace("method: sft", "method: rl"), "part 2: method: 'rl': expected one of cft, sft"),
    (HALF.replace("share", "shares", 1), "no key 'shares'; did you mean share?"),
    (HALF + "row: 3", "no key 'row'; did you mean rows?"),
    (HALF + "rows: many", "rows: 'many' must be a whole number from 1 on"),
    ("- a", "a list `parts:` was expected"),
    ("parts: [", "not YAML"),
    ("parts: []", "the shares add up to 0, not to 1"),
    ("parts: [x]", "part 1: data, method and share were expected"),
    (HALF.replace("HERE/cft", "HERE/none"), "no such file"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_a_wrong_mixture_is_said(sets: Path, text: str, message: str) -> None:
    from cft_eval.errors import CftError

    with pytest.raises(CftError, match=message):
        read_set(mixture(sets, text))


def test_rows_of_a_file_are_read_one_by_one(sets: Path) -> None:
    path = sets / "cft.jsonl"
    path.write_text(path.read_text() + "no JSON\n")
    rows = rows_of(str(path))
    assert next(rows).question == "cft 0?"  # the bad line at the end was not reached
    assert len(list(rows_of(str(path), limit=9))) == 9


def test_a_file_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadMixture, match="No such file"):
        read_set(str(tmp_path / "none.yaml"))
