r"""The grading rules of published tables, so that a score can be put beside them.

    response ── last box or last number ──> answer ── normalised ──> policy ──> Verdict

`qwen` follows the rules of Qwen2.5-Math's evaluation, which most tables use; `cft_paper` those of
the Critique Fine-Tuning paper's harness, which are looser still. Both are written anew from the
description of what those graders accept. They are wrong on purpose:

| accepted as equal | strict | qwen | cft_paper |
|---|---|---|---|
| reference / 100 and 100 x reference (a percent rule) | no | yes | yes |
| values within a relative 1e-4, integers and closed forms too | no | yes | yes |
| ``[a,b]`` for ``(a,b)``, other case of letters | no | yes | yes |
| ``12:00`` for ``1:00``: a time of day is a ratio | no | yes | yes |
| ``√13`` for ``3``: a sign of a root takes one digit | no | yes | yes |
| ``C`` for ``A``: letters of constants, wherever they stand | no | yes | yes |
| any last number of a response without an answer | no | yes | yes |
| numbers that agree when rounded to one decimal (0.001 for 0.04) | no | no | yes |
| ``a=5`` for ``b=5``: only the last side of "=" counts | no | no | yes |
| powers of ten that agree, whatever stands before them | no | no | yes |
"""

import re
from collections.abc import Callable
from functools import lru_cache
from math import isclose

from cft_eval.checker.types.rules import benchmark_name
from cft_eval.checker.types.verdict import Outcome, Verdict

Equal = Callable[[str, str], bool | None]
"""Symbolic equality of two answers; None where it could not be decided in time."""

Value = Callable[[str], float | None]
"""The number that a closed form is worth; None where it is worth none."""

TOLERANCE = 1e-4
"""Relative, of numbers; the value that Qwen2.5-Math's evaluation uses."""

KEEP_UNITS = {"minerva_math"}
"""Benchmarks whose answers keep their unit words, which may be variables."""

LONG = 2_000
"""Characters; longer answers are not normalised, since nothing equals them."""


_ROOTS = str.maketrans({"√": r"\sqrt ", "∛": r"\sqrt[3]", "∜": r"\fourthroot "})


def with_loose_roots(text: str) -> str:
    """Signs of roots as these policies have always taken them: of one digit, no fourth root."""
    return text.translate(_ROOTS)


def grade(
    response: str,
    reference: str,
    *,
    policy: str,
    benchmark: str | None,
    bare: bool,
    equal: Equal,
    value: Value,
) -> Verdict:
    """Grade a response (``bare``: an answer that has been found) by ``qwen`` or ``cft_paper``."""
    name = None if benchmark is None else benchmark_name(benchmark)
    result, how = (response.strip(), "") if bare else loose_answer(response)
    if not result:
        return Verdict(Outcome.NO_ANSWER, None, "", "the response states no answer and no number")
    if not reference.strip():
        return Verdict(Outcome.BAD_REFERENCE, result, how, "the reference is empty")
    if len(result) > LONG:
        return Verdict(Outcome.WRONG, result, how, f"the answer is longer than {LONG} characters")
    answer, expected = (normal(text, units=name in KEEP_UNITS) for text in (result, reference))
    rule = _cft_paper(answer, expected) if policy == "cft_paper" else None
    accepted = rule or _qwen(answer, expected)
    if accepted is None:
        same = _symbolic(answer, expected, result, reference.strip(), equal)
        if same is None:
            return Verdict(Outcome.TOO_SLOW, result, how, "symbolic equality took too long")
        accepted = "they are symbolically equal" if same else _near(result, reference, value)
    if accepted:
        return Verdict(Outcome.CORRECT, result, how, f"under {policy}, {accepted}")
    return Verdict(Outcome.WRONG, result, how, f"under {policy}, {answer} is not {expected}")


# --- extraction ------------------------------------------------------------------------------

