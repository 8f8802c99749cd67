"""Validate an upload: every sample must be one response to one registered problem.

Comes in: the announced run and the samples file. Goes out: the samples by task, in the order of
the test set, or `Rejected` with the first thing that is wrong, its line and its field.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cft_eval.errors import CftError
from cft_eval.results import SAMPLES_FILE, BadRecord, Run, Sample, TaskScore, parse_samples
from cft_eval.server.foundation.display_names import fault
from cft_eval.server.intake.problems import PUBLISHED, ProblemSets
from cft_eval.server.intake.spool import TextSpool, spooled
from cft_eval.testsets import item_hash

MAX_NAME = 300
"""Longest name or note shown on a page."""


MAX_REFERENCE = 10_000
"""Longest reference; those of the benchmarks have some hundred characters."""


class Rejected(CftError):
    """Why an upload will not be published."""


@dataclass(frozen=True, slots=True)
class UploadedResponse:
    """A sample whose problem was recognised."""

    position: int
    """Position of the problem in its benchmark, as this server knows it."""

    sample: Sample


@dataclass(frozen=True, slots=True)
class TaskResponses:
    """All responses of one task, in order of position and repeat."""

    benchmark: str
    items: int
    repeats: int
    expected: int
    """Problems of the whole test set."""

    responses: tuple[UploadedResponse, ...]


def validate(
    run: Run, samples: Path, *, spool: TextSpool, problems: ProblemSets = PUBLISHED
) -> dict[str, TaskResponses]:
    """The responses of each task of ``run``, or `Rejected`. Their texts lie in ``spool``."""
    _check_names(run)
    known = {
        score.benchmark: _KnownProblems.of(problems, score.benchmark, task)
        for task, score in run.tasks.items()
    }
    texts: dict[str, str] = {}
    seen: dict[tuple[str, int, int], int] = {}
    responses: dict[str, list[UploadedResponse]] = {task: [] for task in run.tasks}
    for line, sample in enumerate(_read(samples), start=1):
        position = _recognise(sample, line, run, known)
        first = seen.setdefault((sample.task, position, sample.repeat), line)
        if first != line:
            raise _refusal(
                line, "repeat", f"{sample.task} problem {position} was answered in line {first}"
            )
        # A problem that was answered several times is one text in memory.
        text = texts.setdefault(sample.item, sample.problem)
        one = sample.model_copy(update={"problem": text})
        responses[sample.task].append(UploadedResponse(position, spooled(one, spool)))
    return {
        task: _complete(task, score, responses[task], known[score.benchmark])
        for task, score in run.tasks.items()
    }


@dataclass(frozen=True, slots=True)
class _KnownProblems:
    """The problems of one benchmark by content hash."""

    hashes: tuple[str, ...]
    positions: dict[str, int]
    corrected: set[tuple[int, str]]
    """Index and reference of every corrected label."""

    @classmethod
    def of(cls, problems: ProblemSets, benchmark: str, task: str) -> "_KnownProblems":
        try:
            hashes = problems.items(benchmark)
        except CftError as error:
            raise Rejected(f"run.json: tasks.{task}.benchmark: {error}") from None
        # From the end, so that a problem that a test set has twice keeps its first position.
        positions = range(len(hashes) - 1, -1, -1)
        by_hash = {hashes[position]: position for position in positions}
        for other in problems.wordings(benchmark):
            by_hash = {item: index for index, item in enumerate(other)} | by_hash
        corrected = {(each.index, each.reference) for each in problems.errata(benchmark)}
        return cls(hashes, by_hash, corrected)

    def position(self, sample: Sample) -> int | None:
        """Where the problem stands; the sample's own index counts only where it is right."""
        if sample.index < len(self.hashes) and self.hashes[sample.index] == sample.item:
            return sample.index
        return self.positions.get(sample.item)


def _read(samples: Path) -> Iterator[Sample]:
    try:
        with samples.open("rb") as stream:
            yield from parse_samples(stream, file=SAMPLES_FILE)
    except BadRecord as error:
        raise Rejected(str(error)) from None


def _recognise(sample: Sample, line: int, run: Run, known: dict[str, _KnownProblems]) -> int:
    task = run.tasks.get(sample.task)
    if task is None:
        raise _refusal(line, "task", f"{sample.task!a} is not a task of run.json")
    if sample.benchmark != task.benchmark:
        raise _refusal(
            line, "benchmark", f"{sample.benchmark!a}, and run.json says {task.benchmark!a}"
        )
    if len(sample.reference) > MAX_REFERENCE:
        raise _refusal(line, "reference", f"longer than {MAX_REFERENCE} characters")
    if sample.item != item_hash(sample.problem, sample.reference):
        if (sample.index, sample.reference) in known[task.benchmark].corrected:
            what = (
                "graded by a corrected label; boards compare by the published ones, so run without"
            )
            raise _refusal(line, "reference", f"{what} errata")
        raise _refusal(line, "item", f"{sample.item} is not the hash of this problem and reference")
    position = known[task.benchmark].position(sample)
    if position is None:
        raise _refusal(
            line,
            "item",
            f"{sample.item} is no problem of {task.benchmark}: its text was changed",
        )
    return position


def _complete(
    task: str, score: TaskScore, responses: list[UploadedResponse], known: _KnownProblems
) -> TaskResponses:
    items = len({response.position for response in responses})
    rows = items * score.repeats
    # Repeats are distinct already, so equal counts mean that none is missing.
    beyond = any(response.sample.repeat >= score.repeats for response in responses)
    if items != score.items or len(responses) != rows or beyond:
        raise Rejected(
            f"{SAMPLES_FILE}: {task} has {len(responses)} responses to {items} problems, and "
            f"run.json says {score.items} problems with {score.repeats} each"
        )
    ordered = sorted(responses, key=lambda r: (r.position, r.sample.repeat))
    return TaskResponses(score.benchmark, items, score.repeats, len(known.hashes), tuple(ordered))


def _check_names(run: Run) -> None:
    model = run.model
    named = {
        "model.name": model.name,
        "model.revision": model.revision,
        "model.base_model": model.base_model,
        "model.method": model.method,
        "model.training_data": model.training_data,
        "engine": run.engine,
        **{f"model.tags.{index}": tag for index, tag in enumerate(model.tags)},
        **{f"tasks.{number}": task for number, task in enumerate(run.tasks)},
    }
    for field, name in named.items():
        wrong = fault(name or "")
        if wrong is not None:
            raise Rejected(f"run.json: {field}: {wrong}")
        if len(name or "") > MAX_NAME:
            raise Rejected(f"run.json: {field}: longer than {MAX_NAME} characters")


def _refusal(line: int, field: str, what: str) -> Rejected:
    return Rejected(f"{SAMPLES_FILE}, line {line}: {field}: {what}")
