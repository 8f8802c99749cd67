"""Every function that answers may name: one row says all that the checker knows of it by name.

What it is called in texts, how many arguments it takes, what becomes of it exactly, in digits
and in sympy. To add a function, add a row. Rules that look inside of an expression (bounds in
`exact`, derivatives in `types.binding`, products of sines in `algebra`) stand where they work.
Neither mpmath nor sympy is loaded here: the rows hold the names of their functions.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from cft_eval.checker.prove import digits, functions, whole_numbers
from cft_eval.checker.prove.algebra import atom, function
from cft_eval.checker.prove.atoms import Form
from cft_eval.checker.types.values import (
    EULER,
    HALF,
    MINUS_ONE,
    Call,
    Node,
    Number,
    Power,
    Sum,
    polar,
)


class Function(NamedTuple):
    name: str
    """In our trees."""

    spellings: str
    r"""In answers, with a space between them; with and without a backslash. Empty for what has a
    notation of its own: ``n!``, ``\sqrt[3]{x}``, ``50\%``."""

    exact: Callable[..., Form] | None = None
    """Of forms. None: it is an atom of its own."""

    numeric: str | Callable[..., Any] | None = None
    """mpmath's function, or one of its context and numbers. None: it has no value."""

    sympy: str | Callable[..., Any] | None = None
    """sympy's function, or one of sympy and its expressions. None: an undefined function."""

    most: int | None = 1
    """Arguments that may stand in its brackets; None for any number."""

    inverse: str = ""
    r"""What ``\sin^{-1}`` means; empty where it is the reciprocal."""

    of_time: str = ""
    """Letters that mean it, where they stand before a time: ``u(t-1)``."""

    angle: bool = False
    """Is its argument in degrees where it says so?"""

    written_as: Callable[[Node], Node] | None = None
    """The tree that it is only another writing of: ``exp`` is a power of e."""


def _sympy_logarithm(sympy: Any, x: Any, base: Any = 10) -> Any:
    return sympy.log(x) / sympy.log(base)


def _sympy_percent(_: Any, x: Any) -> Any:
    return x / 100


def _sympy_degrees(_: Any, x: Any) -> Any:
    return x


def _natural_power(x: Node) -> Node:
    return Power(EULER, x)


def _shifted_factorial(x: Node) -> Node:
    return Call("factorial", (Sum((x, MINUS_ONE)),))


def _square_root(x: Node) -> Node:
    return Power(x, HALF)


def _cube_root(x: Node) -> Node:
    return Call("root", (x, Number(Fraction(3))))


