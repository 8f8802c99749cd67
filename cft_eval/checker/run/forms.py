r"""Answers that are no mathematics: a verdict on a solution, a wrong step, the letter of an option.

    response, reference ── by the benchmark's form ──> Verdict

Each form has a rule of its own: the constant of integration, equal values and units of the
mathematical comparison would take one letter for another. The policies do not differ here.
"""

import re
from collections.abc import Callable

from cft_eval.checker.extract.critique_verdict import CritiqueVerdict, critique_verdict
from cft_eval.checker.run import theoremqa
from cft_eval.checker.types.verdict import Outcome, Verdict

SOUND = "-1"
"""The label of a solution without a wrong step."""

_BOXED = re.compile(r"\\boxed\s*\{([^{}]*)\}")
_LETTER = r"\(?\s*(?:\\(?:text|mathrm|textbf|mathbf)\s*\{\s*)?\(?([A-J])\)?\s*\}?\s*\)?"
_WHOLE = re.compile(rf"\s*\$?\s*{_LETTER}\s*\$?[.:]?\s*(?:[).:]\s.*)?", re.DOTALL)
_SAID = re.compile(
    r"(?:answer|option|choice)\s*(?:is|:|=)?\s*(?:option|choice|letter)?\s*[:*$\s]*"
    rf"(?:\*\*)?{_LETTER}(?![\w'\u2019])"
    r"(?!\s+(?:think|believe|guess|suppose|am|was|would|will|have|had|do|did|can|cannot)\b)",
    re.IGNORECASE,
)
_THOUGHT = re.compile(r".*</think(?:ing)?>", re.DOTALL)


def judged(form: str, text: str, reference: str, *, bare: bool) -> Verdict:
    """The verdict on ``text``, a response or (``bare``) the answer taken from one."""
    if form == "theoremqa":
        return theoremqa.judged(text, reference.strip(), bare=bare)
    read, wanted = _FORMS[form], _wanted(form, reference.strip())
    if wanted is None:
        return Verdict(
            Outcome.BAD_REFERENCE,
            None,
            "",
            f"the reference {reference[:40]!r} is no {_NAMES[form]}",
        )
    answer = text.strip() if bare else read(_said(text))
    if not answer:
        return Verdict(Outcome.NO_ANSWER, None, "", f"the response gives no {_NAMES[form]}")
    how = "" if bare else form
    if answer == wanted:
        return Verdict(Outcome.CORRECT, answer, how, f"the {_NAMES[form]} of the reference")
    return Verdict(Outcome.WRONG, answer, how, f"{answer}, and the reference has {wanted}")


def _said(text: str) -> str:
    """What follows the thought, if there is one; nothing of a thought that never ends."""
    said = _THOUGHT.sub("", text, count=1)
    return "" if said == text and "<think" in text else said


def _wanted(form: str, reference: str) -> str | None:
    if form == "verdict":
        if reference in (CritiqueVerdict.RIGHT, CritiqueVerdict.WRONG):
            return reference
        step = _step(reference)
        return None if step is None else (_RIGHT if step == SOUND else _WRONG)
    if form == "step":
        return _step(reference)
    letter = re.fullmatch(r"\(?([A-J])\)?", reference)
    return letter[1] if letter else None


_RIGHT, _WRONG = CritiqueVerdict.RIGHT.value, CritiqueVerdict.WRONG.value


def _step(text: str) -> str | None:
    return str(int(text)) if re.fullmatch(r"\s*-?\d{1,6}\s*", text) else None


def verdict_of(text: str) -> str:
    """`right` or `wrong`, from the last "Conclusion"; empty where there is none. Never from a box:
    a critique boxes the answer that it arrives at."""
    said = critique_verdict(text)
    return "" if said is CritiqueVerdict.NONE else said.value


def step_of(text: str) -> str:
    r"""The index in the last box, as ProcessBench reads it; empty where none is in it.

    >>> step_of(r"The error is in \boxed{2}, no, \boxed{ 3 }."), step_of(r"\boxed{none}")
    ('3', '')
    """
    boxes = _BOXED.findall(text)
    return (_step(boxes[-1]) or "") if boxes else ""


def letter_of(text: str) -> str:
    r"""The option that a response chooses: its last box, else its last "answer is (X)".

    An article is no option, and a letter in the reasoning is none.

    >>> letter_of(r"so \boxed{\text{(C)}}"), letter_of("The answer is a ketone, option (C).")
    ('C', 'C')
    >>> letter_of("A ketone reacts first."), letter_of("**Answer: B**")
    ('', 'B')
    """
    boxes = re.findall(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}", text)
    if boxes and (whole := _WHOLE.fullmatch(boxes[-1])):
        return str(whole[1])
    if alone := _WHOLE.fullmatch(text.strip().strip("*")):
        return str(alone[1])
    said = [match for match in _SAID.finditer(text) if match[1].isupper()]
    return str(said[-1][1]) if said else ""


_FORMS: dict[str, Callable[[str], str]] = {
    "verdict": verdict_of,
    "step": step_of,
    "letter": letter_of,
}
_NAMES = {"verdict": "verdict", "step": "index of a step", "letter": "option"}
