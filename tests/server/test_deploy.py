"""What `deploy/` says is done as it says: in a new environment, with nothing around it.

There is no container engine and no service manager here: the commands of the container file and of
the unit are run by hand, with their environment and nothing else. What they install from comes from
this environment, so that nothing is fetched.
"""

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server import boards

ROOT = Path(__file__).parents[2]
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text()
UNIT = ROOT / "deploy" / "cft-eval.service"
PIP = "-m pip install --quiet --no-index --no-deps --no-build-isolation --ignore-installed"
BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="Linux")]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with this package as it is installed, not as it lies here."""
    folder = tmp_path_factory.mktemp("deploy")
    source, venv = folder / "src", folder / "venv"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    # What it depends on is beside this test already.
    packages = next((venv / "lib").glob("python*")) / "site-packages"
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [str(venv / "bin" / "python"), *PIP.split(), str(source)],
        check=True,
        env=BARE,
    )
    shutil.rmtree(source)  # as the container does
    return venv


@contextmanager
def started(command: list[str], env: Mapping[str, str], port: int) -> Iterator[str]:
    process = subprocess.Popen(command, cwd="/", env={**BARE, **env}, stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    try:
        boards.wait_for(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode in {0, -signal.SIGTERM}


def entrypoint(environment: Path, data: Path, port: int) -> list[str]:
    found = re.search(r"^ENTRYPOINT (.*)$", CONTAINER, re.M)
    assert found is not None
    command, *rest = json.loads(found[1])
    places = {"/data": str(data), "8000": str(port)}
    return [str(environment / "bin" / command), *(places.get(word, word) for word in rest)]


def test_the_container_serves_and_says_that_it_is_well(environment: Path, tmp_path: Path) -> None:
    port = boards.free_port()
    command = entrypoint(environment, tmp_path / "data", port)
    given = dict(re.findall(r"^ENV (\w+)=(\S+)$", CONTAINER, re.M))
    check = re.search(r"^HEALTHCHECK CMD (.*)$", CONTAINER, re.M)
    assert check is not None
    healthy = [word.replace(":8000", f":{port}") for word in json.loads(check[1])]
    healthy[0] = str(environment / "bin" / healthy[0])
    assert subprocess.run(healthy, env=BARE, capture_output=True, check=False).returncode != 0
    with started(command, {**given, "CFT_EVAL_TOKEN": "secret"}, port) as url:
        assert subprocess.run(healthy, env=BARE, check=False).returncode == 0
        assert "cft-eval" in httpx.get(url).text
        assert httpx.post(f"{url}/api/v1/uploads", json={}).status_code == 401
    assert (tmp_path / "data" / "board.db").is_file()


def test_the_container_without_a_token_refuses_to_start(environment: Path, tmp_path: Path) -> None:
    command = entrypoint(environment, tmp_path / "data", boards.free_port())
    done = subprocess.run(command, env=BARE, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "so uploads need a token" in done.stderr


def unit() -> Mapping[str, str]:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT)
    return parser["Service"]


def test_the_unit_serves_with_two_processes(environment: Path, tmp_path: Path) -> None:
    port = boards.free_port()
    command, *rest = shlex.split(unit()["ExecStart"])
    places = {f"/var/lib/{unit()['StateDirectory']}": str(tmp_path), "8000": str(port)}
    words = [str(environment / "bin" / Path(command).name), *(places.get(w, w) for w in rest)]
    name, _, value = unit()["Environment"].partition("=")
    # Neither a home nor a terminal; the secrets of board.env.
    with started(words, {name: value, "CFT_EVAL_TOKEN": "secret"}, port) as url:
        for _ in range(20):
            assert httpx.get(f"{url}/readyz").status_code == 200
        time.sleep(0.5)
    assert (tmp_path / "board.db").is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_understood(tmp_path: Path) -> None:
    command = shlex.split(unit()["ExecStart"])[0]
    here = tmp_path / UNIT.name
    # The command is not installed here: another one stands for it.
    here.write_text(UNIT.read_text().replace(command, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(here)],
        capture_output=True, text=True, check=False, env={**os.environ, **BARE},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
