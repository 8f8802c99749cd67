"""The checkpoints of a training, evaluated as they appear, and the curve of their scores.

    DIR/step-N ── cft-eval run ──> DIR/watch/step-N ──> score with interval ──> DIR/watch/curve.svg

The curve chooses nothing: the best of many scores is too high, and a test set that chose is no
test. `cft-eval select` chooses on one half of a benchmark and reports the other.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cft_eval.errors import CftError
from cft_eval.figures import percent
from cft_eval.harness.read import read_output
from cft_eval.render.charts import Curve, Point, curves_chart, linear
from cft_eval.results.outcomes import outcomes
from cft_eval.stats import clustered_mean
from cft_eval.steps import evaluation, say
from cft_eval.training.health import checkpoints
from cft_eval.training.measure import read_log

WATCH, CURVE, SCORES = "watch", "curve.svg", "scores.json"

STYLE = """<style>
text{font:12px sans-serif;fill:#444}line{stroke:#ddd}.curve,.interval{stroke:#036;stroke-width:2}
circle{fill:#036}.name{font-weight:bold}
</style>"""
"""A file has no page whose style it could share."""


@dataclass(frozen=True, slots=True)
class StepScore:
    """One task of one checkpoint, in shares of its problems; the interval is of 95 %."""

    step: int
    task: str
    score: float
    low: float
    high: float

    def words(self) -> str:
        span = f"{percent(self.low)} to {percent(self.high)}"
        return f"step {self.step}: {self.task} {percent(self.score)} (95% {span})"


def watch(
    folder: Path,
    *,
    tasks: str,
    more: Sequence[str] = (),
    every: float | None = 60.0,
    sleep: Callable[[float], None] = time.sleep,
) -> list[StepScore]:
    """Evaluate each checkpoint once, until the last; ``every``: seconds, None: those there are."""
    if not folder.is_dir():
        raise CftError(f"{folder}: no such folder; `cft-eval train --output` makes one")
    scores: list[StepScore] = []
    done: set[str] = set()
    while True:
        new = [path for path in checkpoints(folder) if path.name not in done]
        for path in new:
            run = evaluation(path, folder / WATCH / path.name, tasks=tasks, more=more)
            points = scores_of(run, step=int(path.name[5:]))
            scores += points
            done.add(path.name)
            write_curve(folder, scores)
            for each in points:
                say(each.words())
        if every is None or (is_over(folder) and checkpoints(folder)[-1].name in done):
            if not scores:
                raise CftError(f"{folder}: no checkpoint there yet")
            return scores
        if not new:
            sleep(every)


def is_over(folder: Path) -> bool:
    """Whether a training has made its last step: its newest checkpoint says how many there are."""
    whole = checkpoints(folder)
    state = whole[-1] / "trainer_state.json" if whole else folder
    steps = json.loads(state.read_text())["max_steps"] if state.is_file() else None
    return steps is not None and whole[-1].name == f"step-{steps}"


def scores_of(run: Path, *, step: int) -> list[StepScore]:
    import numpy

    log = read_output(run)
    scores = []
    for task, result in outcomes(log.run, log.samples).tasks.items():
        means = numpy.array([count / result.repeats for count in result.counts])
        low, high = clustered_mean(means)
        score = float(means.mean())
        scores.append(StepScore(step, task, score, max(0.0, low), min(1.0, high)))
    return scores


def write_curve(folder: Path, scores: Sequence[StepScore]) -> None:
    """The scores by step as SVG and JSON, the losses beside them in the JSON."""
    target = folder / WATCH
    target.mkdir(parents=True, exist_ok=True)
    tasks = list(dict.fromkeys(score.task for score in scores))
    curves = [
        Curve(task, "cft", [
            Point(s.step, 100 * s.score, s.task, "cft", low=100 * s.low, high=100 * s.high)
            for s in sorted(scores, key=lambda score: score.step) if s.task == task
        ])
        for task in tasks
    ]  # fmt: skip
    steps = [score.step for score in scores]
    x = linear(0, max(steps), "optimiser step")
    low, high = min(score.low for score in scores), max(score.high for score in scores)
    y = linear(100 * low, 100 * high, "score in %")
    label = f"Scores of {len(set(steps))} checkpoints by step"
    chart = str(curves_chart(curves, x, y, label=label))
    start = chart.index(">") + 1
    svg = chart[:start].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    (target / CURVE).write_text(svg + STYLE + chart[start:] + "\n", encoding="utf-8")
    losses = [[r.step, r.loss, r.held_out] for r in read_log(folder)]
    facts = {"scores": [[s.step, s.task, s.score, s.low, s.high] for s in scores], "losses": losses}
    (target / SCORES).write_text(json.dumps(facts, indent=1) + "\n")
