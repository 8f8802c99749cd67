"""Find what is wrong with a displayed name or text, such as look-alike characters.

A name looks like what it is: nothing invisible, nothing that turns the line around, no blank but a
plain space within, and no word of letters that only look alike.
"""

import re
import unicodedata
from itertools import chain

from cft_eval.server.foundation.errors import Invalid

FILLERS = frozenset(
    map(
        chr,
        chain(
            # Hangul fillers, empty Braille, a joiner of graphemes, Khmer's inherent vowels.
            (0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x034F, 0x17B4, 0x17B5),
            range(0x180B, 0x1810),  # Mongolian selectors
            range(0xFE00, 0xFE10),  # variation selectors
            range(0xE0100, 0xE01F0),
        ),
    )
)
"""Characters that count as letters, symbols or marks, and show nothing."""

ALIKE = ("LATIN", "GREEK", "CYRILLIC")
"""Scripts whose letters are taken for one another, as Unicode's names of letters begin."""

UNLIKE = frozenset("δθλμξψωΔΞΣΨΩ")
"""Greek letters that nobody takes for a letter of another script: μP and λ2 are names."""

_WORD = re.compile(r"[^\W\d_]+")


def check(field: str, name: str | None) -> None:
    """Raise a `Invalid` that names ``field`` where ``name`` is not what it looks like."""
    wrong = fault(name or "")
    if wrong is not None:
        raise Invalid(f"{field}: {wrong}")


def fault(name: str) -> str | None:
    """What is wrong with a name; None where nothing is.

    >>> fault("Qwen2.5-Math 7B, β=0.1")
    >>> fault("a\\u3164b")
    'holds the invisible character U+3164'
    """
    hidden = unseen(name, but="")
    if hidden is not None:
        return hidden
    blank = next((c for c in name if c != " " and unicodedata.category(c) == "Zs"), None)
    if blank is not None:
        return f"holds the blank U+{ord(blank):04X}; write a plain space"
    if name != name.strip():
        return "begins or ends with a blank"
    return next(filter(None, map(_mixed, _WORD.findall(name))), None)


def unseen(text: str, *, but: str = "\n\r\t") -> str | None:
    """What in a text cannot be seen, or turns its line around; None where nothing does."""
    for c in text:
        if c not in but and (
            unicodedata.category(c)[0] == "C" or c in FILLERS or c in "\u2028\u2029"
        ):
            return f"holds the invisible character U+{ord(c):04X}"
    return None


def _mixed(word: str) -> str | None:
    """What to say of a word whose letters are of two scripts that look alike."""
    scripts = {c: _script(c) for c in word}
    alike = sorted({script for script in scripts.values() if script}, key=ALIKE.index)
    if len(alike) < 2:
        return None
    odd = next(c for c in word if scripts[c] == alike[-1])
    names = " and ".join(script.capitalize() for script in alike)
    return f"mixes {names} letters in one word, such as U+{ord(odd):04X}"


def _script(letter: str) -> str | None:
    if letter in UNLIKE:
        return None
    first = unicodedata.name(letter, "").partition(" ")[0]
    return first if first in ALIKE else None
