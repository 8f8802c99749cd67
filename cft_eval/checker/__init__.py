"""Decide whether a model's response gives the reference answer: strings in, a `Verdict` out."""

from cft_eval.checker.rules import Rules
from cft_eval.checker.verdict import Outcome, Verdict

__all__ = ["Outcome", "Rules", "Verdict", "check", "check_many", "equal"]


def check(
    response: str,
    reference: str,
    *,
    benchmark: str | None = None,
    policy: str = "strict",
    rules: Rules | None = None,
) -> Verdict:
    """Placeholder while the room is being opened on its own branch."""
    same = response.strip() == reference.strip()
    return Verdict(Outcome.CORRECT if same else Outcome.WRONG, response)


equal = check


def check_many(
    rows: list[dict[str, object]], *, workers: int | None = None, policy: str = "strict"
) -> list[Verdict]:
    return [check(str(r["response"]), str(r["reference"]), policy=policy) for r in rows]
