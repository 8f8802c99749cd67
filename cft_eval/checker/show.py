"""Values as a reader writes them, for the sentences of a verdict."""

from cft_eval.checker.values import (
    Brackets,
    Call,
    Matrix,
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
)

MAX_SHOWN = 60


def show(value: object) -> str:
    """A value as a reader writes it, cut where it is long."""
    text = _written(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _written(value: object) -> str:
    match value:
        case Number(number):
            bits = max(number.numerator.bit_length(), number.denominator.bit_length())
            return str(number) if bits < 300 else "a number of many digits"
        case Symbol(name):
            return name
        case Sum(terms):
            return "(" + " + ".join(map(_written, terms[:9])) + ")"
        case Product((Number(minus), rest)) if minus == -1:
            return f"-{_written(rest)}"
        case Product(factors):
            return "*".join(map(_written, factors[:9]))
        case Power(base, exponent):
            return f"{_written(base)}^{_written(exponent)}"
        case Call(name, arguments):
            return f"{name}({', '.join(map(_written, arguments))})"
        case Brackets(items, opening, closing):
            return opening + ", ".join(map(_written, items)) + closing
        case Several(items) | Union(items):
            return "{" + ", ".join(map(_written, items)) + "}"
        case Relation(terms, signs):
            return _written(terms[0]) + "".join(
                f" {sign} {_written(term)}" for sign, term in zip(signs, terms[1:], strict=True)
            )
        case Quantity(inside, unit):
            return f"{_written(inside)} {unit.strip()}"
        case Numeral(digits, base):
            return f"{digits} in base {base}"
        case Text(words):
            return f'"{words}"'
        case Matrix(rows):
            return "[" + "; ".join(", ".join(map(_written, row)) for row in rows) + "]"
        case Ratio(parts):
            return ":".join(map(_written, parts))
        case _:
            return "…"


def kind(value: Value) -> str:
    names = {
        Brackets: "a tuple or an interval", Several: "a list", Union: "a union", Matrix: "a matrix",
        Relation: "an equation or inequality", Ratio: "a ratio", Numeral: "a numeral in a base",
        Text: "words", Quantity: "a quantity",
    }  # fmt: skip
    return names.get(type(value), "an expression")
