"""The costs in the guide are what their script prints."""

import re
import subprocess
import sys

import pytest

from tests.docs.commands import ROOT


def table(*options: str) -> str:
    return subprocess.run(
        [sys.executable, "benchmarks/costs.py", *options],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip


def column(shown: str, step: str) -> list[float]:
    """GPU-hours of the rows whose step begins so."""
    rows = [row.split("|") for row in shown.splitlines() if row.startswith(f"| {step}")]
    return [float(row[3].strip(" *")) for row in rows]


def test_the_page_shows_what_the_script_prints() -> None:
    assert table() in (ROOT / "docs" / "reproduce.md").read_text("utf-8")


def test_money_is_hours_times_the_price() -> None:
    dear = table("--gpu-hour", "100", "--price-in", "0", "--price-out", "0")
    [total] = re.findall(r"\*\*in all.*\*\*([\d,]+)\*\*", dear)
    [hours] = column(dear, "**in all**")
    assert int(total.replace(",", "")) == pytest.approx(100 * hours, abs=5.1)
    assert dear.splitlines()[-1].endswith(f"| **{total}** |")


def test_what_the_page_says_of_other_assumptions() -> None:
    page = (ROOT / "docs" / "reproduce.md").read_text("utf-8").replace("\n", " ")
    slow, fast = (sum(column(table("--mfu", mfu), "3.")) for mfu in ("0.1", "0.4"))
    assert f"take {slow:.1f} GPU-hours instead of {fast:.1f}" in page
    [few] = column(table("--checkpoints", "7"), "4.")
    assert f"cuts it to {few:.1f} hours" in page
