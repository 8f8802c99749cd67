"""Numbers that are spelled: ``seventy-three``, ``two thirds``, ``three and a half``."""

from fractions import Fraction

_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_UNITS)}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}
_PARTS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip


def spelled(words: str) -> Fraction | None:
    """The number that lower-case words spell; None where they spell none.

    >>> [str(spelled(words)) for words in ("seventy three", "two thirds", "one hundred and five")]
    ['73', '2/3', '105']
    """
    found = words.replace("-", " ").split()
    if not found or len(found) > 12:
        return None
    part = _PARTS.get(found[-1].removesuffix("s"))
    if part is not None:
        above = _whole(found[:-1]) if len(found) > 1 else 1
        return Fraction(above, part) if above is not None and above < 100 else None
    whole = _whole(found)
    return None if whole is None else Fraction(whole)


def _whole(words: list[str]) -> int | None:
    total = group = 0
    last = 10**12
    expected = 10**12
    for place, word in enumerate(words):
        if word == "and" and 0 < place < len(words) - 1:
            continue
        if word in _VALUES:
            value = _VALUES[word]
            # "twenty three" and "hundred five", but neither "three twenty" nor "ten five".
            if value >= expected:
                return None
            group += value
            expected = 10 if value >= 20 else 0
        elif word == "hundred" and 0 < group < 10:
            group, expected = group * 100, 100
        elif word in _SCALES and word != "hundred" and group and _SCALES[word] < last:
            last = _SCALES[word]
            total, group, expected = total + group * last, 0, 1000
        else:
            return None
    return total + group
