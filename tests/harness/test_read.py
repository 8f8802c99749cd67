"""Reading lm-eval's output: what is kept, what is not, and what is said of a broken file."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cft_eval.checker import Outcome
from cft_eval.harness.read import OutputError, read_output
from cft_eval.results import Model, Settings, TaskScore
from tests.harness import made


def test_a_run_is_read_whole(tmp_path: Path) -> None:
    made.write(tmp_path / "ada__step-60")
    found = read_output(tmp_path)
    run = found.run
    assert run.model == Model(name="step-60", dtype="bfloat16", parameters=202304)
    assert run.created == datetime(2026, 11, 22, 9, 6, 15, 500000, tzinfo=UTC)
    assert (run.engine, run.lm_eval_version, run.seconds) == ("hf", "0.4.13", 12.5)
    assert run.chat_template_sha == "c" * 64
    assert run.seeds == {"python": 0, "numpy": 1234, "torch": 1234, "fewshot": 1234}
    items = [made.line(index)["doc"]["item"] for index in (0, 1)]
    prompts = "".join(f"{index:064x}" for index in (0, 1))
    assert run.tasks == {
        "cft_mini_gsm8k": TaskScore(
            benchmark="mini_gsm8k",
            items=2,
            repeats=1,
            expected_items=24,
            scores={"acc": 1.0, "answered": 1.0},
            settings=Settings(
                task_version="1.0",
                n_shot=0,
                max_gen_toks=2048,
                temperature=0.0,
                until=("[END]",),
                prompts=hashlib.sha256(prompts.encode()).hexdigest(),
                items=hashlib.sha256("".join(sorted(items)).encode()).hexdigest(),
            ),
        )
    }
    first = found.samples[0]
    assert [sample.index for sample in found.samples] == [0, 1]
    assert first.item == items[0]
    assert (first.response, first.answer, first.how) == ("\\boxed{4}", "4", "boxed")
    assert first.outcome is Outcome.CORRECT
    assert first.correct == {"strict": True, "qwen": True, "cft_paper": True}
    assert (first.level, first.subject, first.finish) == (None, None, "unknown")


def test_nothing_of_the_host_is_kept(tmp_path: Path) -> None:
    made.write(tmp_path)
    kept = read_output(tmp_path).run.model_dump_json()
    for secret in ("hf_SECRET", "secret-project", "/home", "ada", "cuda:3", "workstation"):
        assert secret not in kept


def test_repeats_become_samples(tmp_path: Path) -> None:
    made.write(tmp_path, [made.line(0, ("a", "b")), made.line(1, ("c", "d"))])
    found = read_output(tmp_path)
    assert [(s.index, s.repeat, s.response) for s in found.samples] == [
        (0, 0, "a"),
        (0, 1, "b"),
        (1, 0, "c"),
        (1, 1, "d"),
    ]
    assert found.run.tasks["cft_mini_gsm8k"].repeats == 2


def test_the_newest_results_count(tmp_path: Path) -> None:
    made.write(tmp_path, [made.line(0)], stamp="2026-11-22T09-00-00.000000")
    made.write(tmp_path, stamp="2026-11-23T09-00-00.000000")
    assert read_output(tmp_path).run.tasks["cft_mini_gsm8k"].items == 2
    older = tmp_path / "results_2026-11-22T09-00-00.000000.json"
    assert read_output(older).run.tasks["cft_mini_gsm8k"].items == 1


def test_lines_in_any_order_give_the_same_settings(tmp_path: Path) -> None:
    made.write(tmp_path / "a", [made.line(0), made.line(1)])
    made.write(tmp_path / "b", [made.line(1), made.line(0)])
    assert read_output(tmp_path / "a") == read_output(tmp_path / "b")


def test_every_generation_argument_is_a_setting(tmp_path: Path) -> None:
    line = made.line(0)
    line["arguments"]["gen_args_0"]["arg_1"] |= {"top_k": 20, "do_sample": True, "min_p": 0.1}
    made.write(tmp_path, [line])
    settings = read_output(tmp_path).run.tasks["cft_mini_gsm8k"].settings
    assert settings.generation == ("min_p=0.1", "top_k=20")


def test_tasks_of_others_are_left_out(tmp_path: Path) -> None:
    facts = made.results()
    facts["configs"]["mmlu"] = {"dataset_path": "cais/mmlu"}
    made.write(tmp_path, facts=facts)
    assert list(read_output(tmp_path).run.tasks) == ["cft_mini_gsm8k"]


NAMES = [
    ("Qwen/Qwen2.5-Math-7B", "Qwen/Qwen2.5-Math-7B"),
    ("/data/ada/models/step-60", "step-60"),
    ("./out/step-60/", "step-60"),
    ("out/runs/step-60", "step-60"),
    (r"C:\models\step-60", "step-60"),
    ("gpt2", "gpt2"),
]


@pytest.mark.parametrize(("given", "kept"), NAMES)
def test_the_models_name(given: str, kept: str, tmp_path: Path) -> None:
    facts = made.results()
    facts["config"]["model_args"] = {"pretrained": given}
    made.write(tmp_path, facts=facts)
    assert read_output(tmp_path).run.model.name == kept


@pytest.mark.parametrize(
    ("given", "revision"),
    [("org/model", "main"), ("gpt2", "main"), ("/home/ada/step-60", None), ("./step-60", None)],
)
def test_a_folder_has_no_revision(given: str, revision: str | None, tmp_path: Path) -> None:
    facts = made.results("cft_mini_gsm8k", 2)
    facts["config"]["model_args"]["pretrained"] = given
    made.write(tmp_path, facts=facts)
    assert read_output(tmp_path).run.model.revision == revision


def test_a_model_without_a_name_is_called_by_its_engine(tmp_path: Path) -> None:
    facts = made.results()
    facts["config"] |= {"model": "dummy", "model_args": None}
    made.write(tmp_path, facts=facts)
    assert read_output(tmp_path).run.model.name == "dummy"


def _refused(path: Path) -> str:
    with pytest.raises(OutputError) as caught:
        read_output(path)
    return str(caught.value)


def test_nothing_there(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert _refused(gone) == (
        f"{gone}: no such file or folder; it is what lm_eval's --output_path named"
    )
    assert _refused(tmp_path) == f"{tmp_path}: the folder is empty; has lm_eval finished?"
    (tmp_path / "notes.txt").touch()
    assert _refused(tmp_path) == (
        f"{tmp_path}: no results_*.json in it; lm_eval writes one when it has finished"
    )


def test_several_models_are_not_mixed(tmp_path: Path) -> None:
    made.write(tmp_path / "sft")
    made.write(tmp_path / "cft")
    assert _refused(tmp_path) == (
        f"{tmp_path}: holds the results of several models: name one of cft, sft"
    )


def test_a_run_without_its_samples(tmp_path: Path) -> None:
    made.write(tmp_path).unlink()
    file = tmp_path / f"results_{made.STAMP}.json"
    assert _refused(tmp_path) == (
        f"{file}: no samples of cft_mini_gsm8k beside it; run lm_eval again with --log_samples"
    )


def test_a_run_of_other_tasks(tmp_path: Path) -> None:
    facts = made.results("gsm8k")
    facts["configs"]["gsm8k"] = {"dataset_path": "openai/gsm8k"}
    made.write(tmp_path, facts=facts, task="gsm8k")
    assert "no task of cft_eval in it (found: gsm8k)" in _refused(tmp_path)


def test_results_cut_off(tmp_path: Path) -> None:
    made.write(tmp_path)
    file = tmp_path / f"results_{made.STAMP}.json"
    file.write_text(file.read_text()[:100])
    assert _refused(tmp_path).startswith(f"{file}: not JSON: ")


def test_samples_cut_off(tmp_path: Path) -> None:
    samples = made.write(tmp_path)
    samples.write_text(samples.read_text()[:-40])
    said = _refused(tmp_path)
    assert said.startswith(f"{samples}, line 2: not JSON: ")
    first = made.line(0)["doc"]["item"]
    assert said.endswith(f"the file is cut off or was edited after item 0 ({first})")


def test_samples_empty(tmp_path: Path) -> None:
    samples = made.write(tmp_path)
    samples.write_text("")
    assert _refused(tmp_path) == (
        f"{samples}: no sample of cft_mini_gsm8k in it; was lm_eval interrupted?"
    )


def test_fewer_samples_than_results_say(tmp_path: Path) -> None:
    samples = made.write(tmp_path)
    samples.write_text(samples.read_text().splitlines(keepends=True)[0])
    assert _refused(tmp_path).endswith(
        "n-samples.cft_mini_gsm8k.effective: 2, and the log has 1: item 1 (282d96465bc16436) of "
        "mini_gsm8k is the first that is missing"
    )


Spoil = Callable[[dict[str, Any]], object]
SPOILT: list[tuple[Spoil, str]] = [
    (lambda s: s["doc"].pop("problem"), "doc.problem: Field required"),
    (lambda s: s["doc"].update(index=-1), "doc.index: Input should be greater than or equal to 0"),
    (lambda s: s["doc"].update(item="xyz"), "doc.item: String should match pattern"),
    (
        lambda s: s["doc"].update(index=0),
        "doc.index: item 0 of cft_mini_gsm8k (14a1c7f96cb37b4b) is already in line 1",
    ),
    (lambda s: s["doc"].update(benchmark="aime24"), "doc.benchmark: aime24, and line 1 says"),
    (lambda s: s["doc"].pop("benchmark"), "the sample is of no task of cft_eval"),
    (lambda s: s["doc"].pop("verdicts"), "doc.verdicts: Field required; nothing was graded"),
    (lambda s: s["doc"]["verdicts"][0].update(outcome="maybe"), "doc.verdicts.0.outcome: Input"),
    (lambda s: s["doc"]["verdicts"].clear(), "1 responses and 0 verdicts"),
    (lambda s: s.update(resps=[["a"], ["b"]]), "resps: expected one request"),
    (lambda s: s.update(resps=[[3]]), "resps.0: Input should be a valid string"),
    (lambda s: s.update(arguments={}), "arguments: expected gen_args_0.arg_1"),
    (lambda s: s.update(acc=float("nan")), "holds NaN, which is not a number"),
    (lambda s: s.pop("prompt_hash"), "prompt_hash: Field required"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILT, ids=[words for _, words in SPOILT])
def test_a_spoilt_line_is_named(spoil: Spoil, words: str, tmp_path: Path) -> None:
    second = made.line(1)
    spoil(second)
    samples = made.write(tmp_path, [made.line(0), second])
    said = _refused(tmp_path)
    assert said.startswith(f"{samples}, line 2: ")
    assert words in said


@pytest.mark.parametrize("score", [float("nan"), -0.1, 1.5, "high"])
def test_a_score_that_is_no_share_is_refused(score: object, tmp_path: Path) -> None:
    facts = made.results()
    facts["results"]["cft_mini_gsm8k"]["acc,none"] = score
    made.write(tmp_path, facts=facts)
    assert "results.cft_mini_gsm8k.acc,none: " in _refused(tmp_path)


def test_reading_needs_no_lm_eval(tmp_path: Path) -> None:
    import subprocess
    import sys

    made.write(tmp_path)
    code = (
        "import sys; from pathlib import Path; from cft_eval.harness.read import read_output; "
        "read_output(Path(sys.argv[1])); "
        "sys.exit(bool({'lm_eval', 'datasets', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == 0


def test_a_group_is_named_with_its_tasks_where_all_are_there(tmp_path: Path) -> None:
    facts = made.results()
    facts["group_subtasks"] = {
        "suite": ["cft_mini_gsm8k"],
        "part": ["cft_mini_gsm8k", "others"],
        "none": [],
    }
    made.write(tmp_path, facts=facts)
    assert read_output(tmp_path).groups == {"suite": ("cft_mini_gsm8k",)}
