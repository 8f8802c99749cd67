"""Words and tables of reports: in Markdown and in a terminal. Numbers are of `cft_eval.figures`.

What is foreign in them is made plain by `cft_eval.plain`; Markdown needs more than that.
"""

import re
from collections.abc import Mapping, Sequence

from cft_eval.figures import percent, size
from cft_eval.plain import plain

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(text: str) -> str:
    """`plain`, with everything that Markdown or HTML would read made literal."""
    # A mention calls somebody; with a space of no width behind the sign it does not.
    return _MARKDOWN.sub(r"\\\1", plain(text)).replace("&", "&amp;").replace("@", "@\u200b")


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Columns aligned with spaces: the first ``left`` to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [header, *rows]
    )


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; cells must be safe already."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def noise_shares(shares: Mapping[str, float]) -> str:
    """Whose the noise of a change between several training runs is (`decide.Row.shares`)."""
    parts = (
        f"{percent(shares[part], places=0)}% of {part}"
        for part in ("problems", "seeds", "sampling")
    )
    return (
        f"of the noise of the change {', '.join(parts)}; a seed moves the score by "
        f"{size(shares['seed_baseline'])} and {size(shares['seed_candidate'])} points; t with "
        f"{shares['df']:.1f} degrees of freedom"
    )
