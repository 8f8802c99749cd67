"""One `Report` for people: in a terminal and in Markdown. Machines read `gate.machine`.

the verdict with its reason ── a table ── what to do          (--explain: everything else)
"""

from collections.abc import Sequence

from cft_eval.figures import p_is, p_value, percent, points, typed
from cft_eval.gate.decide import HOPELESS, REFUSED, GateDecision, Report, Row, overall
from cft_eval.gate.fingerprint import advice
from cft_eval.gate.limits import Resource
from cft_eval.gate.lost import lost_markdown, slices_markdown
from cft_eval.gate.measured import WHAT_TO_DO
from cft_eval.gate.slices import Losses
from cft_eval.gate.text import markdown, markdown_table, noise_shares, table
from cft_eval.plain import plain

HEADER = (
    "task",
    "baseline",
    "candidate",
    "change",
    "interval",
    "gains",
    "losses",
    "p (Holm)",
    "verdict",
)

NOTHING = "-"
"""In a column that a row has no number for."""

ESCALATE = "`cft-eval gate escalate` says which runs would settle it, by command"
EXPLAIN = "`--explain` says how each row was decided"


def headline(report: Report) -> str:
    """The verdict's reason in one sentence."""
    if report.decision is GateDecision.REGRESSION:
        return _regression(report)
    if report.decision is GateDecision.OK:
        row = deciding(report)
        return report.reason if row is None else _passed(row, report.margin)
    # What would settle it is advice, and stands below.
    return _parts(report)[0]


def _parts(report: Report) -> list[str]:
    """The reason, then each piece of advice in it."""
    if report.reason.startswith(REFUSED):
        return [report.reason.removesuffix(f"; {WHAT_TO_DO}"), WHAT_TO_DO]
    return report.reason.split("; ")


def _regression(report: Report) -> str:
    worse = [(row.task, row.reason) for row in report.rows if _is_worse(row)]
    worse += [(f"{r.what} on {r.task}", r.reason) for r in report.resources if _is_worse(r)]
    if not worse:
        return report.reason
    first = f"{worse[0][0]}: {worse[0][1]}"
    others = [name for name, _ in worse[1:]]
    return f"{first}; also {', '.join(others)}" if others else first


def _is_worse(row: Row | Resource) -> bool:
    return row.decision is GateDecision.REGRESSION


def _passed(row: Row, margin: float) -> str:
    accepted = margin if row.margin is None else row.margin
    if row.reason.startswith("down "):
        return f"{row.reason}, on {row.task}"
    if row.p_margin is None or "letter for letter" in row.reason:
        return f"{row.task}: {row.reason}"
    return f"no drop of more than {typed(accepted)} points on {row.task} ({p_is(row.p_margin)})"


def deciding(report: Report) -> Row | None:
    """The row that the verdict OK hangs on: all problems together, or the only task."""
    rows = [row for row in report.rows if row.floor is None]
    return None if not rows else rows[0] if len(rows) == 1 else rows[-2]


def against(report: Report) -> str:
    """Both runs by name."""
    window = f" (a window of {len(report.window)} runs)" if report.window else ""
    return f"{report.candidate} against {report.baseline}{window}"


def as_text(report: Report, *, explain: bool = False) -> str:
    """What a terminal shows: the verdict with its reason first, then the table, then what to do."""
    lines = [plain(f"{report.decision}  {against(report)}: {headline(report)}"), ""]
    if report.rows:
        lines += [table(HEADER, [cells(row, report.alpha) for row in report.rows]), ""]
    lines += [table(RESOURCES, resource_cells(report)), ""] if report.resources else []
    lines += [*map(plain, to_do(report)), ""] if to_do(report) else []
    if report.mismatches:
        lines += ["the runs differ in:", *(f"  {plain(str(m))}" for m in report.mismatches), ""]
    lines += [plain(f"baseline run: {run}") for run in report.window]
    lines += [plain(f"candidate run: {run}") for run in report.candidates]
    lines += [plain(f"noted: {note}") for note in report.notes]
    lines += [*map(plain, report.remarks), ""] if report.remarks else []
    if explain:
        lines += [*map(plain, explained(report))]
    elif report.rows:
        lines += [EXPLAIN]
    return "\n".join(lines).rstrip()


def to_do(report: Report) -> list[str]:
    """What a reader can do about the verdict; nothing where nothing is to be done."""
    lines = []
    if report.decision is GateDecision.NOT_COMPARABLE:
        lines = advice(report.mismatches)
    if report.decision is GateDecision.INCONCLUSIVE:
        lines = [*_parts(report)[1:], *([ESCALATE] if _repeats_help(report) else [])]
    if report.ungated:
        tasks = ", ".join(report.ungated)
        lines.append(
            f"not gated, since the baseline lacks it: {tasks}; freeze the baseline again to gate it"
        )
    return lines


