"""What the page of one model prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cft_eval.leaderboard.pages.claims.context import Chart
from cft_eval.leaderboard.pages.common.context import Link


class ModelRun(NamedTuple):
    url: str
    name: str
    """The model's, where it is another checkpoint of the same training."""

    step: str
    protocol: str
    partial: str
    """How few problems it rests on; empty where it is all of them."""

    mean: str
    interval: str
    scores: Sequence[str]
    date: str


class RepeatSpread(NamedTuple):
    """Runs of one model, step and protocol: what another seed of sampling gives."""

    what: str
    runs: int
    mean: str
    ends: str
    deviation: str
    """Standard deviation, in points."""


@dataclass(frozen=True, slots=True)
class ModelContext:
    model: str
    about: str
    hub: str
    """Its page on the hub; empty where no run says that it is there."""

    heads: Sequence[str]
    runs: Sequence[ModelRun]
    more: int
    """Runs that are not listed."""

    compare_url: str
    """All of them against each other; empty with one run, or too many."""

    spreads: Sequence[RepeatSpread]
    curve: Chart
    best: str
    """The best checkpoint against the last one, in a sentence; empty without several."""

    policies: Sequence[Link]
