"""Refuse requests that are not what the task says, and responses that cannot be what was sampled.

    requests of a task ── before the engine ──> as configured │ a `CftError`
    responses ── after it ──> drawn one by one │ a `CftError`, or a warning

lm-eval has two caches. That of requests is found by the task's name, so that it holds an earlier
run's prompts and settings; that of responses hands the same text to every repeat.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cft_eval.caller import setting
from cft_eval.errors import CftError
from cft_eval.harness.fewshot import exemplars

MAX_REPEATS = 4096

_log = logging.getLogger(__name__)


class BadRepeats(CftError):
    """A number of responses to a problem that makes no sense."""


class TooManyExamples(CftError):
    """More worked examples were asked for than there are."""


class StaleRequests(CftError):
    """lm-eval's cache of requests holds those of another run."""

    def __init__(self, task: str, what: str) -> None:
        super().__init__(
            f"{task}: {setting('cache_requests')} gave the requests of an earlier run: {what}; "
            f"rebuild them with {setting('cache_requests', 'refresh')}, or leave it out: ours "
            "are built in a second"
        )


class SameResponses(CftError):
    """A cache of responses gave one response again and again."""

    def __init__(self, task: str, repeats: int) -> None:
        super().__init__(
            f"{task}: the {repeats} responses to each problem are copies of one, from "
            f"{setting('use_cache')}: leave it out where responses are sampled (an unfinished run "
            "is resumed without it)"
        )


def whole_repeats(given: object) -> int:
    """A number of responses to each problem; raises `BadRepeats`."""
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MAX_REPEATS:
        return given
    raise BadRepeats(f"repeats={given!r}: expected a whole number from 1 to {MAX_REPEATS}")


def check_examples(task: str, wanted: int) -> None:
    """Raise `TooManyExamples`."""
    there = len(exemplars())
    if not 0 <= wanted <= there:
        raise TooManyExamples(
            f"{task}: {setting('num_fewshot', wanted)}: there are {there} worked examples; "
            f"ask for 0 to {there}"
        )


def check_sampled(task: str, repeats: int, sent: Mapping[str, Any] | None) -> None:
    """Raise `BadRepeats` for several responses that would all be the same."""
    if repeats > 1 and not is_sampled(sent or {}):
        raise BadRepeats(
            f"{task}: {repeats} responses to each problem at temperature 0 would all be the same; "
            f"add {setting('gen_kwargs', temperature=0.6, top_p=0.95)}"
        )


def is_sampled(sent: Mapping[str, Any]) -> bool:
    """Whether generation arguments ask for a draw."""
    drawn = sent.get("do_sample")
    return bool(sent.get("temperature") or drawn) and drawn is not False


def mark_sampled(instances: Sequence[Any]) -> None:
    """Say `do_sample` of requests with a temperature: lm-eval's cache looks for nothing else."""
    for instance in instances:
        sent = instance.args[1]
        if sent.get("temperature") and "do_sample" not in sent:
            sent["do_sample"] = True


def check_requests(
    task: str,
    instances: Sequence[Any],
    docs: Mapping[int, Mapping[str, Any]],
    sent: Mapping[str, Any],
    prompt: Callable[[Mapping[str, Any]], object],
) -> None:
    """Raise `StaleRequests` where ``instances`` are not what ``docs`` and ``sent`` make.

    ``prompt`` writes the prompt of a document.
    """
    if len(instances) != len(docs):
        raise StaleRequests(task, f"{len(instances)} of them, and {len(docs)} were asked for")
    for instance in instances:
        number = instance.doc_id
        if number not in docs or dict(instance.doc) != dict(docs[number]):
            raise StaleRequests(task, f"problem {number} differs")
        context, arguments = instance.args
        if dict(arguments) != dict(sent):
            names = sorted(
                name for name in {*arguments, *sent} if arguments.get(name) != sent.get(name)
            )
            raise StaleRequests(
                task,
                f"{names[0]}={arguments.get(names[0])!r}, and {sent.get(names[0])!r} is set now",
            )
        if context != prompt(docs[number]):
            raise StaleRequests(task, f"the prompt of problem {number} differs")


def check_drawn(task: str, instances: Sequence[Any], *, cached: bool) -> None:
    """Raise `SameResponses` where all repeats of all problems are alike and a cache supplied them.

    Elsewhere that is only said: an engine made for tests answers one thing.
    """
    sampled = [each for each in instances if len(each.resps) > 1 and is_sampled(each.args[1])]
    if not sampled or any(len(set(each.resps)) > 1 for each in sampled):
        return
    repeats = len(sampled[0].resps)
    if cached:
        raise SameResponses(task, repeats)
    _log.warning(
        "%s: the %d responses to each problem are copies of one: does the engine sample?",
        task,
        repeats,
    )
