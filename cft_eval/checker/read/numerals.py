"""Numbers with something behind them: a base, or a unit that is not marked as text."""

import re

from cft_eval.checker.read.counting import may_count
from cft_eval.checker.read.letters import read_subscript
from cft_eval.checker.read.units import is_bare, is_unit, unit_of
from cft_eval.checker.types.tokens import END, Reader, Token, Unreadable
from cft_eval.checker.types.values import Numeral


def is_bare_unit(tokens: list[Token], index: int) -> bool:
    """Do all tokens from ``index`` on spell a unit, or what was counted, after a number?"""
    before, token, rest = tokens[index - 1], tokens[index], tokens[index + 1 :]
    if token.text.lower() in ("square", "sq", "cubic") and before.kind == "number":
        return any(is_unit(each.text) or each.text in ("unit", "units") for each in rest)
    if token.text in (r"\Omega", r"\mu") and before.kind == "number":
        return bool(rest) is (token.text == r"\mu") and all(
            each.kind in ("word", "text") and is_unit(each.text.strip()) for each in rest
        )
    scientific = before.text == "}" and _power_of_ten(tokens[:index])
    bare = scientific and is_bare(token.text, spaced=token.spaced)
    if token.kind != "word" or not (bare or _may_follow(before, token)):
        return False
    if unit_of(joined(tokens[index:])) is not None:
        return True
    return all(
        (t.kind == "word" and (is_unit(t.text) or may_count(t.text) or t.text in _BETWEEN))
        or t.text in ("/", "^", "2", "3", "{", "}", ".", ",")
        or t.kind == "text"
        for t in rest
    )


def _power_of_ten(tokens: list[Token]) -> bool:
    """``10^{-3}`` at the end: a unit may follow, as behind a number."""
    texts = [token.text for token in tokens[-6:]]
    return any(texts[i : i + 3] == ["10", "^", "{"] for i in range(len(texts) - 2))


def _may_follow(before: Token, token: Token) -> bool:
    if before.kind == "number":
        return is_bare(token.text, spaced=token.spaced) or (token.spaced and may_count(token.text))
    ended = before.text in ("}", ")", r"\pi", r"\degree")
    counted = token.spaced and may_count(token.text)
    return ended and len(token.text) > 1 and (is_bare(token.text, spaced=token.spaced) or counted)


def joined(tokens: list[Token]) -> str:
    """The text of a unit: ``m/s^{-1}``."""
    text = " ".join(token.text for token in tokens)
    return re.sub(r"\s+\.", ".", re.sub(r"\s*([\^{}/])\s*", r"\1", text))


_BETWEEN = ("per", "squared", "cubed", "of", "the", "in", "for", "a", "an", "each", "more", "to")


def read_numeral(tokens: list[Token]) -> Numeral | None:
    """``2516_8``, ``2516_{8}``, ``A3_{16}``, ``2516_{\\text{eight}}``."""
    tokens = _plainly(tokens)
    mark = next((i for i, token in enumerate(tokens) if token.text == "_"), None)
    signed = bool(mark) and tokens[0].text == "-"
    if not mark or any(t.kind not in ("number", "word") for t in tokens[signed:mark]):
        return None
    written = "".join(token.text for token in tokens[:mark]).upper()
    digits = written.lstrip("-").replace(".", "", 1)
    if not digits[:1].isdigit() and not (digits.isalnum() and any(c.isdigit() for c in digits)):
        return None
    reader = Reader(list(tokens), mark + 1)
    name = read_subscript(reader).lower().removeprefix("base").strip()
    base = _BASES.get(name) or (
        int(name) if name.isascii() and name.isdigit() and len(name) < 3 else None
    )
    if base is None or not 2 <= base <= 36 or reader.next is not END:
        return None
    if not all(character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:base] for character in digits):
        raise Unreadable(f"{digits} has a digit that base {base} has not")
    whole, _, part = written.lstrip("-").partition(".")
    plain = (whole.lstrip("0") or "0") + (f".{part.rstrip('0')}" if part.strip("0") else "")
    return Numeral("-" * signed + plain, base)


_SAYS_BASE = re.compile(r"\(?\s*(?:in\s+)?base[\s-]+(\w+)\s*\)?")


def _plainly(tokens: list[Token]) -> list[Token]:
    """``(2516)_8``, ``\\text{AB}_{16}`` and ``2516 (base 8)`` as ``2516_8`` is written."""
    marks = [place for place, token in enumerate(tokens) if token.text == "_"]
    if marks and tokens[0].text == "(" and marks[0] > 2 and tokens[marks[0] - 1].text == ")":
        tokens = tokens[1 : marks[0] - 1] + tokens[marks[0] :]
    if marks and tokens[0].kind == "text" and tokens[0].text.strip().isalnum():
        return [Token("word", tokens[0].text.strip()), *tokens[1:]]
    words = " ".join(token.text for token in tokens[1:]).strip().lower()
    if tokens[0].kind == "number" and (match := _SAYS_BASE.fullmatch(words)):
        return [tokens[0], Token("sign", "_"), Token("word", match[1])]
    return tokens


_BASES = {
    name: base
    for base, name in enumerate(
        [
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        start=2,
    )
} | {"sixteen": 16}
