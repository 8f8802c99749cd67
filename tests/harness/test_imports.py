"""Others' outputs as runs: items found by content, graded again, what is not said unknown."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from cft_eval.checker import Outcome, check
from cft_eval.cli import main
from cft_eval.harness.foreign import OursAlready, import_lm_eval
from cft_eval.harness.imports import BadImport, NothingToImport
from cft_eval.harness.matching import Matcher, NoSuchProblem
from cft_eval.harness.qwen import import_qwen
from cft_eval.results import read_folder
from cft_eval.testsets import BENCHMARKS, Item
from cft_eval.testsets.load import load
from tests.harness import made
from tests.testsets.hub_stand_in import repository, serve

SMALL = ("gsm8k", "math", "aime24")
GSM = load("mini_gsm8k")
NAME = "test_qwen25-math-cot_-1_seed0_t0.0_s0_e-1.jsonl"


@pytest.fixture(autouse=True)
def _small_benchmarks(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mini sets under the names of those that need a download."""
    folder = tmp_path_factory.mktemp("data")
    for name in SMALL:
        path = folder / BENCHMARKS[name].file
        path.parent.mkdir(parents=True)
        path.write_bytes(files("cft_eval.testsets").joinpath(f"mini/{name}.jsonl").read_bytes())
    monkeypatch.setenv("CFT_EVAL_DATA", str(folder))
    monkeypatch.setenv("CFT_EVAL_ALLOW_DRIFT", ",".join(SMALL))


def qwen_row(item: Item, *responses: str, **more: object) -> dict[str, object]:
    return {
        "idx": item.index,
        "question": f" {item.problem}\n",
        "gt_cot": "",
        "gt": item.reference.replace(",", ""),
        "code": list(responses),
        "pred": ["0" for _ in responses],
        "report": [None for _ in responses],
        "score": [False for _ in responses],
        **more,
    }


def qwen_folder(folder: Path, rows: Sequence[Mapping[str, object]], *, name: str = NAME) -> Path:
    file = folder / "gsm8k" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_qwens_harness(tmp_path: Path) -> None:
    right, wrong = GSM[2], GSM[0]
    rows = [
        qwen_row(right, f"So \\boxed{{{right.reference}}}."),
        qwen_row(wrong, "\\boxed{-1}", question=f"{wrong.problem} (Yes or No)"),
    ]
    found = import_qwen(qwen_folder(tmp_path / "Some-Model", rows))
    assert found.run.model.name == "Some-Model"
    assert (found.run.engine, found.run.seeds) == ("qwen2.5-math-harness", {"engine": 0})
    (score,) = found.run.tasks.values()
    assert list(found.run.tasks) == ["qwen_gsm8k"]
    assert (score.items, score.expected_items, score.repeats) == (2, len(GSM), 1)
    assert score.scores["acc"] == 0.5  # the rows' own verdicts say 0
    settings = score.settings
    assert (settings.temperature, settings.n_shot, settings.max_gen_toks) == (0.0, None, None)
    assert [(s.index, s.item, s.outcome, s.finish) for s in found.samples] == [
        (0, wrong.item, Outcome.WRONG, "unknown"),
        (2, right.item, Outcome.CORRECT, "unknown"),
    ]


def test_sampled_and_in_parts(tmp_path: Path) -> None:
    parts = {"s0_e1": GSM[0], "s1_e-1": GSM[1]}
    for part, item in parts.items():
        name = f"test_cot_-1_seed1_t0.6_{part}.jsonl"
        qwen_folder(tmp_path, [qwen_row(item, "1", item.reference, "3")], name=name)
    found = import_qwen(tmp_path)
    (score,) = found.run.tasks.values()
    assert (score.items, score.repeats, score.settings.temperature) == (2, 3, 0.6)
    assert score.scores["acc"] == pytest.approx(1 / 3)


