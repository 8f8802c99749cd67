"""What the CFT paper claims, as pairs of arms: which rows it reports, and which runs would be them.

An arm is recognised on a board by what its runs say of themselves: base model, method, training set
and its size. Of several runs the final one is taken (`finals`): never the best one, which
chance has chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from cft_eval.leaderboard.data.finals import finality
from cft_eval.render.text import NAME, count, short
from cft_eval.testsets import SUITE

SOURCE, SOURCE_URL = "arXiv 2501.17703v4", "https://arxiv.org/abs/2501.17703v4"


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of training one base model."""

    label: str
    reported: tuple[str, ...]
    """Models of the cited rows; together they have all scores that are printed."""

    base: str
    methods: tuple[str, ...]
    words: tuple[str, ...] = ()
    """What the name of the training set must hold, whatever its case."""

    without: tuple[str, ...] = ()
    examples: tuple[int, int] | None = None
    """Least and most training examples; None for any number, even an unknown one."""

    names: tuple[str, ...] = ()
    """Published weights of this arm, by the last part of their name: of any size."""

    def matches(self, row: Any) -> bool:
        """Whether a measured row (see `frames.board`) is of this arm."""
        last, base = (_plain(name) for name in (row.model, row.base_model))
        if any(last == name.casefold() for name in self.names):
            return True
        data: str = row.training_data.casefold()
        return (
            base == self.base.casefold()
            and row.method.casefold() in self.methods
            and all(word in data for word in self.words)
            and not any(word in data for word in self.without)
            and self._sized(row.training_examples)
        )

    def _sized(self, examples: float | None) -> bool:
        if self.examples is None:
            return True
        # pandas' unknown number is between no two.
        return examples is not None and self.examples[0] <= examples <= self.examples[1]


def _plain(name: str) -> str:
    """A model's name without its publisher, in small letters."""
    return name.rpartition("/")[2].casefold()


@dataclass(frozen=True, slots=True)
class Pairing:
    treatment: Arm
    control: Arm


@dataclass(frozen=True, slots=True)
class PaperClaim:
    key: str
    title: str
    text: str
    where: str
    pairings: tuple[Pairing, ...]
    """The claim holds where each of them does."""

    margin: float = 0.0
    """How far below the control still counts as "no worse" (0..1); 0 where better is claimed."""


FIFTY = (45_000, 55_000)
EQUAL = (25_000, 100_000)
"""Training examples of an arm that is compared at equal data: within a factor of two of the
50,000 that the paper trains on. No two filters of one set leave the same number."""

ODD = ("self", "mini", "short", "mixed", "two-stage")
"""Words of training sets that are ablations of the main one."""

AS_GOOD = 0.01
"""A point: what "matches" means here. The paper names no margin."""


def _cft(base: str, report: str, names: tuple[str, ...] = ()) -> Arm:
    reported = (f"{report}-WebInstruct-CFT-50K",)
    return Arm(
        label="CFT, 50K",
        reported=reported,
        base=base,
        methods=("cft",),
        words=("webinstruct",),
        without=ODD,
        examples=FIFTY,
        names=names,
    )


def _sft(base: str, report: str, kind: str, label: str) -> Arm:
    words = ("webinstruct", kind) if kind else ("webinstruct",)
    without = () if kind else ("verified", "gpt4o", "gpt-4o")
    reported = (f"{report}-WebInstruct-{kind + '-' if kind else ''}SFT",)
    if kind == "gpt4o":
        reported = (f"{report}-WebInstruct-GPT4o-SFT",)
    return Arm(
        label=label,
        reported=reported,
        base=base,
        methods=("sft",),
        words=words,
        without=without,
        examples=EQUAL,
    )


def _over_sft(key: str, base: str, report: str) -> PaperClaim:
    cft = _cft(base, report)
    variants = [("", "SFT"), ("verified", "SFT, verified"), ("gpt4o", "SFT, GPT-4o answers")]
    return PaperClaim(
        key,
        f"CFT beats SFT on {report}",
        "Trained on critiques, the model is better than trained on the same questions with "
        "answers, whichever of three kinds of answers.",
        "Table 2",
        tuple(Pairing(cft, _sft(base, report, kind, label)) for kind, label in variants),
    )


_MATH = "Qwen2.5-Math-7B"
_MAIN = _cft(_MATH, _MATH, ("Qwen2.5-Math-7B-CFT",))
_ACEMATH = Arm(
    "AceMath, 2.3M", ("AceMath-7B-Instruct",), _MATH, ("acemath",), names=("AceMath-7B-Instruct",)
)
_INSTRUCT = Arm(
    "Qwen-Instruct, 2.5M",
    ("Qwen2.5-Math-7B-Instruct",),
    _MATH,
    ("instruct",),
    names=("Qwen2.5-Math-7B-Instruct",),
)
_RL = Arm("SimpleRL", ("SimpleRL",), _MATH, ("rl",), names=("Qwen-2.5-Math-7B-SimpleRL",))


