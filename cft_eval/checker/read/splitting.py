"""Token lists cut at separators that stand outside all brackets."""

from cft_eval.checker.types.tokens import CLOSING, OPENING, Token

SIGNS = {
    "=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!=", r"\lt": "<",
    r"\gt": ">", r"\in": "in", r"\approx": "~", r"\equiv": "=", r"\cong": "=", r"\to": "to",
}  # fmt: skip


def turned(tokens: list[Token]) -> list[Token]:
    """``]0,1[`` writes open ends with the brackets turned away: here they become round.

    A "]" that closes nothing opens; a "[" where a value has just ended, inside a bracket with a
    comma, closes.
    """
    if not any(token.text == "]" or token.text == "[" for token in tokens):
        return tokens
    result, opened = list(tokens), list[str]()
    for position, token in enumerate(tokens):
        if token.kind == "text":
            continue
        before = tokens[position - 1] if position else None
        value = before is not None and before.kind in ("number", "word", "command")
        ended = before is not None and (before.text in ")}" or value)
        ended = ended and before is not None and before.text not in _OPERATORS
        if token.text == "]" and not opened:
            result[position] = Token("sign", "(", token.spaced, 1)
            opened.append(",")
        elif token.text == "[" and ended and opened and opened[-1] == ",":
            result[position] = Token("sign", ")", token.spaced, -1)
            opened.pop()
        elif token.text in OPENING:
            opened.append(token.text)
        elif token.text in CLOSING and opened:
            opened.pop()
        elif token.text in (",", ";") and opened and opened[-1] in ("[", "("):
            opened[-1] = ","
    return result


_OPERATORS = frozenset({r"\cup", r"\cap", r"\in", r"\to", r"\sqrt", r"\setminus", r"\le", r"\ge"})


def unwrapped(tokens: list[Token]) -> list[Token]:
    """Braces around everything mean nothing."""
    while len(tokens) > 2 and tokens[0].text == "{" and encloses(tokens):
        tokens = tokens[1:-1]
    return tokens


def encloses(tokens: list[Token]) -> bool:
    """Does the first bracket close with the last token?"""
    if len(tokens) < 2 or tokens[0].text not in OPENING or tokens[0].kind == "text":
        return False
    depth = 0
    for position, token in enumerate(tokens):
        depth += token.opens
        if depth == 0:
            return position == len(tokens) - 1
    return False


def _joint(token: Token) -> str | None:
    """ "and", "or" or "," where the token separates answers."""
    if token.kind in ("text", "word"):
        word = token.text.strip(" ,.").lower()
        return word if word in ("and", "or") else None
    return _JOINTS.get(token.text)


_JOINTS = {",": ",", ";": ",", r"\wedge": "and", r"\vee": "or"}


def split(tokens: list[Token], *, separators: bool) -> tuple[list[list[Token]], list[str]]:
    """Cut at separators outside brackets; ``separators`` counts "and" and "or" too."""
    parts: list[list[Token]] = [[]]
    joints: list[str] = []
    depth = 0
    for token in tokens:
        depth += token.opens
        joint = _joint(token) if depth <= 0 else None
        if joint and (separators or joint == ","):
            if parts[-1] or not separators:
                parts.append([])
                joints.append(joint)
            elif joint != "," and joints:
                joints[-1] = joint
        else:
            parts[-1].append(token)
    return parts, joints


def split_on(tokens: list[Token], marks: set[str]) -> list[list[Token]]:
    """Cut at these marks, outside brackets; words count in ``\\text`` too."""
    if marks.isdisjoint([token.text.strip() for token in tokens]):
        return [tokens.copy()]
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += token.opens
        if depth == 0 and token.text.strip() in marks:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def split_chain(tokens: list[Token]) -> tuple[list[list[Token]], list[str]]:
    parts: list[list[Token]] = [[]]
    signs: list[str] = []
    depth = 0
    for token in tokens:
        depth += token.opens
        if depth == 0 and token.text in SIGNS and token.kind != "text":
            parts.append([])
            signs.append(SIGNS[token.text])
        else:
            parts[-1].append(token)
    return parts, signs


def has_outside(tokens: list[Token], marks: tuple[str, ...]) -> bool:
    """Does one of the marks stand outside of set braces?"""
    depth = 0
    for token in tokens:
        depth += (token.text == r"\lbrace") - (token.text == r"\rbrace")
        if depth == 0 and token.kind != "text" and token.text in marks:
            return True
    return False


def with_modulus(parts: list[list[Token]]) -> list[list[Token]]:
    r"""``1, 5 \pmod 6``: one modulus of all."""
    last = [token.text for token in parts[-1]]
    if len(parts) < 2 or r"\mod" not in last:
        return parts
    cut = last.index(r"\mod")
    return [
        part if any(token.text == r"\mod" for token in part) else part + parts[-1][cut:]
        for part in parts
    ]


def with_name(parts: list[list[Token]]) -> list[list[Token]]:
    """``x \\ne 1, 2``: each of them is what x is not."""
    first = [token.text for token in parts[0]]
    if len(parts) < 2 or first[1:2] != [r"\ne"] or any(split_chain(part)[1] for part in parts[1:]):
        return parts
    return [parts[0], *(parts[0][:2] + part for part in parts[1:])]
