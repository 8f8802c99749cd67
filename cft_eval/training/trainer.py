"""What is asked of the Hugging Face Trainer, and what it does differently here.

    model + Work ──> trainer ──> steps in our order, each with a reading ──> output/step-N

The loop is the library's. Ours: the order of the batches, gradients and losses summed in fp32, a
stop that names the rows, a checkpoint that is whole or not there, the held-out loss of a token.
"""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cft_eval.errors import CftError
from cft_eval.training import measure
from cft_eval.training.encode import Example
from cft_eval.training.health import SAVING, Health, SaveFailed, finish, thin_out
from cft_eval.training.measure import StepReading
from cft_eval.training.schedule import Batches, Shape, Step, schedule
from cft_eval.training.settings import TrainingSettings

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, TrainingArguments


@dataclass(slots=True)
class Work:
    """What is trained on, laid out, and what came of it so far."""

    examples: Sequence[Example]
    steps: list[Step]
    shape: Shape
    settings: TrainingSettings
    output: Path
    size: measure.Size
    held_out: Sequence[Example]
    on_step: Callable[[StepReading], None] | None
    readings: list[StepReading] = field(default_factory=list)

    def is_due(self, step: int, every: int) -> bool:
        return step == len(self.steps) or bool(every and step % every == 0)


def trainer_of(
    work: Work,
    model: Any,
    tokenizer: "PreTrainedTokenizerBase",
    args: "TrainingArguments",
    *,
    start: Path | None,
) -> Any:
    """A Trainer of ``work``, ready to train; ``start``: the checkpoint to go on from."""
    from transformers.trainer_callback import PrinterCallback

    output = work.output
    if start is not None:
        done = int(start.name.removeprefix("step-"))
        work.readings += [r for r in measure.read_log(output) if r.step <= done]
    if args.process_index == 0:
        output.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(output / SAVING, ignore_errors=True)  # of a run that was killed
        measure.write_log(output, work.readings, anew=True)
    batches = Batches(work.examples, work.steps)
    trainer = _trainer_class()(
        work,
        Health(work.shape, batches, output),
        model=model,
        args=args,
        train_dataset=batches,
        data_collator=lambda items: items[0],  # a planned micro-batch is one item
        processing_class=tokenizer,
    )
    trainer.add_callback(_callback(trainer))
    trainer.remove_callback(PrinterCallback)
    reduce_in_fp32(trainer.accelerator.state, work.settings)
    return trainer


