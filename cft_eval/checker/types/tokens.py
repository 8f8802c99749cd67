r"""Plain LaTeX to tokens, with the limits that keep every later step small.

A number is one token with its thousands separators taken out; a command such as ``\frac`` is one;
a run of letters is one word; ``\text{…}`` is one token with its words.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

MAX_CHARS = 4_000
"""Longer than any reference; what exceeds it is no final answer."""

MAX_RAW = 20_000
"""Before the dress is taken off: spaces and signs of size are many in some answers."""

MAX_DEPTH = 60
"""Nested brackets, fractions, roots and signs: recursion stays far from Python's own limit."""

MAX_DIGITS = 400
"""In one number."""


class Unreadable(ValueError):
    """The text is no answer that the grammar knows; the message says where it stopped."""


class Token(NamedTuple):
    kind: str
    """number, word, command, text, sign or end."""

    text: str
    spaced: bool = False
    """White space stood before it."""

    opens: int = 0
    """1 for what opens a bracket or an environment, -1 for what closes one."""


OPENING = {"(": ")", "[": "]", "{": "}", r"\lbrace": r"\rbrace", r"\langle": r"\rangle"}
OPENING |= {r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}
CLOSING = frozenset(OPENING.values())
_OPENS = dict.fromkeys(OPENING, 1) | dict.fromkeys(CLOSING, -1)


_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<text>\\text\s*\{)"
    r"|(?P<environment>\\(?:begin|end)\s*\{(?P<name>[a-zA-Z]+\*?)\})"
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+(?![\d.a-zA-Z{]))?)"
    r"|(?P<command>\\(?:[a-zA-Z]+|\\|.))"
    r"|(?P<word>[a-zA-Z]+)"
    r"|(?P<sign>\.\.\.|.)",
    re.DOTALL | re.ASCII,
)
_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d])(?!,\d)", re.ASCII)
_SPACED_DIGITS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?![\d.])(?! \d)(?!\s*/)")


def has_grouping(text: str) -> bool:
    """Is there a comma that may separate thousands, or the items of a list?"""
    return join_thousands(text) != text


def join_thousands(text: str) -> str:
    """Read commas in ``1,234,567`` as separators of thousands.

    Inside brackets they separate: ``(1,100)`` is a pair, and no parenthesised number.
    """

    def joined(match: "re.Match[str]") -> str:
        before = text[: match.start()]
        opened = sum(map(before.count, ("(", "[", r"\lbrace")))
        closed = sum(map(before.count, (")", "]", r"\rbrace")))
        return match[0] if opened > closed else match[0].replace(",", "")

    return _GROUPED.sub(joined, text)


def tokenize(text: str) -> list[Token]:
    """The tokens of a normalised answer; raises `Unreadable` over the limits."""
    if len(text) > MAX_CHARS:
        raise Unreadable(f"{len(text):,} characters are no final answer")
    text = _SPACED_DIGITS.sub(lambda match: match[0].replace(" ", ""), text)
    tokens: list[Token] = []
    spaced, end = False, 0
    for match in _TOKEN.finditer(text):  # every character matches the last branch
        if match.start() < end:
            continue  # within a text
        kind, piece = match.lastgroup or "sign", match[0]
        if kind == "space":
            spaced = True
            continue
        opens = _OPENS.get(piece, 0)
        if kind == "text":
            closing = closing_brace(text, match.end())
            piece, end = text[match.end() : closing], closing + 1
        elif kind in ("environment", "name"):
            kind, piece = "command", re.sub(r"\s", "", piece)
            opens = 1 if piece.startswith(r"\begin") else -1
        elif kind == "number" and len(piece) > MAX_DIGITS:
            raise Unreadable(f"a number of {len(piece):,} characters")
        tokens.append(Token(kind, piece, spaced, opens))
        spaced = False
    _check_depth(tokens)
    return tokens


def closing_brace(text: str, start: int) -> int:
    """Where the brace opened before ``start`` closes, or the end of the text."""
    depth = 1
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return len(text)


def _check_depth(tokens: list[Token]) -> None:
    depth = run = 0
    for token in tokens:
        depth += token.opens
        # \sqrt\sqrt\sqrt… and ---… nest without brackets.
        run = run + 1 if token.kind == "command" or token.text in "+-^/" else 0
        if depth > MAX_DEPTH or run > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH} levels")


@dataclass(slots=True)
class Reader:
    """Tokens with a position in them."""

    tokens: list[Token]
    position: int = 0
    bars: int = 0
    """Absolute values that are open: there the next "|" closes."""

    @property
    def next(self) -> Token:
        return self.tokens[self.position] if self.position < len(self.tokens) else END

    def peek(self, ahead: int = 1) -> Token:
        position = self.position + ahead
        return self.tokens[position] if position < len(self.tokens) else END

    def take(self, *texts: str) -> str:
        """Move past the next token if it is one of ``texts``; what was taken, or nothing."""
        if self.position < len(self.tokens):
            token = self.tokens[self.position]
            if token.text in texts and token.kind != "text":
                self.position += 1
                return token.text
        return ""

    def pop(self) -> Token:
        token = self.next
        self.position += 1
        return token

    def need(self, text: str) -> None:
        if not self.take(text):
            raise self.error(f"expected {text!r}")

    def error(self, what: str) -> Unreadable:
        seen = " ".join(
            token.text for token in self.tokens[max(0, self.position - 4) : self.position]
        )
        result = "the end" if self.next is END else repr(self.next.text)
        return Unreadable(f"{what}, found {result} after {seen[-60:]!r}")


END = Token("end", "")
