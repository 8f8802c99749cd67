"""A user's own problems: a file or a set of the hub, read by a mapping of its fields.

    mine.jsonl, problem=question ── rows ──> contents ── looked through ──> items of "own"

Every row is looked at before a model is: what has no problem or reference, stands there twice or
can be answered by nothing is an error that names its line. Items have the hashes of all others, so
that runs over the same problems compare, whoever's file it was.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from cft_eval.caller import setting
from cft_eval.checker import Outcome, Rules, check_many
from cft_eval.errors import CftError
from cft_eval.testsets import hub
from cft_eval.testsets.benchmarks import Source
from cft_eval.testsets.content import item_hash
from cft_eval.testsets.known import OWN
from cft_eval.testsets.load import Item
from cft_eval.testsets.rows import BadRow, Content, Row, last_box
from cft_eval.testsets.sources import json_rows

FIELDS = {
    "problem": ("problem", "Problem", "question", "Question", "prompt"),
    "reference": ("reference", "answer", "Answer", "final_answer", "expected_answer", "solution"),
    "level": ("level", "difficulty"),
    "subject": ("subject", "type", "topic"),
}
"""What we call a field, and what it is looked for under where nothing says so."""

NEEDED = ("problem", "reference")

SHOWN = 5
"""Rows that an error names; the rest it counts."""

MOST = 100_000
"""Problems; more is a corpus, for `cft-eval regrade`."""

UNLIKELY = "\\boxed{271828182.84}"
"""A response that is right for no problem: whether a reference can be read shows in its verdict."""


class BadProblems(CftError):
    """Problems that cannot be evaluated as they are."""

    def __init__(self, where: str, problems: list[str]) -> None:
        more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        super().__init__(f"{where}: {'; '.join(problems[:SHOWN])}{more}")


@dataclass(frozen=True, slots=True)
class OwnSource:
    """Where a user's problems are."""

    problems: str
    """A file of JSON lines, or a set's name on the hub."""

    fields: Mapping[str, str] = field(default_factory=dict)
    """Our names of `FIELDS` to the file's."""

    split: str = "test"
    config: str = ""
    """Of a set on the hub."""

    benchmark: str = OWN
    """What the items are of: problems, or solutions to be judged."""


def load_own(source: OwnSource) -> list[Item]:
    """Every problem of ``source``, in its order; raises `BadProblems`, `BadRow` or `NoHub`."""
    unknown = sorted(set(source.fields) - set(FIELDS))
    if unknown:
        raise BadProblems(
            setting("fields"), [f"{unknown[0]}: no such field; known: {', '.join(FIELDS)}"]
        )
    path = Path(source.problems)
    if path.is_file():
        status = path.stat()
        fields = tuple(sorted(source.fields.items()))
        items = list(_of_file(path.resolve(), status.st_mtime_ns, status.st_size, fields))
        return [replace(item, benchmark=source.benchmark) for item in items]
    if path.suffix or source.problems.count("/") != 1:
        raise BadProblems(source.problems, ["no such file"])
    copy = Source(
        source.problems,
        source.split,
        lambda row: content(row, source.fields),
        (source.config,) if source.config else (),
    )
    contents = hub.contents(OWN, copy)
    items = _items([(f"row {n}", each) for n, each in enumerate(contents)], source.problems)
    return [replace(item, benchmark=source.benchmark) for item in items]


@lru_cache(maxsize=8)
def _of_file(
    path: Path, _changed: int, _size: int, fields: tuple[tuple[str, str], ...]
) -> tuple[Item, ...]:
    contents: list[tuple[str, Content]] = []
    problems: list[str] = []
    for number, row in _rows(path):
        try:
            contents.append((f"line {number}", content(row, dict(fields))))
        except BadRow as error:
            problems.append(f"line {number}: {error}")
    if problems:
        raise BadProblems(str(path), problems)
    return tuple(_items(contents, str(path)))


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """JSON lines, or one list of objects."""
    start = path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"["):
        yield from json_rows(OWN, path)
        return
    try:
        listed = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise BadProblems(str(path), [f"not JSON: {error}"]) from None
    for number, row in enumerate(listed, start=1):
        if not isinstance(row, dict):
            raise BadProblems(str(path), [f"entry {number}: expected a JSON object"])
        yield number, row


def content(row: Row, fields: Mapping[str, str]) -> Content:
    r"""One row by its fields; raises `BadRow`.

    >>> content({"question": "1+1?", "answer": 2}, {})
    Content(problem='1+1?', reference='2', level=None, subject=None, solution='')
    >>> content({"q": "1+1?", "solution": "so \\boxed{2}"}, {"problem": "q"}).reference
    '2'
    """
    values = {name: _value(row, name, fields.get(name)) for name in FIELDS}
    for name, text in values.items():
        if text is not None and not _is_text(text):
            raise BadRow(f"{fields.get(name) or name}: invalid text: half a surrogate pair")
    return Content(
        problem=values["problem"] or "",
        reference=_reference(values["reference"] or ""),
        level=values["level"],
        subject=values["subject"],
    )


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _value(row: Row, name: str, given: str | None) -> str | None:
    there = next((key for key in ([given] if given else FIELDS[name]) if key in row), None)
    value = None if there is None else row[there]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str | int | float) and str(value).strip():
        return str(value).strip() if name in NEEDED else str(value)
    if name not in NEEDED:
        return None
    if there is None:
        listed = ", ".join(map(str, list(row)[:8]))
        raise BadRow(
            f"no {given or name} in it (it has: {listed}); "
            f"{setting('fields', **{name: '…'})} says which it is"
        )
    raise BadRow(f"{there}: expected text or a number, got {value!r}")


def _reference(text: str) -> str:
    """The answer where a whole solution is given: after GSM8K's mark, or in its last box."""
    if "####" in text:
        return text.rpartition("####")[2].strip()
    return last_box(text) if "\\boxed" in text else text


def _items(contents: list[tuple[str, Content]], where: str) -> list[Item]:
    if not contents:
        raise BadProblems(where, ["no problem in it"])
    if len(contents) > MOST:
        raise BadProblems(where, [f"{len(contents)} problems; at most {MOST} are evaluated"])
    problems = [*_twice(contents), *_unreadable(contents)]
    if problems:
        raise BadProblems(where, problems)
    return [
        Item(
            benchmark=OWN,
            index=index,
            item=item_hash(each.problem, each.reference),
            problem=each.problem,
            reference=each.reference,
            level=each.level,
            subject=each.subject,
            rules=Rules(),
        )
        for index, (_, each) in enumerate(contents)
    ]


def _twice(contents: list[tuple[str, Content]]) -> Iterator[str]:
    seen: dict[str, tuple[str, str]] = {}
    for where, each in contents:
        first, reference = seen.setdefault(item_hash(each.problem, ""), (where, each.reference))
        if first != where:
            other = "" if reference == each.reference else ", with another reference"
            yield f"{where}: the problem of {first} again{other}"


def _unreadable(contents: list[tuple[str, Content]]) -> Iterator[str]:
    rows = [
        {"response": UNLIKELY, "reference": each.reference, "benchmark": OWN}
        for _, each in contents
    ]
    for (where, each), verdict in zip(contents, check_many(rows), strict=True):
        if verdict.outcome is Outcome.BAD_REFERENCE:
            yield f"{where}: reference {each.reference[:60]!r}: nothing could be right"
