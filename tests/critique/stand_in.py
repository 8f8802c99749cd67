"""A local OpenAI-compatible server that can be told to stall, err and answer junk."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[int, list[dict[str, str]]], tuple[int, dict[str, str], bytes] | None]
"""Times this question was asked before, its messages -> status, headers, body; None hangs up."""

STALL = 3.0
"""Seconds that a stalled answer takes: longer than the tests' clients wait."""


def completion(text: str, *, finish: str = "stop") -> tuple[int, dict[str, str], bytes]:
    body = {
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10},
    }
    return 200, {}, json.dumps(body).encode()


def right(before: int, messages: list[dict[str, str]]) -> tuple[int, dict[str, str], bytes]:
    return completion("It is fine. Conclusion: right [END]")


class StandIn:
    """What was asked of the server so far."""

    def __init__(self, answer: Answer, *, delay: float = 0.0) -> None:
        self.answer, self.delay = answer, delay
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        """Good answers that were sent whole: what a provider bills."""

        self.at_once = self.most_at_once = 0
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self.url = ""

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        question = body["messages"][-1]["content"] + str(body.get("seed", ""))
        with self._lock:
            before = self.asked[question]
            self.asked[question] += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.headers.append({k.lower(): v for k, v in request.headers.items()})
            self.bodies.append(body)
        try:
            time.sleep(self.delay)
            found = self.answer(before, body["messages"])
            if found is None:
                request.connection.close()
                return
            status, headers, content = found
            request.send_response(status)
            for name, value in {**headers, "content-length": str(len(content))}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(content)
            request.wfile.flush()
            if status == 200 and b"choices" in content:
                with self._lock:
                    self.answered[question] += 1
        except OSError:
            pass  # the client gave up
        finally:
            with self._lock:
                self.at_once -= 1


@contextmanager
def stand_in(answer: Answer = right, *, delay: float = 0.0) -> Iterator[StandIn]:
    state = StandIn(answer, delay=delay)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.handle(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that was killed

    server = Quiet(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
