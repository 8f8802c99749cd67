"""A claim's verdict in words: the pair that decides it, how sure that is, and what stays open."""

from collections.abc import Iterable, Sequence

from cft_eval.figures import confidence
from cft_eval.leaderboard.data.claims import PaperClaim
from cft_eval.leaderboard.data.verdicts import (
    ALPHA,
    ClaimVerdict,
    Judged,
    Measured,
    contrary_alpha,
    overall,
)
from cft_eval.render.text import points
from cft_eval.stats import Interval


def sentence(claim: PaperClaim, judged: Sequence[Judged]) -> str:
    """What `overall` rests on. A difference stands beside the interval that decides it."""
    decisive = _decisive(judged)
    if decisive is None:
        trouble = [each.trouble for each in judged if each.trouble]
        return trouble[0] if trouble else f"This board has no run of {missing(judged)}."
    each, figures = decisive
    against = f"{_lead(judged, figures)} {each.pairing.control.label}"
    change = points(figures.treatment - figures.control)
    sure = _sure(claim, each, figures)
    measured = f"{against}: {change} points on the mean of {figures.sets} sets, {sure}."
    return " ".join([measured, *_open(judged)])


def missing(judged: Sequence[Judged]) -> str:
    """The arms without a run, each once; with semicolons, since labels have commas."""
    sides = [
        side
        for each in judged
        for side in zip((each.pairing.treatment, each.pairing.control), each.runs, strict=True)
    ]
    return _names(arm.label for arm, stand in sides if not stand.run)


def _decisive(judged: Sequence[Judged]) -> tuple[Judged, Measured] | None:
    """Of the pairs with the claim's verdict the one that tells most of it: the surest of those
    against it, else the weakest; of a claim that is measured in part the weakest that is."""
    known = [(each, each.measured) for each in judged if each.measured]
    verdict = overall(judged)
    if verdict is ClaimVerdict.NOT_SUPPORTED:
        against = [pair for pair in known if pair[0].verdict is verdict]
        return min(against, key=lambda pair: pair[1].contrary.high)
    same = [pair for pair in known if pair[0].verdict is verdict] or known
    # Runs with different settings decide nothing, however weak they look.
    return min(same, key=lambda pair: (not pair[1].alike, pair[1].interval.low), default=None)


def _lead(judged: Sequence[Judged], measured: Measured) -> str:
    verdict = overall(judged)
    equals = [each.measured for each in judged if each.measured and each.verdict is verdict]
    several = sum(each.alike is measured.alike for each in equals) > 1
    if verdict is ClaimVerdict.NOT_MEASURED:
        return "In part: against"
    if verdict is ClaimVerdict.NOT_SUPPORTED and several:
        return "The clearest pair is against"
    return "The closest pair is against" if several else "Against"


def _sure(claim: PaperClaim, each: Judged, measured: Measured) -> str:
    """The interval by which a pair was judged, and where it would have to lie."""
    line = points(-claim.margin) if claim.margin else "0"
    alone, shared = _interval(ALPHA, measured.interval), ""
    if len(claim.pairings) > 1:
        shared = f"any one of its {len(claim.pairings)} pairs can refute the claim"
    wide = _interval(contrary_alpha(claim), measured.contrary)
    if each.verdict is ClaimVerdict.NOT_SUPPORTED:
        return f"{wide}, all of it below {line}" + (
            f" ({shared}, hence the wider interval)" if shared else ""
        )
    if measured.alike and shared and measured.interval.high < -claim.margin:
        return f"{alone}, all of it below {line}; but {shared}, so the {wide} decides"
    return alone + (f"; the claim allows {line}" if claim.margin else "")


def _interval(alpha: float, interval: Interval) -> str:
    ends = f"{points(interval.low)} to {points(interval.high)}"
    return f"{confidence(alpha)} % interval {ends}"


def _open(judged: Sequence[Judged]) -> list[str]:
    """The pairs that decide nothing, and why."""
    unlike = [each for each in judged if each.measured and not each.measured.alike]
    unmeasured = [each for each in judged if each.measured is None]
    sentences = []
    if unlike:
        decides = "this pair decides" if len(unlike) == 1 else "these pairs decide"
        sentences.append(
            f"The runs against {_against(unlike)} used different settings: {decides} nothing."
        )
    if unmeasured:
        sentences.append(f"Not measured: against {_against(unmeasured)}.")
    return sentences


def _against(judged: Sequence[Judged]) -> str:
    return _names(each.pairing.control.label for each in judged)


def _names(labels: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(labels))
