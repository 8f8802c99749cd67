"""The summary above the table: CFT minus SFT, AceMath and Qwen-Instruct, and the sources.

Each card is one pair of the claims' arms: of three kinds of SFT the one that is hardest to beat.
What nobody measured on this board is cited, and says so.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from cft_eval.leaderboard.data.claims import CLAIMS, SOURCE, PaperClaim, candidates
from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.data.reported import reported
from cft_eval.leaderboard.data.suites import Suite, short_title
from cft_eval.leaderboard.data.verdicts import Judged, Measured, OutcomesOf, judge
from cft_eval.leaderboard.pages.board.context import VerdictCard
from cft_eval.leaderboard.pages.claims.builder import compare_url
from cft_eval.render.text import NAME, listed, owner_and_name, points, short
from cft_eval.results import Policy

_BY_KEY = {claim.key: claim for claim in CLAIMS}
OVER_SFT = ("sft-qwen-math", "sft-qwen", "sft-deepseek")
"""The paper's main base model first."""

SHARED = 8
"""Letters that two names begin with and that need no repeating."""


def verdicts(scores: Scores, policy: Policy, outcomes: OutcomesOf) -> list[VerdictCard]:
    """The three cards, from what a board measured under ``policy``."""
    rows, cited = candidates(scores.board(Suite.SUITE)), reported()

    def judged(claim: PaperClaim) -> list[Judged]:
        return judge(claim, rows, cited, outcomes)

    over_sft, large = _BY_KEY[OVER_SFT[0]], _BY_KEY["50k"]
    pairs = judged(over_sft)
    for claim in (_BY_KEY[key] for key in OVER_SFT[1:]):
        if any(each.measured for each in pairs):
            break
        others = judged(claim)
        if any(each.measured for each in others):
            over_sft, pairs = claim, others
    acemath, instruct = judged(large)
    return [
        _card("CFT − SFT", over_sft, _hardest(pairs), policy),
        _card("CFT − AceMath", large, acemath, policy),
        _card("CFT − Qwen-Instruct", large, instruct, policy),
    ]


def _hardest(pairs: Sequence[Judged]) -> Judged:
    """The control that is hardest to beat; of those that nobody measured, by what is printed."""
    measured = [(each.measured.interval.low, each) for each in pairs if each.measured]
    printed = [(each.reported.change, each) for each in pairs if each.reported]
    return min(measured or printed or [(0.0, pairs[0])], key=lambda pair: pair[0])[1]


def _card(name: str, claim: PaperClaim, each: Judged, policy: Policy) -> VerdictCard:
    card = VerdictCard(
        title=name,
        change="–",
        interval="",
        word="not measured",
        kind="none",
        detail=f"{each.pairing.treatment.label} against {each.pairing.control.label}",
        who="not measured on this board yet",
        claim_url=f"/claims#claim-{claim.key}",
        pair_url="",
    )
    if each.measured:
        return _measured(card, claim, each, each.measured, policy)
    if each.reported:
        said = each.reported
        return replace(
            card,
            change=points(said.change),
            interval=f"mean of {said.sets} sets, no interval published",
            word="only reported",
            who=f"printed by {SOURCE}; {each.trouble or 'not measured on this board yet'}",
        )
    return card


def _measured(
    card: VerdictCard, claim: PaperClaim, each: Judged, measured: Measured, policy: Policy
) -> VerdictCard:
    word, kind = _word(claim, measured)
    low, high = measured.interval
    return replace(
        card,
        change=points(measured.treatment - measured.control),
        interval=f"{points(low)} to {points(high)}, mean of {measured.sets} sets",
        word=word,
        kind=kind,
        detail=f"against {each.pairing.control.label}. {_where(measured)}",
        who="measured here: " + _pair(*(_last(stand.name) for stand in each.runs)),
        pair_url=compare_url(each, policy),
    )


def _pair(treatment: str, control: str) -> str:
    """Two models' names, the second without the words that both begin with.

    >>> _pair("Qwen2.5-Math-7B-CFT", "Qwen2.5-Math-7B-SFT"), _pair("a-7B", "b-7B")
    ('Qwen2.5-Math-7B-CFT − …SFT', 'a-7B − b-7B')
    """
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(treatment, control, strict=False))
    )
    shared = control[:same].rfind("-") + 1
    return f"{treatment} − {f'…{control[shared:]}' if shared > SHARED else control}"


def _last(name: str) -> str:
    """A run's name without its publisher, and its step where the model's name lacks it."""
    model, _, step = name.partition(", step ")
    known = not step or model.endswith(step.replace(",", ""))
    return short(owner_and_name(model)[1] + ("" if known else f", step {step}"), NAME)


def _word(claim: PaperClaim, measured: Measured) -> tuple[str, str]:
    if not measured.alike:
        return "other settings", "warn"
    if measured.interval.low > 0:
        return "better", "good"
    if measured.interval.high < 0:
        return "worse", "bad"
    if claim.margin and measured.interval.low > -claim.margin:
        return "as good, within a point", "good"
    return "too close to call", "warn"


def _where(measured: Measured) -> str:
    """On which test sets, as far as each tells by itself."""
    parts = [
        f"{word} on {listed([short_title(name) for name in names])}"
        for word, names in (("Better", measured.better_on), ("worse", measured.worse_on))
        if names
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}" if text else "No single test set shows a difference"
