"""How often a gate was wrong on a team's own runs, as a baseline records it.

Measured by `cft_eval.gate.calibrate`, written into the baseline's file, said by every gate that
reads it. Shares are in 0..1.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cft_eval.results.schema import Finite, Name, Record, Share

Ratio = Annotated[Finite, Field(ge=0)]
Pairs = Annotated[int, Field(ge=1)]


class ReplayRate(Record):
    """A measured share with its 95 % interval."""

    rate: Share
    low: Share
    high: Share


class Replayed(Record):
    """What the gate said of pairs of which the candidate was made worse by ``drop``; 0: equal."""

    drop: Share
    ok: ReplayRate
    regression: ReplayRate
    replays: Pairs


class Spread(Record):
    """The variance between equal runs over that which the gate's test expects, 95 % interval."""

    ratio: Ratio
    low: Ratio
    high: Ratio


class Calibration(Record):
    """Measured on ``runs`` equal runs at one margin and alpha."""

    created: datetime
    models: Annotated[tuple[Name, ...], Field(min_length=1)]
    runs: Annotated[int, Field(ge=2)]
    """Equal runs that were paired: whole runs, or the passes of a single one."""

    passes: bool
    """They are passes of one run, which asked each problem several times."""

    repeats: Pairs
    """Responses to each problem on each side of a replay."""

    margin: Share
    alpha: Annotated[float, Field(gt=0, le=0.5)]
    spread: Spread
    replayed: Annotated[tuple[Replayed, ...], Field(min_length=1)]
    """By drop, rising; the first is of equal runs."""

    @property
    def false_alarms(self) -> ReplayRate:
        """REGRESSION although nothing changed; promised: alpha."""
        return self.replayed[0].regression

    @property
    def wrong_ok(self) -> ReplayRate | None:
        """OK although the candidate fell by the margin; promised: alpha."""
        at = [each for each in self.replayed if abs(each.drop - self.margin) < 1e-9]
        return at[0].ok if at else None

    @property
    def broken(self) -> tuple[str, ...]:
        """Promises that the runs show to be broken, in words; what they leave open is none."""
        words = []
        for what, rate in (
            ("false alarms", self.false_alarms),
            ("OK despite a drop of the margin", self.wrong_ok),
        ):
            if rate is not None and rate.low > self.alpha:
                words.append(
                    f"{what} in {rate.rate:.1%} of replays (95% interval {rate.low:.1%} to "
                    f"{rate.high:.1%}), where {self.alpha:.0%} is promised"
                )
        return (*words, *self.unlike)

    @property
    def unlike(self) -> tuple[str, ...]:
        """The same of the runs' spread alone, which no margin and no alpha changes."""
        if self.spread.low <= 1:
            return ()
        return (
            f"equal runs vary {self.spread.ratio:.1f} times as much as the gate expects "
            f"(variance; 95% interval {self.spread.low:.1f} to {self.spread.high:.1f})",
        )
