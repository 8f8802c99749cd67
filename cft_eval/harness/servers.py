"""What servers are sent, and what of their answers is handed on: nothing silently other than asked.

    request ── payload, with a seed of its own ──> server ── answer, its ending, no null ──> lm-eval

lm-eval has a class for each kind of server, most of them made from another one. Every class that
writes payloads or reads answers is wrapped; a new one is too. Knows no tasks and no grading.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cft_eval.caller import saved, setting
from cft_eval.errors import CftError, first_line
from cft_eval.harness import endings
from cft_eval.harness.endings import Ending

API = "lm_eval.models.api_models"

LIMITS = ("max_tokens", "max_completion_tokens", "max_new_tokens", "max_gen_toks")
"""What servers call the token limit."""

OWN = {"until", "do_sample", "max_gen_toks"}
"""Generation arguments that no payload holds by that name."""

AGAIN = {408, 409, 425, 429}
"""Statuses of a request that may be answered later."""

_log = logging.getLogger(__name__)


class OtherPayload(CftError):
    """A server would be asked for something else than the task says."""

    def __init__(self, engine: str, what: str) -> None:
        local = setting("model", "local-chat-completions")
        super().__init__(
            f"{engine}: {what}: lm-eval changes it for models by their name, and the scores would "
            f"be of another protocol. If the model accepts only that value, request it with "
            f"{setting('gen_kwargs')}; if it does, use {local} with "
            f"{setting('model_args', base_url='…')}, which sends what is asked"
        )


class ServerLost(CftError):
    """A server that no longer answers, or refuses."""

    def __init__(self, url: str, error: BaseException) -> None:
        what = "refuses the request" if is_final(error) else "does not answer"
        super().__init__(f"{url}: the server {what}: {first_line(error)}; {saved()}")


class NothingAnswered(ConnectionError):
    """A server's answer is an error, or has no choice, though its status says that all is well."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(f"an answer without a response: {json.dumps(answer)[:200]}")


class NoChatTemplate(CftError):
    """A chat server was given text instead of messages."""

    def __init__(self, engine: str) -> None:
        super().__init__(
            f"{engine}: a chat server takes messages, not text: add "
            f"{setting('apply_chat_template')}"
        )


def classes() -> Iterator[type]:
    """Every class of lm-eval for a server that is loaded, the most general first."""
    if API not in sys.modules:
        return
    waiting = [sys.modules[API].TemplateAPI]
    while waiting:
        yield (owner := waiting.pop(0))
        waiting += owner.__subclasses__()


def check_payload(lm: Any, sent: Mapping[str, Any], *, messages: bool) -> None:
    """Raise `OtherPayload` where ``lm`` would ask for something else than ``sent`` says.

    ``messages``: whether prompts are messages, and not text. Raises `NoChatTemplate`, too.
    """
    if not hasattr(lm, "_create_payload"):
        return
    engine = _named(lm)
    if takes_messages(type(lm)) and not messages:
        raise NoChatTemplate(engine)
    payload = _payload(lm, dict(sent))
    for name, value in sent.items():
        if name not in OWN and payload.get(name) != value:
            raise OtherPayload(
                engine, f"{name}={value!r} was requested, {_said(payload, name)} would be sent"
            )
    limits = [payload[name] for name in LIMITS if name in payload]
    if "max_gen_toks" in sent and limits and sent["max_gen_toks"] not in limits:
        raise OtherPayload(
            engine, f"max_gen_toks={sent['max_gen_toks']} was requested, {limits[0]} would be sent"
        )
    if sent.get("until") and not (payload.get("stop") or payload.get("stop_sequences")):
        _log.warning("%s sends no stop strings: responses are cut at them here", engine)


def _named(lm: Any) -> str:
    """An engine as the caller named it; one that was handed over by its class."""
    from lm_eval.api.registry import model_registry

    kinds = [name for name, owner in model_registry.items() if owner is type(lm)]
    model = getattr(lm, "model", None)
    served = f" ({model})" if isinstance(model, str) else ""
    return (setting("model", kinds[0]) if kinds else type(lm).__name__) + served


