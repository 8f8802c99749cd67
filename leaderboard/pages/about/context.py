"""What the page about the board prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.data.suites import title
from cft_eval.render.tex import formula
from cft_eval.render.text import POLICY_NAMES, POLICY_NOTES
from cft_eval.results import Policy
from cft_eval.testsets import BENCHMARKS, SUITE


@dataclass(frozen=True, slots=True)
class WordExample:
    """A reference and an answer, with what each policy says of them."""

    reference: Markup
    answer: Markup
    verdicts: Sequence[str]
    why: str


@dataclass(frozen=True, slots=True)
class AboutContext:
    examples: Sequence[WordExample]
    policies: Sequence[tuple[str, str]]
    sets: Sequence[tuple[str, str, int, str]]
    """Name, title, problems, licence of each of the six."""

    version: str
    checker: str
    links: Sequence[tuple[str, str]]
    """Guide, code and issues, as the installed package names them: name and address."""

    measured: frozenset[str] = frozenset()
    """The benchmarks that runs of this board have: they have a page."""


EXAMPLES = (
    ("5.34", "5.3", "The paper's rules round to one decimal"),
    ("50", "0.5", "Qwen's rules and the paper's accept a percentage as a fraction and the reverse"),
    (r"\frac{1}{2}", "0.5", "Mathematically equal, so correct for all three"),
    (r"\frac{1}{3}", "0.333", "A rounded answer is not equal; none of the three accepts it"),
)
"""A reference, an answer, and what the pair shows."""


def about_context(
    graded: Sequence[Mapping[Policy, bool]],
    *,
    version: str,
    checker: str,
    links: Sequence[tuple[str, str]] = (),
) -> AboutContext:
    """``graded`` has the verdicts of each of `EXAMPLES`, given by the checker of this board; in the
    order of the policies."""
    return AboutContext(
        examples=[
            WordExample(
                formula(reference),
                formula(answer),
                ["correct" if right else "wrong" for right in said.values()],
                why,
            )
            for (reference, answer, why), said in zip(EXAMPLES, graded, strict=True)
        ],
        policies=[(name, POLICY_NOTES[policy]) for policy, name in POLICY_NAMES.items()],
        sets=[
            (name, title(name), BENCHMARKS[name].size, BENCHMARKS[name].licence) for name in SUITE
        ],
        version=version,
        checker=checker,
        links=[(name, url) for name, url in links if url.startswith("https://")],
    )
