"""`cft-eval worker`: do the evaluations that a board was asked for."""

import argparse
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from cft_eval.cli._say import say
from cft_eval.errors import CftError

EPILOG = """
examples:
  cft-eval worker --server https://board --token … --gpus 8
  cft-eval worker --model hf --models /checkpoints        # paths below it may be asked for
  cft-eval worker --engine ray --ray-address auto --parallel 16
  sbatch --gres=gpu:8 --wrap 'cft-eval worker --once --gpus 8'

Hub models are loaded from their safetensors and without remote code; a checkpoint that was sent to
the board is compared with its hashes first. Ctrl-C returns the current evaluation to the queue.
See docs/evaluations.md.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("--server", metavar="URL", help="the board (or CFT_EVAL_SERVER)")
    parser.add_argument("--token", help="a token with the scope upload (or CFT_EVAL_TOKEN)")
    parser.add_argument(
        "--name", help="this worker's name on the board (default: host and process)"
    )
    parser.add_argument("--model", default="vllm", help="lm-eval's model type (vllm)")
    parser.add_argument(
        "--model-args", default="", help="more arguments for it, such as dtype=bfloat16"
    )
    parser.add_argument(
        "--models", type=Path, action="append", default=[], metavar="DIR",
        help="a folder of checkpoints that may be asked for by path; may be repeated",
    )  # fmt: skip
    parser.add_argument("--work", type=Path, default=Path("cft-eval-worker"), metavar="DIR",
                        help="folder for checkpoints and unfinished runs")  # fmt: skip
    parser.add_argument("--gpus", type=int, default=1, help="GPUs of this machine per evaluation")
    parser.add_argument("--once", action="store_true", help="run at most one evaluation, then exit")
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="where evaluations run"
    )
    parser.add_argument("--ray-address", metavar="ADDRESS", help="the cluster (default: start one)")
    parser.add_argument(
        "--parallel", type=int, default=8, metavar="N", help="parallel evaluations on Ray (8)"
    )


def run(args: argparse.Namespace) -> int:
    from cft_eval.worker import Host, work_here, work_on_ray

    host = Host(
        name=args.name or f"{socket.gethostname()}:{os.getpid()}",
        server=args.server or os.environ.get("CFT_EVAL_SERVER"),
        token=args.token or os.environ.get("CFT_EVAL_TOKEN"),
        model=args.model,
        model_args=args.model_args,
        models=tuple(args.models),
        work=args.work.resolve(),
        gpus=args.gpus,
    )
    if args.parallel < 1 or args.gpus < 0:
        raise CftError("--parallel takes at least 1, --gpus at least 0")
    if args.engine == "local":
        host.check_engine()
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    if args.engine == "ray":
        done = work_on_ray(
            host, address=args.ray_address, parallel=args.parallel, once=args.once,
            ending=ending, say=_say,
        )  # fmt: skip
    else:
        done = work_here(host, once=args.once, ending=ending, say=_say)
    say(f"evaluations: {done}", file=sys.stderr)
    return 0


def _say(line: str) -> None:
    say(line, flush=True)
