"""What a run shows while it trains, and what it leaves to read: a bar, a log, a plot.

    step, loss, tokens, FLOP ──> Meter ──> Reading ──> log.jsonl, loss.svg, one line

No torch here.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cft_eval.errors import CftError

LOG, PLOT = "log.jsonl", "loss.svg"


@dataclass(frozen=True, slots=True)
class StepReading:
    """One optimiser step."""

    step: int
    loss: float
    learning_rate: float
    grad_norm: float | None
    tokens: int
    """Tokens of the step's examples; padding is none of them."""

    learnt: int
    seconds: float
    tokens_per_second: float
    mfu: float | None
    """Share of the device's arithmetic that went into useful work."""

    seconds_left: float

    def words(self) -> str:
        parts = [f"loss {self.loss:.4f}", f"{self.tokens_per_second:,.0f} tokens/s"]
        if self.mfu is not None:
            parts.append(f"MFU {self.mfu:.1%}")
        parts.append(f"{duration(self.seconds_left)} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """
    >>> duration(3725), duration(59.6)
    ('1:02:05', '1:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Meter:
    """Turns steps into readings; the work of each step is known before it starts."""

    def __init__(
        self,
        tokens: Sequence[int],
        learnt: Sequence[int],
        flops: Sequence[float],
        *,
        peak: float | None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._tokens, self._learnt, self._flops = tokens, learnt, flops
        self._peak, self._clock = peak, clock
        self._last = clock()
        self._rates: list[tuple[int, float]] = []

    def start(self) -> None:
        """Call when the first step begins: loading is no training."""
        self._last = self._clock()

    def read(
        self, step: int, *, loss: float, learning_rate: float, grad_norm: float | None
    ) -> StepReading:
        """The reading after ``step`` (from 1)."""
        now = self._clock()
        seconds = max(now - self._last, 1e-9)
        self._last = now
        tokens = self._tokens[step - 1]
        # The first steps warm caches up and would make the end look far: the last twenty decide.
        self._rates = [*self._rates[-19:], (tokens, seconds)]
        rate = sum(t for t, _ in self._rates) / sum(s for _, s in self._rates)
        return StepReading(
            step=step,
            loss=loss,
            learning_rate=learning_rate,
            grad_norm=grad_norm,
            tokens=tokens,
            learnt=self._learnt[step - 1],
            seconds=round(seconds, 6),
            tokens_per_second=round(tokens / seconds, 1),
            mfu=round(self._flops[step - 1] / seconds / self._peak, 4) if self._peak else None,
            seconds_left=round(sum(self._tokens[step:]) / rate, 1),
        )


def read_log(folder: Path) -> list[StepReading]:
    """The readings of a run so far; none where there is no log."""
    path = folder / LOG
    if not path.is_file():
        return []
    whole, _, _ = path.read_text().rpartition("\n")  # a kill may cut the last line in two
    try:
        return [StepReading(**json.loads(line)) for line in whole.splitlines()]
    except (ValueError, TypeError) as error:
        raise CftError(f"{path}: not a log of readings ({error}); delete it to go on") from None


def write_log(folder: Path, readings: Sequence[StepReading]) -> None:
    """The whole log anew: what comes after the checkpoint that a run resumes from is not so."""
    lines = [json.dumps(asdict(reading)) + "\n" for reading in readings]
    (folder / LOG).write_text("".join(lines))


def append_log(folder: Path, reading: StepReading) -> None:
    with (folder / LOG).open("a") as file:
        file.write(json.dumps(asdict(reading)) + "\n")


WIDTH, HEIGHT, LEFT, BOTTOM = 640, 320, 56, 36
"""Pixels of the plot, and of the margins that hold its numbers."""


def loss_plot(losses: Sequence[tuple[int, float]]) -> str:
    """The loss by step, and its running mean over a twentieth of the run, as SVG."""
    steps = [step for step, _ in losses]
    values = [loss for _, loss in losses]
    low, high = min(values), max(values)
    high = high if high > low else low + 1
    last = max(steps)

    def x(step: float) -> float:
        return LEFT + (WIDTH - LEFT - 12) * step / max(last, 1)

    def y(loss: float) -> float:
        return 12 + (HEIGHT - BOTTOM - 12) * (high - loss) / (high - low)

    def line(points: Sequence[tuple[int, float]], style: str) -> str:
        placed = " ".join(f"{x(step):.1f},{y(loss):.1f}" for step, loss in points)
        return f'<polyline fill="none" {style} points="{placed}"/>'

    marks = [low + (high - low) * part / 4 for part in range(5)]
    ticks = [round(last * part / 4) for part in range(5)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="11" fill="#444">',
        f"<title>Loss by optimiser step: {values[0]:.4g} to {values[-1]:.4g}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *(
            f'<path d="M{LEFT} {y(mark):.1f}H{WIDTH - 12}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y(mark) + 4:.1f}" text-anchor="end">{mark:.3g}</text>'
            for mark in marks
        ),
        *(
            f'<text x="{x(tick):.1f}" y="{HEIGHT - 18}" text-anchor="middle">{tick}</text>'
            for tick in ticks
        ),
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">optimiser step</text>',
        line(losses, 'stroke="#9bc" stroke-width="1"'),
        line(_running_mean(losses), 'stroke="#036" stroke-width="2"'),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _running_mean(losses: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    window = max(1, len(losses) // 20)
    return [
        (step, sum(loss for _, loss in losses[max(0, i - window + 1) : i + 1]) / min(window, i + 1))
        for i, (step, _) in enumerate(losses)
    ]
