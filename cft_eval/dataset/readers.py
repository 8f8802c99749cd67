"""Read rows from files and from the hub, in every published form. No torch.

    name or path ── records ──> shape of its columns ──> Row

WebInstruct-CFT, One-Shot-CFT messages, MetaMath, NuminaMath and plain JSONL are told apart by
their columns. A record that is none of these is a `BadTrainingRow` with its number.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from cft_eval.dataset.rows import BadTrainingRow, TrainingRow
from cft_eval.dataset.texts import question_and_response, user_text
from cft_eval.errors import CftError, MissingExtra, first_line


class HubData(NamedTuple):
    """Where a dataset lies on the Hugging Face hub."""

    path: str
    config: str | None = None
    split: str = "train"


HUB = {
    "webinstruct-cft-4k": HubData("TIGER-Lab/WebInstruct-CFT", "WebInstruct-CFT-4K"),
    "webinstruct-cft-50k": HubData("TIGER-Lab/WebInstruct-CFT", "WebInstruct-CFT-50K"),
    "webinstruct-cft-600k": HubData("TIGER-Lab/WebInstruct-CFT", "WebInstruct-CFT-600K"),
    "webinstruct": HubData("TIGER-Lab/WebInstructSub"),
    "one-shot-cft": HubData("TIGER-Lab/One-Shot-CFT-Data"),
    "metamath": HubData("meta-math/MetaMathQA"),
    "numinamath": HubData("AI-MO/NuminaMath-CoT"),
}
"""Short names for the sets that the papers used."""

HUB_PREFIX = "hub:"

Record = Mapping[str, Any]
Parts = dict[str, Any]
"""Fields of a `TrainingRow`."""


class NoRows(CftError):
    """There is no such data, or it holds nothing."""


def read(source: str, *, limit: int | None = None) -> list[TrainingRow]:
    """The rows of a file, a folder's JSONL files, a short name, or ``hub:OWNER/NAME[:CONFIG]``."""
    rows = list(islice(iterate(source), limit))
    if not rows:
        raise NoRows(f"{source}: no rows in it")
    return rows


def iterate(source: str) -> Iterator[TrainingRow]:
    """Rows one by one: the large sets need not fit into memory."""
    for name, records in _sources(source):
        for number, record in records:
            yield row_of(record, source=name, number=number)


def _sources(source: str) -> Iterator[tuple[str, Iterable[tuple[int, Any]]]]:
    if source in HUB or source.startswith(HUB_PREFIX):
        yield source, enumerate(_hub_records(_hub_data(source)), start=1)
        return
    path = Path(source)
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix in (".jsonl", ".json"))
        if not files:
            raise NoRows(f"{source}: no .jsonl or .json file in this folder")
    elif path.is_file():
        files = [path]
    else:
        raise NoRows(
            f"{source}: no such file; known names are {', '.join(HUB)}, and "
            f"{HUB_PREFIX}OWNER/NAME[:CONFIG[:SPLIT]] reads any data set on the hub"
        )
    for file in files:
        yield str(file), _file_records(file)


def _hub_data(source: str) -> HubData:
    if source in HUB:
        return HUB[source]
    return HubData(*source.removeprefix(HUB_PREFIX).split(":")[:3])


def _hub_records(data: HubData) -> Iterable[Any]:
    try:
        import datasets
    except ImportError:
        raise MissingExtra("reading the hub", "train") from None
    try:
        records = datasets.load_dataset(data.path, data.config, split=data.split, streaming=True)
    except (OSError, ValueError, datasets.exceptions.DatasetNotFoundError) as error:
        raise NoRows(
            f"{data.path}: the download from the hub failed ({first_line(error)}); "
            "download the file and give its path"
        ) from None
    return iter(records)  # type: ignore[no-any-return, unused-ignore]


def _file_records(path: Path) -> Iterator[tuple[int, Any]]:
    """Lines of JSON, or one JSON array, whatever the file is called."""
    # Some editors begin a file with a byte order mark, which is no part of its text.
    with path.open(encoding="utf-8-sig") as file:
        try:
            start = file.read(1)
            file.seek(0)
            if start == "[":
                yield from enumerate(json.load(file), start=1)
                return
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _parsed(line, path, number)
        except UnicodeDecodeError as error:
            raise BadTrainingRow(
                f"{path}: not UTF-8 at byte {error.start}; convert the file"
            ) from None
        except json.JSONDecodeError as error:
            raise BadTrainingRow(f"{path}: line {error.lineno}: not JSON: {error.msg}") from None


def _parsed(line: str, path: Path, number: int) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise BadTrainingRow(f"{path}: row {number}: not JSON: {error.msg}") from None


