"""A real nginx in front, with a cache that all share: nobody gets what was another's answer."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from cft_eval.client import Client
from cft_eval.server.access.auth import Principal, Scope
from cft_eval.server.operate.accounts import Accounts
from cft_eval.server.store.database import Database
from tests.server import boards

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed (Debian: apt-get install nginx-light)"
)

# The most that somebody may get wrong: everything is cached that does not forbid it.
CONFIG = """
{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  proxy_cache_path {folder}/cache keys_zone=board:1m;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 8m;
    location / {{
      proxy_pass {board};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_cache board;
      proxy_cache_valid any 10m;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""


@contextmanager
def nginx(folder: Path, board: str) -> Iterator[str]:
    folder.mkdir()
    port, config = boards.free_port(), folder / "nginx.conf"
    # Started by root it would give itself a user that may not write here.
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(CONFIG.format(folder=folder, port=port, board=board, user=user))
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(config)])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            assert process.poll() is None, (folder / "error.log").read_text()
            try:
                httpx.get(f"{url}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


class Front(NamedTuple):
    """A board behind nginx, with a private run and a public one."""

    url: str
    token: dict[str, str]
    private: str
    public: str

    def get(self, path: str, *, known: bool = False) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", headers=self.token if known else {})


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    path = tmp_path_factory.mktemp("front")
    config = boards.settings(path / "board", trusted_proxies=("127.0.0.1",))
    config.server_data.mkdir()
    tokens = _tokens(config.database)
    with boards.served(config) as board, nginx(path / "nginx", board) as url:
        runs = []
        for number, owner in enumerate(("red", "open")):
            with Client(url, token=tokens[owner]) as client:
                page = client.publish(boards.folder(path / owner, name=f"tiny/{number}"))
            runs.append(page.rpartition("/")[2])
        yield Front(url, {"Authorization": f"Bearer {tokens['red']}"}, *runs)


def _tokens(url: str) -> dict[str, str]:
    database = Database(url)
    accounts = Accounts(database)
    me = Principal("me", scopes=frozenset(Scope), everything=True)
    made = {}
    for name, private in (("red", True), ("open", False)):
        accounts.organisation(name, private=private, by=me)
        scopes = frozenset({Scope.READ, Scope.UPLOAD})
        made[name] = accounts.mint(name, scopes=scopes, organisation=name, days=1, by=me).token
    database.close()
    return made


PRIVATE = [
    "/runs/{run}", "/runs/{run}/badge.svg", "/runs/{run}/badge.json", "/api/v1/runs/{run}",
    "/api/v1/runs/{run}/samples", "/api/v1/runs/{run}/outcomes", "/runs/{run}/samples/0",
]  # fmt: skip


@pytest.mark.parametrize("path", PRIVATE)
def test_a_private_answer_is_nobody_elses(front: Front, path: str) -> None:
    address = path.format(run=front.private)
    for _ in range(2):
        answer = front.get(address, known=True)
        assert answer.status_code == 200
        assert answer.headers["x-cache"] in {"MISS", "BYPASS"}, "it was taken from the cache"
    # What a stranger did not find is asked for anew: it may be published by then.
    for _ in range(2):
        stranger = front.get(address)
        assert stranger.status_code == 404
        assert stranger.headers["x-cache"] in {"MISS", "BYPASS"}
    # And the other way round: what a stranger was told is not told to the owner.
    assert front.get(address, known=True).status_code == 200


LISTS = ["/", "/api/v1/runs", "/board.csv", "/feed.atom", "/compare", "/items/math"]


@pytest.mark.parametrize("path", LISTS)
def test_lists_show_to_each_what_is_theirs(front: Front, path: str) -> None:
    for known in (True, False, True, False):
        text = front.get(path, known=known).text
        if path == "/items/math":
            continue  # it names no run; the statuses are what matters
        assert (front.private in text or "tiny/0" in text) == known, (path, known)


def test_what_is_everybodys_is_kept(front: Front) -> None:
    """The cache does its work: it is not that nothing is cached."""
    page = front.get("/").text
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    badge = f"/runs/{front.public}/badge.svg"
    for path in (style, badge):
        assert [front.get(path).headers["x-cache"] for _ in range(2)][-1] == "HIT", path


def test_a_form_and_an_upload_pass(front: Front) -> None:
    runs = {"run": [front.private, front.public], "policy": "strict"}
    origin = {"Origin": front.url, **front.token}
    answer = httpx.post(f"{front.url}/comparisons", data=runs, headers=origin)
    assert answer.status_code == 303
    snapshot = answer.headers["location"]
    assert front.get(snapshot, known=True).status_code == 200
    assert front.get(snapshot).status_code == 404
