r"""The grammar of expressions: tokens to a tree. Recursive descent; nothing is evaluated.

    whole    = sum [("\over" | "\choose" | "\angle") sum]
    sum      = ["+" | "-"] product (("+" | "-") product)*
    product  = power (("*" | "/" | nothing) power)*
    power    = postfix ["^" exponent]
    postfix  = primary ("!" | "%" | degree)*
    primary  = number | symbol | "(" sum ")" | "|" sum "|" | "\frac" group group | "\sqrt" …
             | "\lfloor" sum "\rfloor" | "\binom" group group | function [power] argument

A number before a fraction is a mixed number: ``8\frac47`` is 60/7. What letters mean is in
`letters`, names and numbers are in `notation`. Its tests are pairs of answers:
``tests/checker/test_forms.py`` (what is read), ``test_traps.py`` (what is no equality) and
``test_names_marks_and_words.py``.
"""

from cft_eval.checker.prove.registry import BY_NAME, BY_SPELLING, SIGNALS, Function
from cft_eval.checker.read.letters import (
    CHOICES,
    choice_of_two,
    letter,
    letters,
    numbered,
    of_events,
    of_time,
    one_letter,
    overlined,
    power_binds_to_last,
    read_subscript,
    starts_function,
    subscripted,
)
from cft_eval.checker.read.notation import (
    GREEK,
    IN_PLAIN_TEXT,
    SAME_LETTER,
    WORDS,
    is_word,
    number,
    repeating,
    spaced_fraction,
)
from cft_eval.checker.read.structures import STRUCTURES, GrammarRules, leibniz, structure, value_at
from cft_eval.checker.types.tokens import END, Reader, Token, Unreadable
from cft_eval.checker.types.values import (
    HALF,
    INFINITY,
    MINUS_ONE,
    PI,
    Call,
    Node,
    Number,
    Power,
    Sum,
    Symbol,
    negative,
    polar,
    product,
    quotient,
)
from cft_eval.checker.types.vectors import ARROW, cross, dotted, holds_vector

MAX_MARKS = 8
"""Factorials, primes and percents after one another."""

_OPERATORS = ("*", r"\cdot", r"\times", "/", r"\div", r"\bmod", r"\cross", r"\inner")
r"""``\cross`` and ``\inner`` are what `compare.notations` writes where letters are vectors."""


def read_sum(reader: Reader) -> Node:
    """sum = ["+" | "-"] product (("+" | "-") product)*"""
    terms = [_signed(reader)]
    while sign := reader.take("+", "-"):
        term = _signed(reader)
        terms.append(term if sign == "+" else negative(term))
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def read_whole(reader: Reader) -> Node:
    r"""whole = sum [("\over" | "\choose") sum]: TeX's own fractions take all of their group."""
    node = read_sum(reader)
    match reader.take(r"\over", r"\choose", r"\angle"):
        case r"\over":
            return quotient(node, read_sum(reader))
        case r"\choose":
            return Call("binomial", (node, read_sum(reader)))
        case r"\angle":
            return product(node, polar(read_sum(reader)))
        case _:
            return node


def _signed(reader: Reader) -> Node:
    sign = 1
    while reader.next.text in ("+", "-") and reader.next.kind == "sign":
        sign = -sign if reader.pop().text == "-" else sign
    node = read_product(reader)
    return negative(node) if sign < 0 else node


def read_product(reader: Reader) -> Node:
    r"""product = power (("*" | "/" | nothing) power)*; ``1/2x`` is (1/2)x, as it is written."""
    node = read_power(reader)
    while True:
        match reader.take(*_OPERATORS):
            case "/" | r"\div":
                node = quotient(node, _factor(reader))
            case r"\bmod":
                node = Call("mod", (node, _factor(reader)))
            case r"\cross" | r"\inner" as sign:
                node = _vector_product(reader, node, crossed=sign == r"\cross")
            case "":
                if not _starts_factor(reader):
                    return node
                node = _adjacent(reader, node)
            case _:
                node = product(node, _factor(reader))


