"""Verdicts on claims: what two runs, or their absence, say of one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from cft_eval.leaderboard import pages
from cft_eval.leaderboard.data.claims import (
    CLAIMS,
    Arm,
    Pairing,
    PaperClaim,
    Stand,
    candidates,
    reported_scores,
    stand_of,
)
from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.data.reported import reported
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.data.verdicts import (
    ClaimVerdict,
    Judged,
    Measured,
    decide,
    judge,
    overall,
)
from cft_eval.leaderboard.pages.claims.builder import claim_row, claims_context
from cft_eval.leaderboard.pages.claims.wording import sentence
from cft_eval.render import drawing
from cft_eval.results import RunOutcomes
from cft_eval.stats import Interval
from cft_eval.testsets import SUITE
from tests import runs
from tests.leaderboard.data.test_frames import record

N = 60
BASE = "lab/Base-7B"


ARMS = dict.fromkeys(
    arm for claim in CLAIMS for pair in claim.pairings for arm in (pair.treatment, pair.control)
)


def arm(method: str, word: str = "", **changes: Any) -> Arm:
    return Arm(method, (), "Base-7B", (method,), (word,) if word else (), **changes)


def claim(margin: float = 0.0, controls: Sequence[str] = ("sft",)) -> PaperClaim:
    pairings = tuple(Pairing(arm("cft"), arm(method)) for method in controls)
    return PaperClaim("k", "title", "text", "Table 1", pairings, margin)


def board(*named: tuple[str, str], **changes: Any) -> list[Any]:
    fields = {"base_model": BASE, "items": N, "expected": N, **changes}
    rows = [record(run, b, 0.5, method=method, **fields) for run, method in named for b in SUITE]
    return candidates(Scores(rows).board(Suite.SUITE))


def outcomes(right: Mapping[str, int]) -> dict[str, RunOutcomes]:
    """Runs with so many of N problems right on each of the six sets, the first ones."""
    return {
        run: runs.boiled({f"cft_{b}": [1] * count + [0] * (N - count) for b in SUITE}, model=run)
        for run, count in right.items()
    }


def verdict(right: Mapping[str, int], asked: PaperClaim | None = None) -> ClaimVerdict:
    rows = board(("cft", "cft"), ("sft", "sft"))
    found = judge(asked or claim(), rows, reported(), outcomes(right).__getitem__)
    return overall(found)


def test_four_verdicts() -> None:
    assert verdict({"cft": 40, "sft": 20}) is ClaimVerdict.SUPPORTED
    assert verdict({"cft": 20, "sft": 40}) is ClaimVerdict.NOT_SUPPORTED
    assert verdict({"cft": 30, "sft": 30}) is ClaimVerdict.CANNOT_TELL
    rows = board(("cft", "cft"))
    [missing] = judge(claim(), rows, reported(), outcomes({"cft": 3}).__getitem__)
    assert missing.verdict is ClaimVerdict.NOT_MEASURED
    assert [stand.run for stand in missing.runs] == ["cft", ""]


def test_as_good_allows_a_margin() -> None:
    equal = {"cft": 30, "sft": 30}
    assert verdict(equal, claim(margin=0.05)) is ClaimVerdict.SUPPORTED
    # 360 problems that all agree leave a point open.
    assert verdict(equal, claim(margin=0.01)) is ClaimVerdict.CANNOT_TELL
    assert verdict({"cft": 20, "sft": 40}, claim(margin=0.05)) is ClaimVerdict.NOT_SUPPORTED


def test_a_claim_over_several_controls_holds_where_each_does() -> None:
    rows = board(("cft", "cft"), ("sft", "sft"), ("rl", "rl"))
    asked = claim(controls=("sft", "rl"))
    right = {"cft": 40, "sft": 20, "rl": 40}
    found = judge(asked, rows, reported(), outcomes(right).__getitem__)
    assert [each.verdict for each in found] == [ClaimVerdict.SUPPORTED, ClaimVerdict.CANNOT_TELL]
    assert overall(found) is ClaimVerdict.CANNOT_TELL
    right["rl"] = 58
    assert overall(judge(asked, rows, reported(), outcomes(right).__getitem__)) is (
        ClaimVerdict.NOT_SUPPORTED
    )


def test_at_a_glance_an_open_claim_has_no_colour() -> None:
    rows = board(("cft", "cft"), ("sft", "sft"), ("rl", "rl"))
    asked = claim(controls=("sft", "rl"))
    for right, shown in ((40, ["same", "same"]), (10, ["better", "better"])):
        counts = {"cft": 40, "sft": 20, "rl": right}
        judged = judge(asked, rows, reported(), outcomes(counts).__getitem__)
        found = claim_row(asked, judged, drawing.scale([-0.5, 0.5]), "strict")
        assert [each.shown for each in found.pairings] == shown
        assert found.pairings[0].kind == "better"  # by itself it is shown, and the table says so


def test_runs_on_other_problems_are_not_compared() -> None:
    rows = board(("cft", "cft"), ("sft", "sft"))
    found = outcomes({"cft": 40, "sft": 20})
    found["sft"] = runs.boiled({f"cft_{b}": [1] * 10 for b in SUITE})
    [judged] = judge(claim(), rows, reported(), found.__getitem__)
    assert judged.verdict is ClaimVerdict.NOT_MEASURED
    assert "same problems" in judged.trouble


def test_the_last_checkpoint_stands_for_an_arm_and_not_the_best() -> None:
    rows = board(("early", "cft"), step=10) + board(("last", "cft"), step=98)
    assert stand_of(arm("cft"), rows) == ("last", "last, step 98")
    assert stand_of(arm("cft", examples=(1, 2)), rows).run == ""
    published = board(("weights", "cft"), model="lab/Published")
    assert stand_of(arm("rl", names=("published",)), published).run == "weights"


def test_a_run_without_a_step_is_the_final_model_of_its_arm() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    rows = board(("step", "cft"), step=10, evaluated=late)
    rows += board(("final", "cft"), evaluated=early)
    assert stand_of(arm("cft"), rows) == ("final", "final")
    rows += board(("again", "cft"), evaluated=late)
    assert stand_of(arm("cft"), rows) == ("again", "again")


def test_a_verdict_comes_from_the_final_model_and_names_both_runs() -> None:
    rows = board(("step", "cft"), step=10) + board(("final", "cft"), ("sft", "sft"))
    found = outcomes({"step": 50, "final": 10, "sft": 30})
    judged = judge(claim(), rows, reported(), found.__getitem__)
    assert overall(judged) is ClaimVerdict.NOT_SUPPORTED
    [pairing] = claim_row(claim(), judged, drawing.scale([-1, 1]), "strict").pairings
    assert (pairing.treatment.run, pairing.treatment.url) == ("final", "/runs/final")
    assert (pairing.control.run, pairing.control.url) == ("sft", "/runs/sft")


@pytest.mark.parametrize(
    ("examples", "counts"), [(None, 0), (395, 0), (24_999, 0), (25_000, 1), (100_000, 1)]
)
def test_an_arm_at_equal_data_has_that_much_data(examples: int | None, counts: int) -> None:
    [meta] = [each for each in CLAIMS if each.key == "metamath"]
    rows = board(
        ("sft", "sft"),
        training_data="MetaMath",
        training_examples=examples,
        base_model="Qwen/Qwen2.5-Math-7B",
    )
    assert bool(stand_of(meta.pairings[0].control, rows).run) is bool(counts)


def test_every_arm_of_our_own_training_is_bounded() -> None:
    ours = [each for each in ARMS if each.methods[0] in ("sft", "cft")]
    assert [each.label for each in ours if each.examples is None] == []


def unlike(field: str, value: object, control: Arm) -> Judged:
    """A treatment that is far better, and was made with another ``field``."""
    asked = PaperClaim("k", "t", "t", "Table 1", (Pairing(arm("cft"), control),))
    rows = board(("cft", "cft"), ("sft", "sft"))
    found = outcomes({"cft": 50, "sft": 10})
    found["sft"] = found["sft"].model_copy(
        update={"settings": {**found["sft"].settings, field: value}}
    )
    [judged] = judge(asked, rows, reported(), found.__getitem__)
    return judged


def test_runs_with_different_settings_give_no_verdict() -> None:
    judged = unlike("n_shot", 4, arm("sft"))
    assert judged.verdict is ClaimVerdict.CANNOT_TELL
    assert judged.measured is not None
    assert judged.measured.unlike == ("few-shot examples: 4 for sft, 0 for cft",)
    asked = claim()
    row = claim_row(asked, [judged], drawing.scale([-1, 1]), "strict")
    assert row.sentence.endswith(
        "The runs against sft used different settings: this pair decides nothing."
    )
    assert row.pairings[0].unlike == ("few-shot examples: 4 for sft, 0 for cft",)


def test_published_weights_bring_their_own_template() -> None:
    published = arm("sft", names=("Published",))
    assert unlike("chat_template", "x", published).verdict is ClaimVerdict.SUPPORTED
    assert unlike("chat_template", "x", arm("sft")).verdict is ClaimVerdict.CANNOT_TELL
    assert unlike("n_shot", 4, published).verdict is ClaimVerdict.CANNOT_TELL


def known(
    pairing: Pairing, asked: PaperClaim, ends: Sequence[float], *, alike: bool = True
) -> Judged:
    """A pair with its difference, its 95 % interval and its wider one, in points."""
    change, *bounds = (end / 100 for end in ends)
    intervals = Interval(*bounds[:2]), Interval(*bounds[2:])
    found = Measured(6, 360, 0.5 + change, 0.5, *intervals, 9, 9, () if alike else ("n",), alike)
    return Judged(
        pairing, (Stand("1", "a"), Stand("2", "b")), None, found, "", decide(asked, found)
    )


CLEAR, OPEN_PAIR = (-6, -10, -2, -10.5, -1.3), (-5, -12, 2, -13, 3)
FAR = (-15, -20, -10, -21, -9)
NEARLY = (-6, -10, -1.2, -10.5, -0.3)
"""Below the margin at 95 %, and not where the level is shared."""

GOOD = (6, 5, 8, 4, 9)
SHARED = "any one of its 2 pairs can refute the claim"
AGAINST = (
    "−6.0 points on the mean of 6 sets, 97.5 % interval −10.5 to −1.3, all of it below "
    f"−1.0 ({SHARED}, hence the wider interval)."
)
SENTENCES = [
    # The pair that decides, and not the one with the lowest interval.
    ((OPEN_PAIR, True), (CLEAR, True), "Against rl: " + AGAINST),
    (
        (FAR, False),
        (CLEAR, True),
        f"Against rl: {AGAINST} The runs against sft used different settings: this pair decides "
        "nothing.",
    ),
    ((CLEAR, True), None, f"Against sft: {AGAINST} Not measured: against rl."),
    (
        (NEARLY, True),
        (GOOD, True),
        "Against sft: −6.0 points on the mean of 6 sets, 95 % interval −10.0 to −1.2, all of it "
        f"below −1.0; but {SHARED}, so the 97.5 % interval −10.5 to −0.3 decides.",
    ),
    (
        (GOOD, True),
        None,
        "In part: against sft: +6.0 points on the mean of 6 sets, 95 % interval +5.0 to +8.0"
        "; the claim allows −1.0. Not measured: against rl.",
    ),
    (
        (FAR, False),
        (OPEN_PAIR, True),
        "Against rl: −5.0 points on the mean of 6 sets, 95 % interval −12.0 to +2.0; the "
        "claim allows −1.0. The runs against sft used different settings: this pair decides "
        "nothing.",
    ),
    (
        (GOOD, True),
        (GOOD, True),
        "The closest pair is against sft: +6.0 points on the mean of 6 sets, 95 % interval "
        "+5.0 to +8.0; the claim allows −1.0.",
    ),
]


@pytest.mark.parametrize(("first", "second", "told"), SENTENCES)
def test_the_sentence_is_of_the_pair_that_decides(
    first: tuple[Sequence[float], bool], second: tuple[Sequence[float], bool] | None, told: str
) -> None:
    asked = claim(margin=0.01, controls=("sft", "rl"))
    found = [known(asked.pairings[0], asked, first[0], alike=first[1])]
    if second is None:
        nobody = Stand("", ""), Stand("", "")
        found.append(Judged(asked.pairings[1], nobody, None, None, "", ClaimVerdict.NOT_MEASURED))
    else:
        found.append(known(asked.pairings[1], asked, second[0], alike=second[1]))
    assert sentence(asked, found) == told


def test_a_claim_names_the_arm_that_is_missing() -> None:
    judged = judge(claim(), board(("cft", "cft")), reported(), outcomes({}).__getitem__)
    row = claim_row(claim(), judged, drawing.scale([-1, 1]), "strict")
    assert row.sentence == "This board has no run of sft."
    judged = judge(claim(), [], reported(), outcomes({}).__getitem__)
    row = claim_row(claim(), judged, drawing.scale([-1, 1]), "strict")
    assert row.sentence == "This board has no run of cft; sft."


def test_a_pair_that_is_drawn_is_not_nothing_to_draw() -> None:
    math = "Qwen/Qwen2.5-Math-7B"
    of_arm = {"base_model": math, "items": N, "expected": N, "training_examples": 50_000}
    records = [
        record(run, b, 0.5, method=method, training_data="WebInstruct", **of_arm)
        for run, method in (("cft", "cft"), ("sft", "sft"))
        for b in SUITE
    ]
    found = outcomes({"cft": 40, "sft": 20})
    page = claims_context(Scores(records), "strict", found.__getitem__)
    assert {each.verdict for each in page.claims} == {"not measured yet"}  # one pair of three
    assert page.drawn
    text = pages.page(page)
    assert "Nothing to draw yet" not in text
    assert '<a href="/runs/sft"><bdi>sft</bdi></a>' in text


@pytest.mark.parametrize("named", ARMS, ids=lambda each: each.label)
def test_every_arm_of_the_paper_has_its_reported_scores(named: Arm) -> None:
    assert set(reported_scores(named, reported())) >= {"minerva_math", "olympiadbench", "amc23"}


def test_the_papers_own_means_are_found_again() -> None:
    [math] = [each for each in CLAIMS if each.key == "sft-qwen-math"]
    rows = board()
    judged = judge(math, rows, reported(), outcomes({}).__getitem__)
    changes = [100 * each.reported.change for each in judged if each.reported]
    assert changes == pytest.approx([22.0, 16.7, 6.7], abs=0.06)
    # 70 of the problems are AIME's and AMC's: the printed numbers alone tell less than they seem.
    low, high = judged[2].reported.interval if judged[2].reported else (0.0, 0.0)
    assert low < 0.03
    assert high > 0.10


def test_an_empty_board_has_measured_no_claim_yet() -> None:
    page = claims_context(Scores([]), "strict", outcomes({}).__getitem__)
    assert {each.verdict for each in page.claims} == {"not measured yet"}
    assert page.counts[-1] == ("not measured yet", "none", len(CLAIMS))
    assert [bool(chart.drawing) for chart in page.charts] == [True, False, False]
    said = page.claims[0].pairings[0].reported
    assert (said.change, said.means) == ("+11.4", "(27.5 against 16.1)")


def test_the_page_leads_to_the_other_policies() -> None:
    page = claims_context(Scores([]), "qwen", outcomes({}).__getitem__)
    assert [(link.url, link.here) for link in page.policies] == [
        ("/claims", False),
        ("/claims?policy=qwen", True),
        ("/claims?policy=cft_paper", False),
    ]
    assert '<a data-own href="/claims?policy=qwen" aria-current="true">' in pages.page(page)
