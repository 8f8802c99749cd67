"""The table at the end of `cft-eval run`."""

from cft_eval.cli._scores import table
from cft_eval.harness.read import EvaluationLog
from tests.runs import run, samples


def _evaluation(
    right: dict[str, list[int]],
    *,
    repeats: int = 1,
    groups: dict[str, tuple[str, ...]] | None = None,
) -> EvaluationLog:
    listed = [s for task, counts in right.items() for s in samples(task, counts, repeats=repeats)]
    return EvaluationLog(run(right, repeats=repeats), listed, groups or {})


def test_every_score_has_its_interval_and_small_sets_a_warning() -> None:
    right = {"cft_aime24": [1, 0, 0, 0], "cft_gsm8k": [1] * 90 + [0] * 30}
    shown = table(_evaluation(right, groups={"two": tuple(right)}))
    assert shown.splitlines() == [
        "task            problems  acc    95% interval    qwen     cft_paper  answered  truncated",
        "cft_aime24      4         25.0%  0.7% to 80.5%   unknown  unknown    unknown   unknown",
        "cft_gsm8k       120       75.0%  66.5% to 82.0%  unknown  unknown    unknown   unknown",
        "two, mean of 2  124       50.0%  37.1% to 78.0%  unknown  unknown    unknown   unknown",
        "too few problems to tell two models apart: cft_aime24",
        "public since: AIME 2024 2024-01-31",
    ]


def test_a_mean_is_of_a_group_and_of_nothing_else() -> None:
    """A task beside the suite, or another protocol of it, is not in the suite's mean."""
    right = {"cft_aime24": [1, 0], "cft_aime24_long": [1, 1], "cft_amc23": [0, 0]}
    alone = table(_evaluation(right)).splitlines()
    assert [line.split("  ")[0] for line in alone[1:4]] == list(right)
    assert len(alone) == 6  # no mean: only the warning and the dates are left
    suite = table(_evaluation(right, groups={"suite": ("cft_aime24", "cft_amc23")})).splitlines()
    assert suite[4].split()[:6] == ["suite,", "mean", "of", "2", "4", "25.0%"]


def test_one_task_has_no_mean_and_repeats_are_one_cluster() -> None:
    shown = table(_evaluation({"cft_aime24": [2, 0, 1, 2]}, repeats=2)).splitlines()
    assert shown[1].startswith("cft_aime24  4, 2 each  62.5%  12.4% to 97.1%")
    assert len(shown) == 4


def test_what_a_run_measured_beside_its_score_has_its_column() -> None:
    evaluation = _evaluation({"cft_aime24": [1, 0]}, repeats=2)
    (task, score) = next(iter(evaluation.run.tasks.items()))
    scores = {"acc": 0.25, "pass_at_k": 0.5, "maj_at_k": 0.25, "truncated": 0.125, "boxed": 1.0}
    changed = {task: score.model_copy(update={"scores": scores})}
    found = EvaluationLog(evaluation.run.model_copy(update={"tasks": changed}), evaluation.samples)
    head, row, *_ = table(found).splitlines()
    assert head.split()[-6:] == ["cft_paper", "pass@k", "maj@k", "answered", "boxed", "truncated"]
    assert row.split()[-5:] == ["50.0%", "25.0%", "unknown", "100.0%", "12.5%"]