def _vector_product(reader: Reader, node: Node, *, crossed: bool) -> Node:
    r"""After ``\cross`` or ``\inner``: the factors up to the vector, as in ``r\times mv``."""
    right = _factor(reader)
    while crossed and not holds_vector(right) and _starts_factor(reader):
        right = product(right, read_power(reader))
    return cross(node, right) if crossed else dotted(product(node, right))


def _factor(reader: Reader) -> Node:
    """A factor after a sign may carry its own: ``2 * -3``."""
    if reader.next.text in ("+", "-") and reader.next.kind == "sign":
        sign = reader.pop().text
        return negative(_factor(reader)) if sign == "-" else _factor(reader)
    return read_power(reader)


def _adjacent(reader: Reader, node: Node) -> Node:
    previous = reader.tokens[reader.position - 1]
    mixed = (
        isinstance(node, Number)
        and node.value.denominator == 1
        and previous.kind == "number"
        and reader.next.text == r"\frac"
    )
    following = read_power(reader)
    if mixed and isinstance(following, Call) and following.name in ("percent", "degree"):
        [share] = following.arguments
        if isinstance(node, Number) and isinstance(share, Number) and 0 < share.value < 1:
            return Call(following.name, (Number(node.value + share.value),))
    if mixed and isinstance(node, Number) and isinstance(following, Number):
        if 0 < following.value < 1:
            return Number(node.value + following.value)
    elif previous.kind == "number" and isinstance(following, Number):
        mixed_number = spaced_fraction(reader, node, following)
        if mixed_number is not None:
            return mixed_number
        if reader.tokens[reader.position - 1].kind == "number":
            raise reader.error("two numbers side by side")
    return product(node, following)


def _starts_factor(reader: Reader) -> bool:
    token = reader.next
    if token is END or token.kind == "text":
        return False
    if token.kind in ("number", "word"):
        return True
    if token.kind == "command":
        name = token.text[1:]
        return (
            name in BY_SPELLING
            or name in GREEK
            or name in STRUCTURES
            or name in ("frac", "sqrt", "pi", "binom", "lfloor", "lceil", "infty")
            or name in ("overline", "dot", "ddot", "vector", "evaluated")
        )
    return token.text in ("(", "[", "{") or (token.text == "|" and not reader.bars)


def read_power(reader: Reader) -> Node:
    """power = postfix ["^" exponent]; ``2^3^4`` is 2^(3^4)."""
    base = _postfix(reader, _primary(reader))
    if reader.take("^"):
        base = _postfix(reader, Power(base, read_exponent(reader)))
    return base


def read_exponent(reader: Reader) -> Node:
    """A group, or one token as TeX takes it: ``x^12`` is x^1·2 there, but nobody means that."""
    if reader.next.text == "{":
        return _group(reader)
    if reader.next.text in ("+", "-") and reader.next.kind == "sign":
        sign = reader.pop().text
        return negative(read_exponent(reader)) if sign == "-" else read_exponent(reader)
    node = _postfix(reader, _primary(reader, single=True))
    return Power(node, read_exponent(reader)) if reader.take("^") else node


def _postfix(reader: Reader, node: Node) -> Node:
    for _ in range(MAX_MARKS):
        if reader.next.text == "!" and reader.next.kind == "sign":
            reader.pop()
            node = Call("factorial2", (node,)) if reader.take("!") else Call("factorial", (node,))
        elif reader.take("%"):
            node = Call("percent", (node,))
        elif reader.take(r"\degree"):
            node = Call("degree", (node,))
        elif reader.next.text == "'" and isinstance(node, Symbol):
            reader.pop()
            node = Symbol(node.name + "'")
        elif reader.next.text == r"\after" and isinstance(node, Symbol):
            reader.pop()
            node = Symbol(f"{node.name}\u2218{read_subscript(reader)}")
        else:
            return node
    raise reader.error(f"more than {MAX_MARKS} marks after one another")


