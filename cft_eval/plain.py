"""Foreign text made safe to print: in a terminal, in a CI log, as JSON.

Names of tasks and models, responses, and what a server answers are hostile. They may hold escape
sequences, marks that turn a line around, or lines that a CI system obeys (`::error::`,
`##[error]`). The command line prints through `lines` alone; what is one word, one cell or one
name goes through `plain` before, so that it cannot begin a line.
"""

import json
import re
import unicodedata

NEVER = "\ufffe\uffff"
"""No characters at all: XML may not hold them, however they are escaped."""

_BREAK = re.compile(r"\r\n|\r|\n")
_PAIR = re.compile(":(?=:)")
"""Not "::", of which three colons would leave a pair."""

_COMMAND = re.compile(r"^(\s*):(?=:)")


def printable(text: str) -> str:
    """One line without control or direction-changing characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or not _unseen(character)
    )


def plain(text: str) -> str:
    """`printable`, with no CI command in it: a runner obeys ``::`` at the beginning of a line, and
    ``##[`` anywhere.

    >>> plain("x\\n::error title=a::b")
    'x : :error title=a: :b'
    """
    return _PAIR.sub(": ", printable(text)).replace("##[", "# #[").strip()


def lines(text: str) -> str:
    """A text of several lines, each `printable` and without a CI command; its indents are kept.

    >>> lines("task\\n  ::error::\\x1b[31m a::b")
    'task\\n  : :error::[31m a::b'
    """
    return "\n".join(
        _COMMAND.sub(r"\1: ", printable(line)).replace("##[", "# #[") for line in _BREAK.split(text)
    )


def as_json(value: object, *, indent: int | None = None) -> str:
    """``value`` as JSON for people and machines: the same value, and nothing hidden in its text."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, default=str)
    text = "".join(
        json.dumps(character)[1:-1] if _hidden(character) else character for character in text
    )
    return text.replace("##[", "\\u0023#[")


def _hidden(character: str) -> bool:
    """Whether JSON shows it as it is, and `printable` does not."""
    return not character.isprintable() and character != "\n"


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} or character in NEVER