def is_lost(error: BaseException) -> bool:
    """Whether an error is one of asking a server, in the words of either client of lm-eval."""
    client = type(error).__module__.partition(".")[0] in ("requests", "urllib3", "aiohttp")
    return client or isinstance(error, ConnectionError | TimeoutError)


def is_final(error: BaseException) -> bool:
    """Whether a server said that the request is wrong: a key, a name, what it asks for."""
    status = getattr(error, "status", None)
    return isinstance(status, int) and 400 <= status < 500 and status not in AGAIN


def takes_messages(owner: type) -> bool:
    """Whether a class of lm-eval is of chat servers, which are sent messages."""
    names = {parent.__name__ for parent in owner.__mro__}
    return bool(names & {"LocalChatCompletion", "AnthropicChat"})


def _payload(lm: Any, sent: dict[str, Any]) -> dict[str, Any]:
    chat = takes_messages(type(lm))
    message: Any = [{"role": "user", "content": "?"}] if chat else "?"
    made: dict[str, Any] = dict(
        lm._create_payload(message, generate=True, gen_kwargs=json.loads(json.dumps(sent)), seed=0)
    )
    inner: dict[str, Any] = made.pop("sampling_params", {})  # SGLang's
    return made | inner


def _said(payload: Mapping[str, Any], name: str) -> str:
    return f"{name}={payload[name]!r}" if name in payload else "nothing"


def answers(
    original: Callable[..., Any],
    expect: Callable[[list[Ending]], None],
    null: Callable[[], None],
) -> Callable[..., Any]:
    """Read an answer with the ending of each text; what has no content is an empty text.

    lm-eval notes no response without content: it would not be journalled, and a thought that the
    limit cut would count as ended by itself. Where one of several choices has none, it drops all.
    """

    def parse(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("outputs"):
            kwargs["outputs"] = whole(kwargs["outputs"])
        texts = list(original(*args, **kwargs))
        ended = endings.of_server(kwargs.get("outputs") or [])
        expect(ended if len(ended) == len(texts) else [])
        for text in texts:
            if text is None:
                null()
        return ["" if text is None else text for text in texts]

    return parse


def whole(outputs: Any) -> Any:
    """An answer, or several, with every field that lm-eval reads; what was not said is None.

    Raises `NothingAnswered`: lm-eval would grade an empty response, or have one too few.
    """
    if isinstance(outputs, list):
        return [whole(each) for each in outputs]
    if not isinstance(outputs, Mapping):
        return outputs
    if outputs.get("error") or ("choices" in outputs and not outputs["choices"]):
        raise NothingAnswered(outputs)
    if "choices" not in outputs:
        return outputs
    choices = [
        {"index": place, "text": None}
        | choice
        | {"message": {"content": None} | (choice.get("message") or {})}
        for place, choice in enumerate(outputs["choices"])
    ]
    return {**outputs, "choices": choices}


def seeds(original: Callable[..., Any], seed: Callable[[int, str], int]) -> Callable[..., Any]:
    """lm-eval sends one seed with all of k requests for the same text: k times one response."""

    def payload(self: Any, *args: Any, **kwargs: Any) -> Any:
        if id(self) in _writing:  # called by a class that is made from this one
            return original(self, *args, **kwargs)
        _writing.add(id(self))
        try:
            made = original(self, *args, **kwargs)
        finally:
            _writing.discard(id(self))
        return _seeded(made, seed)

    return payload


_writing: set[int] = set()
"""Engines whose payload is being written."""


def _seeded(made: dict[str, Any], seed: Callable[[int, str], int]) -> dict[str, Any]:
    if not made.get("temperature") or not isinstance(made.get("seed"), int):
        return made
    batch = [json.dumps(each) for each in made.get("prompt") or [] if isinstance(each, str | list)]
    if isinstance(made.get("prompt"), list) and len(set(batch)) < len(batch):
        # The responses to one text in one request would share its seed.
        del made["seed"]
    else:
        made["seed"] = seed(made["seed"], json.dumps(made.get("messages") or made.get("prompt")))
    return made
