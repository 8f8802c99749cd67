"""The commands that the documentation shows, as a shell would read them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

PROGRAMS = {
    "cft-eval", "lm_eval", "pip", "make", "python", "accelerate", "ray", "vllm", "pytest", "bash",
    "docker", "openssl", "podman", "sbatch", "srun", "systemctl",
}  # fmt: skip
"""What a line must begin with to be a command; everything else in a block is output or a file.

`test_no_program_is_passed_over` finds a line that begins with another program."""

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_SHELL = {"", "bash", "sh", "console"}
_SYNTAX = re.compile(r"#|for .* in |do$|export |done$|[a-z_]+=\$\(")
"""What a shell does by itself: comments, loops, variables."""


class Command(NamedTuple):
    page: str
    line: str
    """As a shell would take it, on one line."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {self.line[:70]}"


def commands() -> list[Command]:
    return [command for page in PAGES for command in _of(page)]


def passed_over() -> list[str]:
    """Lines between commands that begin with a program which `PROGRAMS` does not name."""
    found = []
    for page in PAGES:
        for language, block in _FENCE.findall(page.read_text(encoding="utf-8")):
            text = re.sub(r"\\\n\s*", " ", block)
            lines = [line.strip() for line in text.splitlines()]
            only_commands = not any(line.startswith("$ ") for line in lines)
            if language in _SHELL and only_commands and any(_read(page.name, block)):
                found += [
                    f"{page.name}: {line}"
                    for line in lines
                    if line and not _SYNTAX.match(line) and not any(_read(page.name, line))
                ]
    return found


def _of(page: Path) -> Iterator[Command]:
    name, text = str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")
    for language, block in _FENCE.findall(text):
        if language in _SHELL:
            yield from _read(name, block)
    # In a sentence as well; there `cft-eval …` is often a form, and no whole command.
    for span in re.findall(r"`((?:[A-Z_]+=\S+ )?(?:python|make|pip) [^`]+)`", text):
        yield from _read(name, span.replace("\n", " "))


def _read(page: str, block: str) -> Iterator[Command]:
    for raw in re.sub(r"\\\n\s*", " ", block).splitlines():
        line = re.sub(r"^\s*(\$ |do )?\s*", "", raw)
        line = re.sub(r"^((?:[A-Z_]+=\S+ )*)", "", line)  # FOO=bar before a command
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue  # a line of output with an apostrophe
        for part in _parts(words):
            if part and Path(part[0]).name in PROGRAMS:
                yield Command(page, shlex.join(part), (Path(part[0]).name, *part[1:]))


def _parts(words: list[str]) -> Iterator[list[str]]:
    """The commands of a line, without where their output goes."""
    part: list[str] = []
    for word in words:
        if word in ("&", "&&", "|", ";") or word.endswith(";"):
            yield [*part, word[:-1]] if len(word) > 1 and word.endswith(";") else part
            part = []
        elif word == ">":
            break
        else:
            part.append(word)
    yield part
