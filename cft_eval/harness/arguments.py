"""What of an engine's arguments is kept: facts that can change a response, and facts to note.

    model_args ──> changing: quantization, context length, thinking ── differ: no comparison
               └─> noted: batch size, cache, parallelism           ── differ: said in the report

The rest is dropped: names and paths are the host's affair, and some arguments are secrets. An
argument that no list names is not kept, whatever it is.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

CHANGING = {
    "quantization": "quantization",
    "load_in_8bit": "load_in_8bit",
    "load_in_4bit": "load_in_4bit",
    "bnb_4bit_quant_type": "bnb_4bit_quant_type",
    "bnb_4bit_compute_dtype": "bnb_4bit_compute_dtype",
    "bnb_4bit_use_double_quant": "bnb_4bit_use_double_quant",
    "quantization_config": "quantization_config",
    "autogptq": "autogptq",
    "gptqmodel": "gptqmodel",
    "torchao_config": "torchao_config",
    "softmax_dtype": "softmax_dtype",
    # Two names for the same limit.
    "max_model_len": "max_model_len",
    "max_length": "max_model_len",
    "context_length": "max_model_len",
    "truncation": "truncation",
    "truncation_side": "truncation_side",
    "enable_thinking": "enable_thinking",
    "think_start_token": "think_start_token",
    "think_end_token": "think_end_token",
    "reasoning_effort": "reasoning_effort",
    "reasoning_parser": "reasoning_parser",
    "thinking_budget": "thinking_budget",
    "chat_template_args": "chat_template_args",
    "chat_template_kwargs": "chat_template_args",
    "add_bos_token": "add_bos_token",
    "prefix_token_id": "prefix_token_id",
    "rope_scaling": "rope_scaling",
    "rope_theta": "rope_theta",
    "hf_overrides": "hf_overrides",
    "override_generation_config": "override_generation_config",
    "generation_config": "generation_config",
    "sliding_window": "sliding_window",
    "disable_sliding_window": "disable_sliding_window",
    "logits_processors": "logits_processors",
    "repetition_penalty": "repetition_penalty",
}
"""lm-eval's and the engines' names for what can change a response, and the field they go under."""

DEFAULTS = {
    "load_in_8bit": False,
    "load_in_4bit": False,
    "autogptq": False,
    "gptqmodel": False,
    "bnb_4bit_use_double_quant": False,
    "truncation_side": "left",
    "disable_sliding_window": False,
}
"""What an argument means where it is not given: saying so is no difference."""

NOTED = (
    "kv_cache_dtype",
    "attn_implementation",
    "tensor_parallel_size",
    "pipeline_parallel_size",
    "data_parallel_size",
    "enforce_eager",
    "enable_prefix_caching",
    "enable_chunked_prefill",
    "max_num_seqs",
    "max_num_batched_tokens",
    "speculative_config",
    "parallelize",
)
"""What can move a response by rounding alone."""

LONGEST = 80
"""Characters of a value that is kept as it is; of a longer one its hash."""

_PLAIN = re.compile(r"[\w .,:;=+\-(){}\[\]\"'<>|]*")
"""No slash and no @: a value that may be a path or an address is kept as its hash."""

_ENGINES = ("transformers", "vllm", "sglang", "torch")


def changing(arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """``name=value`` of each argument that can change a response, sorted."""
    facts = {
        CHANGING[name]: _value(value)
        for name, value in arguments.items()
        if name in CHANGING and not _unset(CHANGING[name], value)
    }
    return tuple(f"{name}={facts[name]}" for name in sorted(facts))


def noted(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Arguments that are noted, by name."""
    return {
        name: _value(arguments[name]) for name in NOTED if arguments.get(name) not in (None, "")
    }


def engine_versions() -> dict[str, str]:
    """The versions of the engines that are installed; nothing is imported."""
    versions = {}
    for name in _ENGINES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _unset(name: str, value: object) -> bool:
    return value in (None, "", "None") or _scalar(value) == DEFAULTS.get(name, object())


def _scalar(value: object) -> object:
    """A value as it was meant: lm-eval hands on what was typed, or what YAML made of it."""
    words: dict[object, object] = {"true": True, "false": False, "none": None}
    return words.get(value.lower(), value) if isinstance(value, str) else value


def _value(value: object) -> str:
    meant = _scalar(value)
    text = meant if isinstance(meant, str) else json.dumps(meant, sort_keys=True, default=str)
    if len(text) <= LONGEST and _PLAIN.fullmatch(text):
        return text
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
