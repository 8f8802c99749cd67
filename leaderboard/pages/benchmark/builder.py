"""One benchmark: its best runs, its hardest problems, and how small a difference it can show."""

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlencode

import numpy as np

from cft_eval.leaderboard.data.frames import columns, standing
from cft_eval.leaderboard.data.suites import Suite, suite_of, title
from cft_eval.leaderboard.data.table import Table
from cft_eval.leaderboard.data.view import View
from cft_eval.leaderboard.pages.benchmark.context import (
    BenchmarkContext,
    DifficultyRow,
    RankedRun,
)
from cft_eval.leaderboard.pages.board.builder import Every
from cft_eval.leaderboard.pages.common.context import Cell, Link
from cft_eval.records.runs import BenchmarkRecord
from cft_eval.render import svg
from cft_eval.render.text import (
    NAME,
    POLICY_NAMES,
    count,
    described,
    method_name,
    percent,
    ranks,
    short,
    span,
)
from cft_eval.results import Policy
from cft_eval.stats import wilson
from cft_eval.testsets import BENCHMARKS, Erratum

MOST_RANKED = 25

MOST_NAMES = 40
"""Levels and subjects; no benchmark has half as many."""


def benchmark_context(
    name: str,
    benchmarks: Sequence[str],
    every: Every,
    record: BenchmarkRecord,
    errata: Sequence[Erratum],
    policy: Policy,
) -> BenchmarkContext:
    """The page of the benchmark ``name``, which a run of this board answered."""
    wrong = sum(each.benchmark == name for each in errata)
    suite = suite_of(name)
    view = View(suite=suite, sort=name, policy=policy)
    ranking, total = _ranking(every, view)
    return BenchmarkContext(
        name=name,
        title=title(name),
        facts=_facts(name, record),
        ceiling=_ceiling(record, wrong),
        ranking=ranking,
        total=total,
        board_url=view.url(),
        difficulty=_difficulty(name, record),
        policies=[
            Link(
                label,
                f"/benchmarks/{name}" + ("" if key == "strict" else f"?policy={key}"),
                key == policy,
            )
            for key, label in POLICY_NAMES.items()
        ],
        policy=POLICY_NAMES[policy],
        others=[Link(title(each), f"/benchmarks/{each}", each == name) for each in benchmarks],
        errata=count(wrong) if wrong else "",
    )


def _facts(name: str, record: BenchmarkRecord) -> list[tuple[str, str]]:
    known = BENCHMARKS.get(name)
    if known is None:
        return [("Problems", count(len(record.right)))]
    source = known.hub.id if known.hub else known.elsewhere or "ships with cft-eval"
    return [
        ("Problems", count(known.size)),
        ("Licence", known.licence),
        ("Source", source),
        ("lm-eval task", known.task),
        ("Public since", known.published or "before the models on this board"),
        (
            "Contamination",
            f"models trained only on text from before {known.published} have not seen it"
            if known.published
            else "any model here may have seen it in training",
        ),
        ("Runs of the whole set", count(record.runs)),
    ]


def _ceiling(record: BenchmarkRecord, wrong: int) -> list[tuple[str, str, str]]:
    answered = record.responses > 0
    problems = int(answered.sum())
    if not problems:
        return []
    never = int((answered & (record.right == 0)).sum())
    always = int((answered & (record.right == record.responses)).sum())
    reach = 1.96 * math.sqrt(0.25 / problems)
    rows = [
        (
            "solved at least once",
            f"{percent(1 - never / problems)} %",
            f"{count(never)} of {count(problems)} problems are solved by no run here"
            if never
            else "every problem is solved by some run here",
        ),
        ("solved by every run", count(always), "problems, which show no difference between runs"),
        (
            "margin of error",
            f"±{percent(reach)}",
            f"points for a score of 50 % on {count(problems)} problems",
        ),
    ]
    if wrong:
        rows.append(
            (
                "known wrong references",
                count(wrong),
                f"so a perfect model scores {percent(1 - wrong / len(record.right))} %",
            )
        )
    return rows


def _ranking(every: Every, view: View) -> tuple[list[RankedRun], int]:
    suite = view.suite or Suite.SUITE
    if view.sort not in columns(every.scores["strict"].frame, suite):
        return [], 0
    table = every.boards(suite).table(view)
    ordered = table.ordered(view)
    known = ~np.isnan(table.column(view.sort).astype(np.float64)[ordered])
    shown = ordered[known]
    best, worst = table.ranks(view.sort)
    return [
        _ranked(table, view, int(index), int(best[index]), int(worst[index]))
        for index in shown[:MOST_RANKED].tolist()
    ], len(shown)


def _ranked(table: Table, view: View, index: int, best: int, worst: int) -> RankedRun:
    [row] = table.rows(np.array([index]))
    score = standing(row, view.sort)
    step = None if row["step"] is None or row["step"] != row["step"] else int(row["step"])
    partial = f"{count(int(score.items or 0))} problems" if score.partial else ""
    examples = row["training_examples"]
    return RankedRun(
        rank=ranks(best, worst),
        model=short(row["model"], NAME),
        url=view.run(row["run"]),
        about=" · ".join(
            part
            for part in (
                short(method_name(row["method"]), 20),
                described(
                    row["base_model"],
                    row["training_data"],
                    None if examples is None or examples != examples else int(examples),
                    step,
                ),
            )
            if part
        ),
        score=Cell("Score", percent(score.accuracy), span(score.low, score.high), partial),
        bar=svg.interval(score.low, score.accuracy, score.high),
        seen=seen(row["tags"], view.sort),
    )


_CUTOFF = re.compile(r"cut-?off[:=](\d{4}-\d{2}(?:-\d{2})?)")


def seen(tags: Sequence[str], benchmark: str) -> str:
    """What a model's stated cut-off (a tag such as ``cutoff:2024-09``) says of a benchmark.

    >>> seen(("cutoff:2024-09",), "aime25"), seen(("cutoff:2024-09",), "aime24"), seen((), "math")
    ('newer than its cut-off of 2024-09', 'public before its cut-off of 2024-09', '')
    """
    stated = next((match[1] for tag in tags if (match := _CUTOFF.fullmatch(tag))), "")
    known = BENCHMARKS.get(benchmark)
    if not stated or known is None:
        return ""
    newer = bool(known.published) and known.published[: len(stated)] > stated
    return f"{'newer than' if newer else 'public before'} its cut-off of {stated}"


def _difficulty(name: str, record: BenchmarkRecord) -> list[DifficultyRow]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, text in enumerate(record.texts):
        if text is not None and record.responses[position]:
            for kind, value in (("level", text.level), ("subject", text.subject)):
                if value:
                    groups[kind, value].append(position)
    return [
        _slice(name, kind, value, record, positions)
        for (kind, value), positions in sorted(groups.items())[:MOST_NAMES]
    ]


def _slice(
    name: str, kind: str, value: str, record: BenchmarkRecord, positions: Sequence[int]
) -> DifficultyRow:
    share = float(record.right[positions].sum() / record.responses[positions].sum())
    low, high = wilson(round(share * len(positions)), len(positions))
    return DifficultyRow(
        kind=kind,
        name=short(value, 60),
        problems=count(len(positions)),
        share=percent(share),
        bar=svg.interval(low, share, high),
        url=f"/items/{name}?{urlencode({kind: value, 'order': 'hard'})}",
    )
