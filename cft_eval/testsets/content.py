"""What makes two copies of an item equal: their text, ignoring how blanks are written.

Problem and reference come in, sixteen hex digits go out. The hub's copies of a test set differ in
line ends, in blanks, and in how they write a number (``025``, ``25``, ``25.0``); none of that
changes the item, and everything else does.
"""

import hashlib
import re
from decimal import Decimal

HASH_DIGITS = 16
"""64 bits: among the 7,836 items two alike by chance happen once in 10^11 test sets."""

_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?")


def item_hash(problem: str, reference: str) -> str:
    r"""The content hash of one item.

    >>> item_hash("What is $2+2$?", "4") == item_hash(" What is  $2+2$?\n", "4.0")
    True
    >>> item_hash("What is $2+2$?", "4") == item_hash("What is $2-2$?", "4")
    False
    """
    text = f"{_without_blanks(problem)}\0{plain_reference(reference)}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS]


def _without_blanks(text: str) -> str:
    return "".join(text.split())


def plain_reference(reference: str) -> str:
    """The reference with a plain number in one spelling: ``2,125``, ``025`` and ``27.0``."""
    text = _without_blanks(reference)
    if not _NUMBER.fullmatch(text):
        return text
    number = Decimal(text.replace(",", ""))
    # `normalize` writes 100 as 1E+2; adding zero would keep trailing zeros. This does neither.
    return format(number.normalize() + 0, "f")
