"""From critiques to a training set: filters, balance, the published formats, a dataset card.

    rows + checker's truths ── filters ── balance ──> JSON of the paper, or messages ──> card

What each filter takes is counted and stands in the card. No network, no torch.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cft_eval.critique.audit import SolutionTruth
from cft_eval.dataset.rows import Method, TrainingRow, lesson
from cft_eval.dataset.texts import END_MARK, CritiqueVerdict, fields
from cft_eval.errors import CftError

FORMATS = ("paper", "messages", "plain")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a critique must be to be kept."""

    judged: bool = True
    """It must have a verdict."""

    end_mark: bool = True
    """It must hold "[END]": without it, it was cut off or wandered away."""

    agree: bool = False
    """Its verdict must be the checker's, where the checker has one."""

    known: bool = False
    """The checker must have a verdict."""

    min_characters: int = 0
    max_characters: int | None = None
    distinct: bool = True
    """No two rows of the same question, response and critique, blanks aside."""


@dataclass(slots=True)
class Selection:
    """The rows that are left, and why the others are not."""

    rows: list[TrainingRow]
    truths: list[SolutionTruth]
    removed: Counter[str] = field(default_factory=Counter)


def select(
    rows: Sequence[TrainingRow], truths: Sequence[SolutionTruth], filters: Filters
) -> Selection:
    """Apply the filters in a fixed order; a row is counted under the first that takes it."""
    left = Selection([], [])
    seen: set[str] = set()
    for row, truth in zip(rows, truths, strict=True):
        reason = _reason(row, truth, filters, seen)
        if reason is None:
            left.rows.append(row)
            left.truths.append(truth)
        else:
            left.removed[reason] += 1
    return left


def _reason(row: TrainingRow, truth: SolutionTruth, filters: Filters, seen: set[str]) -> str | None:
    critique = row.critique or ""
    said = row.judged
    text = "".join(f"{row.question}\0{row.response}\0{critique}".split())
    repeated = text in seen
    seen.add(text)
    tests = [
        (not critique.strip(), "no critique"),
        (filters.distinct and repeated, "repeats an earlier row"),
        (filters.judged and said is CritiqueVerdict.NONE, "no verdict in it"),
        (filters.end_mark and END_MARK not in critique, f"no {END_MARK} in it"),
        (len(critique) < filters.min_characters, "too short"),
        (
            filters.max_characters is not None and len(critique) > filters.max_characters,
            "too long",
        ),
        (filters.known and not truth.known, "the checker cannot tell"),
        (
            filters.agree and truth.known and said.value != truth.value,
            "its verdict is not the checker's",
        ),
    ]
    return next((reason for fails, reason in tests if fails), None)


def balance(selection: Selection, *, right: float, seed: int = 0) -> Selection:
    """Leave rows out at random until the share ``right`` of the rest is judged right."""
    if not 0 < right < 1:
        raise CftError(f"balance: {right} must be between 0 and 1, such as 0.5")
    indices: dict[CritiqueVerdict, list[int]] = {
        CritiqueVerdict.RIGHT: [],
        CritiqueVerdict.WRONG: [],
    }
    for i, row in enumerate(selection.rows):
        if row.judged in indices:
            indices[row.judged].append(i)
    rights, wrongs = indices[CritiqueVerdict.RIGHT], indices[CritiqueVerdict.WRONG]
    if not selection.rows:
        raise NothingLeft(selection.removed)
    if not rights or not wrongs:
        raise CftError(
            f"{len(rights):,} rows are judged right and {len(wrongs):,} wrong: nothing to balance"
        )
    total = min(len(rights) / right, len(wrongs) / (1 - right))
    chooser = random.Random(seed)
    selected = {
        *chooser.sample(rights, round(total * right)),
        *chooser.sample(wrongs, min(len(wrongs), round(total * (1 - right)))),
    }
    removed = Counter(selection.removed)
    removed["left out to balance"] += len(selection.rows) - len(selected)
    order = [i for i in range(len(selection.rows)) if i in selected]
    return Selection(
        [selection.rows[i] for i in order], [selection.truths[i] for i in order], removed
    )


class NothingLeft(CftError):
    """The filters took every row."""

    def __init__(self, removed: Counter[str]) -> None:
        reasons = [f"{count:,} left out: {reason}" for reason, count in removed.most_common()]
        super().__init__(f"no row is left to write ({'; '.join(reasons) or 'there was none'})")


def write(rows: Sequence[TrainingRow], path: Path, form: str) -> None:
    """``paper``: WebInstruct-CFT's JSON; ``messages``: chat JSONL; ``plain``: our own JSONL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "paper":
        text = json.dumps([_fields(row) for row in rows], indent=1, ensure_ascii=False) + "\n"
    else:
        make = _messages if form == "messages" else _plain
        text = "".join(json.dumps(make(row), ensure_ascii=False) + "\n" for row in rows)
    # Whole or not at all: an earlier export is not lost to a full disk.
    half = path.with_name(f"{path.name}.part")
    half.write_bytes(text.encode("utf-8", "replace"))
    half.replace(path)


def _fields(row: TrainingRow) -> dict[str, str]:
    critique = (row.critique or "").removeprefix("Critique:\n")
    return fields(row.question, row.response, critique)._asdict()


def _messages(row: TrainingRow) -> dict[str, Any]:
    made = lesson(row, Method.CFT, system=None)
    return {"messages": [*made.prompt, {"role": "assistant", "content": made.target}]}


def _plain(row: TrainingRow) -> dict[str, Any]:
    return {
        "question": row.question,
        "response": row.response,
        "critique": row.critique,
        "reference": row.reference,
    }


def card(selection: Selection, *, sources: Sequence[str], teachers: Sequence[str]) -> str:
    """The dataset card: what is in it, where it is from, what was taken out."""
    rows = selection.rows
    said = Counter(row.judged.value for row in rows)
    true = Counter(truth.value for truth in selection.truths)
    agree = sum(
        row.judged.value == truth.value for row, truth in zip(rows, selection.truths, strict=True)
    )
    known = true["right"] + true["wrong"]
    share = f"{agree / known:.1%} of {known:,}" if known else "no row has a reference"
    lines = [
        "# Critiques for critique fine-tuning",
        "",
        f"{len(rows):,} critiques of {len({row.question for row in rows}):,} questions.",
        "",
        "| | rows | share |",
        "|---|---|---|",
        *(
            f"| critique says {name} | {count:,} | {count / len(rows):.1%} |"
            for name, count in said.most_common()
        ),
        *(
            f"| checker says {name} | {count:,} | {count / len(rows):.1%} |"
            for name, count in true.most_common()
        ),
        "",
        f"Teacher and checker agree on: {share}.",
        "",
        "## Provenance",
        "",
        *(f"- source: {source}" for source in sorted(set(sources))),
        *(f"- teacher: {teacher}" for teacher in sorted(set(teachers))),
        "",
        "Critiques are a model's words and may be wrong; the licence of the questions and the",
        "terms of the teacher's provider apply.",
        "",
        "## Left out",
        "",
        *(f"- {count:,} rows: {reason}" for reason, count in selection.removed.most_common()),
        *([] if selection.removed else ["Nothing."]),
        "",
    ]
    return "\n".join(lines)
