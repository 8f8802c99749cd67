"""`cft_eval.evaluate`: one call, tables, and the same files as the command; the notebook runs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cft_eval
from cft_eval.errors import CftError
from tests.harness.chat_server import Answer, Payload, serve

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("pandas", reason="needs pandas")

NOTEBOOK = Path(__file__).parent.parent / "examples/evaluate.ipynb"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)


def test_a_server(tmp_path: Path) -> None:
    def answer(payload: Payload) -> Answer:
        return Answer(f"\\boxed{{{payload['choice'] % 2 + 1}}}", "stop", 5)

    with serve(answer, most=8) as server:
        run = cft_eval.evaluate(
            server.url,
            tasks="cft_mini_gsm8k",
            repeats=4,
            limit=3,
            generation={"temperature": 0.6},
            arguments={"model": "m", "max_retries": 1},
            output=tmp_path / "out",
        )
    (row,) = run.scores.to_dict("records")
    assert (row["benchmark"], row["problems"], row["repeats"]) == ("mini_gsm8k", 3, 4)
    assert row["low"] <= row["acc"] <= row["high"]
    assert run.scores.index.tolist() == ["cft_mini_gsm8k"]
    assert len(run.responses) == 12
    assert run.responses["right"].mean() == pytest.approx(row["acc"])
    assert run.problems["responses"].tolist() == [4, 4, 4]
    assert run.curves.index.tolist() == [1, 2, 4]
    assert run.path.is_file()
    assert run.path.is_relative_to(tmp_path / "out")
    assert "cft_mini_gsm8k" in run.report()
    assert "<table" in run._repr_html_()


def test_an_engine_of_lm_eval() -> None:
    from lm_eval.api.model import LM

    class Right(LM):  # type: ignore[misc]  # lm-eval has no types
        def __init__(self, said: str) -> None:
            super().__init__()
            self.said = said

        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            return [self.said for _ in requests]

        loglikelihood = loglikelihood_rolling = generate_until

    for said in ("\\boxed{1}", "\\boxed{2}"):  # the second is not taken for the first
        run = cft_eval.evaluate(Right(said), tasks="cft_mini_amc23", limit=2)
        assert set(run.responses["response"]) == {said}
        assert run.run.model.name == "Right"
        assert run.curves.empty


WRONG: list[tuple[object, dict[str, Any], str]] = [
    (7, {}, "int: expected a folder or hub name"),
    ("nowhere/at/all", {}, "no such folder"),
    ("dummy", {"tasks": "cft_mini_mth"}, "did you mean cft_mini_math"),
    (
        "dummy",
        {"tasks": "cft_mini_math", "repeats": 4},
        'would all be the same; add generation={"temperature": 0.6, "top_p": 0.95}',
    ),
    ("dummy", {"tasks": "cft_mini_math", "repeats": 0}, "repeats=0: expected a whole number"),
    ("dummy", {"tasks": [], "limit": "five"}, 'tasks="": an empty name'),
    ("dummy", {"tasks": "cft_mini_math", "limit": "five"}, "limit: invalid float value: 'five'"),
    ("dummy", {"tasks": "cft_mini_math", "limit": -1}, "limit=-1: expected a number of problems"),
    ("dummy", {"tasks": "cft_mini_math", "num_fewshot": 9}, "num_fewshot=9: there are 4 worked"),
    (
        "dummy",
        {"tasks": "cft_mini_math", "generation": {"max_tokens": 9}},
        'generation={"max_tokens": …}: the token limit is called max_gen_toks here',
    ),
    ("m", {"engine": "vlm", "tasks": "cft_mini_math"}, 'engine="vlm": lm-eval has no such model'),
    (
        "http://127.0.0.1:9/v1",
        {"tasks": "cft_mini_math", "chat_template": False},
        'local-chat-completions": needs arguments={"model": …}',
    ),
    ("dummy", {"tasks": "cft_own"}, 'no problems: problems="FILE" says where they are'),
    ("dummy", {"problems": "nowhere.jsonl"}, "nowhere.jsonl: no such file"),
]


@pytest.mark.parametrize(("model", "more", "what"), WRONG)
def test_what_is_wrong_is_said(model: object, more: dict[str, Any], what: str) -> None:
    with pytest.raises(CftError) as error:
        cft_eval.evaluate(model, **more)
    assert what in str(error.value)
    assert "--" not in str(error.value)


def test_own_problems() -> None:
    Path("mine.jsonl").write_text('{"q": "Say lol.", "gold": "lol"}\n')
    run = cft_eval.evaluate(
        "dummy", problems="mine.jsonl", fields={"problem": "q", "reference": "gold"}
    )
    assert run.scores.loc["cft_own", "acc"] == 1.0


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path) -> None:
    """Its cells in order, as one script in a process of its own."""
    pytest.importorskip("torch", reason="needs torch")
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    (tmp_path / "cells.py").write_text(
        code + "\nassert len(run.scores) == 2 and len(own.scores) == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "cells.py"],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "never right: 5 of 5 problems" in done.stdout
    # What it showed once is not kept: outputs name the machine they were made on.
    assert all(not cell.get("outputs") for cell in cells)
