"""The parts of lm-eval's files that are read, as types. Whatever else they hold is ignored."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cft_eval.checker.types.verdict import Outcome, Policy
from cft_eval.results.schema import ItemHash, Name, Share

LENGTHS = ("response_chars", "response_tokens")
"""Metrics that are means of lengths, not shares."""


class UnknownValue(str):
    """A metric that nobody knows; lm-eval's mean over the tasks of a group is then unknown, too."""

    __slots__ = ()

    def __add__(self, _: object) -> "UnknownValue":
        return self

    __radd__ = __mul__ = __truediv__ = __add__


UNKNOWN = UnknownValue("unknown")
"""Stands for a metric that the engine does not tell."""


class _Part(BaseModel):
    # lm-eval's files have dozens of fields more; a new one there is no error here.
    model_config = ConfigDict(extra="ignore", frozen=True)


class LoggedVerdict(_Part):
    """What our grader said of one response: `doc.verdicts` in the sample log."""

    outcome: Outcome
    answer: str | None
    how: str
    reason: str
    correct: dict[Policy, bool]
    corrected: dict[Policy, bool] = Field(default_factory=dict)
    finish: Literal["stop", "length", "unknown"] = "unknown"
    tokens: Annotated[int, Field(ge=0)] | None = None


class DocRecord(_Part):
    """One item as our task showed it to lm-eval, with the verdicts it added while grading."""

    benchmark: str
    item: ItemHash
    index: Annotated[int, Field(ge=0)]
    problem: str
    reference: str
    level: str = ""
    subject: str = ""
    verdicts: tuple[LoggedVerdict, ...]


