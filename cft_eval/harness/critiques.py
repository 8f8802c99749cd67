r"""Critiques measured: whether a model tells right solutions from wrong ones.

    problem, solution ── prompt of CFT or of ProcessBench ──> critique ── verdict or step ──> rates

The two kinds of solutions are scored apart: of always saying "right" nothing is left then. The
texts are those that the paper trained with and that ProcessBench asks with, letter for letter.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cft_eval.checker import Outcome
from cft_eval.checker.run.forms import SOUND
from cft_eval.harness import metrics
from cft_eval.harness.grading import GradedAnswer
from cft_eval.harness.log_schema import UNKNOWN
from cft_eval.harness.task import MathTask
from cft_eval.results.repeats import average
from cft_eval.testsets.rows import RIGHT, problem_and_steps, question_of, tagged

INSTRUCTION = "Please critique whether the following solution to the question is correct.\n\n"
CONCLUDE = "Finally, conclude your judgement with 'Conclusion: right/wrong [END]'."
"""For models that were not trained on critiques: `--metadata conclude=True`."""

STEPS = """The following is a math problem and a solution (split into paragraphs, enclosed \
with tags and indexed from 0):

[Math Problem]

{problem}

[Solution]

{solution}

Your task is to review and critique the solution paragraph by paragraph. Once you identify an \
error in a paragraph, return the index of the paragraph where the earliest error occurs. \
Otherwise, return the index of -1 (which typically denotes "not found").

Please put your final answer (i.e., the index) in \\boxed{{}}."""

RATES = ("right_found", "wrong_found", "balanced", "harmonic", "called_right", "no_verdict")
"""Right solutions called right; wrong ones called wrong, or with their first wrong step named; the
mean of both and their harmonic mean (ProcessBench's F1); and what explains them."""


class CorrectionTask(MathTask):
    """A part of RealCritic: a critique that arrives at an answer is graded by that answer."""

    def measures(self, times: int, *, errata: bool) -> list[dict[str, Any]]:
        """The metrics of every task; and how often wrong solutions are put right, right ones kept,
        and what handing the student's answer back would score."""
        shares = ("corrected", "kept", "echo")
        return [
            *metrics.listed(times, errata=errata),
            *(
                {"metric": name, "aggregation": rate, "higher_is_better": name != "echo"}
                for name in shares
            ),
        ]

    def measured(self, graded: Sequence[GradedAnswer], doc: Mapping[str, Any]) -> dict[str, Any]:
        sound = doc["level"] == RIGHT
        hit = average([response.verdict.correct for response in graded])
        return {
            **metrics.of_problem(graded, doc),
            "corrected": None if sound else hit,
            "kept": hit if sound else None,
            "echo": float(sound),
        }


def direct_prompt(doc: Mapping[str, str]) -> str:
    """The question alone: what the model makes of it without a student's solution."""
    return question_of(doc["problem"])


def correction_prompt(doc: Mapping[str, str]) -> str:
    """RealCritic's user turn."""
    return f"The following is the data for your task:\n\n{doc['problem']}"


class CritiqueTask(MathTask):
    """A part of ProcessBench. `conclude` in the metadata: for models that must be asked to."""

    def doc_to_text(self, doc: dict[str, Any], doc_to_text: Any = None) -> Any:
        text = super().doc_to_text(doc, doc_to_text)
        conclude = (self.config.metadata or {}).get("conclude")
        return f"{text}\n{CONCLUDE}" if conclude and "Conclusion" not in text else text

    def measures(self, times: int, *, errata: bool) -> list[dict[str, Any]]:
        """The metrics of every task, and the rates of both kinds of solutions."""
        aggregations = {"balanced": balanced, "harmonic": harmonic}
        return [
            *metrics.listed(times, errata=errata),
            *(
                {
                    "metric": name,
                    "aggregation": aggregations.get(name, rate),
                    "higher_is_better": name not in ("called_right", "no_verdict"),
                }
                for name in RATES
            ),
        ]

    def measured(self, graded: Sequence[GradedAnswer], doc: Mapping[str, Any]) -> dict[str, Any]:
        return {**metrics.of_problem(graded, doc), **rates_of(graded, doc["reference"])}


def verdict_prompt(doc: Mapping[str, str]) -> str:
    r"""The text that CFT trains with, about a question and a solution."""
    problem, steps = problem_and_steps(doc["problem"])
    solution = "\n\n".join(steps)
    return f"{INSTRUCTION}Question:\n{problem}\n\nSolution:\n{solution}\n"


def step_prompt(doc: Mapping[str, str]) -> str:
    """ProcessBench's own question."""
    problem, steps = problem_and_steps(doc["problem"])
    return STEPS.format(problem=problem, solution=tagged(steps))


def rates_of(graded: Sequence[GradedAnswer], label: str) -> dict[str, Any]:
    """What one solution says of each rate; None where it is of the other kind."""
    sound = label in (SOUND, "right")
    hit = average([response.verdict.correct for response in graded])
    said = [response.verdict.answer for response in graded]
    return {
        "right_found": hit if sound else None,
        "wrong_found": None if sound else hit,
        "balanced": (sound, hit),
        "harmonic": (sound, hit),
        "called_right": average([answer in ("right", SOUND) for answer in said]),
        "no_verdict": average([r.verdict.outcome is Outcome.NO_ANSWER for r in graded]),
    }


def rate(values: Sequence[float | None]) -> float | str:
    """The mean over the solutions of its kind."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else UNKNOWN


def balanced(values: Sequence[Sequence[Any]]) -> float | str:
    """The mean of both rates; "unknown" where there is one kind alone.

    >>> balanced([(True, 1.0), (True, 0.0), (False, 1.0)])
    0.75
    """
    both = _rates(values)
    return UNKNOWN if both is None else sum(both) / 2


def harmonic(values: Sequence[Sequence[Any]]) -> float | str:
    """The harmonic mean of both rates: 0 for who says one thing always.

    >>> harmonic([(True, 1.0), (False, 0.0)]), harmonic([(True, 1.0), (False, 0.5)])
    (0.0, 0.6666666666666666)
    """
    both = _rates(values)
    if both is None:
        return UNKNOWN
    return 2 * both[0] * both[1] / sum(both) if sum(both) else 0.0


def _rates(values: Sequence[Sequence[Any]]) -> tuple[float, float] | None:
    kinds = [[hit for sound, hit in values if bool(sound) is kind] for kind in (True, False)]
    if not all(kinds):
        return None
    right, wrong = (sum(kind) / len(kind) for kind in kinds)
    return right, wrong
