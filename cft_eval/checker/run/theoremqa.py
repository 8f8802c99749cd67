r"""TheoremQA: the type of the answer is seen in its reference, and each type has its rule.

    response ── extract ──> answer ── as True, (a), 345, 0.333 or [4, 2] ──> Verdict

Integers are exact; a float is right to the digits that the reference is given in, never asked for
more than 1 % nor for less than 4 % (upstream takes 4 % everywhere, where 1.03 is 1); closed forms
count by their value; lists keep their order, since most are coordinates or paths.
"""

import re
from collections.abc import Callable

from cft_eval.checker.compare.answers import value_in
from cft_eval.checker.extract.extract import located
from cft_eval.checker.types.verdict import Outcome, Verdict

NARROWEST, WIDEST = 0.01, 0.04
"""Of a float's value: what is always taken, and what is never."""

_YES = re.compile(r"(?:true|yes|correct)", re.IGNORECASE)
_NO = re.compile(r"(?:false|no|incorrect)", re.IGNORECASE)
_DRESS = re.compile(r"\\(?:text|mathrm|textbf|mathbf|boxed|operatorname)\s*\{([^{}]*)\}")


def judged(text: str, reference: str, *, bare: bool) -> Verdict:
    """The verdict on ``text``, a response or (``bare``) the answer taken from one."""
    if bare:
        answer, how = text.strip() or None, ""
    else:
        extraction = located(text, reference)
        answer, how = extraction.answer, extraction.how
    if answer is None:
        return Verdict(Outcome.NO_ANSWER, None, "", "the response states no answer")
    kind, right = _rule(reference)
    if right is None:
        return Verdict(
            Outcome.BAD_REFERENCE, None, "", f"no type has the answer {reference[:40]!r}"
        )
    said = right(answer)
    if said is None:
        return Verdict(Outcome.UNREADABLE, answer, how, f"the answer is no {kind}")
    outcome = Outcome.CORRECT if said else Outcome.WRONG
    return Verdict(outcome, answer, how, f"the {kind} {'is' if said else 'is not'} {reference}")


def upstream(answer: str, reference: str) -> bool:
    r"""Right by TheoremQA's own rules (its ``number_utils``), for scores beside published ones.

    Integers after rounding, floats within 4 %, lists of numbers sorted, a truth value or an option
    wherever the answer holds it. Wrong on purpose: "not true" is true.

    >>> upstream("1.03", "1.0"), upstream("(4, 2)", "[2, 4]"), upstream("not true", "True")
    (True, True, True)
    """
    said = _plain(answer).lower()
    if reference in ("True", "False"):
        words = ("true", "yes") if reference == "True" else ("false", "no")
        return any(word in said for word in words)
    if re.fullmatch(r"\([a-d]\)", reference):
        return reference in said or said.strip("().") == reference[1]
    if reference.startswith("["):
        wanted = sorted(float(part) for part in reference[1:-1].split(","))
        parts = [value_in(part) for part in _split(_plain(answer))]
        known = sorted(part for part in parts if part is not None)
        return len(known) == len(wanted) == len(parts) and all(map(_within, known, wanted))
    value = value_in(answer.partition("=")[2] or answer)
    if value is None:
        return False
    if re.fullmatch(r"[+-]?\d+", reference):
        return abs(value) < 1e15 and round(value) == int(reference)
    return _within(value, float(reference))


def _within(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= WIDEST * abs(wanted)


def _rule(reference: str) -> tuple[str, Callable[[str], bool | None] | None]:
    if reference in ("True", "False"):
        return "truth value", lambda answer: _truth(answer, reference == "True")
    if re.fullmatch(r"\([a-d]\)", reference):
        return "option", lambda answer: _option(answer, reference[1])
    if reference.startswith("[") and reference.endswith("]"):
        parts = [part.strip() for part in reference[1:-1].split(",")]
        return "list", lambda answer: _list(answer, parts)
    if re.fullmatch(r"[+-]?\d+", reference):
        return "integer", lambda answer: _number(answer, reference)
    if re.fullmatch(r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?", reference):
        return "number", lambda answer: _number(answer, reference)
    return "", None


def _plain(answer: str) -> str:
    return _DRESS.sub(r"\1", answer).strip().strip("$.*").strip()


def _truth(answer: str, wanted: bool) -> bool | None:
    """The whole answer must be the word: "not true" holds the other one."""
    said = _plain(answer)
    if _YES.fullmatch(said):
        return wanted
    return not wanted if _NO.fullmatch(said) else None


def _option(answer: str, wanted: str) -> bool | None:
    said = re.fullmatch(r"\(?\s*([A-Da-d])\s*\)?(?:[.:)\s].*)?", _plain(answer), re.DOTALL)
    return None if said is None else said[1].lower() == wanted


def _list(answer: str, wanted: list[str]) -> bool | None:
    parts = _split(_plain(answer))
    if len(parts) != len(wanted):
        return False if parts else None
    said = [_number(part, reference) for part, reference in zip(parts, wanted, strict=True)]
    return None if None in said else all(said)


def _split(answer: str) -> list[str]:
    """The parts of a list in any brackets or none; commas inside brackets part nothing."""
    text = re.sub(r"\\(?:left|right|big|Big)\b|\\(?=[{}])", "", answer).strip()
    while len(text) > 1 and (text[0], text[-1]) in (("[", "]"), ("(", ")"), ("{", "}")):
        text = text[1:-1].strip()
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character in ",;" and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def _number(answer: str, reference: str) -> bool | None:
    value = value_in(answer.partition("=")[2] or answer)
    if value is None:
        return None
    wanted = float(reference)
    whole = re.fullmatch(r"[+-]?\d+", reference)
    return abs(value - wanted) <= (1e-9 * max(1.0, abs(wanted)) if whole else _allowed(reference))


def _allowed(reference: str) -> float:
    """The largest error: half of the last digit, between the two bounds; 0 is exact."""
    value = abs(float(reference))
    digits = re.split(r"[eE]", reference)[0].partition(".")[2].rstrip("0")
    half = 0.5 * 10.0 ** -len(digits) if digits else 0.0
    return max(NARROWEST * value, min(half, WIDEST * value)) + 1e-12 * value
