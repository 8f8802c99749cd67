"""Read a row of a corpus, in any of three formats.

    {"reference", "response" or "answer", "benchmark"?, "rules"?, "id"?}         `cft-eval check`'s
    {"benchmark", "item", "reference", "response", "outcome", …}                   a board's samples
    {"doc": {"benchmark", "item", "reference", …}, "resps": [[…]]}                 lm-eval's log

A row that is none of them is kept as one that could not be read, with the reason.
"""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cft_eval.checker import Outcome
from cft_eval.checker.run.bulk import BadCheckRow
from cft_eval.testsets import BENCHMARKS, rules_of
from cft_eval.testsets.known import CRITIQUE_OWN, OWN, grading_of


class ResponseRow(NamedTuple):
    """One response to be graded, or why there is none."""

    id: str | None
    row: Mapping[str, object] | None
    """In the checker's form; None for a row that cannot be read."""

    before: str | None = None
    """The outcome that the row brings; None where it brings none."""

    reason: str = ""


def responses_in(raw: object) -> Iterator[ResponseRow]:
    """Every response that a row asks to grade; at least one, so that no row is lost."""
    if not isinstance(raw, Mapping):
        yield ResponseRow(None, None, reason="the row is not an object")
        return
    try:
        if isinstance(raw.get("doc"), Mapping):
            yield from _logged(raw, raw["doc"])
        elif isinstance(raw.get("item"), str) and _ours(raw):
            yield _sample(raw, raw.get("response"), str(raw["item"]), _outcome(raw.get("outcome")))
        else:
            yield _flat(raw)
    except BadCheckRow as error:
        yield ResponseRow(_text(raw.get("id")), None, reason=str(error))


def _ours(doc: Mapping[str, object]) -> bool:
    return doc.get("benchmark") in BENCHMARKS or doc.get("benchmark") in (OWN, CRITIQUE_OWN)


def _flat(raw: Mapping[str, object]) -> ResponseRow:
    fields = {key: raw[key] for key in ("response", "answer", "reference", "benchmark", "rules")
            if raw.get(key) is not None}  # fmt: skip
    if "response" in fields and "answer" in fields:
        del fields["answer"]  # what somebody extracted before; the response is graded
    before = _outcome(raw.get("outcome"))
    if before is None and isinstance(raw.get("correct"), bool):
        before = Outcome.CORRECT.value if raw["correct"] else Outcome.WRONG.value
    return ResponseRow(_text(raw.get("id")), fields, before)


def _sample(
    doc: Mapping[str, object],
    response: object,
    item: str,
    before: str | None,
    repeat: object = None,
) -> ResponseRow:
    repeat = doc.get("repeat", 0) if repeat is None else repeat
    benchmark = str(doc["benchmark"])
    row = {
        "response": response,
        "reference": doc.get("reference"),
        "benchmark": grading_of(benchmark),
        # Not the rules that the row may bring: those of the published item.
        "rules": rules_of(item),
    }
    return ResponseRow(f"{benchmark}/{item}/{repeat}", row, before)


def _logged(raw: Mapping[str, object], doc: Mapping[str, object]) -> Iterator[ResponseRow]:
    """A line of lm-eval's log of our tasks: a document with every response to it."""
    if not _ours(doc) or not isinstance(doc.get("item"), str):
        raise BadCheckRow(
            "a log of lm-eval's own tasks, not ours: import it with `cft-eval import lm-eval`"
        )
    answers = raw.get("resps")
    flat = answers[0] if isinstance(answers, list) and answers else None
    if not isinstance(flat, list):
        flat = [flat]
    verdicts = doc.get("verdicts")
    for repeat, response in enumerate(flat):
        before = None
        if isinstance(verdicts, list) and repeat < len(verdicts):
            verdict = verdicts[repeat]
            before = _outcome(verdict.get("outcome")) if isinstance(verdict, Mapping) else None
        yield _sample(doc, response, str(doc["item"]), before, repeat)


def _outcome(value: object) -> str | None:
    return value if isinstance(value, str) and value in set(Outcome) else None


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str)
