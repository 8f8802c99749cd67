r"""An answer's text to what it means: the shapes around the expressions of `grammar`.

    answer   = "{" list "}" | list
    list     = item (("," | ";" | "and" | "or") item)*      several answers, in no order
    item     = set ("\cup" set)*
    set      = chain | brackets | matrix | ratio
    chain    = sum (("=" | "<" | "\le" | …) sum)*           an inequality becomes its interval
    brackets = ("(" | "[") item ("," item)+ (")" | "]")     tuple, point or interval
    ratio    = sum (":" sum)+

What the grammar does not read and what consists of words is `Text`; anything else is `Unreadable`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from cft_eval.checker.prove.registry import BY_SPELLING, SIGNALS
from cft_eval.checker.read.environments import read_cases, read_matrices, starts_cases
from cft_eval.checker.read.normalize import normalize
from cft_eval.checker.read.numerals import read_numeral, read_quantity
from cft_eval.checker.read.ranges import difference, intersection, is_range, overlap, solved, within
from cft_eval.checker.read.splitting import (
    encloses,
    has_outside,
    split,
    split_chain,
    split_on,
    turned,
    unwrapped,
    with_modulus,
    with_name,
)
from cft_eval.checker.read.wording import choice_with_value, phrase, prose
from cft_eval.checker.types.tokens import (
    MAX_RAW,
    Token,
    Unreadable,
    has_grouping,
    join_thousands,
    tokenize,
)
from cft_eval.checker.types.values import (
    INFINITY,
    NODES,
    Brackets,
    Call,
    Choice,
    Matrix,
    Node,
    Product,
    Quantity,
    Ratio,
    Relation,
    Several,
    Symbol,
    Union,
    Value,
    negative,
)

_AN_INEQUALITY = re.compile(r"[<>]|\\[lg][et](?![a-zA-Z])")
_HAS_DERIVATIVE = re.compile(r"\\d?dot(?![a-z])|[A-Za-z]'|\\frac\{d[^}]*\}\{d[a-z]|\\frac\{d\^")
_DERIVED = re.compile(
    r"\\d?dot\s*\{?\s*([A-Za-z])|(?<![A-Za-z\\])([A-Za-z])'|\\frac\{d(?:\^\{?\d\}?)?\s*([A-Za-z])\}"
)
_ARGUMENT = re.compile(r"(\\?[A-Za-z]+(?:_(?:\w|\{\w+\}))?\}?'*)\s*\(([tx])\)")

_COMPLEX = re.compile(
    r"(?<=[-+*\d\s}])I(?![A-Za-z_(\\])|(?<=[-+])I(?=\s*[a-z](?![a-z]))|^I(?=\s*\*)"
)
"""The imaginary unit of computer algebra, in a sum or beside a number."""

_ENGINEERS = re.compile(r"(?<=\d)j(?![A-Za-z_])|(?<=[-+])\s*j(?=\d)")
"""The imaginary unit of engineers, beside a number."""

_RUN_BELOW = re.compile(r"/\s*([A-Za-z]{2,})(?![A-Za-z(])")
MAX_ITEMS = 400


def readings(answer: str) -> Iterator[Value]:
    """Every way in which ``answer`` may be meant, the likeliest first; raises `Unreadable`.

    ``1,234`` is a number or two; ``5 m`` is a length or a product. A reader decides by what was
    asked, and so does `compare`: by the reference.
    """
    if len(answer) > MAX_RAW:
        raise Unreadable(f"{len(answer):,} characters are no final answer")
    text = normalize(answer)
    if not text:
        raise Unreadable("the answer is empty")
    if option := choice_with_value(text):
        yield Choice(option[1], _parse(option[0], units=True))
        return
    if "=" in text and _HAS_DERIVATIVE.search(text):
        text = _without_arguments(text)
    yield (first := _parse(join_thousands(text), units=True))
    grouped = isinstance(first, (*NODES, Quantity))
    # ``25,000`` is no list: nobody writes 0 as 000.
    others = [(text, True)] if has_grouping(text) and ",0" not in text else []
    # ``t/RC`` is t/(RC) to some and (t/R)C to others.
    below = _RUN_BELOW.search(text)
    if below and below[1] not in BY_SPELLING and isinstance(first, NODES):
        others.append((_RUN_BELOW.sub(r"/(\1)", text), True))
    if isinstance(first, NODES) and _COMPLEX.search(text):
        others.append((_COMPLEX.sub("i ", join_thousands(text)), True))
    if isinstance(first, NODES) and "i" not in text and _ENGINEERS.search(text):
        others.append((_ENGINEERS.sub("i ", join_thousands(text)), True))
    if isinstance(first, Quantity):
        others.append((join_thousands(text), False))
    for other, units in others:
        try:
            second = _parse(other, units=units)
        except Unreadable:
            continue
        if grouped and isinstance(second, Several):
            second = replace(second, in_order=True)
        yield second
    if isinstance(first, (Brackets, Union)) and _AN_INEQUALITY.search(text):
        yield _parse(text, units=True, solve=False)


def _without_arguments(text: str) -> str:
    """In a differential equation ``v(t)`` is v, ``kv(t)`` is kv; ``\\sin(t)`` stays."""
    names = {name for match in _DERIVED.findall(text) for name in match if name}

    def plain(match: "re.Match[str]") -> str:
        word = re.sub(r"_.*|[}']", "", match[1])
        known = word.lstrip("\\") in BY_SPELLING or (word.startswith("\\") and "}" not in match[1])
        alone = len(word) == 1 or word[-1] in names
        return match[0] if known or not alone else match[1]

    return _ARGUMENT.sub(plain, text)


def _parse(text: str, *, units: bool, solve: bool = True) -> Value:
    said = phrase(text, units=units)
    if said is not None:
        return said
    try:
        return _Shapes(units=units, solve=solve).answer(tokenize(text))
    except Unreadable:
        if (words := prose(text)) is not None:
            return words
        raise


_POINTS = frozenset("ABDMNOPQRST")
_OF_SETS = frozenset({r"\cup", r"\cap", r"\setminus", r"\backslash"})
_DERIVATIVE = re.compile(r"\\frac\{d([a-zA-Z])\}\{d([a-zA-Z])\}")


_LAST_HOUR = 24


def _may_be_time(parts: list[list[Token]]) -> bool:
    """An hour and two digits: ``12:30``."""
    texts = ["".join(token.text for token in part) for part in parts]
    if len(texts) != 2 or not all(text.isdecimal() and len(text) <= 2 for text in texts):
        return False
    return int(texts[0]) <= _LAST_HOUR and len(texts[1]) == 2


def _subject(tokens: list[Token]) -> str:
    r"""What an interval is said to hold: the x of ``x \\in [0,1]``, or |x|, or x^2. Of another
    expression the interval is the range that was asked for."""
    texts = [token.text for token in tokens]
    if len(texts) == 1 and tokens[0].kind == "word" and len(texts[0]) == 1:
        return texts[0]
    if texts[:1] == ["|"] or (texts[1:2] == ["^"] and tokens[-1].kind == "number"):
        return "".join(texts)
    return ""


class _Shapes:
    """The shapes, over token lists: brackets are matched before anything inside is read."""

    def __init__(self, *, units: bool, solve: bool = True) -> None:
        self._units = units
        self._solve = solve

    def answer(self, tokens: list[Token]) -> Value:
        tokens = turned([token for token in tokens if token.text != r"\displaylines"])
        if not tokens:
            raise Unreadable("the answer is empty")
        parts, joints = split(tokens, separators=True)
        if len(parts) > MAX_ITEMS:
            raise Unreadable(f"{len(parts)} items are no final answer")
        parts = [part for part in parts if part]
        if not parts:
            raise Unreadable("the answer is empty")
        if (tuples := self._named_tuples(tokens)) is not None:
            return tuples
        items: list[Value] = []
        for part in with_name(with_modulus(parts)):
            items += self._expanded(part)
        if len(items) == 1:
            return items[0]
        excluded = all(split_chain(part)[1] == ["!="] for part in with_name(parts))
        return self._together(items, ["and"] * len(joints) if excluded else joints)

    def _named_tuples(self, tokens: list[Token]) -> Value | None:
        """``p=5, q=2; p=7, q=2``: two solutions, each of two letters."""
        groups = [group for group in split_on(tokens, {";"}) if group]
        if len(groups) < 2 or not all(has_outside(group, ("=",)) for group in groups):
            return None
        rows = [split(group, separators=True)[0] for group in groups]
        names = {tuple(part[0].text for part in row if part) for row in rows}
        equations = all(len(split_chain(part)[0]) == 2 for row in rows for part in row)
        if len(names) != 1 or len(rows[0]) < 2 or not equations:
            return None
        values = [tuple(self.item(split_chain(part)[0][1]) for part in row) for row in rows]
        return Several(tuple(Brackets(items, "(", ")") for items in values))

    def _together(self, items: list[Value], joints: list[str]) -> Value:
        """Inequalities joined by "or" are a union, by "and" an intersection."""
        if joints and all(joint == "and" for joint in joints):
            both = intersection(items)
            if both is not None:
                return both
        ranges = all(isinstance(item, Brackets) and is_range(item) for item in items)
        if joints == [","] and ranges:  # `x > 2, x < 5`: nothing between `x < 2, x > 5`
            both = intersection(items)
            names = {item.about for item in items if isinstance(item, Brackets)}
            if isinstance(both, Brackets) and not is_range(both) and len(names) == 1:
                return both
        if joints and ranges and all(joint == "or" for joint in joints):
            return Union(tuple(items))
        # "1/2 or 0.5" says one thing twice; "2, 2" are two answers.
        return Several(tuple(items), is_set="or" in joints and set(joints) <= {"or", ","})

    def _expanded(self, tokens: list[Token]) -> list[Value]:
        r"""An item with ``\pm`` is two items."""
        in_braces = tokens[0].text in (r"\lbrace", "{") and encloses(tokens)
        if in_braces or not has_outside(tokens, (r"\pm", r"\mp")):
            return [self.item(tokens)]
        listed = []
        for plus, minus in (("+", "-"), ("-", "+")):
            signs = {r"\pm": Token("sign", plus), r"\mp": Token("sign", minus)}
            item = self.item([signs.get(token.text, token) for token in tokens])
            if item not in listed:
                listed.append(item)
        return listed

    def item(self, tokens: list[Token]) -> Value:
        if _OF_SETS.isdisjoint([token.text for token in tokens]):
            return self._set(tokens)
        parts = split_on(tokens, {r"\cup"})
        if len(parts) > 1 and (chain := split_chain(tokens))[1][-1:] in (["="], ["in"]):
            return self.item(chain[0][-1])
        if len(parts) > 1:
            return Union(tuple(self._set(part) for part in parts))
        common = split_on(tokens, {r"\cap"})
        if len(common) > 1 and all(common):
            both = overlap([self._set(part) for part in common])
            if both is None:
                raise Unreadable("what the sets have in common is not known")
            return both
        without = split_on(tokens, {r"\setminus", r"\backslash"})
        if len(without) == 2:
            return difference(self._set(without[0]), self._set(without[1]))
        return self._set(tokens)

    def _set(self, tokens: list[Token]) -> Value:
        if tokens and tokens[0].text == "{" and encloses(tokens):
            return self.answer(tokens[1:-1])  # braces around everything mean nothing
        chain, signs = split_chain(tokens)
        if signs:
            return self._chain(chain, signs)
        ratio = split_on(tokens, {":", "to"})
        if len(ratio) > 1 and all(ratio):
            return Ratio(tuple(self._node(part) for part in ratio), _may_be_time(ratio))
        return self._atom(tokens)

    def _atom(self, tokens: list[Token]) -> Value:
        if not tokens:
            raise Unreadable("something is missing beside a sign")
        if tokens[0].text == r"\mathbb" and len(tokens) == 2 and tokens[1].text == "R":
            return Brackets((negative(INFINITY), INFINITY), "(", ")")
        if tokens[0].text == r"\emptyset" and len(tokens) == 1:
            return Several(())
        if tokens[0].kind == "text" and len(tokens) == 1:
            return _parse(tokens[0].text.strip(), units=self._units)
        if len(tokens) > 4 and tokens[0].kind == "word" and tokens[0].text in _POINTS:
            # ``A(1,2)`` is a point and its name; C(5,2) may be a number of choices.
            inside = tokens[1:] if encloses(tokens[1:]) and tokens[1].text == "(" else []
            if inside and len(split(inside[1:-1], separators=False)[0]) > 1:
                return self._atom(inside)
        if starts_cases(tokens):
            return read_cases(tokens, self.answer)
        if encloses(tokens):
            enclosed = self._enclosed(tokens)
            if enclosed is not None:
                return enclosed
        if any(token.text.startswith(r"\begin{") for token in tokens):
            return read_matrices(tokens, self._node)
        if r"\mod" in [token.text for token in tokens[1:]]:
            return self._residue(tokens)
        numeral = read_numeral(tokens)
        if numeral is not None:
            return numeral
        return read_quantity(tokens, units=self._units)

    def _residue(self, tokens: list[Token]) -> Node:
        r"""``7 \pmod{12}``"""
        value, *modulus = split_on(tokens, {r"\mod"})
        if len(modulus) != 1 or not value or not modulus[0]:
            raise Unreadable("a remainder without its modulus")
        return Call("residue", (self._node(value), self._node(modulus[0])))

    def _enclosed(self, tokens: list[Token]) -> Value | None:
        opening, closing = tokens[0].text, tokens[-1].text
        inside = tokens[1:-1]
        if opening == r"\lbrace":
            described = self._described(inside)
            if described is not None:
                return described
            return Several(tuple(self._members(inside)) if inside else (), is_set=True)
        if opening in "([{" and inside and inside[0].text.startswith(r"\begin{"):
            return self._atom(inside)
        if opening == "{":
            return self.answer(inside)
        if opening in ("(", "[", r"\langle") and len(split(inside, separators=False)[0]) > 1:
            plain = {r"\langle": "(", r"\rangle": ")"}
            return self._bracketed(
                tokens, opening=plain.get(opening, opening), closing=plain.get(closing, closing)
            )
        if opening == "(" and (chain := split_chain(inside))[1]:
            return self._chain(*chain)
        if opening == "[" and len(inside) == 1:
            return self._atom(inside)
        return None

    def _members(self, tokens: list[Token]) -> list[Value]:
        """The members of a set; a set within stays one."""
        parts, _ = split(tokens, separators=True)
        if len(parts) > MAX_ITEMS:
            raise Unreadable(f"{len(parts)} items are no final answer")
        return [value for part in parts if part for value in self._expanded(part)]

    def _described(self, tokens: list[Token]) -> Value | None:
        r"""``x \mid 1 < x < 3``: what is said of the one letter that stands first."""
        for mark in (r"\mid", ":", "|"):
            parts = split_on(tokens, {mark})
            if len(parts) != 2 or not all(parts):
                continue
            if split_chain(parts[1])[1] == ["in"] and len(parts[0]) > 1:
                return self.answer(parts[0])  # ``\\frac\\pi4 + k\\pi \\mid k \\in \\mathbb{Z}``
            name, *domain = split_on(parts[0], {r"\in"})
            if len(name) == 1 and name[0].kind == "word" and split_chain(parts[1])[1]:
                said = self.answer(parts[1])
                if isinstance(said, Brackets):  # bound: `{t | t > 3}` is `{x | x > 3}`
                    said = replace(said, about="")
                return within(domain[0] if domain else [], said)
        return None

    def _bracketed(self, tokens: list[Token], *, opening: str, closing: str) -> Value:
        parts, _ = split(tokens[1:-1], separators=False)
        if len(parts) < 2 or not all(parts):
            raise Unreadable("a bracket with nothing between two commas")
        items = tuple([self.item(part) for part in parts])
        if opening == "[" and all(isinstance(item, Matrix) for item in items):
            return Several(items)  # as computer algebra lists them
        return Brackets(items, opening, closing)

    def _chain(self, parts: list[list[Token]], signs: list[str]) -> Value:
        if any(not part for part in parts):
            raise Unreadable("something is missing beside a relation sign")
        if "to" in signs[:-1]:  # ``m = 2 \\Rightarrow m + 1 = 3``: what follows is the answer
            last = max(i for i, sign in enumerate(signs) if sign == "to")
            if signs[last + 1 :]:
                return self._chain(parts[last + 1 :], signs[last + 1 :])
        if signs[-1] in ("in", "to"):
            if signs[-1] == "to" and all(t.kind == "number" for t in parts[-2]):
                raise Unreadable("an arrow from one number to another is no answer")
            item = self.item(parts[-1])
            if signs[-1] == "in" and isinstance(item, Brackets) and not item.about:
                return replace(item, about=_subject(parts[-2]))
            return item
        rounded = "~" in signs
        signs = ["=" if sign == "~" else sign for sign in signs]
        if signs == ["="] * len(signs):
            return self._equation(parts, rounded=rounded)
        terms = [self._node(part) for part in parts]
        said = solved(terms, signs) if self._solve else None
        return said or Relation(tuple(terms), tuple(signs))

    def _equation(self, parts: list[list[Token]], *, rounded: bool) -> Value:
        """``x = (1,2)`` and ``(x,y) = (1,2)`` name what follows; ``x + y = 2`` is an equation."""
        last = self._set(parts[-1])
        try:
            values = [*(self._name(unwrapped(part)) for part in parts[:-1]), last]
        except Unreadable:
            # ``E(2020, 1993) = 76``: a name that is no expression, and what it is.
            named = all(len(part) > 3 and encloses(part[1:]) for part in parts[:-1])
            if not named and any(t.text in ("+", "-") for part in parts[:-1] for t in part):
                raise
            return last
        nodes = [value for value in values if isinstance(value, NODES)]
        if len(nodes) == len(values):
            return Relation(tuple(nodes), ("=",) * (len(values) - 1), rounded)
        return last

    def _name(self, tokens: list[Token]) -> Value:
        """What stands left of "=": there ``u(t)`` is a name, and no unit step."""
        texts = [token.text for token in tokens]
        if derivative := _DERIVATIVE.fullmatch("".join(texts)):
            return Symbol(f"{derivative[1]}'")
        if len(tokens) == 4 and texts[0] in SIGNALS and (texts[1], texts[3]) == ("(", ")"):
            return Product((Symbol(texts[0].lstrip("\\")), Symbol(texts[2])))
        return self._atom(tokens)

    def _node(self, tokens: list[Token]) -> Node:
        value = self._atom(unwrapped(tokens))
        if isinstance(value, Quantity):
            value = value.value
        if not isinstance(value, NODES):
            raise Unreadable("an expression was expected beside a sign")
        return value
