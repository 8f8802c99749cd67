"""`deploy/compose.yaml` as processes: its commands and environment, nginx's file, one run pushed.

No container engine is needed. What a network of containers gives is replaced and nothing else: the
names of its machines, its ports and its folders. The bucket is moto's; where PostgreSQL is not
installed, the two servers share a SQLite file.
"""

import json
import os
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import yaml

from tests.server import boards
from tests.server.test_compose import DEPLOY, NGINX, secrets

COMPOSE = (DEPLOY / "compose.yaml").read_text("utf-8")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]


class Deployment(NamedTuple):
    folder: Path
    http: int
    https: int
    environment: Mapping[str, str]
    """Of the container ``board1``."""

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https}"

    def execute(self, words: list[str], **more: str) -> "subprocess.CompletedProcess[str]":
        """As `podman compose exec board1` would."""
        assert words[0] == "cft-eval"
        return subprocess.run(
            [sys.executable, "-m", "cft_eval.cli", *words[1:]],
            env={**self.environment, **more},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


def _header(program: str) -> list[str]:
    """The command of ``program`` that the first lines of the file tell to type."""
    comment = "\n".join(re.findall(r"^#   (.*)$", COMPOSE, re.M)).replace("\\\n", " ")
    [line] = [line for line in re.split(r"\n|&&", comment) if line.strip().startswith(program)]
    return shlex.split(line, comments=True)


def _environment(service: Mapping[str, Any], database: str, bucket: str) -> dict[str, str]:
    """What the container of a service would see, with stand-ins for the other ones."""
    given = {**secrets(), **service["environment"]}
    assert given["CFT_EVAL_DATABASE_URL"].startswith("postgresql+psycopg://board:")
    replaced = {
        "http://minio:9000": bucket,
        '["172.28.0.0/24"]': '["127.0.0.1"]',
        given["CFT_EVAL_DATABASE_URL"]: database,
    }
    ours = {name: replaced.get(value, value) for name, value in given.items()}
    assert set(replaced) & set(ours.values()) == set()
    known = ("PATH", "PYTHONPATH", "HOME", "LANG")
    return {**{name: os.environ[name] for name in known if name in os.environ}, **ours}


def _entrypoint(data: Path, port: int) -> list[str]:
    found = re.search(r"^ENTRYPOINT (.*)$", (DEPLOY / "Containerfile").read_text("utf-8"), re.M)
    assert found is not None
    places = {"/data": str(data), "8000": str(port)}
    _, *words = (places.get(word, word) for word in json.loads(found[1]))
    return [sys.executable, "-m", "cft_eval.cli", *words]


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    if boards.HAS_POSTGRES:
        with boards.postgres_server(folder) as url:
            yield url
    else:
        yield f"sqlite:///{folder / 'common.db'}"


@contextmanager
def _running(command: list[str], url: str, **options: Any) -> Iterator[None]:
    process = subprocess.Popen(command, **options)
    try:
        if url:
            boards.wait_for(url, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(45)  # the file's `stop_grace_period`


@contextmanager
def _nginx(folder: Path, ports: Mapping[str, int], http: int, https: int) -> Iterator[None]:
    text = (DEPLOY / "nginx" / "board.conf").read_text("utf-8")
    for name, port in ports.items():
        text = text.replace(f"server {name}:8000 ", f"server 127.0.0.1:{port} ")
    text = text.replace("listen 80;", f"listen {http};").replace("listen 443 ", f"listen {https} ")
    text = text.replace("/etc/nginx/tls", str(folder / "tls"))
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in paths)
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;"
        f"events {{}} http {{ access_log off; {temporary} {text} }}"
    )
    assert NGINX is not None
    with _running([NGINX, "-p", str(folder), "-c", str(config)], ""):
        yield


@pytest.fixture
def deployment(tmp_path: Path, bucket: str) -> Iterator[Deployment]:
    for package, extra in (("s3fs", "s3"), ("psycopg", "postgres")):
        pytest.importorskip(package, reason=f"needs the extra `{extra}`")
    services = yaml.safe_load(COMPOSE)["services"]
    httpx.put(f"{bucket}/board", timeout=10)  # the service `bucket`: mc mb board/board
    assert "board/board" in services["bucket"]["command"][0]
    (tmp_path / "tls").mkdir()
    subprocess.run(_header("openssl"), cwd=tmp_path, check=True,
                   capture_output=True)  # fmt: skip
    ports = {"board1": boards.free_port(), "board2": boards.free_port()}
    http, https = boards.free_port(), boards.free_port()
    with _database(tmp_path) as database:
        environment = {name: _environment(services[name], database, bucket) for name in ports}

        def server(name: str) -> Any:
            command = _entrypoint(tmp_path / name, ports[name])
            return _running(command, f"http://127.0.0.1:{ports[name]}", env=environment[name],
                            cwd=tmp_path, stderr=subprocess.DEVNULL)  # fmt: skip

        with server("board1"), server("board2"), _nginx(tmp_path, ports, http, https):
            yield Deployment(tmp_path, http, https, environment["board1"])


def test_a_run_goes_through_nginx_and_stands_on_the_board(deployment: Deployment) -> None:
    made = deployment.execute(_header("podman compose exec board1")[4:])
    assert made.returncode == 0, made.stderr
    [token] = re.findall(r"cfte_\w+", made.stdout)
    certificate = str(deployment.folder / "tls" / "board.crt")
    push = ["cft-eval", "push", str(boards.ROOT / "examples" / "disputes"), "--yes"]
    push += ["--server", deployment.url, "--token", token]
    refused = deployment.execute(push)
    assert refused.returncode == 2
    assert "SSL_CERT_FILE=FILE" in refused.stderr
    pushed = deployment.execute(push, SSL_CERT_FILE=certificate)
    assert pushed.returncode == 0, pushed.stderr
    with httpx.Client(
        base_url=deployment.url, verify=ssl.create_default_context(cafile=certificate)
    ) as visitor:
        waiting = visitor.get("/api/v1/runs").json()["runs"]
        assert waiting == []  # CFT_EVAL_REVIEW
        mine = {"Authorization": f"Bearer {token}"}
        [review] = visitor.get("/api/v1/reviews", headers=mine).json()
        decided = deployment.execute(
            ["cft-eval", "server", "review", review["id"], "publish", "it is in order"]
        )
        assert decided.returncode == 0, decided.stderr
        for _ in range(4):  # both servers
            [run] = visitor.get("/api/v1/runs").json()["runs"]
            board = visitor.get("/")
            assert board.status_code == 200
            assert run["id"] in board.text
        assert visitor.get("/metrics").status_code == 403
        assert "max-age" in visitor.get("/").headers["strict-transport-security"]
    plain = httpx.get(f"http://localhost:{deployment.http}/", follow_redirects=False)
    assert (plain.status_code, plain.headers["location"]) == (301, "https://localhost/")
