"""Adapters (LoRA): put on a model to train them, and put into their base to use it like any other.

    model + rank ──> model with adapters          adapter folder ──> base + adapters ──> one model

A merged model keeps what was learnt beside the weights: its chat template, and where answers end.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cft_eval.errors import CftError, MissingExtra, first_line

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONFIG = "adapter_config.json"
"""What marks a folder of adapters."""


def add_adapters(model: "PreTrainedModel", *, rank: int, alpha: int | None = None) -> Any:
    """Adapters of ``rank`` on all linear layers; their scale is twice the rank unless given."""
    peft = _peft()
    config = peft.LoraConfig(
        r=rank,
        lora_alpha=alpha or 2 * rank,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return peft.get_peft_model(model, config)


def merge(adapters: Path, target: Path, *, base: str | None = None) -> None:
    """Write the base model with ``adapters`` put into it to ``target``; ``base``: where it moved.

    In fp32, as they were trained: a step that is lost in rounding would be lost here.
    """
    named = base_of(adapters, needed=base is None)
    base = base or named
    if target.exists() and any(target.iterdir()):
        raise CftError(f"{target} is not empty; give another folder with -o")
    peft = _peft()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    try:
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        merged = peft.PeftModel.from_pretrained(model, str(adapters)).merge_and_unload()
        tokenizer = AutoTokenizer.from_pretrained(adapters)
    except (OSError, ValueError, RuntimeError) as error:
        raise CftError(
            f"{adapters}: cannot be merged into {base}: {first_line(error)}; --base names another"
        ) from None
    if (adapters / "generation_config.json").is_file():
        merged.generation_config = GenerationConfig.from_pretrained(adapters)
    else:
        # Adapters of another trainer: the tokenizer beside them says where answers end.
        merged.generation_config.eos_token_id = tokenizer.eos_token_id
    merged.save_pretrained(target)
    tokenizer.save_pretrained(target)


def base_of(adapters: Path, *, needed: bool = True) -> str:
    """The model that adapters were trained on, as they say themselves; empty where they don't."""
    path = adapters / CONFIG
    if not path.is_file():
        raise CftError(f"{adapters}: no adapters there: no {CONFIG}")
    try:
        base = json.loads(path.read_text()).get("base_model_name_or_path")
    except (ValueError, AttributeError) as error:
        raise CftError(f"{path}: cannot be read: {first_line(error)}") from None
    if not base and needed:
        raise CftError(f"{path}: it names no base model; give one with --base")
    return str(base or "")


def _peft() -> Any:
    try:
        import peft
    except ImportError:
        raise MissingExtra("LoRA", "train") from None
    return peft