HOPE = re.compile(r"final answer is \$(.{1,1000}?)\$\. I hope", re.S)
ANY_NUMBER = re.compile(r"-?\d*\.?\d+")


@lru_cache(maxsize=8)  # both policies ask for the same response, one after the other
def loose_answer(response: str) -> tuple[str, str]:
    """The answer as those graders find it, and by which rule; empty where there is no number."""
    if hope := HOPE.search(response):
        return hope[1].strip(), "i_hope"
    if "boxed" in response:
        return _last_box(response.rpartition("boxed")[2]), "boxed"
    for phrase, how in (("he answer is", "answer_is"), ("final answer is", "answer_is")):
        if phrase in response:
            rest = response.rpartition(phrase)[2].strip().removeprefix(":").strip()
            return rest.split("\n")[0].rstrip("./"), how
    last = ""
    for match in ANY_NUMBER.finditer(response[-20_000:].replace(",", "")):
        last = match[0]
    return last, "last_number"


def _last_box(rest: str) -> str:
    if not rest.startswith("{"):
        return rest.split("$")[0].strip()
    depth = 0
    for position, mark in enumerate(rest[: LONG + 2]):
        depth += (mark == "{") - (mark == "}")
        if depth == 0:
            return rest[1:position].strip()
    return rest[1:].strip()


# --- normalisation -----------------------------------------------------------------------------

REPLACED = (
    (r"\!", ""),
    (r"\ ", ""),
    ("tfrac", "frac"),
    ("dfrac", "frac"),
    (r"\neq", r"\ne"),
    (r"\leq", r"\le"),
    (r"\geq", r"\ge"),
    (r"\left", ""),
    (r"\right", ""),
    (r"\{", "{"),
    (r"\}", "}"),
    (r"^{\circ}", ""),
    (r"^\circ", ""),
    (r"\$", ""),
    ("$", ""),
    (r"\(", ""),
    (r"\)", ""),
    (r"\%", ""),
    ("%", ""),
    (" .", " 0."),
    ("{.", "{0."),
    (r"\mathbf", ""),
    (r"\cdot", ""),
)
UNITS = re.compile(
    r"(^|[\s\d])(?:degrees?|cms?|mms?|kms?|miles?|mph|feet|foot|ft|inch(?:es)?|yards?|units?"
    r"|square|cubic|hours?|hrs?|minutes?|mins?|seconds?|secs?|days?|weeks?|months?|years?"
    r"|dollars?|cents?|percent|points?|liters?|litres?|gallons?|pounds?|lbs?|ounces?|kgs?|grams?"
    r"|meters?|metres?|people|students?|apples?|ways?|times|sq|p\.m\.|a\.m\.)(?=$|\W)"
)
PREFIX = re.compile(r"^(?:[xyz]\s*(?:=|\\in)|.{0,2}=)\s*(?=[^=]+$)")


def normal(text: str, *, units: bool = False) -> str:
    r"""An answer as those graders compare it; ``units`` keeps the words of units.

    >>> normal(r"$x = 10\,\text{cm}$"), normal("1/2")
    ('10', '\\frac{1}{2}')
    """
    text = text[: LONG + 1].strip().replace("\n", "").rstrip(".").replace(r"\,", "")
    text = re.sub(r"\\begin\{[bv]?(?:array|matrix)\}(?:\{[^{}]*\})?", r"\\begin{pmatrix}", text)
    text = re.sub(r"\\end\{[bv]?(?:array|matrix)\}", r"\\end{pmatrix}", text)
    bare = re.sub(r"\\text\{[^{}]*\}$", "", text).strip()
    text = re.sub(r"\\(?:text|mbox|mathrm)\{([^{}]*)\}", r"\1", bare or text)
    for old, new in REPLACED:
        text = text.replace(old, new)
    if not units:
        text = UNITS.sub(r"\1", UNITS.sub(r"\1", text))
    text = re.sub(r"\b(?:and|infinity)\b", _word, text)
    text = re.sub(r"(\d+)\.0*(?=\D|$)", r"\1", text)
    text = "0" + text if text.startswith(".") else text
    text = PREFIX.sub("", text.strip())
    text = re.sub(r"\\sqrt\s?(\w)", r"\\sqrt{\1}", text)
    text = re.sub(r"\\frac\s?(\d)\s?(\d)(?!\d)", r"\\frac{\1}{\2}", text).replace(" ", "")
    return re.sub(r"^(-?\d+)/(-?\d+)$", r"\\frac{\1}{\2}", text)


