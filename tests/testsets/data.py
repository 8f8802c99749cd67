"""The real benchmarks: in the folder that `CFT_EVAL_DATA` names, or in one beside the checkout."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[3] / "shared" / "data"
"""``shared/data`` beside the checkout, so that several checkouts have one copy."""

if "CFT_EVAL_DATA" not in os.environ and BESIDE.is_dir():
    os.environ["CFT_EVAL_DATA"] = str(BESIDE)

needs_data = pytest.mark.skipif(
    not Path(os.environ.get("CFT_EVAL_DATA", "")).joinpath("math/test.jsonl").is_file(),
    reason="CFT_EVAL_DATA names no folder with the real benchmarks",
)
