"""What stands for itself in an expression: numbers, and the names of constants and letters."""

from fractions import Fraction

from cft_eval.checker.prove.registry import BY_SPELLING
from cft_eval.checker.types.tokens import Reader, Unreadable
from cft_eval.checker.types.values import INFINITY, PI, Node, Number

WORDS = {
    "pi": PI,
    "Pi": PI,
    "PI": PI,
    "Infinity": INFINITY,
    "inf": INFINITY,
    "infty": INFINITY,
    "infinity": INFINITY,
    "oo": INFINITY,
}


GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta",
    "vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "varrho", "sigma", "tau",
    "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda",
    "Xi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell", "hbar", "partial", "nabla", "aleph",
    "emptyset", "square", "triangle", "ldots", "cdots", "dots",
})  # fmt: skip


SAME_LETTER = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varrho": "rho"}
SAME_LETTER |= {"ldots": "dots", "cdots": "dots"}
IN_PLAIN_TEXT = GREEK - {
    "xi",
    "square",
    "triangle",
    "ldots",
    "cdots",
    "dots",
    "emptyset",
    "partial",
    "nabla",
    "aleph",
    "ell",
}
"""Greek letters that may stand without a backslash; ``xi`` is x times i."""

MATHEMATICS = frozenset({*BY_SPELLING, *GREEK, *WORDS, "and", "or", "choose", "mod"})
"""Words that do not make a text of a formula."""

_STOPS = frozenset({
    "the", "and", "for", "are", "was", "per", "then", "has", "not", "any", "all", "yes", "ans",
    "its", "his", "her", "but", "let", "you", "our", "can", "how", "which", "why", "who", "Ans",
    "Rs", "No", "of", "or", "no", "if", "when", "mod",
})  # fmt: skip


def is_word(letters: str) -> bool:
    """Is a run of letters a word of a sentence? Then it is no product of its letters."""
    if letters in _STOPS:
        return True
    if len(letters) < 4 or letters.isupper() or list(letters) == sorted(letters):
        return False
    return any(c in "aeiouy" for c in letters.lower()) and (letters[1:].islower())


MAX_EXPONENT = 5_000
"""Of a power of ten in ``4.5e33``: a larger one is no measured quantity."""


def number(text: str) -> Number:
    """The exact value of digits; ``-1.`` and ``.5`` too, and ``4.5e33``."""
    if text.isdecimal():
        return Number(Fraction(int(text)))
    digits, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > MAX_EXPONENT:
        raise Unreadable(f"the exponent {exponent} is out of range")
    value = Fraction(digits + "0" if digits.endswith(".") else digits)
    return Number(value * Fraction(10) ** int(exponent) if exponent else value)


def repeating(reader: Reader, digits: str) -> Number:
    r"""``0.1\overline{6}`` is 1/6."""
    reader.pop()
    reader.need("{")
    token = reader.pop()
    reader.need("}")
    if not (token.kind == "number" and token.text.isdigit()):
        raise reader.error("expected the digits that repeat")
    places = len(digits.partition(".")[2])
    share = Fraction(int(token.text), 10 ** len(token.text) - 1) / 10**places
    return Number(number(digits).value + share)


def spaced_fraction(reader: Reader, whole: Node, above: Number) -> Node | None:
    """``8 4/7``: a mixed number in plain text."""
    if not (isinstance(whole, Number) and reader.next.text == "/"):
        return None
    below = reader.peek()
    if below.kind != "number" or not below.text.isdigit() or not int(below.text):
        return None
    share = above.value / int(below.text)
    if not (whole.value.denominator == 1 and above.value.denominator == 1 and 0 < share < 1):
        return None
    reader.position += 2
    return Number(whole.value + share)
