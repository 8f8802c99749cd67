"""Whose process is at the other end, as Linux says it."""

import os
import shutil
import socket
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from cft_eval.server.access.peers import user_of
from tests.server import boards

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net")

MINT = (
    "import json, urllib.request; body = json.dumps({'name': 'x', 'scopes': ['admin']}).encode(); "
    "request = urllib.request.Request('%s/api/v1/tokens', body, "
    "{'Content-Type': 'application/json'}); "
    "print(urllib.request.urlopen(request).status)"
)


@linux
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_our_own_connection_is_ours(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen()
        to_port = listener.getsockname()[1]
        with socket.create_connection((host, to_port)) as sender:
            port = sender.getsockname()[1]
            assert user_of(ip_address(host), port, to_port=to_port) == os.getuid()
            assert user_of(ip_address(host), port, to_port=to_port + 1) is None


def test_a_system_that_does_not_tell(tmp_path: Path) -> None:
    assert user_of(ip_address("127.0.0.1"), 1, to_port=2, proc=tmp_path) is None
    (tmp_path / "tcp").write_text("  sl  local_address rem_address\n   0: 0100007F:0001\n")
    assert user_of(ip_address("127.0.0.1"), 1, to_port=2, proc=tmp_path) is None


@linux
@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_user_of_this_machine_is_not_the_owner_of_an_open_board(tmp_path: Path) -> None:
    """Such is a proxy: whoever reaches it would have been the owner."""
    runuser = shutil.which("runuser")
    if runuser is None:
        pytest.skip("no runuser")
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin")
    if python is None:
        pytest.skip("no Python that another user may run")
    with boards.served(boards.settings(tmp_path)) as url:
        mint = [python, "-I", "-c", MINT % url]
        other = subprocess.run(
            [runuser, "-u", "nobody", "--", *mint], capture_output=True, text=True, check=False
        )
        assert "403" in other.stderr, other.stderr
        assert subprocess.run(mint, capture_output=True, text=True, check=True).stdout == "201\n"
