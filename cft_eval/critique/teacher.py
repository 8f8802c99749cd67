"""Ask one OpenAI-compatible server many questions: concurrency, limits, retries.

    messages ──> Reply, or an error that says whether asking again may help

Knows nothing of critiques or files. A server may stall, err, answer junk or say to wait; each of
these costs a retry with a growing pause, and in the end one failed question, never the run.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from cft_eval.errors import CftError

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to ask, and how."""

    base_url: str
    model: str
    api_key: str | None = None
    temperature: float = 0.3
    """With top_p and max_tokens: the paper's, for GPT-4o as the teacher."""

    top_p: float = 0.95
    max_tokens: int = 3200
    timeout: float = 120.0
    """Seconds without a byte before a request is given up and asked again."""

    retries: int = 5
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    pause: float = 1.0
    """Seconds before the first retry; each further one waits twice as long, up to a minute."""

    @property
    def sampling(self) -> tuple[str, float, float, int]:
        """What decides the distribution of its answers: another model, or another draw of it."""
        return self.model, self.temperature, self.top_p, self.max_tokens


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and what it is billed for."""

    text: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float


class TeacherRefused(CftError):
    """The server will not answer, however often it is asked: a wrong key, model or address."""


class Unanswered(CftError):
    """One question got no usable answer after all retries; what they cost is billed."""

    prompt_tokens = 0
    completion_tokens = 0


@dataclass(slots=True)
class Limiter:
    """A bucket that refills evenly: ``take`` waits until the rate allows it."""

    per_minute: float | None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _free_at: float = field(default=0.0)

    async def take(self, amount: float = 1.0) -> None:
        if not self.per_minute:
            return
        now = self.clock()
        start = max(now, self._free_at)
        self._free_at = start + 60.0 * amount / self.per_minute
        if start > now:
            await self.sleep(start - now)


class Teacher:
    """A client of one server; use as an async context manager."""

    def __init__(self, server: Server) -> None:
        self.server = server
        headers = {"Authorization": f"Bearer {server.api_key}"} if server.api_key else {}
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(server.timeout, connect=min(10.0, server.timeout)),
            limits=httpx.Limits(max_connections=None),
        )
        self._url = server.base_url.rstrip("/") + "/chat/completions"
        self._requests = Limiter(server.requests_per_minute)
        self._tokens = Limiter(server.tokens_per_minute)
        self.retried = 0
        """Requests that had to be asked again."""

        self.answered = 0
        self._turned_down = 0

    async def __aenter__(self) -> "Teacher":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()

    async def ask(self, messages: list[Message], *, seed: int | None = None) -> Reply:
        """One answer; raise `Unanswered` after the last retry, `TeacherRefused` if none helps.

        The tokens of a reply are those of every attempt at it: empty answers are billed too.
        """
        last, wait, spent = "", 0.0, [0, 0]
        for attempt in range(self.server.retries + 1):
            if attempt:
                await asyncio.sleep(wait)
                self.retried += 1
            await self._requests.take()
            await self._tokens.take(_guess(messages))
            started = time.monotonic()
            try:
                # The read timeout is from byte to byte; this one is for the whole answer, which a
                # server that sends a blank a second would never let come to an end.
                response = await asyncio.wait_for(
                    self._client.post(self._url, json=self._body(messages, seed)),
                    self.server.timeout,
                )
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise TeacherRefused(f"{self._url}: {error}") from None
            # A body that cannot be decoded is a RequestError as well.
            except (httpx.RequestError, TimeoutError) as error:
                last = f"{type(error).__name__}: {error}".rstrip(": ")
                wait = self._pause(attempt)
                continue
            self._check_refused(response)
            wait = _retry_after(response) or self._pause(attempt)
            if response.status_code != httpx.codes.OK:
                last = f"HTTP {response.status_code}: {response.text[:80]!r}"
                continue
            reply = _reply(response, time.monotonic() - started)
            if reply is None:
                last = f"no chat completion: {response.text[:80]!r}"
                continue
            spent = [spent[0] + reply.prompt_tokens, spent[1] + reply.completion_tokens]
            if reply.text.strip():
                self.answered += 1
                return replace(reply, prompt_tokens=spent[0], completion_tokens=spent[1])
            last = "an empty answer"
            if reply.finish == "length":
                # The same limit would cut the same thoughts off again.
                raise _unanswered("an empty answer that ended at the token limit", spent)
        raise _unanswered(
            f"no answer after {self.server.retries + 1} attempts; the last: {last}", spent
        )

    def _body(self, messages: list[Message], seed: int | None) -> dict[str, Any]:
        server = self.server
        body: dict[str, Any] = {
            "model": server.model,
            "messages": messages,
            "temperature": server.temperature,
            "top_p": server.top_p,
            "max_tokens": server.max_tokens,
        }
        return body if seed is None else body | {"seed": seed}

    def _pause(self, attempt: int) -> float:
        longest = min(60.0, self.server.pause * 2**attempt)
        # Between half and all of it, or every client that was turned away comes back at once.
        return float(longest * random.uniform(0.5, 1.0))

    def _check_refused(self, response: httpx.Response) -> None:
        if response.status_code in (401, 403):
            raise TeacherRefused(
                f"{self._url}: HTTP {response.status_code}: the key is missing or was rejected; "
                "--api-key-env names the variable that holds it"
            )
        said = f"HTTP {response.status_code}: {response.text[:200]}"
        if response.status_code in (400, 413, 422):
            # A content filter or too long a prompt: this question's fault, unless all share it.
            self._turned_down += 1
            if self.answered or self._turned_down < ALL_TURNED_DOWN:
                raise Unanswered(f"refused: {said}")
        if response.status_code in (400, 404, 405, 413, 422):
            raise TeacherRefused(
                f"{self._url}: {said}; look at --base-url (it usually ends in /v1) and --teacher"
            )


ALL_TURNED_DOWN = 4
"""Questions turned down in a row before the first answer, that mean the server wants none."""


def _unanswered(why: str, spent: list[int]) -> Unanswered:
    error = Unanswered(why)
    error.prompt_tokens, error.completion_tokens = spent
    return error


def _guess(messages: list[Message]) -> float:
    """Tokens of a prompt, before the server has counted them: four characters each."""
    return sum(len(message["content"]) for message in messages) / 4


LONGEST_WAIT = 300.0
"""Seconds that a server may ask us to wait."""


def _retry_after(response: httpx.Response) -> float | None:
    try:
        return min(LONGEST_WAIT, max(0.0, float(response.headers["retry-after"])))
    except (KeyError, ValueError):
        return None


def _reply(response: httpx.Response, seconds: float) -> Reply | None:
    """The completion in a response, or None where it is not one."""
    try:
        body = response.json()
        choice = body["choices"][0]
        text = choice["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    if text is not None and not isinstance(text, str):
        return None
    usage = body.get("usage")
    return Reply(
        # Half a surrogate pair in JSON's escapes is no character that a file could hold.
        text=(text or "").encode("utf-8", "replace").decode(),
        finish=str(choice.get("finish_reason") or "unknown"),
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
        seconds=round(seconds, 3),
    )


def _count(usage: object, name: str) -> int:
    """Tokens as a server counts them; what is no count is 0."""
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
