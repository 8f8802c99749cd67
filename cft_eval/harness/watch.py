"""What goes on between lm-eval and its engine: how each response ended, when, and for which task.

    engine ── batch ──> endings, waiting ── cache hook, one response at a time ──> noted

lm-eval calls its cache hook with every response as soon as it has it; here that call is listened
to, and what the engine said just before is put beside the text. One watch serves the process.
Knows no grading and no files: the journal and the progress line are listeners.
"""

import functools
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from cft_eval.harness import endings, room, servers, together
from cft_eval.harness.endings import UNKNOWN, Ending
from cft_eval.harness.journal import request_key

HF = "lm_eval.models.huggingface"
VLLM = "lm_eval.models.vllm_causallms"


class Listener(Protocol):
    """Is told of every response once, in the order in which they are done.

    ``sent``: the generation arguments that it answers, where the engine says them as they were.
    """

    def __call__(
        self, context: str, text: str, ending: Ending, sent: Mapping[str, Any] | None
    ) -> None: ...


class Watch:
    """The responses of this process with their endings."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.resumed = 0
        """Responses taken from an earlier run: what was sampled then must not be sampled again."""

        self.tasks: set[str] = set()
        """Ours; lm-eval may ask for others' in the same breath."""

        self.cached = False
        """Whether lm-eval's own cache answers (`--use_cache`)."""

        self.nulls = 0
        """Answers of a server that had no content."""

        self.sending: Mapping[str, Any] | None = None
        """The generation arguments of all that is asked now; None: the cache hook says them."""

        self._waiting: deque[Ending] = deque()
        self._noted: defaultdict[tuple[str, str], list[Ending]] = defaultdict(list)
        self._early: Counter[tuple[str, str]] = Counter()
        self._sent: Counter[str] = Counter()

    def expect(self, endings: Iterable[Ending]) -> None:
        """The endings of the responses that lm-eval will note next, in that order."""
        self._waiting = deque(endings)

    def note(self, context: object, text: str, sent: Mapping[str, Any] | None = None) -> None:
        """A response is done, as lm-eval will hand it on."""
        ending = self._waiting.popleft() if self._waiting else UNKNOWN
        key = _key(context, text)
        self._noted[key].append(ending)
        if self._early[key]:
            self._early[key] -= 1
            return
        self._tell(*key, ending, sent)

    def note_early(self, context: str, text: str, ending: Ending) -> None:
        """A response that lm-eval has not yet seen, of a batch that is not yet done."""
        key = _key(context, text)
        self._early[key] += 1
        self._tell(*key, ending, None)

    def keep(self, context: object, text: str, ending: Ending) -> None:
        """A response from an earlier run."""
        self.resumed += 1
        self._noted[_key(context, text)].append(ending)

    def take(self, context: object, text: str) -> Ending:
        """How a response ended; each is taken once."""
        noted = self._noted.get(_key(context, text))
        return noted.pop(0) if noted else UNKNOWN

    def seed(self, seed: int, message: str) -> int:
        """A seed for one more response to the same message: the same one gives the same text."""
        index, self._sent[message] = self._sent[message], self._sent[message] + 1
        return (seed + index + 100_003 * self.resumed) % 2**31

    def null(self) -> None:
        """A server answered without content; its response is empty."""
        self.nulls += 1

    def _tell(
        self, context: str, text: str, ending: Ending, sent: Mapping[str, Any] | None
    ) -> None:
        for listener in self.listeners:
            listener(context, text, ending, sent if self.sending is None else self.sending)


WATCH = Watch()


def _key(context: object, text: str) -> tuple[str, str]:
    return plain(context), endings.encodable(text)


def plain(context: object) -> str:
    """A prompt as text; lm-eval's chat requests are a tuple around theirs."""
    return context if isinstance(context, str) else str(getattr(context, "prompt", context))


