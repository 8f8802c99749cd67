"""Numbers with something behind them: a base, or a unit that is not marked as text."""

import re
from fractions import Fraction

from cft_eval.checker.read.counting import behind, may_count
from cft_eval.checker.read.grammar import read_whole
from cft_eval.checker.read.letters import read_subscript
from cft_eval.checker.read.units import MONEY, is_bare, is_unit, unit_of
from cft_eval.checker.types.tokens import END, Reader, Token, Unreadable
from cft_eval.checker.types.values import Call, Number, Numeral, Quantity, Value, levels, product

MAX_LEVELS = 150
"""Of a tree: what walks it calls itself, and Python allows a thousand calls."""


def read_quantity(tokens: list[Token], *, units: bool) -> Value:
    """A value with what stands behind it: words in ``\\text``, or a known unit."""
    money = [MONEY[token.text] for token in tokens if token.text in MONEY]
    unit, times = money[0] if money else "", Fraction(1)
    tokens = [token for token in tokens if token.text not in MONEY]
    cut = _unit_start(tokens, units=units)
    if cut is not None:
        words = _joined(tokens[cut:])
        if not all(map(_may_be_unit, tokens[cut - 1 : -1], tokens[cut:])):
            raise Unreadable(f"{words[:40]!r} is no unit")
        times, words = behind(words)
        unit = words if not money or is_unit(words) else _money(unit, words)
        tokens = tokens[:cut]
    if not tokens:
        raise Unreadable("a unit without a number")
    numeral = read_numeral(tokens)
    if numeral is not None:
        return numeral
    reader = Reader(list(tokens))
    node = read_whole(reader)
    if reader.next is not END:
        raise reader.error("expected the end")
    if levels(node) > MAX_LEVELS:
        raise Unreadable(f"an expression of more than {MAX_LEVELS} levels")
    if times != 1:
        node = product(Number(times), node)
    if unit.strip(" {}.") in ("degree", "degrees", "deg"):
        return Call("degree", (node,))
    return Quantity(node, unit) if unit else node


def _unit_start(tokens: list[Token], *, units: bool) -> int | None:
    depth = 0
    units = units and all(token.text != r"\int" for token in tokens)
    for position, token in enumerate(tokens):
        depth += token.opens
        if depth == 0 and position and (token.kind == "text"):
            return position
        if depth == 0 and position and units and _is_bare_unit(tokens, position):
            return position
    return None


def _may_be_unit(before: Token, token: Token) -> bool:
    """Behind a number: ``\\text{ cm}^2``, but no second number, which would be lost with it."""
    if token.kind == "command":
        return token.text in (r"\cdot", r"\degree", r"\mu", r"\Omega", r"\times", r"\AA", r"\$")
    return token.kind != "number" or (before.text in "^{-" and token.text in "1234")


def _money(sign: str, words: str) -> str:
    """``\\$5 per hour`` is in dollars per hour, ``\\$5 profit`` in dollars."""
    rate = f"{sign} {words}"
    return rate if unit_of(rate) is not None else sign


def _is_bare_unit(tokens: list[Token], index: int) -> bool:
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
    if unit_of(_joined(tokens[index:])) is not None:
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


def _joined(tokens: list[Token]) -> str:
    """The text of a unit: ``m/s^{-1}``."""
    text = " ".join(token.text for token in tokens)
    return re.sub(r"\s+\.", ".", re.sub(r"\s*([\^{}/])\s*", r"\1", text))


_BETWEEN = ("per", "squared", "cubed", "of", "the", "in", "for", "a", "an", "each", "more", "to")


def read_numeral(tokens: list[Token]) -> Numeral | None:
    """``2516_8``, ``2516_{8}``, ``A3_{16}``, ``2516_{\\text{eight}}``."""
    texts = [token.text for token in tokens]
    if "_" not in texts and "base" not in " ".join(texts).lower():
        return None
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
    marks = [position for position, token in enumerate(tokens) if token.text == "_"]
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
