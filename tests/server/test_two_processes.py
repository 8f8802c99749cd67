"""Two real servers on one PostgreSQL and one bucket, behind an nginx that takes turns."""

import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
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
from tests.server.providers import CLIENT, SECRET, IdentityProvider, provider_of_its_own

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.skipif(not boards.HAS_POSTGRES, reason="PostgreSQL is not installed"),
]

# As `deploy/nginx/board.conf`, without TLS; each answer says who gave it.
CONFIG = """
{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream board {{
    server 127.0.0.1:{one} max_fails=3 fail_timeout=1s;
    server 127.0.0.1:{two} max_fails=3 fail_timeout=1s;
  }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 32m;
    location / {{
      proxy_pass http://board;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_connect_timeout 5s;
      proxy_next_upstream error timeout;
      add_header X-Server $upstream_addr always;
    }}
  }}
}}
"""

# A dead machine is noticed within seconds, and grading takes long enough to be killed in.
IMPATIENT = (
    "import time; from cft_eval.server.intake import grading, queue; "
    "queue.LEASE_SECONDS, queue.HEARTBEAT_SECONDS = 3, 1; "
    "before = grading.Grader.grade; "
    "grading.Grader.grade = lambda *a, **o: (time.sleep(1.5), before(*a, **o))[1]"
)


class Deployment(NamedTuple):
    """Two servers and who is in front of them."""

    url: str
    token: str
    start: Callable[[int], subprocess.Popen[bytes]]
    servers: list[subprocess.Popen[bytes]]
    provider: IdentityProvider


@contextmanager
def _nginx(folder: Path, one: int, two: int) -> Iterator[str]:
    folder.mkdir()
    port, config = boards.free_port(), folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(CONFIG.format(folder=folder, port=port, one=one, two=two, user=user))
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(config)])
    try:
        boards.wait_for(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def deployment(tmp_path: Path, s3: str) -> Iterator[Deployment]:
    pytest.importorskip("s3fs", reason="needs the extra `s3`")
    pytest.importorskip("psycopg", reason="needs the extra `postgres`")
    pytest.importorskip("authlib", reason="needs the extra `sso`")
    ports = boards.free_port(), boards.free_port()
    with boards.postgres_server(tmp_path) as database, provider_of_its_own() as provider:
        token = _token(database)
        env = {
            "CFT_EVAL_DATABASE_URL": database,
            "CFT_EVAL_BLOBS": s3,
            "CFT_EVAL_PART_BYTES": "1024",
            "CFT_EVAL_GRADERS": "1",
            "CFT_EVAL_TRUSTED_PROXIES": '["127.0.0.1"]',
            "CFT_EVAL_SSO_ISSUER": provider.issuer,
            "CFT_EVAL_SSO_CLIENT_ID": CLIENT,
            "CFT_EVAL_SSO_CLIENT_SECRET": SECRET,
            "CFT_EVAL_SSO_GROUPS": '{"red-team": {"scopes": ["read", "admin", "review"]}}',
        }

        def start(number: int) -> subprocess.Popen[bytes]:
            data = tmp_path / f"machine{number}"
            log = tmp_path / f"log{number}"
            return boards.start_server(data, ports[number], patch=IMPATIENT, env=env, log=log)

        servers = [start(0), start(1)]
        try:
            with _nginx(tmp_path / "nginx", *ports) as url:
                yield Deployment(url, token, start, servers, provider)
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait()


def _token(url: str) -> str:
    database = Database(url)
    me = Principal("me", scopes=frozenset(Scope), everything=True)
    made = Accounts(database).mint("ana", scopes=frozenset(Scope), organisation=None, days=1, by=me)
    database.close()
    return made.token


def _push(deployment: Deployment, path: Path, number: int) -> None:
    with Client(deployment.url, token=deployment.token) as client:
        client.publish(boards.folder(path / str(number), name=f"tiny/{number}"))


def _push_all(deployment: Deployment, path: Path, count: int) -> list[threading.Thread]:
    threads = [
        threading.Thread(target=_push, args=(deployment, path, number)) for number in range(count)
    ]
    for thread in threads:
        thread.start()
    return threads


def _runs(deployment: Deployment) -> list[dict[str, object]]:
    runs: list[dict[str, object]] = httpx.get(f"{deployment.url}/api/v1/runs").json()["runs"]
    return runs


def test_eight_pushes_at_once_are_published(deployment: Deployment, tmp_path: Path) -> None:
    for thread in _push_all(deployment, tmp_path, 8):
        thread.join()
    assert len(_runs(deployment)) == 8
    run = _runs(deployment)[0]["id"]
    served = Counter()  # type: ignore[var-annotated]
    for _ in range(6):
        answer = httpx.get(f"{deployment.url}/api/v1/runs/{run}/samples")
        assert answer.status_code == 200
        served[answer.headers["x-server"]] += 1
    assert sorted(served.values()) == [3, 3]


def test_one_of_them_is_killed_while_it_grades(deployment: Deployment, tmp_path: Path) -> None:
    threads = _push_all(deployment, tmp_path, 4)
    header = {"Authorization": f"Bearer {deployment.token}"}
    worker = ""
    for _ in range(600):
        queue = httpx.get(f"{deployment.url}/api/v1/queue", headers=header).json()
        held = [each["worker"] for each in queue if each["state"] == "validated"]
        if any(held):
            worker = next(filter(None, held))
            break
        time.sleep(0.05)
    number = [server.pid for server in deployment.servers].index(int(worker.split(":")[1]))
    deployment.servers[number].kill()
    deployment.servers[number].wait()
    for thread in threads:
        thread.join()
    assert len(_runs(deployment)) == 4
    deployment.servers[number] = deployment.start(number)
    _push(deployment, tmp_path, 5)
    assert len(_runs(deployment)) == 5


def test_who_signs_in_at_one_is_known_to_both(deployment: Deployment, tmp_path: Path) -> None:
    """By a provider, too: each step of it is answered by the other server."""
    origin = {"Origin": deployment.url, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=deployment.url) as browser:
        begun = browser.get("/sso/begin")
        answer = deployment.provider.visit(begun.headers["location"])
        done = browser.get("/sso/finish", params=answer)
        assert done.status_code == 303, done.text
        assert begun.headers["x-server"] != done.headers["x-server"]
        assert [browser.get("/admin").status_code for _ in range(4)] == [200] * 4
        assert "Signed in as sso:ana" in browser.get("/admin/access").text
        out = browser.post("/sign-out", data={"from": "a page"}, headers=origin)
        assert out.status_code == 303, out.text
        assert {browser.get("/admin").status_code for _ in range(4)} <= {303, 401}
    with httpx.Client(base_url=deployment.url) as browser:
        browser.post("/sign-in", data={"token": deployment.token}, headers=origin)
        assert [browser.get("/admin").status_code for _ in range(4)] == [200] * 4
