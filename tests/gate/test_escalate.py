"""Looking again with more repeats keeps alpha, and asks only for what can help."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from cft_eval.cli import main
from cft_eval.cli.gate_escalate import BY_TASK, plan_of
from cft_eval.gate import Escalation, GateDecision, look
from cft_eval.harness.defaults import tasks_folder
from cft_eval.results import InvalidData, RunOutcomes, write_outcomes
from cft_eval.results.outcomes import DIGITS
from tests.runs import boiled

PLAN = Escalation(margin=0.05, alpha=0.05, looks=3)
TEMPLATE = boiled({"cft_math": [1, 0]})
HOT = {"temperature": 0.6, "top_p": 0.95}


def drawn(
    chances: dict[str, np.ndarray], k: int, generator: np.random.Generator, number: int = 0
) -> RunOutcomes:
    """A sampled run of K responses a problem; ``number`` makes its texts its own."""
    tasks = {}
    for place, (task, p) in enumerate(chances.items()):
        right = "".join(DIGITS[count] for count in generator.binomial(k, p))
        update = {
            "repeats": k,
            "right": (right,),
            "responses": f"{number:04x}{place:012x}",
            "settings": {"items": str(len(p))},
        }
        tasks[task] = TEMPLATE.tasks["cft_math"].model_copy(update=update)
    settings = {**TEMPLATE.settings, **HOT}
    return TEMPLATE.model_copy(update={"settings": settings, "tasks": tasks})


def test_a_drop_is_found_at_the_second_look_and_the_rest_stays_decided() -> None:
    generator = np.random.default_rng(4)
    before = {"cft_math": np.full(2000, 0.5), "cft_aime24": np.full(40, 0.5)}
    after = {"cft_math": np.full(2000, 0.5), "cft_aime24": np.full(40, 0.2)}
    sides = [[drawn(before, 1, generator, 1)], [drawn(after, 1, generator, 2)]]
    first = look(PLAN, *sides)
    assert [need.task for need in first.needs] == ["cft_aime24"]
    assert first.plan.decided == {
        "cft_math": GateDecision.OK,
        "all problems": GateDecision.OK,
    }
    small = "cft_aime24"
    sides[0].append(drawn({small: before[small]}, 16, generator, 3))
    sides[1].append(drawn({small: after[small]}, 16, generator, 4))
    second = look(first.plan, *sides)
    assert {row.task: row.decision.value for row in second.report.rows} == {
        "cft_math": "OK", "cft_aime24": "REGRESSION", "all problems": "OK",
        "suite": "REGRESSION",
    }  # fmt: skip
    assert second.report.rows[0].reason == "decided at look 1"
    assert second.needs == ()


def test_three_looks_and_no_more() -> None:
    generator = np.random.default_rng(1)
    chances = {"cft_aime24": generator.random(30)}
    sides = [[drawn(chances, 2, generator, 0)], [drawn(chances, 2, generator, 1)]]
    plan = PLAN.model_copy(update={"margin": 0.01})
    for number in range(3):
        step = look(plan, *sides)
        again = look(step.plan, *sides)
        assert again.plan == step.plan, "the same responses spend nothing"
        assert again.report == step.report
        plan = step.plan
        sides = [
            [*side, drawn(chances, 2, generator, 2 * number + 2 + i)]
            for i, side in enumerate(sides)
        ]
    assert [past.alpha for past in plan.done] == plan.levels
    assert sum(plan.levels) == pytest.approx(0.05)
    with pytest.raises(InvalidData, match="all 3 planned looks are taken"):
        look(plan, *sides)


def test_the_same_responses_are_no_new_repeats() -> None:
    generator = np.random.default_rng(1)
    chances = {"cft_aime24": generator.random(30)}
    run, other = (drawn(chances, 2, generator, number) for number in (1, 2))
    with pytest.raises(InvalidData, match="two runs have the same responses"):
        look(PLAN, [run, run], [other])


def test_sampled_responses_replace_greedy_ones() -> None:
    generator = np.random.default_rng(2)
    greedy = drawn({"cft_aime24": np.full(30, 0.5)}, 1, generator)
    greedy = greedy.model_copy(update={"settings": {**greedy.settings, "temperature": 0.0}})
    chances = {"cft_aime24_sampled": np.full(30, 0.5)}
    sampled = drawn(chances, 8, generator, 1), drawn(chances, 8, generator, 2)
    step = look(PLAN, [greedy, sampled[0]], [greedy, sampled[1]])
    [row] = step.report.rows
    assert (row.task, row.problems) == ("cft_aime24", 30)
    assert row.baseline != greedy.tasks["cft_aime24"].score
    # Only one side sampled: that is another experiment.
    assert look(PLAN, [greedy, sampled[0]], [greedy]).report.decision is GateDecision.NOT_COMPARABLE


def test_the_problems_themselves_may_be_too_few() -> None:
    """The true difference varies from problem to problem: asking again cannot help."""
    generator = np.random.default_rng(3)
    a, b = np.tile([0.1, 0.9], 15), np.tile([0.9, 0.1], 15)
    runs = (drawn({"cft_aime24": p}, 8, generator, i) for i, p in enumerate((a, b)))
    [need] = look(PLAN, *([run] for run in runs)).needs
    assert need.repeats is None
    assert need.why.startswith("no number of repeats can show it: 30 problems")


@pytest.mark.slow
@pytest.mark.parametrize("n", [30, 272])
def test_all_looks_together_keep_alpha(n: int) -> None:
    """Seeded: reruns of one model, up to three looks with more repeats of both sides, always
    going on while undecided. The share of runs that ever regress stays below alpha + 3σ."""
    generator = np.random.default_rng(n)
    trials, alarms, peeked = 500, 0, 0
    chances = {
        "cft_a": generator.beta(0.6, 0.6, n), "cft_b": generator.beta(2, 2, n)
    }  # fmt: skip
    plan = Escalation(margin=0.002, alpha=0.05, looks=3)
    for _ in range(trials):
        sides: list[list[RunOutcomes]] = [[], []]
        current, naive = plan, False
        for number in range(3):
            for i, side in enumerate(sides):
                side.append(drawn(chances, 2, generator, 2 * number + i))
            step = look(current, *sides)
            current = step.plan
            naive |= any(row.p < 0.05 and row.candidate < row.baseline
                         for row in step.report.rows)  # fmt: skip
            if step.report.decision is GateDecision.REGRESSION:
                alarms += 1
                break
        peeked += naive
    assert alarms / trials <= 0.05 + 3 * (0.05 * 0.95 / trials) ** 0.5
    assert peeked >= alarms


# ---- the command -------------------------------------------------------------------------------


def frozen(path: Path, run: RunOutcomes) -> str:
    write_outcomes(run, path)
    return str(path)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    chances = {"cft_aime24_sampled": np.full(30, 0.3), "cft_math": np.full(3000, 0.5)}
    runs = [drawn(chances, 2, generator, number) for number in range(4)]
    return [frozen(tmp_path / f"{i}.json", run) for i, run in enumerate(runs)]


def test_the_command_says_what_to_run_and_counts_the_looks(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--margin", "20", "--looks", "2"]
    assert main(["gate", "escalate", files[1], "--baseline", files[0], *options]) == 0
    out = capsys.readouterr().out
    assert "look 1 of 2; 0.0310 of alpha 0.05 spent (escalation.json)" in out
    runs = [line for line in out.splitlines() if "cft-eval run" in line]
    assert len(runs) == 2
    assert "cft_math" not in "".join(runs)
    assert (
        "cft-eval run --model hf --model_args pretrained=tiny --tasks cft_aime24_sampled "
        in runs[0]
    )
    assert "--seed 1001,1001,1001,1234 --output_path more/baseline-1001" in runs[0]
    more = ["--baseline", files[2], "--more", files[3]]
    assert main(["gate", "escalate", files[1], "--baseline", files[0], *more]) == 0
    assert "look 2 of 2; 0.0500 of alpha 0.05 spent" in capsys.readouterr().out
    state = json.loads(Path("escalation.json").read_text())
    assert [round(past["alpha"], 4) for past in state["done"]] == [0.031, 0.019]


def test_the_plan_is_fixed_at_the_first_look(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["gate", "escalate", files[1], "--baseline", files[0]]
    assert main(command) == 0
    assert main([*command, "--alpha", "0.1"]) == 2
    assert "--alpha 0.1: escalation.json was planned with 0.05" in capsys.readouterr().err
    Path("escalation.json").write_text("{")
    assert main(command) == 3
    assert "not the file of an escalation" in capsys.readouterr().err
    Path("escalation.json").write_text(" " * 1_000_001)
    assert main(command) == 3
    assert "it is over 1,000,000 bytes" in capsys.readouterr().err
    assert main(["gate", "escalate", files[1], "--baseline", "nowhere"]) == 5


def test_greedy_runs_are_sent_to_sampling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    right = {"cft_aime24": [1, 0] * 15, "cft_minerva_math": [1, 0] * 20}
    before = frozen(tmp_path / "a.json", boiled(right))
    changed = [0, 1] * 3
    right = {"cft_aime24": changed + [1, 0] * 12, "cft_minerva_math": changed + [1, 0] * 17}
    after = frozen(tmp_path / "b.json", boiled(right))
    assert main(["gate", "escalate", after, "--baseline", before, "--margin", "14"]) == 0
    out = capsys.readouterr().out
    assert "--tasks cft_aime24_sampled" in out
    assert "--tasks cft_minerva_math --gen_kwargs temperature=0.6,top_p=0.95 " in out
    assert "for seed in 1001 1002" in out


def test_the_sampled_tasks_have_the_repeats_that_are_counted_on() -> None:
    tasks = Path(tasks_folder())
    text = (tasks / "_cft_sampled.yaml").read_text()
    assert yaml.safe_load(text)["repeats"] == 8
    assert {path.stem for path in tasks.glob("cft_a*_sampled.yaml")} == set(BY_TASK)
    assert set(BY_TASK.values()) == {8}


def test_a_new_plan_takes_what_was_typed(tmp_path: Path) -> None:
    defaults = {"margin": 1.0, "alpha": 0.05, "looks": 3}
    plan = plan_of(tmp_path / "none.json", {"margin": 2.0}, defaults)
    assert (plan.margin, plan.alpha, plan.looks, plan.done) == (0.02, 0.05, 3, ())


def test_a_plan_is_for_the_runs_it_was_begun_with() -> None:
    """What one candidate was granted at the first look is not another one's."""
    generator = np.random.default_rng(9)
    good = {"cft_math": np.full(2000, 0.6)}
    first = look(PLAN, [drawn(good, 1, generator, 1)], [drawn(good, 1, generator, 2)])
    bad = drawn({"cft_math": np.full(2000, 0.3)}, 1, generator, 3)
    with pytest.raises(InvalidData, match="started with runs other than"):
        look(first.plan, [drawn(good, 1, generator, 1)], [bad])


def test_an_import_is_escalated_beside_ones_own_run() -> None:
    before = boiled({"cft_aime24": [1, 0] * 15})
    task = before.tasks["cft_aime24"].model_copy(
        update={"responses": "f" * 16, "right": ("01" * 15,)}
    )
    after = before.model_copy(update={"tasks": {"qwen_aime24": task}})
    plan = Escalation(margin=0.05, alpha=0.05, looks=3)
    step = look(plan, [before], [after])
    assert [need.task for need in step.needs] == ["cft_aime24"]
