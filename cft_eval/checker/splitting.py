"""Token lists cut at separators that stand outside all brackets."""

from cft_eval.checker.tokens import Token

OPENING = {"(": ")", "[": "]", "{": "}", r"\lbrace": r"\rbrace", r"\langle": r"\rangle"}
OPENING |= {r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}


CLOSING = frozenset(OPENING.values())


SIGNS = {
    "=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!=", r"\lt": "<",
    r"\gt": ">", r"\in": "in", r"\approx": "=", r"\equiv": "=", r"\to": "to",
}  # fmt: skip


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
    for place, token in enumerate(tokens):
        if token.kind == "text":
            continue
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0:
            return place == len(tokens) - 1
    return False


def _joint(token: Token) -> str | None:
    """ "and", "or" or "," where the token separates answers."""
    word = token.text.strip(" ,.").lower()
    if token.kind in ("text", "word") and word in ("and", "or"):
        return word
    if token.text in (",", ";") and token.kind == "sign":
        return ","
    return {r"\wedge": "and", r"\vee": "or"}.get(token.text)


def split(tokens: list[Token], *, separators: bool) -> tuple[list[list[Token]], list[str]]:
    """Cut at separators outside brackets; ``separators`` counts "and" and "or" too."""
    parts: list[list[Token]] = [[]]
    joints: list[str] = []
    depth = 0
    for token in tokens:
        if token.kind != "text":
            depth += (token.text in OPENING) - (token.text in CLOSING)
            depth += token.text.startswith(r"\begin{") - token.text.startswith(r"\end{")
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
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind != "text":
            depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0 and token.text in marks and token.kind != "text":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def split_chain(tokens: list[Token]) -> tuple[list[list[Token]], list[str]]:
    parts: list[list[Token]] = [[]]
    signs: list[str] = []
    depth = 0
    for token in tokens:
        if token.kind != "text":
            depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0 and token.text in SIGNS and token.kind != "text":
            parts.append([])
            signs.append(SIGNS[token.text])
        else:
            parts[-1].append(token)
    return parts, signs
