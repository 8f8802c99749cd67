"""Frozen baselines: outcomes as a file of a few kilobytes, and what was measured of the gate.

Schema 1 holds outcomes alone. Schema 2 adds a calibration, and is written only where there is one.
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from cft_eval.results.calibration import Calibration
from cft_eval.results.io import BadRecord, field_of, read_at_most
from cft_eval.results.outcomes import (
    MAX_OUTCOMES_BYTES,
    CannotRead,
    CannotWrite,
    InvalidData,
    RunOutcomes,
)


class CalibratedOutcomes(RunOutcomes):
    """A baseline whose gate was tried on runs of the team's own."""

    schema_version: Literal[2] = 2  # type: ignore[assignment]  # another number is another file
    calibration: Calibration


def calibrated(outcomes: RunOutcomes, calibration: Calibration) -> CalibratedOutcomes:
    fields = {name: getattr(outcomes, name) for name in RunOutcomes.model_fields}
    return CalibratedOutcomes(**{**fields, "schema_version": 2, "calibration": calibration})


def calibration_of(outcomes: RunOutcomes) -> Calibration | None:
    return outcomes.calibration if isinstance(outcomes, CalibratedOutcomes) else None


def write_outcomes(outcomes: RunOutcomes, path: Path) -> None:
    """Write the file whole or not at all."""
    half = path.with_name(path.name + ".part")
    try:
        half.write_text(outcomes.model_dump_json(indent=1) + "\n", encoding="utf-8")
        half.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path}: cannot write: {error.strerror}") from None


def read_outcomes(path: Path) -> RunOutcomes:
    """Read a frozen baseline; raises `InvalidData` naming the first field that is off."""
    try:
        text = read_at_most(path, MAX_OUTCOMES_BYTES).decode()
    except BadRecord as error:
        raise InvalidData(str(error)) from None
    except OSError as error:
        raise CannotRead(f"{path}: cannot read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidData(f"{path}: not UTF-8 at byte {error.start}") from None
    return parse_outcomes(text, where=str(path))


def parse_outcomes(text: str, *, where: str) -> RunOutcomes:
    """Parse the text of a frozen baseline; ``where`` names it in errors."""
    if len(text) > MAX_OUTCOMES_BYTES:
        raise InvalidData(
            f"{where}: more than {MAX_OUTCOMES_BYTES >> 20} MB: not a frozen baseline"
        )
    kind = CalibratedOutcomes if _schema(text) == 2 else RunOutcomes
    try:
        outcomes = kind.model_validate_json(text)
        for field in ("kind", "schema_version"):
            if field not in outcomes.model_fields_set:
                raise InvalidData(f"{where}: not a frozen baseline: it has no {field}")
        return outcomes
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = field_of(first["loc"]) or "the file"
        if first["loc"] == ("schema_version",):
            raise InvalidData(
                f"{where}: schema {first['input']}, this cft-eval reads 1 and 2: upgrade it, or "
                "freeze the baseline again with `cft-eval gate freeze`"
            ) from None
        raise InvalidData(
            f"{where}: not a frozen baseline: {field}: {first['msg']}; write one with "
            "`cft-eval gate freeze RUN -o FILE`"
        ) from None


def _schema(text: str) -> object:
    """The number of the schema; None where the text is no JSON object, which pydantic says."""
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return facts.get("schema_version") if isinstance(facts, dict) else None