class GenerationRecord(_Part):
    """How the engine was asked to generate."""

    until: list[str] = Field(default_factory=list)
    max_gen_toks: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    rest: dict[str, Any] = Field(default_factory=dict)
    """Whatever else was asked for: `repetition_penalty`, `top_k`, …"""

    @model_validator(mode="before")
    @classmethod
    def _keep_the_rest(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        known = {"until", "max_gen_toks", "temperature", "top_p", "rest"}
        # lm-eval derives do_sample from the temperature, and writes it or not by engine.
        rest = {key: value[key] for key in value.keys() - known - {"do_sample"}}
        return {**{key: value[key] for key in value.keys() & known}, "rest": rest}

    @field_validator("until", mode="before")
    @classmethod
    def _one_stop_string(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @property
    def others(self) -> tuple[str, ...]:
        """Every other argument, as ``top_k=20``, sorted."""
        return tuple(f"{key}={self.rest[key]!r}"[:300] for key in sorted(self.rest))


def common(sent: Sequence[GenerationRecord]) -> GenerationRecord:
    """How all of ``sent`` were generated; raises `IndexError` for none.

    Where requests of one task differ in an argument no single value holds: it is unknown, and
    ``rest`` says which request had which.
    """
    first = sent[0]
    if all(each == first for each in sent):
        return first
    plain: dict[str, Any] = {"until": [], "max_gen_toks": None, "temperature": None, "top_p": None}
    rest: dict[str, Any] = {}
    known = tuple(plain)
    for name in (*known, *sorted({key for each in sent for key in each.rest})):
        values = [_argument(each, name, known) for each in sent]
        if all(value == values[0] for value in values):
            (plain if name in known else rest)[name] = values[0]
        else:
            rest[name] = _several(values)
    return first.model_copy(update={**plain, "rest": rest})


def _argument(sent: GenerationRecord, name: str, known: Sequence[str]) -> Any:
    return getattr(sent, name) if name in known else sent.rest.get(name)


def _several(values: Sequence[Any]) -> str:
    """The values with how many requests had each, and a hash over which had which."""
    written = [repr(value) for value in values]
    counts = {value: written.count(value) for value in dict.fromkeys(written)}
    shown = ", ".join(f"{value[:40]} ({count:,})" for value, count in list(counts.items())[:3])
    digest = hashlib.sha256("\0".join(written).encode("utf-8", "backslashreplace")).hexdigest()
    return f"several: {shown} [{digest[:8]}]"


class LoggedSample(_Part):
    """One line of a samples file: one item with all its responses."""

    doc: DocRecord
    responses: tuple[str, ...] = Field(validation_alias="resps", min_length=1)
    generation: GenerationRecord = Field(validation_alias="arguments")
    prompt_hash: str

    # lm-eval's own scores of the item; the verdicts decide, but a score that none can be shows
    # that the log was edited.
    acc: Share | None = None
    acc_qwen: Share | None = None
    acc_cft_paper: Share | None = None
    answered: Share | None = None

    @field_validator("responses", mode="before")
    @classmethod
    def _only_request(cls, value: object) -> object:
        """lm-eval keeps a list of responses for each request; our tasks make one request."""
        if not isinstance(value, list) or len(value) != 1:
            raise ValueError("expected one request")
        return value[0]

    @field_validator("generation", mode="before")
    @classmethod
    def _second_argument(cls, value: object) -> object:
        match value:
            case {"gen_args_0": {"arg_1": dict(kwargs)}}:
                return kwargs
        raise ValueError("expected gen_args_0.arg_1")

    @model_validator(mode="after")
    def _one_verdict_a_response(self) -> "LoggedSample":
        if len(self.doc.verdicts) != len(self.responses):
            raise ValueError(
                f"{len(self.responses)} responses and {len(self.doc.verdicts)} verdicts"
            )
        return self


class CountRecord(_Part):
    original: Annotated[int, Field(gt=0)]
    effective: Annotated[int, Field(gt=0)]


class TaskConfigRecord(_Part):
    dataset_path: str | None = None
    dataset_name: str | None = None

    metadata: dict[str, Any] | None = None

    @property
    def checker(self) -> str | None:
        """The version of the checker that graded the log."""
        named = (self.metadata or {}).get("checker")
        return None if named is None else str(named)

    @property
    def versions(self) -> dict[str, str]:
        """The versions of the engines that were installed, as the task noted them."""
        named = (self.metadata or {}).get("versions")
        return {str(k): str(v) for k, v in named.items()} if isinstance(named, dict) else {}


class ConfigRecord(_Part):
    """How lm-eval was called; `harness.arguments` names what of ``model_args`` is kept."""

    model: str = "unknown"
    model_args: Mapping[str, Any] = Field(default_factory=dict)
    model_num_parameters: int | None = None
    model_dtype: str | None = None
    model_revision: str | None = None
    model_sha: str | None = None
    random_seed: int | None = None
    numpy_seed: int | None = None
    torch_seed: int | None = None
    fewshot_seed: int | None = None
    batch_size: int | str | None = None

    @field_validator("model_args", mode="before")
    @classmethod
    def _arguments(cls, value: object) -> object:
        """A string on older lm-evals, ``pretrained=…,dtype=…``; nothing for some models."""
        if isinstance(value, str):
            return dict(pair.partition("=")[::2] for pair in value.split(",") if pair)
        return value or {}

    @field_validator("model_num_parameters", mode="after")
    @classmethod
    def _known_size(cls, value: int | None) -> int | None:
        return value if value is not None and value >= 0 else None  # -1: lm-eval could not tell


class ResultsRecord(_Part):
    """The results file."""

    results: dict[str, dict[str, Any]]
    configs: dict[Name, TaskConfigRecord]
    versions: dict[str, Any] = Field(default_factory=dict)
    n_shot: dict[str, int] = Field(default_factory=dict, validation_alias="n-shot")
    group_subtasks: dict[str, list[str]] = Field(default_factory=dict)
    n_samples: dict[str, CountRecord] = Field(default_factory=dict, validation_alias="n-samples")
    config: ConfigRecord
    date: Annotated[float, Field(gt=0, lt=1e11, allow_inf_nan=False)]
    lm_eval_version: str | None = None
    transformers_version: str | None = None
    chat_template_sha: str | None = None
    system_instruction_sha: str | None = None
    seconds: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        default=None, validation_alias="total_evaluation_time_seconds"
    )
