"""The YAML files of our tasks, each called as the task or the group in it; and their names."""

from pathlib import Path


def names() -> tuple[str, ...]:
    """Every task and group of this release, in order: what may be asked for by name."""
    return tuple(sorted(file.stem for file in Path(__file__).parent.glob("cft_*.yaml")))


def unknown(asked: list[str]) -> str | None:
    """What is wrong with these names, in words that list the known ones; None where nothing is."""
    strange = [name for name in asked if name not in names()]
    if not strange:
        return None
    what = "task" if len(strange) == 1 else "tasks"
    return f"no {what} {', '.join(strange)} here; known are {', '.join(names())}"
