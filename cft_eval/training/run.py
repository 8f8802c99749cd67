"""A training run from its settings: the order in which everything happens.

    Settings ──> rows ──> tokenizer ──> examples ──> plan ──> model ──> trainer ──> step-N

Heavy packages load when their stage is reached, so a misspelt path costs no minute.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cft_eval._version import __version__
from cft_eval.errors import CftError
from cft_eval.training import hardware
from cft_eval.training.attention import DOCUMENTS
from cft_eval.training.chat import Chat, chat_of, load_tokenizer, use_template
from cft_eval.training.checkpoints import checkpoints
from cft_eval.training.encode import Encoded, Truncation, encode_rows
from cft_eval.training.plan import TrainingPlan, plan
from cft_eval.training.progress import StepReading
from cft_eval.training.readers import read
from cft_eval.training.rows import Method, is_kept
from cft_eval.training.schedule import Shape, accumulation_for
from cft_eval.training.settings import TrainingSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

RUN = "run.json"
"""What was trained, on what, how: beside the checkpoints."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is known before a model's weights are read."""

    settings: TrainingSettings
    tokenizer: "PreTrainedTokenizerBase"
    chat: Chat
    encoded: Encoded


def prepare(settings: TrainingSettings) -> Prepared:
    """Read and encode the rows; raises where a setting, a row or the tokenizer will not do."""
    for name in ("model", "data"):
        if not getattr(settings, name):
            raise CftError(f"{name}: not given; --{name} or a line in the config file")
    rows = [
        row for row in read(settings.data, limit=settings.limit) if is_kept(row, settings.keep_rows)
    ]
    if not rows:
        raise CftError(f"{settings.data}: no row is judged {settings.keep_rows}")
    tokenizer = load_tokenizer(settings.model)
    use_template(tokenizer, settings.chat_template)
    system = settings.system_message
    chat = chat_of(tokenizer, system=system is not None, own_text=settings.template_text)
    encoded = encode_rows(
        rows,
        chat,
        Method(settings.method),
        system=system,
        max_length=settings.max_length,
        truncation=Truncation(settings.truncation),
    )
    prepared = Prepared(settings, tokenizer, chat, encoded)
    _check_length(prepared)
    return prepared


def dry_run(
    settings: TrainingSettings, *, devices: int = 1, device: str | None = None
) -> list[str]:
    """The plan in words, without a GPU and without the model's weights."""
    prepared = prepare(settings)
    made = plan_of(prepared, devices=devices)
    peak = hardware.ceiling(device) if device else None
    return [*prepared.encoded.report(), *made.report(peak=peak)]


def plan_of(prepared: Prepared, *, devices: int) -> TrainingPlan:
    from cft_eval.training.trainer import recompute

    settings, examples = prepared.settings, prepared.encoded.examples
    size = _size(settings)
    shape = Shape(
        batch=settings.batch_size,
        devices=devices,
        accumulation=accumulation_for(
            batch=settings.batch_size, micro_batch=settings.micro_batch_size, devices=devices
        ),
        pack=settings.packing,
        flat=settings.attention == "flash_attention_2",
    )
    return plan(
        settings,
        size,
        lengths=[len(example) for example in examples],
        learnt=[example.learnt for example in examples],
        shape=shape,
        checkpointing=recompute(settings, size.parameters),
        trained=_adapter_size(settings, size) if settings.lora_rank else None,
    )


def _adapter_size(settings: TrainingSettings, size: hardware.Size) -> int:
    """About: two matrices of this rank beside each of a layer's seven, as wide as the model."""
    return settings.lora_rank * 2 * 7 * size.hidden * size.layers


def run(settings: TrainingSettings, *, say: Say = lambda text: None) -> list[StepReading]:
    """Train; returns a reading for each step. Everything of it stands in ``settings.output``."""
    if not settings.output:
        raise CftError("output: not given; --output or a line in the config file")
    output = Path(settings.output)
    if checkpoints(output) and not settings.resume:
        raise CftError(
            f"{output} holds checkpoints already; go on with --resume, or give another folder"
        )
    prepared = prepare(settings)
    mark = _mark(prepared)
    if settings.resume:
        _same_run(output, mark)
    for line in prepared.encoded.report():
        say(line)
    model = _model(settings)
    _teach_end(model, prepared)
    if int(os.environ.get("RANK", 0)) == 0:
        _describe(output, prepared, mark)
    from cft_eval.training.trainer import train

    return train(model, prepared.tokenizer, prepared.encoded.examples, settings, output=output)


