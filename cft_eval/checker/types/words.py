"""Words in a text: whether some stand in it, and the numbers that are spelled in words.

"seventy-three", "two thirds", "three and a half"
"""

from fractions import Fraction

_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_UNITS)}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}
_SCALES |= {"trillion": 10**12, "quadrillion": 10**15, "quintillion": 10**18}
_PARTS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
    "sixteenth": 16, "twentieth": 20, "hundredth": 100, "thousandth": 1_000, "millionth": 10**6,
    "billionth": 10**9, "trillionth": 10**12,
}  # fmt: skip
_TIMES = {"ten": 10, "dozen": 12, "score": 20, **_SCALES, "milliard": 10**9, "lakh": 10**5}
_TIMES |= {"crore": 10**7}
MAX_WORDS = 12


def spelled(words: str) -> Fraction | None:
    """The number that lower-case words spell; None where they spell none.

    >>> [str(spelled(words)) for words in ("seventy three", "two thirds", "one hundred and five")]
    ['73', '2/3', '105']
    >>> [str(spelled(words)) for words in ("three and a half", "minus five", "two dozen")]
    ['7/2', '-5', '24']
    """
    result = words.replace("-", " ").split()
    if not result or len(result) > MAX_WORDS:
        return None
    if result[0] in ("negative", "minus") and len(result) > 1:
        inside = _positive(result[1:])
        return None if inside is None else -inside
    return _positive(result)


def spelled_start(words: list[str]) -> tuple[Fraction, int] | None:
    """The number that the longest run of words from the first on spells, and how many they are."""
    for count in range(min(len(words), MAX_WORDS), 0, -1):
        if words[count - 1] != "and" and (value := spelled(" ".join(words[:count]))) is not None:
            return value, count
    return None


def share(word: str) -> Fraction | None:
    """What a word behind a number makes of it: ``3 dozen``, ``7 eighths``; None for other words."""
    if word.removesuffix("s") in _TIMES:
        return Fraction(_TIMES[word.removesuffix("s")])
    part = _PARTS.get(word.removesuffix("s"))
    return None if part is None else Fraction(1, part)


def _positive(result: list[str]) -> Fraction | None:
    if result[0] in ("a", "an") and len(result) > 1:
        result = ["one", *result[1:]]
    if "point" in result:
        return _with_decimals(result, result.index("point"))
    if result[-1].removesuffix("s") == "dozen":
        before = result[:-1] if result[:-1] != ["half", "a"] else ["half"]
        times = _positive(before) if before else Fraction(1)
        return None if times is None else 12 * times
    part = _PARTS.get(result[-1].removesuffix("s"))
    if part is not None:
        return _with_part(result[:-1], part)
    whole = _whole(result)
    return None if whole is None else Fraction(whole)


def _with_part(before: list[str], part: int) -> Fraction | None:
    """``two thirds``, ``a half``, ``three and a half``, ``one and two thirds``."""
    if not before or before == ["one"]:
        return Fraction(1, part)
    above = _whole(before)
    if above is not None and above < 1_000:
        return Fraction(above, part)
    if "and" in before:
        cut = len(before) - 1 - before[::-1].index("and")
        whole, rest = _whole(before[:cut]), before[cut + 1 :]
        times = 1 if rest in (["a"], ["one"]) else _whole(rest)
        if whole is not None and times is not None and times < part:
            return whole + Fraction(times, part)
    return None


def _with_decimals(result: list[str], point: int) -> Fraction | None:
    """``three point one four``"""
    digits = [_VALUES.get(word, 10) for word in result[point + 1 :]]
    whole = _whole(result[:point]) if point else 0
    if whole is None or not digits or max(digits) > 9:
        return None
    return whole + Fraction(int("".join(map(str, digits))), 10 ** len(digits))


def _whole(words: list[str]) -> int | None:
    total = group = 0
    last = 10**21
    expected = 10**12
    for index, word in enumerate(words):
        if word == "and" and 0 < index < len(words) - 1:
            continue
        if word in _VALUES:
            value = _VALUES[word]
            # "twenty three" and "hundred five", but neither "three twenty" nor "ten five".
            if value >= expected:
                return None
            group += value
            expected = 10 if value >= 20 else 0
        elif word == "hundred" and 0 < group < 100:
            group, expected = group * 100, 100
        elif word in _SCALES and word != "hundred" and group and _SCALES[word] < last:
            last = _SCALES[word]
            total, group, expected = total + group * last, 0, 1000
        else:
            return None
    return total + group if words else None


def holds_any(text: str, words: tuple[str, ...]) -> bool:
    """Does one of ``words`` stand in ``text``? Many times faster than a pattern, and so tried
    before one."""
    for word in words:  # noqa: SIM110  # `any` takes twice as long
        if word in text:
            return True
    return False
