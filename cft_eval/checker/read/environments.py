r"""Matrices as they are written, added, multiplied, transposed, raised to powers; determinants;
distinctions of cases.

    2\begin{pmatrix}1&2\\3&4\end{pmatrix}^T + …    \det …    \begin{vmatrix}…

What an entry or a factor before a matrix means is read by the caller's rule.
"""

import itertools
import re
from collections.abc import Callable
from fractions import Fraction

from cft_eval.checker.read.splitting import split_on
from cft_eval.checker.types.tokens import CLOSING, Token, Unreadable
from cft_eval.checker.types.values import (
    MINUS_ONE,
    NODES,
    Case,
    Cases,
    Matrix,
    Node,
    Number,
    Product,
    Sum,
    Text,
    Value,
    is_larger,
    negative,
    quotient,
)

Rule = Callable[[list[Token]], Node]
MAX_SIZE = 12
MAX_DETERMINANT = 5
MAX_POWER = 8
MAX_ENTRY = 60
"""Nodes of an entry that is multiplied further."""

_TIMES = (r"\cdot", r"\times", "*")
_CLOSING = frozenset({*CLOSING, "|"})
_TRANSPOSED = ("T", r"\top", r"\intercal", "t", r"\prime")
_ZERO, _ONE = Number(Fraction(0)), Number(Fraction(1))


def read_matrices(tokens: list[Token], entry: Rule) -> Matrix | Node:
    """The value of an expression with matrices in it; raises `Unreadable`."""
    total: Matrix | Node | None = None
    for sign, term in _terms(_items(tokens, entry)):
        value = _term(term, entry)
        if sign == "-":
            value = _times(MINUS_ONE, value)
        total = value if total is None else _plus(total, value)
    if total is None:
        raise Unreadable("a matrix was expected")
    return total


def _items(tokens: list[Token], entry: Rule) -> list[Token | Matrix | Node]:
    """The tokens, with a matrix for every environment; brackets around one mean nothing."""
    items: list[Token | Matrix | Node] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        bracketed = token.text in ("(", "[", "{", "|") and following.startswith(r"\begin{")
        if not bracketed and not token.text.startswith(r"\begin{"):
            items.append(token)
            index += 1
            continue
        start = index + bracketed
        stop = _end(tokens, start)
        name = tokens[start].text[7:-1]
        matrix = _environment(name, tokens[start + 1 : stop], entry)
        closed = bracketed and stop + 1 < len(tokens) and tokens[stop + 1].text in _CLOSING
        if bracketed and not closed:
            items.append(token)
        bars = name.startswith(("v", "V")) or (closed and token.text == "|")
        items.append(determinant(matrix) if bars else matrix)
        index = stop + 1 + closed
    return items


