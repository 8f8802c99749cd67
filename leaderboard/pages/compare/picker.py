"""The page for choosing runs to compare: all runs, with a search."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.data.suites import benchmark_order, short_title
from cft_eval.leaderboard.pages.common.context import page_links
from cft_eval.leaderboard.pages.compare.context import PickContext, RunChoice
from cft_eval.leaderboard.pages.compare.request import ComparisonRequest
from cft_eval.render.text import NAME, count, described, method_name, percent, short

PAGE_RUNS = 40


class Pickable:
    """Every run with a score, the one evaluated last first. Made once for all visitors who see
    the same runs."""

    def __init__(self, scores: Scores) -> None:
        frame = scores.frame
        rows = frame.drop_duplicates("run").set_index("run")
        grouped = frame.groupby("run")["accuracy"]
        rows = rows.assign(mean=grouped.mean())
        self._sets: dict[str, list[str]] = defaultdict(list)
        for run, benchmark in zip(frame["run"], frame["benchmark"], strict=True):
            self._sets[run].append(benchmark)
        ordered = rows.sort_values("evaluated", ascending=False, kind="stable")
        self._rows: dict[str, Any] = {str(row.Index): row for row in ordered.itertuples()}
        self._words = {
            run: " ".join((row.model, row.base_model, row.method, row.training_data)).casefold()
            for run, row in self._rows.items()
        }

    def found(self, q: str) -> list[str]:
        """The runs whose model, base, method or training set hold every word of ``q``."""
        words = q.casefold().split()
        return [run for run, text in self._words.items() if all(word in text for word in words)]

    def choice(self, run: str, *, ticked: bool) -> RunChoice | None:
        """A run as the page lists it; None where it has no score here."""
        row = self._rows.get(run)
        if row is None:
            return None
        examples, step = _whole(row.training_examples), _whole(row.step)
        return RunChoice(
            id=run,
            model=short(row.model, NAME),
            about=described(row.base_model, row.training_data, examples, step, row.tags),
            method=short(method_name(row.method), 20),
            score=percent(row.mean),
            sets=_named(self._sets[run]),
            date=f"{row.evaluated:%Y-%m-%d}",
            ticked=ticked,
        )


MOST_NAMED = 4
"""Sets that are named one by one, so that runs of one model can be told apart."""


def _named(sets: Sequence[str]) -> str:
    if len(sets) > MOST_NAMED:
        return f"{count(len(sets))} test sets"
    return ", ".join(map(short_title, sorted(sets, key=benchmark_order)))


def pick_context(
    runs: Pickable, wanted: ComparisonRequest, problem: str, *, q: str = "", page: int = 1
) -> PickContext:
    """One page of the runs that the search lets through, and those that are ticked."""
    found = runs.found(q)
    shown = found[(page - 1) * PAGE_RUNS : page * PAGE_RUNS]
    policy = "" if wanted.policy == "strict" else wanted.policy

    def url(number: int) -> str:
        parts = {"pick": 1, "q": q, "page": number, "policy": policy, "run": wanted.runs}
        given = {name: value for name, value in parts.items() if value not in ("", ())}
        return f"/compare?{urlencode(given, doseq=True)}"

    return PickContext(
        runs=_choices(runs, shown, wanted.runs),
        chosen=_choices(runs, wanted.runs, wanted.runs),
        problem=problem,
        q=q,
        total=len(found),
        pages=page_links(page, -(-len(found) // PAGE_RUNS), url),
        policy=policy,
    )


def _choices(runs: Pickable, listed: Sequence[str], ticked: Sequence[str]) -> list[RunChoice]:
    choices = (runs.choice(run, ticked=run in ticked) for run in listed)
    return [choice for choice in choices if choice is not None]


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
