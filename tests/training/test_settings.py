"""Keys and values of a run. No torch."""

from pathlib import Path
from typing import Any

import pytest

from cft_eval.cli._config import read_settings
from cft_eval.training.settings import BadSetting, TrainingSettings, settings_of, system_message


def test_the_defaults_are_the_papers() -> None:
    paper = TrainingSettings()
    assert (paper.learning_rate, paper.batch_size, paper.micro_batch_size) == (5e-6, 512, 8)
    assert (paper.epochs, paper.warmup_ratio, paper.max_length) == (1.0, 0.1, 2048)
    assert (paper.truncation, paper.precision, paper.weight_decay) == ("proportional", "auto", 0)
    assert paper.system == "You are a helpful assistant."


BAD: list[tuple[dict[str, Any], str]] = [
    ({"learning_rat": 1}, "x: no key 'learning_rat'; did you mean learning_rate?"),
    ({"zzz": 1}, "x: no key 'zzz'; known keys: model, data"),
    ({"batch_size": "many"}, "batch_size: 'many' is not a whole number"),
    ({"batch_size": True}, "batch_size: True is not a whole number"),
    ({"batch_size": 0}, "batch_size: 0 must be 1 or more"),
    ({"packing": "yes please"}, "packing: 'yes please' is not true or false"),
    ({"learning_rate": 0}, "learning_rate: 0 must be more than 0"),
    ({"learning_rate": float("nan")}, "learning_rate: nan must be more than 0"),
    ({"method": "rl"}, "method: 'rl': expected one of cft, sft"),
    ({"max_steps": 0}, "max_steps: 0 must be 1 or more"),
    ({"warmup_ratio": 5}, "warmup_ratio: 5 must be 0 or more and below 1"),
    ({"lora_rank": -1}, "lora_rank: -1 must not be negative"),
    ({"threads": -3}, "threads: -3 must be 1 or more"),
]


@pytest.mark.parametrize(("values", "message"), BAD)
def test_a_wrong_key_or_value_is_said(values: dict[str, Any], message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        settings_of(values, where="x")


def test_a_file_gives_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("method: sft\nlearning_rate: 1e-5\nsystem: none\n")
    settings = settings_of(read_settings(path), where="x")
    assert (settings.method, settings.learning_rate) == ("sft", 1e-5)
    assert system_message(settings.system) is None


FILES = [
    ("learning_rat: 1\n", "no key 'learning_rat'; did you mean learning_rate?"),
    ("- a\n", "`key: value` lines were expected"),
    ("a: [\n", "not YAML"),
]


@pytest.mark.parametrize(("content", "message"), FILES)
def test_a_wrong_file_is_said(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(content)
    with pytest.raises(BadSetting, match=message):
        read_settings(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="No such file"):
        read_settings(tmp_path / "none.yaml")
