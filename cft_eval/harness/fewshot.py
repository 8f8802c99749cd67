"""Worked examples for base models, which were never taught to answer a question.

Four problems of our own, in no test set. Knows nothing of the test sets or of grading.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def exemplars() -> list[dict[str, str]]:
    """The examples, each with `problem` and `solution`: `samples` in a task's `fewshot_config`."""
    return [dict(exemplar) for exemplar in _exemplars()]


@cache
def _exemplars() -> tuple[dict[str, str], ...]:
    table = files("cft_eval.harness") / "exemplars.jsonl"
    return tuple(json.loads(line) for line in table.read_text(encoding="utf-8").splitlines())


def question(doc: Mapping[str, str]) -> str:
    r"""A problem as plain text that a base model goes on with.

    >>> question({"problem": "What is $1+1$?"})
    'Problem:\nWhat is $1+1$?\n\nSolution:'
    """
    return f"Problem:\n{doc['problem']}\n\nSolution:"


def solution(doc: Mapping[str, str]) -> str:
    """The worked solution of an exemplar; the reference of any other document."""
    return doc["solution"] if "solution" in doc else doc["reference"]
