"""What our tasks cost beside lm-eval's own, grading and all.

    CFT_EVAL_DATA=DIR python benchmarks/harness.py [--limit N]

A model that answers at once goes through `lm_eval.evaluate`: GSM8K as lm-eval's own zero-shot task
and as `cft_gsm8k`, then MATH as a bare generate task (prompt from a field, `exact_match`) and as
`cft_math`. What is between the two is ours: the prompt in the paper's form, endings, grading under
three policies, the metrics. Needs the test sets as files (``DIR/gsm8k/test.jsonl`` and so on).
"""

import argparse
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import datasets
import lm_eval
from bars import Bar, tell
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.dummy import DummyLM
from lm_eval.tasks import TaskManager

from cft_eval.harness.defaults import tasks_folder
from cft_eval.harness.task import document
from cft_eval.testsets import Item
from cft_eval.testsets.load import load

DATA = "CFT_EVAL_DATA"
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
        self.dataset = {"test": datasets.Dataset.from_list([document(i) for i in self._items])}


def own_gsm8k(limit: int) -> Any:
    """lm-eval's GSM8K on the file that ours is read from."""
    lines = Path(os.environ[DATA], "gsm8k/test.jsonl").read_text(encoding="utf-8").splitlines()
    rows = datasets.Dataset.from_list([json.loads(line) for line in lines[:limit]])
    fetch = datasets.load_dataset
    datasets.load_dataset = lambda *_, **__: datasets.DatasetDict({"test": rows, "train": rows})
    try:
        own = TaskManager().load(["gsm8k"])["tasks"]["gsm8k"]
    finally:
        datasets.load_dataset = fetch
    own.set_config("num_fewshot", 0)
    return own


def our(name: str, limit: int) -> Any:
    manager = TaskManager(include_defaults=False, include_path=[tasks_folder()])
    task = manager.load([name])["tasks"][name]
    task.dataset = {"test": task.dataset["test"].select(range(limit))}
    return task


def measured(lm: Answers, name: str, task: Any) -> float:
    """Milliseconds a problem of one evaluation, by the clock; prints those of CPU beside."""
    wall, cpu = time.perf_counter(), time.process_time()
    lm_eval.evaluate(lm=lm, task_dict={"tasks": {name: task}, "groups": {}}, bootstrap_iters=0)
    wall, cpu = (
        1000 * (now - then) / len(lm.responses)
        for now, then in ((time.perf_counter(), wall), (time.process_time(), cpu))
    )
    print(f"{name:<14} wall {wall:.3f}  cpu of this process {cpu:.3f}", flush=True)
    return wall


def beside(row: str, lm: Answers, peer: tuple[str, Any], ours: tuple[str, Any]) -> None:
    """Measure ``peer`` and ``ours`` on the same answers, and tell what ours adds."""
    theirs, mine = measured(lm, *peer), measured(lm, *ours)
    told = f"{peer[0]}: {theirs:.2f} ms a document in all"
    tell(Bar(row, mine - theirs, "ms a document", 1, "at most", told))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=5000, help="problems at most (default 5000)")
    limit = parser.parse_args().limit
    if not os.environ.get(DATA):
        parser.error(f"{DATA} must name a folder with the test sets")
    logging.disable(logging.WARNING)
    print("one response to each problem, ms a problem")
    for name in ("gsm8k", "math"):
        items = load(name)[:limit]
        lm, size = Answers(items), len(items)
        measured(lm, f"cft_{name}", our(f"cft_{name}", size))  # the graders are there
        if name == "gsm8k":
            peer = ("lm-eval's own gsm8k", own_gsm8k(size))
        else:
            peer = ("a bare generate task", Bare(items))
        row = f"harness with grading, cft_{name} beyond its peer"
        beside(row, lm, peer, (f"cft_{name}", our(f"cft_{name}", size)))


if __name__ == "__main__":
    main()
