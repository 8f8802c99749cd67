"""Loading from the hub, with a server on this machine that speaks the hub's language."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cft_eval.testsets import BENCHMARKS, SUITE, known_items
from cft_eval.testsets.rows import last_box
from tests.testsets.data import needs_data
from tests.testsets.hub_stand_in import repository, serve

LIST_HASHES = """
import json, sys
from cft_eval.errors import CftError
from cft_eval.testsets.load import load
try:
    print(json.dumps({name: [i.item for i in load(name)] for name in sys.argv[1:]}))
except CftError as error:
    sys.exit(str(error))
"""

ROWS = [
    {"id": 0, "question": "What is $2+2$?", "answer": 4.0, "url": ""},
    {"id": 1, "question": "What is $2-5$?", "answer": -3.0, "url": ""},
]

Load = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def load_from_hub(tmp_path: Path) -> Load:
    """Load benchmarks in a fresh process: the hub's address is read at import."""

    def load(endpoint: str, *names: str, **env: str) -> "subprocess.CompletedProcess[str]":
        kept = {key: value for key, value in os.environ.items() if key != "CFT_EVAL_DATA"}
        hub = {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"}
        return subprocess.run(
            [sys.executable, "-c", LIST_HASHES, *names],
            env={**kept, **hub, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return load


def test_another_set_by_the_same_name_is_drift_unless_allowed(
    tmp_path: Path, load_from_hub: Load
) -> None:
    repository(tmp_path / "math-ai/amc23", {"test.jsonl": ROWS})
    with serve(tmp_path) as url:
        refused = load_from_hub(url, "amc23")
        allowed = load_from_hub(url, "amc23", CFT_EVAL_ALLOW_DRIFT="aime24,amc23")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        "amc23 from the hub's math-ai/amc23: row 0 ('What is $2+2$?', reference '4') is not an "
        "item as published; its scores would not be comparable (to continue anyway: "
        "CFT_EVAL_ALLOW_DRIFT=amc23)"
    )
    assert allowed.returncode == 0, allowed.stderr
    assert len(json.loads(allowed.stdout)["amc23"]) == 2


def test_a_set_of_which_only_the_size_is_known(tmp_path: Path, load_from_hub: Load) -> None:
    rows = [{**ROWS[0], "id": number, "problem": f"What is ${number}$?"} for number in range(90)]
    repository(tmp_path / "HuggingFaceH4/aime_2024", {"train.jsonl": rows}, split="train")
    with serve(tmp_path) as url:
        refused = load_from_hub(url, "aime24")
    assert (
        "as many problems as AI-MO/aimo-validation-aime, the contests of 2022 to 2024: 0 of"
        in (refused.stderr.splitlines()[-1])
    )


@pytest.mark.slow
@needs_data
def test_other_copies_have_the_same_fingerprints(tmp_path: Path, load_from_hub: Load) -> None:
    """Where the first copy is gone, another is asked; its fields differ, its items do not."""
    data = Path(os.environ["CFT_EVAL_DATA"])
    layouts: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
        # MATH-lighteval: one part with all subjects.
        "math": lambda row: {key: row[key] for key in ("problem", "level", "type", "solution")},
        "minerva_math": lambda row: {
            "question": row["problem"],
            "answer": last_box(str(row["solution"])),
        },
        "aime24": lambda row: {
            "id": row["id"],
            "problem": f" {row['problem']}\n",
            "solution": f"\\boxed{{{int(str(row['answer']))}}}",
        },
        "amc23": lambda row: {"problem": row["problem"], "answer": row["answer"]},
    }
    for name, layout in layouts.items():
        (source,) = BENCHMARKS[name].alternatives
        file = "hendrycks_math/test.jsonl" if name == "math" else _file(name)
        rows = [layout(row) for row in reversed(_jsonl(data / file))]
        parts = {"default.jsonl": rows}
        repository(tmp_path / source.id, parts, configs=True, split=source.split)
    with serve(tmp_path) as url:
        done = load_from_hub(url, *layouts)
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = json.loads(done.stdout)
    assert {name: tuple(items) for name, items in loaded.items()} == {
        name: known_items(name) for name in layouts
    }


def test_without_network_and_data_the_error_says_both_ways_out(load_from_hub: Load) -> None:
    done = load_from_hub("http://127.0.0.1:9", "aime24", HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("aime24: cannot load HuggingFaceH4/aime_2024 from the Hugging Face hub")
    assert "set CFT_EVAL_DATA to a folder with the test sets" in last
    assert "python -m cft_eval.testsets.download aime24" in last


@needs_data
def test_the_hubs_copies_hold_the_items_as_published(tmp_path: Path, load_from_hub: Load) -> None:
    data = Path(os.environ["CFT_EVAL_DATA"])
    for name in (*SUITE, "math500"):
        source = BENCHMARKS[name].hub
        assert source is not None
        rows = _jsonl(data / ("hendrycks_math/test.jsonl" if name == "math" else _file(name)))
        if name == "math":
            parts = {
                f"{config}.jsonl": [r for r in rows if _config(str(r["type"])) == config]
                for config in source.configs
            }
        else:
            parts = {f"{source.configs[0] if source.configs else 'default'}.jsonl": rows}
        repository(tmp_path / source.id, parts, configs=True, split=source.split)
    with serve(tmp_path) as url:
        done = load_from_hub(url, *SUITE, "math500")
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = json.loads(done.stdout)
    assert {name: tuple(items) for name, items in loaded.items()} == {
        name: known_items(name) for name in (*SUITE, "math500")
    }


def _file(name: str) -> str:
    return BENCHMARKS[name].file


def _config(subject: str) -> str:
    return subject.lower().replace(" & ", "_and_").replace(" ", "_")


def _jsonl(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
