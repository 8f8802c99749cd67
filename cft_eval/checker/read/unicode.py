"""Signs of Unicode as plain LaTeX; what only adorns an answer falls.

"−½√13"  ->  "-\\frac{1}{2}\\sqrt {13}"
"""

import re
import unicodedata

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
