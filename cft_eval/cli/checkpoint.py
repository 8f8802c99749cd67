"""`cft-eval checkpoint`: send weights to a board, and ask for evaluations."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli._say import say
from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.client import Client

EPILOG = """
examples:
  cft-eval checkpoint push out/step-60 --name cft/step-60    # prints its id
  cft-eval checkpoint evaluate --checkpoint ID --gpus 2 --method cft --step 60 --wait
  cft-eval checkpoint evaluate --hub Qwen/Qwen2.5-Math-7B --revision main --tasks cft_math500
  cft-eval checkpoint evaluate --path /checkpoints/step-60   # as the worker sees it
  cft-eval checkpoint log EVALUATION
  cft-eval checkpoint cancel EVALUATION

Only safetensors, config and tokenizer files are sent; an interrupted push resumes. A board accepts
weights if its owner set CFT_EVAL_CHECKPOINT_BYTES.
"""


NUMBERS = {
    "repeats": "responses to each problem",
    "limit": "only the first N problems of each task",
    "gpus": "GPUs that it needs",
    "max-gen-toks": "token limit of a response",
    "training-examples": "size of the training set",
    "step": "optimiser steps so far",
}
SAMPLING = {
    "temperature": "of the sampling (default: the task's)",
    "top-p": "of the sampling (default: the task's)",
}
FACTS = {
    "name": "the model's name on the board",
    "base-model": "what it was trained from",
    "method": "how it was trained: base, sft, cft, instruct, rl",
    "training-data": "name of the training set",
}
"""Options of `evaluate`, and what each says."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    commands = parser.add_subparsers(required=True, metavar="WHAT")

    def add(name: str, work: Callable[..., int], summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary)
        command.add_argument("--server", metavar="URL", help="the board (or CFT_EVAL_SERVER)")
        command.add_argument("--token", help="its token (or CFT_EVAL_TOKEN)")
        command.set_defaults(work=work)
        return command

    command = add("push", _push, "send a checkpoint and print its id")
    command.add_argument("folder", type=Path, metavar="DIR", help="folder of the weights")
    command.add_argument("--name", help="its name (default: the folder's)")
    _configure_evaluate(add("evaluate", _evaluate, "request an evaluation and print its id"))
    for name, work, summary in (
        ("log", _log, "print what the workers wrote"),
        ("cancel", _cancel, "end an evaluation"),
    ):
        add(name, work, summary).add_argument("evaluation", help="its id")


def _configure_evaluate(command: argparse.ArgumentParser) -> None:
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--hub", dest="model", metavar="ID", help="a model on the hub")
    source.add_argument("--path", help="a folder as the worker sees it")
    source.add_argument("--checkpoint", metavar="ID", help="a pushed checkpoint")
    command.add_argument("--revision", help="revision of the hub's model")
    command.add_argument(
        "--tasks", default="cft_math_suite", help="separated by commas (default cft_math_suite)"
    )
    for name, about in NUMBERS.items():
        command.add_argument(f"--{name}", type=int, metavar="N", help=about)
    for name, about in SAMPLING.items():
        command.add_argument(f"--{name}", type=float, metavar="X", help=about)
    for name, about in FACTS.items():
        command.add_argument(f"--{name}", help=about)
    command.add_argument(
        "--tag", action="append", default=[], dest="tags", help="a label; repeatable"
    )
    command.add_argument(
        "--wait", action="store_true", help="wait until it is done and print the run"
    )


def run(args: argparse.Namespace) -> int:
    from cft_eval.client import Client

    with Client(args.server, args.token) as board:
        status: int = args.work(board, args)
    return status


def _push(board: "Client", args: argparse.Namespace) -> int:
    def progress(file: str, done: int, total: int) -> None:
        say(f"{file}: part {done + 1} of {total}", file=sys.stderr)

    name = args.name or args.folder.resolve().name
    say(board.push_checkpoint(args.folder, name=name, progress=progress)["id"])
    return 0


FIELDS = (
    "model", "revision", "path", "checkpoint", "repeats", "limit", "gpus", "temperature", "top_p",
    "max_gen_toks",
    "name", "base_model", "method", "training_data", "training_examples", "step", "tags",
)  # fmt: skip


def _evaluate(board: "Client", args: argparse.Namespace) -> int:
    if args.path and not args.path.startswith("/"):
        raise CftError(
            f"--path {args.path}: a worker may run elsewhere, so give the full path that it sees, "
            f"such as {Path(args.path).resolve()}"
        )
    given = {name: getattr(args, name) for name in FIELDS}
    wanted = {name: value for name, value in given.items() if value is not None}
    evaluation = board.ask(tasks=args.tasks.split(","), **wanted)
    say(evaluation["id"])
    if not args.wait:
        return 0
    while evaluation["state"] in {"queued", "running"}:
        time.sleep(2)
        evaluation = board.evaluation(evaluation["id"])
    if evaluation["state"] != "done":
        raise CftError(f"the evaluation {evaluation['state']}: {evaluation['reason']}")
    say(f"{board.server}/runs/{evaluation['run']}")
    return 0


def _log(board: "Client", args: argparse.Namespace) -> int:
    say(board.log(args.evaluation), end="")
    return 0


def _cancel(board: "Client", args: argparse.Namespace) -> int:
    say(board.cancel(args.evaluation)["state"])
    return 0
