"""Refuse before generating what an engine would cut without a word, or fail at with an assertion.

    engine + our requests ──> nothing, or a `CftError` that says what to change

lm-eval cuts the beginning off a prompt that leaves no room for the response, and drops thoughts
where `think_end_token` tells it to: a thought that was cut then looks like an answer.
"""

from collections.abc import Sequence
from typing import Any

from cft_eval.caller import setting
from cft_eval.errors import CftError


class NoRoom(CftError):
    """Prompt and response do not fit into what the model sees."""

    def __init__(self, task: str, *, prompt: int, wanted: int, seen: int) -> None:
        room = seen - prompt
        do = (
            f"set {setting('gen_kwargs', max_gen_toks=room)} or less"
            if room > 0
            else f"ask with fewer examples ({setting('num_fewshot')})"
        )
        super().__init__(
            f"{task}: a prompt of {prompt} tokens and max_gen_toks={wanted} do not fit into the "
            f"{seen} tokens that the model sees; {do}, or, if it can see more, say so with "
            f"{setting('model_args', max_length='…')}"
        )


class ThoughtsDropped(CftError):
    """The engine was told to drop what comes before a token."""

    def __init__(self, token: object) -> None:
        super().__init__(
            f"think_end_token={token}: these tasks find the answer after the thought by "
            "themselves, and without it a thought that was cut off looks like an answer; "
            "leave the argument out, and enable_thinking=True with it: that is what templates do"
        )


STARTS = 16
"""Tokens that a tokenizer may put before a prompt, with room to spare."""


def check_engine(lm: Any) -> None:
    """Raise `ThoughtsDropped` where the engine would hand on half of each response."""
    if getattr(lm, "think_end_token", None) is not None:
        raise ThoughtsDropped(lm.think_end_token)


def check_room(lm: Any, requests: Sequence[Any]) -> None:
    """Raise `NoRoom` for a request that needs more than the model sees, the largest of them."""
    seen = int(lm.max_length)

    def wanted(request: Any) -> int:
        return int(request.args[1].get("max_gen_toks") or lm.max_gen_toks)

    # A token is a byte at least: what has room by that count needs no tokenizer.
    doubtful = {
        (str(request.args[0]), wanted(request)): str(request.task_name)
        for request in requests
        if len(request.args[0].encode("utf-8", "surrogatepass")) + STARTS + wanted(request) > seen
    }
    sizes = {prompt: len(lm.tok_encode(prompt[0])) for prompt in doubtful}
    largest = max(sizes, key=lambda prompt: sizes[prompt] + prompt[1], default=None)
    if largest is not None and sizes[largest] + largest[1] > seen:
        raise NoRoom(doubtful[largest], prompt=sizes[largest], wanted=largest[1], seen=seen)
