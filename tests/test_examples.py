"""The examples beside other harnesses, each by that harness's own package.

Their pins clash with ours, so each may live in an environment of its own:
``CFT_EVAL_INSPECT_PYTHON`` and ``CFT_EVAL_LIGHTEVAL_PYTHON`` name a Python that has it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

INSPECT = r"""
import asyncio
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Target
from inspect_ai.solver import TaskState
from inspect_scorer import cft

score = cft()  # a whole `eval` loads a tokenizer from the network


def value(text):
    output = ModelOutput.from_content("none/none", text)
    state = TaskState("none/none", 0, 0, input="?", messages=[], output=output)
    return asyncio.run(score(state, Target("0.625"))).value


print([value(text) for text in (r"so \boxed{\frac58}", "", r"\boxed{7}")])
"""
LIGHTEVAL = r"""
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc
from lighteval_metric import cft_metric

doc = Doc(query="?", choices=["0.625"], gold_index=0)
scores = [
    cft_metric.compute_sample(doc=doc, model_response=ModelResponse(text=[text]))
    for text in (r"so \boxed{\frac58}", r"\boxed{7}")
]
print(scores)
"""


def run_beside(package: str, variable: str, code: str, folder: Path) -> str:
    """What ``code`` prints in an environment that has ``package``."""
    python = os.environ.get(variable, sys.executable)
    there = subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False)
    if there.returncode:
        pytest.skip(
            f"{package} is not installed: {variable}=PYTHON names an environment that has it"
        )
    path = os.pathsep.join([str(ROOT), str(ROOT / "examples")])
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=False, cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()[-1]


def test_an_inspect_scorer(tmp_path: Path) -> None:
    said = run_beside("inspect_ai", "CFT_EVAL_INSPECT_PYTHON", INSPECT, tmp_path)
    assert said == "['C', 'N', 'I']"


def test_a_lighteval_metric(tmp_path: Path) -> None:
    said = run_beside("lighteval", "CFT_EVAL_LIGHTEVAL_PYTHON", LIGHTEVAL, tmp_path)
    assert said == "[{'cft_accuracy': 1.0}, {'cft_accuracy': 0.0}]"