def row_of(record: Any, *, source: str = "row", number: int = 1) -> TrainingRow:
    """One record as a row; raise `BadTrainingRow` where its columns are of no known shape."""
    name = f"{source}: row {number}"
    if not isinstance(record, Mapping):
        raise BadTrainingRow(f"{name}: a JSON object was expected, not {type(record).__name__}")
    for wanted, build in _SHAPES:
        if wanted <= record.keys():
            parts = build(record, name)
            return TrainingRow(**parts, source=source, number=number)
    raise BadTrainingRow(
        f"{name}: the columns {', '.join(record) or 'none'} match no known format; "
        "a plain row has question, response and, for CFT, critique"
    )


def _alpaca(record: Record, name: str) -> Parts:
    """WebInstruct-CFT: instruction, input, output. Anything else of this form is an SFT row."""
    prompt = user_text(_text(record, "instruction", name), _text(record, "input", name))
    return _prompt_and_target(prompt, _text(record, "output", name))


def _prompt_and_target(prompt: str, target: str) -> Parts:
    parts = question_and_response(prompt)
    if parts is None:
        return {"question": prompt, "response": target}
    return {"question": parts[0], "response": parts[1], "critique": target, "prompt": prompt}


def _chat(record: Record, name: str) -> Parts:
    """One-Shot-CFT: one user turn, one assistant turn, perhaps a system turn before them."""
    messages = record["messages"]
    turns = messages if isinstance(messages, list) else []
    if not all(isinstance(turn, Mapping) and {"role", "content"} <= turn.keys() for turn in turns):
        raise BadTrainingRow(f"{name}: each of messages needs a role and a content")
    spoken = [turn for turn in turns if turn["role"] != "system"]
    if [turn["role"] for turn in spoken] != ["user", "assistant"]:
        roles = ", ".join(str(turn["role"]) for turn in turns) or "none"
        raise BadTrainingRow(
            f"{name}: messages must be one user and one assistant turn, not {roles}"
        )
    prompt, target = (_text(turn, "content", name) for turn in spoken)
    return _prompt_and_target(prompt, target)


def _teacher_log(record: Record, name: str) -> Parts:
    """One-Shot-CFT's raw rows: the student's solution in an object of its own."""
    solution = record["student_solution"]
    if not isinstance(solution, Mapping):
        raise BadTrainingRow(f"{name}: student_solution must be an object")
    return {
        "question": _text(record, "question", name),
        "response": _text(solution, "solution", name),
        "critique": _optional(record, name, "critique"),
        "reference": _optional(record, name, "gt_answer"),
    }


def _of_columns(question: str, response: str, *answer: str) -> Callable[[Record, str], Parts]:
    """``answer``: columns with the right answer, beside those that are always read for it."""

    def build(record: Record, name: str) -> Parts:
        return {
            "question": _text(record, question, name),
            "response": _text(record, response, name),
            "critique": _optional(record, name, "critique"),
            "reference": _optional(record, name, "reference", "gt_answer", "final_answer", *answer),
        }

    return build


_SHAPES: tuple[tuple[set[str], Callable[[Record, str], Parts]], ...] = (
    ({"instruction", "input", "output"}, _alpaca),
    ({"question", "student_solution"}, _teacher_log),
    ({"question", "response"}, _of_columns("question", "response")),
    ({"query", "response"}, _of_columns("query", "response")),  # MetaMath
    ({"problem", "solution"}, _of_columns("problem", "solution", "answer")),  # NuminaMath, MATH
    ({"question", "solution"}, _of_columns("question", "solution", "answer")),
    ({"messages"}, _chat),
    ({"question", "answer"}, _of_columns("question", "answer")),  # GSM8K
)
"""Columns that a form needs, the more telling ones first: NuminaMath has messages as well."""


def _text(record: Record, column: str, name: str) -> str:
    value = record[column]
    if not isinstance(value, str):
        raise BadTrainingRow(f"{name}: {column} must be text, not {type(value).__name__}")
    return _whole(value, column, name)


def _whole(value: str, column: str, name: str) -> str:
    """Text that can be written again: half of a surrogate pair is no character."""
    if not value.isascii() and any("\ud800" <= mark <= "\udfff" for mark in value):
        raise BadTrainingRow(
            f"{name}: {column} holds half a character (a lone surrogate); repair the text"
        )
    return value


def _optional(record: Record, name: str, *columns: str) -> str | None:
    present = next((column for column in columns if record.get(column) is not None), None)
    if present is None:
        return None
    value = record[present]
    return str(value) if isinstance(value, int | float) else _text(record, present, name)
