"""A row of training data, and what each method asks and learns of it. No torch.

    Row ── method ──> messages + target

CFT and SFT are made from the same rows: they differ in nothing else.
"""

from dataclasses import dataclass
from enum import StrEnum

from cft_eval.dataset.texts import CritiqueVerdict, critique_verdict, fields, user_text
from cft_eval.errors import CftError

Message = dict[str, str]
"""``role`` and ``content``, as chat templates read them."""


class Method(StrEnum):
    """What is learnt: to criticise a noisy response, or to imitate it."""

    CFT = "cft"
    SFT = "sft"


class BadTrainingRow(CftError):
    """A row that cannot be learnt from; its text names the row."""


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One question with a response to it and, for CFT, a critique of that response."""

    question: str
    response: str
    critique: str | None = None
    reference: str | None = None
    """The right answer, where the source has one."""

    prompt: str | None = None
    """The user turn of a published CFT row, letter for letter; made from the parts if None."""

    method: Method | None = None
    """How it is learnt in a mixture of methods; None is the run's."""

    source: str = "row"
    number: int = 1
    """Place in its source, from 1, as editors count lines."""

    @property
    def name(self) -> str:
        return f"{self.source}: row {self.number}"

    @property
    def judged(self) -> CritiqueVerdict:
        return CritiqueVerdict.NONE if self.critique is None else critique_verdict(self.critique)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is given and what is learnt."""

    prompt: list[Message]
    target: str


def lesson(row: TrainingRow, method: Method, *, system: str | None) -> Lesson:
    """The messages of a row; raise `BadTrainingRow` where the method has nothing to learn."""
    lesson_text = row.critique if method is Method.CFT else row.response
    if lesson_text is not None and not lesson_text.strip():
        learnt = "critique" if method is Method.CFT else "response"
        raise BadTrainingRow(f"{row.name}: the {learnt} is empty: there is nothing to learn")
    if method is Method.CFT:
        if row.critique is None:
            raise BadTrainingRow(
                f"{row.name}: no critique, so CFT has nothing to learn; "
                "`cft-eval critique build` makes them"
            )
        prompt, target = row.prompt, row.critique
        if prompt is None:
            published = fields(row.question, row.response, row.critique)
            prompt, target = user_text(published.instruction, published.input), published.output
    else:
        prompt, target = row.question, row.response
    opening = [{"role": "system", "content": system}] if system is not None else []
    return Lesson([*opening, {"role": "user", "content": prompt}], target)


KEEP = ("all", "right", "wrong")


def is_kept(row: TrainingRow, keep: str) -> bool:
    """Whether a row is wanted: all, or those whose critique judges the response right or wrong."""
    return keep == "all" or row.judged == keep
