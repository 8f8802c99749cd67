"""The command on a run's page makes the run again, as far as the run says how it was made."""

import shlex

import pytest

from cft_eval.leaderboard.pages.run.reproduce import command, command_note, prompts_note
from cft_eval.results import Run
from tests.runs import run


def words(made: Run) -> dict[str, str]:
    """Each option of the command with its value."""
    said = shlex.split(command(made))
    return {
        name: value
        for name, value in zip(said, [*said[1:], ""], strict=True)
        if name.startswith("--")
    }


def changed(made: Run, **settings: object) -> Run:
    tasks = {
        name: task.model_copy(update={"settings": task.settings.model_copy(update=settings)})
        for name, task in made.tasks.items()
    }
    return made.model_copy(update={"tasks": tasks})


def test_settings_that_all_tasks_share_are_in_it() -> None:
    made = run({"cft_math": [1, 0], "cft_aime24": [1, 0]}, repeats=4)
    made = changed(made, temperature=0.7, top_p=0.95, n_shot=4, generation=("do_sample=True",))
    seeds = {"python": 7, "numpy": 8, "torch": 9, "fewshot": 10}
    said = words(made.model_copy(update={"seeds": seeds}))
    assert said["--gen_kwargs"] == "temperature=0.7,top_p=0.95,max_gen_toks=2048,do_sample=True"
    assert said["--num_fewshot"] == "4"
    assert said["--metadata"] == '{"repeats": 4}'
    assert said["--seed"] == "7,8,9,10"
    assert "--limit" not in said


def test_a_part_of_a_test_set_is_said() -> None:
    made = run({"cft_math": [1, 0, 1]})
    task = made.tasks["cft_math"].model_copy(update={"expected_items": 5000})
    assert words(made.model_copy(update={"tasks": {"cft_math": task}}))["--limit"] == "3"


def test_settings_of_single_tasks_are_left_to_them() -> None:
    made = run({"cft_math": [1, 0], "cft_gsm8k": [1, 0]})
    hot = changed(run({"cft_gsm8k": [1, 0]}), temperature=0.9).tasks
    said = words(made.model_copy(update={"tasks": {**made.tasks, **hot}}))
    assert "temperature" not in said["--gen_kwargs"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temperature": 0.9}, "set the temperature for each task"),
        ({"n_shot": 4, "max_gen_toks": 512}, "set new tokens and the examples for each task"),
        ({"generation": ("top_k=20",)}, "set other generation arguments for each task"),
    ],
)
def test_what_no_option_says_is_told(settings: dict[str, object], words: str) -> None:
    made = named(run({"cft_math": [1, 0], "cft_gsm8k": [1, 0]}), name="lab/m", sha="abc")
    assert command_note(made) == ""
    other = changed(named(run({"cft_gsm8k": [1, 0]})), **settings).tasks
    assert words in command_note(made.model_copy(update={"tasks": {**made.tasks, **other}}))


def test_one_limit_cuts_longer_sets_alone() -> None:
    made = named(run({"cft_math": [1, 0, 1], "cft_aime24": [1, 0]}), name="lab/m", sha="abc")
    cut = made.tasks["cft_math"].model_copy(update={"expected_items": 5000})
    assert command_note(made.model_copy(update={"tasks": {**made.tasks, "cft_math": cut}})) == ""
    shorter = cut.model_copy(update={"items": 1})
    told = command_note(made.model_copy(update={"tasks": {**made.tasks, "cft_math": shorter}}))
    assert "set the limit for each task" in told


def test_a_system_prompt_is_told_to_be_missing() -> None:
    made = named(run({"cft_math": [1, 0]}), name="lab/m", sha="abc")
    told = command_note(made.model_copy(update={"system_instruction_sha": "0" * 64}))
    assert "set the system prompt" in told


def named(made: Run, **model: object) -> Run:
    return made.model_copy(update={"model": made.model.model_copy(update=model)})


def test_weights_on_the_hub_are_named_with_their_commit() -> None:
    made = named(run({"cft_math": [1, 0]}), name="lab/model-7B", sha="abc", dtype="bfloat16")
    said = words(made)
    assert said["--model_args"] == "pretrained=lab/model-7B,revision=abc,dtype=bfloat16"
    assert command_note(made) == ""


UNKNOWN = [
    {"name": "lab/model-7B"},  # no commit: perhaps a name that somebody chose for the board
    {"name": "Our best checkpoint", "sha": "abc"},
    {"name": "checkpoint-98"},
]


@pytest.mark.parametrize("model", UNKNOWN)
def test_weights_that_are_not_known_have_a_placeholder(model: dict[str, str]) -> None:
    made = named(run({"cft_math": [1, 0]}), **model)
    assert words(made)["--model_args"] == "pretrained=MODEL"
    assert "replace MODEL" in command_note(made)
    assert model["name"] in command_note(made)


def test_a_served_model_needs_an_address() -> None:
    made = run({"cft_math": [1, 0]}).model_copy(update={"engine": "local-chat-completions"})
    assert words(made)["--model_args"] == "model=MODEL,base_url=URL"
    assert "address" in command_note(made)


IMPORTS = [
    ("qwen2.5-math-harness", "qwen_math", None, "qwen"),
    ("vllm", "hendrycks_math", None, "lm-eval"),
    ("vllm", "hendrycks_math", "0.4.13", ""),
    ("vllm", "cft_math", None, ""),
]


@pytest.mark.parametrize(("engine", "task", "lm_eval", "harness"), IMPORTS)
def test_an_import_is_made_again_by_importing(
    engine: str, task: str, lm_eval: str | None, harness: str
) -> None:
    made = run({"cft_math": [1, 0]})
    changes = {
        "engine": engine,
        "lm_eval_version": lm_eval,
        "tasks": {task: made.tasks["cft_math"]},
        "model": made.model.model_copy(update={"name": "a b"}),
    }
    said = command(made.model_copy(update=changes))
    assert said.startswith("cft-eval import ") == bool(harness)
    if harness:
        assert said == (f"cft-eval import {harness} OUTPUT --output out --model-name 'a b'")
        assert "another harness" in command_note(made.model_copy(update=changes))
        assert prompts_note(made.model_copy(update=changes)) == ""
