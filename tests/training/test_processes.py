"""Several processes have the losses and the weights of one: plainly, and sharded by FSDP2."""

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra: pip install 'cft-eval[train]'")
pytest.importorskip("accelerate", reason="needs the train extra")

from cft_eval import training
from cft_eval.cli import main
from cft_eval.lab.tiny import END
from tests.training import tiny_run
from tests.training.road import make_road

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning"),
]

LAUNCH = [sys.executable, "-m", "accelerate.commands.launch"]
DIRECT = ["--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no"]
CONFIGS = Path(training.__file__).with_name("configs")
ON_CPU = Path(__file__).with_name("fsdp_on_cpu.py")


SHARED = ["fsdp2", "zero3"]
"""The ways of sharing the weights that are shipped."""


@pytest.fixture(scope="module", params=["tied", "untied"])
def road(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, rows, a configuration, and the run of a single process."""
    folder = tmp_path_factory.mktemp(request.param)
    make_road(folder, tied=request.param == "tied")
    # 24 rows in steps of 7: the last step has 3, and a process may have none. Chunks of 16 learnt
    # tokens, of which one process has more than the other.
    (folder / "run.yaml").write_text(
        f"model: {folder / 'model'}\ndata: {folder / 'rows.jsonl'}\nbatch_size: 7\n"
        "micro_batch_size: 2\nlearning_rate: 1e-3\nmax_length: 512\nthreads: 1\nsave_every: 2\n"
        "precision: fp32\nloss_chunk: 16\n"
    )
    assert main(["train", *options(folder, "one")]) == 0
    return folder


def options(road: Path, out: str, *more: str) -> list[str]:
    return ["--config", str(road / "run.yaml"), "--output", str(road / out), *more]


def launch(*command: str, **env: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [*LAUNCH, *command],
        check=False,
        capture_output=True,
        text=True,
        timeout=540,  # processes that wait for one another wait for ever
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", **env},
    )
    assert (done.returncode == 0) == ("DIE_AFTER" not in env), done.stderr[-2000:]
    return done


def shared(kind: str, *command: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Two processes with the shipped file, of which nothing but their number is changed."""
    config = CONFIGS / f"{kind}.yaml"
    start = [str(ON_CPU)] if kind == "fsdp2" else ["-m", "cft_eval.training"]
    if kind == "zero3":
        pytest.importorskip("deepspeed", reason="ZeRO-3 needs DeepSpeed: pip install deepspeed")
        env["DS_ACCELERATOR"] = "cpu"
    more = ["--config_file", str(config), "--num_processes", "2"]
    return launch(*more, *start, *command, **env)


def losses(out: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (out / "log.jsonl").read_text().splitlines()]


def assert_same(road: Path, out: str, *, off: float = 1e-5) -> None:
    """Losses, and the weights of the last checkpoint, are those of one process."""
    from safetensors.torch import load_file

    assert len(losses(road / "one")) == 4
    assert losses(road / out) == pytest.approx(losses(road / "one"), abs=off)
    one, many = (load_file(road / name / "step-4/model.safetensors") for name in ("one", out))
    for name, weights in one.items():
        assert (weights - many[name]).abs().max() < off, name


def test_two_processes(road: Path) -> None:
    more = ["--cpu", "--dynamo_backend", "no", "-m", "cft_eval.training"]
    done = launch(*DIRECT, *more, *options(road, "two"))
    assert done.stdout.count("loss") == 1  # of the two, one speaks
    assert_same(road, "two")


def test_two_processes_that_share_the_weights_and_go_on_after_a_kill(road: Path) -> None:
    from transformers import AutoModelForCausalLM, GenerationConfig

    shared("fsdp2", *options(road, "shared"), DIE_AFTER="3")
    assert [path.name for path in (road / "shared").glob("step-*")] == ["step-2"]
    done = shared("fsdp2", *options(road, "shared", "--resume"))
    # Each process holds half of the rows of the embedding.
    width = tiny_run.model().config.hidden_size
    assert f"held: DTensor ({len(tiny_run.tokenizer()) // 2}, {width})" in done.stderr
    assert_same(road, "shared")
    saved = road / "shared/step-4"
    AutoModelForCausalLM.from_pretrained(saved)
    end = tiny_run.tokenizer().convert_tokens_to_ids(END)
    assert GenerationConfig.from_pretrained(saved).eos_token_id == [end]


def test_the_held_out_loss_of_two_processes_is_that_of_one(road: Path) -> None:
    if road.name.startswith("untied"):
        pytest.skip("one head is enough here")
    held = ["--held-out", "5", "--eval-every", "1"]
    assert main(["train", *options(road, "held-one", *held)]) == 0
    shared("fsdp2", *options(road, "held-two", *held))
    one, two = (
        [json.loads(line)["held_out"] for line in (road / out / "log.jsonl").open()]
        for out in ("held-one", "held-two")
    )
    assert len(one) == 3
    assert two == pytest.approx(one, abs=1e-5)


def test_two_machines(road: Path) -> None:
    """One launcher a machine, with a rank and the address of the first, as the guide shows."""
    if road.name.startswith("untied"):
        pytest.skip("one head is enough here")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    config = ["--config_file", str(CONFIGS / "fsdp2-nodes.yaml"), "--num_processes", "2"]
    config += ["--main_process_ip", "127.0.0.1", "--main_process_port", port]
    with ThreadPoolExecutor(2) as machines:
        started = [
            machines.submit(
                launch, *config, "--machine_rank", rank, str(ON_CPU), *options(road, "nodes")
            )
            for rank in ("0", "1")
        ]
        said = [each.result().stdout.count("loss") for each in started]
    assert said == [1, 0]  # of all machines, one process speaks
    assert_same(road, "nodes")


def test_zero3_with_more_chunks_on_one_device_than_on_the_other(road: Path) -> None:
    shared("zero3", *options(road, "zero3"))
    assert_same(road, "zero3")


@pytest.mark.parametrize("kind", SHARED)
def test_bf16_computes_alone_in_it(road: Path, kind: str) -> None:
    """Gradients are summed in fp32, and so is the loss: a bf16 has seven bits behind its first."""
    import torch

    if road.name.startswith("untied"):
        pytest.skip("one head is enough here")
    done = shared(kind, *options(road, f"{kind}-bf16", "--precision", "bf16"))
    shown = losses(road / f"{kind}-bf16")
    assert shown != torch.tensor(shown).bfloat16().tolist()
    assert shown == pytest.approx(losses(road / "one"), abs=0.05)
    if kind == "fsdp2":
        assert "param_dtype=torch.bfloat16, reduce_dtype=torch.float32" in done.stderr
