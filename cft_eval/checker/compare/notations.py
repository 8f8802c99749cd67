r"""What only both texts together show: that letters are vectors, or matrices.

    \vec b\times\vec a  against  a\times b    ->    \vector{b}\cross \vector{a}  against  …

Marks of vectors are dress to the reader of one text, who takes ``\times`` for a product of numbers.
Where a reference multiplies vectors, both texts are written anew for the grammar before they are
read. Nothing is done, and little time is spent, for any other reference.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_MARK = r"\\(?:vec|mathbf|boldsymbol|bm|overrightarrow)(?![A-Za-z])"
_MARKED = re.compile(rf"{_MARK}\s*(?:\{{\s*(\\?[A-Za-z]+)(_\{{?\w+\}}?)?\s*\}}|([A-Za-z]))")
_PRODUCT = re.compile(
    r"(?<=[A-Za-z)}\]\d])\s*(?:\\times(?![A-Za-z])|\u00d7)\s*(?=[A-Za-z\\({]|\d+\s*\\vector)"
)
_DOT = re.compile(r"\\cdot(?![A-Za-z])|[\u00b7\u22c5]")
_OF_VECTORS = re.compile(
    rf"{_MARK}.*(?:\\times|\u00d7|\\cdot|\u00b7)\s*[\\({{A-Za-z]|\\nabla\s*\\times"
    rf"|\\(?:vec|overrightarrow)\s*\{{\s*[A-Z]{{2}}\s*\}}"
    r"|[A-Za-z)}]\s*(?:\\(?:times|cdot)(?![A-Za-z])|[\u00d7\u00b7])\s*(?:\\(?!text|frac|sqrt|left)|[A-Za-z])",
    re.DOTALL,
)
LONG = 600
"""Characters; in a longer text nothing is done."""


class Texts(NamedTuple):
    answer: str
    reference: str


@lru_cache(maxsize=8192)
def may_multiply_vectors(reference: str) -> bool:
    return len(reference) < LONG and _OF_VECTORS.search(reference) is not None


def of_vectors(answer: str, reference: str) -> Texts | None:
    """Both texts with their vectors marked for the grammar; None where they have none."""
    if len(answer) > LONG or not any(map(_MARKED.search, (answer, reference))):
        return None
    letters = {
        letter
        for text in (answer, reference)
        for match in _MARKED.finditer(text)
        for letter in [(match[1] or match[3])]
    }
    return Texts(_written(answer, letters), _written(reference, letters))


def _written(text: str, letters: set[str]) -> str:
    if _MARKED.search(text):
        text = _MARKED.sub(_vector, text)
    else:
        for letter in sorted(letters):
            name = letter if letter.startswith("\\") else rf"(?<![A-Za-z\\]){letter}"
            text = re.sub(
                rf"{re.escape(letter) if name == letter else name}(?![A-Za-z])",
                lambda m: _arrow(m[0]),
                text,
            )
    text = _PRODUCT.sub(r"\\cross ", text)
    return _DOT.sub(r"\\inner ", text)


def _vector(match: "re.Match[str]") -> str:
    return _arrow(match[1] or match[3]) + (match[2] or "")


def _arrow(name: str) -> str:
    r"""``\overrightarrow{AB}`` leads from A to B."""
    if len(name) == 2 and name.isupper():
        return rf"(\vector{{{name[1]}}}-\vector{{{name[0]}}})"
    return rf"\vector{{{name}}}"
