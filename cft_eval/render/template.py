"""Templates: values in, HTML out, with all text escaped."""

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).with_name("templates")


def environment(folders: Iterable[Path] = ()) -> Environment:
    """Templates of ``folders`` and of this package; the names are unique."""
    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,  # a name the template misspells is an error, not a blank
        auto_reload=False,  # else every page asks the disk whether its templates are still the same
        trim_blocks=True,
        lstrip_blocks=True,
    )
