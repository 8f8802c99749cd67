"""What the page of the paper's claims prints: reported, measured, and a verdict in words."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from cft_eval.leaderboard.data.claims import (
    CLAIMS,
    SOURCE,
    SOURCE_URL,
    Arm,
    PaperClaim,
    Stand,
    candidates,
)
from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.data.literature import FINDINGS
from cft_eval.leaderboard.data.reported import reported, source_url
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.data.verdicts import (
    ClaimVerdict,
    Judged,
    Measured,
    OutcomesOf,
    ReportedDifference,
    judge,
    overall,
    stands,
)
from cft_eval.leaderboard.pages.claims.context import (
    ArmRow,
    ClaimRow,
    ClaimsContext,
    Figures,
    PairingRow,
)
from cft_eval.leaderboard.pages.claims.plots import charts
from cft_eval.leaderboard.pages.claims.wording import missing, sentence
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.render import drawing
from cft_eval.render.text import DASH, POLICY_NAMES, count, percent, points
from cft_eval.results import Policy

KINDS = {
    ClaimVerdict.SUPPORTED: "good",
    ClaimVerdict.NOT_SUPPORTED: "bad",
    ClaimVerdict.CANNOT_TELL: "warn",
    ClaimVerdict.NOT_MEASURED: "none",
}
"""Verdict to the class of its colour."""

NARROWEST = 0.05
"""Least width of the axis to each side: small differences should look small."""


def claims_context(scores: Scores, policy: Policy, outcomes: OutcomesOf) -> ClaimsContext:
    """The page, from what a board measured under ``policy``."""
    rows, cited = scores.board(Suite.SUITE), reported()
    runs = candidates(rows)
    judged = [(claim, judge(claim, runs, cited, outcomes)) for claim in CLAIMS]
    # What was measured first; in the paper's order otherwise.
    judged.sort(key=lambda pair: overall(pair[1]) is ClaimVerdict.NOT_MEASURED)
    on = _scale([each for _, each_claim in judged for each in each_claim])
    verdicts = Counter(overall(pairings) for _, pairings in judged)
    claims = [claim_row(claim, pairings, on, policy) for claim, pairings in judged]
    return ClaimsContext(
        claims=claims,
        counts=[(verdict.value, KINDS[verdict], verdicts[verdict]) for verdict in ClaimVerdict],
        drawn=any(pairing.mark for claim in claims for pairing in claim.pairings),
        ticks=[f"{100 * tick:+.3g}".replace("-", "−") if tick else "0" for tick in _ticks(on)],
        charts=charts(rows, stands(each for _, pairings in judged for each in pairings)),
        source=SOURCE,
        source_url=SOURCE_URL,
        policy=POLICY_NAMES[policy],
        policies=[
            Link(name, "/claims" + (f"?policy={each}" if each != "strict" else ""), each == policy)
            for each, name in POLICY_NAMES.items()
        ],
        literature=[(each, source_url(each.source)) for each in FINDINGS],
    )


def _scale(judged: Sequence[Judged]) -> drawing.Scale:
    ends = [end for each in judged if each.measured for end in each.measured.interval]
    return drawing.scale([-NARROWEST, NARROWEST, *ends], parts=5)


def _ticks(on: drawing.Scale) -> list[float]:
    return [0.0 if abs(tick) < 1e-9 else tick for tick in on.ticks]


def claim_row(
    claim: PaperClaim, judged: Sequence[Judged], on: drawing.Scale, policy: Policy
) -> ClaimRow:
    """One claim with its pairings."""
    verdict = overall(judged)
    return ClaimRow(
        claim=claim,
        verdict=verdict.value,
        verdict_kind=KINDS[verdict],
        sentence=sentence(claim, judged),
        pairings=[_pairing(each, claim, on, policy, verdict) for each in judged],
    )


def _pairing(
    each: Judged, claim: PaperClaim, on: drawing.Scale, policy: Policy, verdict: ClaimVerdict
) -> PairingRow:
    said, measured = each.reported, each.measured
    kind = {
        ClaimVerdict.SUPPORTED: "better",
        ClaimVerdict.NOT_SUPPORTED: "worse",
        ClaimVerdict.CANNOT_TELL: "same",
        ClaimVerdict.NOT_MEASURED: "none",
    }[each.verdict]
    # At a glance nobody reads further: a claim that is open has no colour there.
    shown = kind if each.verdict is verdict else "same"
    return PairingRow(
        treatment=_arm(each.pairing.treatment, each.runs[0], policy),
        control=_arm(each.pairing.control, each.runs[1], policy),
        reported=_figures(said),
        measured=_figures(measured),
        detail=_detail(each),
        unlike=measured.unlike if measured else (),
        url=compare_url(each, policy),
        kind=kind,
        shown=shown,
        mark=_mark(each, on, shown),
    )


def compare_url(each: Judged, policy: Policy) -> str:
    """The comparison of a pairing's two runs; empty where they are not there."""
    if not all(stand.run for stand in each.runs):
        return ""
    query = [("run", each.runs[1].run), ("run", each.runs[0].run)]
    if policy != "strict":
        query.append(("policy", policy))
    return f"/compare?{urlencode(query)}"


def _arm(arm: Arm, stand: Stand, policy: Policy) -> ArmRow:
    graded = "" if policy == "strict" else f"?policy={policy}"
    return ArmRow(arm.label, stand.name, f"/runs/{stand.run}{graded}" if stand.run else "")


def _figures(difference: ReportedDifference | Measured | None) -> Figures:
    if difference is None:
        return Figures(DASH)
    low, high = difference.interval
    return Figures(
        points(difference.treatment - difference.control),
        f"({percent(difference.treatment)} against {percent(difference.control)})",
        f"{points(low)} to {points(high)}, {difference.sets} sets",
    )


def _detail(each: Judged) -> str:
    if each.measured:
        measured = each.measured
        return (
            f"{count(measured.problems)} problems, {count(measured.gains)} gained, "
            f"{count(measured.losses)} lost"
        )
    if each.trouble:
        return each.trouble
    return f"no run of {missing([each])}"


def _mark(each: Judged, on: drawing.Scale, kind: str) -> Markup:
    measured = each.measured
    if measured is None:
        return Markup("")
    change = measured.treatment - measured.control
    label = f"{points(change)}, {points(measured.interval.low)} to {points(measured.interval.high)}"
    return drawing.forest(on, change, measured.interval, None, kind=kind, label=label)
