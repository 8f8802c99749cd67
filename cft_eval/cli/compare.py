"""`cft-eval compare A B …`: runs side by side, with what is real and what is chance."""

import argparse
import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli._regrade import RegradedSides, graded_alike, graded_by
from cft_eval.cli._reports import refuse_overwriting, write_report
from cft_eval.cli._say import say
from cft_eval.cli._sources import evaluation, is_boiled, run_outcomes
from cft_eval.errors import CftError
from cft_eval.figures import confidence, p_number, p_value, percent, points
from cft_eval.plain import as_json, plain

if TYPE_CHECKING:
    from cft_eval.gate import Compared, Comparison, Discordant, Ranking

EPILOG = """
examples:
  cft-eval compare out/sft out/cft
  cft-eval compare out/sft out/cft --show 10       # problems on which they differ
  cft-eval compare board:RUN out/cft --markdown
  cft-eval compare out/sft out/cft --json > comparison.json
  cft-eval compare out/sft out/cft --html report.html   # one file, with plots
  cft-eval compare out/sft out/cft --policy math_verify  # as another grader sees them
  cft-eval compare out/base out/sft out/cft        # ranks, and which pairs differ

Runs are lm-eval output folders, frozen baselines or board:RUN; the change is B minus A. With more
than two, the runs are ranked over the tasks that all have, with the ranks that the data leave open.
"""

