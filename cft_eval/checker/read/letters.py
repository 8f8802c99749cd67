"""Letters as the grammar takes them: variables, the constants e and i, and subscripts."""

from cft_eval.checker.prove.registry import BY_SPELLING
from cft_eval.checker.types.tokens import END, Reader, Token
from cft_eval.checker.types.values import (
    CONSTANTS,
    EULER,
    IMAGINARY,
    Call,
    Node,
    Number,
    Product,
    Symbol,
)


def letters(word: str) -> Node:
    nodes = tuple(letter(each) for each in word)
    return nodes[0] if len(nodes) == 1 else Product(nodes)


def letter(name: str) -> Node:
    return {"e": EULER, "i": IMAGINARY}.get(name, Symbol(name))


def overlined(node: Node) -> Node:
    """A segment's letters are its name, and a number is itself; of a product of small letters, the
    bar is over each; of anything else it is the conjugate."""
    match node:
        case Symbol(name) if name not in CONSTANTS:
            return Symbol(f"{name}\u0305")
        case Number():
            return node
        case Product(factors) if all(isinstance(f, Symbol) and f.name.isupper() for f in factors):
            return node
        case Product(parts) if all(isinstance(p, Symbol) and p != IMAGINARY for p in parts):
            return Product(tuple(map(overlined, parts)))
        case _:
            return Call("conj", (node,))


def subscripted(reader: Reader, node: Node) -> Node:
    """``x_1``, ``x_{max}`` and ``x_{\text{max}}`` are one name each, and so is ``I(0)``: nobody
    multiplies by a 0 in brackets."""
    if isinstance(node, Symbol) and [reader.peek(i).text for i in range(3)] == ["(", "0", ")"]:
        reader.position += 3
        return Symbol(f"{node.name}(0)")
    if not (reader.next.text == "_" and isinstance(node, Symbol)):
        return node
    reader.pop()
    return Symbol(f"{node.name}_{read_subscript(reader)}")


def numbered(reader: Reader, node: Node) -> Node:
    """``x1`` is x_1 in plain text: nobody writes a factor behind its letter, but for
    ``A2^n``."""
    token = reader.next
    index = token.kind == "number" and token.text.isdigit() and len(token.text) < 3
    if isinstance(node, Symbol) and index and not token.spaced and reader.peek().text != "^":
        reader.pop()
        return Symbol(f"{node.name}_{token.text}")
    return subscripted(reader, node)


def read_subscript(reader: Reader) -> str:
    """The subscript's letters and digits, without dress."""
    if not reader.take("{"):
        return reader.pop().text.lstrip("\\")
    depth, pieces = 1, []
    while depth:
        token = reader.pop()
        if token is END:
            raise reader.error("expected '}'")
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth and token.text not in "{}":
            pieces.append(token.text.strip().lstrip("\\"))
    return "".join(pieces)


def of_time(reader: Reader) -> bool:
    """Does a bracket follow that holds nothing but ``t``, numbers and signs?"""
    if reader.peek().text != "(":
        return False
    for ahead in range(2, 12):
        token = reader.peek(ahead)
        if token.text == ")":
            return any(reader.peek(position).text == "t" for position in range(2, ahead))
        if token.kind != "number" and token.text not in ("t", "+", "-", "/", "*"):
            return False
    return False


CHOICES = frozenset({"C", "nCr", "binom"})


def choice_of_two(reader: Reader) -> bool:
    """Do two whole numbers or letters in brackets follow: ``C(5,2)``, ``C(n,k)``?"""
    following = [reader.peek(ahead) for ahead in range(5)]
    texts = [token.text for token in following]
    simple = all(token.kind in ("number", "word") for token in (following[1], following[3]))
    return [texts[0], texts[2], texts[4]] == ["(", ",", ")"] and simple


def starts_function(reader: Reader) -> bool:
    r"""Is the next factor, after a sign, a function of its own: ``\sin x/\cos x``?"""
    ahead = 1 if reader.next.text == "/" else 0
    return reader.peek(ahead).text.lstrip("\\") in BY_SPELLING


def of_events(reader: Reader) -> Node | None:
    r"""``P(A|B)``, ``P(A\cap B)``: one name for a probability of events, after its P."""
    texts: list[str] = []
    for ahead in range(1, MOST_OF_EVENTS):
        token = reader.peek(ahead)
        text = "|" if token.text == r"\mid" else token.text
        if text == ")":
            break
        if text not in _OF_EVENTS and (token.kind != "word" or len(text) > 1):
            return None
        texts.append(text)
    else:
        return None
    if not _JOINED & set(texts):
        return None
    reader.position += len(texts) + 2
    sides = "".join(text for text in texts if text not in "{}").split("|")
    for mark in (r"\cap", r"\cup"):
        sides = [mark.join(sorted(side.split(mark))) for side in sides]
    return Symbol(f"P({'|'.join(sides)})")


MOST_OF_EVENTS = 16
"""Tokens in the brackets."""

_JOINED = frozenset({"|", r"\cap", r"\cup"})
_OF_EVENTS = _JOINED | {r"\overline", "{", "}", "^", "'"}


def power_binds_to_last(reader: Reader, word: str) -> Node:
    """In ``xy^2`` the square is of y: hand the last letter back to the reader."""
    reader.position -= 1
    reader.tokens[reader.position] = Token("word", word[-1])
    return letters(word[:-1])


def one_letter(reader: Reader) -> Node | None:
    """The letter that a bar stands over, without its subscript; None where a group follows."""
    if reader.next.kind != "word":
        return None
    token = reader.pop()
    if len(token.text) > 1:
        reader.position -= 1
        reader.tokens[reader.position] = Token("word", token.text[1:])
    return letter(token.text[0])
