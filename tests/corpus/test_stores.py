"""A store that is not there is one sentence and exit status 2, and what was graded stays."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cft_eval.cli import main
from cft_eval.corpus import Chunk
from cft_eval.corpus.engines import local
from cft_eval.corpus.grade import Done, GradeSettings, grade
from cft_eval.corpus.plan import plan
from cft_eval.corpus.regrade import regrade
from cft_eval.errors import StorageError
from tests.corpus.made import rows, write

pytest.importorskip("s3fs", reason="needs the extra `s3`")

NOWHERE = "http://127.0.0.1:9"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


def cli(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    fixed = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "cft_eval.cli", *words],
        capture_output=True, text=True, check=False, cwd=folder, env=clean | fixed | environment,
    )  # fmt: skip


def test_an_endpoint_where_nobody_listens(tmp_path: Path) -> None:
    done = cli(tmp_path, "regrade", "s3://lab/samples", "--out", "out",
               AWS_ENDPOINT_URL=NOWHERE, **KEYS)  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "cft-eval: s3://lab/samples: cannot be listed: Could not connect" in done.stderr
    assert "AWS_ENDPOINT_URL is right, and give the same command again" in done.stderr


@pytest.mark.parametrize(("path", "out"), [("s3://lab/samples", "out"), ("a.jsonl", "s3://lab/v")])
def test_no_credentials(path: str, out: str, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", rows(1))
    done = cli(tmp_path, "regrade", path, "--out", out)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "cft-eval: s3://lab/" in done.stderr
    assert "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE" in done.stderr


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_store_that_goes_away_costs_nothing_that_was_done(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiobotocore.client import AioBaseClient
    from botocore.exceptions import EndpointConnectionError
    from s3fs import S3FileSystem

    corpus = plan([str(write(tmp_path / "a.jsonl", rows(30)))], chunk_bytes=400)
    real, parts = AioBaseClient._make_api_call, 0

    async def call(client: object, operation: str, sent: dict[str, object]) -> object:
        """As the client does it, until three parts are there."""
        nonlocal parts
        parts += operation == "PutObject" and "part-" in str(sent["Key"])
        if parts > 3:
            raise EndpointConnectionError(endpoint_url=NOWHERE)
        return await real(client, operation, sent)

    with monkeypatch.context() as away:
        away.setattr(S3FileSystem, "retries", 1)
        away.setattr(AioBaseClient, "_make_api_call", call)
        with pytest.raises(StorageError, match=r"s3://.*/part-000003.parquet: cannot write: Could"):
            regrade(corpus, f"{s3}/out", local(1))
    asked: list[int] = []

    def counting(chunks: Sequence[Chunk], settings: GradeSettings, out: str) -> Iterator[Done]:
        for chunk in chunks:
            asked.append(chunk.number)
            yield grade(chunk, settings, out)

    assert regrade(corpus, f"{s3}/out", counting).resumed == 3
    assert asked == [chunk.number for chunk in corpus.chunks[3:]]


def test_an_error_of_a_disk_is_a_sentence_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr("cft_eval.corpus.plan.plan", full)
    assert main(["regrade", "a.jsonl", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "cft-eval: [Errno 28] No space left on device: 'x'\n"
