"""The keys of a training run from a YAML file."""

from pathlib import Path
from typing import Any

from cft_eval.errors import first_line
from cft_eval.training.settings import BadSetting, settings_of


def read_settings(path: Path) -> dict[str, Any]:
    """The keys of a YAML file, checked."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path}: no YAML: {first_line(error)}") from None
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
