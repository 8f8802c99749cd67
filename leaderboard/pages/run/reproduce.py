"""The command that makes a run again, as far as the run says how it was made.

A run is called what its owner wants. It names the weights only where the hub knew them: then the
commit stands beside the name, and a name that is not theirs has no such commit.
"""

import json
import re
import shlex
from collections.abc import Mapping, Set

from cft_eval.render.text import listed, visible
from cft_eval.results import Run

MODEL, OUTPUT = "MODEL", "OUTPUT"
"""Stand for what the run does not say."""

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def command(run: Run) -> str:
    """The command that made the run, ready for a shell but for `MODEL`, or for the `OUTPUT` of
    another harness: settings that the tasks of the run do not share are left to the tasks."""
    if harness := imported_from(run):
        name = visible(run.model.name)
        return shlex.join(
            ["cft-eval", "import", harness, OUTPUT, "--output", "out", "--model-name", name]
        )
    words = ["lm_eval", "run", "--model", run.engine, "--model_args", _arguments(run)]
    words += ["--tasks", ",".join(sorted(run.tasks))]
    words += _shared_options(run)
    if run.chat_template_sha:
        words.append("--apply_chat_template")
    words += ["--log_samples", "--output_path", "out"]
    return shlex.join(words)


def command_note(run: Run) -> str:
    """What to put instead of `MODEL`, and what the command leaves out; empty where it is whole."""
    if imported_from(run):
        return (
            f"The responses come from another harness: replace {OUTPUT} with its output folder. "
            "Everything that its output records about the run is listed above."
        )
    return " ".join(filter(None, [_weights_note(run), _left_note(run)]))


def prompts_note(run: Run) -> str:
    """What the command does about prompts; empty where it evaluates nothing."""
    if imported_from(run):
        return ""
    return (
        "The command uses the tasks' own prompts and stop strings; the fingerprints above show "
        "whether this run did."
    )


def imported_from(run: Run) -> str:
    """The harness that a run was imported from, as `cft-eval import` calls it; empty where it was
    run by lm-eval with our tasks."""
    if run.engine == "qwen2.5-math-harness":
        return "qwen"
    ours = any(task.startswith("cft_") for task in run.tasks)
    return "" if ours or run.lm_eval_version else "lm-eval"


def _left_note(run: Run) -> str:
    """What of the run no option says."""
    left = [name for name, values in _by_task(run).items() if len(values) > 1]
    if run.system_instruction_sha:
        left.append("the system prompt")
    if not left:
        return ""
    return f"The command is incomplete: set {listed(left)} for each task as listed above."


def _by_task(run: Run) -> Mapping[str, Set[object]]:
    """What options say for all tasks alike, and the values that the tasks have."""
    tasks = list(run.tasks.values())
    settings = [task.settings for task in tasks]
    cut = {task.items for task in tasks if task.items < task.expected_items}
    whole = {task.items for task in tasks if task.items == task.expected_items}
    return {
        "the temperature": {each.temperature for each in settings} - {None},
        "top p": {each.top_p for each in settings} - {None},
        "new tokens": {each.max_gen_toks for each in settings} - {None},
        "other generation arguments": {each.generation for each in settings},
        "the examples": {each.n_shot for each in settings},
        "the repeats": {task.repeats for task in tasks},
        # One limit cuts all sets that are longer.
        "the limit": cut | {each for each in whole if cut and each > min(cut)},
    }


def _weights_note(run: Run) -> str:
    if _on_the_hub(run):
        return ""
    name = visible(run.model.name)
    if _served(run):
        return (
            "The run does not record the address of the model's server: replace URL with it, and "
            f"{MODEL} with the server's name for the model. Here the run is called {name}."
        )
    return (
        f"The run does not record where its weights are: replace {MODEL} with their folder or "
        f"their name on the hub. Here the run is called {name}, which may be neither."
    )


def _arguments(run: Run) -> str:
    model = run.model
    if _served(run):
        return f"model={MODEL},base_url=URL"
    parts = {"pretrained": MODEL, "revision": None, "dtype": model.dtype}
    if _on_the_hub(run):
        parts |= {"pretrained": model.name, "revision": model.sha}
    return ",".join(f"{name}={value}" for name, value in parts.items() if value)


def _served(run: Run) -> bool:
    """Whether another process had the weights, behind an API."""
    return "completions" in run.engine


def _on_the_hub(run: Run) -> bool:
    return bool(run.model.sha and HUB_NAME.fullmatch(run.model.name)) and not _served(run)


SEEDS = ("python", "numpy", "torch", "fewshot")
"""In the order of lm-eval's ``--seed``."""


def _shared_options(run: Run) -> list[str]:
    tasks = list(run.tasks.values())
    settings = [task.settings for task in tasks]
    words: list[str] = []
    for name in ("temperature", "top_p", "max_gen_toks"):
        values = {getattr(each, name) for each in settings} - {None}
        words += [f"{name}={value:.10g}" for value in values] if len(values) == 1 else []
    if len({each.generation for each in settings}) == 1:
        words += settings[0].generation
    options = ["--gen_kwargs", ",".join(words)] if words else []
    shots = {each.n_shot for each in settings}
    if len(shots) == 1 and (count := shots.pop()):
        options += ["--num_fewshot", str(count)]
    repeats = {task.repeats for task in tasks}
    if len(repeats) == 1 and (k := repeats.pop()) > 1:
        options += ["--metadata", json.dumps({"repeats": k})]
    cut = {task.items for task in tasks if task.items < task.expected_items}
    if len(cut) == 1:
        options += ["--limit", str(cut.pop())]
    if all(run.seeds.get(name) is not None for name in SEEDS):
        options += ["--seed", ",".join(str(run.seeds[name]) for name in SEEDS)]
    return options
