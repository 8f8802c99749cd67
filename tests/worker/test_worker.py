"""A worker against a real board: it runs, pushes, is cancelled, fails, and loads what was sent.

The benchmarks are the mini ones, which ship with the package.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from cft_eval.cli import main
from cft_eval.client import ClaimedEvaluation, Client, Conflict
from cft_eval.server.intake.problems import PUBLISHED
from cft_eval.server.store.database import Database
from cft_eval.server.store.models_work import Evaluation
from cft_eval.weights import BadWeights
from cft_eval.worker import Host, work_here, work_on_ray
from cft_eval.worker.host import EvaluationRefused
from cft_eval.worker.job import carry_out
from tests.server import boards

MINI = {"model": "org/none", "tasks": ["cft_mini_math"], "limit": 2, "gpus": 0}


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv("CFT_EVAL_TOKEN", raising=False)
    config = boards.settings(tmp_path / "board", checkpoint_bytes=50_000_000)
    with boards.served(config, problems=PUBLISHED) as url:
        yield url


def host(path: Path, url: str, **changes: Any) -> Host:
    return replace(Host(name="w", server=url, model="dummy", work=path / "work"), **changes)


@dataclass(frozen=True, slots=True)
class Other(Host):
    """A worker whose run is another of our commands."""

    command: tuple[str, ...] = ()

    def run_command(self, request: dict[str, Any], source: str, output: Path) -> list[str]:
        return list(self.command)


def other(path: Path, url: str, *command: str) -> Other:
    return Other(name="w", server=url, work=path / "work", command=command)


def test_nothing_waits(tmp_path: Path, url: str) -> None:
    ending = threading.Event()
    assert work_here(host(tmp_path, url), once=True, ending=ending, say=print) == 0


def claimed(board: Client, **changes: Any) -> ClaimedEvaluation:
    board.ask(**(MINI | changes))
    job = board.claim(worker="w", gpus=8)
    assert job is not None
    return job.model_copy(update={"lease_seconds": 1.0})  # eight beats a second


def test_a_cancelled_evaluation_ends_with_all_that_it_started(tmp_path: Path, url: str) -> None:
    with Client(url) as board:
        job = claimed(board)
        # A command of ours that goes on until it is told to end.
        terms = other(tmp_path, url, "serve", "--port", "0", "--data", str(tmp_path / "other"))
        ends: list[str] = []
        work = threading.Thread(target=lambda: ends.append(carry_out(job, terms).state))
        work.start()
        while "board at http" not in board.log(job.id):
            time.sleep(0.1)
        board.cancel(job.id)
        work.join(30)
        assert ends == ["cancelled"]
        assert board.evaluation(job.id)["state"] == "cancelled"


def test_a_command_that_fails_is_tried_again_and_its_last_words_are_kept(
    tmp_path: Path, url: str
) -> None:
    with Client(url) as board:
        job = claimed(board)
        assert carry_out(job, other(tmp_path, url, "push", "/nowhere", "--yes")).state == "failed"
        status = board.evaluation(job.id)
        assert (status["state"], status["attempts"]) == ("queued", 1)
        assert status["reason"].startswith("`cft-eval push` ended with 2: /nowhere")
        assert "--- failed: `cft-eval push` ended with 2" in board.log(job.id)


def test_all_that_was_wrong_is_kept_and_printed(tmp_path: Path, url: str) -> None:
    wrong = ("run", "--check", "--model", "dumy", "--tasks", "cft_mini_mth")
    said: list[str] = []
    with Client(url) as board:
        asked = board.ask(**MINI)
        terms = other(tmp_path, url, *wrong)
        assert work_here(terms, once=True, ending=threading.Event(), say=said.append) == 1
        reason = board.evaluation(asked["id"])["reason"]
    assert "did you mean dummy" in reason
    assert "did you mean cft_mini_math" in reason
    assert said == [f"{asked['id']}: begun", f"{asked['id']}: failed: {reason}"]


@pytest.mark.skipif(find_spec("vllm") is not None, reason="about a machine without vLLM")
def test_a_worker_without_its_engine_takes_no_evaluation(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Client(url) as board:
        asked = board.ask(**MINI)
        assert main(["worker", "--server", url, "--once"]) == 2
        assert board.evaluation(asked["id"])["state"] == "queued"
        assert board.evaluation(asked["id"])["attempts"] == 0
    assert "`--model vllm` needs more packages: pip install 'cft-eval[vllm]'" in (
        capsys.readouterr().err
    )


def test_a_path_is_asked_for_as_the_worker_sees_it(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["checkpoint", "evaluate", "--server", url, "--path", "tiny"]) == 2
    assert f"give the full path that it sees, such as {tmp_path}/tiny" in capsys.readouterr().err


def test_a_run_that_the_board_rejects_is_not_tried_again(tmp_path: Path, url: str) -> None:
    # Of a board that knew another rule when it was asked.
    folder = boards.folder(tmp_path / "run", name="a\u202eb")
    command = ("push", str(folder), "--yes", "--json")
    with Client(url) as board:
        job = claimed(board)
        assert carry_out(job, other(tmp_path, url, *command)).state == "failed"
        status = board.evaluation(job.id)
        assert (status["state"], status["attempts"]) == ("failed", 1)
        assert "rejected the run: run.json: model.name: holds the invis" in status["reason"]


def test_a_task_that_this_worker_lacks_is_not_tried_again(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client(url) as board:
        job = claimed(board)
        # The board is of a newer release.
        strange = job.model_copy(update={"request": job.request | {"tasks": ["cft_chess"]}})
        assert carry_out(strange, host(tmp_path, url)).state == "failed"
        status = board.evaluation(job.id)
        assert status["state"] == "failed"
        assert status["reason"].startswith("this worker has no task cft_chess here; known are")


def test_a_worker_that_ends_puts_it_back(tmp_path: Path, url: str) -> None:
    ending = threading.Event()
    with Client(url) as board:
        job = claimed(board)
        terms = other(tmp_path, url, "serve", "--port", "0", "--data", str(tmp_path / "other"))
        threading.Timer(1, ending.set).start()
        assert carry_out(job, terms, ending).state == "failed"
        status = board.evaluation(job.id)
        assert (status["state"], status["reason"]) == ("queued", "the worker was stopped")


def test_a_worker_that_lost_its_lease_drops_it(tmp_path: Path, url: str) -> None:
    with Client(url) as board:
        job = claimed(board)
        stale = job.model_copy(update={"lease": "another"})
        assert carry_out(stale, other(tmp_path, url, "--version")).state == "lost"
        with pytest.raises(Conflict):
            board.finish(stale, "done")
        assert board.evaluation(job.id)["state"] == "running"


def test_a_path_must_be_below_a_folder_that_the_owner_allows(tmp_path: Path, url: str) -> None:
    models = tmp_path / "models"
    for name, config in (("good", "{}"), ("code", '{"auto_map": {}}'), ("none", None)):
        (models / name).mkdir(parents=True)
        if config is not None:
            (models / name / "config.json").write_text(config)
    (models / "out").symlink_to("/etc")
    terms = host(tmp_path, url, models=(models,))
    assert terms.folder_of(f"{models}/good") == (models / "good").resolve()
    for path, words in [
        ("/etc", "not below a folder"),
        (f"{models}/out", "not below a folder"),
        (f"{models}/../x", "not below a folder"),
        (f"{models}/none", "no config.json"),
    ]:
        with pytest.raises(EvaluationRefused, match=words):
            terms.folder_of(path)
    with pytest.raises(BadWeights, match="auto_map"):
        terms.folder_of(f"{models}/code")
    with Client(url) as board:
        job = claimed(board, model=None, path="/etc/x")
        assert carry_out(job, terms).state == "failed"
        assert board.evaluation(job.id)["state"] == "failed"  # another try would not help


ASKED = {
    "tasks": ["cft_math", "cft_gsm8k"], "revision": "main", "gpus": 2, "repeats": 4, "limit": None,
    "temperature": 0.8, "top_p": None, "max_gen_toks": 512,
}  # fmt: skip


def test_engines_are_told_to_load_no_pickle_and_no_code() -> None:
    command = Host(name="w", model_args="dtype=auto").run_command(ASKED, "org/model", Path("/out"))
    assert command == [
        "run", "--model", "vllm", "--output_path", "/out", "--log_samples",
        "--tasks", "cft_math,cft_gsm8k", "--model_args",
        "pretrained=org/model,trust_remote_code=False,revision=main,load_format=safetensors,"
        "tensor_parallel_size=2,dtype=auto",
        "--repeats", "4", "--gen_kwargs", "temperature=0.8,max_gen_toks=512",
    ]  # fmt: skip
    hf = Host(name="w", model="hf").run_command(ASKED, "org/model", Path("/out"))
    assert "use_safetensors=True" in hf[hf.index("--model_args") + 1]


@pytest.mark.slow
def test_weights_that_were_sent_become_a_run_on_the_board(tmp_path: Path, url: str) -> None:
    from tests.training import tiny_run

    source = tmp_path / "tiny"
    tiny_run.model().save_pretrained(source)
    tiny_run.tokenizer().save_pretrained(source)
    (source / "training_args.bin").write_bytes(b"\x80\x04\x95")  # stays where it is
    with Client(url) as board:
        sent = board.push_checkpoint(source, name="tiny/sent")
        asked = board.ask(
            checkpoint=sent["id"], tasks=["cft_mini_aime24"], limit=1, gpus=0,
            method="cft", step=60, tags=["nightly"], max_gen_toks=16,
        )  # fmt: skip
        said: list[str] = []
        terms = host(tmp_path, url, model="hf", model_args="max_length=512")
        assert work_here(terms, once=True, ending=threading.Event(), say=said.append) == 1
        status = board.evaluation(asked["id"])
        assert status["state"] == "done", board.log(asked["id"])
        assert said[-1] == f"{asked['id']}: done"
        run = board.run(status["run"])["run"]
        assert (run["engine"], run["model"]["name"]) == ("hf", "tiny/sent")
        # The folder that it was loaded from has no revision, whatever lm-eval says of it.
        assert (run["model"]["revision"], run["model"]["sha"]) == (None, None)
        assert (run["model"]["method"], run["model"]["step"]) == ("cft", 60)
        assert run["model"]["weights_sha256"] == sent["weights_sha256"]
        assert f"{url}/runs/{status['run']}" in board.log(asked["id"])
    assert not list((tmp_path / "work").rglob("samples*"))


@pytest.mark.slow
def test_the_command_ends_on_a_signal_and_puts_its_work_back(tmp_path: Path, url: str) -> None:
    with Client(url) as board:
        # Minutes of work, so that it is not done when the signal comes.
        long = {"limit": None, "tasks": ["cft_arithmetic"], "repeats": 61, "temperature": 1.0}
        asked = board.ask(**MINI | long)
        worker = subprocess.Popen(
            [sys.executable, "-m", "cft_eval.cli", "worker", "--server", url, "--model", "dummy",
             "--gpus", "0", "--work", str(tmp_path / "work")],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "CFT_EVAL_TOKEN": ""},
        )  # fmt: skip
        assert worker.stdout is not None
        assert worker.stdout.readline() == f"{asked['id']}: begun\n"
        # Importing lm-eval takes longer, so the evaluation is under way by then. Its log comes
        # with a heartbeat, and may come when all is done.
        time.sleep(1)
        worker.send_signal(signal.SIGTERM)
        rest, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0
        assert rest == f"{asked['id']}: failed: the worker was stopped\n"
        status = board.evaluation(asked["id"])
        assert (status["state"], status["reason"]) == ("queued", "the worker was stopped")


def processes(words: str) -> list[str]:
    """The command lines of processes that hold ``words``."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found += [line] if words in line else []
    return found


