"""The comparison as one HTML file: plots, tables and the problems on which the runs differ.

It has no scripts and loads no fonts or images, so it opens from a disk, an artefact store or a
mail, in light and dark, and prints. Names, problems and responses come from strangers: the template
escapes all text, and a content policy in the page forbids loading or running anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Template
from markupsafe import Markup

from cft_eval.figures import confidence
from cft_eval.gate.compare import Comparison, Discordant
from cft_eval.gate.ranking import Ranking
from cft_eval.plain import plain, printable
from cft_eval.render.comparison import RankedRuns, TwoRuns, ranked_runs, two_runs
from cft_eval.render.template import TEMPLATES, environment

STYLE = TEMPLATES / "report.css"

LONGEST = 20_000
"""Characters of a response that the page holds; of a longer one its end, where the answer is."""

LARGEST_MATRIX = 40
"""Runs in the matrix: more are no longer read, and 200 would be 40,000 cells."""


@dataclass(frozen=True, slots=True)
class ReportContext:
    title: str
    note: str
    names: Sequence[tuple[str, str]] = ()
    two: TwoRuns | None = None
    ranked: RankedRuns | None = None
    only: Sequence[str] = ()
    """Tasks that one of the runs has alone."""

    disagreements: Sequence[Discordant] = ()
    total: int | None = None
    """Problems that differ in all; None where the runs hold no responses."""


def comparison_page(
    comparison: Comparison, disagreements: Sequence[Discordant], *, total: int | None
) -> str:
    """Two runs on one page. ``total`` problems differ in all, of which ``disagreements`` are
    shown; None where the runs hold no responses (a frozen baseline, a board)."""
    only = (("A", comparison.only_a), ("B", comparison.only_b))
    note = (
        f"Changes are B minus A over the same problems, in points; intervals are "
        f"{confidence(comparison.alpha)}%. One response a problem: Tango's score interval and "
        "McNemar's mid-p test; repeats: Student's t on the problems' means and the sign-flip test "
        "of their differences, for these very problems. Intervals are of each row by itself; "
        "colours and verdicts go by p after Holm, adjusted over the tasks."
    )
    return _page(
        ReportContext(
            title=plain(f"{comparison.b} against {comparison.a}"),
            note=note,
            names=(("A", plain(comparison.a)), ("B", plain(comparison.b))),
            two=two_runs(comparison, named=plain),
            only=[f"only in {name}: {plain(', '.join(tasks))}" for name, tasks in only if tasks]
            + [plain(f"noted: {note}") for note in comparison.notes],
            disagreements=disagreements,
            total=total,
        )
    )


def ranking_page(ranking: Ranking, *, alpha: float) -> str:
    """Three runs or more: which ranks remain possible, and which pairs differ."""
    note = (
        f"Scores are means over tasks; paired tests over the same {ranking.problems:,} problems, p "
        f"adjusted by Holm over all pairs, family-wise error rate {alpha:g}. A rank is possible "
        "where no test excludes it."
    )
    letters = [str(number) for number in range(1, len(ranking.runs) + 1)]
    names = list(zip(letters, map(plain, ranking.runs), strict=True))
    ranked = ranked_runs(ranking, names, alpha=alpha, named=plain, most=LARGEST_MATRIX)
    title = f"{len(ranking.runs)} runs ranked"
    return _page(ReportContext(title, note, ranked=ranked))


def _page(context: ReportContext) -> str:
    return _template().render(page=context)


@cache
def _template() -> Template:
    return page_template("report.html")


def page_template(name: str) -> Template:
    """A template of a page that stands alone, with its style inside."""
    templates = environment()
    templates.filters |= {"plain": plain, "lines": _lines, "end": _end}
    templates.globals["style"] = Markup(STYLE.read_text(encoding="utf-8"))
    return templates.get_template(name)


def _lines(text: str) -> str:
    """Text with its lines; control and direction-changing characters go."""
    return "\n".join(printable(line) for line in _end(text, LONGEST).splitlines())


def _end(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"… {text[-longest:]}"
