"""The comparison as one HTML file: plots, tables and the problems on which the runs differ.

No script, no font, no image from elsewhere: it opens from a disk, an artefact store or a mail, in
light and dark, and prints. Names, problems and responses come from strangers: all text goes
through `_safe`, and a content policy in the page forbids whatever would still be loaded or run.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from cft_eval.gate.compare import Compared, Comparison, Discordant
from cft_eval.gate.pairs import POOLED, SUITE
from cft_eval.gate.ranking import Ranking
from cft_eval.gate.text import percent, points
from cft_eval.plain import plain, visible
from cft_eval.render import drawing

STYLE = Path(__file__).with_name("report.css")

LONGEST = 20_000
"""Characters of a response that the page holds; of a longer one its end, where the answer is."""

LARGEST_MATRIX = 40
"""Runs in the matrix: more are no longer read, and 200 would be 40,000 cells."""


def comparison_page(
    comparison: Comparison, disagreements: Sequence[Discordant], *, total: int | None
) -> str:
    """Two runs on one page. ``total`` problems differ in all, of which ``disagreements`` are
    shown; None where the runs keep no responses (a frozen baseline, a board)."""
    sections = [
        _opening(comparison),
        _forest(comparison),
        _numbers(comparison),
        _weights(comparison),
        _settings(comparison),
        _disagreements(disagreements, total),
    ]
    title = f"{_safe(comparison.b)} against {_safe(comparison.a)}"
    note = (
        f"Changes are B minus A over the same problems, in points; intervals are "
        f"{1 - comparison.alpha:.0%}. One response a problem: Tango's score interval and McNemar's "
        "mid-p test; repeats: Student's t on the problems' means. Intervals and p are of each row "
        "by itself; colours and verdicts go by p (Holm), adjusted over the tasks."
    )
    return _document(title, sections, note)


def ranking_page(ranking: Ranking, *, alpha: float) -> str:
    """Three runs or more: which ranks remain possible, and which pairs differ."""
    sections = [_ranking_opening(ranking), _ranks(ranking), _matrix(ranking, alpha)]
    note = (
        f"Scores are means over tasks; paired tests over the same {ranking.problems:,} problems, p "
        f"adjusted by Holm over all pairs, family-wise error rate {alpha:g}. A rank is possible "
        "where no test excludes it."
    )
    return _document(f"{len(ranking.runs)} runs ranked", sections, note)


def _document(title: str, sections: Iterable[str], note: str) -> str:
    body = "\n".join(section for section in sections if section)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · cft-eval</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
{body}
</main>
<footer><p>{note}</p></footer>
</body>
</html>
"""


def _opening(comparison: Comparison) -> str:
    silent = "".join(f"<li>{_safe(r.verdict)}</li>" for r in comparison.rows if not r.better)
    whole, suite = comparison.pooled, comparison.suite
    facts = [
        (
            f"all {whole.problems:,} problems",
            _change(whole),
            f"[{points(whole.interval.low)}, {points(whole.interval.high)}], p = {whole.p:.2g}",
        ),
        (
            "mean over tasks",
            _change(suite),
            f"[{points(suite.interval.low)}, {points(suite.interval.high)}], "
            f"{percent(suite.a)} → {percent(suite.b)}",
        ),
        (
            "problems that changed",
            f"<b>{whole.gains + whole.losses:,}</b>",
            f"{whole.gains:,} gained, {whole.losses:,} lost",
        ),
    ]
    cards = "".join(f"<div><dt>{a}</dt><dd>{b} <span>{c}</span></dd></div>" for a, b, c in facts)
    return (
        '<p class="eyebrow">cft-eval compare</p>\n'
        f"<h1>{_safe(_headline(comparison))}</h1>\n"
        f'<ul class="who"><li><span class="key a">A</span>{_safe(comparison.a)}</li>'
        f'<li><span class="key b">B</span>{_safe(comparison.b)}</li></ul>\n'
        + (f'<ul class="open">{silent}</ul>\n' if silent else "")
        + f'<dl class="facts">{cards}</dl>'
    )


def _headline(comparison: Comparison) -> str:
    """Who is better on what; the tasks that cannot tell stand below it."""
    tasks: dict[str, list[str]] = {}
    for row in comparison.rows:
        if row.better:
            tasks.setdefault(row.better, []).append(row.task)
    if not tasks:
        return "No task tells the two runs apart"
    return "; ".join(f"{name} is better on {_listed(won)}" for name, won in tasks.items())


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _forest(comparison: Comparison) -> str:
    rows = comparison.shown
    ends = [end for row in rows for end in row.interval]
    on = drawing.scale([0.0, *ends])
    lines = []
    for row in rows:
        change = (
            f"{points(row.b - row.a)} [{points(row.interval.low)}, {points(row.interval.high)}]"
        )
        mark = drawing.forest(
            on, row.b - row.a, row.interval, row.fixed, kind=_kind(row), label=f"{change} points"
        )
        kind = ' class="sum"' if row.task in (POOLED, SUITE) else ""
        lines.append(
            f'<li{kind}><span>{_safe(_named(row))}</span>{mark}<span class="{_colour(row)}">'
            f"{change}</span></li>"
        )
    labels = [(on.x(tick), _tick(tick)) for tick in on.ticks]
    thick = (
        " The thick part is the noise of sampling on these very problems; the thin line adds that "
        "of the choice of problems."
        if any(row.fixed for row in rows)
        else ""
    )
    return (
        '<section><h2>Change by task, in points</h2>\n<figure class="plot"><ol>'
        + "\n".join(lines)
        + f"</ol>{_axis(labels)}<figcaption>Right of the line B is better. Grey intervals "
        f"leave open who is.{thick}</figcaption></figure></section>"
    )


