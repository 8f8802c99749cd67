"""Scores that papers report: citations, never put among measured ones."""

from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

import pandas as pd

from cft_eval.stats import grim
from cft_eval.testsets import BENCHMARKS, SUITE


@dataclass(frozen=True, slots=True)
class Reported:
    """A score from a paper: a citation, in percent, not measured here."""

    model: str
    base_model: str
    method: str
    training_data: str
    training_examples: int | None
    benchmark: str
    score: float
    source: str
    table: str
    protocol: str
    note: str


def reported_rows() -> list[Reported]:
    """Every reported score, as cited."""
    return [Reported(*row) for row in reported().itertuples(index=False)]


@cache
def reported() -> pd.DataFrame:
    """One row a cited score; ``score`` in percent. Columns as the fields of `Reported`."""
    with resources.files(__package__).joinpath("reported.csv").open() as file:
        frame = pd.read_csv(file, keep_default_na=False)
    examples = [int(count) if count else None for count in frame["training_examples"]]
    frame["training_examples"] = pd.Series(examples, dtype=object)
    return frame[[field.name for field in fields(Reported)]]


@cache
def reported_board(benchmarks: tuple[str, ...] = SUITE) -> pd.DataFrame:
    """One row a cited model and table, in the paper's order; scores and ``mean`` in percent."""
    frame = reported()
    frame = frame[frame["benchmark"].isin(benchmarks)]
    keys = ["model", "source", "table"]
    wide = frame.pivot_table(index=keys, columns="benchmark", values="score", sort=False)
    wide = wide.reindex(columns=list(benchmarks))
    described = frame.drop_duplicates(keys).set_index(keys)
    names = ["base_model", "method", "training_data", "training_examples", "protocol", "note"]
    wide["mean"] = wide[list(benchmarks)].mean(axis=1, skipna=False)
    return wide.join(described[names]).reset_index()


def impossible(score: float, benchmark: str) -> bool:
    """Whether no whole number of the benchmark's problems gives ``score`` percent (GRIM)."""
    known = BENCHMARKS.get(benchmark)
    return known is not None and not grim(score, known.size, decimals=1)


def source_url(source: str) -> str:
    """Where a cited paper is.

    >>> source_url("arXiv 2501.17703v4")
    'https://arxiv.org/abs/2501.17703v4'
    """
    return f"https://arxiv.org/abs/{source.removeprefix('arXiv ')}"
