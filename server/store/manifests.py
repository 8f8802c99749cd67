"""What an upload says about its run: bounded on arrival, readable whichever release stored it."""

from datetime import UTC, timedelta
from typing import Any

from pydantic import ValidationError

from cft_eval.plain import printable
from cft_eval.results import Run
from cft_eval.results.schema import MAX_COUNT
from cft_eval.server.foundation.errors import Invalid
from cft_eval.server.store.models import now

MAX_TASKS = 200
"""Far more than any suite has: each is graded, stored and shown by itself."""

MAX_TAGS = 50
MAX_TAG = 100
"""Characters of one tag."""

NAMES = frozenset({"name", "tags", "benchmark", "engine"})
"""Fields that hold names, which stand on one line."""

AHEAD = timedelta(days=1)
"""How far another machine's clock may be before this one's."""


def check(run: Run) -> None:
    """Raise a `Invalid` where ``run`` says what no run can."""
    # A moment without a zone is one of this machine's, as it is where it is stored.
    if run.created.astimezone(UTC) > now() + AHEAD:
        raise _wrong("run.created", f"{run.created.isoformat()} is in the future; set the clock")
    if len(run.tasks) > MAX_TASKS:
        raise _wrong("run.tasks", f"{len(run.tasks)} tasks; at most {MAX_TASKS} are accepted")
    if len(run.model.tags) > MAX_TAGS:
        raise _wrong(
            "run.model.tags", f"{len(run.model.tags)} tags; at most {MAX_TAGS} are accepted"
        )
    for index, tag in enumerate(run.model.tags):
        if len(tag) > MAX_TAG:
            raise _wrong(f"run.model.tags.{index}", f"longer than {MAX_TAG} characters")


def read(manifest: dict[str, Any]) -> Run:
    """The run that a manifest holds, which was taken before there were bounds perhaps.

    A number beyond them is unknown: no column holds it; control characters are left out.
    """
    try:
        return Run.model_validate(manifest)
    except ValidationError:
        return Run.model_validate(_bounded(manifest))


def known(count: int | None) -> int | None:
    """``count``, or None where it is beyond all bounds."""
    return count if count is None or abs(count) <= MAX_COUNT else None


def _bounded(value: Any, name: str = "") -> Any:
    match value:
        case dict():
            return {printable(key): _bounded(each, key) for key, each in value.items()}
        case list():
            return [_bounded(each, name) for each in value]
        case str() if name in NAMES:
            return printable(value)
        case bool():
            return value
        case int() if known(value) is None and name != "schema_version":
            # The one number that a run cannot do without, and that was not counted here.
            return MAX_COUNT if name == "expected_items" else None
    return value


def _wrong(field: str, what: str) -> Invalid:
    return Invalid(f"the manifest: {field}: {what}")
