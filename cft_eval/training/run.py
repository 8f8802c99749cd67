"""A training run from its settings to its last checkpoint, in the order in which it happens.

    rows ──> tokenizer ──> examples ──> model ──> schedule ──> Trainer ──> step-N

`run` is what a command calls, `train` what it ends in; heavy packages load when their stage is
reached, so a misspelt path costs no minute.
"""

import os
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cft_eval.adapters import add_adapters
from cft_eval.dataset.rows import Method, TrainingRow, is_kept
from cft_eval.errors import CftError, first_line
from cft_eval.space import check_space
from cft_eval.training import attention, health, loss, measure
from cft_eval.training.chat import Chat, chat_of, load_tokenizer, use_template
from cft_eval.training.encode import Encoded, Example, Truncation, encode_rows
from cft_eval.training.measure import StepReading
from cft_eval.training.schedule import schedule, shape_of
from cft_eval.training.settings import TrainingSettings, system_message

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Say = Callable[[str], None]


def run(
    settings: TrainingSettings, rows: Iterable[TrainingRow], *, say: Say = lambda text: None
) -> list[StepReading]:
    """Train; returns a reading for each step. Everything of it stands in ``settings.output``."""
    from cft_eval.training.trainer import with_precision

    if not settings.output:
        raise CftError("output: not given; --output or a line in the config file")
    output = Path(settings.output)
    if health.checkpoints(output) and not settings.resume:
        raise CftError(
            f"{output} holds checkpoints already; go on with --resume, or give another folder"
        )
    started = health.read_record(output) if settings.resume else {}
    prepared = prepare(settings, rows, day=started.get("day"))
    settings = with_precision(settings)
    facts = health.record(settings, prepared.encoded, end=prepared.chat.end, day=prepared.day)
    health.check_same_run(output, started, facts)
    for line in prepared.encoded.report():
        say(line)
    model = _model(settings)
    _teach_end(model, prepared)
    if int(os.environ.get("RANK", 0)) == 0:
        health.write_record(output, facts)
    return train(
        model, prepared.tokenizer, prepared.examples, settings,
        output=output, held_out=prepared.held_out, say=say,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is known before a model's weights are read."""

    tokenizer: "PreTrainedTokenizerBase"
    chat: Chat
    encoded: Encoded
    examples: list[Example]
    """Those that are trained on."""

    held_out: list[Example]
    day: str
    """When the run was started first: what a template that writes dates goes on writing."""


def prepare(
    settings: TrainingSettings, rows: Iterable[TrainingRow], *, day: str | None = None
) -> Prepared:
    """Encode the rows; raises where a setting, a row or the tokenizer will not do."""
    if not settings.model:
        raise CftError("model: not given; --model or a line in the config file")
    if (Path(settings.model) / "adapter_config.json").is_file():
        raise CftError(
            f"{settings.model} holds adapters, not a model: merge them into their base with "
            f"`cft-eval train merge {settings.model} -o DIR`, and give --model DIR"
        )
    day = day or datetime.now().isoformat(timespec="seconds")
    tokenizer = load_tokenizer(settings.model)
    use_template(tokenizer, settings.chat_template)
    system = system_message(settings.system)
    chat = chat_of(
        tokenizer,
        system=system is not None,
        own_text=settings.template_text,
        day=datetime.fromisoformat(day),
    )
    encoded = encode_rows(
        (row for row in rows if is_kept(row, settings.keep_rows)),
        chat,
        Method(settings.method),
        system=system,
        max_length=settings.max_length,
        truncation=Truncation(settings.truncation),
    )
    examples, held_out = _divide(encoded.examples, settings)
    _check_length(encoded, settings)
    return Prepared(tokenizer, chat, encoded, examples, held_out, day)


def _divide(
    examples: list[Example], settings: TrainingSettings
) -> tuple[list[Example], list[Example]]:
    """What is trained on, and what is held out: the same rows for the same seed."""
    if settings.held_out >= len(examples):
        raise CftError(
            f"held_out: {settings.held_out} of {len(examples)} examples leave none to train on"
        )
    chooser = random.Random(f"held-out/{settings.seed}")
    apart = set(chooser.sample(range(len(examples)), settings.held_out))
    return (
        [example for i, example in enumerate(examples) if i not in apart],
        [examples[i] for i in sorted(apart)],
    )


def config_of(name: str) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise CftError(f"{name}: no model there: {first_line(error)}") from None


def _check_length(encoded: Encoded, settings: TrainingSettings) -> None:
    """No example is longer than what the model can see."""
    longest = getattr(config_of(settings.model), "max_position_embeddings", None)
    most = max(map(len, encoded.examples))
    if longest is not None and most > longest:
        raise CftError(
            f"max_length: an example has {most} tokens, and {settings.model} can see {longest}; "
            "set max_length to that"
        )


def _model(settings: TrainingSettings) -> "PreTrainedModel":
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    set_seed(settings.seed)
    kind = attention.implementation(settings)
    options = {} if kind is None else {"attn_implementation": kind}
    try:
        return AutoModelForCausalLM.from_pretrained(settings.model, dtype=torch.float32, **options)
    except (OSError, ValueError) as error:
        raise CftError(f"{settings.model}: no model there: {first_line(error)}") from None


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


def train(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    examples: Sequence[Example],
    settings: TrainingSettings,
    *,
    output: Path,
    held_out: Sequence[Example] = (),
    on_step: Callable[[StepReading], None] | None = None,
    say: Say = lambda text: None,
) -> list[StepReading]:
    """Train ``model`` in place; checkpoints go to ``output/step-N``. Returns one reading a step."""
    import torch

    from cft_eval.training.trainer import Work, arguments, trainer_of, with_precision

    settings = with_precision(settings)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    _check_weights(model)
    lengths = [len(example) for example in examples]
    attention.choose(model, settings, lengths)
    args = arguments(settings, output)
    shape = shape_of(settings, lengths, devices=args.world_size, flat=attention.flat(model))
    steps = schedule(
        lengths, shape, seed=settings.seed, epochs=settings.epochs, max_steps=settings.max_steps
    )
    args.gradient_accumulation_steps = shape.accumulation
    args.max_steps, args.warmup_steps = len(steps), settings.warmup_of(len(steps))
    size = measure.size_of(model, lora_rank=settings.lora_rank)
    if measure.recompute(settings, size.parameters):
        # transformers 5.24 renames it, and warns of the old name.
        renamed = getattr(model, "activation_checkpointing_enable", None)
        (renamed or model.gradient_checkpointing_enable)({"use_reentrant": False})
    if settings.packing and not _sharded(model):
        loss.check_packing(model, examples[0].input_ids, examples[-1].input_ids)
    loss.chunk_loss(model, chunk=settings.loss_chunk)
    if settings.lora_rank:
        model = add_adapters(model, rank=settings.lora_rank, alpha=settings.lora_alpha)
    start = health.last_checkpoint(output) if settings.resume else None
    work = Work(examples, steps, shape, settings, output, size, held_out=held_out, on_step=on_step)
    done = int(start.name[5:]) if start else 0
    due = sum(work.is_due(step, settings.save_every) for step in range(done + 1, len(steps) + 1))
    space = check_space(output, trained=size.trained, count=due, keep=settings.keep)
    for warning in [*measure.warm_up_warning(settings, len(steps)), *space]:
        say(warning)
    trainer = trainer_of(work, model, tokenizer, args, start=start)
    trainer.train(resume_from_checkpoint=str(start) if start else None)
    return work.readings


def _check_weights(model: "PreTrainedModel") -> None:
    """fp32 weights only: a step of 5e-6 is less than half the spacing of bf16 above 0.0016."""
    for name, weights in model.named_parameters():
        if weights.requires_grad and str(weights.dtype) not in ("torch.float32", "torch.float64"):
            raise CftError(
                f"{name} is {weights.dtype}: most steps of a fine-tuning rate round away in it; "
                "load the model in float32"
            )


def _sharded(model: Any) -> bool:
    """Whether the weights are spread over devices already, so that no forward can be tried."""
    from transformers.integrations import deepspeed

    zero3: Any = deepspeed.is_deepspeed_zero3_enabled
    # With FSDP all but one process begin without weights.
    return bool(zero3()) or model.device.type == "meta"
