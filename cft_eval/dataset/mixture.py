"""A training set made of several, in given shares, each learnt by a method of its own. No torch.

    mix.yaml ── parts: data, method, share ──> rows of each ── drawn, shuffled ──> one set

The shares are of rows. Nothing is repeated: the scarcest part decides how many rows there are.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

from cft_eval.dataset.readers import iterate, read
from cft_eval.dataset.rows import Method, TrainingRow, is_kept
from cft_eval.errors import CftError, first_line

SUFFIXES = (".yaml", ".yml")
PART = {"data", "method", "share", "keep_rows"}
KEYS = {"parts", "rows", "seed"}


class BadMixture(CftError):
    """A mixture that says something else than it may, or asks for more rows than there are."""


@dataclass(frozen=True, slots=True)
class MixturePart:
    """One set of a mixture."""

    data: str
    method: Method
    share: float
    keep_rows: str = "all"

    def rows(self) -> list[TrainingRow]:
        return [
            replace(row, method=self.method)
            for row in read(self.data)
            if is_kept(row, self.keep_rows)
        ]


def read_set(source: str, *, limit: int | None = None) -> list[TrainingRow]:
    """The rows of a mixture's file, or of whatever `readers.read` reads."""
    if not source.endswith(SUFFIXES):
        return read(source, limit=limit)
    path = Path(source)
    parts, rows, seed = _parsed(path)
    return _mixed(path, parts, rows=rows, seed=seed)[:limit]


def rows_of(source: str, *, limit: int | None = None) -> Iterator[TrainingRow]:
    """The same one by one: who encodes them need not hold the texts of a large set."""
    if source.endswith(SUFFIXES):
        yield from read_set(source, limit=limit)
    else:
        yield from islice(iterate(source), limit)


def _mixed(
    path: Path, parts: list[MixturePart], *, rows: int | None, seed: int
) -> list[TrainingRow]:
    pools = [part.rows() for part in parts]
    # A ten-thousandth of a row is rounding.
    most = min(int(len(pool) / part.share + 1e-4) for part, pool in zip(parts, pools, strict=True))
    total = rows or most
    if total > most:
        short = min(zip(parts, pools, strict=True), key=lambda each: len(each[1]) / each[0].share)
        raise BadMixture(
            f"{path}: {total:,} rows were asked for, but {short[0].data} has {len(short[1]):,}, "
            f"enough for {most:,}"
        )
    chosen: list[TrainingRow] = []
    for index, (part, pool) in enumerate(zip(parts, pools, strict=True)):
        count = min(len(pool), round(part.share * total))
        chosen += random.Random(f"mixture/{seed}/{index}").sample(pool, count)
    random.Random(f"mixture/{seed}").shuffle(chosen)
    if not chosen:
        raise BadMixture(f"{path}: its parts leave no rows")
    return chosen


def _parsed(path: Path) -> tuple[list[MixturePart], int | None, int]:
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadMixture(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadMixture(f"{path}: not YAML: {first_line(error)}") from None
    if not isinstance(values, dict) or not isinstance(values.get("parts"), list):
        raise BadMixture(f"{path}: a list `parts:` was expected, each with data, method and share")
    _check_keys(path, values, KEYS)
    parts = [_part(path, number, each) for number, each in enumerate(values["parts"], start=1)]
    total = sum(part.share for part in parts)
    if not abs(total - 1) < 1e-6:
        raise BadMixture(f"{path}: the shares add up to {total:g}, not to 1")
    for name, least in (("rows", 1), ("seed", 0)):
        value = values.get(name)
        if value is not None and (type(value) is not int or value < least):
            raise BadMixture(f"{path}: {name}: {value!r} must be a whole number from {least} on")
    return parts, values.get("rows"), values.get("seed") or 0


def _part(path: Path, number: int, value: Any) -> MixturePart:
    name = f"{path}: part {number}"
    if not isinstance(value, dict):
        raise BadMixture(f"{name}: data, method and share were expected")
    _check_keys(path, value, PART)
    methods = [method.value for method in Method]
    if value.get("method") not in methods:
        raise BadMixture(
            f"{name}: method: {value.get('method')!r}: expected one of {', '.join(methods)}"
        )
    share = value.get("share")
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 < share <= 1:
        raise BadMixture(f"{name}: share: {share!r} must be above 0 and at most 1")
    if not isinstance(value.get("data"), str):
        raise BadMixture(f"{name}: data: a file, folder or name was expected")
    keep = value.get("keep_rows", "all")
    if keep not in ("all", "right", "wrong"):
        raise BadMixture(f"{name}: keep_rows: {keep!r}: expected all, right or wrong")
    return MixturePart(value["data"], Method(value["method"]), float(share), keep)


def _check_keys(path: Path, values: dict[str, Any], known: set[str]) -> None:
    for key in values:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(sorted(known))}"
            raise BadMixture(f"{path}: no key {key!r}; {hint}")