def _repeats_help(report: Report) -> bool:
    """Not against the noise of seeds, not where the gate itself is measured to be wrong, and not
    of what `escalate` doesn't take: limits, floors and margins of single tasks."""
    if report.resources or report.reason.startswith(REFUSED) or HOPELESS in report.reason:
        return False
    if any(row.shares or row.floor is not None or row.margin is not None for row in report.rows):
        return False
    # What it would decide on the same rows, which knows no --each-task.
    return overall(report.rows, report.margin)[0] is GateDecision.INCONCLUSIVE


def explained(report: Report) -> list[str]:
    """How it was decided: every row's reason, the levels, the runs and how they were made."""
    lines = [f"margin {typed(report.margin)} points, alpha {report.alpha:g}", ""]
    lines += [f"{row.task}: {row.decision.value}: {row.reason}" for row in report.rows]
    lines += [f"{r.what}, {r.task}: {r.decision.value}: {r.reason}" for r in report.resources]
    lines += ["", *_repeats(report.rows)] if report.rows else []
    for task, facts in report.fingerprint.items():
        known = (f"{name} {fact}" for name, fact in facts.items() if fact is not None)
        lines.append(f"{task} was run with {', '.join(known)}")
    noise = [f"{row.task}: {noise_shares(row.shares)}" for row in report.rows if row.shares]
    if noise:
        return [*lines, "", *noise, *HOW_SEEDS]
    return [*lines, *(HOW if report.rows else ())]


HOW_SEEDS = (
    "",
    "fell: Welch's t test of the runs' scores, one-sided, Holm over all rows",
    "ruled out: the same with how unlike the change is from problem to problem, widened by what so "
    "few problems cannot show; of each row by itself",
)

HOW = (
    "",
    "fell: the exact sign test of the problems that changed, or with repeats the sign-flip test of "
    "their differences, one-sided, Holm over all rows",
    "ruled out: Tango's score bound, or with repeats Student's t widened by what so few problems "
    "cannot show; of each row by itself",
    "the verdict is that of all problems together, unless a row regressed; rows of small tasks "
    "that cannot tell do not block",
)


def _repeats(rows: Sequence[Row]) -> list[str]:
    several = [row for row in rows if row.repeats != (1, 1) and row.floor is None]
    return [
        f"{row.task}: {row.problems:,} problems, responses to each: {row.repeats[0]} of the "
        f"baseline, {row.repeats[1]} of the candidate"
        for row in several
    ]


def cells(row: Row, alpha: float) -> tuple[str, ...]:
    """A row of the table, under `HEADER`; the row of a floor is about the candidate alone."""
    low, high = row.interval
    against: tuple[str, ...] = (
        percent(row.baseline),
        percent(row.candidate),
        points(row.candidate - row.baseline),
        f"[{points(low)}, {points(high)}]",
        str(row.gains),
        str(row.losses),
    )
    if row.floor is not None:
        against = (NOTHING, percent(row.candidate), *[NOTHING] * 4)
    return (plain(row.task), *against, p_value(row.p, alpha=alpha), row.decision.value)


RESOURCES = ("limit", "baseline", "candidate", "p (Holm)", "verdict")


def resource_cells(report: Report) -> list[tuple[str, ...]]:
    """A row a limit and task, under `RESOURCES`."""
    return [
        (
            plain(f"{each.what}, {each.task}"),
            amount(each.what, each.baseline),
            amount(each.what, each.candidate),
            p_value(each.p, alpha=report.alpha),
            each.decision.value,
        )
        for each in report.resources
    ]


def amount(what: str, value: float | None) -> str:
    """A share in percent, characters or tokens."""
    if value is None:
        return "unknown"
    return f"{percent(value)}%" if what == "truncation" else f"{value:,.0f}"


def as_markdown(report: Report, losses: Losses | None = None) -> str:
    """For a pull request or a step summary; with ``losses`` also where it fell."""
    heading = f"## {report.decision.value}: {markdown(against(report))}"
    lines = [heading, "", f"**{markdown(headline(report))}**", ""]
    if report.rows:
        rows = [[markdown(cell) for cell in cells(row, report.alpha)] for row in report.rows]
        lines += [markdown_table(HEADER, rows), ""]
    if report.resources:
        listed = [[markdown(cell) for cell in row] for row in resource_cells(report)]
        lines += [markdown_table(RESOURCES, listed), ""]
    lines += [*(f"- {markdown(line)}" for line in to_do(report)), ""] if to_do(report) else []
    if report.mismatches:
        lines += ["The runs differ in:", *(f"- {markdown(str(m))}" for m in report.mismatches), ""]
    lines += [*(f"- {markdown(remark)}" for remark in report.remarks), ""] if report.remarks else []
    for side, runs in (("Baseline", report.window), ("Candidate", report.candidates)):
        lines += [f"{side} runs: {markdown('; '.join(runs))}", ""] if runs else []
    lines += [f"Noted: {markdown('; '.join(report.notes))}", ""] if report.notes else []
    if losses is not None and report.rows:
        lines += [slices_markdown(losses, alpha=report.alpha), "", lost_markdown(losses), ""]
    settings = f"margin {typed(report.margin)} points, alpha {report.alpha:g}"
    note = "changes in points; intervals of each row by itself, p over all rows"
    return "\n".join([*lines, f"<sub>{settings}; {note}</sub>", ""])
