"""The whole reproduction in small, and its parts."""

import json
from pathlib import Path

import pytest

for package in ("torch", "transformers", "lm_eval"):
    pytest.importorskip(package, reason="needs the train and eval extras")

from cft_eval.cli import main  # noqa: E402
from cft_eval.dataset.rows import TrainingRow  # noqa: E402
from cft_eval.reproduce.paper import (  # noqa: E402
    ArmRuns,
    Reproduction,
    ReproductionPlan,
    drawn,
    paper,
    tiny,
)
from cft_eval.reproduce.summary import report  # noqa: E402
from tests.runs import boiled  # noqa: E402

PLAN = paper("Qwen/Qwen2.5-Math-7B", data="rows.jsonl", selection="s.jsonl", seeds=3, devices=8)


def test_arms_have_equal_tokens_of_targets() -> None:
    rows = [(TrainingRow(str(n), "r", number=n), 10 + n % 50) for n in range(400)]
    for seed in range(3):
        chosen, total = drawn(rows, tokens=5000, seed=seed)
        assert abs(total - 5000) <= 30
        assert len({row.number for row in chosen}) == len(chosen)
    assert drawn(rows, tokens=5000, seed=1)[0] != drawn(rows, tokens=5000, seed=2)[0]


def test_a_plan_has_a_hash_of_all_that_is_in_it() -> None:
    again = ReproductionPlan(**json.loads(PLAN.text()))
    assert len(PLAN.digest) == 64
    assert (
        PLAN.digest
        != paper(
            "Qwen/Qwen2.5-Math-7B", data="rows.jsonl", selection="s.jsonl", seeds=4, devices=8
        ).digest
    )
    assert again.text() == PLAN.text()


def plan_in(folder: Path, rows: str, weights: str = "w") -> ReproductionPlan:
    model = folder / "model"
    (model / ".cache").mkdir(parents=True)
    (folder / "rows.jsonl").write_text(rows)
    (model / "config.json").write_text(weights)
    (model / ".cache" / "lock").write_text(str(folder))
    return paper(
        str(model), data=str(folder / "rows.jsonl"), selection="hub:A/B", seeds=3, devices=8
    )


def test_the_hash_is_of_contents_wherever_they_lie(tmp_path: Path) -> None:
    one, other = plan_in(tmp_path / "a", "rows"), plan_in(tmp_path / "b", "rows")
    assert one.digest == other.digest
    assert str(tmp_path) not in one.text()
    assert json.loads(one.text())["selection"] == "hub:A/B"
    assert plan_in(tmp_path / "c", "other rows").digest != one.digest
    assert plan_in(tmp_path / "d", "rows", "other weights").digest != one.digest
    (tmp_path / "a" / "rows.jsonl").write_text("rows, longer")  # between plan and run
    assert one.digest != other.digest
    assert tiny(tmp_path / "x", seeds=2).digest == tiny(tmp_path / "y", seeds=2).digest


def test_the_plan_is_printed_with_hours_and_cost(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["reproduce", "--base", "Qwen/Qwen2.5-Math-7B", "--selection", "s.jsonl"]
    assert main([*command, "--out", "nowhere", "--devices", "8", "--plan"]) == 0
    printed = capsys.readouterr().out
    assert f"sha256 {PLAN.digest}" not in printed  # another data set
    assert '"seeds": 3' in printed
    assert "| **in all** |" in printed
    assert not Path("nowhere").exists()
    assert main(["reproduce", "--out", "nowhere"]) == 2
    assert "--base: not given" in capsys.readouterr().err


LAUNCHED = [
    ("local", 1, [], "cft_eval.cli train --seed 1"),
    ("local", 8, [], "accelerate launch --config_file"),
    ("slurm", 8, ["srun", "--nodes=1", "--gpus=8"], "--num_processes 8 -m cft_eval.training"),
    ("ray", 4, ["ray", "job", "submit", "--entrypoint-num-gpus=4", "--"], "--num_processes 4"),
]


@pytest.mark.parametrize(("launcher", "devices", "before", "command"), LAUNCHED)
def test_commands_are_launched(
    tmp_path: Path, launcher: str, devices: int, before: list[str], command: str
) -> None:
    work = Reproduction(PLAN, tmp_path, launcher=launcher, devices=devices)
    assert work.before() == before
    assert command in " ".join(work.training_command(["--seed", 1]))


def test_the_report_says_what_choosing_added_and_what_the_paper_has() -> None:
    task = "cft_math500"
    base = boiled({task: [1] * 20 + [0] * 80})
    last = [boiled({task: [1] * n + [0] * (100 - n)}) for n in (40, 41, 42)]
    best = [boiled({task: [1] * n + [0] * (100 - n)}) for n in (42, 43, 44)]
    arms = {
        "cft": ArmRuns(last, best, [9] * 3, [6, 6, 9], [0.5] * 3, [0.56] * 3),
        "sft": ArmRuns([base] * 3, [base] * 3, [9] * 3, [9] * 3, [0.2] * 3, [0.2] * 3),
    }
    benchmark = base.tasks[task].benchmark
    lines = report(
        PLAN, base, arms, tokens={"cft": 100, "sft": 101}, cited={"cft": {benchmark: 80.2}}
    )
    text = "\n".join(lines)
    assert "| cft | 41.0 (" in text
    assert "; paper 80.2)" in text
    assert "cft - sft: +21.0 points" in text
    assert (
        "- cft: step 6, 6, 9 chosen of 9; on the problems that chose +6.0 points over the last, on "
        "the test sets +2.0: +4.0 of it are selection optimism"
    ) in text
    assert PLAN.digest in text


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tiny") / "out"
    assert main(["reproduce", "--preset", "tiny", "--seeds", "2", "--out", str(out)]) == 0
    return out


def results(out: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in out.rglob("results_*.json")}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_whole_of_it_in_small_and_on_after_an_interruption(
    done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (done / "report.md").read_text()
    assert all(f"\n| {arm} | " in text for arm in ("base", "cft", "sft", "sft-right"))
    tokens = json.loads((done / "data" / "tokens.json").read_text())
    assert max(tokens.values()) - min(tokens.values()) < 0.02 * max(tokens.values())
    before = results(done)
    # A kill may leave a step undone: a run without results, a training without its last step.
    lost = next(path for path in before if "runs/cft-1-last" in str(path))
    lost.unlink()
    model = done / "models" / "sft-0"
    newest = max(model.glob("step-*"), key=lambda path: int(path.name[5:]))
    log = (model / "log.jsonl").read_text()
    for path in newest.iterdir():
        path.unlink()
    newest.rmdir()
    for path in model.glob("step-*"):  # the one before had lost what resuming needs
        for part in path.iterdir():
            part.unlink()
        path.rmdir()
    capsys.readouterr()
    assert main(["reproduce", "--preset", "tiny", "--seeds", "2", "--out", str(done)]) == 0
    again = capsys.readouterr()
    assert (model / "log.jsonl").read_text().count("\n") == log.count("\n")
    assert again.out.strip() == text.strip()
    changed = [path for path, when in results(done).items() if before.get(path) != when]
    assert [str(path.parents[1].name) for path in changed] == ["cft-1-last"]
    assert "sft-1 is trained already" in again.err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_folder_holds_one_plan(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--preset", "tiny", "--seeds", "3", "--out", str(done)]) == 2
    assert "holds results of another plan; give another --out" in capsys.readouterr().err