def _dataset(name: str) -> PaperClaim:
    word = name.casefold()
    treatment, control = (
        Arm(
            f"{kind}, {name}",
            (f"{_MATH} {name} {kind}",),
            _MATH,
            (kind.casefold(),),
            (word,),
            examples=EQUAL,
        )
        for kind in ("CFT", "SFT")
    )
    return PaperClaim(
        word,
        f"CFT beats SFT on {name}, too",
        f"The gain is not a property of WebInstruct: on {name} critiques are better as well.",
        "Table 5",
        (Pairing(treatment, control),),
    )


CLAIMS: tuple[PaperClaim, ...] = (
    _over_sft("sft-deepseek", "deepseek-math-7b", "DeepSeek-Math-7B"),
    _over_sft("sft-qwen", "Qwen2.5-7B", "Qwen2.5-7B"),
    _over_sft("sft-qwen-math", _MATH, _MATH),
    PaperClaim(
        "50k",
        "50K critiques match 2M and more examples",
        "CFT on 50K examples is as good as, or better than, AceMath and Qwen2.5-Math-Instruct, "
        "which saw more than two million. As good: not more than a point below.",
        "Table 3, and AceMath's Table 3 for four sets",
        (Pairing(_MAIN, _ACEMATH), Pairing(_MAIN, _INSTRUCT)),
        margin=AS_GOOD,
    ),
    PaperClaim(
        "rl",
        "An hour of CFT matches days of reinforcement learning",
        "CFT is as good as SimpleRL, at 8 H100-hours against 1,152. As good: not more than a "
        "point below.",
        "Table 4",
        (Pairing(_MAIN, _RL),),
        margin=AS_GOOD,
    ),
    _dataset("MetaMath"),
    _dataset("NuminaMath"),
    PaperClaim(
        "source",
        "Others' noisy answers are worth more than one's own",
        "Critiques of the noisy answers of WebInstruct teach more than critiques of what the base "
        "model itself answers.",
        "Table 6",
        (
            Pairing(
                _MAIN,
                Arm(
                    "CFT, own answers",
                    ("Qwen2.5-Math-7B CFT, self-generated noisy responses",),
                    _MATH,
                    ("cft",),
                    ("webinstruct", "self"),
                    examples=EQUAL,
                ),
            ),
        ),
    ),
    PaperClaim(
        "teacher",
        "A better teacher helps, and a weak one is enough",
        "GPT-4o's critiques teach more than those of GPT-4o-mini, and even these beat SFT on "
        "verified answers.",
        "Table 7",
        (
            Pairing(
                _MAIN,
                weak := Arm(
                    "CFT, GPT-4o-mini",
                    ("Qwen2.5-Math-7B CFT, GPT-4o-mini teacher",),
                    _MATH,
                    ("cft",),
                    ("webinstruct", "mini"),
                    examples=EQUAL,
                ),
            ),
            Pairing(weak, _sft(_MATH, _MATH, "verified", "SFT, verified")),
        ),
    ),
)


def candidates(rows: pd.DataFrame) -> list[Any]:
    """The rows of a board that may stand for an arm: all six test sets, all of their problems."""
    whole = rows[rows["mean"].notna() & ~rows["partial"].astype(bool)]
    names = ["model", "base_model", "method", "training_data", "training_examples", "step"]
    return list(whole[[*names, "evaluated"]].itertuples())


class Stand(NamedTuple):
    """The run that stands for an arm; both empty where there is none."""

    run: str
    name: str
    """The model's, with its step."""


def stand_of(arm: Arm, rows: Sequence[Any]) -> Stand:
    """The final run of those `candidates` that are of ``arm``."""
    mine = [row for row in rows if arm.matches(row)]
    if not mine:
        return Stand("", "")
    row = max(mine, key=finality)
    step = "" if pd.isna(row.step) else f", step {count(int(row.step))}"
    return Stand(str(row.Index), f"{short(row.model, NAME)}{step}")


def reported_scores(arm: Arm, cited: pd.DataFrame) -> dict[str, float]:
    """Benchmark to the cited score of an arm, in percent, on the six sets.

    ``cited`` is `reported.reported`; a score that two tables print is taken from the first.
    """
    mine = cited[cited["model"].isin(arm.reported) & cited["benchmark"].isin(SUITE)]
    first = mine.drop_duplicates("benchmark")
    return dict(zip(first["benchmark"], first["score"], strict=True))
