"""The keys of a training run: of a published recipe, from a YAML file, after an earlier stage."""

from pathlib import Path
from typing import Any

from cft_eval.errors import first_line
from cft_eval.training.health import checkpoints
from cft_eval.training.settings import BadSetting, settings_of

PRESETS: dict[str, dict[str, Any]] = {
    "cft": {"data": "webinstruct-cft-50k"},  # the defaults are the paper's
    # arXiv 2506.03295, train_on_math_reasoning.sh
    "one-shot-cft": {
        "data": "one-shot-cft", "epochs": 50.0, "learning_rate": 5e-6, "warmup_ratio": 0.05,
        "weight_decay": 0.05, "batch_size": 512, "truncation": "drop", "save_every": 2,
    },
}  # fmt: skip


def started_from(values: dict[str, Any]) -> dict[str, str]:
    """The model to start from, where a training's own folder is named: its newest checkpoint."""
    folder = Path(str(values.get("model", "")))
    if not values.get("model") or (folder / "config.json").is_file():
        return {}
    whole = checkpoints(folder)
    return {"model": str(whole[-1])} if whole else {}


def read_settings(path: Path) -> dict[str, Any]:
    """The keys of a YAML file, checked."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path}: not YAML: {first_line(error)}") from None
    if not isinstance(values, dict):
        raise BadSetting(f"{path}: `key: value` lines were expected")
    for name, value in values.items():
        # YAML 1.1 reads 5e-6 as text: it wants 5.0e-6, which no one writes.
        if isinstance(value, str) and _number(value) is not None:
            values[name] = _number(value)
    settings_of(values, where=str(path))
    return values


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