def attach(task: str) -> None:
    """Listen to the engine that is loaded, for ``task``. Calling it again changes nothing."""
    from lm_eval.api.model import CacheHook, CachingLM

    WATCH.tasks.add(task)
    WATCH.cached = False
    _wrap(CacheHook, "add_partial", _noting)
    _wrap(CachingLM, "__getattr__", _from_cache)
    if HF in sys.modules:
        _wrap(sys.modules[HF].HFLM, "_model_generate", _of_hf)
        _wrap(sys.modules[HF].HFLM, "generate_until", _checked)
    if VLLM in sys.modules:
        _wrap(sys.modules[VLLM].VLLM, "_model_generate", _of_vllm)
        _wrap(sys.modules[VLLM].VLLM, "generate_until", _step_by_step)
    for owner in servers.classes():
        _wrap(owner, "generate_until", _drawing)
        _wrap(owner, "model_call", together.one_by_one)
        _wrap(owner, "amodel_call", together.at_once)
        _wrap(owner, "parse_generations", _of_server)
        _wrap(owner, "_create_payload", _own_seeds)


_Method = Callable[..., Any]


def _wrap(owner: type, name: str, wrapper: Callable[[_Method], _Method]) -> None:
    """Put ``wrapper`` around a method of ``owner``, unless a new lm-eval has none by that name."""
    method = owner.__dict__.get(name)
    if method is None or hasattr(method, "cft_eval"):
        return
    static = isinstance(method, staticmethod)
    original = method.__func__ if static else method
    wrapped = functools.wraps(original)(wrapper(original))
    marked: Any = staticmethod(wrapped) if static else wrapped
    marked.cft_eval = True
    setattr(owner, name, marked)


def _noting(original: _Method) -> _Method:
    def add_partial(self: object, attr: str, req: tuple[Any, ...], res: Any) -> None:
        if attr == "generate_until":
            WATCH.note(req[0], res, req[1] if isinstance(req[1], Mapping) else None)
        original(self, attr, req, res)

    return add_partial


def _from_cache(original: _Method) -> _Method:
    def getattr_(self: Any, name: str) -> Any:
        WATCH.cached |= name == "generate_until"
        return original(self, name)

    return getattr_


def _checked(original: _Method) -> _Method:
    def generate_until(self: Any, requests: list[Any], *args: Any, **kwargs: Any) -> Any:
        _check(self, requests)
        return original(self, requests, *args, **kwargs)

    return generate_until


def _drawing(original: _Method) -> _Method:
    """As `_checked`, and several responses to one prompt are drawn by one request."""

    def generate_until(self: Any, requests: list[Any], *args: Any, **kwargs: Any) -> Any:
        _check(self, requests)
        self.cft_draws = together.Draws(requests, plain)
        try:
            return original(self, requests, *args, **kwargs)
        except together.GivenUp as stopped:
            raise stopped.error from None
        except Exception as error:
            if servers.is_lost(error):
                raise servers.ServerLost(str(self.base_url), error) from error
            raise
        finally:
            self.cft_draws = None

    return generate_until


def _check(lm: Any, requests: Iterable[Any]) -> None:
    """Raise a `CftError` where the engine would not answer our requests as they are meant."""
    ours = [request for request in requests if request.task_name in WATCH.tasks]
    if ours:
        room.check_engine(lm)
        for sent in {request_key("", each.args[1]): each.args[1] for each in ours}.values():
            servers.check_payload(lm, sent, messages=not isinstance(ours[0].args[0], str))
        # A server that is sent text counts by itself, and answers with an error.
        if isinstance(ours[0].args[0], str) and getattr(lm, "tokenized_requests", True):
            room.check_room(lm, ours)


def _of_hf(original: _Method) -> _Method:
    def generate(self: Any, *args: Any, **kwargs: Any) -> Any:
        rows = original(self, *args, **kwargs)
        context, longest = kwargs.get("context"), kwargs.get("max_length")
        if self.backend == "causal" and context is not None and longest is not None:
            start = context.shape[1]
            stop = kwargs.get("stop") or []
            ended = endings.of_hf(self, rows, start=start, limit=longest - start, stop=stop)
            WATCH.expect(ended)
        else:
            WATCH.expect([])
        return rows

    return generate


