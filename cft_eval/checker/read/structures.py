r"""Sums, products, integrals, limits and derivatives, as they are written.

    \sum_{k=1}^{n} product    \prod …    \int_a^b sum dx    \lim_{x \to a} product    \frac{d}{dx} …

The grammar calls in here with its own rules as arguments; what binds a letter is in `binding`.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from cft_eval.checker.types.binding import NoDerivative, bind, derivative, substituted
from cft_eval.checker.types.tokens import END, Reader, Token, Unreadable
from cft_eval.checker.types.values import (
    Call,
    Node,
    Number,
    Sum,
    Symbol,
    is_larger,
    negative,
    symbols,
)

Rule = Callable[[Reader], Node]
MAX_DERIVED = 200
"""Nodes of an expression whose derivative is worked out."""

STRUCTURES = frozenset({"sum", "prod", "int", "lim"})
_ARROWS = (r"\to", r"\rightarrow")


_QUOTIENT = re.compile(
    r"\{(?P<first>d|\\partial)(?:\^\{?(?P<order>[1-4])\}?)?(?P<operand>\\?[A-Za-z]+)?\}"
    r"\{(?P<second>d|\\partial)(?P<letter>[A-Za-z]|\\[a-z]+)(?:\^\{?(?P<again>[1-4])\}?)?\}"
)


_BELOW = re.compile(
    r"(?:\{\s*(?:d|\\partial)[^{}]{0,40}(?:\{[^{}]{0,20}\})?\s*\}\s*\{\s*(?:d|\\partial)"
    r"|\bd[A-Za-z]?\s*/\s*d|\\partial\s*[A-Za-z]?\s*/\s*\\partial)\s*"
    r"(?P<letter>(?:\\d?dot\s*)?\{?(?:[A-Za-z]|\\[a-z]+)(?:_\{?\w+\}?)?\}?)"
    r"(?:\^\{?(?P<order>[1-9])\}?)?"
)


def derived_by(text: str) -> frozenset[str]:
    r"""The letters by which derivatives are taken in ``\frac{dy}{dx}`` and ``∂f/∂x``: a node of a
    derivative does not hold them, as ``y'`` does not.

    >>> sorted(derived_by(r"\frac{\partial L}{\partial\dot q}-\frac{d}{dt}p"))
    ['\\dotq^1', 't^1']
    """
    if "/" not in text and "frac" not in text:
        return frozenset()
    below = [
        (re.sub(r"[\s{}]", "", match["letter"]), match["order"] or "1")
        for match in _BELOW.finditer(text[:LONGEST].replace("∂", r"\partial "))
    ]
    letters = frozenset(letter for letter, _ in below)
    # Of several letters it matters which has which order: the heat equation.
    return letters if len(letters) < 2 else frozenset(map("^".join, below))


LONGEST = 2_000
"""Characters of a text in which they are looked for."""


class GrammarRules(NamedTuple):
    """The rules of the grammar that are needed here."""

    sum: Rule
    product: Rule
    argument: Rule


def structure(reader: Reader, name: str, rules: GrammarRules) -> Node:
    """After the command ``\\sum``, ``\\prod``, ``\\int`` or ``\\lim``."""
    if name == "lim":
        return _limit(reader, rules)
    if name == "int":
        return _integral(reader, rules)
    letter, low, high = None, None, None
    for _ in range(2):
        if reader.take("_"):
            letter, low = _lower(reader, rules)
        elif reader.take("^"):
            high = rules.argument(reader)
    if letter is None or low is None or high is None:
        raise reader.error("expected where the sum begins and ends")
    return bind(name, letter, (low, high), rules.product(reader))


def _lower(reader: Reader, rules: GrammarRules) -> tuple[str, Node]:
    """``{k=1}``"""
    reader.need("{")
    letter = _letter(reader)
    reader.need("=")
    low = rules.sum(reader)
    reader.need("}")
    return letter, low


def _letter(reader: Reader) -> str:
    token = reader.pop()
    if token.kind == "command":
        return token.text[1:]
    if token.kind != "word" or len(token.text) != 1:
        raise reader.error("expected a letter")
    return token.text


def _limit(reader: Reader, rules: GrammarRules) -> Node:
    reader.need("_")
    reader.need("{")
    letter = _letter(reader)
    if not reader.take(*_ARROWS):
        raise reader.error("expected an arrow")
    tokens, side = _point(reader)
    inner = Reader([*tokens, END])
    point = rules.sum(inner)
    if inner.next is not END:
        raise inner.error("expected the end of the point")
    return bind(f"limit{side}", letter, (point,), rules.product(reader))


def _point(reader: Reader) -> tuple[list[Token], str]:
    """The tokens up to the closing brace, without a side such as ``^+``, and the side."""
    depth, tokens = 1, list[Token]()
    while depth:
        token = reader.pop()
        if token is END:
            raise reader.error("expected '}'")
        depth += (token.text == "{") - (token.text == "}")
        tokens.append(token)
    texts = [token.text for token in tokens[:-1] if token.text not in "{}"]
    if texts[-2:] in (["^", "+"], ["^", "-"]):
        cut = max(i for i, token in enumerate(tokens) if token.text == "^")
        return tokens[:cut], texts[-1]
    return tokens[:-1], ""


def _integral(reader: Reader, rules: GrammarRules) -> Node:
    limits: dict[str, Node] = {}
    while reader.next.text in ("_", "^") and len(limits) < 2:
        mark = reader.pop().text
        limits[mark] = rules.argument(reader)
    body, letter = _integrand(reader)
    inner = Reader([*body, END])
    if body:
        inside = rules.sum(inner)
    elif reader.next.kind in ("number", "word", "command") or reader.next.text == "(":
        inside = rules.product(reader)  # ``\\int dx f``, as physicists write
    else:
        inside = Number(Fraction(1))
    if inner.next is not END:
        raise inner.error("expected the end of the integrand")
    if not limits:
        return Call("antiderivative", (Symbol(letter), inside))
    if len(limits) < 2:
        raise reader.error("expected both limits of the integral")
    return bind("integral", letter, (limits["_"], limits["^"]), inside)


def _integrand(reader: Reader) -> tuple[list[Token], str]:
    """The tokens up to ``dx``, and the letter; ``\\frac{dx}{x}`` has its own in a numerator."""
    depth, body = 0, list[Token]()
    nested = 0
    for index in range(reader.position, len(reader.tokens)):
        token = reader.tokens[index]
        depth += (token.text in ("{", "(", "[")) - (token.text in ("}", ")", "]"))
        if depth < 0:
            break
        if token.text in (r"\int",):
            nested += 1
        if token.kind == "word" and (result := _differential(reader.tokens, index)):
            head, letter, used = result
            if nested:
                nested -= 1
            else:
                return _closed(reader, body, head, letter, index + used, depth)
        body.append(token)
    raise reader.error("expected the differential of the integral")


def _closed(
    reader: Reader, body: list[Token], head: str, letter: str, end: int, depth: int
) -> tuple[list[Token], str]:
    if head:
        body.append(Token("word", head))
    if depth == 0:
        reader.position = end
        return body, letter
    # The differential is inside of a fraction: 1 stands for it, and all of it is the integrand.
    rest = list[Token]()
    if body and body[-1].text == "{":
        rest.append(Token("number", "1"))
    opened = _opened(body)
    lacks_below = bool(opened) and body[opened - 1].text == r"\frac"
    reader.position = end
    while depth > 0 or (reader.next.text == "{" and reader.tokens[reader.position - 1].text == "}"):
        token = reader.pop()
        if token is END:
            raise reader.error("expected '}'")
        depth += (token.text in ("{", "(", "[")) - (token.text in ("}", ")", "]"))
        rest.append(token)
        if not depth and lacks_below:
            lacks_below = False
            if reader.next.text != "{":
                rest += _denominator(reader)
                break
    return body + rest, letter


def _opened(body: list[Token]) -> int:
    """Where the last bracket that is still open stands."""
    depth = 0
    for index in range(len(body) - 1, -1, -1):
        depth += (body[index].text in ("}", ")", "]")) - (body[index].text in ("{", "(", "["))
        if depth < 0:
            return index
    return 0


def _denominator(reader: Reader) -> list[Token]:
    r"""Of ``\frac{dx}x``: one sign, as TeX takes it."""
    token = reader.pop()
    if token.kind in ("word", "number") and len(token.text) > 1:
        reader.position -= 1
        reader.tokens[reader.position] = Token(token.kind, token.text[1:])
        token = Token(token.kind, token.text[0])
    return [Token("sign", "{"), token, Token("sign", "}")]


_BAR = r"(?:\||\\vert|\\rvert)"
_EVALUATED = re.compile(
    rf"\\left\s*\.\s*(?P<whole>(?:(?!\\left).)+?)\s*\\right\s*{_BAR}(?P<where>\s*_.*)$"
    rf"|(?P<all>[^|]+?)\s*\\[bB]ig{{1,2}}r?\s*{_BAR}(?P<there>\s*_.*)$",
    re.DOTALL,
)
_GROUP = r"(?:\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|(\w))"
_ENDS = re.compile(rf"\s*_\s*{_GROUP}(?:\s*\^\s*{_GROUP})?\s*$")


def evaluated(text: str) -> str:
    r"""``\left. x^2 \right|_{x=3}`` and ``\left. x^2 \right|_0^3`` with a command of their own."""
    match = _EVALUATED.match(text.strip("$ "))
    ends = _ENDS.match(match["where"] or match["there"]) if match else None
    if match is None or ends is None:
        return text
    low, high = ends[1] or ends[2], ends[3] or ends[4]
    inside = match["whole"] or match["all"]
    return rf"\evaluated{{{inside}}}{{{low}}}" + (f"{{{high}}}" if high else "")


def value_at(reader: Reader, rules: GrammarRules) -> Node:
    r"""After ``\evaluated``: the expression, where, and for a difference where else."""
    inside = rules.argument(reader)
    reader.need("{")
    letters = symbols(inside)
    letter = min(letters) if len(letters) == 1 else ""
    if reader.peek().text == "=":
        letter = _letter(reader)
        reader.need("=")
    low = rules.sum(reader)
    reader.need("}")
    if letter not in letters:
        raise reader.error("it is not known of which letter the value is")
    values = [substituted(inside, letter, low)]
    if reader.next.text == "{":
        values.insert(0, substituted(inside, letter, rules.argument(reader)))
    return values[0] if len(values) == 1 else Sum((values[0], negative(values[1])))


def _differential(tokens: list[Token], index: int) -> tuple[str, str, int] | None:
    """``dx``, ``xdx``, ``d x`` and ``d\\theta`` at ``index``: what stands before, the letter, the
    number of tokens."""
    word = tokens[index].text
    if len(word) > 1 and word[-2] == "d" and len(word) < 6:
        return word[:-2], word[-1], 1
    following = tokens[index + 1] if index + 1 < len(tokens) else END
    if word.endswith("d") and len(word) < 5:
        if following.kind == "command" and following.text[1:].isalpha():
            return word[:-1], following.text[1:], 2
        if following.kind == "word" and len(following.text) == 1:
            return word[:-1], following.text, 2
    return None


class _Operator(NamedTuple):
    operand: str
    letter: str
    order: int
    length: int


def leibniz(reader: Reader, rules: GrammarRules) -> Node | None:
    r"""``\frac{d}{dx} …``, ``\frac{dy}{dx}`` and ``\frac{d^2 y}{dx^2}`` after ``\frac``."""
    operator = _operator(reader)
    if operator is None:
        return None
    reader.position += operator.length
    if operator.operand:
        return Symbol(operator.operand + "'" * operator.order)
    if reader.next is END or reader.next.text in ("=", "+", "-", ")", "}"):
        return Symbol(f"d{operator.order}/d{operator.letter}")
    node = rules.product(reader)
    if isinstance(node, Symbol) and node.name != operator.letter:
        return Symbol(node.name + "'" * operator.order)
    if symbols(node) and operator.letter not in symbols(node):
        return Call("derivative", (Symbol(operator.letter), node))
    try:
        for _ in range(operator.order):
            if is_larger(node, MAX_DERIVED):
                raise Unreadable("a derivative of too large an expression")
            node = derivative(node, operator.letter)
    except NoDerivative:
        return Call("derivative", (Symbol(operator.letter), node))
    return node


def _operator(reader: Reader) -> _Operator | None:
    """Match the tokens of a quotient of differentials, without moving."""
    texts = [reader.peek(ahead).text for ahead in range(14)]
    if "{" not in texts[:1]:
        return None
    pieces = "".join(texts)
    match = _QUOTIENT.match(pieces)
    if match is None or match["first"] != (match["second"] or match["first"]):
        return None
    order = int(match["order"] or 1)
    if order != int(match["again"] or 1) or order > 4:
        return None
    length, seen = 0, 0
    while seen < match.end():
        seen += len(texts[length])
        length += 1
    operand = re.sub(r"[\\{}]", "", match["operand"] or "")
    return _Operator(operand, re.sub(r"\\", "", match["letter"]), order, length)
