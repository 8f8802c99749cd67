"""Words and numbers as the pages print them."""

import re
from collections.abc import Sequence

from cft_eval.results import Model

DASH = "–"
OUTCOME_NAMES = {
    "correct": "correct",
    "wrong": "wrong",
    "no_answer": "no answer",
    "unreadable": "unreadable",
    "bad_reference": "bad reference",
    "too_slow": "too slow",
}
POLICY_NAMES = {"strict": "strict", "qwen": "Qwen", "cft_paper": "CFT paper"}
POLICY_NOTES = {
    "strict": "Strict: equal means mathematically equal.",
    "qwen": "Qwen: the published rules of the Qwen2.5-Math harness, to compare with its numbers.",
    "cft_paper": "CFT paper: the looser rules of the paper, to compare with its numbers.",
}

# Control characters, and those that turn or hide text: a response may hold them, a page shows
# them as what they are.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def visible(text: str) -> str:
    """``text`` with every character that would not show as its code point."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text.replace("\r\n", "\n"))


def short(text: str, characters: int) -> str:
    """``text``, cut after ``characters``, with everything in it visible.

    >>> short("12345", 4)
    '1234…'
    """
    return visible(text[:characters]) + ("…" if len(text) > characters else "")


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


def span(low: float, high: float) -> str:
    """An interval in percent.

    >>> span(0.7104, 0.7721)
    '71.0–77.2'
    """
    return f"{percent(low)}{DASH}{percent(high)}"


def points(difference: float) -> str:
    """A difference of two shares in points, with its sign.

    >>> points(0.012)
    '+1.2'
    """
    return f"{100 * difference:+.1f}".replace("-", "−")


def ranks(best: int, worst: int) -> str:
    """A rank, or the ranks that cannot be told apart; a dash where there is none."""
    if not best:
        return DASH
    return str(best) if best == worst else f"{best}{DASH}{worst}"


def count(number: int) -> str:
    """A number of things.

    >>> count(50000)
    '50,000'
    """
    return f"{number:,}"


def about(model: Model) -> str:
    """Where a model comes from, in one line: only what is known."""
    return described(
        model.base_model, model.training_data, model.training_examples, model.step, model.tags
    )


def described(
    base_model: str | None,
    training_data: str | None,
    training_examples: int | None,
    step: int | None = None,
    tags: Sequence[str] = (),
) -> str:
    """The parts that are known, joined; None and an empty text are not known."""
    examples = f"{count(training_examples)} examples" if training_examples else ""
    parts = [
        f"from {base_model}" if base_model else "",
        ", ".join(part for part in (training_data or "", examples) if part),
        f"step {count(step)}" if step is not None else "",
        " ".join(f"#{tag}" for tag in tags),
    ]
    return " · ".join(part for part in parts if part)
