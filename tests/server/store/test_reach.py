"""A store that hangs: who asks it is told at once, and one at a time finds out."""

import socket
import threading
from pathlib import Path

import pytest

from cft_eval.server.foundation.errors import StorageAway
from cft_eval.server.store.blobs import Blobs, DamagedBlob
from cft_eval.server.store.reach import (
    CALLS,
    PAUSE_SECONDS,
    TRIAL_SECONDS,
    Reach,
    open_store,
    pipe_file,
    put_file,
)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reach(clock: Clock) -> Reach:
    return Reach(clock, slot_seconds=0.01)


def _ask(reach: Reach, clock: Clock, *, takes: float, ends: Exception | None = None) -> None:
    with reach.asking():
        clock.now += takes
        if ends is not None:
            raise ends


def _fail(reach: Reach, clock: Clock, *, after: float) -> None:
    with pytest.raises(OSError, match="away"):
        _ask(reach, clock, takes=after, ends=OSError("away"))


def _answer(reach: Reach) -> None:
    with reach.asking():
        pass


def test_after_a_slow_failure_nobody_waits(reach: Reach, clock: Clock) -> None:
    _fail(reach, clock, after=20)
    with pytest.raises(StorageAway):
        _answer(reach)
    clock.now += PAUSE_SECONDS
    with reach.asking():  # one finds out
        with pytest.raises(StorageAway):
            _answer(reach)
        clock.now += 20
    _answer(reach)  # it answered


def test_a_trial_that_never_ends_is_not_the_last_one(reach: Reach, clock: Clock) -> None:
    _fail(reach, clock, after=20)
    clock.now += PAUSE_SECONDS
    with reach.asking():
        clock.now += TRIAL_SECONDS
        _answer(reach)


def test_a_failure_that_comes_at_once_closes_nothing(reach: Reach, clock: Clock) -> None:
    """One file that cannot be read keeps nobody from the others."""
    _fail(reach, clock, after=0.1)
    _answer(reach)


def test_a_slow_answer_is_an_answer(reach: Reach, clock: Clock) -> None:
    _ask(reach, clock, takes=600)
    with pytest.raises(KeyError):  # the store said that there is nothing of that name
        _ask(reach, clock, takes=600, ends=KeyError())
    _answer(reach)


def test_so_many_ask_at_a_time(reach: Reach) -> None:
    ending, asked = threading.Event(), threading.Barrier(CALLS + 1)

    def hang() -> None:
        with reach.asking():
            asked.wait()
            ending.wait()

    threads = [threading.Thread(target=hang) for _ in range(CALLS)]
    for thread in threads:
        thread.start()
    asked.wait()
    with pytest.raises(StorageAway):
        _answer(reach)
    ending.set()
    for thread in threads:
        thread.join()
    _answer(reach)


def test_all_who_ask_one_bucket_share_what_they_know(s3: str) -> None:
    pytest.importorskip("s3fs", reason="needs the extra `s3`")
    blobs, inbox = open_store(s3), open_store(f"{s3}/inbox")
    assert blobs[2] is inbox[2]
    assert blobs[0].retries * blobs[0].config_kwargs["read_timeout"] <= TRIAL_SECONDS


def test_what_is_not_there_is_no_failure(tmp_path: Path) -> None:
    store = Blobs(str(tmp_path))
    for _ in range(2):
        with pytest.raises(DamagedBlob):
            store.get("0" * 64)
        assert not store.has("0" * 64)


def test_a_bucket_that_takes_no_body_is_given_up(tmp_path: Path) -> None:
    """It accepts the connection and says nothing: the client would wait for ever."""
    s3fs = pytest.importorskip("s3fs", reason="needs the extra `s3`")
    file = tmp_path / "part"
    file.write_bytes(b"x" * 1000)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        files = s3fs.S3FileSystem(
            key="testing",
            secret="testing",
            endpoint_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            skip_instance_cache=True,
        )
        with pytest.raises(TimeoutError):
            put_file(files, file, "kept/part", seconds=0.5)
        with pytest.raises(TimeoutError):
            pipe_file(files, "kept/blob", b"y", seconds=0.5)
