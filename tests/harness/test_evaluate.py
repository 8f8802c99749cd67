"""`cft-eval run` where it cannot run: one sentence, exit status 2, nothing left behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from cft_eval.cli import main

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

DUMMY = ["run", "--model", "dummy"]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)


def test_a_task_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*DUMMY, "--tasks", "cft_gsm8k,boolq"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("cft-eval: boolq: no such task of cft_eval; known: cft_aime24, ")
    assert said.endswith("(lm_eval itself runs all others)")


def test_no_data(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CFT_EVAL_DATA", str(tmp_path / "nowhere"))
    assert main([*DUMMY, "--tasks", "cft_aime24"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"cft-eval: aime24: {tmp_path}/nowhere/aime24/test.jsonl: no such file; CFT_EVAL_DATA "
        "names the folder that holds it (unset CFT_EVAL_DATA to load from the Hugging Face hub)"
    )
    assert not list(tmp_path.rglob("results_*.json"))


def test_the_stand_in_needs_no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tokenizer is one of the hub's, for which an offline machine would wait a minute."""
    from transformers import AutoTokenizer

    asked: list[object] = []
    monkeypatch.setattr(AutoTokenizer, "from_pretrained", lambda *a, **k: asked.append(a))
    assert main([*DUMMY, "--tasks", "cft_mini_aime24", "--limit", "1"]) == 0
    assert asked == []


def test_no_torch(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny/config.json").write_text("{}")
    code = (
        "import sys; sys.modules['torch'] = None; from cft_eval.cli import main; "
        "sys.exit(main(['run', '--model', 'hf', '--model_args', 'pretrained=tiny', "
        "'--tasks', 'cft_math_suite_mini', '--limit', '1']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "cft-eval: --model hf: torch is not installed: install it; `cft-eval doctor` says what "
        "else is missing"
    )


def test_lm_evals_own_parser_speaks_for_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*DUMMY, "--nonsense"]) == 2
    assert capsys.readouterr().err == "cft-eval: unrecognized arguments: --nonsense\n"


def test_other_commands_still_refuse_what_they_do_not_know(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["gate", "somewhere", "--baseline", "x", "--nonsense"])
    assert caught.value.code == 2
    assert "unrecognized arguments: --nonsense" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["out", "out/results.json"])
def test_a_run_knows_its_own_results(output: str, tmp_path: Path) -> None:
    """Another run may write into the same folder, and later: its scores are not ours."""
    from lm_eval.loggers import EvaluationTracker

    from cft_eval.harness.evaluate import _own_results

    def save(name: str) -> None:
        tracker = EvaluationTracker(output_path=output)
        tracker.general_config_tracker.model_name_sanitized = name
        tracker.save_results_aggregated(results={"model": name}, samples={})

    with _own_results() as written:
        save("ours")
    save("theirs")
    (own,) = written
    assert '"ours"' in own.read_text()
