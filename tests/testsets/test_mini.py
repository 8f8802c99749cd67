"""Our own problems: every answer form of the benchmarks, and references computed a second way."""

import cmath
import itertools
import math
import re
from collections.abc import Iterable
from fractions import Fraction

import pytest
import sympy

from cft_eval.testsets import BENCHMARKS, SUITE
from cft_eval.testsets.load import load

F = Fraction
x, n, t = sympy.symbols("x n t")


def _count(found: Iterable[object]) -> int:
    return len(list(found))


def _digits(value: int, base: int) -> str:
    return "" if value == 0 else _digits(value // base, base) + str(value % base)


def _frac(value: Fraction) -> str:
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


def _list(values: Iterable[object]) -> str:
    return ",".join(map(str, values))


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


MATRIX = sympy.Matrix([[1, 2], [0, 3]])
CROSS = sympy.Matrix([1, 0, 2]).cross(sympy.Matrix([0, 3, 1]))
DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

TOSSES = [c for c in map("".join, itertools.product("HT", repeat=3)) if "HH" not in c]

# Computed from the problem, not from its solution; `text` is what the reference must read.
MATH = {
    0: 3 * 8 - 5,
    1: pow(7, 10, 11),
    2: _frac(F(5, 12) * F(4, 11)),
    3: _frac(F(18, 99)).replace("{2}{11}", "2{11}"),
    4: "3\\sqrt{5}" if (4 - 1) ** 2 + (8 - 2) ** 2 == 9 * 5 else "",
    5: rf"{F(6, 2) ** 2}\pi",
    6: r"5\sqrt2" if 5**2 + 5**2 == 5**2 * 2 else "",
    7: "(x-7)(x+2)" if sympy.expand((x - 7) * (x + 2)) == x**2 - 5 * x - 14 else "",
    8: f"a^{2 * 3 - 1}",
    9: "(2,5)" if 2 * 2 + 1 == 5 == -2 + 7 else "",
    10: rf"{180 - 48 - 67}^\circ",
    11: rf"\frac{{{180 * (7 - 2)}}}7\text{{degrees}}",
    12: str(3 / 8).lstrip("0"),
    13: r"\begin{{pmatrix}}{}&{}\\{}&{}\end{{pmatrix}}".format(*tuple(MATRIX**2)),
    14: r"\begin{{pmatrix}}{}\\{}\\{}\end{{pmatrix}}".format(*tuple(CROSS)),
    15: _list(r for r in range(-20, 20) if r * r - r - 12 == 0),
    16: f"({2 - 5},{2 + 5})",
    17: r"(-\infty,{}]\cup[{},\infty)".format(*tuple(sorted(sympy.solve(x**2 - 4 * x - 5)))),
    18: rf"{7 * 4}\mbox{{cm}}^2",
    19: rf"\text{{{DAYS[(2 + 100) % 7]}}}",
    20: 12**4,
    21: 50_000 // 4,
    22: sympy.latex(sympy.expand((3 + 2 * sympy.I) * (1 - 4 * sympy.I))).replace(" ", ""),
    23: r"\text{{({})}}".format(
        "ABCDE"[max(range(5), key=[2**10, 10**3, 31**2, 720, 1023].__getitem__)]
    ),
    24: f"y=-2x+{3 + 2 * 1}",
    25: f"{_digits(100, 6)}_6",
    26: rf"\${24 * 0.85:.2f}",
    27: rf"{(1 - F(12, 10) * F(8, 10)) * 100}\%",
    28: r"4\frac{5}{12}" if F(7, 4) + F(8, 3) == 4 + F(5, 12) else "",
    29: r"2\pm\sqrt{5}"
    if set(sympy.solve(x**2 - 4 * x - 1)) == {2 - sympy.sqrt(5), 2 + sympy.sqrt(5)}
    else "",
    30: rf"{F(2 + 1, 3)}<x\le{F(8 + 1, 3)}",
    31: rf"\{{{_list(d for d in range(1, 13) if 12 % d == 0 and d % 2 == 0)}\}}",
    32: f"{F(18, 30).numerator}:{F(18, 30).denominator}",
    33: rf"{math.isqrt(150)}\text{{and}}{math.isqrt(150) + 1}",
}
GSM8K = dict(
    enumerate(
        [
            7 + 5,
            15 - 6,
            4 * 6,
            36 // 12,
            90 - 55,
            28 - 9 + 4,
            8 * 6,
            8 - 3 * 2,
            100 - 12 * 5,
            4 * 3 + 2 * 5,
            60 * 3 + 40 * 2,
            3 * 60 // 12,
            (9 + 4) + (9 * 3 + 4),
            80 * 3 // 4 + 6,
            48 * F(1, 2) * F(2, 3),
            18 * 40 + 6 * 27,
            500 - 12 * 15 + 5 * 20,
            25 * 50,
            340 * 45 - 6300,
            5 - 3 * 3,
            4 * (5 * 3 + 2 * 5),
            72 * F(5, 8),
            F(3 * 8, 4),
            sum(20 + 5 * day for day in range(5)),
        ]
    )
)
MINERVA = {
    0: f"{math.sqrt(2 * 20 / 10):g}",
    1: _scientific(6.626e-34 * 3e8 / 5e-7, 3),
    2: _scientific(9 / 18 * 6.02e23, 2),
    3: f"{1.5e11 / 3e8:g}",
    13: _scientific(2e-6 * 3e-3, 2),
    14: f"{-math.log10(0.010):.1f}",
    15: f"{math.log2(8):g}",
    16: f"{math.log2(6):.3g}",
    17: _scientific(4 * 3.8e26, 2),
}
OLYMPIADBENCH = {
    0: _count(k for k in range(1, 101) if (k * k + k) % 10 == 0),
    1: _frac(sum((F(1, k * (k + 1)) for k in range(1, 10)), F(0))),
    2: _list(k for k in range(3, 1000) if (k + 10) % (k - 2) == 0),
    4: rf"{100 * len(TOSSES) / 8:.1f}\%",
    5: next(f"({a},{b})" for a in range(1, 50) for b in range(1, a) if a * a - b * b == 13),
    6: _list(f"({a},{b})" for a in range(1, 50) for b in range(1, 50) if a * b == a + b + 3),
    13: F(1, 2) * 360 / 5,
    14: f"{math.sqrt(2) + math.sqrt(3):.1f}",
    16: F(12, 20 + 16) * 60,
    18: _list(k for k in range(-50, 50) if k**3 - 6 * k**2 + 11 * k - 6 == 0),
}
AIME24 = dict(
    enumerate(
        [
            pow(3, 100, 1000),
            _count(d for d in range(1, 1905) if math.factorial(10) % (d * d) == 0),
            sum(
                F(
                    _count(d for d in itertools.product(range(1, 7), repeat=3) if sum(d) == 10),
                    6**3,
                ).as_integer_ratio()
            ),
            _count((a, b) for a in range(21) for b in range(21 - a)),
            _count(mask for mask in range(1 << 10) if not mask & (mask << 1)),
            next(k for k in range(1, 999) if (k % 5, k % 7, k % 9) == (2, 3, 4)),
            sum(
                k
                for k in range(1, 9999)
                if math.isqrt(k * k + 6 * k + 58) ** 2 == k * k + 6 * k + 58
            ),
            sum((F(84, 21) * F(13 * 14 * 15, 4 * 84)).as_integer_ratio()),
            next(k for k in range(2024) if math.factorial(2024) % 10 ** (k + 1)),
            _count(k for k in range(1, 1000) if sum(map(int, str(k))) == 9),
            list(itertools.accumulate(range(7), lambda a, _: 2 * a + 3, initial=1))[-1],
            _count(
                p for p in itertools.product(range(-8, 9), repeat=2) if p[0] ** 2 + p[1] ** 2 < 50
            ),
            list(itertools.accumulate(range(9), lambda p, _: (p[1], p[0] + p[1]), initial=(1, 2)))[
                -1
            ][0],
            sum(root**3 for root in sympy.solve(x**3 - 7 * x**2 + 14 * x - 8)),
            next(
                k for k in range(1, 999) if abs(sum(math.log(k, b) for b in (2, 4, 16)) - 7) < 1e-9
            ),
        ]
    )
)
AMC23 = dict(
    enumerate(
        [
            F(30 + 8, 2),
            F(5 * 400, 8 * 60 + 20),
            5 * 18 - (10 + 15 + 20 + 25),
            _count(k for k in range(1, 50) if k % 3 == 0 or k % 7 == 0),
            F(-3, 4) * F(4, 3),
            5**2 - 2,
            math.comb(12, 2) - 12,
            sum(map(int, str(10**20 - 1))),
            next(a * (17 - a) for a in range(1, 17) if a * a + (17 - a) ** 2 == 169),
            _count(k for k in range(100, 1000) if list(str(k)) == sorted(set(str(k)))),
            min(k * k - 6 * k + 11 for k in range(-50, 50)),
            math.comb(7, 3),
            pow(7, 2023, 10),
            sum(2**k for k in range(10)),
            next(k for k in range(3, 99) if 180 * (k - 2) == 1440),
            _count(k for k in range(-99, 99) if abs(k - 3) + abs(k + 2) == 5),
        ]
    )
)
VERIFIED = {
    f"mini_{name}/{index}": str(value)
    for name, table in [
        ("math", MATH),
        ("gsm8k", GSM8K),
        ("minerva_math", MINERVA),
        ("olympiadbench", OLYMPIADBENCH),
        ("aime24", AIME24),
        ("amc23", AMC23),
    ]
    for index, value in table.items()
}
# Symbolic references: true exactly if the expression is.
IDENTITIES = {
    "mini_minerva_math/4": sympy.integrate(x**2, (x, 0, 1)) == F(1, 3),
    "mini_minerva_math/5": sympy.diff(5 * sympy.exp(-3 * t), t) == -15 * sympy.exp(-3 * t),
    "mini_minerva_math/6": F(5, 100) == F(1, 20) and F(2, 10) * 5 == 1,
    "mini_minerva_math/7": sympy.solve(120 - 2 * x - n, x) == [60 - n / 2],
    "mini_minerva_math/8": sympy.diff(sympy.cos(3 * t), t, 2) == -9 * sympy.cos(3 * t),
    "mini_minerva_math/9": 1 / sympy.sqrt(1 - (sympy.sqrt(3) / 2) ** 2) == 2,
    "mini_minerva_math/10": F(1, 2) * 3 * 5**2 == F((3 * 5) ** 2, 2 * 3),
    "mini_minerva_math/11": 1 / (F(1, 3) + F(1, 6)) == F(3 * 6, 3 + 6),
    "mini_minerva_math/12": sympy.integrate(sympy.exp(-3 * t), (t, 2, sympy.oo))
    == sympy.exp(-6) / 3,
    "mini_minerva_math/18": cmath.isclose(
        cmath.exp(complex(-1, 2)).real, math.exp(-1) * math.cos(2)
    ),
    "mini_olympiadbench/3": len(set(itertools.permutations("BALLOON"))) == math.factorial(7) // 4,
    "mini_olympiadbench/7": all((k * k - 36 < 0) == (-6 < k < 6) for k in range(-9, 10)),
    "mini_olympiadbench/8": all(
        (len(sympy.solveset(abs(x**2 - 4) - a, x, sympy.Reals)) == 2) == (a == 0 or a > 4)
        for a in (0, 1, 3, 4, 5, 9)
    ),
    "mini_olympiadbench/9": all(
        _count(k for k in range(1, m + 1) if k % 3 == 0) == m // 3 for m in range(1, 30)
    ),
    "mini_olympiadbench/10": all(
        _count(itertools.combinations(range(m), 2)) == math.comb(m, 2) for m in range(2, 9)
    ),
    "mini_olympiadbench/11": sympy.expand(-3 * x + 2 * (-3 * -x)) == 3 * x,
    "mini_olympiadbench/12": x**2 == (-x) ** 2,
    "mini_olympiadbench/15": sum(k * (k + 1) for k in range(1, 21)) == 20 * 7 * 22,
    "mini_olympiadbench/17": all(
        max(len(set(r)) for r in itertools.product(range(m), repeat=m)) == m for m in (1, 2, 3)
    ),
}
ITEMS = {item.id: item for name in SUITE for item in load(f"mini_{name}")}


def _plain(reference: str) -> str:
    """The reference without blanks, separators and leading zeros, in which no value lies."""
    text = re.sub(r"\s|\\!|\{,\}", "", reference)
    text = re.sub(r"(?<=\d),(?=\d{3}$)", "", text)
    return text.lstrip("0") if text.isdigit() else text


def test_every_reference_is_verified() -> None:
    assert VERIFIED.keys() | IDENTITIES.keys() == ITEMS.keys()
    assert not VERIFIED.keys() & IDENTITIES.keys()


@pytest.mark.parametrize("name", VERIFIED)
def test_the_reference_is_what_the_problem_computes_to(name: str) -> None:
    assert _plain(ITEMS[name].reference) == VERIFIED[name]


@pytest.mark.parametrize("name", IDENTITIES)
def test_the_reference_satisfies_its_problem(name: str) -> None:
    assert IDENTITIES[name]


def test_at_least_fifteen_problems_in_the_schema_of_each_benchmark() -> None:
    for name in SUITE:
        mini = BENCHMARKS[f"mini_{name}"]
        assert mini.size >= 15
        assert mini.read is BENCHMARKS[name].read
        assert mini.grading == name


# A reference of this form; `…` stands for anything.
FORMS = {
    "math": {
        "integer": "19",
        "fraction": r"\frac{5}{33}",
        "fraction without braces": r"\frac2{11}",
        "closed form": r"9\pi",
        "root without braces": r"5\sqrt2",
        "expression": "a^5",
        "tuple": "(2,5)",
        "degrees": r"65^\circ",
        "degrees in words": r"…\text{ degrees}",
        "decimal": ".375",
        "matrix": r"\begin{pmatrix}…&…",
        "vector": r"\begin{pmatrix} -6 \\ -1 \\ 3…",
        "comma list": "-3,4",
        "interval": "(-3,7)",
        "union": r"…\cup…",
        "unit": r"28\mbox{ cm}^2",
        "text": r"\text{Thursday}",
        "thousands separator in braces": "20{,}736",
        "thousands separator with a thin space": r"12,\!500",
        "complex": "11-10i",
        "choice": r"\text{(A)}",
        "equation": "y=…",
        "base": "244_6",
        "dollars": r"\$…",
        "percent": r"4\%",
        "mixed number": r"4\frac{5}{12}",
        "plus-minus": r"…\pm…",
        "chain": r"1<x\le 3",
        "set": r"\{…\}",
        "ratio": "3:5",
        "and": r"…\text{ and }…",
    },
    "gsm8k": {"integer": "12", "comma": "1,250", "negative": "-4"},
    "minerva_math": {
        "number": "500",
        "small scientific": "3.98e-19",
        "large scientific": "3.0e23",
        "symbolic": r"\frac{1}{3} M L^{2}",
        "equation": "P=…",
        "differential equation": r"\dot{x}…=1",
        "closed form": r"\frac{\sqrt{3}}{2}",
        "subscript in text": r"…\text{a}…",
        "constants": "C_{1}…C_{2}…",
        "step": "u(t-2)",
        "complex exponent": "e^{(-1+2 i) t}",
    },
    "olympiadbench": {
        "integer": "40",
        "fraction": r"\frac{9}{10}",
        "comma list": "3,4,5,6,8,14",
        "factorial": "…7 !…",
        "percent": r"62.5 \%",
        "tuple": "(7,6)",
        "tuples": "(2,5),(3,3),(5,2)",
        "interval": "(-6,6)",
        "union with a set": r"\{0\} \cup…",
        "floor": r"\left\lfloor…",
        "binomial": r"\binom…",
        "function": "f(x)=-3 x",
        "functions": "f(x)=x,f(x)=-x",
        "decimal": "3.1",
        "product": r"20 \cdot 7 \cdot 22",
        "named maximum": r"m_{\max }=n",
        "joined by dollars": "1,2,3",
    },
    "aime24": {"two leading zeros": "00…", "a leading zero": "03…", "three digits": "231"},
    "amc23": {"integer": "19", "negative": "-1"},
}


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, forms in FORMS.items() for form in forms]
)
def test_the_form_occurs(name: str, form: str) -> None:
    references = [item.reference for item in ITEMS.values() if item.benchmark == f"mini_{name}"]
    pattern = ".*".join(map(re.escape, FORMS[name][form].split("…")))
    assert any(re.fullmatch(pattern, reference) for reference in references)


def test_tolerance_and_units_occur() -> None:
    assert [i.rules.tolerance for i in ITEMS.values() if i.rules.tolerance] == ["1e-1"]
