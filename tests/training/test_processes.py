"""Several processes have the losses and the weights of one: plainly, and sharded by FSDP2."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra: pip install 'cft-eval[train]'")
pytest.importorskip("accelerate", reason="needs the train extra")

from cft_eval.cli import main
from cft_eval.training.tiny import END
from tests.training import tiny_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning"),
]

LAUNCH = [sys.executable, "-m", "accelerate.commands.launch"]
DIRECT = ["--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no"]
ON_CPU = Path(__file__).with_name("fsdp_on_cpu.py")


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, rows, a configuration, and the run of a single process."""
    folder = tmp_path_factory.mktemp("road")
    tiny_run.model().save_pretrained(folder / "model")
    tiny_run.tokenizer().save_pretrained(folder / "model")
    rows = [
        {"question": row.question, "response": row.response, "critique": row.critique}
        for row in tiny_run.rows()
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    # 24 rows in steps of 7: the last step has 3, and a process may have none.
    (folder / "run.yaml").write_text(
        f"model: {folder / 'model'}\ndata: {folder / 'rows.jsonl'}\nbatch_size: 7\n"
        "micro_batch_size: 2\nlearning_rate: 1e-3\nmax_length: 512\nthreads: 1\nsave_every: 2\n"
        "precision: fp32\n"
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
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", **env},
    )
    assert (done.returncode == 0) == ("DIE_AFTER" not in env), done.stderr[-2000:]
    return done


def losses(out: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (out / "log.jsonl").read_text().splitlines()]


def assert_same(road: Path, out: str) -> None:
    """Losses, and the weights of the last checkpoint, are those of one process."""
    from safetensors.torch import load_file

    assert len(losses(road / "one")) == 4
    assert losses(road / out) == pytest.approx(losses(road / "one"), abs=1e-5)
    one, many = (load_file(road / name / "step-4/model.safetensors") for name in ("one", out))
    for name, weights in one.items():
        assert (weights - many[name]).abs().max() < 1e-5, name


def test_two_processes(road: Path) -> None:
    more = ["--cpu", "--dynamo_backend", "no", "-m", "cft_eval.training"]
    done = launch(*DIRECT, *more, *options(road, "two"))
    assert done.stdout.count("loss") == 1  # of the two, one speaks
    assert_same(road, "two")


def test_two_processes_that_share_the_weights_and_go_on_after_a_kill(
    road: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import yaml
    from transformers import AutoModelForCausalLM, GenerationConfig

    assert main(["train", "--accelerate-config", "fsdp2"]) == 0
    shipped = yaml.safe_load(Path(capsys.readouterr().out.strip()).read_text())
    config = road / "fsdp2.yaml"
    config.write_text(
        yaml.safe_dump({**shipped, "num_processes": 2, "mixed_precision": "no", "use_cpu": True})
    )
    command = ["--config_file", str(config), str(ON_CPU)]
    launch(*command, *options(road, "shared"), DIE_AFTER="3")
    assert [path.name for path in (road / "shared").glob("step-*")] == ["step-2"]
    done = launch(*command, *options(road, "shared", "--resume"))
    # Each process holds half of the rows of the embedding.
    width = tiny_run.model().config.hidden_size
    assert f"held: DTensor ({len(tiny_run.tokenizer()) // 2}, {width})" in done.stderr
    assert_same(road, "shared")
    saved = road / "shared/step-4"
    AutoModelForCausalLM.from_pretrained(saved)
    end = tiny_run.tokenizer().convert_tokens_to_ids(END)
    assert GenerationConfig.from_pretrained(saved).eos_token_id == [end]
