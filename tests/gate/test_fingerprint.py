"""What differs between two runs is found, wherever it stands, and said in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cft_eval.cli import main
from cft_eval.gate.decide import GateDecision, decide
from cft_eval.gate.fingerprint import advice, mismatches, notes
from cft_eval.harness.arguments import CHANGING, NOTED, changing, noted
from cft_eval.results import RunOutcomes, pool
from tests.harness import made
from tests.runs import boiled

HALF = [1, 0] * 20


def with_settings(run: RunOutcomes, **facts: Any) -> RunOutcomes:
    return run.model_copy(update={"settings": {**run.settings, **facts}})


def gated(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    status = main(["gate", str(folder / "new"), "--baseline", str(folder / "old"), *options])
    return status, capsys.readouterr().out


BLOCKING: list[tuple[str, Mapping[str, Any]]] = [
    ("quantization", {"quantization": "awq"}),
    ("load_in_4bit", {"load_in_4bit": True}),
    ("max_model_len", {"max_model_len": 4096}),
    # The same limit under hf's name for it.
    ("max_model_len", {"max_length": 4096}),
    ("enable_thinking", {"enable_thinking": False}),
    ("chat_template_args", {"chat_template_args": {"enable_thinking": True}}),
    ("reasoning_effort", {"reasoning_effort": "high"}),
    ("rope_scaling", {"rope_scaling": {"type": "yarn", "factor": 4.0}}),
]


@pytest.mark.parametrize(("field", "arguments"), BLOCKING)
def test_an_argument_that_can_change_responses_blocks(
    field: str, arguments: Mapping[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.write(tmp_path / "old")
    facts = made.results()
    facts["config"]["model_args"] |= arguments
    made.write(tmp_path / "new", facts=facts)
    status, said = gated(tmp_path, capsys)
    assert (status, f"cft_mini_gsm8k: {field}: None -> " in said) == (3, True)
    assert f"--allow-diff {field}" in said
    assert gated(tmp_path, capsys, "--allow-diff", field)[0] == 0


def test_the_order_and_the_spelling_of_arguments_say_nothing() -> None:
    typed = changing({"quantization": "awq", "load_in_8bit": "True", "max_model_len": "4096"})
    parsed = changing({"max_length": 4096, "load_in_8bit": True, "quantization": "awq"})
    assert typed == parsed == ("load_in_8bit=true", "max_model_len=4096", "quantization=awq")


@pytest.mark.parametrize("unset", [{"load_in_4bit": False}, {"quantization": None}, {}])
def test_a_default_that_is_said_is_no_difference(unset: Mapping[str, Any]) -> None:
    assert changing(unset) == ()


def test_no_argument_that_is_not_named_leaves_the_file() -> None:
    secret = {"pretrained": "/home/ada/x", "token": "hf_SECRET", "base_url": "http://u:p@h"}
    assert (changing(secret), noted(secret)) == ((), {})
    kept = changing({"hf_overrides": {"file": "/home/ada/secret"}, "rope_theta": "a\nb"})
    assert "ada" not in str(kept)
    assert "\n" not in "".join(kept)
    assert not set(CHANGING) & set(NOTED)


def test_versions_and_batch_size_are_noted_and_block_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = made.results(), made.results()
    old["config"] |= {"batch_size": 8}
    new["config"] |= {"batch_size": "auto:4"}
    new["config"]["model_args"] |= {"kv_cache_dtype": "fp8"}
    new["lm_eval_version"] = "0.5.0"
    for facts, engine in ((old, "0.9.1"), (new, "0.10.2")):
        facts["configs"]["cft_mini_gsm8k"]["metadata"] = {"versions": {"vllm": engine}}
    made.write(tmp_path / "old", facts=old)
    made.write(tmp_path / "new", facts=new)
    status, said = gated(tmp_path, capsys)
    assert status == 0
    for note in (
        "noted: lm_eval: 0.4.13 -> 0.5.0",
        "noted: batch_size: 8 -> auto:4",
        "noted: kv_cache_dtype: not recorded -> fp8",
        "noted: vllm: 0.9.1 -> 0.10.2",
    ):
        assert note in said.splitlines()


@pytest.mark.parametrize(
    ("argument", "other"),
    [
        ("max_gen_toks", 64),
        ("temperature", 0.7),
        ("top_p", 0.9),
        ("until", ["\n"]),
        ("top_k", 20),
        ("repetition_penalty", 1.2),
    ],
)
@pytest.mark.parametrize("index", [0, 1, 3])
def test_every_sample_is_looked_at(
    argument: str, other: object, index: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [made.line(number) for number in range(4)]
    made.write(tmp_path / "old", lines)
    lines[index]["arguments"]["gen_args_0"]["arg_1"][argument] = other
    made.write(tmp_path / "new", lines)
    status, said = gated(tmp_path, capsys)
    assert status == 3
    assert f"{argument}=" in said
    assert "several: " in said


def test_every_task_is_looked_at(tmp_path: Path) -> None:
    """Another checker for the second task alone."""
    from cft_eval.cli._sources import run_outcomes

    facts = made.results("cft_a", 2)
    other = made.results("cft_b", 2)
    for part in ("results", "configs", "versions", "n-shot", "n-samples"):
        facts[part] |= other[part]
    facts["configs"]["cft_a"]["metadata"] = {"checker": "6"}
    facts["configs"]["cft_b"]["metadata"] = {"checker": "5"}
    made.write(tmp_path, facts=facts, task="cft_a")
    samples = tmp_path / f"samples_cft_a_{made.STAMP}.jsonl"
    (tmp_path / f"samples_cft_b_{made.STAMP}.jsonl").write_text(samples.read_text())
    run = run_outcomes(str(tmp_path))
    assert [run.fingerprint(task)["checker"] for task in run.tasks] == ["6", "5"]


def test_missing_problems_are_named_first_and_in_words() -> None:
    before = boiled({"cft_gsm8k": [1, 0, 1] * 439 + [1, 1]})
    after = with_settings(boiled({"cft_gsm8k": [1, 0] * 100}), temperature=0.7, prompts="f" * 16)
    said = decide(before, after)
    assert said.decision is GateDecision.NOT_COMPARABLE
    assert said.reason.startswith("run differently: cft_gsm8k: 200 of 1,319 problems were run")
    everything = "\n".join(map(str, said.mismatches)) + said.reason
    assert "ffffffff" not in everything
    assert str(before.fingerprint("cft_gsm8k")["items"]) not in everything
    [first] = advice(said.mismatches)[:1]
    assert "same problems" in first
    assert not any("--allow-diff" in line for line in advice(said.mismatches))


def test_advice_works() -> None:
    """Whatever options it names, with them the comparison is made."""
    before = boiled({"cft_math": HALF})
    after = with_settings(before, temperature=0.7, prompts="f" * 16, engine="vllm", dtype="x")
    [line] = advice(decide(before, after).mismatches)
    allow = line.replace("(", " ").split("--allow-diff ")[1:]
    fields = [each.split()[0] for each in allow]
    assert fields[-1].rstrip(")") == "protocol"
    for chosen in (fields[:-1], ["protocol"]):
        assert decide(before, after, allow=chosen).decision is GateDecision.OK


@pytest.mark.parametrize("field", ["prompts", "chat_template", "system_instruction"])
@pytest.mark.parametrize("other", ["0123456789abcdef", None])
def test_a_hash_is_never_shown(field: str, other: str | None) -> None:
    before = with_settings(boiled({"cft_math": HALF}), **{field: "fedcba9876543210"})
    after = with_settings(before, **{field: other})
    [mismatch] = mismatches(before, after)
    assert "fedcba9876543210" not in str(mismatch)
    assert "0123456789abcdef" not in str(mismatch)
    assert ("the candidate has none" in str(mismatch)) == (other is None)


def test_protocol_allows_no_other_problems_and_no_other_grading() -> None:
    before = boiled({"cft_math": HALF})
    for other in (boiled({"cft_math": HALF[:30]}), with_settings(before, items="f" * 16)):
        assert decide(before, other, allow=["protocol"]).decision is GateDecision.NOT_COMPARABLE


def test_a_window_keeps_what_its_runs_note_and_names_them() -> None:
    runs = [
        boiled({"cft_math": side}).model_copy(update={"notes": {"batch_size": size}})
        for side, size in ((HALF, "8"), (HALF[::-1], "16"))
    ]
    window = pool(runs)
    assert window.notes == {"batch_size": "8, 16"}
    assert notes(window, runs[0]) == ("batch_size: 8, 16 -> 8",)
    assert window.runs == ("tiny of 2026-01-02 03:04", "tiny of 2026-01-02 03:04")
    assert decide(window, runs[0]).window == window.runs
