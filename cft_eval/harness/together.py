"""k responses to one prompt in one request: the prompt is read once, and k drawn from there.

    k requests alike ── one with n=k ──> engine ── k choices ──> handed on one by one

lm-eval sends every copy by itself. vLLM and servers draw several at once (`n`); a server that does
not know `n`, or gives one choice all the same, is sent the copies one by one. Greedy requests and
batches of several prompts are left as they are.
"""

import asyncio
import copy
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from cft_eval.errors import CftError
from cft_eval.harness import servers
from cft_eval.harness.journal import request_key

MOST = 64
"""Responses that a server is asked for at once: OpenAI takes 128, and a request that fails is lost
whole."""

Call = Callable[..., Any]


class GivenUp(BaseException):
    """An error of ours on its way out: what is an `Exception` is tried again by lm-eval."""

    def __init__(self, error: CftError) -> None:
        super().__init__(str(error))
        self.error = error


class Draws:
    """What of one call of `generate_until` can be drawn together, and what was."""

    def __init__(self, requests: Sequence[Any], plain: Callable[[object], str]) -> None:
        self._plain = plain
        self.most = MOST
        """How many the server gives at once; 1 where it does not take `n`."""

        self.left: Counter[str] = Counter()
        """How often each request is still to be answered."""

        for request in requests:
            context, sent = request.args
            if sent.get("temperature"):
                self.left[request_key(plain(context), sent)] += 1
        self.ready: defaultdict[str, deque[Any]] = defaultdict(deque)
        self.pending: dict[str, asyncio.Future[None]] = {}
        self.stopped = False
        """Whether an error of ours ended the run, so that nothing more is asked."""

        self._tried: Counter[int] = Counter()

    def tries(self, messages: object) -> int:
        """How often a call failed, this time included; lm-eval hands on one object each time."""
        self._tried[id(messages)] += 1
        return self._tried[id(messages)]

    def go_on(self) -> None:
        """Raise `asyncio.CancelledError` where the run has ended."""
        if self.stopped:
            raise asyncio.CancelledError

    def key(self, messages: Any, sent: Mapping[str, Any] | None) -> str | None:
        """Names a call for one prompt that others are like; None for any other call."""
        if len(messages) != 1 or isinstance(messages[0], list) or not sent:
            return None
        key = request_key(self._plain(messages[0]), sent)
        return key if self.left[key] else None

    def number(self, key: str) -> int:
        """How many to ask for in the next request."""
        return min(self.left[key], self.most)


def one_by_one(original: Call) -> Call:
    """`model_call` of a server, asked for several choices at once: each call gives one of them."""

    def ask(*args: Any, **kwargs: Any) -> Any:
        # Here, and not only where it is read: what fails here is tried again.
        return servers.whole(original(*args, **kwargs))

    def call(self: Any, messages: Any, *, gen_kwargs: Any = None, **kwargs: Any) -> Any:
        draws: Draws | None = getattr(self, "cft_draws", None)
        key = draws.key(messages, gen_kwargs) if draws else None
        if draws is None or key is None:
            return ask(self, messages, gen_kwargs=gen_kwargs, **kwargs)
        if not draws.ready[key]:
            count = draws.number(key)
            try:
                outputs = ask(self, messages, gen_kwargs=_several(gen_kwargs, count), **kwargs)
            except OSError as error:
                if count == 1 or not _refused(getattr(error, "response", None)):
                    raise
                draws.most = 1
                outputs = ask(self, messages, gen_kwargs=gen_kwargs, **kwargs)
            draws.ready[key].extend(_apart(outputs))
            draws.most = min(draws.most, _given(draws.ready[key], count))
        draws.left[key] -= 1
        return draws.ready[key].popleft()

    return call