def _axis(labels: Iterable[tuple[float, str]]) -> str:
    """Labels at their position (0..100) under the middle column of a plot."""
    spans = "".join(f'<span style="left:{at:.4g}%">{text}</span>' for at, text in labels)
    return (
        f'<div class="axis" aria-hidden="true"><span></span><div>{spans}</div><span></span></div>'
    )


def _tick(value: float) -> str:
    return "0" if abs(value) < 1e-9 else f"{100 * value:+.3g}"


def _numbers(comparison: Comparison) -> str:
    rows = comparison.shown
    most = max([max(row.gains, row.losses) for row in comparison.rows] + [1])
    names = "task", "problems", "A", "B", "|0 to 100", "change", "lost", "|", "<gained"
    head = _head(*names, "p", "p (Holm)")
    body = []
    for row in rows:
        bar = "" if row.task in (POOLED, SUITE) else _balance(row, most)
        pair = drawing.pair(row.a, row.b, label=f"{percent(row.a)} to {percent(row.b)} percent")
        cells = [
            f'<td class="num">{row.problems:,}</td>',
            f"<td>{percent(row.a)}</td><td>{percent(row.b)}</td>",
            f'<td class="draw">{pair}</td>',
            f'<td class="{_colour(row)}">{points(row.b - row.a)}</td>',
            f'<td>{row.losses:,}</td><td class="draw">{bar}</td>',
            f'<td class="left">{row.gains:,}</td>',
            f"<td>{row.p:.2g}</td><td>{row.p_holm:.2g}</td>",
        ]
        kind = ' class="sum"' if row.task in (POOLED, SUITE) else ""
        body.append(f'<tr{kind}><th scope="row">{_safe(_named(row))}</th>{"".join(cells)}</tr>')
    only = [
        f"only in {name}: {_safe(', '.join(tasks))}"
        for name, tasks in (("A", comparison.only_a), ("B", comparison.only_b))
        if tasks
    ]
    below = f'<p class="note">{"; ".join(only)}</p>' if only else ""
    return (
        f'<section><h2>Scores, gains and losses</h2>\n<div class="scroll"><table>{head}<tbody>'
        + "\n".join(body)
        + f"</tbody></table></div>{below}</section>"
    )


def _balance(row: Compared, most: int) -> str:
    label = f"{row.losses} lost, {row.gains} gained"
    return drawing.balance(row.losses, row.gains, most, label=label)


def _weights(comparison: Comparison) -> str:
    if not comparison.means:
        return ""
    tasks = [row.task for row in comparison.rows]
    body = []
    for way in comparison.means:
        parts = [f"{_safe(t)} {part:.0%}" for t, part in zip(tasks, way.shares, strict=True)]
        low, high = way.change - 1.96 * way.stderr, way.change + 1.96 * way.stderr
        heaviest = max(range(len(tasks)), key=way.shares.__getitem__)
        body.append(
            f'<tr><th scope="row">{way.how}</th><td>{points(way.change)}</td>'
            f"<td>[{points(low)}, {points(high)}]</td>"
            f'<td class="draw">{drawing.shares(way.shares, label=", ".join(parts))}</td>'
            f'<td class="left">{_safe(tasks[heaviest])} {way.shares[heaviest]:.0%}</td></tr>'
        )
    head = _head("weighing", "change", "95 % interval", "|share of the variance by task", "<most")
    return (
        "<section><h2>The mean, and which task its noise comes from</h2>\n"
        f'<div class="scroll"><table>{head}<tbody>{"".join(body)}</tbody></table></div></section>'
    )


def _settings(comparison: Comparison) -> str:
    if not comparison.mismatches:
        return ""
    fields = "".join(f"<li>{_safe(str(mismatch))}</li>" for mismatch in comparison.mismatches)
    return (
        '<section class="warning"><b>The runs were not made alike.</b> What is compared may be '
        f"these settings rather than the models:<ul>{fields}</ul></section>"
    )


def _disagreements(shown: Sequence[Discordant], total: int | None) -> str:
    if total is None:
        text = "The responses are not at hand: a frozen baseline or a board's run was compared."
        return f'<section><p class="note">{text}</p></section>'
    if not total:
        return ""
    rest = f"; {len(shown)} shown, --show N for more" if len(shown) < total else ""
    blocks = "\n".join(_disagreement(pair) for pair in shown)
    return (
        f'<section class="disagree"><h2>{total:,} responses on which they differ{rest}</h2>\n'
        f"{blocks}</section>"
    )