def _primary(reader: Reader, *, single: bool = False) -> Node:
    token = reader.next
    if token.text in SIGNALS and not single and of_time(reader):
        reader.pop()
        return _function(reader, SIGNALS[token.text])
    if token.kind == "number":
        reader.pop()
        if reader.next.text == r"\overline" and "." in token.text:
            return repeating(reader, token.text)
        return number(token.text)
    if token.kind == "word":
        return _word(reader, single=single)
    if token.kind == "command":
        return _command(reader)
    if token.text == "{":
        return subscripted(reader, _group(reader))
    if reader.take("(", "["):
        node = read_whole(reader)
        reader.need(")" if token.text == "(" else "]")
        return node
    if reader.take("..."):
        return Symbol("dots")
    if reader.take("|"):
        reader.bars += 1
        node = read_sum(reader)
        reader.bars -= 1
        reader.need("|")
        return Call("abs", (node,))
    raise reader.error("expected a number, a letter or a bracket")


def _group(reader: Reader) -> Node:
    reader.need("{")
    node = read_whole(reader)
    reader.need("}")
    return node


def _argument(reader: Reader) -> Node:
    r"""What TeX takes after ``\frac``: a group, or one token, a digit at a time: ``\frac12``."""
    token = reader.next
    if token.text == "{":
        return _group(reader)
    if token.kind == "number" and token.text.isdigit() and len(token.text) > 1:
        reader.tokens[reader.position] = Token("number", token.text[1:])
        return number(token.text[0])
    if token.kind == "word" and len(token.text) > 1:
        reader.tokens[reader.position] = Token("word", token.text[1:])
        return letter(token.text[0])
    return _primary(reader, single=True)


def _word(reader: Reader, *, single: bool) -> Node:
    """A function, a constant, or letters that multiply; a subscript belongs to the last letter."""
    token = reader.pop()
    word = token.text
    if word in WORDS:
        return WORDS[word]
    if word in CHOICES and choice_of_two(reader):
        return Call("binomial", _function_arguments(reader))
    bare = single and len(word) > 1 and reader.next.text not in ("(", "[")
    if word == "Gamma" and reader.next.text == "(":
        return _function(reader, BY_NAME["gamma"])
    if word in BY_SPELLING and not bare:
        return _function(reader, BY_SPELLING[word])
    for length in range(min(7, len(word)), 1, -1):
        # ``xsin(x)`` and ``2pi r``: the longest known name inside the run.
        ends = word[-length:]
        if ends in BY_SPELLING or ends in WORDS or (length > 3 and ends in IN_PLAIN_TEXT):
            head = word[:-length]
            if head and not single:
                reader.position -= 1
                reader.tokens[reader.position] = Token("word", word[-length:])
                return letters(head)
    if word in IN_PLAIN_TEXT and not (single and len(word) == 2):
        return subscripted(reader, Symbol(SAME_LETTER.get(word, word)))
    if is_word(word) and not single:
        raise Unreadable(f"the word {word[:40]!r} was not understood")
    if single and len(word) > 1:
        reader.position -= 1
        reader.tokens[reader.position] = Token("word", word[1:])
        return letter(word[0])
    if len(word) > 1:
        return power_binds_to_last(reader, word)
    if single or word in "ei":
        return subscripted(reader, letter(word))
    if word == "P" and reader.next.text == "(" and (events := of_events(reader)):
        return events
    return numbered(reader, letter(word))


