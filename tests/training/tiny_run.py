"""A real, very small model and rows of different lengths for the tests of the trainer."""

from functools import lru_cache
from typing import Any

from cft_eval.dataset.rows import Method, TrainingRow
from cft_eval.dataset.texts import SYSTEM
from cft_eval.lab.tiny import make_model, make_tokenizer
from cft_eval.training.chat import chat_of
from cft_eval.training.encode import Encoded, encode_rows
from cft_eval.training.settings import TrainingSettings


def rows(count: int = 24) -> list[TrainingRow]:
    return [
        TrainingRow(
            question=f"What is {i} + {i}?" + " Think well." * (i % 5),
            response=f"It is {2 * i}." + " I am sure." * (i % 3),
            critique=f"{i} and {i} make {2 * i}." * (1 + i % 4) + " Conclusion: right [END]",
            source="made",
            number=i + 1,
        )
        for i in range(count)
    ]


@lru_cache
def tokenizer() -> Any:
    return make_tokenizer(
        [f"{SYSTEM} {row.question} {row.response} {row.critique}" for row in rows()],
        max_length=512,
    )


def encoded(method: Method = Method.CFT, count: int = 24) -> Encoded:
    return encode_rows(rows(count), chat_of(tokenizer()), method, system=SYSTEM, max_length=512)


def model(*, seed: int = 0, layers: int = 2, tied: bool = True) -> Any:
    return make_model(tokenizer(), hidden=32, layers=layers, max_length=512, seed=seed, tied=tied)


def settings(**values: Any) -> TrainingSettings:
    defaults: dict[str, Any] = {
        "batch_size": 8,
        "micro_batch_size": 4,
        "max_steps": 4,
        "learning_rate": 1e-2,
        "precision": "fp32",
        "save_every": 0,
        "threads": 1,
        "warmup_ratio": 0.0,
    }
    return TrainingSettings(**(defaults | values))
