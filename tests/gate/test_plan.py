"""A plan says what can be decided, what cannot, and the cheapest way."""

import numpy as np
import pytest

from cft_eval.cli import main
from cft_eval.gate.decide import decide
from cft_eval.gate.plan import Expected, assumed, measured, plan
from cft_eval.results import RunOutcomes
from cft_eval.stats import Noise
from tests.runs import boiled

SIZES = {"cft_math": 5000, "cft_gsm8k": 1319, "cft_aime24": 30}


def test_a_point_takes_math_or_a_mix() -> None:
    tasks = assumed(SIZES, discordance=0.10, between=0.5, tokens=400)
    found = plan(tasks, margin=0.01, alpha=0.05)
    assert {row.task: row.repeats for row in found.rows} == {
        "cft_math": 2,
        "cft_gsm8k": None,
        "cft_aime24": None,
        "all problems together": None,
    }
    assert {row.needed for row in found.rows} == {6202}
    # Two responses each to MATH; with AIME24 beside it the mean over tasks is all noise.
    assert [(mix.tasks, mix.repeats) for mix in found.mixes] == [(("cft_math",), 2)]
    assert found.mixes[0].tokens == 2 * 2 * 5000 * 400
    costs = [mix.tokens for mix in found.mixes]
    assert costs == sorted(costs)


def test_a_verbose_task_is_left_out_of_the_mix() -> None:
    noise = Noise(0.01, 0.05, 0.05)
    tasks = {"long": Expected(4000, noise, 9000.0), "short": Expected(4000, noise, 100.0)}
    assert plan(tasks, margin=0.01, alpha=0.05).mixes[0].tasks == ("short",)


def test_the_noise_of_two_runs_is_read_from_them() -> None:
    generator = np.random.default_rng(6)
    p = generator.random(4000)
    runs = [boiled({"cft_math": generator.binomial(4, p).tolist()}, repeats=4) for _ in range(2)]
    [task] = measured(*runs, between=0.5, tokens={"cft_math": 10.0}).values()
    # Reruns of one model: σ² = E[p(1-p)] = 1/6 a side, and no problem truly differs.
    assert task.noise.within_a == pytest.approx(1 / 6, rel=0.05)
    assert task.noise.between == pytest.approx(0.0, abs=0.01)


def test_what_is_planned_is_decided_four_times_in_five() -> None:
    """The promise of the plan, by the gate itself: n and K as planned, nothing changed."""
    generator = np.random.default_rng(8)
    n, trials, margin = 400, 120, 0.04
    noise = Noise(0.0, 1 / 6, 1 / 6)
    [row] = plan({"cft_math": Expected(n, noise, 1.0)}, margin=margin, alpha=0.05).rows
    assert row.repeats is not None
    template = boiled({"cft_math": [0] * n}, repeats=row.repeats)
    p = generator.random(n)

    def drawn(name: str) -> RunOutcomes:
        counts = generator.binomial(row.repeats or 1, p)
        task = template.tasks["cft_math"].model_copy(
            update={"right": ("".join(map(str, counts)),), "responses": name * 16}
        )
        return template.model_copy(update={"tasks": {"cft_math": task}})

    told = sum(
        decide(drawn("a"), drawn("b"), margin=margin).decision == "OK" for _ in range(trials)
    )
    assert told / trials >= 0.8 - 3 * (0.16 / trials) ** 0.5


def test_the_command_names_what_is_hopeless(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "plan", "--margin", "1.0"]) == 0
    out = capsys.readouterr().out
    assert "cft_aime24, cft_amc23: no number of repeats can show this" in out
    assert "cft_math + cft_gsm8k" in out
    assert main(["gate", "plan", "--margin", "0.1"]) == 0
    assert "no mix of these tasks decides it" in capsys.readouterr().out
    assert main(["gate", "plan", "--between", "2"]) == 2
