"""What a comparison of two runs can decide, before anything is run."""

from collections.abc import Mapping

from cft_eval.gate.text import percent, plain, table
from cft_eval.stats import minimum_detectable, needed_problems_for_margin

HEADER = ("task", "problems", "visible change", "for the margin", "")


def as_text(sizes: Mapping[str, int], *, margin: float, discordance: float, alpha: float) -> str:
    """A row a task, and one for all together: the smallest visible change, in points, and how
    many problems rule out a drop of ``margin`` (0..1), at 80 % power."""
    needed = needed_problems_for_margin(margin, discordance, alpha=alpha)
    rows = []
    for task, n in [*sizes.items(), ("all problems together", sum(sizes.values()))]:
        visible = minimum_detectable(n, discordance, alpha=alpha)
        told = "can tell" if n >= needed else "cannot tell by itself"
        rows.append((plain(task), f"{n:,}", percent(visible), f"{needed:,}", told))
    return (
        f"{table(HEADER, rows)}\n\n"
        f"points; two runs that differ on {discordance:.0%} of the problems, one response each, "
        f"alpha {alpha:g}, power 80 %, margin {percent(margin)} points"
    )
