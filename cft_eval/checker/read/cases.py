r"""Distinctions of cases: ``\begin{cases} x & x \ge 0 \\ -x & \text{otherwise} \end{cases}``."""

import re
from collections.abc import Callable

from cft_eval.checker.read.splitting import split_on
from cft_eval.checker.types.tokens import Token, Unreadable
from cft_eval.checker.types.values import Case, Cases, Text, Value

Rule = Callable[[list[Token]], Value]
MAX_CASES = 20
_CONJUNCTION = re.compile(
    r"^\s*,?\s*(?:if|for|when|where|whenever|in case|on)\b\s*:?", re.IGNORECASE
)
_REST = re.compile(r"\s*,?\s*(?:otherwise|else|elsewhere|in all other cases)\W*$", re.IGNORECASE)


def starts_cases(tokens: list[Token]) -> bool:
    r"""``\begin{cases}``, or an array behind a brace that stays open."""
    texts = [token.text for token in tokens[:2]]
    braced = texts[:1] == [r"\lbrace"] and r"\rbrace" not in [token.text for token in tokens]
    return texts[:1] in ([r"\begin{cases}"], [r"\begin{dcases}"]) or (
        braced and texts[1:] == [r"\begin{array}"]
    )


def read_cases(tokens: list[Token], value: Rule) -> Cases:
    """The value of each case with its condition; raises `Unreadable`."""
    start = 1 + (tokens[0].text == r"\lbrace")
    inside = tokens[start:-1] if tokens[-1].text.startswith(r"\end{") else tokens[start:]
    if inside[:1] and inside[0].text == "{" and tokens[start - 1].text == r"\begin{array}":
        closing = next((i for i, token in enumerate(inside) if token.text == "}"), 0)
        inside = inside[closing + 1 :]
    rows = [row for row in split_on(inside, {r"\\"}) if row]
    if not 1 < len(rows) <= MAX_CASES:
        raise Unreadable("a distinction of cases without cases")
    return Cases(tuple(_case(row, value) for row in rows))


def _case(row: list[Token], value: Rule) -> Case:
    cells = [cell for cell in split_on(row, {"&"}) if cell]
    if len(cells) == 1:
        cells = _cut(cells[0])
    if len(cells) < 2:
        raise Unreadable("a case without a condition")
    condition = [token for cell in cells[1:] for token in cell]
    return Case(value(_without_comma(cells[0])), _condition(condition, value))


def _cut(tokens: list[Token]) -> list[list[Token]]:
    """``x, \\text{if } x > 0``"""
    for index, token in enumerate(tokens):
        says = _CONJUNCTION.match(token.text) or _REST.match(token.text)
        if index and token.kind in ("text", "word") and says:
            return [tokens[:index], tokens[index:]]
    return [tokens]


def _without_comma(tokens: list[Token]) -> list[Token]:
    return tokens[:-1] if len(tokens) > 1 and tokens[-1].text in (",", ";") else tokens


def _condition(tokens: list[Token], value: Rule) -> Value:
    words = " ".join(token.text for token in tokens)
    if _REST.match(words):
        return Text("otherwise")
    first = tokens[0]
    rest = _CONJUNCTION.sub("", first.text) if first.kind in ("text", "word") else first.text
    if rest != first.text:
        tokens = [first._replace(text=rest), *tokens[1:]] if rest.strip() else tokens[1:]
    tokens = _without_comma(tokens)
    try:
        return value(tokens)
    except Unreadable:
        plain = re.sub(r"\s+", " ", re.sub(r"[\\{}$]", " ", words)).strip().lower()
        said = re.sub(r"\b(?:is|are|an?)\b", " ", _CONJUNCTION.sub("", plain))
        return Text(" ".join(said.strip(" .,").split()))