ROWS = (
    Function("sin", "sin Sin", functions.sine, "sin", "sin", inverse="asin", angle=True),
    Function("cos", "cos Cos", functions.cosine, "cos", "cos", inverse="acos", angle=True),
    Function("tan", "tan tg Tan", functions.tangent, "tan", "tan", inverse="atan", angle=True),
    Function(
        "cot", "cot cotan ctg Cot", functions.cotangent, "cot", "cot", inverse="acot", angle=True
    ),
    Function("sec", "sec Sec", functions.secant, "sec", "sec", inverse="asec", angle=True),
    Function("csc", "csc cosec Csc", functions.cosecant, "csc", "csc", inverse="acsc", angle=True),
    Function("sinh", "sinh Sinh", functions.hyperbolic_sine, "sinh", "sinh", inverse="asinh"),
    Function("cosh", "cosh Cosh", functions.hyperbolic_cosine, "cosh", "cosh", inverse="acosh"),
    Function("tanh", "tanh Tanh", functions.hyperbolic_tangent, "tanh", "tanh", inverse="atanh"),
    Function("coth", "coth", functions.hyperbolic_cotangent, "coth", "coth"),
    Function("sech", "sech", functions.hyperbolic_secant, "sech", "sech"),
    Function("csch", "csch", functions.hyperbolic_cosecant, "csch", "csch"),
    Function("asin", "asin arcsin Arcsin ArcSin", functions.arcsine, "asin", "asin"),
    Function("acos", "acos arccos Arccos ArcCos", functions.arccosine, "acos", "acos"),
    Function("atan", "atan arctan Arctan arctg ArcTan", functions.arctangent, "atan", "atan"),
    Function("acot", "acot arccot Arccot", None, "acot", "acot"),
    Function("asec", "asec arcsec", None, "asec", "asec"),
    Function("acsc", "acsc arccsc arccosec", None, "acsc", "acsc"),
    Function(
        "asinh",
        "asinh arsinh arcsinh argsinh Arcsinh Arsinh Argsinh",
        functions.area_sine,
        "asinh",
        "asinh",
    ),
    Function(
        "acosh",
        "acosh arcosh arccosh argcosh Arccosh Arcosh Argcosh",
        functions.area_cosine,
        "acosh",
        "acosh",
    ),
    Function(
        "atanh",
        "atanh artanh arctanh argtanh Arctanh Artanh Argtanh",
        functions.area_tangent,
        "atanh",
        "atanh",
    ),
    Function(
        "acoth", "acoth arcoth arccoth argcoth Arccoth Arcoth Argcoth", None, "acoth", "acoth"
    ),
    Function(
        "asech", "asech arsech arcsech argsech Arcsech Arsech Argsech", None, "asech", "asech"
    ),
    Function(
        "acsch", "acsch arcsch arccsch argcsch Arccsch Arcsch Argcsch", None, "acsch", "acsch"
    ),
    Function("ln", "ln Log Ln", functions.natural_logarithm, digits.natural_logarithm, "log"),
    Function("log", "log lg", functions.logarithm, digits.logarithm, _sympy_logarithm, most=2),
    Function("exp", "exp Exp", written_as=_natural_power),
    Function("sqrt", "sqrt Sqrt", written_as=_square_root),
    Function("cbrt", "cbrt", written_as=_cube_root),
    Function("cis", "cis", written_as=polar),
    Function("root", "", functions.root, digits.real_root, "real_root", most=2),
    Function("abs", "abs Abs", functions.absolute_value, digits.absolute, "Abs"),
    Function("sign", "sign signum sgn", whole_numbers.sign, "sign", "sign"),
    Function("floor", "floor Floor", whole_numbers.floor, digits.floor, "floor"),
    Function("ceil", "ceil Ceiling ceiling", whole_numbers.ceiling, digits.ceiling, "ceiling"),
    Function("max", "max Max", whole_numbers.largest, digits.largest, "Max", most=None),
    Function("min", "min Min", whole_numbers.smallest, digits.smallest, "Min", most=None),
    Function("gcd", "gcd", whole_numbers.common_divisor, digits.common_divisor, "gcd", most=None),
    Function("lcm", "lcm", whole_numbers.common_multiple, digits.common_multiple, "lcm", most=None),
    Function("mod", "", whole_numbers.remainder, digits.remainder, "Mod", most=2),
    Function("factorial", "factorial", whole_numbers.factorial, digits.factorial, "factorial"),
    Function("gamma", "", written_as=_shifted_factorial),
    Function(
        "factorial2", "", whole_numbers.double_factorial, digits.double_factorial, "factorial2"
    ),
    Function(
        "binomial", "binomial Binomial", whole_numbers.binomial, digits.binomial, "binomial", most=2
    ),
    Function("conj", "", functions.conjugate, "conj", "conjugate"),
    Function("re", "Re", functions.real_part, "re", "re"),
    Function("im", "Im", functions.imaginary_part, "im", "im"),
    Function("arg", "arg", None, "arg", "arg"),
    Function("erf", "erf", functions.error_function, "erf", "erf"),
    Function(
        "step",
        "step heaviside Heaviside",
        functions.unit_step,
        digits.smooth_step,
        "Heaviside",
        of_time="u H",
    ),
    Function(
        "dirac", "dirac", functions.impulse, digits.smooth_impulse, "DiracDelta", of_time=r"\delta"
    ),
    Function("degree", "", functions.degrees, digits.degrees, _sympy_degrees),
    Function("percent", "", functions.percent, digits.percent, _sympy_percent),
    Function("det", "det"),
    Function("residue", "", most=2),
    Function("derivative", "", most=2),
)

BY_NAME = {row.name: row for row in ROWS}
BY_SPELLING = {spelling: row for row in ROWS for spelling in row.spellings.split()}
SIGNALS = {letter: row for row in ROWS for letter in row.of_time.split()}
CIRCULAR = frozenset(row.name for row in ROWS if row.angle)


def form_of(name: str, arguments: tuple[Form, ...]) -> Form:
    """The form of a function of these forms."""
    row = BY_NAME.get(name)
    if row is None or row.exact is None:
        return atom(function(name, arguments))
    return row.exact(*arguments)


def number_of(name: str, arguments: list[Any], mp: Any) -> Any:
    """The value of a function of mpmath's numbers; raises `NoValue`."""
    row = BY_NAME.get(name)
    if row is None or row.numeric is None:
        raise digits.NoValue(name)
    if isinstance(row.numeric, str):
        return getattr(mp, row.numeric)(*arguments)
    return row.numeric(mp, *arguments)


def sympy_of(name: str, arguments: list[Any], sympy: Any) -> Any:
    """A function of sympy's expressions, as one."""
    row = BY_NAME.get(name)
    if row is None or row.sympy is None:
        return sympy.Function(name)(*arguments)
    if isinstance(row.sympy, str):
        return getattr(sympy, row.sympy)(*arguments)
    return row.sympy(sympy, *arguments)