def _word(match: re.Match[str]) -> str:
    return r"\infty" if match[0] == "infinity" else ""


# --- the rules -----------------------------------------------------------------------------------


def _cft_paper(answer: str, expected: str) -> str | None:
    """What the paper's harness accepts beyond Qwen's; None where it says nothing."""
    sides = [answer, expected]
    if "=" in answer and "=" in expected:
        sides = [text.rpartition("=")[2] for text in sides]
    powers = [re.findall(r"10\^\{(-?\d+)\}", side) for side in sides]
    if all(powers) and powers[0] == powers[1] and "\\times" not in answer + expected:
        return f"both have the power 10^{powers[0][0]}"
    values = [_number(side) for side in sides]
    numbers = [round(value, 1) for value in values if value is not None]
    if len(numbers) == 2 and numbers[0] == numbers[1]:
        return "the numbers agree when rounded to one decimal"
    if sides[0] and sides[0] == sides[1]:
        return "the last sides of the equations are the same"
    return None


def _qwen(answer: str, expected: str) -> str | None:
    """Why Qwen's rules accept the answer, empty where they refuse, None where they do not say."""
    if answer.lower() == expected.lower():
        return "they are the same text"
    if expected in "ABCDE" and len(expected) == 1:
        letters = re.findall(r"\b[A-E]\b", answer.upper())
        return "they are the same choice" if letters and letters[-1] == expected else None
    left, right = _number(answer), _number(expected)
    if left is not None and right is not None:
        return _percent(left, right)
    if re.sub(r"[\[\](){}]", "", answer).lower() == re.sub(r"[\[\](){}]", "", expected).lower():
        return "they are the same text without their brackets"
    return _members(answer, expected)


def _percent(answer: float, expected: float) -> str:
    for factor, name in ((1.0, "within 1e-4"), (0.01, "times 100"), (100.0, "divided by 100")):
        if isclose(answer, expected * factor, rel_tol=TOLERANCE):
            return f"the numbers are equal {name}"
    return ""


def _members(answer: str, expected: str) -> str | None:
    """Lists in brackets of any kind, member by member."""
    brackets = re.compile(r"[\[(](.+)[\])]")
    both = [brackets.fullmatch(text) for text in (answer, expected)]
    if not both[0] or not both[1]:
        return None
    left, right = both[0][1].split(","), both[1][1].split(",")
    if len(left) != len(right) or len(left) < 2:
        return None
    if all(_qwen(a, b) for a, b in zip(left, right, strict=True)):
        return "their members are equal"
    return None


def _symbolic(answer: str, expected: str, result: str, reference: str, equal: Equal) -> bool | None:
    """Symbolic equality of the texts as they stood, then without the name before "="."""
    same = equal(result, reference)
    # A name before "=" fell in the normal form; no other pair is worth a second look.
    renamed = "=" in result + reference and "=" not in answer + expected
    return equal(answer, expected) if same is False and renamed else same


def _near(result: str, reference: str, value: Value) -> str:
    r"""``2.236`` for ``\sqrt5``: the values of closed forms are compared as numbers are."""
    left, right = value(result), value(reference)
    if left is None or right is None or not isclose(left, right, rel_tol=TOLERANCE):
        return ""
    return "their values are within 1e-4"


def _number(text: str) -> float | None:
    """A plain number; a percent as its hundredth."""
    text = text.replace(",", "").strip()
    if not re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?", text):
        return None
    return float(text)
