"""`gate.slices` in words: where the candidate fell, in a terminal and in Markdown."""

from collections.abc import Sequence

from cft_eval.figures import p_value, percent, points, quantity
from cft_eval.gate.slices import Losses, LostProblem, Slice
from cft_eval.gate.text import markdown, markdown_table, table
from cft_eval.plain import plain

HEADER = ("slice", "problems", "baseline", "candidate", "change", "gains", "losses", "q (BH)")

SHOWN = 10
"""Slices in a table; all stand in the JSON."""

LISTED = 20
"""Lost problems that a comment lists."""

END = 600
"""Characters of a response that a terminal shows: its end, where the answer is."""


def slices_text(losses: Losses, *, alpha: float) -> str:
    """The slices that fell, or one line that none did."""
    fallen = losses.fallen(alpha)
    if not fallen:
        return _none(losses)
    rows = [tuple(map(plain, _cells(each, alpha))) for each in fallen[:SHOWN]]
    return f"{_some(losses, fallen)}\n{table(HEADER, rows)}"


def slices_markdown(losses: Losses, *, alpha: float) -> str:
    fallen = losses.fallen(alpha)
    if not fallen:
        return markdown(_none(losses))
    rows = [[markdown(cell) for cell in _cells(each, alpha)] for each in fallen[:SHOWN]]
    return f"{markdown(_some(losses, fallen))}\n\n{markdown_table(HEADER, rows)}"


def _none(losses: Losses) -> str:
    if not losses.slices:
        return "no task has levels or subjects"
    return f"by level and subject: none of {len(losses.slices)} slices fell beyond chance"


def _some(losses: Losses, fallen: Sequence[Slice]) -> str:
    more = f", the {SHOWN} surest of them:" if len(fallen) > SHOWN else ":"
    return f"{len(fallen)} of {len(losses.slices)} slices by level and subject fell{more}"


def _cells(each: Slice, alpha: float) -> tuple[str, ...]:
    return (
        slice_name(each),
        f"{each.problems:,}",
        percent(each.baseline),
        percent(each.candidate),
        points(each.candidate - each.baseline),
        str(each.gains),
        str(each.losses),
        p_value(each.q, alpha=alpha),
    )


def slice_name(each: Slice) -> str:
    """Task and slice; what names its kind already ("Level 3") is not named twice."""
    named = each.name if each.kind in each.name.lower() else f"{each.kind} {each.name}"
    return f"{each.task}, {named}"


def lost_text(losses: Losses, most: int) -> str:
    """At most ``most`` lost problems with a response of each run."""
    lost = losses.problems
    head = f"{quantity(len(lost), 'problems')} on which the candidate is right less often"
    lines = [f"{head}; {min(most, len(lost))} shown" if len(lost) > most else head]
    for each in lost[:most]:
        lines += _side_by_side(each)
    return "\n".join(lines)


def _side_by_side(each: LostProblem) -> list[str]:
    a, b = each.baseline, each.candidate
    lines = [
        f"\n── lost: {plain(f'{a.task} number {a.index}{about(each)}')} " + "─" * 20,
        f"problem: {plain(a.problem)}",
        f"reference: {plain(a.reference)}",
    ]
    for name, sample in (("baseline", a), ("candidate", b)):
        answer = "no answer" if sample.answer is None else plain(sample.answer)
        lines.append(f"{name} ({sample.outcome.value}): {answer}")
        lines.append(f"   … {plain(sample.response[-END:])}")
    return lines


def about(each: LostProblem) -> str:
    """Level, subject, and how often it was right where it was asked several times."""
    a = each.baseline
    parts = [part for part in (a.level, a.subject) if part]
    if (each.before[1], each.after[1]) != (1, 1):
        parts.append("right {} of {}, then {} of {}".format(*each.before, *each.after))
    return f" ({', '.join(parts)})" if parts else ""


def lost_markdown(losses: Losses) -> str:
    """The lost problems folded away, without their responses: they are a stranger's texts."""
    lost = losses.problems
    if not lost:
        return "No problem was lost."
    lines = [
        f"<details><summary>{quantity(len(lost), 'problems')} on which the candidate is right less "
        "often</summary>",
        "",
    ]
    for each in lost[:LISTED]:
        a, b = each.baseline, each.candidate
        answer = "no answer" if b.answer is None else f"answered {b.answer[:60]}"
        words = f"{a.task} number {a.index}{about(each)}: {answer}, reference {a.reference[:60]}"
        lines.append(f"- {markdown(words)}")
    if len(lost) > LISTED:
        lines.append(f"- and {len(lost) - LISTED} more")
    return "\n".join([*lines, "", "</details>"])
