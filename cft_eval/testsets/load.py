"""Load a benchmark and prove that it is the one that was published.

    CFT_EVAL_DATA, or the hub, or this package ── rows ──> items ── known hashes ──> in order

Knows nothing of lm-eval.
"""

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from cft_eval.checker.types.rules import Rules
from cft_eval.errors import CftError
from cft_eval.testsets.benchmarks import Benchmark
from cft_eval.testsets.content import item_hash, plain_reference
from cft_eval.testsets.errata import errata_of
from cft_eval.testsets.known import find, rules_of, wordings
from cft_eval.testsets.references import with_references
from cft_eval.testsets.rows import Content
from cft_eval.testsets.sources import NoData, contents_of, read_file, state_of

__all__ = ["Drift", "Item", "NoData", "corrections", "load", "read_file"]

ALLOW_DRIFT = "CFT_EVAL_ALLOW_DRIFT"
"""Names of benchmarks, by commas, that may differ from what was published."""


class Drift(CftError):
    """What was loaded is not the benchmark that was published."""

    def __init__(self, name: str, where: str, what: str) -> None:
        super().__init__(
            f"{name} from {where}: {what}; its scores would not be comparable "
            f"(to continue anyway: {ALLOW_DRIFT}={name})"
        )


@dataclass(frozen=True, slots=True)
class Item:
    """One problem of a benchmark."""

    benchmark: str
    index: int
    """Place in the test set as it was published, from 0, whatever copy was loaded."""

    item: str
    """Content hash of the problem and the published reference."""

    problem: str
    reference: str
    level: str | None
    subject: str | None
    rules: Rules

    @property
    def id(self) -> str:
        return f"{self.benchmark}/{self.index}"


def load(name: str, *, errata: bool = False) -> list[Item]:
    """Every item of a benchmark, in the order in which it was published.

    ``errata`` puts right the labels that are known to be wrong. Raises `Drift` where the data
    differ from what was published, and other `CftError`s where they cannot be had.
    """
    benchmark = find(name)
    state = state_of(benchmark)
    if state is None:
        items = _loaded(benchmark)
    else:
        items = list(_loaded_once(name, state, _drift_allowed(name)))
    return _corrected(items) if errata else items


@lru_cache(maxsize=16)
def _loaded_once(name: str, _state: Hashable, _drift: bool) -> tuple[Item, ...]:
    return tuple(_loaded(find(name)))


def _loaded(benchmark: Benchmark) -> list[Item]:
    contents, where = contents_of(benchmark)
    contents = with_references(benchmark, contents)
    return _in_order(benchmark, contents, where)


def _in_order(benchmark: Benchmark, contents: list[Content], where: str) -> list[Item]:
    """The items in the published order, each proved by its hash."""
    name = benchmark.name
    hashes = [item_hash(content.problem, content.reference) for content in contents]
    there = set(hashes)
    known = max(wordings(name), key=lambda table: len(there & set(table)))
    indices = {item: index for index, item in enumerate(known)}
    if not _drift_allowed(name):
        _prove(name, contents, hashes, indices, where)
    elif set(hashes) - indices.keys() or len(hashes) != len(known):
        # Another test set by the same name: its own order is all there is.
        indices = {item: index for index, item in enumerate(hashes)}
    items = [
        Item(
            benchmark=name,
            index=indices[item],
            item=item,
            problem=content.problem,
            reference=content.reference,
            level=content.level,
            subject=content.subject,
            rules=rules_of(item),
        )
        for content, item in zip(contents, hashes, strict=True)
    ]
    return sorted(items, key=lambda item: item.index)


def _drift_allowed(name: str) -> bool:
    return name in os.environ.get(ALLOW_DRIFT, "").replace(" ", "").split(",")


def _prove(
    name: str, contents: list[Content], hashes: list[str], indices: dict[str, int], where: str
) -> None:
    namesake = namesake_of(find(name), hashes)
    if namesake:
        known = sum(item in indices for item in set(hashes))
        what = (
            f"{namesake}: {known} of the {len(indices)} problems of {name} are among its "
            f"{len(contents)}"
        )
        raise Drift(name, where, what)
    seen: set[str] = set()
    for row, (item, content) in enumerate(zip(hashes, contents, strict=True)):
        start = f"row {row} ({content.problem[:60]!r}, reference {content.reference[:40]!r})"
        if item not in indices:
            raise Drift(name, where, f"{start} is not an item as published")
        if item in seen:
            raise Drift(name, where, f"{start} appears twice")
        seen.add(item)
    missing = next((index for item, index in indices.items() if item not in seen), None)
    if missing is not None:
        raise Drift(
            name, where, f"item {missing} is missing ({len(seen)} of {len(indices)} are there)"
        )


def namesake_of(benchmark: Benchmark, hashes: Sequence[str]) -> str | None:
    """What another set by a benchmark's name is: by what it holds, else by its size alone."""
    there = set(hashes)
    for namesake in benchmark.namesakes:
        if there & namesake.marks:
            return f"this is {namesake.title}"
    for namesake in benchmark.namesakes:
        if len(hashes) == namesake.size != benchmark.size:
            return f"as many problems as {namesake.title}"
    return None


def corrections(items: Sequence[Item]) -> dict[int, tuple[str, ...]]:
    """The answers that are right of items whose label is known to be wrong, by their index."""
    labels = {item.index: plain_reference(item.reference) for item in items}
    return {
        erratum.index: erratum.right
        for erratum in errata_of(items[0].benchmark)
        # Another set, where that was allowed, has other items under the same indices.
        if labels.get(erratum.index) == plain_reference(erratum.published)
    }


def _corrected(items: list[Item]) -> list[Item]:
    right = corrections(items)
    return [
        replace(item, reference=right[item.index][0]) if item.index in right else item
        for item in items
    ]
