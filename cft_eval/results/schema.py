"""The one description of an evaluation run, from lm-eval's output to upload, board and gate.

A `Run` says what was evaluated, how, and what it scored; its `Sample`s are the responses behind
the scores, one for each response. A field is added here and nowhere else.
"""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from cft_eval.checker.types.verdict import Outcome, Policy

SCHEMA_VERSION = 1
"""Goes up when a reader of the old schema would misread the new one."""

MAX_COUNT = 10**12
"""Largest whole number of a run: beyond any that is meant, and every table has room for it."""

Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Seed = Annotated[int, Field(ge=-(2**63), lt=2**64)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


NOT_IN_A_NAME = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
"""Control characters and ends of lines: a name stands on one line wherever it is printed."""


def on_one_line(name: str) -> str:
    """``name``, or an error that says which character no name may hold."""
    match = NOT_IN_A_NAME.search(name)
    if match is None:
        return name
    raise PydanticCustomError(
        "name",
        "{name} holds the control character {code}, which no name may; take it out of the name",
        {"name": ascii(name)[:80], "code": f"U+{ord(match[0]):04X}"},
    )


Text = Annotated[str, Field(min_length=1, max_length=300)]
Line = Annotated[str, AfterValidator(on_one_line)]
Name = Annotated[Text, AfterValidator(on_one_line)]
"""What a task, a model, a test set or a tag is called."""

ItemHash = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]

ACCURACY: dict[Policy, str] = {"strict": "acc", "qwen": "acc_qwen", "cft_paper": "acc_cft_paper"}
"""Policy to the metric that reports it, in lm-eval's results and in `TaskScore.scores`."""


class Record(BaseModel):
    # A misspelt field is an error at once, not a default that nobody notices.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sample(Record):
    """One response to one problem."""

    task: Name
    """The lm-eval task, such as ``cft_aime24``."""

    benchmark: Name
    """The test set of the task, such as ``aime24``; a name known to `cft_eval.testsets`."""

    item: ItemHash
    """Content hash of problem and reference: `cft_eval.testsets.item_hash`."""

    index: Annotated[int, Field(ge=0, lt=2**31)]
    """Position of the item in its test set, from 0."""

    repeat: Count = 0
    """Which of several responses to the same problem, from 0."""

    problem: str
    reference: str
    response: str

    outcome: Outcome
    """What the run's own grader said, under the strict policy; the server decides again."""

    answer: str | None = None
    how: str = ""
    reason: str = ""

    correct: dict[Policy, bool] = Field(default_factory=dict)
    """The run's own verdict by policy; a policy that was not computed is absent."""

    finish: Literal["stop", "length", "unknown"] = "unknown"
    """Whether generation stopped by itself or ran into the token limit."""

    tokens: Count | None = None
    """Tokens of the response, its end included; None where the engine did not count."""

    prompt_hash: str | None = None
    """lm-eval's hash of the exact text that the model was given."""

    level: str | None = None
    subject: str | None = None


class Model(Record):
    """What was evaluated. Only `name` is sure to be known."""

    name: Name
    revision: str | None = None
    sha: str | None = None
    """The hub's commit of the weights, as lm-eval recorded it."""

    dtype: str | None = None
    parameters: Count | None = None
    base_model: str | None = None
    method: str | None = None
    """How it was trained: base, sft, cft, instruct, rl …"""

    training_data: str | None = None
    training_examples: Count | None = None
    step: Count | None = None
    """Optimiser steps of this checkpoint, where it is one of a family."""

    weights_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """`cft_eval.weights.fingerprint` of the files that were loaded."""

    parent_run: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] | None = None
    """The board's id of the run of the checkpoint that this one was trained from."""

    tags: tuple[Name, ...] = ()


class Settings(Record):
    """How one task was run: what must agree before two scores may be compared."""

    task_version: str
    n_shot: Count | None
    """None where a run of others does not say it; so with what follows."""

    max_gen_toks: Annotated[int, Field(ge=-MAX_COUNT, le=MAX_COUNT)] | None = None
    temperature: Finite | None = None
    top_p: Finite | None = None
    until: tuple[str, ...] = ()
    generation: tuple[Text, ...] = ()
    """Every other generation argument, as ``top_k=20``, sorted."""

    prompts: str
    """sha256 over the task's prompt hashes in item order; one changed prompt changes it."""

    items: str
    """sha256 over the item hashes, sorted: the same for the same set in any order."""

    checker_version: Line | None = None
    """Of this task, where another checker graded it than the run's others."""


class TaskScore(Record):
    """One task of a run, with the scores that the run claims."""

    benchmark: Name
    items: Annotated[int, Field(gt=0, le=MAX_COUNT)]
    """Distinct problems answered."""

    repeats: Annotated[int, Field(gt=0, le=MAX_COUNT)] = 1
    """Responses for each problem."""

    expected_items: Annotated[int, Field(gt=0, le=MAX_COUNT)]
    """Problems of the whole test set; more than ``items`` where ``--limit`` cut it."""

    scores: dict[Line, Share]
    """Metric to its mean, such as ``{"acc": 0.42, "acc_qwen": 0.44, "answered": 0.98}``."""

    settings: Settings


class Run(Record):
    """One evaluation of one model, without its samples."""

    schema_version: Literal[1] = 1
    model: Model
    created: datetime
    """Not so near the ends of the calendar that another time zone would step over them."""

    engine: Line
    """lm-eval's model type: hf, vllm, local-chat-completions …"""

    chat_template_sha: str | None = None
    system_instruction_sha: str | None = None
    lm_eval_version: str | None = None
    cft_eval_version: str | None = None
    checker_version: str | None = None
    arguments: tuple[Text, ...] = ()
    """Engine arguments that can change a response, as ``quantization=awq``, sorted."""

    notes: dict[Name, Line] = Field(default_factory=dict)
    """Facts that move a response by rounding alone: versions, batch size, dtype of the cache."""

    seeds: dict[str, Seed | None] = Field(default_factory=dict)
    seconds: Finite | None = None
    """Wall time of the whole evaluation."""

    tasks: Annotated[dict[Name, TaskScore], Field(min_length=1)]
    """By lm-eval task name."""

    @field_validator("created")
    @classmethod
    def _of_this_age(cls, moment: datetime) -> datetime:
        if not 1970 <= moment.year <= 9000:
            raise ValueError(f"{moment.year} is not a plausible year of an evaluation")
        return moment