def wait_until(true: Callable[[], object], seconds: float = 60) -> None:
    for _ in range(round(10 * seconds)):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="Linux")
def test_a_killed_worker_takes_its_evaluation_with_it_and_the_next_takes_it_up(
    tmp_path: Path, url: str
) -> None:
    output = str(tmp_path / "work" / "runs")
    long = {"limit": None, "tasks": ["cft_arithmetic"], "repeats": 61, "temperature": 1.0}
    with Client(url) as board:
        asked = board.ask(**MINI | long)
        worker = subprocess.Popen(
            [sys.executable, "-m", "cft_eval.cli", "worker", "--server", url, "--model", "dummy",
             "--gpus", "0", "--name", "first", "--work", str(tmp_path / "work")],
            stdout=subprocess.DEVNULL, env={**os.environ, "CFT_EVAL_TOKEN": ""},
        )  # fmt: skip
        # lm-eval is at it: the leash, and the command itself.
        wait_until(lambda: len(processes(output)) >= 2)
        time.sleep(3)
        assert len(processes(output)) >= 2
        worker.kill()
        worker.wait()
        wait_until(lambda: processes(output) == [], 30)
        # The board hears no more of it; until the lease ends it is nobody else's.
        assert board.claim(worker="second", gpus=0) is None
        database = Database(boards.settings(tmp_path / "board").database)
        with database.write() as session:
            session.execute(update(Evaluation).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))
        database.close()
        job = board.claim(worker="second", gpus=0)
        assert job is not None
        assert job.id == asked["id"]
        assert "first was not heard of" in board.log(asked["id"])
        board.finish(job, "cancelled")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_what_ray_lost_is_put_back(tmp_path: Path, url: str, cluster: Any) -> None:
    """A machine, or Ray's process on it, goes away in the midst of an evaluation."""
    said: list[str] = []
    with Client(url) as board:
        asked = board.ask(**MINI)
        endless = ("worker", "--server", url, "--name", "inner", "--model", "dummy")
        terms = other(tmp_path, url, *endless)

        def kill() -> None:
            wait_until(lambda: board.evaluation(asked["id"])["state"] == "running")
            wait_until(lambda: "--- cft-eval worker" in board.log(asked["id"]))
            found = [each for each in processes("ray::carry_out") if each]
            assert found
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    if file.read_bytes().startswith(b"ray::carry_out"):
                        os.kill(int(file.parent.name), signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        count = work_on_ray(
            terms, address=None, parallel=1, once=True, ending=threading.Event(), say=said.append
        )
        killer.join()
        assert count == 1
        status = board.evaluation(asked["id"])
        assert status["state"] == "queued", said
        assert status["reason"].startswith("Ray lost it: ")
        assert (status["attempts"], status["worker"]) == (1, None)
        assert said[-1].startswith(f"{asked['id']}: Ray lost it: ")


@pytest.fixture
def cluster() -> Iterator[Any]:
    ray = pytest.importorskip("ray")
    # A cluster of this test alone, whatever else runs on this machine.
    ray.init("local", num_cpus=2, num_gpus=2, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_on_ray_each_evaluation_gets_its_gpus(tmp_path: Path, url: str, cluster: Any) -> None:
    with Client(url) as board:
        both = board.ask(**MINI | {"gpus": 2}, name="tiny/two")
        more = board.ask(**MINI | {"gpus": 3})  # more than there are: nobody takes it
        said: list[str] = []
        count = work_on_ray(
            host(tmp_path, url), address=None, parallel=4, once=True,
            ending=threading.Event(), say=said.append,
        )  # fmt: skip
        assert count == 1, said
        status = board.evaluation(both["id"])
        assert status["state"] == "done", board.log(both["id"])
        assert board.run(status["run"])["run"]["model"]["name"] == "tiny/two"
        assert board.evaluation(more["id"])["state"] == "queued"
    assert f"{both['id']}: submitted, 2 GPUs" in said
    deadline = time.monotonic() + 30  # Ray gives them back when its process has ended
    while cluster.available_resources().get("GPU") != 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert cluster.available_resources()["GPU"] == 2