def _disagreement(pair: Discordant) -> str:
    word, colour = ("gained", "good") if pair.gained else ("lost", "bad")
    repeat = f", repeat {pair.a.repeat}" if pair.a.repeat else ""
    answers = " · ".join(
        f"{name}: {'no answer' if s.answer is None else _safe(_cut(s.answer, 60))}"
        for name, s in (("A", pair.a), ("B", pair.b))
    )
    sides = "".join(
        f"<div><h3>{name}: {sample.outcome.value.replace('_', ' ')}</h3>"
        f"<pre>{_lines(sample.response)}</pre></div>"
        for name, sample in (("A", pair.a), ("B", pair.b))
    )
    return (
        f'<details><summary><b class="{colour}">{word}</b> {_safe(pair.a.task)} number '
        f"{pair.a.index}{repeat} · {answers}</summary>"
        f'<p class="problem">{_lines(pair.a.problem)}</p>'
        f'<p class="problem"><b>reference</b> {_lines(pair.a.reference)}</p>'
        f'<div class="sides">{sides}</div></details>'
    )


def _ranking_opening(ranking: Ranking) -> str:
    first = [ranking.runs[i] for i, (best, _) in enumerate(ranking.ranks) if best == 1]
    headline = (
        f"{first[0]} is the best of {len(ranking.runs)}"
        if len(first) == 1
        else f"{len(first)} of {len(ranking.runs)} runs may be the best"
    )
    return (
        f'<p class="eyebrow">cft-eval compare</p>\n<h1>{_safe(headline)}</h1>\n'
        f'<p class="soft">{ranking.problems:,} problems of {_safe(_listed(ranking.tasks))}</p>'
    )


def _ranks(ranking: Ranking) -> str:
    runs = len(ranking.runs)
    lines = []
    for name, score, (best, worst) in zip(ranking.runs, ranking.scores, ranking.ranks, strict=True):
        span = f"{best}" if best == worst else f"{best} to {worst}"
        mark = drawing.ranks(best, worst, runs, label=f"rank {span} of {runs}")
        lines.append(
            f"<li><span>{_safe(name)}</span>{mark}<span>{percent(score)} · rank {span}</span></li>"
        )
    ties = [f"{first + 1} to {last + 1}" for first, last in ranking.ties if last > first]
    text = f"Cannot be distinguished: {_listed(ties)} in this order." if ties else "All differ."
    on = drawing.Scale(0.5, runs + 0.5, 1.0)
    labels = [(on.x(rank), str(rank)) for rank in range(1, runs + 1, max(1, runs // 10))]
    return (
        '<section><h2>Ranks that remain possible</h2>\n<figure class="plot"><ol>'
        + "\n".join(lines)
        + f"</ol>{_axis(labels)}<figcaption>{text}</figcaption></figure></section>"
    )


def _matrix(ranking: Ranking, alpha: float) -> str:
    shown = range(min(len(ranking.runs), LARGEST_MATRIX))
    head = _head("row minus column, points", *(f"{i + 1}" for i in shown))
    body = []
    for i in shown:
        cells = []
        for j in shown:
            if i == j:
                cells.append('<td class="self">·</td>')
                continue
            change, p = ranking.change[i][j], ranking.p[i][j]
            kind = "" if p >= alpha else ' class="better"' if change > 0 else ' class="worse"'
            cells.append(f'<td{kind} title="p = {p:.2g}">{points(change)}</td>')
        body.append(
            f'<tr><th scope="row">{i + 1} {_safe(ranking.runs[i])}</th>{"".join(cells)}</tr>'
        )
    rest = len(ranking.runs) - len(shown)
    more = f" The {rest} runs below are left out." if rest else ""
    return (
        '<section><h2>Each against each</h2>\n<div class="scroll"><table class="matrix">'
        f"{head}<tbody>{''.join(body)}</tbody></table></div>"
        '<p class="note">Green: the row is shown to be better than the column; red: worse; '
        f"uncoloured: the data cannot tell.{more}</p></section>"
    )


def _head(*names: str) -> str:
    """A heading row; ``|`` before a name stands over drawings, ``<`` over text."""
    kinds = {"|": ' class="draw"', "<": ' class="left"'}
    cells = "".join(
        f'<th scope="col"{kinds.get(name[:1], "")}>{name.lstrip("|<")}</th>' for name in names
    )
    return f"<thead><tr>{cells}</tr></thead>"


def _named(row: Compared) -> str:
    return "mean over tasks" if row.task == SUITE else row.task


def _kind(row: Compared) -> str:
    return "same" if not row.better else "better" if row.b > row.a else "worse"


def _colour(row: Compared) -> str:
    return {"same": "none", "better": "good", "worse": "bad"}[_kind(row)]


def _change(row: Compared) -> str:
    return f'<b class="{_colour(row)}">{points(row.b - row.a)}</b>'


def _safe(text: str) -> str:
    """One line of text, whatever it holds."""
    return escape(plain(text))


def _lines(text: str) -> str:
    """Text with its lines; control and direction-changing characters go."""
    return "\n".join(escape(visible(line)) for line in _cut(text, LONGEST).splitlines())


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"… {text[-longest:]}"
