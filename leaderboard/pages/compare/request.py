"""Which comparison a visitor asks for, and what pages and files of it share."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.compare.context import ComparedRun
from cft_eval.records.runs import RunRecord
from cft_eval.render.text import NAME, POLICY_NAMES, about, points, short
from cft_eval.results import Policy, RunOutcomes
from cft_eval.stats import Interval

MOST_RUNS = 26
"""Runs that one page ranks: a letter each."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

FILES = {"json": "JSON", "csv": "CSV", "md": "Markdown", "svg": "SVG"}
"""Ending of the address of a comparison as a file, and its name."""

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """Which comparison, and which part of its discordant problems."""

    runs: tuple[str, ...]
    policy: Policy = "strict"
    show: str = ""
    start: int = 0
    frozen: str = ""
    """The id of a comparison that was kept; then the runs are its own."""

    day: str = ""
    """When it was kept."""

    def url(self, *, ending: str = "", **changes: object) -> str:
        """The address of this comparison, as a page or as a file."""
        parts: dict[str, object] = {"show": self.show, "start": self.start, **changes}
        if not self.frozen:
            parts = {"run": self.runs, "policy": self.policy, **parts}
        kept = {name: value for name, value in parts.items() if value not in ("", 0, "strict")}
        path = f"/comparisons/{self.frozen}" if self.frozen else "/compare"
        query = urlencode(kept, doseq=True)
        return f"{path}{ending}" + (f"?{query}" if query else "")


def lettered(outcomes: Sequence[RunOutcomes]) -> list[RunOutcomes]:
    """The same with a letter before each name, so that two runs of one model stay two."""
    return [
        run.model_copy(update={"model": f"{letter} {run.model}"[:300]})
        for letter, run in zip(LETTERS, outcomes, strict=False)
    ]


def shared(records: Sequence[RunRecord], asked: ComparisonRequest) -> dict[str, object]:
    """The parts of the context that do not depend on how many runs there are."""
    fields = [("run", run) for run in asked.runs] + [("policy", asked.policy)]
    graded = "" if asked.policy == "strict" else f"?policy={asked.policy}"
    live = ComparisonRequest(asked.runs, asked.policy).url() if asked.frozen else ""
    return {
        "runs": [
            ComparedRun(
                letter,
                short(found.run.model.name, NAME),
                f"/runs/{found.id}{graded}",
                about(found.run.model),
            )
            for letter, found in zip(LETTERS, records, strict=False)
        ],
        "policies": [
            Link(name, asked.url(policy=policy, start=0), policy == asked.policy)
            for policy, name in POLICY_NAMES.items()
            if not asked.frozen or policy == asked.policy
        ],
        "exports": [
            Link(name, asked.url(ending=f".{ending}", show="", start=0))
            for ending, name in FILES.items()
        ],
        "fields": fields,
        "frozen": asked.day,
        "live_url": live,
    }


def between(interval: Interval) -> str:
    """An interval of a difference, in points.

    >>> between(Interval(-0.012, 0.034))
    '−1.2 to +3.4'
    """
    return f"{points(interval.low)} to {points(interval.high)}"


def p_text(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def tick_text(value: float) -> str:
    return "0" if abs(value) < 1e-9 else f"{100 * value:+.3g}".replace("-", "−")
