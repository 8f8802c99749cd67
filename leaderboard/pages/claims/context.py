"""The page of the paper's claims."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.data.claims import PaperClaim
from cft_eval.leaderboard.data.literature import CitedFinding
from cft_eval.leaderboard.pages.common.context import Link


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One side of a pairing, and the run that stands for it."""

    label: str
    run: str
    """The model's name and step; empty where a board has no such run."""

    url: str


@dataclass(frozen=True, slots=True)
class Figures:
    """A difference of two means, in points."""

    change: str
    """A dash where there is none."""

    means: str = ""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class PairingRow:
    """One arm against another: as reported, and as measured here."""

    treatment: ArmRow
    control: ArmRow
    reported: Figures
    """With what the printed numbers alone allow."""

    measured: Figures
    detail: str
    """How many problems, gains and losses; or what is missing."""

    unlike: Sequence[str]
    """What the runs differ in besides the model."""

    url: str
    """The comparison of the two runs; empty where they are not there."""

    kind: str
    """better, worse, same or none: what this pair says of the claim."""

    shown: str
    """The same for the mark at a glance: ``same`` where the whole claim says something else."""

    mark: Markup


@dataclass(frozen=True, slots=True)
class ClaimRow:
    claim: PaperClaim
    verdict: str
    """supported, not supported, cannot tell, not measured yet."""

    verdict_kind: str
    sentence: str
    pairings: Sequence[PairingRow]


@dataclass(frozen=True, slots=True)
class Chart:
    key: str
    title: str
    drawing: Markup
    """Empty where there is nothing to draw."""

    caption: str
    empty: str
    """Why there is no drawing, and what would make one."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The numbers behind the drawing."""

    legend: Sequence[tuple[Markup, str]] = ()
    """Kinds of marks, and what they are."""


@dataclass(frozen=True, slots=True)
class ClaimsContext:
    claims: Sequence[ClaimRow]
    counts: Sequence[tuple[str, str, int]]
    """Verdict, its class, how many claims have it."""

    drawn: bool
    """Whether any pairing has a mark."""

    ticks: Sequence[str]
    charts: Sequence[Chart]
    source: str
    source_url: str
    policy: str
    policies: Sequence[Link]
    literature: Sequence[tuple[CitedFinding, str]]
    """What others report, each with the address of its source."""
