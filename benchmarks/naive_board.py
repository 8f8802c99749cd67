"""A board as it is written in an afternoon, on the tables of ours: what `pages.py` measures beside.

Every request reads every score from the database, takes the means in Python and fills a template
with every row; a comparison opens the samples of both runs and counts problem by problem. It has
no intervals, ranks, filters or pages, and keeps nothing between requests.
"""

from collections import defaultdict

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from sqlalchemy import select

from cft_eval.server.intake.parquet import read_all
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, Score, TaskRow

BOARD = """<!doctype html><title>Board</title><table>
<tr><th>Model<th>Method{% for task in tasks %}<th>{{ task }}{% endfor %}<th>Mean</tr>
{% for run, scores, mean in rows %}<tr><td><a href="/runs/{{ run.id }}">{{ run.model }}</a>
<td>{{ run.method }}{% for task in tasks %}<td>{{ "%.1f"|format(100 * scores[task]) }}{% endfor %}
<td>{{ "%.1f"|format(100 * mean) }}</tr>{% endfor %}</table>"""

COMPARISON = """<!doctype html><title>Comparison</title><table>
<tr><th>Task<th>Problems<th>First<th>Second<th>Gained<th>Lost</tr>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}{% endfor %}</tr>{% endfor %}</table>"""


def create_app(database: Database, blobs: Blobs) -> FastAPI:
    """The afternoon's work: ``/`` and ``/compare?a=RUN&b=RUN``."""
    app = FastAPI()
    environment = Environment(autoescape=True)
    board, comparison = environment.from_string(BOARD), environment.from_string(COMPARISON)

    @app.get("/", response_class=HTMLResponse)
    def show() -> str:
        with database.read() as session:
            runs = session.scalars(select(RunRow).where(RunRow.published.is_not(None))).all()
            wanted = select(Score.run_id, Score.task, Score.accuracy)
            scores: dict[str, dict[str, float]] = defaultdict(dict)
            for run_id, task, accuracy in session.execute(wanted.where(Score.policy == "strict")):
                scores[run_id][task] = accuracy
        whole = {task for each in scores.values() for task in each}
        rows = [
            (run, scores[run.id], sum(scores[run.id].values()) / len(whole))
            for run in runs
            if len(scores[run.id]) == len(whole)
        ]
        rows.sort(key=lambda row: row[2], reverse=True)
        return board.render(rows=rows, tasks=sorted(whole))

    @app.get("/compare", response_class=HTMLResponse)
    def compare(a: str, b: str) -> str:
        first, second = (_right(database, blobs, run) for run in (a, b))
        rows = []
        for task in sorted(first):
            both = first[task].keys() & second[task].keys()
            gained = sum(second[task][item] and not first[task][item] for item in both)
            lost = sum(first[task][item] and not second[task][item] for item in both)
            sums = [sum(side[task][item] for item in both) for side in (first, second)]
            rows.append([task, len(both), *sums, gained, lost])
        return comparison.render(rows=rows)

    return app


def _right(database: Database, blobs: Blobs, run_id: str) -> dict[str, dict[str, bool]]:
    """Task to item to whether its response was right, out of the samples."""
    with database.read() as session:
        tasks = session.scalars(select(TaskRow).where(TaskRow.run_id == run_id)).all()
    return {
        task.task: {
            sample["item"]: verdict["outcome_strict"] == "correct"
            for sample, verdict in zip(
                read_all(blobs.get(task.samples_blob)),
                read_all(blobs.get(task.verdicts_blob)),
                strict=True,
            )
        }
        for task in tasks
    }
