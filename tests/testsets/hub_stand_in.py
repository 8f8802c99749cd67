"""A stand-in for the Hugging Face hub: serves folders as dataset repositories on localhost.

Speaks the few endpoints that `huggingface_hub` and `datasets` ask: a repository's facts, its
tree, and its files.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serve(root: Path) -> Iterator[str]:
    """Serve ``root/OWNER/NAME/…`` and yield the endpoint."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Hub,), {"root": root}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def repository(
    folder: Path,
    parts: dict[str, list[dict[str, object]]],
    *,
    configs: bool = False,
    split: str = "test",
    also: str = "",
) -> None:
    """Lay out a dataset repository; with ``configs`` each part is one of its own.

    ``also``: a second split, with the same rows.
    """
    folder.mkdir(parents=True)
    for name, rows in parts.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / name).write_text(text, encoding="utf-8")
    if configs:
        entries = [
            f"- config_name: {Path(name).stem}\n  data_files:"
            + "".join(f"\n  - split: {each}\n    path: {name}" for each in (split, also) if each)
            for name in parts
        ]
        card = "---\nconfigs:\n" + "\n".join(entries) + "\n---\n"
        (folder / "README.md").write_text(card, encoding="utf-8")


class _Hub(BaseHTTPRequestHandler):
    root: Path

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = json.loads(self.rfile.read(length) or b"{}")
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        if len(parts) > 4 and parts[4] == "paths-info":
            repository = self.root / parts[2] / parts[3]
            paths = [p for p in asked.get("paths", []) if (repository / p).exists()]
            self._json([_entry(repository, repository / path) for path in paths])
        else:
            self._send(404, b"", {})

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self, *, body: bool) -> None:
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        match parts:
            case ["api", "datasets", owner, name, *rest]:
                self._facts(self.root / owner / name, rest)
            case ["datasets", owner, name, "resolve", _, *path]:
                self._file(self.root / owner / name / "/".join(path), body=body)
            case _:
                self._send(404, b"", {})

    def _facts(self, repository: Path, rest: list[str]) -> None:
        if not repository.is_dir():
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})
            return
        files = sorted(path for path in repository.rglob("*") if path.is_file())
        if rest[:1] == ["tree"]:
            folder = repository / "/".join(rest[2:])
            if not folder.is_dir():
                self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
                return
            deep = "recursive=true" in self.path.lower()
            found = sorted(folder.rglob("*") if deep else folder.iterdir())
            self._json([_entry(repository, path) for path in found])
            return
        self._json(
            {
                "id": f"{repository.parent.name}/{repository.name}",
                "sha": COMMIT,
                "private": False,
                "gated": False,
                "disabled": False,
                "tags": [],
                "downloads": 0,
                "likes": 0,
                "siblings": [{"rfilename": str(f.relative_to(repository))} for f in files],
            }
        )

    def _file(self, path: Path, *, body: bool) -> None:
        if not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            return
        content = path.read_bytes()
        etag = hashlib.sha256(content).hexdigest()
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        self._send(200, content, headers, body=body)

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(
        self, status: int, content: bytes, headers: dict[str, str], *, body: bool = True
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(content)


def _entry(repository: Path, path: Path) -> dict[str, object]:
    name = str(path.relative_to(repository))
    if path.is_dir():
        return {"type": "directory", "path": name, "oid": "0" * 40}
    content = path.read_bytes()
    return {
        "type": "file",
        "path": name,
        "size": len(content),
        "oid": hashlib.sha1(content).hexdigest(),
    }
