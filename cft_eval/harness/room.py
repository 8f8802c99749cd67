"""Refuse before generating what an engine would cut without a word, or fail at with an assertion.

    engine + our requests ──> nothing, or a `CftError` that says what to change

lm-eval cuts the beginning off a prompt that leaves no room for the response, and drops thoughts
where `think_end_token` tells it to: a thought that was cut then looks like an answer.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from cft_eval.errors import CftError


class NoRoom(CftError):
    """Prompt and response do not fit into what the model sees."""

    def __init__(self, task: str, *, prompt: int, wanted: int, seen: int) -> None:
        room = seen - prompt
        do = (
            f"set --gen_kwargs max_gen_toks={room} or less"
            if room > 0
            else "ask with fewer examples (--num_fewshot)"
        )
        super().__init__(
            f"{task}: a prompt of {prompt} tokens and max_gen_toks={wanted} do not fit into the "
            f"{seen} tokens that the model sees; {do}, or, if it can see more, say so with "
            "--model_args max_length=N"
        )


class ThoughtsDropped(CftError):
    """The engine was told to drop what comes before a token."""

    def __init__(self, token: object) -> None:
        super().__init__(
            f"think_end_token={token}: these tasks find the answer after the thought by "
            "themselves, and without it a thought that was cut off looks like an answer; "
            "leave the argument out (thinking is switched on by chat_template_args)"
        )


def check_engine(lm: Any) -> None:
    """Raise `ThoughtsDropped` where the engine would hand on half of each response."""
    if getattr(lm, "think_end_token", None) is not None:
        raise ThoughtsDropped(lm.think_end_token)


def check_room(lm: Any, requests: Sequence[Any]) -> None:
    """Raise `NoRoom` for the longest prompt of the task that needs most."""
    seen = int(lm.max_length)
    prompts = list(dict.fromkeys(request.args[0] for request in requests))
    sizes = dict(zip(prompts, _sizes(lm, prompts), strict=True))

    def needed(request: Any) -> tuple[int, int]:
        wanted = int(request.args[1].get("max_gen_toks") or lm.max_gen_toks)
        return wanted + sizes[request.args[0]], wanted

    largest = max(requests, key=needed, default=None)
    if largest is None:
        return
    whole, wanted = needed(largest)
    if whole > seen:
        task = str(largest.task_name)
        raise NoRoom(task, prompt=whole - wanted, wanted=wanted, seen=seen)


def _sizes(lm: Any, prompts: Iterable[str]) -> list[int]:
    return [len(lm.tok_encode(prompt)) for prompt in prompts]
