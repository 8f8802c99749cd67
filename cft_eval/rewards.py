"""The checker as a reward: for TRL's GRPO, for verl, or as a plain function.

    completions, references ── explicit answer? ── check_many, in processes ──> 1.0 or 0.0

An answer earns the reward where it is right and was stated as the answer: in a box, in answer tags
or after words that announce it. A number at the end of a text is no such statement, since a model
that is paid for it learns to end in numbers. There is no partial credit.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cft_eval.checker import Outcome, Verdict, rules_for
from cft_eval.checker.run.bulk import Checkers, check_many
from cft_eval.errors import CftError
from cft_eval.testsets import UnknownBenchmark

REFERENCES = ("reference", "answer", "solution", "ground_truth", "gold", "final_answer", "target")
"""Columns that may hold the reference; the first that is there counts."""

EXPLICIT = frozenset({"boxed", "boxes", "answer_is", "hash", "json"})
"""Rules of the checker that read an answer which is stated as one (`checker.extract.extract`)."""

MAX_CHARACTERS = 200_000
"""A longer completion earns nothing: it is a flood, or has lost its way."""


class AnswerReward:
    """A reward function for `trl.GRPOTrainer(reward_funcs=…)`, one object a trainer.

    ``reference``: the dataset's column with the right answer; by default the first of
    `REFERENCES` that is there. A whole solution counts by its last box, or by what follows
    GSM8K's ``####``. ``explicit``: only answers that are stated as such. ``undecided``: the reward
    where equality was not decided in time, or the reference cannot be read; None leaves such a
    completion out, which TRL allows where several rewards are given. ``workers``: processes, by
    default one a CPU, started by the first batch.
    """

    def __init__(
        self,
        *,
        reference: str | None = None,
        benchmark: str | None = None,
        policy: str = "strict",
        explicit: bool = True,
        right: float = 1.0,
        wrong: float = 0.0,
        undecided: float | None = 0.0,
        workers: int | None = None,
        name: str = "answer_reward",
    ) -> None:
        rules_for(benchmark)  # raises UnknownBenchmark now, and not in the first step
        self._column = reference
        self._row = {"benchmark": benchmark}
        self._policy = policy
        self._explicit = explicit
        self._rewards = {True: right, False: wrong, None: undecided}
        self._checkers = Checkers(workers)
        self.__name__ = name  # TRL logs rewards by it

    def __call__(self, completions: Sequence[object], **columns: Any) -> list[float | None]:
        """A reward a completion: texts, or lists of messages whose last one is the model's."""
        references = self._references(columns, len(completions))
        rows = [
            {**self._row, "response": _bounded(text_of(completion)), "reference": reference}
            for completion, reference in zip(completions, references, strict=True)
        ]
        verdicts = check_many(rows, policy=self._policy, checkers=self._checkers)
        return [
            self._rewards[self._earned(verdict, row["response"] or "")]
            for verdict, row in zip(verdicts, rows, strict=True)
        ]

    def _earned(self, verdict: Verdict, response: str) -> bool | None:
        if verdict.outcome in (Outcome.TOO_SLOW, Outcome.BAD_REFERENCE):
            return None
        return verdict.correct and (not self._explicit or stated(verdict, response))

    def _references(self, columns: Mapping[str, Any], count: int) -> list[str]:
        names = [self._column] if self._column else list(REFERENCES)
        name = next((name for name in names if columns.get(name) is not None), None)
        if name is None:
            there = ", ".join(sorted(columns)) or "none"
            raise CftError(
                f"no column holds the right answer ({', '.join(names)}); the dataset has: {there}; "
                "name it: AnswerReward(reference=COLUMN)"
            )
        values = columns[name]
        if isinstance(values, str) or len(values) != count:
            raise CftError(f"column {name}: expected one reference per completion, {count} in all")
        return [answer_of(value) for value in values]


class FormatReward:
    """A reward for the form of a completion, whatever it says: ``pattern`` must match all of it.

    By default a thought in ``<think>`` tags, then text with exactly one box.
    """

    def __init__(
        self, pattern: str | None = None, *, reward: float = 1.0, name: str = "format_reward"
    ) -> None:
        self._pattern = None if pattern is None else re.compile(pattern, re.DOTALL)
        self._reward = reward
        self.__name__ = name

    def __call__(self, completions: Sequence[object], **_: Any) -> list[float | None]:
        """`reward` where the form holds, else 0."""
        return [
            self._reward if self._holds(text_of(completion)) else 0.0 for completion in completions
        ]

    def _holds(self, text: str) -> bool:
        if self._pattern is not None:
            return self._pattern.fullmatch(text) is not None
        thought, end, said = text.strip().partition("</think>")
        return (
            bool(end)
            and thought.startswith("<think>")
            and "think>" not in thought[7:] + said
            and said.count("\\boxed") == 1
        )


def score(response: str, reference: str, *, benchmark: str | None = None) -> float:
    """1.0 where ``response`` states the answer ``reference``, else 0.0.

    >>> score(r"so \\boxed{\\frac12}", "0.5"), score("maybe 0.5", "0.5")
    (1.0, 0.0)
    """
    [reward] = AnswerReward(benchmark=benchmark, workers=1)([response], reference=[reference])
    return float(reward or 0.0)


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, Any] | None = None,
    **_: Any,
) -> dict[str, Any]:
    """verl's reward function (``custom_reward_function.path=…/cft_eval/rewards.py``).

    ``data_source`` names the rules where it is a benchmark of ours, and nothing where it is not.
    verl takes ``score`` for the reward and logs the other keys.
    """
    benchmark = data_source.rpartition("/")[2].lower()
    try:
        rules_for(benchmark)
    except UnknownBenchmark:
        benchmark = ""
    [verdict] = check_many(
        [
            {
                "response": _bounded(solution_str),
                "reference": answer_of(ground_truth),
                "benchmark": benchmark or None,
            }
        ],
        workers=1,
    )
    earned = verdict.correct and stated(verdict, solution_str)
    return {"score": float(earned), "acc": earned, "pred": verdict.answer or ""}


def stated(verdict: Verdict, response: str) -> bool:
    """Was the answer stated as one, in a box, in tags or in words?"""
    return verdict.how in EXPLICIT or "<answer>" in response


def text_of(completion: object) -> str:
    """A completion's text: itself, or what its last message says. Raises `CftError`."""
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Sequence) and completion:
        last = completion[-1]
        content = last.get("content") if isinstance(last, Mapping) else None
        if isinstance(content, str):
            return content
        if isinstance(content, Sequence):  # parts, as models of images and text have them
            parts = [part.get("text") for part in content if isinstance(part, Mapping)]
            return "".join(part for part in parts if isinstance(part, str))
    raise CftError(f"a completion is {type(completion).__name__}: text, or a list of messages")


def answer_of(reference: object) -> str:
    r"""The answer in a reference that may be a whole solution.

    >>> answer_of("3 + 4 = 7\n#### 7"), answer_of(r"so $\boxed{7}$"), answer_of(7)
    ('7', '7', '7')
    """
    from cft_eval.testsets.rows import last_box

    text = str(reference).strip()
    if "####" in text:
        return text.rpartition("####")[2].strip()
    return last_box(text) if "\\boxed" in text else text


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else ""
