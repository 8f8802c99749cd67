"""`cft-eval run`: evaluate a model with lm-eval, on our tasks alone, and show what it scored."""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cft_eval.harness.read import Evaluation

PASSES_ON = True
"""What is not an option here is one of `lm_eval run`."""

EPILOG = """
Every argument of `lm_eval run` is passed on (see `lm_eval run --help`). Unless they are given:
--tasks cft_math_suite, --output_path runs, --log_samples.

A run that was interrupted or killed goes on where it stopped when the same command is typed again.

examples:
  cft-eval run --model hf --model_args pretrained=Qwen/Qwen2.5-Math-1.5B --batch_size 16
  cft-eval run --model vllm --model_args pretrained=MODEL,tensor_parallel_size=2
  cft-eval run --model hf --model_args pretrained=out/step-60 --tasks cft_math500 --push
  cft-eval run --model vllm --model_args pretrained=MODEL --tasks cft_math_suite_sampled \\
    --repeats 16 --gen_kwargs temperature=0.8,top_p=0.95
  cft-eval run --model hf --model_args pretrained=MODEL --tasks cft_math_suite_mini --limit 5
"""
HEADER = ("task", "problems", "acc", "95% interval", "qwen", "cft_paper", "answered", "truncated")
SHARES = ("acc_qwen", "acc_cft_paper", "answered", "truncated")
SMALL = 100
"""Problems below which one greedy run cannot tell models apart: ±10 points at 50 %."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.allow_abbrev = False  # `--to` must not be taken for one of ours
    parser.add_argument(
        "--repeats", type=int, metavar="K", help="responses to each problem (avg@k, pass@k, maj@k)"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="generate all anew, whatever an unfinished run has"
    )
    parser.add_argument("--push", action="store_true", help="send the run to a board afterwards")
    parser.add_argument("--server", metavar="URL", help="the board (or CFT_EVAL_SERVER)")
    parser.add_argument("--token", help="its token (or CFT_EVAL_TOKEN)")


def run(args: argparse.Namespace) -> int:
    from cft_eval.harness.evaluate import evaluate
    from cft_eval.harness.read import read_output

    arguments = list(args.rest)
    if args.repeats is not None:
        arguments += ["--metadata", f"repeats={args.repeats}"]
    results = evaluate(arguments, show=_say, fresh=args.fresh)
    if results is None:
        return 0
    print(_table(read_output(results)))
    print(f"results: {results}", file=sys.stderr)
    return _push(results, args) if args.push else 0


def _say(line: str) -> None:
    from tqdm import tqdm

    tqdm.write(f"cft-eval: {line}", file=sys.stderr)  # beside lm-eval's own bars


def _push(results: Path, args: argparse.Namespace) -> int:
    from cft_eval.cli import main

    command = ["push", str(results), "--yes"]
    command += ["--server", args.server] if args.server else []
    command += ["--token", args.token] if args.token else []
    return main(command)


def _table(evaluation: "Evaluation") -> str:
    """Scores with their intervals: a bare point would look more certain than it is."""
    rows: list[tuple[str, ...]] = [HEADER]
    small = []
    for task, score in evaluation.run.tasks.items():
        acc = score.scores["acc"]
        low, high = _interval(evaluation, task)
        rows.append(
            (
                task,
                _problems(score.items, score.expected_items, score.repeats),
                f"{acc:.1%}",
                f"{low:.1%} to {high:.1%}",
                *(_share(score.scores.get(key)) for key in SHARES),
            )
        )
        if score.items < SMALL:
            small.append(task)
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    if small:
        lines.append(f"too few problems to tell two models apart: {', '.join(small)}")
    return "\n".join(line.rstrip() for line in lines)


def _share(score: float | None) -> str:
    return "unknown" if score is None else f"{score:.1%}"


def _problems(items: int, expected: int, repeats: int) -> str:
    shown = str(items) if items == expected else f"{items} of {expected}"
    return shown if repeats == 1 else f"{shown}, {repeats} each"


def _interval(evaluation: "Evaluation", task: str) -> tuple[float, float]:
    from cft_eval.stats import clustered_mean, wilson

    right: dict[str, list[bool]] = defaultdict(list)
    for sample in evaluation.samples:
        if sample.task == task:
            right[sample.item].append(sample.outcome == "correct")
    if evaluation.run.tasks[task].repeats == 1:
        low, high = wilson(sum(map(sum, right.values())), len(right))
    elif len(right) == 1:
        low, high = 0.0, 1.0  # one problem says nothing of the others
    else:
        means = [sum(flags) / len(flags) for flags in right.values()]
        low, high = clustered_mean(means)  # type: ignore[arg-type]  # any sequence will do
    return low, high
