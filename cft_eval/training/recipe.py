"""Supervised fine-tuning on encoded examples, as a thin recipe over the Hugging Face Trainer.

The loop, the schedule, mixed precision and the devices are the library's. What is ours: which
tokens are learnt (`encode`), and that a checkpoint folder is whole or not there.
"""

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cft_eval.errors import CftError
from cft_eval.training.encode import IGNORE, Example

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hyper-parameters. The defaults learn a small table of facts from scratch in a minute."""

    steps: int
    batch_size: int = 64
    learning_rate: float = 3e-3
    warmup_steps: int = 20
    weight_decay: float = 0.01
    adam_beta2: float = 0.98
    """The usual 0.999 remembers the first, useless gradients for longer than so short a run."""

    seed: int = 0


class TrainingFailed(CftError):
    """The loss is no number any more."""


def train(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    output: Path,
    save_at: Collection[int],
) -> dict[int, float]:
    """Train ``model`` in place and save it to ``output/step-N`` for each N of ``save_at``.

    Returns the loss by step. Cross-entropy over the learnt tokens only, cosine schedule after a
    linear warm-up; bf16 compute with fp32 weights.
    """
    import torch
    from transformers import Trainer, TrainingArguments
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    if not examples:
        raise CftError("no examples to train on")
    arguments = TrainingArguments(
        output_dir=str(output),
        max_steps=recipe.steps,
        per_device_train_batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        warmup_steps=recipe.warmup_steps,
        weight_decay=recipe.weight_decay,
        adam_beta2=recipe.adam_beta2,
        lr_scheduler_type="cosine",
        seed=recipe.seed,
        bf16=True,
        use_cpu=not torch.cuda.is_available(),
        save_strategy="no",
        logging_steps=1,
        report_to=[],
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )
    losses: dict[int, float] = {}
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=_Rows(examples),
        data_collator=_Pad(tokenizer.pad_token_id),
        callbacks=[_watcher(tokenizer, output, frozenset(save_at), losses)],
    )
    # The library's bar prints every loss on a line of its own.
    trainer.remove_callback(ProgressCallback)
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return losses


class _Rows:
    """Examples as the Trainer's loader wants them: sized and indexable."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Example:
        return self._examples[index]


@dataclass(frozen=True, slots=True)
class _Pad:
    """Examples to one batch: ids, mask and labels of shape (batch, longest)."""

    pad: int

    def __call__(self, batch: Sequence[Example]) -> dict[str, "torch.Tensor"]:
        import torch

        longest = max(len(example.input_ids) for example in batch)

        def filled(rows: list[list[int]], value: int) -> "torch.Tensor":
            return torch.tensor([row + [value] * (longest - len(row)) for row in rows])

        return {
            "input_ids": filled([example.input_ids for example in batch], self.pad),
            "attention_mask": filled([[1] * len(example.input_ids) for example in batch], 0),
            "labels": filled([example.labels for example in batch], IGNORE),
        }


def _watcher(
    tokenizer: "PreTrainedTokenizerBase",
    output: Path,
    save_at: frozenset[int],
    losses: dict[int, float],
) -> Any:  # a TrainerCallback, which is no type without transformers
    """Show progress, note the losses, stop at one that is no number, and save where asked."""
    from tqdm import tqdm
    from transformers import TrainerCallback

    bar = tqdm(unit="step", desc="train", disable=None)

    class Watcher(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            bar.reset(total=state.max_steps)

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            bar.close()

        def on_log(
            self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any
        ) -> None:
            if "loss" in (logs or {}):
                losses[state.global_step] = logs["loss"]
                bar.set_postfix(loss=f"{logs['loss']:.4f}", refresh=False)
                if not logs["loss"] < float("inf"):
                    raise TrainingFailed(
                        f"the loss is {logs['loss']} at step {state.global_step}: lower the "
                        "learning rate"
                    )

        def on_step_end(
            self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any
        ) -> None:
            bar.update()
            if state.global_step in save_at:
                save(model, tokenizer, output / f"step-{state.global_step}")

    return Watcher()


def save(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", folder: Path) -> None:
    """Write a checkpoint folder whole: it appears under its name when all is written."""
    half = folder.with_name(folder.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    model.save_pretrained(half)
    tokenizer.save_pretrained(half)
    shutil.rmtree(folder, ignore_errors=True)
    half.rename(folder)
