"""A stand-in for GitHub's and GitLab's comments: pages, ids, and tokens that may not write."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

TOKEN = "t0ken"
OURS = "gate-bot"
"""Whose the token is."""


class Forge:
    """The comments of one pull request, oldest first."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.denied = False
        self.refusing: set[str] = set()
        """Ends of the paths that are refused, whatever the token may do besides."""

        self.login = OURS

    def add(self, body: str, author: str | None = None) -> dict[str, Any]:
        number = 1000 + len(self.comments)
        comment = {
            "id": number,
            "body": body,
            "html_url": f"https://forge.test/c/{number}",
            "user": {"login": author or self.login},
            "author": {"username": author or self.login},
        }
        self.comments.append(comment)
        return comment

    @contextmanager
    def served(self) -> Iterator[str]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(forge: Forge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def received(self) -> tuple[str, dict[str, list[str]], str]:
            size = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(size)) if size else {}
            url = urlparse(self.path)
            forge.requests.append(f"{self.command} {url.path}")
            return url.path, parse_qs(url.query), sent.get("body", "")

        def refused(self) -> bool:
            bearer = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            known = bearer or self.headers.get("PRIVATE-TOKEN") == TOKEN
            refusing = self.path.endswith(tuple(forge.refusing))
            if not known or refusing or (forge.denied and self.command != "GET"):
                self.received()
                self.answer(403, {"message": "Resource not accessible by integration"})
                return True
            return False

        def do_GET(self) -> None:
            if self.refused():
                return
            path, query, _ = self.received()
            if path.endswith("/user"):
                self.answer(200, {"login": forge.login, "username": forge.login})
                return
            size, page = (int(query[name][0]) for name in ("per_page", "page"))
            self.answer(200, forge.comments[(page - 1) * size : page * size])

        def do_POST(self) -> None:
            if self.refused():
                return
            path, _, body = self.received()
            if path.endswith("/graphql"):
                self.answer(200, {"data": {"viewer": {"login": forge.login}}})
            else:
                self.answer(201, forge.add(body))

        def change(self) -> None:
            if self.refused():
                return
            path, _, body = self.received()
            comment = next(c for c in forge.comments if str(c["id"]) == path.rpartition("/")[2])
            comment["body"] = body
            self.answer(200, comment)

        do_PATCH = do_PUT = change

    return Handler
