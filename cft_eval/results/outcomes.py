"""A run reduced to what comparisons need: how often each problem was answered right.

One character a problem, so that the outcomes of a whole suite are a text file of a few kilobytes
that can be committed beside the code and compared offline. What was asked, and how, is kept as a
fingerprint; two runs are compared only where their fingerprints agree.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, model_validator

from cft_eval.checker.types.verdict import Outcome, Policy
from cft_eval.errors import CftError
from cft_eval.results.schema import Name, Record, Run, Sample, Settings, Share
from cft_eval.results.sizes import Sizes, SizeSpread, measured, spread

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + "".join(
    map(chr, range(0x100, 0x100 + 195))
)
"""A problem's count of right responses is the character at that position: up to 256 repeats.

Up to 61 they are ASCII, as in the first releases; then come the letters from U+0100 on."""

MOST_REPEATS = len(DIGITS) - 1

_COUNT = {character: count for count, character in enumerate(DIGITS)}

MAX_OUTCOMES_BYTES = 4 << 20
"""The suite has some 10 kB; a million problems with 256 repeats have 2 MB."""

LINE = 160
"""Problems on one line of the file: short enough to read a diff, long enough to stay small."""

MAX_TASKS = 1000
"""Ten times as many as any harness has for mathematics."""

CHECKPOINT = ("revision", "step", "weights_sha256")
"""Notes that tell checkpoints of one name apart, as far as a run knows them."""

Fact = str | int | float | None
Fingerprint = dict[str, Fact]


class InvalidData(CftError):
    """Outcomes that cannot be compared: malformed, incomplete, or of a newer schema."""

    exit_code = 3


class CannotWrite(CftError):
    """A path to which nothing can be written: of files and disks, not of data."""

    exit_code = 6


class CannotRead(CftError):
    """A path that is there and cannot be read: of files and disks, not of data."""

    exit_code = 6


class TaskOutcomes(Record):
    """One task: which problems were answered right."""

    benchmark: Name
    repeats: Annotated[int, Field(ge=1, lt=len(DIGITS))]
    answered: Share
    """Share of the responses in which an answer was found."""

    truncated: Share | None
    """Share of the responses cut by the token limit; None where the engine does not tell."""

    empty: Share
    """Share of the responses that are blank."""

    characters: SizeSpread | None = None
    """Characters of a response over the problems; None in baselines of earlier releases."""

    tokens: SizeSpread | None = None
    """Generated tokens; None where the engine does not tell."""

    responses: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """Hash over all responses: equal for runs that said the same, letter for letter."""

    settings: Fingerprint = Field(default_factory=dict)
    right: Annotated[tuple[str, ...], Field(min_length=1)]
    """Right responses of each problem, a character each, problems in the order of their hash."""

    # Not in the file, which 7,336 hashes would make ten times as large.
    _items: tuple[str, ...] = PrivateAttr(default=())
    _sizes: Sizes | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _counts_fit(self) -> "TaskOutcomes":
        if not any(self.right):
            raise ValueError(f"{self.benchmark} has no problem")
        # As a set first: thousands of problems, and nearly always nothing to say.
        if set("".join(self.right)) <= set(DIGITS[: self.repeats + 1]):
            return self
        for index, character in enumerate("".join(self.right)):
            if not 0 <= DIGITS.find(character) <= self.repeats:
                raise ValueError(
                    f"problem {index} of {self.benchmark} (in the order of their hashes) has "
                    f"{character!r} right responses of {self.repeats}"
                )
        return self

    @property
    def items(self) -> tuple[str, ...]:
        """The problems' hashes, in the order of ``right``; empty where they are not at hand."""
        return self._items

    @property
    def sizes(self) -> Sizes | None:
        """How long the responses to each problem are; None where only the file is at hand."""
        return self._sizes

    def sized(self, sizes: Sizes | None) -> "TaskOutcomes":
        """The same outcomes, with the sizes of the responses."""
        copy = self.model_copy()
        copy._sizes = sizes
        return copy

    def naming(self, items: Iterable[str]) -> "TaskOutcomes":
        """The same outcomes, with the problems by name."""
        copy = self.model_copy()
        copy._items = tuple(sorted(items))
        return copy

    @property
    def counts(self) -> list[int]:
        """Right responses of each problem, shape n."""
        return [_COUNT[character] for character in "".join(self.right)]

    @property
    def score(self) -> float:
        counts = self.counts
        return sum(counts) / (len(counts) * self.repeats)


