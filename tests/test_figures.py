"""A number looks alike wherever it is printed, and is never rounded across the line it is for."""

import ast
import itertools
import math
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cft_eval import figures
from cft_eval.figures import (
    LEVELS,
    confidence,
    p_is,
    p_number,
    p_value,
    percent,
    points,
    quantity,
    size,
    typed,
)

ROOT = Path(__file__).parent.parent

SCORES = [
    # A half goes up, as readers expect, whatever the float below it.
    (0.3505, "35.1"),
    (0.575, "57.5"),
    (0.0005, "0.1"),
    (0.00049, "0.0"),
    (0.9995, "100.0"),
    (0.0, "0.0"),
    (1.0, "100.0"),
    (math.nan, "unknown"),
]


@pytest.mark.parametrize(("share", "printed"), SCORES)
def test_scores(share: float, printed: str) -> None:
    assert percent(share) == printed


def test_the_same_mean_prints_alike_however_it_was_summed() -> None:
    shuffled = random.Random(1)
    for _ in range(300):
        values = [shuffled.randrange(0, 2000) / 1000 / 2 for _ in range(shuffled.randrange(2, 7))]
        ways = {
            percent(sum(order) / len(order)) for order in itertools.islice(
                itertools.permutations(values), 24
            )
        }  # fmt: skip
        ways |= {percent(float(np.mean(values))), percent(math.fsum(values) / len(values))}
        assert len(ways) == 1, values


DIFFERENCES = [
    (0.012, "+1.2"),
    (-0.012, "-1.2"),
    (0.0, "+0.0"),
    # The noise of a subtraction is no drop.
    (0.3 - 0.1 - 0.2, "+0.0"),
    (-0.3505, "-35.1"),
]


@pytest.mark.parametrize(("difference", "printed"), DIFFERENCES)
def test_differences(difference: float, printed: str) -> None:
    assert points(difference) == printed
    assert size(difference) == printed[1:]


P = [
    (0.04992, "0.0499"),
    (0.049996, "0.049996"),
    (0.05, "0.050"),
    (0.0500001, "0.050"),
    (0.0099999, "0.0099999"),
    (0.31, "0.310"),
    (1.0, "1.000"),
    (0.00099, "< 0.001"),
    (0.0, "< 0.001"),
]


@pytest.mark.parametrize(("p", "printed"), P)
def test_p_values(p: float, printed: str) -> None:
    assert p_value(p) == printed
    assert p_is(p) == (f"p {printed}" if "<" in printed else f"p = {printed}")


def test_no_p_value_crosses_a_level() -> None:
    generator = random.Random(2)
    for alpha in (0.05, 0.02, 0.1, 1e-4, 1e-6):
        for _ in range(2000):
            level = generator.choice([alpha, *LEVELS])
            p = min(1.0, level * (1 + generator.uniform(-1, 1) * 10 ** generator.uniform(-6, 0)))
            for text in (p_value(p, alpha=alpha), p_number(p)):
                number = float(text.removeprefix("< ")) - 1e-15 * text.startswith("<")
                assert (number < 0.05) == (p < 0.05), (p, text)
            shown = p_value(p, alpha=alpha)
            if not shown.startswith("<"):
                assert (float(shown) < alpha) == (p < alpha), (p, shown, alpha)


def test_a_bound_above_the_margin_is_not_printed_on_it() -> None:
    assert points(-0.00996, beyond=-0.01) == "-0.996"
    assert points(-0.0096, beyond=-0.01) == "-0.96"
    assert points(-0.0094, beyond=-0.01) == "-0.9"
    assert points(-0.0101, beyond=-0.01) == "-1.0"


@pytest.mark.parametrize("text", ["0.04", "0.25", "1.25", "1.0", "0.3", "12.345678", "100.0"])
def test_what_was_typed_is_printed_as_typed(text: str) -> None:
    assert typed(float(text) / 100) == text


def test_a_drop_is_printed_on_its_side_of_a_margin() -> None:
    assert size(-0.00041, beside=0.0004) == "0.04"
    assert size(-0.0124, beside=0.0125) == "1.2"
    assert size(-0.00999, beside=0.01) == "0.999"


def test_one_thing_has_no_plural() -> None:
    assert quantity(1, "checkpoints") == "1 checkpoint"
    assert quantity(2, "checkpoints") == "2 checkpoints"


def test_confidence_keeps_what_is_not_round() -> None:
    assert [confidence(a) for a in (0.05, 0.1, 0.005, 0.05 / 3)] == [
        "95", "90", "99.5", "98.3333",
    ]  # fmt: skip


def test_files_and_pages_round_alike() -> None:
    from cft_eval.leaderboard.files.exports import _percents

    shares = [0.35125, 0.35124999, 0.0, 1.0, 0.575, 1 / 3]
    printed = [f"{value:.2f}" for value in _percents(pd.Series(shares))]
    assert printed == [percent(share, places=2) for share in shares]


PRINTING = (
    "cft_eval/gate", "cft_eval/render", "cft_eval/lab/report.py", "leaderboard", "server/http",
    "cft_eval/cli/compare.py", "cft_eval/cli/import.py", "cft_eval/cli/_scores.py",
    "cft_eval/cli/select.py", "cft_eval/cli/gate.py", "cft_eval/cli/_gate.py",
)  # fmt: skip


def test_no_page_and_no_report_has_a_rounding_of_its_own() -> None:
    """Outside of drawings (``g``: positions of a mark), numbers go through `figures`."""
    own = []
    for path in PRINTING:
        files = [ROOT / path] if path.endswith(".py") else sorted((ROOT / path).rglob("*.py"))
        for file in files:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
                    spec = ast.unparse(node.format_spec)[2:-1]
                    # Lengths, ratios and tokens have a form of their own.
                    scaled = "100 * " in ast.unparse(node.value)
                    if spec.endswith("%") or (spec.endswith("f") and scaled):
                        own.append(f"{file.relative_to(ROOT)}:{node.lineno}: {spec}")
    assert own == []
    assert figures.__doc__ is not None
