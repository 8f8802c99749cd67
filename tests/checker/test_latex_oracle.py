"""What an expression is worth, as another reader of LaTeX has it: every reference and practice row.

Both are computed at the same point. Where they differ, one of `KINDS` says why: each is a way of
writing that the other reader does not know, with a case of our own.
"""

import json
import math
import os
import re
from pathlib import Path

import mpmath
import pytest

from cft_eval.checker.prove.digits import NoValue
from cft_eval.checker.prove.numeric import evaluate
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.tokens import Unreadable
from cft_eval.checker.types.values import NODES, symbols
from cft_eval.testsets import SUITE
from cft_eval.testsets.load import load
from tests.checker import oracle
from tests.testsets.data import needs_data

pytest.importorskip("latex2sympy2_extended", reason="pip install latex2sympy2-extended")

KINDS = {
    "powers of ten": (re.compile(r"\d[eE][+-]?\d"), "2.5e3"),
    "degrees": (re.compile(r"circ|degrees"), r"\sin 30^\circ"),
    "words": (
        re.compile(r"\\text|(?<![\\a-zA-Z])[a-zA-Z]{3,}|\b(?:in|pi)\b|[×x]10"),
        "3 dozen",
    ),
    "names with marks": (re.compile(r"bar|overline|hat|dot|'|_\{?[a-z0-9]"), r"\bar{x}_2"),
    "thousands": (re.compile(r"\d(?:,|\\,|\{,\}|\\!)\d{3}"), r"1\,234"),
    "mixed numbers": (re.compile(r"\d \d+/\d"), "1 1/2"),
    "what stands behind a slash": (re.compile(r"/ ?\(|/ ?\d+i|\}\s*/"), r"\log_2{8} / (x+1)"),
    "real roots": (re.compile(r"\\sqrt\[\d\]"), r"\sqrt[3]{-27}"),
    "Euler's gamma": (re.compile(r"\\gamma"), r"\gamma^2-1"),
    "imaginary I": (re.compile("I"), "2+3I"),
}
"""How the writing looks, and one of its cases."""

LARGEST = 1e150
"""Beyond it nothing is compared in floats."""


def ours(text: str) -> oracle.Worth | None:
    try:
        value = next(readings(text))
    except (Unreadable, RecursionError):
        return None
    if not isinstance(value, NODES):
        return None
    letters = symbols(value)
    try:
        number = complex(
            evaluate(value, {each: mpmath.mpf(oracle.at(each)) for each in letters}, mpmath.mp)
        )
    except (NoValue, ArithmeticError, ValueError, TypeError):
        return None
    return sorted({each.lower() for each in letters}), [number.real, number.imag]


def unexplained(texts: list[str]) -> list[tuple[str, object, object]]:
    """The texts that both read, with values that differ, and no kind for it."""
    differing: list[tuple[str, object, object]] = []
    for text, theirs in zip(texts, oracle.values(texts), strict=True):
        mine = ours(text) if theirs is not None else None
        if mine is None or theirs is None or _agree(mine, theirs):
            continue
        if not any(pattern.search(text) for pattern, _ in KINDS.values()):
            differing.append((text, mine, theirs))
    return differing


def _agree(mine: oracle.Worth, theirs: oracle.Worth) -> bool:
    sizes = [abs(part) for part in (*mine[1], *theirs[1])]
    if any(math.isnan(size) or size > LARGEST for size in sizes):
        return mine[0] == theirs[0]
    near = abs(complex(*mine[1]) - complex(*theirs[1])) <= 1e-9 * max(1.0, *sizes)
    return mine[0] == theirs[0] and near


@pytest.mark.slow
@needs_data
def test_every_reference_is_worth_the_same_to_another_reader() -> None:
    assert not unexplained(sorted({item.reference for name in SUITE for item in load(name)}))


PRACTICE = os.environ.get("CFT_EVAL_PRACTICE")
FILES = sorted(Path(PRACTICE).glob("*.jsonl")) if PRACTICE else []


@pytest.mark.skipif(not FILES, reason="set CFT_EVAL_PRACTICE to a folder of labelled pairs")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_labelled_answer_is_worth_the_same_to_another_reader(file: Path) -> None:
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    texts = {
        row[key].strip().strip("$")
        for row in rows
        for key in ("answer", "reference")
        if row.get(key)
    }
    assert not unexplained(sorted(text for text in texts if len(text) < 200))


def test_each_kind_has_a_case_that_it_explains() -> None:
    cases = [case for _, case in KINDS.values()]
    for (pattern, case), theirs in zip(KINDS.values(), oracle.values(cases), strict=True):
        assert pattern.search(case), case
        mine = ours(case)
        assert mine is not None, case
        assert theirs is None or not _agree(mine, theirs), case
