"""Truncation, length and cost are gated like scores: few false alarms, and no OK without proof."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cft_eval.cli import main
from cft_eval.gate.decide import GateDecision, decide
from cft_eval.gate.limits import Limits
from cft_eval.gate.resources import resources, with_resources
from cft_eval.gate.terms import Terms
from cft_eval.results import RunOutcomes, Sample, parse_outcomes, pool
from cft_eval.results.outcomes import outcomes
from cft_eval.stats import paired_growth, unpaired_growth
from tests.harness import made
from tests.runs import run, samples

OK, WORSE, UNSURE = GateDecision.OK, GateDecision.REGRESSION, GateDecision.INCONCLUSIVE


def sized(
    lengths: Sequence[int], *, cut: Sequence[bool] | None = None, task: str = "cft_math"
) -> list[Sample]:
    """One response a problem with so many characters, and twice as many tokens."""
    flags = [False] * len(lengths) if cut is None else cut
    return [
        sample.model_copy(
            update={
                "response": "x" * size,
                "tokens": 2 * size,
                "finish": "length" if flag else "stop",
            }
        )
        for sample, size, flag in zip(
            samples(task, [1] * len(lengths)), lengths, flags, strict=True
        )
    ]


def boiled(listed: list[Sample]) -> RunOutcomes:
    tasks: dict[str, list[int]] = {}
    for sample in listed:
        tasks.setdefault(sample.task, []).append(1)
    return outcomes(run(tasks), listed)


def frozen(outcomes: RunOutcomes) -> RunOutcomes:
    """As the file brings it, without the responses."""
    return parse_outcomes(outcomes.model_dump_json(), where="the file")


EVEN = [400 + 7 * (i % 90) for i in range(300)]


@pytest.mark.parametrize("file", [False, True])
@pytest.mark.parametrize(("factor", "decision"), [(1.0, OK), (1.05, OK), (1.5, WORSE), (0.5, OK)])
def test_length(factor: float, decision: GateDecision, file: bool) -> None:
    before, after = boiled(sized(EVEN)), boiled(sized([round(factor * n) for n in EVEN]))
    before = frozen(before) if file else before
    for limits in (Limits(length=0.2), Limits(cost=0.2)):
        [row] = resources(before, after, limits, alpha=0.05)
        assert row.decision is decision, row.reason


def test_the_reason_has_the_numbers() -> None:
    before, after = boiled(sized([500] * 100)), boiled(sized([650, 750] * 50))
    [length, cost] = resources(before, after, Limits(length=0.1, cost=0.1), alpha=0.05)
    assert length.reason == (
        "from 500 to 700 characters (+40.0%), more than the accepted 10%, which chance does not "
        "explain (p < 0.001)"
    )
    assert (cost.baseline, cost.candidate) == (1000, 1400)
    assert cost.reason.startswith("from 1,000 to 1,400 tokens (+40.0%)")


@pytest.mark.parametrize("file", [False, True])
@pytest.mark.parametrize(("grown", "decision"), [(0, OK), (3, OK), (60, WORSE)])
def test_truncation(grown: int, decision: GateDecision, file: bool) -> None:
    cut = [i % 20 == 0 for i in range(600)]
    more = [flag or (i < 2 * grown and i % 2 == 1) for i, flag in enumerate(cut)]
    before, after = boiled(sized([9] * 600, cut=cut)), boiled(sized([9] * 600, cut=more))
    before = frozen(before) if file else before
    [row] = resources(before, after, Limits(truncation=0.05), alpha=0.05)
    assert row.decision is decision, row.reason


def test_few_problems_cannot_tell() -> None:
    before = boiled(sized([100, 900] * 8))
    after = boiled(sized([900, 150] * 8))
    [row] = resources(before, after, Limits(length=0.05), alpha=0.05)
    assert row.decision is UNSURE
    assert "is not ruled out" in row.reason


def test_what_is_not_told_is_not_ok() -> None:
    """An old baseline without lengths, and an engine that does not tell tokens or endings."""
    before = boiled(sized(EVEN))
    silent = [s.model_copy(update={"tokens": None, "finish": "unknown"}) for s in sized(EVEN)]
    old = before.tasks["cft_math"].model_copy(update={"characters": None}).sized(None)
    for first, second, limits in (
        (before, boiled(silent), Limits(cost=0.1)),
        (before, boiled(silent), Limits(truncation=0.1)),
        (before.model_copy(update={"tasks": {"cft_math": old}}), before, Limits(length=0.1)),
    ):
        [row] = resources(first, second, limits, alpha=0.05)
        assert row.decision is UNSURE
        assert "does not tell" in row.reason


def test_a_task_fails_alone_and_all_problems_decide_the_rest() -> None:
    aime = [2000 + 300 * (i % 5) for i in range(30)]
    before = boiled(sized(EVEN) + sized(aime, task="cft_aime24"))
    same = boiled(sized(EVEN) + sized(aime[::-1], task="cft_aime24"))
    rows = resources(before, same, Limits(length=0.1), alpha=0.05)
    assert [(row.task, row.decision) for row in rows][-1] == ("all problems", OK)
    longer = boiled(sized(EVEN) + sized([2 * n for n in aime], task="cft_aime24"))
    report = with_resources(decide(before, longer), before, longer, Limits(length=0.1))
    assert report.decision is WORSE
    assert "length on cft_aime24: from 2,600 to 5,200 characters" in report.reason


def test_limits_never_make_a_regression_pass() -> None:
    before, after = boiled(sized(EVEN)), boiled(sized(EVEN))
    lost = after.tasks["cft_math"].model_copy(update={"right": ("0" * 300,), "responses": "f" * 16})
    after = after.model_copy(update={"tasks": {"cft_math": lost}})
    report = with_resources(decide(before, after), before, after, Limits(length=0.1))
    assert report.decision is WORSE
    assert "fell from 100.0% to nothing" in report.reason


def test_a_window_pools_lengths() -> None:
    runs = [boiled(sized([100] * 50)), boiled(sized([200] * 50))]
    window = pool(runs)
    assert window.tasks["cft_math"].characters is not None
    assert window.tasks["cft_math"].characters.mean == 150
    assert pool([frozen(each) for each in runs]).tasks["cft_math"].characters is not None


SKEWED = [(30, 1.0), (272, 1.0), (30, 0.3)]


def rare(count: int, trials: int) -> bool:
    return bool(count / trials <= 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5)


@pytest.mark.parametrize(("n", "spread"), SKEWED)
def test_both_errors_are_rare_with_skewed_lengths(n: int, spread: float) -> None:
    """Log-normal lengths over a decade, half of the noise shared by the runs; at the limit the
    mean has grown by just that, so neither answer may be sure of it."""
    generator = np.random.default_rng(n)
    alarms, passes = [0, 0], [0, 0]
    trials, limit = 1000, 0.1
    for _ in range(trials):
        problem = generator.normal(6, spread, n)
        a, b = (np.exp(problem + generator.normal(0, spread / 2, n)) for _ in range(2))
        sides = [(each.mean(), each.std(ddof=1)) for each in (a, b, 1.1 * b)]
        most = float(max(a.max(), 1.1 * b.max()))
        alarms[0] += paired_growth(a, b, limit=limit)[0] < 0.05
        passes[0] += paired_growth(a, 1.1 * b, limit=limit)[1] < 0.05
        alarms[1] += unpaired_growth(sides[0], sides[1], n, limit=limit, longest=most)[0] < 0.05
        passes[1] += unpaired_growth(sides[0], sides[2], n, limit=limit, longest=most)[1] < 0.05
    assert all(rare(count, trials) for count in (*alarms, *passes)), (alarms, passes)


@pytest.mark.parametrize("n", [30, 272, 1319])
def test_a_few_runaway_responses_are_not_ruled_out_by_not_being_seen(n: int) -> None:
    """One problem in a hundred runs on to eleven times its length: the mean grows by 10 %."""
    generator = np.random.default_rng(n)
    passes, trials = 0, 400
    for _ in range(trials):
        a = generator.uniform(400, 600, n)
        b = generator.permutation(a) * np.where(generator.random(n) < 0.01, 11, 1)
        longest = 11 * 600.0
        first, second = ((each.mean(), each.std(ddof=1)) for each in (a, b))
        passes += unpaired_growth(first, second, n, limit=0.1, longest=longest)[1] < 0.05
    assert rare(passes, trials), passes


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [made.line(index) for index in range(40)]
    made.write(tmp_path / "old", lines)
    for index, line in enumerate(lines):
        line["resps"] = [["so " * (20 + index % 3) + "\\boxed{4}"]]
    made.write(tmp_path / "new", lines)
    sources = [str(tmp_path / "new"), "--baseline", str(tmp_path / "old")]
    assert main(["gate", *sources, "--margin", "20"]) == 0
    assert main(["gate", *sources, "--margin", "20", "--length", "10"]) == 1
    out = capsys.readouterr().out
    assert "length on cft_mini_gsm8k: from 9 to " in out
    junit = tmp_path / "gate.xml"
    options = ["--margin", "20", "--cost", "10", "--strict", "--junit", str(junit)]
    assert main(["gate", *sources, *options]) == 4
    assert "does not tell" in junit.read_text()
    for wrong in (["--length", "0"], ["--truncation", "101"], ["--cost", "nan"]):
        assert main(["gate", *sources, *wrong]) == 2


def test_a_limit_of_cut_responses_replaces_the_rule_of_a_broken_set_up() -> None:
    before = boiled(sized([9] * 600))
    after = boiled(sized([9] * 600, cut=[i % 5 == 0 for i in range(600)]))
    assert decide(before, after).decision is WORSE
    report = decide(before, after, terms=Terms(truncation=True))
    assert report.decision is OK
    assert with_resources(report, before, after, Limits(truncation=0.3)).decision is OK
    assert with_resources(report, before, after, Limits(truncation=0.1)).decision is WORSE