def _trainer_class() -> Any:
    """A Trainer that keeps our order of batches, and saves whole folders."""
    import torch
    from safetensors import SafetensorError
    from transformers import Trainer

    class _Trainer(Trainer):
        def __init__(self, work: Work, health: Health, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.work, self.health = work, health
            name = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
            # Of all devices together; 0 where it is not known.
            self.peak = (measure.ceiling(name) or 0.0) * self.args.world_size
            self.since = time.perf_counter()
            self.held_out: float | None = None

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            batches: Any = self.train_dataset
            return torch.utils.data.SequentialSampler(batches)

        def _issue_warnings_after_load(self, load_result: Any) -> None:
            """Say nothing of a head that is the embedding: it is saved, and loaded, once."""
            model: Any = self.model
            once = {name for name, _ in model.named_parameters()}
            again = {name for name, _ in model.named_parameters(remove_duplicate=False)} - once
            if load_result.unexpected_keys or set(load_result.missing_keys) - again:
                super()._issue_warnings_after_load(load_result)

        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            loss = super().training_step(*args, **kwargs)
            self.health.losses.append(loss)
            return loss

        def _get_grad_norm(self, *args: Any, **kwargs: Any) -> Any:
            norm: Any = super()._get_grad_norm(*args, **kwargs)  # type: ignore[no-untyped-call]
            self.health.grad_norm = 0.0 if norm is None else float(norm)
            return norm

        def log(self, logs: dict[str, Any], *args: Any, **kwargs: Any) -> None:
            if "loss" in logs:
                logs |= self._read(logs)
            super().log(logs, *args, **kwargs)

        def _read(self, logs: dict[str, Any]) -> dict[str, float]:
            """Write the reading of a step; what of it the library's reporters don't know."""
            work, step = self.work, self.state.global_step
            now = time.perf_counter()
            seconds, self.since = max(now - self.since, 1e-9), now
            lines = [line for micro in work.steps[step - 1] for line in micro]
            chosen = [work.examples[i] for line in lines for i in line]
            done = measure.flop(work.size, [(len(each), each.learnt) for each in chosen])
            reading = StepReading(
                step=step,
                loss=logs["loss"],
                learning_rate=logs["learning_rate"],
                grad_norm=logs.get("grad_norm"),
                tokens=sum(map(len, chosen)),
                learnt=sum(each.learnt for each in chosen),
                seconds=round(seconds, 6),
                mfu=round(done / seconds / self.peak, 4) if self.peak else None,
                held_out=self.held_out,
            )
            work.readings.append(reading)
            if self.is_world_process_zero():
                measure.write_log(work.output, [reading])
            if work.on_step is not None:
                work.on_step(reading)
            more = {"tokens_per_second": reading.tokens_per_second, "mfu": reading.mfu}
            more["held_out_loss"] = reading.held_out
            return {name: value for name, value in more.items() if value is not None}

        def _get_output_dir(self, trial: Any) -> str:
            return str(self.work.output / SAVING)

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            work, step, output = self.work, self.state.global_step, self.work.output
            try:
                super()._save_checkpoint(model, trial)
                if self.is_world_process_zero():
                    # Beside adapters, too: where their answers end.
                    saved = output / SAVING / f"checkpoint-{step}"
                    trained: Any = self.model
                    base = trained.get_base_model() if work.settings.lora_rank else trained
                    base.generation_config.save_pretrained(saved)
            # A full disk: safetensors and torch.save have words of their own for it.
            except (OSError, RuntimeError, SafetensorError) as error:
                if self.is_world_process_zero():
                    shutil.rmtree(output / SAVING, ignore_errors=True)
                raise SaveFailed(step, output, error) from None
            self.accelerator.wait_for_everyone()
            if self.is_world_process_zero():
                finish(output, step)
                thin_out(output, keep=self.work.settings.keep)
            self.accelerator.wait_for_everyone()

    return _Trainer


def _held_out_loss(trainer: Any, model: Any) -> float:
    """Mean loss of a learnt token: sums over all devices, then divided, as in training."""
    import torch

    work, rank = trainer.work, trainer.args.process_index
    steps = schedule([len(example) for example in work.held_out], work.shape, seed=0)
    batches = Batches(work.held_out, steps)
    sums = torch.zeros(2, device=trainer.args.device, dtype=torch.float64)
    model.eval()
    # Each device has as many micro-batches, so all of them call the model together.
    for index in range(rank, len(batches), trainer.args.world_size):
        batch = trainer._prepare_inputs(batches[index])
        with torch.no_grad(), trainer.compute_loss_context_manager():
            loss = model(**batch, num_items_in_batch=torch.ones((), device=sums.device)).loss
        learnt = (batch["labels"][:, 1:] >= 0).sum()
        sums += torch.stack([loss.double(), learnt.double()])
    model.train()
    total, count = trainer.accelerator.reduce(sums).tolist()
    return float(total / count)


def _callback(trainer: Any) -> Any:  # a TrainerCallback, which is no type without transformers
    from tqdm import tqdm
    from transformers import TrainerCallback

    work, health = trainer.work, trainer.health

    class Callback(TrainerCallback):
        bar: Any = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            hidden = True if args.process_index else None
            self.bar = tqdm(unit="step", desc="train", disable=hidden, initial=state.global_step)
            self.bar.total = state.max_steps
            trainer.since = time.perf_counter()

        def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            health.check_losses(state.global_step, device=args.process_index)

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            step = state.global_step
            health.check_weights(kwargs["model"], step)
            trainer.held_out = None
            if work.held_out and work.is_due(step, work.settings.eval_every):
                started = time.perf_counter()
                trainer.held_out = _held_out_loss(trainer, trainer.model_wrapped)
                trainer.since += time.perf_counter() - started  # which is no training
            control.should_log = True
            control.should_save = work.is_due(step, work.settings.save_every)

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if work.readings:
                last = work.readings[-1]
                self.bar.update(last.step - self.bar.n)
                self.bar.set_postfix_str(f"loss {last.loss:.4f}", refresh=False)

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.bar.close()

    return Callback()


def with_precision(settings: TrainingSettings) -> TrainingSettings:
    """Settings whose precision is that of this machine, where they left it open.

    Most CPUs have no arithmetic of bf16: one that emulates it takes five times as long as in fp32.
    """
    import torch

    if settings.precision != "auto":
        return settings
    fast = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    return replace(settings, precision="bf16" if fast else "fp32")


def arguments(settings: TrainingSettings, output: Path) -> "TrainingArguments":
    import torch
    from transformers import TrainingArguments, integrations

    reporters = [] if settings.report_to == "none" else [settings.report_to]
    there: Any = integrations
    if set(reporters) - set(there.get_available_reporting_integrations()):
        raise CftError(f"report_to: {settings.report_to} is not installed; `pip install` it")
    # The settings say how it is computed, whatever the launcher's configuration says.
    os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16" if settings.precision == "bf16" else "no"
    return TrainingArguments(
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
        report_to=reporters,
        run_name=output.name,
        disable_tqdm=True,
        remove_unused_columns=False,
        ddp_find_unused_parameters=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def reduce_in_fp32(state: Any, settings: TrainingSettings) -> None:
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
