"""Rows to token ids and labels: the data contract of every trainer here. No torch.

    Lesson ── chat template ──> prompt ids + target ids ── truncation ──> input_ids, labels

Only the target and the token that ends it are learnt. What does not fit is cut by the paper's
rule or left out, and either way it is counted: a target that was cut has no end token to learn.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cft_eval.dataset.rows import BadTrainingRow, Lesson, Method, TrainingRow, lesson
from cft_eval.errors import CftError
from cft_eval.training.chat import Chat

IGNORE = -100
"""The label that cross-entropy skips (torch's default ``ignore_index``)."""


@dataclass(frozen=True, slots=True, init=False)
class Example:
    """One training example, in four bytes a token: every process holds all of them."""

    ids: "array[int]"
    given: int
    """Tokens at the beginning that are not learnt."""

    name: str
    """The row it was made from, for messages."""

    def __init__(
        self, input_ids: Sequence[int], labels: Sequence[int], name: str = "example"
    ) -> None:
        """``labels``: `IGNORE` for what is given, then the tokens themselves."""
        given = next((i for i, label in enumerate(labels) if label != IGNORE), len(labels))
        if [*labels[given:]] != [*input_ids[given:]]:
            raise ValueError(f"{name}: what is learnt must be the end of the tokens")
        object.__setattr__(self, "ids", array("i", input_ids))
        object.__setattr__(self, "given", given)
        object.__setattr__(self, "name", name)

    @property
    def input_ids(self) -> list[int]:
        return self.ids.tolist()

    @property
    def labels(self) -> list[int]:
        return [IGNORE] * self.given + self.ids[self.given :].tolist()

    @property
    def learnt(self) -> int:
        """Tokens that carry a loss."""
        return len(self.ids) - self.given

    def __len__(self) -> int:
        return len(self.ids)


class Truncation(StrEnum):
    """What becomes of a row that is longer than the maximum."""

    PROPORTIONAL = "proportional"
    """The paper's (LLaMA-Factory's): cut the longer part, or both in proportion."""

    DROP = "drop"


class Cut(StrEnum):
    """What truncation took from a row."""

    PROMPT = "prompt cut"
    END = "target cut, so no end token"
    DROPPED = "longer than the maximum, left out"
    NOTHING_LEFT = "no target tokens left, left out"


@dataclass(frozen=True, slots=True)
class Encoded:
    """The examples of a set, and what it cost to make them fit."""

    examples: list[Example]
    cuts: dict[Cut, list[str]] = field(default_factory=dict)
    """Names of the rows concerned."""

    spelled: list[str] = field(default_factory=list)
    """Rows whose text spells out a special token, which stays text."""

    added: str = ""
    """What the chat template adds of its own to each of them."""

    @property
    def tokens(self) -> int:
        return sum(map(len, self.examples))

    @property
    def learnt(self) -> int:
        return sum(example.learnt for example in self.examples)

    def report(self) -> list[str]:
        """One sentence a fact, for people."""
        out = sum(len(self.cuts.get(cut, ())) for cut in (Cut.DROPPED, Cut.NOTHING_LEFT))
        rows = len(self.examples) + out
        lines = [
            f"{len(self.examples):,} examples of {rows:,} rows: {self.tokens:,} tokens, "
            f"{self.learnt:,} of them learnt"
        ]
        for cut, names in self.cuts.items():
            lines.append(f"{len(names):,} ({len(names) / rows:.1%}) {cut}: {_first(names)}")
        if self.spelled:
            lines.append(
                f"{len(self.spelled):,} ({len(self.spelled) / rows:.1%}) spell out a special "
                f"token, which stays text: {_first(self.spelled)}"
            )
        if self.added:
            lines.append(
                f"warning: the chat template adds its own text to all {len(self.examples):,} "
                f"examples: {self.added!r}"
            )
        return lines


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def encode_rows(
    rows: Iterable[TrainingRow],
    chat: Chat,
    method: Method,
    *,
    system: str | None,
    max_length: int,
    truncation: Truncation = Truncation.PROPORTIONAL,
) -> Encoded:
    """Encode every row; raise `BadTrainingRow` where one teaches nothing, `CftError` if all do."""
    encoded = Encoded([], added=chat.added)
    for row in rows:
        given = lesson(row, row.method or method, system=system)
        if chat.spells_special(*(message["content"] for message in given.prompt), given.target):
            encoded.spelled.append(row.name)
        example, cuts = encode(
            given, chat, max_length=max_length, truncation=truncation, name=row.name
        )
        for cut in cuts:
            encoded.cuts.setdefault(cut, []).append(row.name)
        if example is not None:
            encoded.examples.append(example)
    if not encoded.examples:
        count = sum(map(len, encoded.cuts.values()))
        raise CftError(
            f"no target tokens left: not one row of {count} fits into {max_length} tokens; raise "
            "max_length"
            if count
            else "no rows to train on"
        )
    return encoded


def encode(
    given: Lesson,
    chat: Chat,
    *,
    max_length: int,
    truncation: Truncation = Truncation.DROP,
    name: str = "row",
) -> tuple[Example | None, list[Cut]]:
    """Encode one lesson; with it what was cut, and None where nothing is left of it.

    Prompt and target are tokenised apart, so that no token straddles the border between what is
    given and what is learnt.
    """
    if not given.target.strip():
        raise BadTrainingRow(f"{name}: the target is empty: there is nothing to learn")
    prompt = chat.prompt_ids(given.prompt)
    # Without the end token in the loss the model never learns to stop.
    target = [*chat.ids(given.target), chat.end]
    cuts: list[Cut] = []
    if len(prompt) + len(target) > max_length:
        if truncation is Truncation.DROP:
            return None, [Cut.DROPPED]
        keep = proportions(len(prompt), len(target), max_length)
        cuts += [Cut.PROMPT] if keep[0] < len(prompt) else []
        cuts += [Cut.END] if keep[1] < len(target) else []
        prompt, target = prompt[: keep[0]], target[: keep[1]]
        # The first token of a sequence has nothing before it that could predict it.
        if not target or (not prompt and len(target) == 1):
            return None, [Cut.NOTHING_LEFT]
    return Example(prompt + target, [IGNORE] * len(prompt) + target, name), cuts


def proportions(prompt: int, target: int, limit: int) -> tuple[int, int]:
    """How many tokens of each are kept: LLaMA-Factory's rule, which the paper trained with.

    A target of less than half the limit is kept whole, and so is such a prompt; where neither
    is, both shrink in proportion.

    >>> proportions(3000, 500, 2048), proportions(500, 3000, 2048), proportions(3000, 3000, 2048)
    ((1548, 500), (500, 1548), (1024, 1024))
    """
    if target * 2 < limit:
        room = limit
    elif prompt * 2 < limit:
        room = limit - prompt
    else:
        room = int(limit * (target / (prompt + target)))
    target = min(room, target)
    return min(max(limit - target, 0), prompt), target
