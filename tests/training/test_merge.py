"""Adapters: trained, merged, and sent to a stand-in of the hub, from the command line."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'cft-eval[train]'")
for package in ("transformers", "peft"):
    pytest.importorskip(package, reason="needs the train extra")

from cft_eval.cli import main  # noqa: E402
from cft_eval.training.run import train  # noqa: E402
from tests.training import tiny_run  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Adapters of a base that stops at another token than they were taught to."""
    folder = tmp_path_factory.mktemp("adapters")
    tokenizer = tiny_run.tokenizer()
    model = tiny_run.model()
    model.generation_config.eos_token_id = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    model.save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
    base.generation_config.eos_token_id = [tokenizer.convert_tokens_to_ids("<|im_end|>")]
    examples = tiny_run.encoded().examples
    train(base, tokenizer, examples, tiny_run.settings(lora_rank=4), output=folder / "out")
    return folder / "out" / "step-4"


def test_a_merged_model_computes_the_same_and_stops_where_it_was_taught_to(
    adapters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    assert main(["train", "merge", str(adapters), "-o", str(tmp_path / "merged")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'merged'}: the model with {adapters} in it\n"
    end = tiny_run.tokenizer().convert_tokens_to_ids("<|im_end|>")
    assert GenerationConfig.from_pretrained(tmp_path / "merged").eos_token_id == [end]
    again = AutoTokenizer.from_pretrained(tmp_path / "merged")
    assert again.chat_template == tiny_run.tokenizer().chat_template
    ids = torch.tensor([tiny_run.encoded().examples[0].input_ids])
    base = AutoModelForCausalLM.from_pretrained(adapters.parents[1] / "base")
    wanted = PeftModel.from_pretrained(base, str(adapters))(input_ids=ids).logits
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype=torch.float32)
    assert torch.allclose(merged(input_ids=ids).logits, wanted, atol=1e-4)
    before = AutoModelForCausalLM.from_pretrained(adapters.parents[1] / "base")(input_ids=ids)
    assert not torch.allclose(before.logits, wanted, atol=1e-3)


def test_of_a_trainings_folder_the_newest_checkpoint_is_merged(
    adapters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "merge", str(adapters.parent), "-o", str(tmp_path / "merged")]) == 0
    assert f"the model with {adapters} in it" in capsys.readouterr().out


def test_what_cannot_be_merged_is_said(
    adapters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "merged")
    assert main(["train", "merge", str(adapters.parents[1] / "base"), "-o", out]) == 2
    assert "no adapters there: no adapter_config.json" in capsys.readouterr().err
    assert main(["train", "merge", str(adapters), "-o", str(adapters)]) == 2
    assert "is not empty; give another folder with -o" in capsys.readouterr().err
    assert main(["train", "merge", str(adapters), "-o", out, "--base", "no/such"]) == 2
    assert "cannot be merged into no/such" in capsys.readouterr().err
    assert not Path(out).exists()


class Hub:
    """What a stand-in of the hub was sent."""

    def __init__(self) -> None:
        self.made: list[dict[str, object]] = []
        self.files: dict[str, bytes] = {}
        self.full = False


@contextmanager
def stand_in(hub: Hub) -> Iterator[str]:
    """The few addresses of the hub's API that an upload asks."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            host = f"http://{self.headers['host']}"
            answer: dict[str, object] = {}
            if self.path == "/api/repos/create":
                hub.made.append(json.loads(body))
                answer = {"url": f"{host}/lab/tiny", "name": "lab/tiny", "id": "1"}
            elif "/preupload/" in self.path:
                names = [each["path"] for each in json.loads(body)["files"]]
                files = [{"path": n, "uploadMode": "regular", "shouldIgnore": False} for n in names]
                answer = {"files": files}
            elif "/commit/" in self.path:
                for line in map(json.loads, body.splitlines()):
                    if line["key"] == "file":
                        content = base64.b64decode(line["value"]["content"])
                        hub.files[line["value"]["path"]] = content
                answer = {"commitUrl": f"{host}/lab/tiny/commit/1", "commitOid": "1"}
            self._answer(507 if hub.full and "/commit/" in self.path else 200, answer)

        def do_GET(self) -> None:
            self._answer(200, {"id": "lab/tiny", "sha": "1", "siblings": []})

        def _answer(self, status: int, answer: dict[str, object]) -> None:
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def push(hub: Hub, *words: str) -> "subprocess.CompletedProcess[str]":
    with stand_in(hub) as url:
        return subprocess.run(
            [sys.executable, "-m", "cft_eval.cli", "train", *words],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "HF_ENDPOINT": url, "HF_HUB_OFFLINE": "0", "HF_TOKEN": "hf_made",
                 "HF_HUB_DISABLE_TELEMETRY": "1"},
        )  # fmt: skip


@pytest.mark.slow
def test_a_merged_model_is_sent_to_the_hub_privately(adapters: Path, tmp_path: Path) -> None:
    hub, out = Hub(), tmp_path / "merged"
    done = push(hub, "merge", str(adapters), "-o", str(out), "--push-to-hub", "lab/tiny")
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1].endswith("/lab/tiny")
    assert (hub.made[0]["name"], hub.made[0]["organization"]) == ("tiny", "lab")
    assert hub.made[0].get("private") is True or hub.made[0].get("visibility") == "private"
    assert hub.files["model.safetensors"] == (out / "model.safetensors").read_bytes()
    assert not [name for name in hub.files if name.startswith(("optimizer", "training_args"))]


@pytest.mark.slow
def test_a_hub_that_does_not_take_it_is_a_sentence(adapters: Path, tmp_path: Path) -> None:
    hub = Hub()
    hub.full = True
    out = str(tmp_path / "merged")
    done = push(hub, "merge", str(adapters), "-o", out, "--push-to-hub", "lab/tiny")
    assert done.returncode == 2
    assert "cft-eval: lab/tiny: the upload to the hub failed: " in done.stderr
    assert "Traceback" not in done.stderr