def _of_vllm(original: _Method) -> _Method:
    def seeded(self: Any, *args: Any, **kwargs: Any) -> Any:
        _reseed_vllm(kwargs.get("sampling_params"))
        return original(self, *args, **kwargs)

    drawn = together.in_one_batch(seeded)

    def generate(self: Any, *args: Any, **kwargs: Any) -> Any:
        outputs = drawn(self, *args, **kwargs)
        WATCH.expect(endings.of_vllm(outputs) if kwargs.get("generate") else [])
        return outputs

    return generate


def _reseed_vllm(sampling: Any) -> None:
    """A resumed run draws anew: the engine's own seed would give the first draws once more.

    vLLM counts on from the seed of a request for each of its choices.
    """
    if WATCH.resumed and isinstance(sampling, list):
        for index, params in enumerate(sampling):
            if params.temperature and params.seed is None:
                params.seed = WATCH.seed(index, "")


def reseed_torch(resumed: int) -> None:
    """The same for Hugging Face models, whose draws come from torch's own generator."""
    torch = sys.modules.get("torch")
    if torch is not None and resumed:
        torch.manual_seed((torch.initial_seed() + 100_003 * resumed) % 2**63)


def _of_server(original: _Method) -> _Method:
    return servers.answers(original, WATCH.expect, WATCH.null)


def _own_seeds(original: _Method) -> _Method:
    return servers.seeds(original, WATCH.seed)


def _step_by_step(original: _Method) -> _Method:
    """vLLM hands on a batch when its last response is done; its engine knows of each at once.

    Neither says how the response was asked for, so what is asked in one way goes together.
    """

    def generate_until(self: Any, requests: list[Any], *args: Any, **kwargs: Any) -> Any:
        _check(self, requests)
        responses: dict[int, Any] = {}
        for indices in _ways(requests):
            together = [requests[index] for index in indices]
            WATCH.sending = together[0].args[1]
            try:
                responses |= zip(indices, one_way(self, together, *args, **kwargs), strict=True)
            finally:
                WATCH.sending = None
        return [responses[index] for index in range(len(requests))]

    def one_way(self: Any, requests: list[Any], *args: Any, **kwargs: Any) -> Any:
        engine = getattr(getattr(self, "model", None), "llm_engine", None)
        if engine is None or not hasattr(engine, "step") or not WATCH.listeners:
            return original(self, requests, *args, **kwargs)
        step = engine.step
        requests_by_prompt = _prompts(self, requests)

        def stepping(*args: Any, **kwargs: Any) -> Any:
            outputs = step(*args, **kwargs)
            for output in outputs:
                _note_step(self, output, requests_by_prompt)
            return outputs

        engine.step = stepping
        try:
            return original(self, requests, *args, **kwargs)
        finally:
            engine.step = step

    return generate_until


def _ways(requests: Sequence[Any]) -> list[list[int]]:
    """The indices of the requests that share their generation arguments."""
    ways: defaultdict[str, list[int]] = defaultdict(list)
    for index, request in enumerate(requests):
        ways[request_key("", request.args[1])].append(index)
    return list(ways.values())


def _prompts(lm: Any, requests: list[Any]) -> dict[tuple[int, ...], tuple[str, Mapping[str, Any]]]:
    """Token ids to the request they were made from."""
    contexts = [request.args[0] for request in requests]
    return {
        tuple(ids): (request.args[0], request.args[1])
        for ids, request in zip(lm.tok_encode(contexts), requests, strict=True)
    }


def _note_step(
    lm: Any,
    output: Any,
    requests_by_prompt: Mapping[tuple[int, ...], tuple[str, Mapping[str, Any]]],
) -> None:
    if not getattr(output, "finished", False) or not getattr(output, "outputs", None):
        return
    # A prompt that was too long was cut, and is not found: it is noted with its batch.
    request = requests_by_prompt.get(tuple(output.prompt_token_ids or ()))
    if request is None:
        return
    from lm_eval.models.utils import postprocess_generated_text

    context, sent = request
    for choice in output.outputs:
        text = postprocess_generated_text(
            choice.text, list(sent.get("until") or []), lm.think_end_token
        )
        WATCH.note_early(context, text, endings.of_vllm_choice(choice))