def _size(settings: TrainingSettings) -> hardware.Size:
    """The model's size from its configuration: no weight is read."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(settings.model)
    build: Any = AutoModelForCausalLM.from_config
    with torch.device("meta"):
        return hardware.size_of(build(config))


def _model(settings: TrainingSettings) -> "PreTrainedModel":
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    set_seed(settings.seed)
    options = {} if (kind := attention(settings)) is None else {"attn_implementation": kind}
    try:
        return AutoModelForCausalLM.from_pretrained(settings.model, dtype=torch.float32, **options)
    except (OSError, ValueError) as error:
        raise CftError(f"{settings.model}: no model there: {str(error).splitlines()[0]}") from None


def attention(settings: TrainingSettings) -> str | None:
    """What to ask transformers for: FlashAttention where it is installed and would be used."""
    if settings.attention == DOCUMENTS:
        return None  # the trainer sets it
    if settings.attention != "auto":
        return settings.attention
    import torch
    from transformers.utils.import_utils import is_flash_attn_2_available

    usable = torch.cuda.is_available() and settings.precision == "bf16"
    return "flash_attention_2" if usable and is_flash_attn_2_available() else None


def _check_length(prepared: Prepared) -> None:
    """No example is longer than what the model can see."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(prepared.settings.model)
    longest = getattr(config, "max_position_embeddings", None)
    most = max(map(len, prepared.encoded.examples))
    if longest is not None and most > longest:
        raise CftError(
            f"max_length: an example has {most} tokens, and {prepared.settings.model} can see "
            f"{longest}; set max_length to that"
        )


def _teach_end(model: Any, prepared: Prepared) -> None:
    """Generation must stop at the token that was learnt, whatever the base model stopped at."""
    end, tokenizer = prepared.chat.end, prepared.tokenizer
    ends = [end, tokenizer.eos_token_id, model.generation_config.eos_token_id]
    flat = [
        i for each in ends if each is not None for i in (each if isinstance(each, list) else [each])
    ]
    model.generation_config.eos_token_id = list(dict.fromkeys(flat))
    if tokenizer.eos_token_id != end:
        tokenizer.eos_token = tokenizer.convert_ids_to_tokens(end)


def _mark(prepared: Prepared) -> str:
    """A fingerprint of all that decides the losses: what may be resumed by what."""
    settings = asdict(prepared.settings)
    for name in ("output", "resume", "save_every", "keep", "threads", "model", "data"):
        del settings[name]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for example in prepared.encoded.examples:
        digest.update(repr((example.input_ids, example.labels)).encode())
    return digest.hexdigest()[:16]


def _same_run(output: Path, mark: str) -> None:
    path = output / RUN
    try:
        started = json.loads(path.read_text()) if path.is_file() else {"mark": mark}
    except ValueError as error:
        raise CftError(f"{path}: not JSON ({error}); delete it to go on with this folder") from None
    if started.get("mark") != mark:
        raise CftError(
            f"{path}: this run was started with other rows or settings; resuming would mix them"
        )


def _describe(output: Path, prepared: Prepared, mark: str) -> None:
    output.mkdir(parents=True, exist_ok=True)
    encoded = prepared.encoded
    facts = {
        "cft_eval": __version__,
        "mark": mark,
        "settings": asdict(prepared.settings),
        "examples": len(encoded.examples),
        "tokens": encoded.tokens,
        "learnt": encoded.learnt,
        "cuts": {cut.name.lower(): len(names) for cut, names in encoded.cuts.items()},
        "end_token": prepared.chat.end,
    }
    # Whole or not at all: a kill in the middle must not end what can be resumed.
    half = output / f"{RUN}.part"
    half.write_text(json.dumps(facts, indent=1) + "\n")
    half.replace(output / RUN)
