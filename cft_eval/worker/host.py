"""What the owner of a worker decides: which board, which engine, which folders may be read."""

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cft_eval.tasks as tasks
import cft_eval.weights as weights
from cft_eval.errors import CftError, MissingExtra


class EvaluationRefused(CftError):
    """An evaluation that this worker will not do, now or later."""


@dataclass(frozen=True, slots=True)
class Host:
    """One worker's terms."""

    name: str
    server: str | None = None
    token: str | None = field(default=None, repr=False)
    model: str = "vllm"
    """lm-eval's model type: vllm, hf, or dummy to try the road."""

    model_args: str = ""
    """What the engine is told besides, such as ``dtype=bfloat16``."""

    models: tuple[Path, ...] = ()
    """Folders below which a path may be asked for."""

    work: Path = Path("cft-eval-worker")
    """Where checkpoints are kept and runs are written until they are pushed."""

    gpus: int = 1
    """What this machine can give to one evaluation."""

    def check_engine(self) -> None:
        """Raise `MissingExtra` where this machine lacks the engine: every evaluation would fail."""
        package = {"vllm": "vllm", "hf": "transformers"}.get(self.model)
        if package is not None and find_spec(package) is None:
            extra = "vllm" if package == "vllm" else "train"
            raise MissingExtra(f"`--model {self.model}`", extra)

    def folder_of(self, path: str) -> Path:
        """The folder that is asked for, where it may be read."""
        folder = Path(path).resolve()
        if not any(folder.is_relative_to(allowed.resolve()) for allowed in self.models):
            raise EvaluationRefused(
                f"{path}: not below a folder that this worker's owner allows (--models)"
            )
        if not (folder / "config.json").is_file():
            raise EvaluationRefused(f"{path}: not a checkpoint: it has no config.json")
        weights.check_file("config.json", folder / "config.json")
        return folder

    def check_tasks(self, request: dict[str, Any]) -> None:
        """Raise `EvaluationRefused` where this release lacks a task, before fetching weights."""
        wrong = tasks.unknown(request["tasks"])
        if wrong is not None:
            raise EvaluationRefused(f"this worker has {wrong}")

    def run_command(self, request: dict[str, Any], source: str, output: Path) -> list[str]:
        """`cft-eval run` for ``request``, on the weights that ``source`` names."""
        arguments = self._model_args(request, source)
        command = ["run", "--model", self.model, "--output_path", str(output), "--log_samples"]
        command += ["--tasks", ",".join(request["tasks"])]
        command += ["--model_args", ",".join(arguments)] if arguments else []
        command += ["--repeats", str(request["repeats"])] if request["repeats"] else []
        command += ["--limit", str(request["limit"])] if request["limit"] else []
        sampled = {name: request[name] for name in ("temperature", "top_p", "max_gen_toks")}
        options = [f"{name}={value}" for name, value in sampled.items() if value is not None]
        return [*command, *(["--gen_kwargs", ",".join(options)] if options else [])]

    def push_command(
        self, request: dict[str, Any], output: Path, *, name: str, sha256: str | None
    ) -> list[str]:
        """`cft-eval push` for what the run wrote."""
        command = ["push", str(output), "--yes", "--json", "--model-name", request["name"] or name]
        for option in ("base_model", "method", "training_data", "training_examples", "step"):
            if request[option] is not None:
                command += [f"--{option.replace('_', '-')}", str(request[option])]
        for tag in request["tags"]:
            command += ["--tag", tag]
        return [*command, *(["--weights-sha256", sha256] if sha256 else [])]

    def _model_args(self, request: dict[str, Any], source: str) -> list[str]:
        if self.model == "dummy":
            return []
        arguments = [f"pretrained={source}", "trust_remote_code=False"]
        arguments += [f"revision={request['revision']}"] if request["revision"] else []
        # No pickle is ever loaded: it would run what it holds.
        if self.model == "vllm":
            arguments.append("load_format=safetensors")
            arguments.append(f"tensor_parallel_size={max(1, request['gpus'])}")
        else:
            arguments.append("use_safetensors=True")
        return [*arguments, *([self.model_args] if self.model_args else [])]