class RunOutcomes(Record):
    """One run: its tasks and what must agree before it is compared."""

    kind: Literal["cft-eval outcomes"] = "cft-eval outcomes"
    schema_version: Literal[1] = 1
    model: Name
    created: datetime
    settings: Fingerprint
    """What all tasks share; a task's own ``settings`` add to it."""

    notes: dict[Name, str] = Field(default_factory=dict)
    """Facts that move a response by rounding alone, and which checkpoint it is (`CHECKPOINT`); no
    comparison depends on them."""

    tasks: Annotated[dict[Name, TaskOutcomes], Field(min_length=1, max_length=MAX_TASKS)]

    # Not in the file: a frozen baseline is of one run.
    _runs: tuple[str, ...] = PrivateAttr(default=())

    @property
    def checkpoint(self) -> dict[str, str]:
        """What tells it from other checkpoints of its model's name, as far as is known."""
        return {name: self.notes[name] for name in CHECKPOINT if name in self.notes}

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that were pooled into this one, by model and time; empty for a single run."""
        return self._runs

    def fingerprint(self, task: str) -> Fingerprint:
        """Everything about how ``task`` was run."""
        return {**self.settings, **self.tasks[task].settings}


def outcomes(run: Run, samples: Iterable[Sample], *, policy: Policy = "strict") -> RunOutcomes:
    """Boil ``run`` down; raises `InvalidData` where the samples are not whole."""
    by_task: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_task[sample.task].append(sample)
    missing = sorted(run.tasks.keys() - by_task.keys())
    if missing:
        raise InvalidData(
            f"{missing[0]} has a score but no samples: run lm_eval with --log_samples"
        )
    prints = {task: _fingerprint(run, score.settings, policy) for task, score in run.tasks.items()}
    first = next(iter(prints.values()))
    shared = {
        key: fact for key, fact in first.items() if all(p[key] == fact for p in prints.values())
    }
    return RunOutcomes(
        model=run.model.name,
        created=run.created,
        settings=shared,
        notes=_notes(run),
        tasks={
            task: _task(
                by_task[task],
                {key: fact for key, fact in prints[task].items() if key not in shared},
                policy,
            )
            for task in run.tasks
        },
    )


def passes(run: Run, samples: Iterable[Sample]) -> list[RunOutcomes]:
    """A run that asked each problem several times as that many runs, one for each repeat that all
    tasks have."""
    by_repeat: dict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_repeat[sample.repeat].append(sample)
    whole = [each for each in by_repeat.values() if {s.task for s in each} == run.tasks.keys()]
    return [outcomes(run, each) for each in whole]


def _fingerprint(run: Run, settings: Settings, policy: Policy) -> Fingerprint:
    facts: Fingerprint = {
        "policy": policy,
        "checker": settings.checker_version or run.checker_version,
        "engine": run.engine,
        "dtype": run.model.dtype,
        "chat_template": _short(run.chat_template_sha),
        "system_instruction": _short(run.system_instruction_sha),
        "task_version": settings.task_version,
        "n_shot": settings.n_shot,
        "max_gen_toks": settings.max_gen_toks,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "until": json.dumps(settings.until, ensure_ascii=False),
        # None and not "": what a baseline frozen without the field says of it.
        "generation": "; ".join(settings.generation) or None,
        "prompts": _short(settings.prompts),
        "items": _short(settings.items),
    }
    # A field an engine argument, as far as any was given; none takes another field's name.
    given = (each.partition("=")[::2] for each in run.arguments)
    return {**facts, **{name: value for name, value in given if name not in facts}}


def _notes(run: Run) -> dict[str, str]:
    known = {"lm_eval": run.lm_eval_version, "cft_eval": run.cft_eval_version}
    which = {name: getattr(run.model, name) for name in CHECKPOINT}
    return {
        **{name: fact for name, fact in known.items() if fact},
        **run.notes,
        **{name: str(fact) for name, fact in which.items() if fact is not None},
    }


def run_fingerprint(run: Run) -> str:
    """One hash over how every task of ``run`` was run: equal for runs that may be compared."""
    facts = {task: _fingerprint(run, score.settings, "strict") for task, score in run.tasks.items()}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _short(sha: str | None) -> str | None:
    return None if sha is None else sha[:16]


def _task(samples: Sequence[Sample], settings: Fingerprint, policy: Policy) -> TaskOutcomes:
    by_item: dict[str, dict[int, Sample]] = defaultdict(dict)
    for sample in samples:
        if sample.repeat in by_item[sample.item]:
            raise InvalidData(
                f"{sample.task}: item {sample.item} (number {sample.index}) appears twice"
            )
        by_item[sample.item][sample.repeat] = sample
    repeats = max(map(len, by_item.values()))
    for item, responses in by_item.items():
        if len(responses) != repeats:
            raise InvalidData(
                f"{samples[0].task}: item {item} has {len(responses)} responses of {repeats}"
            )
    if repeats >= len(DIGITS):
        raise InvalidData(f"{samples[0].task}: {repeats} repeats; at most {len(DIGITS) - 1}")
    ordered = [
        by_item[item][repeat] for item in sorted(by_item) for repeat in sorted(by_item[item])
    ]
    digest = hashlib.sha256()
    for sample in ordered:
        digest.update(sample.response.encode("utf-8", "surrogatepass") + b"\0")
    cut = [sample.finish for sample in ordered]
    right = "".join(
        DIGITS[sum(_right(sample, policy) for sample in by_item[item].values())]
        for item in sorted(by_item)
    )
    sizes = measured(by_item)
    made = TaskOutcomes(
        benchmark=samples[0].benchmark,
        repeats=repeats,
        answered=_share(sample.answer is not None for sample in ordered),
        truncated=None if "unknown" in cut else _share(finish == "length" for finish in cut),
        empty=_share(not sample.response.strip() for sample in ordered),
        responses=digest.hexdigest()[:16],
        characters=spread(sizes.characters),
        tokens=spread(sizes.tokens),
        settings=settings,
        right=tuple(right[start : start + LINE] for start in range(0, len(right), LINE)),
    )
    return made.naming(by_item).sized(sizes)


def first_difference(left: TaskOutcomes, right: TaskOutcomes) -> str:
    """The first problem that one has and the other lacks, in words; empty where none is known."""
    if not left.items or not right.items:
        return ""
    only = sorted(set(left.items) ^ set(right.items))
    if not only:
        return ""
    side = "first" if only[0] in set(left.items) else "second"
    more = f", as {len(only) - 1} more in one of them" if len(only) > 1 else ""
    return f"item {only[0]} is in the {side} run only{more}"


def _right(sample: Sample, policy: Policy) -> bool:
    if policy == "strict":
        return sample.outcome is Outcome.CORRECT
    if policy not in sample.correct:
        raise InvalidData(f"{sample.task}: item {sample.item} was not graded under {policy}")
    return sample.correct[policy]


def _share(flags: Iterable[bool]) -> float:
    listed = list(flags)
    return round(sum(listed) / len(listed), 6)
