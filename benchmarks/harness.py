"""What our tasks cost beside lm-eval's own work, and how long grading takes.

    python benchmarks/harness.py [--limit N]

The same problems go through `lm_eval.evaluate` twice with a model that answers at once: as a bare
generate task (prompt from a field, `exact_match`), and as `cft_math`. What is between the two is
ours: the prompt in the paper's form, endings, grading under three policies, the metrics. Needs
CFT_EVAL_DATA or the Hugging Face hub.
"""

import argparse
import logging
import time
from typing import Any

import lm_eval
from bars import Bar, tell
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.dummy import DummyLM
from lm_eval.tasks import TaskManager

from cft_eval.harness.evaluate import tasks_folder
from cft_eval.harness.grading import GradeFilter
from cft_eval.harness.task import document
from cft_eval.testsets import Item, load

WORK = "We set up the equation, simplify both sides and solve for the unknown step by step.\n" * 12


class Answers(DummyLM):
    """Answers every problem at once, every fourth one wrongly."""

    def __init__(self, items: list[Item]) -> None:
        super().__init__()
        self.responses = [response(item) for item in items]

    def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
        return self.responses[: len(requests)]


def response(item: Item) -> str:
    answer = item.reference if item.index % 4 else f"{item.reference}+1"
    return f"{WORK}The answer is $\\boxed{{{answer}}}$."


class Bare(ConfigurableTask):
    """The least that lm-eval needs to generate and to compare strings."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items
        super().__init__(
            config={
                "task": "bare",
                "dataset_path": "bare",
                "test_split": "test",
                "output_type": "generate_until",
                "doc_to_text": "problem",
                "doc_to_target": "reference",
                "generation_kwargs": {"until": ["[END]"], "temperature": 0.0},
                "metric_list": [
                    {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}
                ],
            }
        )

    def download(self, *_: object, **__: object) -> None:
        import datasets

        self.dataset = {"test": datasets.Dataset.from_list([document(i) for i in self._items])}


def measured(lm: Answers, tasks: dict[str, Any]) -> tuple[float, float]:
    """Wall and CPU seconds of this process for one evaluation."""
    wall, cpu = time.perf_counter(), time.process_time()
    lm_eval.evaluate(lm=lm, task_dict=tasks, bootstrap_iters=0)
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=5000, help="problems (default 5000)")
    limit = parser.parse_args().limit
    logging.disable(logging.WARNING)
    items = load("math")[:limit]
    lm = Answers(items)
    graded = 0.0
    apply = GradeFilter.apply

    def timed(self: GradeFilter, *args: Any) -> Any:
        nonlocal graded
        start = time.perf_counter()
        found = apply(self, *args)
        graded = time.perf_counter() - start
        return found

    GradeFilter.apply = timed  # type: ignore[method-assign]
    manager = TaskManager(include_defaults=False, include_path=[tasks_folder()])
    bare = Bare(items)
    ours = manager.load(["cft_math"])["tasks"]["cft_math"]
    ours.dataset = {"test": ours.dataset["test"].select(range(len(items)))}
    rows = []
    for name, task in (("bare", bare), ("cft_math", ours)):
        rows.append((name, *measured(lm, {"tasks": {name: task}, "groups": {}})))
    print(f"{len(items)} problems, one response each, ms a problem")
    for name, wall, cpu in rows:
        print(f"{name:<10} wall {1000 * wall / len(items):.3f}  cpu {1000 * cpu / len(items):.3f}")
    beyond = rows[1][1] - rows[0][1] - graded
    beyond = 1000 * beyond / len(items)
    print(f"ours beyond the bare task, grading apart: {beyond:.3f} wall")
    print(f"grading under three policies: {graded:.1f} s, {1000 * graded / len(items):.3f} each")
    peer = f"a bare generate task: {1000 * rows[0][1] / len(items):.2f} ms a document in all"
    tell(Bar("harness, ours beyond lm-eval's own", beyond, "ms a document", 1, "at most", peer))


if __name__ == "__main__":
    main()
