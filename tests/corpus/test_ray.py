"""A real Ray of this machine: the same bytes as without it, also when a worker is killed."""

import gzip
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cft_eval.corpus.engines import local
from cft_eval.corpus.plan import plan
from cft_eval.corpus.regrade import regrade
from tests.corpus.made import rows, write

pytest.importorskip("ray", reason="Ray is not installed: pip install 'cft-eval[ray]'")
pytestmark = pytest.mark.slow

ALONE = {**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_DISABLE_IMPORT_WARNING": "1"}
"""For a cluster on loopback: a token would be one for all of this machine's Rays."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Ray of two workers, started as a lab's would be, that outlives each run."""
    # Short, since Ray's sockets lie in it and their names may have 107 bytes.
    home = Path("/tmp") / f"ray-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", f"--port={port}"]
    start += ["--node-ip-address=127.0.0.1", "--num-cpus=2", "--include-dashboard=false"]
    start += ["--disable-usage-stats", f"--temp-dir={home}"]
    log = tmp_path_factory.mktemp("ray") / "log"
    with log.open("wb") as file:
        done = subprocess.run(start, env=ALONE, stdout=file, stderr=file, timeout=120, check=False)
    try:
        assert done.returncode == 0, log.read_text()
        yield f"127.0.0.1:{port}"
    finally:
        for pid in running(str(home).encode()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        subprocess.run(["rm", "-rf", str(home)], check=False)


def running(word: bytes, *, but: bytes = b"\0") -> list[int]:
    """The processes with that word in their command line."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            with suppress(OSError):
                title = (process / "cmdline").read_bytes()
                if word in title and not title.startswith(but):
                    found.append(int(process.name))
    return found


def command(file: Path, out: Path, *more: str) -> list[str]:
    words = ["regrade", str(file), "--out", str(out), "--engine", "ray", *more]
    return [sys.executable, "-m", "cft_eval.cli", *words]


def parts(folder: Path) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in folder.glob("part-*.parquet")}


def test_the_same_verdicts_when_a_worker_is_killed(address: str, tmp_path: Path) -> None:
    file, out = write(tmp_path / "a.jsonl", rows(6000)), tmp_path / "ray"
    regrade(plan([str(file)], chunk_bytes=20_000), str(tmp_path / "local"), local(2))
    words = command(file, out, "--address", address, "--chunk-bytes", "20000")
    with (tmp_path / "log").open("wb") as log:
        driver = subprocess.Popen(words, env=ALONE, stdout=log, stderr=log)
    killed: list[int] = []
    while driver.poll() is None:
        if len(list(out.glob("part-*.parquet"))) > 2 and len(killed) < 2:
            for pid in running(b"ray::Map")[:1]:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
        time.sleep(0.05)
    assert driver.returncode == 0, (tmp_path / "log").read_text()
    assert killed, "no worker was there to be killed"
    assert len(parts(out)) > 20
    assert parts(out) == parts(tmp_path / "local")
    assert "6,000 responses of 1 files" in (tmp_path / "log").read_text()


def test_a_ray_of_its_own(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", rows(40))
    done = subprocess.run(
        command(file, tmp_path / "out", "--workers", "1"),
        env=ALONE, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("40 responses of 1 files graded")


def test_a_cluster_that_is_not_there(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", rows(1))
    words = command(file, tmp_path / "out", "--address", "127.0.0.1:9")
    done = subprocess.run(words, env=ALONE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert "no Ray cluster at 127.0.0.1:9" in done.stderr


def test_a_file_that_a_worker_cannot_read_is_one_sentence(address: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"reference": "1", "answer": "1"}')[:-12])
    done = subprocess.run(
        command(file, tmp_path / "out", "--address", address),
        env=ALONE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"cft-eval: file://{file}: cannot be read: " in done.stderr
