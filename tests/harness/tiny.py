"""A Qwen2 made on the spot whose greedy responses differ and end in both ways."""

from collections.abc import Iterable
from pathlib import Path

from cft_eval.testsets import arithmetic


def save_model(folder: Path, *, texts: Iterable[str] = ()) -> Path:
    """Save a model of large random weights, with a tokenizer and a chat template."""
    import torch

    from cft_eval.lab.tiny import make_model, make_tokenizer

    learnt = [f"{p.problem} {p.response}" for p in arithmetic.problems("test")]
    tokenizer = make_tokenizer([*learnt, *texts])
    model = make_model(tokenizer, layers=2)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(10)  # small weights repeat one token for ever
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
