"""Where a task's own problems are, as its YAML or the command line says it.

    dataset_kwargs: {problems: mine.jsonl, fields: {problem: question}} ──> OwnSource
    --problems mine.jsonl --fields problem=question ── metadata ──────────────┘

Knows no lm-eval: the task hands over the tables that it was given.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cft_eval.caller import setting
from cft_eval.errors import CftError
from cft_eval.testsets.known import OWN
from cft_eval.testsets.own import OwnSource


class NoProblems(CftError):
    """A task that names no problems."""

    def __init__(self, task: str) -> None:
        super().__init__(
            f"{task}: no problems: {setting('problems', 'FILE')} says where they are, or in a "
            "task's YAML "
            "`dataset_kwargs: {problems: FILE}`, or `dataset_name` with the name of a benchmark"
        )


class BadFields(CftError):
    """A mapping of fields that is none."""

    def __init__(self, given: object) -> None:
        super().__init__(f"fields {given!r}: expected OURS=THEIRS, such as problem=question")


def own_source(arguments: Mapping[str, Any]) -> OwnSource:
    """What ``arguments``, a task's arguments and metadata, says of its problems."""
    return OwnSource(
        problems=_beside(str(arguments["problems"]), str(arguments.get("config_source") or "")),
        fields=read_fields(arguments.get("fields") or {}),
        split=str(arguments.get("split") or "test"),
        config=str(arguments.get("config") or ""),
        benchmark=str(arguments.get("benchmark") or OWN),
    )


def read_fields(given: object) -> dict[str, str]:
    """A mapping, or one written ``problem=question,reference=answer``."""
    if isinstance(given, Mapping):
        return {str(ours): str(theirs) for ours, theirs in given.items()}
    pairs = [pair.partition("=") for pair in str(given).split(",") if pair.strip()]
    if not all(equals and ours.strip() and theirs.strip() for ours, equals, theirs in pairs):
        raise BadFields(given)
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _beside(problems: str, yaml: str) -> str:
    """A relative path is one from the YAML that names it; else from where the command is given."""
    for source in reversed(yaml.split(",")):
        file = Path(source).parent / problems
        if source.endswith(".yaml") and file.is_file():
            return str(file)
    return problems
