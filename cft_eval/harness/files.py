"""Find lm-eval's files and read them line by line; an error names the file, line and field."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cft_eval.errors import CftError
from cft_eval.harness.log_schema import LoggedSample, ResultsRecord
from cft_eval.results.io import BadRecord, field_of, lines_at_most, read_at_most

MAX_RESULTS_BYTES = 64 << 20
"""A results file of a hundred tasks has a few megabytes."""

MAX_LINE_BYTES = 64 << 20
"""One problem with 256 responses of 100,000 characters, which lm-eval writes twice."""

_Record = TypeVar("_Record", bound=BaseModel)


class OutputError(CftError):
    """An output of lm-eval that cannot be read as a run."""


class NoOutput(OutputError):
    """Nothing was found where results were expected."""


class UnreadableOutput(OutputError):
    """A file or folder that is there and may not be read, or a disk that fails."""

    exit_code = 6

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: cannot read: {error.strerror}")


class SeveralModels(OutputError):
    """A folder with the results of more than one model."""

    def __init__(self, path: Path, folders: Iterable[Path]) -> None:
        names = ", ".join(sorted(folder.name for folder in folders))
        super().__init__(f"{path}: holds the results of several models: name one of {names}")


class NotLogged(OutputError):
    """lm-eval ran without its sample log."""

    def __init__(self, results: Path, task: str) -> None:
        super().__init__(
            f"{results}: no samples of {task} beside it; run lm_eval again with --log_samples"
        )


class NoTasksOfOurs(OutputError):
    """lm-eval ran, but none of its tasks came from here."""

    def __init__(self, results: Path, tasks: Iterable[str]) -> None:
        listed = ", ".join(sorted(tasks)[:5]) or "none"
        super().__init__(
            f"{results}: no task of cft_eval in it (found: {listed}); "
            "run lm_eval with --tasks cft_math_suite"
        )


class BadOutput(OutputError):
    """A file of lm-eval that does not hold what it should."""

    def __init__(self, file: Path, field: str, what: str, *, line: int | None = None) -> None:
        where = f"{file}, line {line}" if line is not None else str(file)
        super().__init__(f"{where}: {field + ': ' if field else ''}{what}")


@dataclass(frozen=True, slots=True)
class Output:
    """One results file; its stamp is what ties the samples to it."""

    results: Path

    def samples(self, task: str) -> Path:
        """The sample log of ``task``; raises `NotLogged` where there is none."""
        stamp = self.results.stem.rpartition("_")[2]
        folder = self.results.parent
        # lm-eval 0.4.3 called them .json; before it the model's arguments came first in their name.
        named = [folder / f"samples_{task}_{stamp}{suffix}" for suffix in (".jsonl", ".json")]
        if stamp == OLD.stem:
            named = sorted(folder.glob(f"*_{task}.jsonl"), key=lambda path: len(path.name))
        for path in named:
            if path.is_file():
                return path
        raise NotLogged(self.results, task)


OLD = Path("results.json")
"""What lm-eval before 0.4.3 called its results."""


def find_any_output(path: Path) -> Output:
    """As `find_output`, and also what lm-eval before 0.4.3 left."""
    old = path / OLD
    return (
        Output(old) if old.is_file() and not any(path.glob("results_*.json")) else find_output(path)
    )


def find_output(path: Path) -> Output:
    """The newest results file at, in, or one model's folder below ``path``."""
    if path.is_file():
        return Output(path)
    if not path.is_dir():
        raise NoOutput(f"{path}: no such file or folder; it is what lm_eval's --output_path named")
    try:
        # A folder that may not be listed looks empty to glob.
        next(path.iterdir(), None)
    except OSError as error:
        raise UnreadableOutput(path, error) from None
    results = sorted(path.glob("results_*.json"), key=_stamp)
    if not results:
        results = sorted(path.glob("*/results_*.json"), key=_stamp)
        folders = {file.parent for file in results}
        if len(folders) > 1:
            raise SeveralModels(path, folders)
    if results:
        return Output(results[-1])
    if not any(path.iterdir()):
        raise NoOutput(f"{path}: the folder is empty; has lm_eval finished?")
    raise NoOutput(f"{path}: no results_*.json in it; lm_eval writes one when it has finished")


def _stamp(results: Path) -> str:
    # The time in the name sorts as text, and survives a copy, which the file's own time does not.
    return results.stem.rpartition("_")[2]


