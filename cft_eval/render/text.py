"""Words and numbers as the pages print them."""

import re
from collections.abc import Sequence
from functools import cache

from cft_eval import figures
from cft_eval.figures import percent
from cft_eval.results import Model

__all__ = ["percent"]

DASH = "–"
OUTCOME_NAMES = {
    "correct": "correct",
    "wrong": "wrong",
    "no_answer": "no answer",
    "unreadable": "unreadable",
    "bad_reference": "bad reference",
    "too_slow": "too slow",
}
REPORT_KINDS = {
    "reference": "the reference is wrong",
    "problem": "the problem is unclear or broken",
    "checker": "the checker judged wrongly",
}
"""What a visitor may report of a label."""

POLICY_NAMES = {"strict": "strict", "qwen": "Qwen", "cft_paper": "CFT paper"}
POLICY_NOTES = {
    "strict": "Strict: equal means mathematically equal.",
    "qwen": "Qwen: the published rules of the Qwen2.5-Math harness, to compare with its numbers.",
    "cft_paper": "CFT paper: the looser rules of the paper, to compare with its numbers.",
}

JOINED = "\u0600-\u06ff\u0750-\u077f\u0900-\u0dff"
"""Letters of Arabic and of the scripts of India, which joiners shape: Persian is not written
without them."""

# Control characters, and those that turn or hide text: a response may hold them, a page shows
# them as what they are.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
    # Between letters of a script that is written with them, joiners are spelling: see `JOINED`.
    f"|(?<![{JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{JOINED}])"
)


def visible(text: str) -> str:
    """``text`` with every character that would not show as its code point."""
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text.replace("\r\n", "\n"))


def short(text: str, characters: int) -> str:
    """``text``, cut after ``characters``, with everything in it visible.

    >>> short("12345", 4)
    '1234…'
    """
    return visible(text[:characters]) + ("…" if len(text) > characters else "")


def both_ends(text: str, characters: int) -> str:
    """``text`` without its middle where it is longer: names of checkpoints begin alike, and end in
    what tells them apart.

    >>> both_ends("Qwen2.5-Math-7B-CFT-step-98", 20)
    'Qwen2.5-Mat…-step-98'
    """
    if len(text) <= characters:
        return visible(text)
    end = (characters - 1) * 2 // 5 + 1
    return f"{visible(text[: characters - 1 - end])}…{visible(text[-end:])}"


_FORMULA = re.compile(r"[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n]")


def spreadsheet(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection); numbers stay numbers,
    and what would hide or turn text is seen.

    >>> spreadsheet("=1+1"), spreadsheet("-1.5"), spreadsheet("-")
    ("'=1+1", '-1.5', '-')
    """
    text = visible(text)
    if text in ("-", DASH) or _NUMBER.fullmatch(text) or not _FORMULA.match(text):
        return text
    return f"'{text}"


_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


NAME = 120
"""Characters of a name or a note in a row; the page of the run has all of it."""


def span(low: float, high: float) -> str:
    """An interval in percent.

    >>> span(0.7104, 0.7721)
    '71.0–77.2'
    """
    return f"{percent(low)}{DASH}{percent(high)}"


METHODS = ("base", "SFT", "CFT", "AceMath", "Instruct", "RL")
"""Methods as papers write them, in the order in which papers list them."""

_METHODS = {name.casefold(): name for name in METHODS}


def method_name(method: str) -> str:
    """A method as papers write it, however a run writes it.

    >>> method_name("cft"), method_name("dpo")
    ('CFT', 'dpo')
    """
    return _METHODS.get(method.casefold(), method)


_OWNED = re.compile(r"([\w.-]+)/([\w.-]+)")


def owner_and_name(model: str) -> tuple[str, str]:
    """Who publishes a model, and its name; of a name that is none of a hub all is the name.

    >>> owner_and_name("lab/x-7B"), owner_and_name("x"), owner_and_name("a <b/> c")
    (('lab', 'x-7B'), ('', 'x'), ('', 'a <b/> c'))
    """
    match = _OWNED.fullmatch(model)
    return (match[1], match[2]) if match else ("", model)


def points(difference: float) -> str:
    """`figures.points`, with the minus sign of typography.

    >>> points(-0.012)
    '−1.2'
    """
    return figures.points(difference).replace("-", "−")


def ranks(best: int, worst: int) -> str:
    """A rank, or the ranks that cannot be distinguished; a dash where there is none."""
    if not best:
        return DASH
    return str(best) if best == worst else f"{best}{DASH}{worst}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["A", "B", "C"]), listed(["A"])
    ('A, B and C', 'A')
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def count(number: int) -> str:
    """A number of things.

    >>> count(50000)
    '50,000'
    """
    return f"{number:,}"


@cache
def protocol(
    *, shots: int | None, temperature: float | None, tokens: int | None, repeats: int
) -> str:
    """The protocol of a task in few words; what is not known is left out.

    Two runs with the same words need not be alike in everything: a comparison says what differs.

    >>> protocol(shots=0, temperature=0.6, tokens=2048, repeats=8)
    'zero-shot, T 0.6, 2,048 tokens, 8 responses'
    """
    parts = (
        {None: "", 0: "zero-shot"}.get(shots, f"{shots}-shot"),
        "" if temperature is None else "greedy" if temperature == 0 else f"T {temperature:g}",
        f"{count(tokens)} tokens" if tokens else "",
        f"{repeats} responses" if repeats > 1 else "",
    )
    return ", ".join(part for part in parts if part)


SIZES = ((3, "under 3B"), (10, "3B to 10B"), (40, "10B to 40B"), (float("inf"), "40B and more"))
"""Upper ends in billions of parameters, and what they are called."""

_BILLIONS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[bB](?![a-zA-Z])")


@cache
def billions(parameters: int | None, *names: str | None) -> float | None:
    """The size of a model in billions, from its parameters or else from a name that says them.

    >>> billions(None, "lab/Qwen2.5-Math-7B-CFT"), billions(494_000_000), billions(None, "mine")
    (7.0, 0.494, None)
    """
    if parameters:
        return parameters / 1e9
    said = [match.group(1) for name in names for match in _BILLIONS.finditer(name or "")]
    return float(said[0]) if said else None


@cache
def size(parameters: int | None, *names: str | None) -> str:
    """The class of a model's size.

    >>> size(None, "lab/Qwen2.5-Math-7B-CFT"), size(494_000_000), size(None, "mine")
    ('3B to 10B', 'under 3B', '')
    """
    known = billions(parameters, *names)
    return "" if known is None else next(name for end, name in SIZES if known < end)


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
    return " · ".join(short(part, NAME) for part in parts if part)
