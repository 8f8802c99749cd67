r"""The table of rewrites: other ways to write the same, each to the one that the grammar knows.

    "\dfrac12" -> "\frac12"    "5 percentage points" -> "5%"    "½√13" -> "\frac{1}{2}\sqrt {13}"

The order counts: a rewrite reads what those above it left. `rewritten` passes over a rewrite
whose pattern cannot match, since the text has none of the pieces that every match has. Signs of
Unicode are exchanged one by one; those that only adorn an answer fall.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cft_eval.checker.types.words import holds_any


class Rewrite(NamedTuple):
    needs: tuple[str, ...]
    """Every match of the pattern holds one of these, as it stands; empty if nothing is known."""

    pattern: re.Pattern[str]
    plain: str | Callable[[re.Match[str]], str]


def rewritten(text: str, table: Iterable[Rewrite]) -> str:
    """``text`` after each rewrite of ``table`` in turn."""
    for needs, pattern, plain in table:
        if not needs or holds_any(text, needs):
            text = pattern.sub(plain, text)
    return text


def _rewrite(
    needs: str, pattern: str, plain: str | Callable[[re.Match[str]], str], flags: int = 0
) -> Rewrite:
    """``needs`` are pieces with blanks between them."""
    return Rewrite(tuple(needs.split()), re.compile(pattern, flags), plain)


_COMPOSED = re.compile(
    r"\(\s*([A-Za-z])\s*\\(?:circ|after)(?![a-zA-Z])\s*([A-Za-z])\s*\)\s*\(([^()]*)\)"
)


def composed(text: str) -> str:
    r"""``(f\circ g)(x)`` as f(g(x))."""
    return _COMPOSED.sub(r"\1(\2(\3))", text.replace("\u2218", r"\circ "))


def _primes(match: "re.Match[str]") -> str:
    return "'" * match[0].count("prime")


def _unit_fraction(match: "re.Match[str]") -> str:
    power = f"^{match[3]}" if match[3] else ""
    return rf"\text{{ {match[1]}/{match[2]}{power}}}"


NOTATIONS: tuple[Rewrite, ...] = (
    _rewrite("frac", r"\\(?:[dtc]|nice|s|x|flat)frac(?![a-zA-Z])", r"\\frac"),
    _rewrite(r"eq approx", r"\\(?:simeq|doteq|thickapprox)(?![a-zA-Z])", r"\\approx "),
    _rewrite(r":= eq", r":=|\\(?:triangleq|coloneqq)(?![a-zA-Z])", "="),
    _rewrite("binom", r"\\[dt]binom(?![a-zA-Z])", r"\\binom"),
    _rewrite(r"\leq", r"\\leq(?:slant)?(?![a-zA-Z])", r"\\le "),
    _rewrite(r"\geq", r"\\geq(?:slant)?(?![a-zA-Z])", r"\\ge "),
    _rewrite(r"\neq \not", r"\\neq(?![a-zA-Z])|\\not\s*=", r"\\ne "),
    _rewrite(r"\lbrace \{", r"\\(?:lbrace|\{)", r"\\lbrace "),
    _rewrite(r"\rbrace \}", r"\\(?:rbrace|\})", r"\\rbrace "),
    _rewrite(r"\lbrack", r"\\lbrack(?![a-zA-Z])", "["),
    _rewrite(r"\rbrack", r"\\rbrack(?![a-zA-Z])", "]"),
    _rewrite("vert", r"\\(?:lvert|rvert)(?![a-zA-Z])|\\vert", "|"),
    _rewrite(r"\bar", r"\\bar(?![a-zA-Z])", r"\\overline"),
    _rewrite(r"\exponentialE", r"\\exponentialE(?![a-zA-Z])", "e "),
    _rewrite(r"\imaginary", r"\\(?:imaginaryI|imaginaryJ)(?![a-zA-Z])", "i "),
    _rewrite(r"\lgroup", r"\\lgroup(?![a-zA-Z])", "("),
    _rewrite(r"\rgroup", r"\\rgroup(?![a-zA-Z])", ")"),
    _rewrite(r"\choose", r"(^|[-+*/=(]\s*)\\choose\s*(?=\{)", r"\1\\binom"),
    _rewrite("/ <>", r"=\s*/\s*=|(?<![=/])/\s*=|<>", r"\\ne "),
    _rewrite("==", r"==", "="),
    _rewrite("->", r"-+>", r"\\to "),
    _rewrite(r"\Omega", r"(?<=[\d}])\s*([kMGm])\s*\\Omega(?![a-zA-Z])", r"\\text{ \1Ω}"),
    _rewrite(
        r"\frac",
        r"\\frac\s*\{\s*\\text\s*\{([^{}]+)\}\s*\}\s*"
        r"\{\s*\\text\s*\{([^{}]+)\}\s*(?:\^\s*\{?(\d)\}?)?\s*\}",
        _unit_fraction,
    ),
    _rewrite(
        "except",
        r"^(?:\\text\s*\{\s*)?all real (?:numbers|values|x)(?: x)?,? except\s*(?:for\s*)?\}?"
        r"\s*(?:x\s*=\s*)?",
        r"x \\ne ",
    ),
    _rewrite("", r"^the\s+(?=\d)", "", re.IGNORECASE),
    _rewrite(":", r"\{\s*:\s*\}", ":"),
    _rewrite(
        "st nd rd th",
        r"(?<=\d)(?:\s*\^\s*)?(?:\{?\s*\\text\s*\{\s*(?:st|nd|rd|th)\s*\}\s*\}?"
        r"|\^\s*\{\s*(?:st|nd|rd|th)\s*\}|(?:st|nd|rd|th)\b)",
        "",
    ),
    _rewrite(
        "pct percentage",
        r"(?<=[\d}])\s*(?:\\text\s*\{\s*)?(?:pct\b\.?|percentage(?:\s+points?)?\b)(?:\s*\})?",
        "%",
    ),
    _rewrite(
        "root",
        r"(?<![A-Za-z])(?:the )?(?:square|(cube)) root of (\d+(?:\.\d+)?)(?!\s*[-+*/^!]|\w|\.\d)",
        lambda match: rf"\sqrt{'[3]' if match[1] else ''}{{{match[2]}}}",
    ),
    _rewrite("negative minus", r"^(?:negative|minus)\s+(?=[\d\\(.])", "-"),
    _rewrite("Rs INR", r"\b(?:Rs|INR)\b\.?\s*(?=\d)", r"\\rupees "),
    _rewrite("EUR euro", r"(?<!\\)\b(?:EUR|euros?)\s*(?=\d)", r"\\euro "),
    _rewrite("GBP", r"\bGBP\s*(?=\d)", r"\\pounds "),
    _rewrite("JPY CNY RMB", r"\b(?:JPY|CNY|RMB)\s*(?=\d)", r"\\yen "),
    _rewrite("mod", r"\(\s*(?:\\text\s*\{\s*mod\s*\}|mod\b)\s*([^()]+)\)", r"\\mod {\1}"),
    _rewrite("choose", r"(?<=[\w)}])\s+choose\s+(?=[\w({])", r" \\choose "),
    _rewrite(r"Vert \|", r"\\[lr]?Vert(?![a-zA-Z])|\\\|", "|"),
    # `f \\circ g`, and no degree.
    _rewrite(r"\circ", r"(?<=[A-Za-z)])\s*\\circ(?![a-zA-Z])\s*(?=[A-Za-z]|\\[a-z])", r" \\after "),
    Rewrite((r"\after", r"\circ"), _COMPOSED, r"\1(\2(\3))"),
    _rewrite(r"\circ", r"\\circ(?![a-zA-Z])", r"\\degree "),
    _rewrite("^", r"(?<=\d)\^\s*(?:\{\s*o\s*\}|o(?![a-zA-Z]))", r"\\degree "),
    _rewrite(r"\degree", r"\^\s*(?:\{\s*\\degree\s*\}|\\degree(?![a-zA-Z]))", r"\\degree "),
    _rewrite(r"\mathbb \Bbb", r"\\(?:mathbb|Bbb)\s*\{?\s*([RZNQC])\s*\}?", r"\\mathbb \1 "),
    _rewrite(r"\mathbb", r"\\mathbb R\s*-\s*(?=\\lbrace)", r"\\mathbb R \\setminus "),
    _rewrite(r"\degree", r"\\degree\s*(?:\\text\s*\{\s*C\s*\}|C(?![a-zA-Z]))", r"\\text{celsius}"),
    _rewrite(
        r"\degree", r"\\degree\s*(?:\\text\s*\{\s*F\s*\}|F(?![a-zA-Z]))", r"\\text{fahrenheit}"
    ),
    _rewrite("cent", r"(?<=[\d}])\s*(?:\\text\s*\{\s*per\s?cent\s*\}|per\s?cent\b)", "%"),
    _rewrite(
        r"\top \intercal \text",
        r"\^\s*\{?\s*\\(?:top|intercal|text\s*\{\s*T\s*\})(?![a-zA-Z])\s*\}?",
        "^T ",
    ),
    _rewrite(r"\cdotp \ast \centerdot", r"\\(?:cdotp|ast|centerdot)(?![a-zA-Z])", r"\\cdot "),
    _rewrite(r"\infin", r"\\infin(?![a-zA-Z])", r"\\infty "),
    _rewrite(r"\varnothing \O", r"\\(?:varnothing|O)(?![a-zA-Z])", r"\\emptyset "),
    _rewrite(
        r"\implies \Rightarrow \Longrightarrow",
        r"\\(?:implies|Rightarrow|Longrightarrow)(?![a-zA-Z])",
        r"\\to ",
    ),
    _rewrite(r"<= =< \leqq", r"<=|=<|\\leqq(?![a-zA-Z])", r"\\le "),
    _rewrite(r">= => \geqq", r">=|=>|\\geqq(?![a-zA-Z])", r"\\ge "),
    _rewrite("!=", r"!=", r"\\ne "),
    _rewrite("+/-", r"\+/-", r"\\pm "),
    _rewrite(r"\prime", r"\^\s*(?:\{\s*((?:\\prime\s*)+)\}|(\\prime)(?![a-zA-Z]))", _primes),
    _rewrite(r"\colon", r"\\colon(?![a-zA-Z])", ":"),
    _rewrite("math", r"\\([ij])math(?![a-zA-Z])", r"\1 "),
    _rewrite(
        "U union",
        r"(?<=[)\]}])\s*(?:U|\\text\s*\{\s*union\s*\}|union)\s*(?=[(\[]|\\lbrace)",
        r"\\cup ",
    ),
    _rewrite("E e", r"(?<=\d)\s+E\s?(?=[+-]?\d+$)|(?<=\d) e (?=-\d+$)", "e"),
    _rewrite("_{(", r"_\{\((\d+)\)\}", r"_{\1}"),
    _rewrite(
        "matrix",
        r"\\([pbBvV]?matrix)\s*\{((?:[^{}]|\{[^{}]*\})*)\}",
        r"\\begin{\1}\2\\end{\1}",
    ),
    _rewrite("**", r"\*\*", "^"),
    _rewrite(r"\% \percent", r"\\(?:%|percent)", "%"),
    _rewrite("x X", r"(?<=\d)\s*[xX]\s*(?=10\s*\^)", r"\\times "),
    _rewrite("by", r"(?<=\d)(?:\s+by\s+|\s*\\text\s*\{\s*by\s*\}\s*)(?=\d)", r"\\times "),
    *(
        _rewrite(
            word,
            rf"(?<=\d)\s*(?:\\text\s*\{{\s*{word}\s*\}}|{word}\b)",
            rf"\\cdot 10^{{{power}}} ",
        )
        for word, power in (("thousand", 3), ("million", 6), ("billion", 9), ("trillion", 12))
    ),
    _rewrite("USD", r"\bUSD\s*(?=[\d.])", r"\\$"),
    _rewrite(r"\_", r"\\_", "_"),
    _rewrite("d", r"(?<![A-Za-z\\])d([A-Za-z])\s*/\s*d([a-z])(?![A-Za-z])", r"\\frac{d\1}{d\2}"),
    _rewrite("‰ mill thousand", r"(?<=\d)\s*(?:‰|\\textperthousand|per ?mille?\b)", "/1000 "),
    _rewrite(r"\AA", r"\\AA(?![a-zA-Z])", r"\\text{ angstrom}"),
    _rewrite(r"\text", r"\\text\s*\{\s*(?:oder|ou|o|y|und|et|или|и)\s*\}", r"\\text{ or }"),
    _rewrite("log", r"(?<![A-Za-z\\])log(\d{1,2})\s*(?=\()", r"\\log_{\1}"),
    _rewrite("C", r"^(\d{1,4})C(\d{1,4})$", r"\\binom{\1}{\2}"),
    _rewrite("np. math. numpy. sympy. sp.", r"\b(?:np|math|numpy|sympy|sp)\.(?=[a-z])", ""),
    _rewrite(r"\mod \pmod", r"\\mod(?![a-zA-Z])|\\pmod(?![a-zA-Z])", r"\\mod "),
)

COMPUTER_ALGEBRA: tuple[Rewrite, ...] = (
    _rewrite("Rational(", r"\bRational\(([^(),]+),([^(),]+)\)", r"((\1)/(\2))"),
    _rewrite("Integer(", r"\bInteger\(([^(),]+)\)", r"(\1)"),
    _rewrite("Matrix(", r"\bMatrix\((\[[^()]*\])\)", r"\1"),
    _rewrite("Interval.open(", r"\bInterval\.open\(([^(),]+),([^(),]+)\)", r"(\1,\2)"),
    _rewrite("Interval.Lopen(", r"\bInterval\.Lopen\(([^(),]+),([^(),]+)\)", r"(\1,\2]"),
    _rewrite("Interval.Ropen(", r"\bInterval\.Ropen\(([^(),]+),([^(),]+)\)", r"[\1,\2)"),
    _rewrite("Interval(", r"\bInterval\(([^(),]+),([^(),]+)\)", r"[\1,\2]"),
    _rewrite("FiniteSet(", r"\bFiniteSet\(([^()]*)\)", r"\\lbrace \1\\rbrace "),
    _rewrite("Eq(", r"\bEq\(([^(),]+),([^(),]+)\)", r"\1 = \2"),
)
"""What sympy prints, besides plain formulas."""

_UNICODE = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "―": "-", "－": "-", "﹣": "-",
    "\u00ad": "", "\u200b": "", "\ufeff": "", "\u2061": "", "\u2062": "",
    "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ",
    "÷": "/", "∕": "/", "⁄": "/", "√": r"\sqrt ", "∛": r"\sqrt[3]", "∜": r"\sqrt[4]",
    "π": r"\pi ", "∞": r"\infty ",
    "≤": r"\le ", "≥": r"\ge ", "⩽": r"\le ", "⩾": r"\ge ", "≠": r"\ne ", "±": r"\pm ",
    "∓": r"\mp ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ", "°": r"\degree ",
    "º": r"\degree ", "˚": r"\degree ", "℃": r"\degree ", "′": "'", "’": "'", "‘": "'", "“": '"',
    "”": '"', "≈": r"\approx ", "≃": r"\approx ", "≅": r"\approx ", "∠": r"\angle ",
    "∖": r"\setminus ", "∣": "|", "→": r"\to ", "⇒": r"\to ", "≡": r"\equiv ", "∨": r"\vee ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ",
    "∘": r"\circ ", "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}",
    "ℚ": r"\mathbb{Q}", "，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "。": ".", "％": "%",
    "＝": "=", "＋": "+", "、": ",", "…": r"\ldots ", "∼": r"\sim ", "⟨": r"\langle ",
    "⟩": r"\rangle ", "€": r"\euro ", "£": r"\pounds ", "¥": r"\yen ",
    "¢": r"\text{ cents}", "∧": r"\wedge ", "₹": r"\rupees ", "₩": r"\won ", "≦": r"\le ",
    "≧": r"\ge ", "ℓ": r"\ell ", "ℏ": r"\hbar ", "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ",
    "∂": r"\partial ", "∇": r"\nabla ", "⊂": r"\subset ", "⊆": r"\subseteq ", "∉": r"\notin ",
    "∀": r"\forall ", "∃": r"\exists ", "⇔": r"\to ", "⟹": r"\to ", "⟶": r"\to ", "ⅈ": "i",
    "ⅇ": "e", "🤔": "", "\u20e3": "", "\ufe0f": "", "⟦": "[", "⟧": "]", "元": r"\text{ yuan}",
    "µ": r"\mu ",
}  # fmt: skip
_GREEK = {
    character: "\\" + unicodedata.name(character).rsplit(" ", 1)[-1].lower() + " "
    for character in "αβγδεζηθικμνξρστυφχψω"
} | {"λ": r"\lambda ", "ϕ": r"\phi ", "Δ": r"\Delta ", "Γ": r"\Gamma ", "Ω": r"\Omega "}
_UNICODE |= _GREEK
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_TABLE = str.maketrans(_UNICODE)

_ROOT = re.compile(r"([√∛∜])\s*(\d+(?:\.\d+)?)")
"""A root of a whole number: TeX would take its first digit alone."""

_FRACTIONS = re.compile(r"(\d?)([¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")


def from_unicode(text: str) -> str:
    text = _FRACTIONS.sub(_fraction, text)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", lambda m: f"^{{{m[0].translate(_SUPERSCRIPTS)}}}", text)
    text = re.sub(r"[₀₁₂₃₄₅₆₇₈₉]+", lambda m: f"_{{{m[0].translate(_SUBSCRIPTS)}}}", text)
    text = _ROOT.sub(r"\1{\2}", text).translate(_TABLE)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    # Check marks, squares at the end of a proof and emoji say nothing.
    return "".join(
        c for c in text if c.isascii() or unicodedata.category(c) not in ("So", "Cf", "Sk")
    )


def _fraction(match: "re.Match[str]") -> str:
    whole, sign = match.groups()
    above, _, below = unicodedata.normalize("NFKC", sign).partition("\u2044")
    return rf"{whole}\frac{{{above}}}{{{below}}}"
