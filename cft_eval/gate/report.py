"""One `Report`, many views: text, Markdown, JUnit XML, JSON, a badge and GitHub annotations."""

import json
from dataclasses import asdict
from xml.etree import ElementTree

from cft_eval.figures import percent, points, size
from cft_eval.gate.decide import GateDecision, Report, Row
from cft_eval.gate.fingerprint import advice
from cft_eval.gate.text import markdown, markdown_table, table
from cft_eval.plain import as_json as plain_json
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


def as_text(report: Report) -> str:
    """What a terminal shows: the verdict first, then why."""
    lines = [f"{report.decision}  {plain(report.candidate)} against {plain(report.baseline)}", ""]
    if report.rows:
        lines += [table(HEADER, [_cells(row) for row in report.rows]), ""]
    lines += [
        plain(f"{row.task}: {row.reason}")
        for row in report.rows
        if row.decision is not GateDecision.OK
    ] or [plain(report.reason)]
    lines += [_ungated(report)] if report.ungated else []
    if report.mismatches:
        lines += ["", "the runs differ in:", *(f"  {plain(str(m))}" for m in report.mismatches)]
    lines += ["", *(plain(f"noted: {note}") for note in report.notes)] if report.notes else []
    lines += ["", *map(plain, report.remarks)] if report.remarks else []
    todo = advice(report.mismatches) if report.decision is GateDecision.NOT_COMPARABLE else []
    lines += ["", *map(plain, todo)] if todo else []
    if report.decision is GateDecision.INCONCLUSIVE:
        lines += ["", "`cft-eval gate escalate` says which runs would settle it, by command"]
    return "\n".join(lines)


def _ungated(report: Report) -> str:
    tasks = ", ".join(map(plain, report.ungated))
    return f"not gated, since the baseline lacks it: {tasks}; freeze the baseline again to gate it"


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row.interval
    return (
        plain(row.task),
        percent(row.baseline),
        percent(row.candidate),
        points(row.candidate - row.baseline),
        f"[{points(low)}, {points(high)}]",
        str(row.gains),
        str(row.losses),
        f"{row.p:.2g}",
        row.decision.value,
    )


def as_markdown(report: Report) -> str:
    """For a pull request or a step summary."""
    heading = f"## {report.decision.value}: {markdown(report.candidate)}"
    lines = [heading, "", f"against {markdown(report.baseline)}: {markdown(report.reason)}", ""]
    if report.rows:
        rows = [[markdown(cell) for cell in _cells(row)] for row in report.rows]
        lines += [markdown_table(HEADER, rows), ""]
    lines += [markdown(_ungated(report)), ""] if report.ungated else []
    if report.mismatches:
        lines += ["The runs differ in:", *(f"- {markdown(str(m))}" for m in report.mismatches), ""]
    lines += [*(f"- {markdown(remark)}" for remark in report.remarks), ""] if report.remarks else []
    settings = f"margin {size(report.margin)} points, alpha {report.alpha:g}"
    note = "changes in points; intervals of each row by itself, p over all rows"
    return "\n".join([*lines, f"<sub>{settings}; {note}</sub>", ""])


def as_json(report: Report) -> str:
    """Every number, for machines."""
    return plain_json(asdict(report), indent=1) + "\n"


def as_junit(report: Report) -> str:
    """JUnit XML: a test case a task; what cannot tell is skipped, not passed."""
    cases = [(row.task, row.decision, row.reason, row) for row in report.rows]
    if not cases:
        cases = [("comparison", report.decision, report.reason, None)]  # type: ignore[list-item]
    failed = {GateDecision.REGRESSION}
    suite = ElementTree.Element(
        "testsuite",
        name="cft-eval gate",
        tests=str(len(cases)),
        failures=str(sum(decision in failed for _, decision, _, _ in cases)),
        errors=str(sum(decision is GateDecision.NOT_COMPARABLE for _, decision, _, _ in cases)),
        skipped=str(sum(decision is GateDecision.INCONCLUSIVE for _, decision, _, _ in cases)),
    )
    tags = {
        GateDecision.REGRESSION: "failure",
        GateDecision.NOT_COMPARABLE: "error",
        GateDecision.INCONCLUSIVE: "skipped",
    }
    for name, decision, reason, row in cases:
        case = ElementTree.SubElement(
            suite, "testcase", classname="cft_eval.gate", name=plain(name)
        )
        if row is not None:
            properties = ElementTree.SubElement(case, "properties")
            for key, value in zip(HEADER[1:], _cells(row)[1:], strict=True):
                ElementTree.SubElement(properties, "property", name=key, value=value)
        if decision in tags:
            element = ElementTree.SubElement(case, tags[decision], message=plain(reason))
            if row is None:
                element.text = "\n".join(plain(str(mismatch)) for mismatch in report.mismatches)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


COLOURS = {
    GateDecision.OK: "brightgreen",
    GateDecision.REGRESSION: "red",
    GateDecision.INCONCLUSIVE: "yellow",
    GateDecision.NOT_COMPARABLE: "lightgrey",
}


def as_badge(report: Report) -> str:
    """The endpoint JSON that shields.io draws a badge from."""
    badge = {
        "schemaVersion": 1,
        "label": "cft-eval gate",
        "message": report.decision.value.lower().replace("_", " "),
        "color": COLOURS[report.decision],
    }
    return json.dumps(badge) + "\n"


ANNOTATIONS = 10
"""What GitHub shows of one kind in one step."""


def as_annotations(report: Report) -> str:
    """GitHub workflow commands: an error a regression, a notice for what cannot tell.

    `plain` breaks every ``::`` that a name or a reason brings; the rest is escaped as GitHub's
    own toolkit does.
    """
    kinds = {GateDecision.REGRESSION: "error", GateDecision.INCONCLUSIVE: "notice"}
    rows = [row for row in report.rows if row.decision in kinds]
    lines = [
        f"::{kinds[row.decision]} title={_escaped(f'cft-eval: {row.task}', ':,')}::"
        f"{_escaped(row.reason)}"
        for row in rows[:ANNOTATIONS]
    ]
    if report.decision is GateDecision.NOT_COMPARABLE:
        lines = [f"::error title=cft-eval%3A not comparable::{_escaped(report.reason)}"]
    return "\n".join(lines)


def _escaped(text: str, extra: str = "") -> str:
    out = plain(text).replace("%", "%25")
    for character in extra:
        out = out.replace(character, f"%{ord(character):02X}")
    return out
