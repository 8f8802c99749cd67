"""One response against one reference: extract, compare, and within its budget decide.

    response ── extract ──> answer ── compare.judge ── budget, if undecided ──> Verdict

Nothing is raised for any text, and no text is ever executed.
"""

from dataclasses import replace
from time import perf_counter

from cft_eval.checker.compare.answers import judge, value_in
from cft_eval.checker.extract.extract import Extraction, extract, located
from cft_eval.checker.run.forms import judged
from cft_eval.checker.types.rules import Rules, rules_for
from cft_eval.checker.types.verdict import POLICIES, Outcome, Verdict
from cft_eval.errors import CftError
from cft_eval.peers import PEERS

SHOWN = 60
"""Characters of a text that a reason quotes."""

BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a bug in the checker raises: it costs one item and says so, not the run that is graded."""

NO_ANSWER = {
    "empty": "the response is empty",
    "thinking": "the response ends while still thinking",
    "none": "the response states no answer",
}


GRADERS = (*POLICIES, *PEERS)
"""Our policies, and other people's graders, which are asked in a process of their own."""


class UnknownPolicy(CftError):
    """A policy that is not one of `GRADERS`."""

    def __init__(self, policy: str) -> None:
        super().__init__(f"policy {policy!r} is not known; known are {', '.join(GRADERS)}")


def check(
    response: str,
    reference: str,
    *,
    benchmark: str | None = None,
    policy: str = "strict",
    rules: Rules | None = None,
) -> Verdict:
    """Decide whether ``response``, a model's whole text, gives the answer ``reference``.

    ``rules`` are those of the item where the caller knows them; the benchmark's hold beside
    them. Raises `TypeError` for what is no text and `UnknownPolicy`, never for a text.
    """
    return _verdict(response, reference, benchmark, policy, rules, bare=False)


def equal(
    answer: str,
    reference: str,
    *,
    benchmark: str | None = None,
    policy: str = "strict",
    rules: Rules | None = None,
) -> Verdict:
    """As `check`, of an answer that has already been found."""
    return _verdict(answer, reference, benchmark, policy, rules, bare=True)


def _verdict(
    text: str,
    reference: str,
    benchmark: str | None,
    policy: str,
    rules: Rules | None,
    *,
    bare: bool,
) -> Verdict:
    if not isinstance(text, str):
        said = "the answer" if bare else "the response"
        raise TypeError(f"{said} is {type(text).__name__}, not text")
    if not isinstance(reference, str):
        raise TypeError(f"the reference is {type(reference).__name__}, not text")
    if policy not in GRADERS:
        raise UnknownPolicy(policy)
    start = perf_counter()
    if policy in PEERS:
        from cft_eval.checker.run.peers import peer_verdict

        verdict = peer_verdict(policy, text, reference, bare=bare)
        return replace(verdict, seconds=perf_counter() - start)
    allowed = _allowed(benchmark, rules)
    if allowed.form:
        verdict = judged(allowed.form, text, reference, bare=bare)
    elif policy == "strict":
        verdict = _strict(text, reference, allowed, bare=bare)
    else:
        from cft_eval.checker.run.policies import grade, with_loose_roots

        def same(answer: str, other: str) -> bool | None:
            answer, other = with_loose_roots(answer), with_loose_roots(other)
            result = _decide("answer", answer, other, replace(allowed, loose=True)).outcome
            return None if result is Outcome.TOO_SLOW else result is Outcome.CORRECT

        verdict = grade(
            text,
            reference,
            policy=policy,
            benchmark=benchmark,
            bare=bare,
            equal=same,
            value=lambda closed_form: value_in(with_loose_roots(closed_form)),
        )
    object.__setattr__(verdict, "seconds", perf_counter() - start)  # as in `_strict`
    return verdict


def _allowed(benchmark: str | None, rules: Rules | None) -> Rules:
    """The item's rules, with what its benchmark says of every item."""
    default = rules_for(benchmark)
    if rules is None:
        return default
    return replace(
        rules,
        measured=rules.measured or default.measured,
        positive=rules.positive or default.positive,
        form=rules.form or default.form,
    )


def _strict(text: str, reference: str, rules: Rules, *, bare: bool) -> Verdict:
    stated, reference = text.strip(), reference.strip()
    if not reference:
        return Verdict(Outcome.BAD_REFERENCE, None, "", "the reference is empty")
    if stated == reference:
        how = "" if bare else "bare"
        reason = f"both are written {_short(stated)}"
        start = len(text) - len(text.lstrip())
        span = None if bare else (start, start + len(stated))
        return Verdict(Outcome.CORRECT, stated, how, reason, span=span)
    reference = _unboxed(reference)
    if bare:
        return _compared(Extraction(stated or None, "" if stated else "empty"), reference, rules)
    extraction = located(text, reference)
    verdict = _compared(extraction, reference, rules)
    if extraction.sentence and verdict.outcome is not Outcome.CORRECT:
        reason = (
            f"the sentence states no value that is understood: {_short(extraction.answer or '')}"
        )
        verdict = replace(verdict, outcome=Outcome.UNREADABLE, reason=reason)
    # Made here and not yet shared; `replace` would take longer than many a verdict.
    object.__setattr__(verdict, "span", extraction.span)
    return verdict


def _unboxed(reference: str) -> str:
    """The answer of a reference that is a whole solution, as some datasets have them."""
    if "\\boxed" not in reference:
        return reference
    solution = extract(reference, several=True)
    return solution.answer if solution.answer and solution.how in ("boxed", "boxes") else reference


def _compared(extraction: Extraction, reference: str, rules: Rules) -> Verdict:
    answer, how = extraction.answer, extraction.how
    if answer is None or not answer.strip():
        return Verdict(Outcome.NO_ANSWER, None, "", NO_ANSWER.get(how, NO_ANSWER["none"]))
    if answer.strip() in (reference, _without_dollars(reference)):
        return Verdict(Outcome.CORRECT, answer, how, f"both are written {_short(reference)}")
    return _decide(how, answer, reference, rules)


def _without_dollars(reference: str) -> str:
    """What a reference that is one formula between dollars says."""
    one = reference.startswith("$") and reference.endswith("$") and reference.count("$") == 2
    return reference[1:-1].strip() if one else reference


def _decide(how: str, answer: str, reference: str, rules: Rules) -> Verdict:
    try:
        judgement = judge(answer, reference, rules, deep=False)
    except BUGS as error:
        reason = f"a bug in the checker, please report it: {type(error).__name__}: {error}"
        return Verdict(Outcome.UNREADABLE, answer, how, reason[:300])
    if not judgement.undecided:
        return Verdict(judgement.outcome, answer, how, judgement.reason)
    from cft_eval.checker.run.budget import SECONDS, decide

    settled = decide(answer, reference, rules)
    if settled is None:
        reason = f"not decided within {SECONDS:g} seconds of computing"
        return Verdict(Outcome.TOO_SLOW, answer, how, reason)
    return Verdict(settled.outcome, answer, how, settled.reason)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
