"""Run lm-eval's own math tasks as they are: `python others_tasks.py OUT TASK …` (for a test)."""

import sys
from pathlib import Path

import lm_eval
from lm_eval.loggers import EvaluationTracker
from lm_eval.models.dummy import DummyLM
from lm_eval.tasks import TaskManager

FOLDERS = ("hendrycks_math", "minerva_math", "gsm8k", "aime")


class Boxes(DummyLM):  # type: ignore[misc]  # lm-eval has no types
    """Answers 5 to everything, in a box."""

    def generate_until(self, requests: list[object], disable_tqdm: bool = False) -> list[str]:
        return ["So it is \\boxed{5}. I hope it is correct." for _ in requests]


def main(out: str, *tasks: str) -> None:
    home = Path(lm_eval.__file__).parent / "tasks"
    # Not all fourteen thousand: these alone take six seconds less.
    manager = TaskManager(
        include_defaults=False, include_path=[str(home / folder) for folder in FOLDERS]
    )
    tracker = EvaluationTracker(output_path=out)
    found = lm_eval.simple_evaluate(
        model=Boxes(),
        model_args="pretrained=someone/some-model",
        tasks=list(tasks),
        task_manager=manager,
        num_fewshot=0,
        log_samples=True,
        bootstrap_iters=0,
        evaluation_tracker=tracker,
    )
    samples = found.pop("samples")
    tracker.save_results_aggregated(results=found, samples=samples)
    for task in found["configs"]:
        tracker.save_results_samples(task_name=task, samples=samples[task])


if __name__ == "__main__":
    main(*sys.argv[1:])
