r"""The questions of the paper's Table 3 beyond mathematics, as its harness asks them.

What a question needs beside itself (its options, how a truth value is to
be boxed) is added here; everything else is the protocol's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cft_eval.checker.run.theoremqa import upstream
from cft_eval.harness import metrics
from cft_eval.harness.critiques import rate
from cft_eval.harness.grading import GradedAnswer
from cft_eval.harness.task import MathTask
from cft_eval.results.repeats import average
from cft_eval.testsets.rows import TEXT_ALONE

_NUMBER = re.compile(r"\n\[MMLU-Pro \d+\]$")


def theoremqa(doc: Mapping[str, str]) -> str:
    r"""A question; a truth value is asked for in so many words.

    >>> theoremqa({"problem": "Is 2 even?", "reference": "True"})
    'Is 2 even? Answer with \\boxed{True} or \\boxed{False}. (True or False)'
    """
    if doc["reference"] in ("True", "False"):
        return doc["problem"] + r" Answer with \boxed{True} or \boxed{False}. (True or False)"
    return doc["problem"]


def mmlu_pro(doc: Mapping[str, str]) -> str:
    r"""A question with its options.

    >>> mmlu_pro({"problem": "1+1?\nOptions:\nA. 2\nB. 3\n[MMLU-Pro 7]"})
    "Question:\n1+1?\nOptions:\nA. 2\nB. 3\nAnswer: Let's think step by step.\n"
    """
    text = _NUMBER.sub("", doc["problem"])
    return f"Question:\n{text}\nAnswer: Let's think step by step.\n"


class TheoremQATask(MathTask):
    """TheoremQA; beside the strict score that of the questions which need no picture, and that of
    TheoremQA's own rules."""

    def measures(self, times: int, *, errata: bool) -> list[dict[str, Any]]:
        """The metrics of every task, `acc_text` and `acc_upstream`."""
        return [
            *metrics.listed(times, errata=errata),
            {"metric": "acc_text", "aggregation": rate, "higher_is_better": True},
            {"metric": "acc_upstream", "aggregation": "mean", "higher_is_better": True},
        ]

    def measured(self, graded: Sequence[GradedAnswer], doc: Mapping[str, Any]) -> dict[str, Any]:
        hit = average([response.verdict.correct for response in graded])
        theirs = [upstream(response, doc["reference"]) for response in graded]
        return {
            **metrics.of_problem(graded, doc),
            "acc_text": hit if doc["level"] == TEXT_ALONE else None,
            "acc_upstream": average(theirs),
        }
