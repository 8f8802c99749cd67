"""The real benchmarks, where this machine has them."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[3] / "shared" / "data"
if "CFT_EVAL_DATA" not in os.environ and _BESIDE.is_dir():
    os.environ["CFT_EVAL_DATA"] = str(_BESIDE)

needs_data = pytest.mark.skipif(
    not Path(os.environ.get("CFT_EVAL_DATA", "")).joinpath("math/test.jsonl").is_file(),
    reason="CFT_EVAL_DATA names no folder with the real benchmarks",
)
