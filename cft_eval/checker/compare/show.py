"""Values as a reader writes them, for the sentences of a verdict."""

from fractions import Fraction

from cft_eval.checker.types.values import (
    BOUND_MARK,
    Brackets,
    Call,
    Cases,
    Matrix,
    Node,
    Number,
    Numeral,
    Power,
    Product,
    Quantity,
    Ratio,
    Relation,
    Several,
    Sum,
    Symbol,
    Text,
    Union,
    Value,
    Within,
)

MAX_SHOWN = 60
MAX_TERMS_SHOWN = 9
MAX_FACTORS_SHOWN = 12


def show(value: object) -> str:
    """A value as a reader writes it, cut where it is long."""
    text = _written(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _written(value: object) -> str:
    match value:
        case Number() | Symbol() | Sum() | Product() | Power() | Call():
            return _expression(value)[0]
        case Brackets(items, opening, closing):
            return opening + ", ".join(map(_written, items)) + closing
        case Several(items):
            listed = ", ".join(map(_written, items))
            return f"{{{listed}}}" if value.is_set or not items else listed
        case Union(parts):
            return " \u222a ".join(map(_written, parts))
        case Relation(terms, signs):
            return _written(terms[0]) + "".join(
                f" {_SIGNS.get(sign, sign)} {_written(term)}"
                for sign, term in zip(signs, terms[1:], strict=True)
            )
        case Quantity(inside, unit):
            return f"{_written(inside)} {unit.strip()}"
        case Numeral(digits, base):
            return f"{digits} in base {base}"
        case Text(words):
            return f'"{words}"'
        case Matrix(rows):
            return "[" + "; ".join(", ".join(map(_written, row)) for row in rows) + "]"
        case Cases(branches):
            shown = (f"{_written(each.value)} if {_written(each.condition)}" for each in branches)
            return "; ".join(shown)
        case Within(numbers, inside):
            return f"the numbers of {numbers} in {_written(inside)}"
        case Ratio(parts):
            return ":".join(map(_written, parts))
        case _:
            return "…"


_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠"}
_SYMBOLS = {"oo": "∞", "pi": "π"}
_NAMES = {"step": "u", "dirac": "δ"}
_SUM, _PRODUCT, _POWER, _ATOM = range(4)
"""How tightly an expression holds together: what is looser than its position gets brackets."""


def _expression(node: object) -> tuple[str, int]:
    match node:
        case Number(number):
            bits = max(number.numerator.bit_length(), number.denominator.bit_length())
            tight = _SUM if number < 0 else _PRODUCT if number.denominator > 1 else _ATOM
            return str(number) if bits < 300 else "a number of many digits", tight
        case Symbol(name):
            return _SYMBOLS.get(name, name).replace(BOUND_MARK, "k"), _ATOM
        case Sum(terms):
            return _sum(terms), _SUM
        case Product(factors):
            return _product(factors)
        case Power(base, Number(value)) if value == Fraction(1, 2):
            return f"√{_held(base, _ATOM)}", _POWER
        case Power(base, Number(value)) if value == -1:
            return f"1/{_held(base, _POWER)}", _PRODUCT
        case Power(base, exponent):
            return f"{_held(base, _ATOM)}^{_held(exponent, _ATOM)}", _POWER
        case Call("factorial", (inside,)):
            return f"{_held(inside, _ATOM)}!", _ATOM
        case Call("degree" | "percent" as name, (inside,)):
            return f"{_held(inside, _ATOM)}{'°' if name == 'degree' else '%'}", _ATOM
        case Call("residue", (value, modulus)):
            return f"{_held(value, _SUM)} mod {_held(modulus, _POWER)}", _SUM
        case Call("abs", (inside,)):
            return f"|{_held(inside, _SUM)}|", _ATOM
        case Call(name, arguments):
            return f"{_NAMES.get(name, name)}({', '.join(map(_written, arguments))})", _ATOM
        case _:
            return _written(node), _ATOM


def _held(node: object, position: int) -> str:
    text, tight = _expression(node)
    return text if tight >= position else f"({text})"


def _sum(terms: tuple[Node, ...]) -> str:
    text = ""
    for position, term in enumerate(terms[:MAX_TERMS_SHOWN]):
        shown = _held(term, _SUM) if isinstance(term, (Number, Product)) else _held(term, _PRODUCT)
        text += shown if not position else f" - {shown[1:]}" if shown[0] == "-" else f" + {shown}"
    return text


def _product(factors: tuple[Node, ...]) -> tuple[str, int]:
    sign, rest = "", list(factors[:MAX_FACTORS_SHOWN])
    if isinstance(rest[0], Number) and rest[0].value == -1 and len(rest) > 1:
        sign, rest = "-", rest[1:]
    text = ""
    for position, factor in enumerate(rest):
        match factor:
            case Power(base, Number(value)) if value == -1 and position:
                text += f"/{_held(base, _POWER)}"
            case _:
                text += ("*" if position else "") + _held(factor, _POWER if position else _PRODUCT)
    return sign + text, _SUM if sign else _PRODUCT


def kind(value: Value) -> str:
    names = {
        Brackets: "a tuple or an interval", Several: "a list", Union: "a union", Matrix: "a matrix",
        Relation: "an equation or inequality", Ratio: "a ratio", Numeral: "a numeral in a base",
        Text: "words", Within: "a set of numbers", Quantity: "a quantity",
    }  # fmt: skip
    return names.get(type(value), "an expression")