def read_results(file: Path) -> ResultsRecord:
    """Read a results file; raises `BadOutput`."""
    try:
        text = read_at_most(file, MAX_RESULTS_BYTES).decode()
    except BadRecord as error:
        raise BadOutput(file, "", error.what) from None
    except UnicodeDecodeError as error:
        raise BadOutput(file, "", f"not UTF-8 at byte {error.start}") from None
    except OSError as error:
        raise UnreadableOutput(file, error) from None
    try:
        value = json.loads(text)
    except RecursionError:
        raise BadOutput(file, "", "nested too deeply") from None
    except ValueError as error:
        raise BadOutput(file, "", f"not JSON: {error}; was lm_eval interrupted?") from None
    if isinstance(value, dict) and file.name == OLD.name and "date" not in value:
        value["date"] = file.stat().st_mtime  # the nearest thing there is
    return _parse(ResultsRecord, value, file)


def read_samples(file: Path, task: str) -> list[LoggedSample]:
    """Read a sample log, in the order of the items; raises `BadOutput` at the first bad line."""
    lines: dict[int, int] = {}
    records: list[LoggedSample] = []
    for number, line in enumerate(read_lines(file), start=1):
        value = _json(line, file, number, after=records[-1:])
        record = _parse(LoggedSample, value, file, line=number)
        index = record.doc.index
        if index in lines:
            what = f"item {index} of {task} ({record.doc.item}) is already in line {lines[index]}"
            raise BadOutput(file, "doc.index", what, line=number)
        lines[index] = number
        records.append(record)
    if not records:
        raise BadOutput(file, "", f"no sample of {task} in it; was lm_eval interrupted?")
    _agree(records, file, task)
    return sorted(records, key=lambda record: record.doc.index)


def read_lines(file: Path) -> Iterator[bytes]:
    """The lines of a log, each bounded; raises `BadOutput` or `UnreadableOutput`."""
    try:
        with file.open("rb") as stream:
            yield from lines_at_most(stream, MAX_LINE_BYTES, file=str(file))
    except BadRecord as error:
        raise BadOutput(file, "", error.what, line=error.line) from None
    except OSError as error:
        raise UnreadableOutput(file, error) from None


def _agree(records: list[LoggedSample], file: Path, task: str) -> None:
    first = records[0]
    for number, record in enumerate(records, start=1):
        if record.doc.benchmark != first.doc.benchmark:
            what = f"{record.doc.benchmark}, and line 1 says {first.doc.benchmark}"
            raise BadOutput(file, "doc.benchmark", what, line=number)
        if len(record.responses) != len(first.responses):
            what = f"{len(record.responses)} responses, and line 1 has {len(first.responses)}"
            raise BadOutput(file, "resps", f"{task}: {what}", line=number)


def _json(line: bytes, file: Path, number: int, *, after: Sequence[LoggedSample]) -> object:
    try:
        return json.loads(line, parse_constant=_refuse)
    except _NotFinite as error:
        what = f"holds {error}, which is not a number{_item(json.loads(line))}"
        raise BadOutput(file, "", what, line=number) from None
    except UnicodeDecodeError as error:
        raise BadOutput(file, "", f"not UTF-8 at byte {error.start}", line=number) from None
    except RecursionError:
        raise BadOutput(file, "", "nested too deeply", line=number) from None
    except ValueError as error:
        last = f" after item {after[-1].doc.index} ({after[-1].doc.item})" if after else ""
        what = f"not JSON: {error}; the file is cut off or was edited{last}"
        raise BadOutput(file, "", what, line=number) from None


class _NotFinite(ValueError):
    pass


def _refuse(constant: str) -> object:
    raise _NotFinite(constant)


def _item(value: object) -> str:
    """Which item a line that cannot be used is of, as far as it says."""
    match value:
        case {"doc": {"index": int(index), "item": str(item)}}:
            return f" (item {index}, {ascii(item)[1:17]})"
    return ""


def _parse(model: type[_Record], value: object, file: Path, *, line: int | None = None) -> _Record:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = field_of(first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        if field == "doc.benchmark":
            what += "; the sample is of no task of cft_eval"
        if field == "doc.verdicts":
            what += "; nothing was graded: was lm_eval run with --predict_only?"
        raise BadOutput(file, field, what + _item(value), line=line) from None
