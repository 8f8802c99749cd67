"""One `Report` for machines: JSON, JUnit XML, a badge, and GitHub annotations."""

import json
from dataclasses import asdict
from typing import NamedTuple
from xml.etree import ElementTree

from cft_eval._version import __version__
from cft_eval.gate.decide import GateDecision, Report, Row
from cft_eval.gate.report import HEADER, against, cells, headline
from cft_eval.gate.slices import Losses
from cft_eval.plain import as_json as plain_json
from cft_eval.plain import plain

JSON_VERSION = 1
"""Goes up when a reader of the old JSON would misread the new one; new fields alone do not."""


def as_json(report: Report, losses: Losses | None = None) -> str:
    """Every number; with ``losses`` also the slices, and the lost problems without their texts."""
    head = {
        "kind": "cft-eval gate",
        "schema_version": JSON_VERSION,
        "cft_eval_version": __version__,
        "headline": headline(report),
    }
    lost = {} if losses is None else _losses(losses)
    return plain_json({**head, **asdict(report), **lost}, indent=1) + "\n"


def _losses(losses: Losses) -> dict[str, object]:
    lost = [
        {
            "task": each.baseline.task,
            "item": each.baseline.item,
            "index": each.baseline.index,
            "baseline": each.before,
            "candidate": each.after,
        }
        for each in losses.problems
    ]
    return {"slices": [asdict(each) for each in losses.slices], "lost": lost}


WHOLE = "comparison"
"""The case of the whole, where no row has the verdict."""


class _Case(NamedTuple):
    name: str
    decision: GateDecision
    reason: str
    row: Row | None


_TAGS = {
    GateDecision.REGRESSION: "failure",
    GateDecision.NOT_COMPARABLE: "error",
    GateDecision.INCONCLUSIVE: "skipped",
}


def as_junit(report: Report, *, strict: bool = False) -> str:
    """JUnit XML: a test case a row. What cannot tell is skipped, not passed.

    ``strict``: a comparison that cannot tell fails the build, so it is a failure here as well.
    """
    cases = [_Case(row.task, row.decision, row.reason, row) for row in report.rows]
    cases += [_Case(f"{r.what}, {r.task}", r.decision, r.reason, None) for r in report.resources]
    undecided = strict and report.decision is GateDecision.INCONCLUSIVE
    if undecided or not cases:
        cases.append(_Case(WHOLE, report.decision, headline(report), None))
    tags = [
        "failure" if undecided and case.name == WHOLE else _TAGS.get(case.decision)
        for case in cases
    ]
    suite = ElementTree.Element(
        "testsuite",
        name="cft-eval gate",
        tests=str(len(cases)),
        failures=str(tags.count("failure")),
        errors=str(tags.count("error")),
        skipped=str(tags.count("skipped")),
    )
    _properties(suite, _facts(report))
    for case, tag in zip(cases, tags, strict=True):
        element = ElementTree.SubElement(
            suite, "testcase", classname="cft_eval.gate", name=plain(case.name)
        )
        if case.row is not None:
            shown = zip(HEADER[1:], cells(case.row, report.alpha)[1:], strict=True)
            _properties(element, list(shown))
        if tag:
            said = ElementTree.SubElement(element, tag, message=plain(case.reason))
            if case.row is None and case.name == WHOLE:
                said.text = "\n".join(plain(str(mismatch)) for mismatch in report.mismatches)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _facts(report: Report) -> list[tuple[str, str]]:
    """What a reader of the suite has to know of it: what was compared, and what was let pass."""
    return [
        ("verdict", report.decision.value),
        ("reason", headline(report)),
        ("compared", against(report)),
        ("margin", f"{100 * report.margin:g}"),
        ("alpha", f"{report.alpha:g}"),
        ("cft_eval", __version__),
        *(("baseline run", run) for run in report.window),
        *(("candidate run", run) for run in report.candidates),
        *(("--allow-diff", str(each)) for each in report.mismatches if each.allowed),
        *(("not gated", task) for task in report.ungated),
        *(("noted", note) for note in report.notes),
    ]


def _properties(parent: ElementTree.Element, facts: list[tuple[str, str]]) -> None:
    properties = ElementTree.SubElement(parent, "properties")
    for name, value in facts:
        ElementTree.SubElement(properties, "property", name=name, value=plain(value))


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
"""What GitHub shows of one kind in one step; it drops the rest and says nothing."""


def as_annotations(report: Report, *, strict: bool = False) -> str:
    """GitHub workflow commands: an error for whatever fails the build; nothing in a green one,
    whose step summary says as much.

    `plain` breaks every ``::`` that a name or a reason brings; the rest is escaped as GitHub's
    own toolkit does.
    """
    undecided = report.decision is GateDecision.INCONCLUSIVE
    if report.decision is GateDecision.OK or (undecided and not strict):
        return ""
    if report.decision is GateDecision.NOT_COMPARABLE:
        return _command("error", "not comparable", report.reason)
    if undecided:
        return _command("error", "inconclusive", report.reason)
    every = [(row.task, row.decision, row.reason) for row in report.rows]
    every += [(f"{r.what} on {r.task}", r.decision, r.reason) for r in report.resources]
    worse = [(name, why) for name, said, why in every if said is GateDecision.REGRESSION]
    if not worse:
        return _command("error", "regression", report.reason)
    shown = worse if len(worse) <= ANNOTATIONS else worse[: ANNOTATIONS - 1]
    lines = [_command("error", name, why) for name, why in shown]
    if len(worse) > len(shown):
        rest = ", ".join(name for name, _ in worse[len(shown) :])
        lines.append(_command("error", f"{len(worse) - len(shown)} more", f"regressed too: {rest}"))
    return "\n".join(lines)


def _command(kind: str, title: str, text: str) -> str:
    return f"::{kind} title={_escaped(f'cft-eval: {title}', ':,')}::{_escaped(text)}"


def _escaped(text: str, extra: str = "") -> str:
    out = plain(text).replace("%", "%25")
    for character in extra:
        out = out.replace(character, f"%{ord(character):02X}")
    return out
