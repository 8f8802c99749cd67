"""What the page of costs prints."""

from collections.abc import Sequence
from dataclasses import dataclass

from cft_eval.leaderboard.pages.claims.context import Chart
from cft_eval.leaderboard.pages.common.context import Link


@dataclass(frozen=True, slots=True)
class CostContext:
    charts: Sequence[Chart]
    policies: Sequence[Link]
