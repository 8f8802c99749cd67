"""What a set of rows holds: lengths, shares, duplicates, and benchmark items in it. No torch.

    rows (+ encoded examples, + benchmark problems) ──> Summary ──> lines of text

Contamination is looked for item by item: an item counts as found where a training question has
a run of ``size`` words of its problem. Knows no benchmark: problems come in as texts.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cft_eval.dataset.rows import TrainingRow
from cft_eval.dataset.texts import END_MARK, CritiqueVerdict

NGRAM = 13
"""Words of a telling run: GPT-3's choice (Brown et al. 2020, appendix C), usual since."""


class Lengths(NamedTuple):
    """Five numbers of a distribution."""

    smallest: int
    median: int
    mean: float
    p95: int
    largest: int

    def __str__(self) -> str:
        return (
            f"median {self.median:,}, mean {self.mean:,.0f}, 95 % below {self.p95:,}, "
            f"from {self.smallest:,} to {self.largest:,}"
        )


def lengths(values: Sequence[int]) -> Lengths:
    """The five numbers; at least one value is needed."""
    ranked = sorted(values)
    last = len(ranked) - 1
    return Lengths(
        ranked[0],
        ranked[last // 2],
        sum(ranked) / len(ranked),
        ranked[round(0.95 * last)],
        ranked[-1],
    )


@dataclass(frozen=True, slots=True)
class RowSummary:
    """Statistics of rows; no tokens here, these need a tokenizer."""

    rows: int
    critiques: int
    judged: dict[CritiqueVerdict, int]
    """Verdicts of the critiques there are."""

    without_end_mark: int
    repeated_rows: int
    """Rows whose question, response and critique stood there before, blanks aside."""

    questions: int
    """Different questions."""

    def report(self) -> list[str]:
        lines = [
            f"{self.rows:,} rows, {self.questions:,} different questions, "
            f"{self.repeated_rows:,} rows repeat an earlier one",
            f"{self.critiques:,} have a critique",
        ]
        if self.critiques:
            shares = ", ".join(
                f"{verdict.value} {count / self.critiques:.1%} ({count:,})"
                for verdict, count in self.judged.items()
            )
            lines.append(f"critiques say: {shares}")
            lines.append(f"{self.without_end_mark:,} critiques do not hold {END_MARK}")
        return lines


def summarise(rows: Sequence[TrainingRow]) -> RowSummary:
    """Count what can be counted without a tokenizer."""
    critiques = [row.critique for row in rows if row.critique is not None]
    judged = Counter(row.judged for row in rows if row.critique is not None)
    whole = Counter(_digest(f"{r.question}\0{r.response}\0{r.critique}") for r in rows)
    return RowSummary(
        rows=len(rows),
        critiques=len(critiques),
        judged={verdict: judged[verdict] for verdict in CritiqueVerdict},
        without_end_mark=sum(END_MARK not in critique for critique in critiques),
        repeated_rows=len(rows) - len(whole),
        questions=len({_digest(row.question) for row in rows}),
    )


def _digest(text: str) -> bytes:
    return hashlib.blake2b("".join(text.split()).encode(), digest_size=12).digest()


class ContaminatedItem(NamedTuple):
    """A benchmark item that training questions hold, and the rows that do."""

    item: str
    rows: list[str]


def overlap(
    rows: Iterable[TrainingRow], problems: Mapping[str, str], *, size: int = NGRAM
) -> list[ContaminatedItem]:
    """The items whose problems share ``size`` words in a row with a training question.

    A problem shorter than that must stand in the question whole; one of fewer than five words
    says nothing and is not looked for.
    """
    wanted: dict[int, dict[tuple[str, ...], set[str]]] = defaultdict(lambda: defaultdict(set))
    for item, problem in problems.items():
        words = _words(problem)
        run = min(size, len(words))
        if run >= 5:
            for gram in _grams(words, run):
                wanted[run][gram].add(item)
    rows_by_item: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        words = _words(row.question)
        here = {
            item
            for run, grams in wanted.items()
            for gram in _grams(words, run)
            for item in grams.get(gram, ())
        }
        for item in here:
            rows_by_item[item].append(row.name)
    return [ContaminatedItem(item, rows_by_item[item]) for item in problems if item in rows_by_item]


_WORD = re.compile(r"[a-z]+|\d+")


def _words(text: str) -> list[str]:
    r"""Words and numbers alone: copies differ in LaTeX (``\$``, ``\dfrac``) more than in words."""
    return _WORD.findall(text.lower())


def _grams(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[i : i + size]) for i in range(len(words) - size + 1))