def _end(tokens: list[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].text.startswith(r"\begin{")
        depth -= tokens[index].text.startswith(r"\end{")
        if depth == 0:
            return index
    return len(tokens)


def _environment(name: str, inside: list[Token], entry: Rule) -> Matrix:
    if "matrix" not in name and name != "array":
        raise Unreadable(f"the environment {name} is not known")
    if name == "array":
        inside = _behind_columns(inside)
    inside = [token for token in inside if token.text != r"\hline"]
    rows = [
        tuple(entry(cell) for cell in split_on(row, {"&"}))
        for row in split_on(inside, {r"\\"})
        if row
    ]
    if not rows or len({len(row) for row in rows}) != 1:
        raise Unreadable("the rows of a matrix differ in length")
    if max(len(rows), len(rows[0])) > MAX_SIZE:
        raise Unreadable(f"a matrix of more than {MAX_SIZE} rows or columns")
    return Matrix(tuple(rows))


def _behind_columns(inside: list[Token]) -> list[Token]:
    r"""What follows the columns of an array: ``{cc}``, ``{c|c}``."""
    if not inside or inside[0].text != "{":
        return inside
    closing = next((i for i, token in enumerate(inside) if token.text == "}"), 0)
    return inside[closing + 1 :]


def _terms(
    items: list[Token | Matrix | Node],
) -> list[tuple[str, list[Token | Matrix | Node]]]:
    terms: list[tuple[str, list[Token | Matrix | Node]]] = [("+", [])]
    depth = 0
    for index, item in enumerate(items):
        if isinstance(item, Token):
            depth += item.opens
            before = items[index - 1] if index else None
            exponent = isinstance(before, Token) and before.text == "^"
            if depth == 0 and item.text in ("+", "-") and item.kind == "sign" and not exponent:
                terms.append((item.text, []))
                continue
        terms[-1][1].append(item)
    return [(sign, term) for sign, term in terms if term]


def _term(items: list[Token | Matrix | Node], entry: Rule) -> Matrix | Node:
    """A product from the left: numbers before, between and behind matrices."""
    value: Matrix | Node = _ONE
    scalar: list[Token] = []
    index = 0
    while index < len(items):
        item = items[index]
        index += 1
        if isinstance(item, Token):
            scalar.append(item)
            continue
        wants_determinant = bool(scalar) and scalar[-1].text.lstrip("\\") == "det"
        if wants_determinant:
            scalar.pop()
        value = _times(value, _scalar(scalar, entry))
        scalar = []
        if index < len(items) and isinstance(item, Matrix) and _is(items[index], "^"):
            exponent, index = _exponent(items, index + 1)
            item = _powered(item, exponent)
        if wants_determinant and isinstance(item, Matrix):
            item = determinant(item)
        value = _times(value, item)
    return _times(value, _scalar(scalar, entry))


def _is(item: Token | Matrix | Node, text: str) -> bool:
    return isinstance(item, Token) and item.text == text


def _scalar(tokens: list[Token], entry: Rule) -> Node:
    while tokens and tokens[-1].text in _TIMES:
        tokens = tokens[:-1]
    while tokens and tokens[0].text in _TIMES:
        tokens = tokens[1:]
    if tokens and tokens[0].text == "/" and len(tokens) > 1:
        return quotient(_ONE, entry(tokens[1:]))
    return entry(tokens) if tokens else _ONE


def _exponent(items: list[Token | Matrix | Node], index: int) -> tuple[str, int]:
    texts = []
    braced = _is(items[index], "{") if index < len(items) else False
    index += braced
    while index < len(items):
        item = items[index]
        if not isinstance(item, Token):
            raise Unreadable("a matrix in an exponent")
        index += 1
        if braced and item.text == "}":
            break
        texts.append(item.text)
        if not braced:
            break
    return "".join(texts), index


def _powered(matrix: Matrix, exponent: str) -> Matrix:
    if exponent in _TRANSPOSED:
        return Matrix(tuple(zip(*matrix.rows, strict=True)))
    if len(matrix.rows) != len(matrix.rows[0]):
        raise Unreadable("a power of a matrix that is not square")
    if exponent == "-1":
        return inverse(matrix)
    if not exponent.isdecimal() or not 1 <= int(exponent) <= MAX_POWER:
        raise Unreadable(f"the power {exponent[:20]} of a matrix is not known")
    out = matrix
    for _ in range(int(exponent) - 1):
        product = _times(out, matrix)
        assert isinstance(product, Matrix)
        out = product
    return out


def _times(a: Matrix | Node, b: Matrix | Node) -> Matrix | Node:
    if isinstance(a, Matrix) and isinstance(b, Matrix):
        if len(a.rows[0]) != len(b.rows):
            raise Unreadable("matrices that cannot be multiplied")
        columns = tuple(zip(*b.rows, strict=True))
        return Matrix(tuple(tuple(_dot(row, column) for column in columns) for row in a.rows))
    if isinstance(a, Matrix) or isinstance(b, Matrix):
        matrix, factor = (a, b) if isinstance(a, Matrix) else (b, a)
        assert isinstance(matrix, Matrix)
        assert isinstance(factor, NODES)
        if factor == _ONE:
            return matrix
        return Matrix(tuple(tuple(Product((factor, x)) for x in row) for row in matrix.rows))
    return b if a == _ONE else a if b == _ONE else Product((a, b))


def _dot(row: tuple[Node, ...], column: tuple[Node, ...]) -> Node:
    pairs = list(zip(row, column, strict=True))
    if all(isinstance(x, Number) for x in (*row, *column)):
        products = (
            x.value * y.value for x, y in pairs if isinstance(x, Number) and isinstance(y, Number)
        )
        return Number(sum(products, Fraction(0)))
    if any(is_larger(x, MAX_ENTRY) for x in (*row, *column)):
        raise Unreadable("a product of matrices whose entries are too large")
    return Sum(tuple(Product(pair) for pair in zip(row, column, strict=True)))


def _plus(a: Matrix | Node, b: Matrix | Node) -> Matrix | Node:
    if isinstance(a, Matrix) and isinstance(b, Matrix):
        if (len(a.rows), len(a.rows[0])) != (len(b.rows), len(b.rows[0])):
            raise Unreadable("matrices that cannot be added")
        pairs = (zip(x, y, strict=True) for x, y in zip(a.rows, b.rows, strict=True))
        return Matrix(tuple(tuple(Sum(pair) for pair in row) for row in pairs))
    if isinstance(a, Matrix) or isinstance(b, Matrix):
        raise Unreadable("a matrix and a number cannot be added")
    return Sum((a, b))


def determinant(matrix: Matrix) -> Node:
    """By Leibniz' formula."""
    size = len(matrix.rows)
    if size != len(matrix.rows[0]) or size > MAX_DETERMINANT:
        raise Unreadable("a determinant that is not square, or too large")
    terms: list[Node] = []
    for order in itertools.permutations(range(size)):
        turns = sum(order[i] > order[j] for i in range(size) for j in range(i + 1, size))
        term = Product(tuple(matrix.rows[i][order[i]] for i in range(size)))
        terms.append(negative(term) if turns % 2 else term)
    return Sum(tuple(terms)) if len(terms) > 1 else terms[0]


def inverse(matrix: Matrix) -> Matrix:
    """By cofactors."""
    size = len(matrix.rows)
    whole = determinant(matrix)

    def cofactor(row: int, column: int) -> Node:
        rest = tuple(
            tuple(x for j, x in enumerate(each) if j != column)
            for i, each in enumerate(matrix.rows)
            if i != row
        )
        minor = determinant(Matrix(rest)) if rest else _ONE
        return quotient(negative(minor) if (row + column) % 2 else minor, whole)

    return Matrix(tuple(tuple(cofactor(j, i) for j in range(size)) for i in range(size)))


ValueRule = Callable[[list[Token]], Value]
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


def read_cases(tokens: list[Token], value: ValueRule) -> Cases:
    """The value of each case with its condition; raises `Unreadable`."""
    start = 1 + (tokens[0].text == r"\lbrace")
    inside = tokens[start:-1] if tokens[-1].text.startswith(r"\end{") else tokens[start:]
    if tokens[start - 1].text == r"\begin{array}":
        inside = _behind_columns(inside)
    rows = [row for row in split_on(inside, {r"\\"}) if row]
    if not 1 < len(rows) <= MAX_CASES:
        raise Unreadable("a distinction of cases without cases")
    return Cases(tuple(_case(row, value) for row in rows))


def _case(row: list[Token], value: ValueRule) -> Case:
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


def _condition(tokens: list[Token], value: ValueRule) -> Value:
    words = " ".join(token.text for token in tokens)
    if _REST.match(words):
        return Text("otherwise")
    first = tokens[0]
    rest = _CONJUNCTION.sub("", first.text) if first.kind in ("text", "word") else first.text
    if rest != first.text:
        tokens = [first._replace(text=rest), *tokens[1:]] if rest.strip() else tokens[1:]
    tokens = _without_comma(tokens)
    try:
        result = value(tokens)
    except Unreadable:
        result = None
    if result is None or isinstance(result, Text):
        plain = re.sub(r"\s+", " ", re.sub(r"[\\{}$]", " ", words)).strip().lower()
        said = re.sub(r"\b(?:is|are|an?)\b", " ", _CONJUNCTION.sub("", plain))
        return Text(" ".join(said.strip(" .,").split()))
    return result
