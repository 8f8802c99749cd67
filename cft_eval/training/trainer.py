"""The recipe on the Hugging Face Trainer: the loop is the library's, the data contract is ours.

    model + encoded examples + Settings ── schedule ──> batches ── Trainer ──> output/step-N

What the library does not know and this module adds: the order of the batches, a checkpoint folder
that is whole or not there, a stop that names the batch whose loss is no number, and readings.
"""

import os
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cft_eval.errors import CftError
from cft_eval.training import attention, hardware, progress
from cft_eval.training.batches import Batches
from cft_eval.training.checkpoints import (
    SAVING,
    SaveFailed,
    finish,
    last_checkpoint,
    thin_out,
)
from cft_eval.training.encode import Example
from cft_eval.training.health import Health
from cft_eval.training.loss import check_packing, chunk_loss
from cft_eval.training.progress import Meter, StepReading
from cft_eval.training.schedule import Shape, Step, accumulation_for, schedule
from cft_eval.training.settings import TrainingSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainingArguments


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What is trained on, laid out."""

    examples: Sequence[Example]
    steps: list[Step]
    shape: Shape


def train(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    examples: Sequence[Example],
    settings: TrainingSettings,
    *,
    output: Path,
    save_at: Collection[int] = (),
    on_step: Callable[[StepReading], None] | None = None,
) -> list[StepReading]:
    """Train ``model`` in place; checkpoints go to ``output/step-N``. Returns one reading a step.

    ``save_at`` names steps to save besides those of ``settings.save_every``; the last step is
    always saved. bf16 compute, fp32 weights, gradients and moments.
    """
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)
    _check_weights(model)
    lengths = [len(example) for example in examples]
    attention.choose(model, settings, lengths)
    args = _arguments(settings, output)
    shape = Shape(
        batch=settings.batch_size,
        devices=args.world_size,
        accumulation=args.gradient_accumulation_steps,
        pack=settings.packing,
        flat=attention.flat(model),
    )
    steps = schedule(
        lengths, shape, seed=settings.seed, epochs=settings.epochs, max_steps=settings.max_steps
    )
    args.max_steps = len(steps)
    args.warmup_steps = settings.warmup_of(len(steps))
    if recompute(settings, hardware.size_of(model).parameters):
        # transformers 5.24 renames it, and warns of the old name.
        renamed = getattr(model, "activation_checkpointing_enable", None)
        (renamed or model.gradient_checkpointing_enable)({"use_reentrant": False})
    if settings.packing and not _sharded(model):
        check_packing(model, examples[0].input_ids, examples[-1].input_ids)
    chunk_loss(model, chunk=settings.loss_chunk)
    start = last_checkpoint(output) if settings.resume else None
    run = _TrainingProgress(
        TrainingData(examples, steps, shape), settings, output, frozenset(save_at), on_step
    )
    trainer = run.trainer(_with_adapters(model, settings), tokenizer, args, start)
    _reduce_in_fp32(trainer.accelerator.state, settings)
    trainer.train(resume_from_checkpoint=str(start) if start else None)
    return run.readings


LARGE = 10**9
"""Parameters from which activations are recomputed unless the settings say otherwise."""


def recompute(settings: TrainingSettings, parameters: int) -> bool:
    wish = settings.activation_checkpointing
    return parameters >= LARGE if wish is None else wish


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


def _arguments(settings: TrainingSettings, output: Path) -> "TrainingArguments":
    import torch
    from transformers import TrainingArguments

    # The settings say how it is computed, whatever the launcher's configuration says.
    os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16" if settings.precision == "bf16" else "no"
    args = TrainingArguments(
        output_dir=str(output),
        max_steps=1,  # set when the schedule is made; it needs the number of devices
        per_device_train_batch_size=1,  # a planned micro-batch is one item
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        adam_beta2=settings.adam_beta2,
        max_grad_norm=settings.max_grad_norm,
        lr_scheduler_type="cosine",
        seed=settings.seed,
        bf16=settings.precision == "bf16",
        use_cpu=not torch.cuda.is_available(),
        save_strategy="no",
        logging_steps=1,
        logging_nan_inf_filter=False,  # it would show the mean of the other steps instead
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    args.gradient_accumulation_steps = accumulation_for(
        batch=settings.batch_size,
        micro_batch=settings.micro_batch_size,
        devices=args.world_size,
    )
    return args


def _reduce_in_fp32(state: Any, settings: TrainingSettings) -> None:
    """Sum gradients over devices, and hand the loss on, in fp32 whatever the compute is in.

    accelerate does both in the precision of the compute under FSDP2, and so does DeepSpeed with the
    gradients: three digits of them, of a sum over all devices.
    """
    import torch

    if state.deepspeed_plugin is not None:
        state.deepspeed_plugin.deepspeed_config["communication_data_type"] = "fp32"
    plugin = getattr(state, "fsdp_plugin", None)
    if plugin is not None and plugin.fsdp_version == 2:
        from torch.distributed.fsdp import MixedPrecisionPolicy

        plugin.mixed_precision_policy = MixedPrecisionPolicy(
            param_dtype=torch.bfloat16 if settings.precision == "bf16" else None,
            reduce_dtype=torch.float32,
            # None leaves an output as it is: states in bf16, and the loss, which is fp32.
            output_dtype=None,
        )


def _with_adapters(model: "PreTrainedModel", settings: TrainingSettings) -> Any:
    if not settings.lora_rank:
        return model
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError:
        from cft_eval.errors import MissingExtra

        raise MissingExtra("LoRA", "train") from None
    return get_peft_model(
        model,
        LoraConfig(
            r=settings.lora_rank,
            lora_alpha=settings.lora_alpha or 2 * settings.lora_rank,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
    )


class _TrainingProgress:
    """What the callbacks of one training run share."""

    def __init__(
        self,
        work: TrainingData,
        settings: TrainingSettings,
        output: Path,
        save_at: frozenset[int],
        on_step: Callable[[StepReading], None] | None,
    ) -> None:
        self.work, self.settings, self.output = work, settings, output
        self.save_at, self.on_step = save_at, on_step
        self.readings: list[StepReading] = []
        self.health: Health

    def trainer(
        self, model: Any, tokenizer: Any, args: "TrainingArguments", start: Path | None
    ) -> Any:
        from transformers.trainer_callback import PrinterCallback

        batches = Batches(self.work.examples, self.work.steps, pad=_pad(tokenizer))
        self.health = Health(self.work.shape, batches, self.output)
        self.meter = self._meter(model, args)
        if start is not None:
            done = int(start.name.removeprefix("step-"))
            self.readings = [r for r in progress.read_log(self.output) if r.step <= done]
        if args.process_index == 0:
            self.output.mkdir(parents=True, exist_ok=True)
            progress.write_log(self.output, self.readings)
        trainer = _trainer_class()(
            self,
            model=model,
            args=args,
            train_dataset=batches,
            data_collator=_only,
            processing_class=tokenizer,
            callbacks=[_callback(self)],
        )
        trainer.remove_callback(PrinterCallback)
        return trainer

    def _meter(self, model: Any, args: "TrainingArguments") -> Meter:
        size = hardware.size_of(model.get_base_model() if self.settings.lora_rank else model)
        tokens, learnt, flops = [], [], []
        for step in self.work.steps:
            chosen = [self.work.examples[i] for micro in step for line in micro for i in line]
            tokens.append(sum(map(len, chosen)))
            learnt.append(sum(example.learnt for example in chosen))
            flops.append(hardware.flop(size, map(len, chosen)))
        return Meter(tokens, learnt, flops, peak=self._peak(args))

    def _peak(self, args: "TrainingArguments") -> float | None:
        import torch

        if torch.cuda.is_available():
            peak = hardware.ceiling(torch.cuda.get_device_name())
        else:
            peak = hardware.measured_ceiling(precision=self.settings.precision)
        return peak * args.world_size if peak else None

    def wants_save(self, step: int) -> bool:
        every = self.settings.save_every
        return (
            step in self.save_at
            or step == len(self.work.steps)
            or bool(every and step % every == 0)
        )


def _pad(tokenizer: Any) -> int:
    """Any token will do for padding: nothing looks at it, and it is not learnt."""
    return int(tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0)


def _only(items: list[Any]) -> Any:
    (item,) = items
    return item


def _trainer_class() -> Any:
    """A Trainer that keeps our order of batches, and saves whole folders. Needs transformers."""
    import torch
    from transformers import Trainer

    class _Trainer(Trainer):
        def __init__(self, run: _TrainingProgress, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.run = run

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            batches: Any = self.train_dataset
            return torch.utils.data.SequentialSampler(batches)

        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            loss = super().training_step(*args, **kwargs)
            self.run.health.losses.append(loss)
            return loss

        def _get_grad_norm(self, *args: Any, **kwargs: Any) -> Any:
            norm: Any = super()._get_grad_norm(*args, **kwargs)  # type: ignore[no-untyped-call]
            self.run.health.grad_norm = 0.0 if norm is None else float(norm)
            return norm

        def _get_output_dir(self, trial: Any) -> str:
            return str(self.run.output / SAVING)

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            step, output = self.state.global_step, self.run.output
            failure = None
            try:
                super()._save_checkpoint(model, trial)
                if self.is_world_process_zero():
                    # Beside adapters, too: where their answers end.
                    saved = output / SAVING / f"checkpoint-{step}"
                    _with_generation(self.model).generation_config.save_pretrained(saved)
            except _saving_errors() as error:
                failure = error
            if failure is not None:
                failed = SaveFailed(step, output, failure)
                if self.is_world_process_zero():
                    shutil.rmtree(output / SAVING, ignore_errors=True)
                raise failed from None
            self.accelerator.wait_for_everyone()
            if self.is_world_process_zero():
                finish(output, step)
                thin_out(output, keep=self.run.settings.keep)
            self.accelerator.wait_for_everyone()

    return _Trainer


def _with_generation(model: Any) -> Any:
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _saving_errors() -> tuple[type[Exception], ...]:
    """What a full disk raises: safetensors and torch.save have words of their own for it."""
    from safetensors import SafetensorError

    return OSError, RuntimeError, SafetensorError


def _callback(
    run: _TrainingProgress,
) -> Any:  # a TrainerCallback, which is no type without transformers
    from tqdm import tqdm
    from transformers import TrainerCallback

    class Callback(TrainerCallback):
        bar: Any = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            hidden = True if args.process_index else None
            self.bar = tqdm(unit="step", desc="train", disable=hidden, initial=state.global_step)
            self.bar.total = state.max_steps
            run.meter.start()

        def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            run.health.check_losses(state.global_step, device=args.process_index)

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.bar.update()
            run.health.check_weights(kwargs["model"], state.global_step)
            control.should_log = True
            control.should_save = run.wants_save(state.global_step)

        def on_log(
            self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any
        ) -> None:
            if "loss" not in (logs or {}):
                return
            reading = run.meter.read(
                state.global_step,
                loss=logs["loss"],
                learning_rate=logs["learning_rate"],
                grad_norm=logs.get("grad_norm"),
            )
            run.readings.append(reading)
            self.bar.set_postfix_str(reading.words(), refresh=False)
            if args.process_index == 0:
                progress.append_log(run.output, reading)
            if run.on_step is not None:
                run.on_step(reading)

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.bar.close()
            if args.process_index == 0 and run.readings:
                plot = progress.loss_plot([(r.step, r.loss) for r in run.readings])
                (run.output / progress.PLOT).write_text(plot)

    return Callback()
