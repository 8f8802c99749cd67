"""A ledger of disputes as text, as lines of JSON and as one HTML file."""

from collections.abc import Sequence
from itertools import groupby

from cft_eval.disputes import DisputedResponse, GraderTotals, Ledger
from cft_eval.figures import percent, quantity
from cft_eval.gate.text import table
from cft_eval.plain import as_json, plain
from cft_eval.render.report import page_template

SHOWN = 20
"""Responses of each kind in a page, unless --show says another number."""

HEADER = ("grader", "version", "right", "of", "share", "seconds")


def headline(graded: Ledger) -> str:
    """How many responses the graders differ on."""
    there = [totals for totals in graded.graders if not totals.missing]
    share = len(graded.disputed) / max(1, graded.responses)
    return (
        f"{quantity(len(graded.disputed), 'responses')} of {graded.responses:,} "
        f"({percent(share)}%) are right for one of {len(there)} graders and wrong for another"
    )


def grader_rows(graders: Sequence[GraderTotals]) -> list[tuple[str, ...]]:
    """A row a grader that was there."""
    return [
        (
            totals.name,
            plain(totals.version),
            f"{totals.right:,}",
            f"{totals.decided:,}",
            f"{percent(totals.right / totals.decided)}%" if totals.decided else "-",
            f"{totals.seconds:.1f}",
        )
        for totals in graders
        if not totals.missing
    ]


def by_kind(graded: Ledger, most: int) -> list[tuple[str, int, list[DisputedResponse]]]:
    """Each kind, the most frequent first, how many are of it, and the first ``most`` of them."""
    ordered = sorted(graded.disputed, key=lambda each: each.kind)
    groups = {kind: list(each) for kind, each in groupby(ordered, key=lambda d: d.kind)}
    return [(kind, count, groups[kind][:most]) for kind, count in graded.kinds]


def as_text(graded: Ledger, *, show: int) -> str:
    """The graders, then the kinds with ``show`` responses of each."""
    lines = [headline(graded), "", table(HEADER, grader_rows(graded.graders), left=2), ""]
    for kind, count, shown in by_kind(graded, show):
        lines.append(f"{count:,}  {kind}")
        for each in shown:
            sample = each.sample
            lines.append(
                f"    {plain(sample.task)} {sample.index}, reference "
                f"{_end(sample.reference, 60)}; response {_end(sample.response, 90)}"
            )
            for name, verdict in each.verdicts.items():
                answer = _end(verdict.answer, 50) if verdict.answer else "no answer"
                mark = {True: "right", False: "wrong", None: "-"}[verdict.correct]
                lines.append(f"      {name:<16} {mark:<6} {answer}  ({plain(verdict.reason)[:90]})")
    return "\n".join(lines)


def _end(text: str, most: int) -> str:
    """The end of a text on one line."""
    line = plain(" ".join(text.split()))
    return line if len(line) <= most else f"… {line[-most:]}"


def as_jsonl(graded: Ledger) -> str:
    """A line a disputed response, with what each grader says."""
    return "".join(
        as_json(
            {
                "kind": each.kind,
                "task": each.sample.task,
                "item": each.sample.item,
                "index": each.sample.index,
                "repeat": each.sample.repeat,
                "reference": each.sample.reference,
                "response": each.sample.response,
                "graders": {
                    name: {"correct": v.correct, "answer": v.answer, "reason": v.reason}
                    for name, v in each.verdicts.items()
                },
            }
        )
        + "\n"
        for each in graded.disputed
    )


def as_page(graded: Ledger, *, most: int) -> str:
    """One file that loads nothing and runs nothing."""
    return page_template("disputes.html").render(
        headline=headline(graded),
        header=HEADER,
        rows=grader_rows(graded.graders),
        missing=[totals.missing for totals in graded.graders if totals.missing],
        kinds=by_kind(graded, most),
    )
