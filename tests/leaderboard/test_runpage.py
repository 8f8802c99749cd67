"""The command on a run's page makes the run again, as far as the run says how it was made."""

import shlex

from cft_eval.leaderboard.runpage import command
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
