"""A small stand-in for an OpenAI-compatible chat server that remembers what it was asked."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

Payload = Mapping[str, Any]


class Answer(NamedTuple):
    text: str | None
    finish: str | None = "stop"
    tokens: int | None = None

    silent: bool = False
    """The field of the text is left out, where it would be null."""


class Server(NamedTuple):
    url: str
    asked: list[Payload]


def message(said: Answer) -> dict[str, object]:
    content = {} if said.silent and said.text is None else {"content": said.text}
    return {"role": "assistant", **content}


@contextmanager
def serve(answer: Callable[[Payload], Answer], *, most: int = 1) -> Iterator[Server]:
    """A server on a free port of this machine for as long as the block runs.

    ``answer`` may raise `ConnectionAbortedError`: the connection is closed without a word;
    `PermissionError`: 401; and `LookupError`: an error, or no choice, with status 200.
    ``most``: choices that it gives to one request (`n`); 0: it refuses a request for several.
    """
    asked: list[Payload] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(payload)
            number = payload.get("n", 1)
            if number > 1 and most == 0:
                self.send_error(400, "n is not known here")
                return
            try:
                all_said = [answer({**payload, "choice": n}) for n in range(min(number, most) or 1)]
            except ConnectionAbortedError:
                self.close_connection = True
                return
            except PermissionError:
                self.send_error(401)
                return
            except LookupError as error:
                self.send_json(error.args[0])
                return
            body: dict[str, object] = {
                "choices": [
                    {"index": n, "message": message(said), "finish_reason": said.finish}
                    for n, said in enumerate(all_said)
                ]
            }
            if all_said[0].tokens is not None:
                body["usage"] = {"completion_tokens": sum(said.tokens or 0 for said in all_said)}
            self.send_json(body)

        def send_json(self, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing: stderr is the test's."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_address[1]}/v1/chat/completions", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