def at_once(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`amodel_call` of a server: the first call asks for several, the others wait for theirs.

    An error of ours, and the last failure of a call, ends all calls at once, as `GivenUp`: lm-eval
    would try each of the others again.
    """
    from aiohttp import ClientResponseError

    async def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        draws: Draws | None = getattr(self, "cft_draws", None)
        if draws is None:
            return await original(self, *args, **kwargs)
        try:
            return await drawn(self, draws, *args, **kwargs)
        except CftError as error:
            draws.stopped = True
            raise GivenUp(error) from None
        except Exception as error:
            draws.go_on()  # what fails after the connections were closed says nothing
            last = draws.tries(kwargs.get("messages")) >= self.max_retries
            if servers.is_lost(error) and (last or servers.is_final(error)):
                draws.stopped = True
                raise GivenUp(servers.ServerLost(str(self.base_url), error)) from error
            raise

    async def drawn(
        self: Any,
        draws: Draws,
        session: Any,
        sem: Any,
        messages: Any,
        *,
        gen_kwargs: Any = None,
        cache_keys: Any = None,
        **kwargs: Any,
    ) -> Any:
        keys = list(cache_keys or [])

        async def ask(sent: Any) -> list[Any]:
            # Without lm-eval's keys: it has one for each call, not for each choice.
            return list(await original(self, session, sem, messages, gen_kwargs=sent, **kwargs))

        def note(text: Any, key: Any) -> None:
            # Journalled now, while the engine's endings stand in their order.
            self.cache_hook.add_partial("generate_until", key, text)

        draws.go_on()
        key = draws.key(messages, gen_kwargs)
        if key is None:
            texts = await ask(gen_kwargs)
            for text, cache_key in zip(texts, keys, strict=False):
                note(text, cache_key)
            return texts
        while key in draws.pending:
            await draws.pending[key]
            draws.go_on()
        if draws.ready[key]:
            draws.left[key] -= 1
            return [draws.ready[key].popleft()]
        count = draws.number(key)
        draws.pending[key] = asyncio.get_running_loop().create_future()
        try:
            texts = await ask(_several(gen_kwargs, count))
        except ClientResponseError as error:
            if count == 1 or not _refused(error):
                raise
            draws.most = 1
            texts, count = await ask(gen_kwargs), 1
        finally:
            draws.pending.pop(key).set_result(None)
        draws.left[key] -= 1
        draws.most = min(draws.most, _given(texts, count))
        draws.ready[key].extend(texts[1:])
        for text in texts:
            for cache_key in keys:
                note(text, cache_key)
        return texts[:1]

    return call


def _given(responses: Sequence[Any] | deque[Any], count: int) -> int:
    """How many to ask for from now on."""
    return max(len(responses), 1) if len(responses) < count else MOST


def _refused(response: Any) -> bool:
    """Whether a server said that the request itself is not right."""
    status = getattr(response, "status", None) or getattr(response, "status_code", None)
    return status in (400, 422)


def _several(sent: Any, number: int) -> Any:
    return sent if number == 1 else {**sent, "n": number}


def _apart(outputs: Any) -> list[Any]:
    """An answer with several choices as answers with one; the count of tokens is of all of them."""
    choices = outputs.get("choices") if isinstance(outputs, Mapping) else None
    if not choices or len(choices) == 1:
        return [outputs]
    ordered = sorted(choices, key=lambda choice: choice.get("index", 0))
    rest = {name: value for name, value in outputs.items() if name not in ("choices", "usage")}
    return [{**rest, "choices": [{**choice, "index": 0}]} for choice in ordered]


def in_one_batch(original: Call) -> Call:
    """`_model_generate` of vLLM: copies of a prompt are one request with `n`."""

    def generate(self: Any, *args: Any, **kwargs: Any) -> Any:
        requests, sampling = kwargs.get("requests"), kwargs.get("sampling_params")
        if args or not kwargs.get("generate") or not isinstance(sampling, list):
            return original(self, *args, **kwargs)
        alike = _alike(requests or [], sampling)
        if len(alike) == len(sampling):
            return original(self, **kwargs)
        firsts = [indices[0] for indices in alike]
        outputs = original(
            self,
            **{
                **kwargs,
                "requests": [(requests or [])[index] for index in firsts],
                "sampling_params": [
                    _drawn(sampling[indices[0]], len(indices)) for indices in alike
                ],
            },
        )
        return _handed_on(alike, outputs, len(sampling))

    return generate


def _alike(requests: Sequence[Any], sampling: Sequence[Any]) -> list[list[int]]:
    """The indices of the requests that are copies of one another, in their order."""
    groups: dict[object, list[int]] = {}
    for index, (prompt, params) in enumerate(zip(requests, sampling, strict=True)):
        drawn = params.temperature and params.seed is None and getattr(params, "n", 1) == 1
        key: object = (tuple(prompt), repr(params)) if drawn else index
        groups.setdefault(key, []).append(index)
    return list(groups.values())


def _drawn(params: Any, number: int) -> Any:
    params = copy.copy(params)
    params.n = number
    return params


def _handed_on(alike: Sequence[Sequence[int]], outputs: Sequence[Any], count: int) -> list[Any]:
    apart: list[Any] = [None] * count
    for indices, output in zip(alike, outputs, strict=True):
        for index, choice in zip(indices, output.outputs, strict=True):
            apart[index] = SimpleNamespace(
                prompt_token_ids=getattr(output, "prompt_token_ids", None),
                outputs=[choice],
                finished=True,
            )
    return apart
