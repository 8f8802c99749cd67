"""Every key of a training run, with the paper's value as its default. No torch.

A YAML file and the options of `cft-eval train` name the same keys; a key that does not exist is
an error that names the nearest one.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any

from cft_eval.dataset.rows import KEEP, Method
from cft_eval.dataset.texts import SYSTEM
from cft_eval.errors import CftError
from cft_eval.training.encode import Truncation


class BadSetting(CftError):
    """A key that is not there, or a value that it cannot take."""


def _key(default: Any, help_: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": help_, **more})


_BOUNDS: tuple[tuple[tuple[str, ...], Callable[[float], bool], str], ...] = (
    (
        ("max_length", "batch_size", "micro_batch_size", "loss_chunk", "batch_tokens", "max_steps",
         "limit", "keep", "threads"),
        lambda value: value >= 1,
        "be 1 or more",
    ),
    (("learning_rate", "epochs"), lambda value: 0 < value < float("inf"), "be more than 0"),
    (
        ("weight_decay", "max_grad_norm", "lora_rank", "save_every", "seed", "warmup_steps",
         "held_out", "eval_every"),
        lambda value: value >= 0,
        "not be negative",
    ),
    (("warmup_ratio", "adam_beta2"), lambda value: 0 <= value < 1, "be 0 or more and below 1"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """One training run. The defaults are the CFT paper's recipe for Qwen2.5-Math-7B."""

    model: str = _key("", "model to start from: a folder or a name on the hub")
    data: str = _key("", "file, folder, short name (webinstruct-cft-50k …) or hub:OWNER/NAME")
    output: str = _key("", "folder for checkpoints, log and plots")
    method: str = _key("cft", "what is learnt", choices=[m.value for m in Method])

    keep_rows: str = _key("all", "rows by their critique's verdict", choices=list(KEEP))
    limit: int | None = _key(None, "read only the first N rows")
    system: str | None = _key(SYSTEM, "system prompt; 'none' for no system message")
    chat_template: str | None = _key(None, "qwen, deepseek or a Jinja file; default the model's")
    template_text: bool = _key(False, "let the chat template add text of its own")
    max_length: int = _key(2048, "tokens of an example")
    truncation: str = _key(
        "proportional", "what becomes of longer rows", choices=[t.value for t in Truncation]
    )

    epochs: float = _key(1.0, "passes over the data")
    max_steps: int | None = _key(None, "optimiser steps, instead of epochs")
    batch_size: int = _key(512, "examples of an optimiser step, on all devices together")
    batch_tokens: int | None = _key(None, "tokens of an optimiser step, instead of examples")
    micro_batch_size: int = _key(8, "examples of a forward pass on one device, on average")
    learning_rate: float = _key(5e-6, "peak of the cosine schedule")
    warmup_ratio: float = _key(0.1, "share of the steps in which the rate rises")
    warmup_steps: int | None = _key(None, "steps in which the rate rises, instead of a share")
    weight_decay: float = _key(0.0, "decoupled, as in AdamW")
    adam_beta2: float = _key(0.999, "memory of the second moment")
    max_grad_norm: float = _key(1.0, "gradients are clipped to this norm")
    seed: int = _key(42, "order of the rows, dropout, LoRA's start")

    packing: bool = _key(True, "rows behind one another without seeing one another")
    precision: str = _key(
        "auto",
        "of the compute; weights are fp32 always; auto: bf16 on a GPU, fp32 on a CPU",
        choices=["auto", "bf16", "fp32"],
    )
    attention: str = _key(
        "auto",
        "auto: flash_attention_2 where installed, documents for long rows on a CPU, else sdpa",
        choices=["auto", "documents", "sdpa", "eager", "flash_attention_2", "flex_attention"],
    )
    activation_checkpointing: bool | None = _key(
        None, "recompute activations (default: from a billion parameters on)"
    )
    loss_chunk: int = _key(1024, "learnt tokens whose logits exist at one time")
    lora_rank: int = _key(0, "train adapters of this rank; 0 trains all weights")
    lora_alpha: int | None = _key(None, "their scale (default: twice the rank)")

    held_out: int = _key(0, "examples that are not trained on, for the held-out loss")
    eval_every: int = _key(10, "optimiser steps between held-out losses; 0: at the end alone")
    report_to: str = _key(
        "none",
        "where the log goes besides log.jsonl",
        choices=["none", "wandb", "tensorboard", "trackio", "mlflow", "swanlab"],
    )
    save_every: int = _key(10, "optimiser steps between checkpoints; 0 saves the last only")
    keep: int | None = _key(None, "newest checkpoints to keep (default: all, for selection)")
    resume: bool = _key(False, "go on from the newest checkpoint in output")
    threads: int | None = _key(None, "CPU threads (default: torch's)")

    def __post_init__(self) -> None:
        for key in fields(self):
            _check_type(key.name, getattr(self, key.name), kind_of(key))
            choices = key.metadata.get("choices")
            if choices and getattr(self, key.name) not in choices:
                raise BadSetting(
                    f"{key.name}: {getattr(self, key.name)!r}: expected one of {', '.join(choices)}"
                )
        for names, fits, words in _BOUNDS:
            for name in names:
                value = getattr(self, name)
                if value is not None and not fits(value):
                    raise BadSetting(f"{name}: {value} must {words}")

    def warmup_of(self, steps: int) -> int:
        """Of ``steps`` optimiser steps, those in which the rate rises; a share is rounded up."""
        if self.warmup_steps is not None:
            return self.warmup_steps
        return -int(-steps * self.warmup_ratio // 1)

    @property
    def batch(self) -> str:
        """A step's size in words."""
        if self.batch_tokens is not None:
            return f"{self.batch_tokens:,} tokens"
        return f"{self.batch_size} examples"


def system_message(given: str | None) -> str | None:
    """``none`` is the way to say on a command line that there is to be no system message."""
    return None if given in (None, "none") else given


def kind_of(key: "Field[Any]") -> str:
    """``str``, ``int``, ``float`` or ``bool``, with `` | None`` where a key may be empty."""
    return key.type.__name__ if isinstance(key.type, type) else str(key.type)


_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "text"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
}


def _check_type(name: str, value: object, kind: str) -> None:
    if value is None and "None" in kind:
        return
    wanted = kind.removesuffix(" | None")
    types, words = _KINDS[wanted]
    if not isinstance(value, types) or (isinstance(value, bool) and wanted != "bool"):
        raise BadSetting(f"{name}: {value!r} is not {words}")


def settings_of(
    values: Mapping[str, Any], *, where: str, base: TrainingSettings | None = None
) -> TrainingSettings:
    """Settings from a mapping; raise `BadSetting` with the nearest key where one is misspelt."""
    known = [key.name for key in fields(TrainingSettings)]
    for name in values:
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
            raise BadSetting(f"{where}: no key {name!r}; {hint}")
    return replace(base or TrainingSettings(), **values)