BAD_ROWS: list[tuple[list[dict[str, object]], type[Exception], str]] = [
    (
        [qwen_row(GSM[0], "1", question="2+2?")],
        NoSuchProblem,
        r"line 1: '2\+2\?' is not a problem of",
    ),
    ([qwen_row(GSM[0], "1"), qwen_row(GSM[0], "1")], NoSuchProblem, "line 2: the same problem as"),
    ([qwen_row(GSM[0], "1"), qwen_row(GSM[1])], BadImport, "line 2: code: expected the responses"),
    ([qwen_row(GSM[0], "1"), qwen_row(GSM[1], "1", "2")], BadImport, "and other problems have 1"),
    ([qwen_row(GSM[0], "1", question=7)], BadImport, "line 1: question: expected text, got 7"),
]


@pytest.mark.parametrize(("rows", "error", "says"), BAD_ROWS)
def test_bad_rows_are_named(
    tmp_path: Path, rows: list[dict[str, object]], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        import_qwen(qwen_folder(tmp_path, rows))


def test_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(NothingToImport, match="no outputs of the Qwen2"):
        import_qwen(tmp_path)
    (tmp_path / "gsm8k").mkdir()
    (tmp_path / "gsm8k" / NAME).write_text('{"question": ')
    with pytest.raises(BadImport, match="line 1: not JSON"):
        import_qwen(tmp_path)
    qwen_folder(tmp_path, [], name=NAME.replace("seed0", "seed1"))
    with pytest.raises(BadImport, match="another run than"):
        import_qwen(tmp_path)


def lm_eval_output(folder: Path, task: str, docs: Sequence[Mapping[str, object]]) -> Path:
    facts = made.results(task, len(docs))
    facts["configs"][task] = {"dataset_path": "openai/gsm8k", "dataset_name": "main"}
    lines: list[dict[str, Any]] = []
    for number, doc in enumerate(docs):
        for name in ("strict-match", "flexible-extract"):
            sample = made.line(number, (str(doc["said"]),))
            sample |= {"doc": dict(doc), "filter": name, "exact_match": 0.0}
            lines.append(sample)
    made.write(folder, lines, facts, task=task)
    return folder


def test_gsm8k_of_lm_eval(tmp_path: Path) -> None:
    docs = [
        {"question": item.problem, "answer": f"So.\n#### {item.reference}", "said": item.reference}
        for item in GSM[:2]
    ]
    found = import_lm_eval(lm_eval_output(tmp_path, "gsm8k_cot", docs))
    assert found.run.model.name == "step-60"
    (score,) = found.run.tasks.values()
    assert (list(found.run.tasks), score.items, score.repeats) == (["gsm8k_cot"], 2, 1)
    assert score.scores["acc"] == 1.0
    assert (score.settings.max_gen_toks, score.settings.until) == (2048, ("[END]",))
    assert found.samples[0].prompt_hash == f"{0:064x}"


@pytest.mark.parametrize("task", ["hendrycks_math_algebra", "minerva_math_num_theory"])
def test_a_subject_of_math(tmp_path: Path, task: str) -> None:
    item = load("mini_math")[0]
    doc = {"problem": item.problem, "level": "Level 1", "said": f"$\\boxed{{{item.reference}}}$"}
    found = import_lm_eval(lm_eval_output(tmp_path, task, [doc]))
    assert list(found.run.tasks) == ["_".join(task.split("_")[:2])]
    assert found.samples[0].correct == {"strict": True, "qwen": True, "cft_paper": True}


def others_repositories(hub: Path) -> None:
    """Our small problems in the layouts of the hub's."""
    math, aime = load("mini_math")[:3], load("mini_aime24")[:3]
    boxed: list[dict[str, object]] = [
        {
            "problem": item.problem,
            "level": "Level 1",
            "type": "Algebra",
            "solution": f"Hence $\\boxed{{{item.reference}}}$.",
        }
        for item in math
    ]
    repository(
        hub / "EleutherAI/hendrycks_math", {"algebra.jsonl": boxed}, configs=True, also="train"
    )
    words: list[dict[str, object]] = [
        {"question": item.problem, "answer": f"So.\n#### {item.reference}"} for item in GSM[:3]
    ]
    repository(hub / "openai/gsm8k", {"main.jsonl": words}, configs=True, also="train")
    contest: list[dict[str, object]] = [
        {"ID": str(i.index), "Problem": i.problem, "Solution": "", "Answer": int(i.reference)}
        for i in aime
    ]
    parts = {"default.jsonl": contest}
    repository(hub / "Maxwell-Jia/AIME_2024", parts, configs=True, split="train")


OTHERS = ["hendrycks_math_algebra", "minerva_math_algebra", "gsm8k", "aime24"]


def minerva_loads() -> bool:
    """lm-eval's minerva_math wants Math-Verify, and ANTLR 4.11 beside it."""
    try:
        import_module("lm_eval.tasks.minerva_math.utils")
    except (AssertionError, ImportError):
        return False
    return True


@pytest.mark.slow
def test_what_lm_evals_own_tasks_write(tmp_path: Path) -> None:
    """Run, not made: whatever form lm-eval gives its samples, they are read."""
    pytest.importorskip("lm_eval", reason="needs the extra `eval`")
    tasks = OTHERS if minerva_loads() else [task for task in OTHERS if "minerva" not in task]
    others_repositories(tmp_path / "hub")
    with serve(tmp_path / "hub") as url:
        hub = {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"}
        script = Path(__file__).with_name("others_tasks.py")
        done = subprocess.run(
            [sys.executable, str(script), str(tmp_path / "out"), *tasks],
            env={**os.environ, **hub},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    found = import_lm_eval(tmp_path / "out")
    limits = {
        name: (score.items, score.settings.n_shot, score.settings.max_gen_toks)
        for name, score in found.run.tasks.items()
    }
    assert limits == {
        "hendrycks_math": (3, 0, None),
        **({"minerva_math": (3, 0, None)} if minerva_loads() else {}),
        "gsm8k": (3, 0, None),
        "aime24": (3, 0, 32768),
    }
    right = [sample for sample in found.samples if sample.correct["strict"]]
    assert all(check("5", sample.reference).correct for sample in right)
    assert {sample.answer for sample in found.samples} == {"5"}
    assert {sample.finish for sample in found.samples} == {"unknown"}


def test_aime_with_another_figure(tmp_path: Path) -> None:
    item = load("mini_aime24")[0]
    problem = item.problem.replace("$", "") + " [asy] draw((0,0)--(1,1)); [/asy]"
    doc = {"Problem": problem, "Answer": int(item.reference), "said": item.reference}
    found = import_lm_eval(lm_eval_output(tmp_path, "aime24", [doc]))
    assert (found.samples[0].item, found.samples[0].problem) == (item.item, item.problem)


def test_no_task_that_is_known(tmp_path: Path) -> None:
    doc = {"question": GSM[0].problem, "said": "1"}
    with pytest.raises(NothingToImport, match=r"found: mmlu\); known: hendrycks_math"):
        import_lm_eval(lm_eval_output(tmp_path, "mmlu", [doc]))


def test_a_run_of_ours_needs_no_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = lm_eval_output(tmp_path / "out", "cft_gsm8k", [{"question": "?", "said": "1"}])
    imported = tmp_path / "run"
    assert main(["import", "lm-eval", str(ours), "-o", str(imported)]) == 2
    assert capsys.readouterr().err == (
        f"cft-eval: {ours}: a run of cft_eval already; `cft-eval compare`, `gate` and `push` take "
        "it as it is\n"
    )
    source = qwen_folder(tmp_path / "qwen", [qwen_row(item, "1") for item in GSM])
    assert main(["import", "qwen", str(source), "-o", str(imported), "--model-name", "M"]) == 0
    with pytest.raises(OursAlready):
        import_lm_eval(imported)


def test_likeness_needs_the_same_reference() -> None:
    matcher = Matcher(GSM)
    text = GSM[3].problem[: len(GSM[3].problem) * 2 // 3]
    assert matcher.find(text, GSM[3].reference) is GSM[3]
    assert matcher.find(text, "123456") is None
    assert matcher.find(text) is None
    assert matcher.find("nothing like it", GSM[3].reference) is None


def test_the_command_writes_a_run_that_compares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [qwen_row(item, f"\\boxed{{{item.reference}}}") for item in GSM]
    source = qwen_folder(tmp_path / "out", rows)
    command = ["import", "qwen", str(source), "-o", str(tmp_path / "run"), "--model-name", "M"]
    assert main(command) == 0
    assert "qwen_gsm8k: 24 of 24 problems, strict 100.0%" in capsys.readouterr().out
    assert read_folder(tmp_path / "run").run.model.name == "M"
    assert main(["compare", str(tmp_path / "run"), str(tmp_path / "run")]) == 0
    assert main(["push", str(tmp_path / "run"), "--dry-run"]) == 0
    assert "24 responses with their problems" in capsys.readouterr().err
    rows[0]["question"] = "2+2?"
    qwen_folder(tmp_path / "out", rows)
    assert main(command) == 2
    assert "--skip leaves them out" in capsys.readouterr().err
    assert main([*command, "--skip"]) == 0
    shown = capsys.readouterr()
    assert "23 of 24 problems" in shown.out
    assert "left out: " in shown.err


def test_the_command_says_how_many_responses_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [qwen_row(item, "\\boxed{-1}", f"\\boxed{{{item.reference}}}") for item in GSM]
    source = qwen_folder(tmp_path / "out", rows)
    assert main(["import", "qwen", str(source), "-o", str(tmp_path / "run")]) == 0
    assert "24 of 24 problems, 2 responses each, strict 50.0%" in capsys.readouterr().out


def test_scores_of_another_grader_beside_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("math_verify")
    rows = [qwen_row(item, f"\\boxed{{{item.reference}}}") for item in GSM]
    source = qwen_folder(tmp_path / "out", rows)
    command = ["import", "qwen", str(source), "-o", str(tmp_path / "run"), "--policy"]
    assert main([*command, "no_such"]) == 2
    assert not (tmp_path / "run").exists()
    assert main([*command, "math_verify"]) == 0
    assert ", math_verify 100.0%" in capsys.readouterr().out


LLAMA = ["gsm8k_llama", "gsm8k_cot_llama", "gsm8k_cot_zeroshot"]


@pytest.mark.parametrize("task", LLAMA)
def test_other_prompts_of_gsm8k(tmp_path: Path, task: str) -> None:
    docs = [{"question": item.problem, "answer": "#### 1", "said": "1"} for item in GSM[:2]]
    assert list(import_lm_eval(lm_eval_output(tmp_path, task, docs)).run.tasks) == [task]


def test_the_leaderboards_math_is_a_part_of_it(tmp_path: Path) -> None:
    item = load("mini_math")[3]
    doc = {"problem": item.problem, "answer": item.reference, "said": item.reference}
    found = import_lm_eval(lm_eval_output(tmp_path, "leaderboard_math_algebra_hard", [doc]))
    (score,) = found.run.tasks.values()
    assert (list(found.run.tasks), score.items) == (["leaderboard_math"], 1)
    assert score.expected_items > 1


def test_what_is_left_out_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs = [{"question": item.problem, "answer": "#### 1", "said": "1"} for item in GSM[:1]]
    folder = lm_eval_output(tmp_path / "out", "gsm8k", docs)
    (results,) = folder.glob("results_*.json")
    facts = json.loads(results.read_text())
    for other in ("gsm8k_platinum_cot", "mmlu", "mgsm_direct_de"):
        facts["configs"][other] = facts["configs"]["gsm8k"]
    results.write_text(json.dumps(facts))
    assert main(["import", "lm-eval", str(folder), "-o", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "cft-eval: left out: gsm8k_platinum_cot: GSM8K-Platinum, whose labels are others",
        "cft-eval: left out: mgsm_direct_de: GSM8K in other languages",
        "cft-eval: left out: mmlu: no benchmark of ours",
    ]


def test_qwens_other_sets_are_named(tmp_path: Path) -> None:
    folder = qwen_folder(tmp_path, [qwen_row(GSM[0], "1")])
    (tmp_path / "svamp").mkdir()
    (tmp_path / "svamp" / NAME).write_text("")
    assert import_qwen(folder).left_out == ("svamp: no benchmark of ours",)
    (tmp_path / "gsm8k" / NAME).unlink()
    with pytest.raises(NothingToImport, match="found: svamp, no benchmarks of ours"):
        import_qwen(tmp_path)


def test_a_log_before_0_4_3(tmp_path: Path) -> None:
    """`results.json`, and one list a task, by the model's arguments; arguments are lists."""
    item = GSM[0]
    facts = made.results("gsm8k", 1)
    facts["configs"]["gsm8k"] = {"dataset_path": "openai/gsm8k"}
    facts["config"]["model_args"] = "pretrained=EleutherAI/pythia-70m"
    for newer in ("date", "lm_eval_version", "n-samples", "total_evaluation_time_seconds"):
        facts.pop(newer)
    (tmp_path / "results.json").write_text(json.dumps(facts, indent=2))
    sample = {
        "doc_id": 0,
        "doc": {"question": item.problem, "answer": f"#### {item.reference}"},
        "target": f"#### {item.reference}",
        "arguments": [["the prompt", {"until": ["Question:"], "do_sample": False}]],
        "resps": [[f"It is {item.reference}."]],
        "filtered_resps": [item.reference],
        "exact_match": 1.0,
    }
    name = "pretrained__EleutherAI__pythia-70m_gsm8k.jsonl"
    (tmp_path / name).write_text(json.dumps([sample], indent=2))
    found = import_lm_eval(tmp_path)
    assert found.run.model.name == "EleutherAI/pythia-70m"
    (score,) = found.run.tasks.values()
    assert (score.scores["acc"], score.settings.until) == (1.0, ("Question:",))


def damaged(text: str) -> list[tuple[str, str | None]]:
    """A log in ways that files come in: what is only spelt otherwise, and what is not whole."""
    return [
        ("\n" + text + "\n\n", None),
        (text.replace("\n", "\r\n"), None),
        ("﻿" + text, None),
        (text.replace("\\\\boxed{", "\\ud83d \\\\boxed{"), None),
        (text[: len(text) // 2], "not JSON"),
        (text + "[1]\n", "expected a JSON object"),
        ("[" * 100_000, "not JSON"),
    ]


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("harness", ["qwen", "lm-eval"])
def test_no_file_ends_as_a_bug(
    harness: str, number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if harness == "qwen":
        folder = qwen_folder(tmp_path / "in", [qwen_row(i, "\\boxed{1}") for i in GSM[:2]])
    else:
        docs = [{"question": i.problem, "answer": "#### 1", "said": "\\boxed{1}"} for i in GSM[:2]]
        folder = lm_eval_output(tmp_path / "in", "gsm8k", docs)
    (log,) = folder.rglob("*.jsonl")
    text, what = damaged(log.read_text())[number]
    log.write_text(text, encoding="utf-8")
    code = main(["import", harness, str(folder), "-o", str(tmp_path / "run")])
    said = capsys.readouterr().err
    assert code == (0 if what is None else 2), said
    if what is None:
        responses = {sample.response for sample in read_folder(tmp_path / "run").samples}
        assert responses <= {"\\boxed{1}", "� \\boxed{1}"}
    else:
        assert what in said


def test_a_log_in_another_encoding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = qwen_folder(tmp_path / "in", [qwen_row(GSM[0], "é \\boxed{1}")])
    (log,) = folder.rglob("*.jsonl")
    log.write_bytes(log.read_text().replace("\\u00e9", "é").encode("latin-1"))
    assert main(["import", "qwen", str(folder), "-o", str(tmp_path / "run")]) == 2
    assert "not UTF-8 at byte" in capsys.readouterr().err
