"""Every route of the OpenAPI document under schemathesis, against a server on a port.

What it allows, what it forbids, sequences along its links: no answer may be a server error,
undocumented, of another shape, or given without the token that it asks for.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from cft_eval.server.access.auth import Scope
from cft_eval.server.operate.accounts import Accounts
from cft_eval.server.store.database import Database
from tests.server import boards
from tests.server.labs import OWNER

CONFIG = Path(__file__).with_name("schemathesis.toml")

EXAMPLES = 8
"""Drawn for each operation; sixty were tried by hand (3,382 requests)."""


@pytest.mark.slow
def test_no_request_breaks_what_the_document_says(tmp_path: Path) -> None:
    config = boards.settings(tmp_path / "board", checkpoint_bytes=10**6, part_bytes=1024)
    config.server_data.mkdir()
    database = Database(config.database)
    token = Accounts(database).mint(
        "fuzz", scopes=frozenset(Scope), organisation=None, days=1, by=OWNER
    )
    database.close()
    with boards.served(config) as url:
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "--config-file", str(CONFIG), "run", f"{url}/api/v1/openapi.json",
                "--checks", "all", "--mode", "all", "--seed", "6", "--no-color",
                "--phases", "examples,coverage,fuzzing,stateful",
                "--max-examples", str(EXAMPLES),
                "--header", f"Authorization: Bearer {token.token}",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
