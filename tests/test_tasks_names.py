"""The list of names is what the files say, so that what it refuses nobody has."""

import re
from pathlib import Path

from cft_eval import tasks


def test_a_file_is_called_as_what_it_holds() -> None:
    folder = Path(tasks.__file__).parent
    for name in tasks.names():
        text = (folder / f"{name}.yaml").read_text()
        found = re.search(r"^(?:task|group): (\S+)$", text, re.M)
        assert found is not None, name
        assert found[1] == name
    assert {"cft_math_suite", "cft_math500", "cft_mini_math"} <= set(tasks.names())


def test_what_is_unknown_is_named() -> None:
    assert tasks.unknown(["cft_math"]) is None
    said = tasks.unknown(["cft_chess", "cft_math", "cft_go"]) or ""
    assert said.startswith("no tasks cft_chess, cft_go here; known are cft_aime24, ")