HEADER = (
    "task", "problems", "A", "B", "change", "interval", "gains", "losses", "p", "p (Holm)",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

IN_PAGE = 100
"""Problems on which they differ that --html folds in, unless --show says another number."""

SHOWN = 600
"""Characters of a response that --show prints: its end, where the answer is."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="lm-eval output folder, frozen baseline or board:RUN"
    )
    parser.add_argument(
        "--policy", default="strict", metavar="P",
        help="strict (default), qwen, cft_paper or math_verify: grade the responses by it first",
    )  # fmt: skip
    parser.add_argument("--alpha", type=float, default=0.05, help="error rate (default 0.05)")
    parser.add_argument(
        "--show", type=int, metavar="N", help="print N problems on which they differ"
    )
    parser.add_argument(
        "--html", type=Path, metavar="F", help="write a one-file report with plots as well"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every number as JSON")
    form.add_argument("--markdown", action="store_true", help="a Markdown table")
    form.add_argument("--csv", action="store_true", help="one row per task, or per run")
    parser.add_argument("--server", metavar="URL", help="of board:RUN (or CFT_EVAL_SERVER)")
    parser.add_argument("--token", metavar="T", help="of the server (or CFT_EVAL_TOKEN)")


def run(args: argparse.Namespace) -> int:
    from cft_eval.gate import rank
    from cft_eval.gate.compare import compare
    from cft_eval.render.report import ranking_page

    if not 1e-6 <= args.alpha <= 0.5:
        raise CftError(f"--alpha {args.alpha}: a share from 1e-6 to 0.5, such as 0.05")
    if args.show is not None and args.show < 0:
        raise CftError(f"--show {args.show}: a number of problems, such as 10")
    if len(args.runs) < 2:
        raise CftError("one run is given: name at least two to compare")
    refuse_overwriting({"--html": args.html}, args.runs)
    again = [graded_by(run, args.policy) for run in args.runs if args.policy != "strict"]
    runs = [each for each, _ in again] or [
        run_outcomes(run, server=args.server, token=args.token) for run in args.runs
    ]
    if len(runs) > 2:
        if args.show:
            raise CftError("--show takes two runs, to lie side by side")
        ranking = rank(runs, alpha=args.alpha)
        _print_ranking(ranking, args)
        if args.html:
            write_report(args.html, ranking_page(ranking, alpha=args.alpha))
        return 0
    if again:
        graded = RegradedSides(([runs[0]], [runs[1]]), (), (), (again[0][1], again[1][1]))
    else:
        graded = graded_alike(([runs[0]], [runs[1]]), ([args.runs[0]], [args.runs[1]]))
    comparison = compare(*graded.sides[0], *graded.sides[1], alpha=args.alpha)
    args.samples = graded.samples
    if args.json:
        splits = {"grader": list(map(asdict, graded.splits))} if graded.splits else {}
        say(as_json({**asdict(comparison), **splits}, indent=1))
    elif args.csv:
        _print_csv(HEADER, [_as_numbers(row) for row in comparison.shown])
    else:
        say(_view(comparison, as_markdown=args.markdown))
        say(_remarks(graded.remarks, as_markdown=args.markdown), end="")
    if args.show:
        _show(args)
    if args.html:
        write_report(args.html, _page(comparison, args))
    return 0


def _remarks(remarks: Sequence[str], *, as_markdown: bool) -> str:
    from cft_eval.gate.text import markdown

    lines = [f"- {markdown(line)}" if as_markdown else plain(line) for line in remarks]
    return "".join(f"{line}\n" for line in ["", *lines]) if lines else ""


def _page(comparison: "Comparison", args: argparse.Namespace) -> str:
    from cft_eval.gate import sampled
    from cft_eval.render.report import comparison_page

    if any(is_boiled(side) for side in args.runs):
        return comparison_page(comparison, [], total=None)
    pairs = _differing(args)
    shown = IN_PAGE if args.show is None else args.show
    return comparison_page(comparison, sampled(pairs, shown), total=len(pairs))


def _print_ranking(ranking: "Ranking", args: argparse.Namespace) -> None:
    """A row a run: its score, the ranks that remain possible, and p against each other run."""
    from cft_eval.gate.text import markdown, markdown_table, table

    if args.json:
        say(as_json(asdict(ranking), indent=1))
        return
    header = ["run", "score", "rank", *(f"p ({i})" for i in range(1, len(ranking.runs) + 1))]
    rows = []
    for i, (name, score, (best, worst)) in enumerate(
        zip(ranking.runs, ranking.scores, ranking.ranks, strict=True)
    ):
        tests = (
            "-" if i == j else p_value(p, alpha=args.alpha) for j, p in enumerate(ranking.p[i])
        )
        rank = str(best) if best == worst else f"{best}-{worst}"
        rows.append([f"({i + 1}) {plain(name)}", percent(score), rank, *tests])
    note = f"{ranking.problems:,} problems of {', '.join(ranking.tasks)}; p adjusted by Holm"
    note = f"score: the mean over tasks; {note}" if len(ranking.tasks) > 1 else note
    ties = [f"{first + 1} to {last + 1}" for first, last in ranking.ties if last > first]
    note += f"; not told apart: {', '.join(ties)}" if ties else ""
    if args.csv:
        _print_csv(header, rows)
    elif args.markdown:
        say(markdown_table(header, [[markdown(cell) for cell in row] for row in rows]))
        say(f"\n{markdown(note)}")
    else:
        say(f"{table(header, rows)}\n\n{plain(note)}")


def _print_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """CSV that a spreadsheet does not read as formulas: a name that starts one is quoted apart."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for name, *numbers in rows:
        writer.writerow([f"'{name}" if name.startswith(FORMULA) else name, *numbers])
    say(out.getvalue(), end="")


def _view(comparison: "Comparison", *, as_markdown: bool) -> str:
    from cft_eval.gate.text import markdown, markdown_table, table
    from cft_eval.render.comparison import headline

    answer = headline(comparison)
    cells = [_cells(row, comparison.alpha) for row in comparison.shown]
    notes = [
        f"change in points with its {confidence(comparison.alpha)}% interval; gains and losses "
        "count problems; intervals and p are per row, verdicts use p (Holm)",
        *(row.verdict for row in comparison.silent),
        *([comparison.suite.verdict] if len(comparison.rows) > 1 else []),
        *(f"only in A: {task}" for task in comparison.only_a),
        *(f"only in B: {task}" for task in comparison.only_b),
        *(f"run differently: {mismatch}" for mismatch in comparison.mismatches),
        *(f"noted: {note}" for note in comparison.notes),
    ]
    title = f"A = {comparison.a}", f"B = {comparison.b}"
    if as_markdown:
        rows = [[markdown(cell) for cell in row] for row in cells]
        return "\n\n".join(
            [
                "<br>".join(map(markdown, title)),
                f"**{markdown(answer)}**",
                markdown_table(HEADER, rows),
                "\n".join(f"- {markdown(note)}" for note in notes),
            ]
        )
    return "\n".join(
        [
            *map(plain, title),
            "",
            table(HEADER, cells),
            "",
            plain(answer),
            *map(plain, notes),
        ]
    )


def _cells(row: "Compared", alpha: float) -> tuple[str, ...]:
    return (
        plain(row.task),
        f"{row.problems:,}",
        percent(row.a),
        percent(row.b),
        points(row.b - row.a),
        f"[{points(row.interval.low)}, {points(row.interval.high)}]",
        str(row.gains),
        str(row.losses),
        p_value(row.p, alpha=alpha),
        p_value(row.p_holm, alpha=alpha),
    )


def _as_numbers(row: "Compared") -> tuple[str, ...]:
    """The same cells, with p-values that a spreadsheet can count with."""
    return (*_cells(row, 0.05)[:-2], p_number(row.p), p_number(row.p_holm))


def _show(args: argparse.Namespace) -> None:
    from cft_eval.gate import sampled

    for side in args.runs:
        if is_boiled(side):
            raise CftError(
                f"--show needs the responses, which {side} does not have: give the lm-eval "
                "output folder, or open the run in the board"
            )
    pairs = _differing(args)
    say(f"\n{len(pairs)} problems on which they differ; {min(args.show, len(pairs))} shown")
    for pair in sampled(pairs, args.show):
        say(_side_by_side(pair))


def _differing(args: argparse.Namespace) -> "list[Discordant]":
    from cft_eval.gate import discordant
    from cft_eval.results import pairing
    from cft_eval.results.outcomes import outcomes

    a, b = (evaluation(side) for side in args.runs)
    names = pairing(outcomes(a.run, a.samples), outcomes(b.run, b.samples))
    first, second = args.samples or (a.samples, b.samples)
    return discordant(first, second, paired=names)


def _side_by_side(pair: "Discordant") -> str:

    word = "gained" if pair.gained else "lost"
    lines = [
        f"\n── {word}: {plain(pair.a.task)} number {pair.a.index} " + "─" * 30,
        f"problem: {plain(pair.a.problem)}",
        f"reference: {plain(pair.a.reference)}",
    ]
    for name, sample in (("A", pair.a), ("B", pair.b)):
        answer = "no answer" if sample.answer is None else plain(sample.answer)
        lines += [
            f"{name} ({sample.outcome.value}): {answer}",
            f"   … {plain(sample.response[-SHOWN:])}",
        ]
    return "\n".join(lines)