def _command(reader: Reader) -> Node:
    token = reader.pop()
    name = token.text[1:]
    if name == "frac":
        operator = leibniz(reader, _RULES)
        if operator is not None:
            return operator
        above = _argument(reader)
        return quotient(above, _argument(reader))
    if name == "binom":
        above = _argument(reader)
        return Call("binomial", (above, _argument(reader)))
    if name == "sqrt":
        return _root(reader)
    if name in STRUCTURES:
        return structure(reader, name, _RULES)
    if name in ("lfloor", "lceil"):
        node = read_sum(reader)
        reader.need(r"\rfloor" if name == "lfloor" else r"\rceil")
        return Call("floor" if name == "lfloor" else "ceil", (node,))
    if name == "overline":
        return subscripted(reader, _overlined(reader))
    if name in ("dot", "ddot"):
        return subscripted(reader, Symbol(read_subscript(reader) + "'" * (len(name) - 2)))
    if name in ("pi", "infty"):
        return PI if name == "pi" else INFINITY
    if name in BY_SPELLING:
        return _function(reader, BY_SPELLING[name])
    if name == "Gamma" and reader.next.text == "(":
        return _function(reader, BY_NAME["gamma"])
    if name in GREEK:
        return subscripted(reader, Symbol(SAME_LETTER.get(name, name)))
    if name == "evaluated":
        return value_at(reader, _RULES)
    if name == "vector":
        reader.need("{")
        letter_of = reader.pop().text.lstrip("\\")
        reader.need("}")
        return subscripted(reader, Symbol(f"{SAME_LETTER.get(letter_of, letter_of)}{ARROW}"))
    reader.position -= 1
    raise reader.error(f"the command \\{name} is not known")


def _overlined(reader: Reader) -> Node:
    before = reader.peek(-2) if reader.position > 1 else END
    node = one_letter(reader) or _argument(reader)
    if isinstance(node, Number) and "number" in (before.kind, reader.next.kind):
        raise reader.error("digits with a bar beside digits without")
    return overlined(node)


def _root(reader: Reader) -> Node:
    degree: Node | None = None
    if reader.take("["):
        degree = read_sum(reader)
        reader.need("]")
    inside = _argument(reader) if reader.next.text != "(" else _primary(reader)
    if degree is None:
        return Power(inside, HALF)
    return Call("root", (inside, degree))


def _function(reader: Reader, row: Function) -> Node:
    r"""``\sin x``, ``\sin^2 x``, ``\sin^{-1} x``, ``\log_2 8``, ``\max(a, b)``."""
    base: Node | None = None
    exponent: Node | None = None
    for _ in range(2):
        if base is None and reader.take("_"):
            base = _argument(reader)
        elif exponent is None and reader.take("^"):
            exponent = read_exponent(reader)
    arguments = _function_arguments(reader)
    if row.most is not None and len(arguments) > row.most:
        raise reader.error(f"{row.name} of {len(arguments)} arguments")
    if row.written_as is not None:
        [inside] = arguments
        node = row.written_as(inside)
    elif row.name == "log" and base is not None:
        node = Call("log", (*arguments, base))
    elif exponent == MINUS_ONE and row.inverse:
        return Call(row.inverse, arguments)
    else:
        node = Call(row.name, arguments)
    return node if exponent is None else Power(node, exponent)


_ARGUMENTS = {"(": ")", "[": "]", "{": "}", r"\lbrace": r"\rbrace"}


def _function_arguments(reader: Reader) -> tuple[Node, ...]:
    """In brackets, or everything up to the next sign or function: ``\\sin 2x`` is sin(2x)."""
    if reader.next.text in _ARGUMENTS:
        closing = _ARGUMENTS[reader.pop().text]
        arguments = [read_sum(reader)]
        while reader.take(","):
            arguments.append(read_sum(reader))
        reader.need(closing)
        return tuple(arguments)
    negated, node = reader.take("-"), read_power(reader)
    while _continues_argument(reader) and not starts_function(reader):
        if reader.take("/"):
            node = quotient(node, read_power(reader))
        else:
            reader.take("*", r"\cdot", r"\times")
            node = product(node, read_power(reader))
    return (negative(node) if negated else node,)


def _continues_argument(reader: Reader) -> bool:
    token = reader.next
    if token.kind == "word":
        return not any(token.text.startswith(name) for name in BY_SPELLING if len(name) > 2)
    if token.kind == "command":
        return token.text[1:] in GREEK or token.text in (r"\frac", r"\pi", r"\sqrt")
    return token.kind == "number" or token.text == "/"


_RULES = GrammarRules(read_sum, read_product, _argument)
