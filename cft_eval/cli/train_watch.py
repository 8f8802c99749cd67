"""`cft-eval train watch`: evaluate each checkpoint of a training as it appears."""

import argparse
from pathlib import Path

from cft_eval.cli._say import say

PASSES_ON = True
"""What is not an option here is one of `lm_eval run`."""

EPILOG = """
Each out/step-N is evaluated once into out/watch/step-N; out/watch/curve.svg shows the scores with
their intervals. It ends after the last step of the training; run it again to resume.
 Options of `cft-eval run` (--model, --batch_size, --limit, …) are passed on.

The curve chooses no checkpoint: the best of many scores is too high. `cft-eval select
out/watch/step-*` chooses on one half of a benchmark and reports the other.

examples:
  cft-eval train watch out --tasks cft_math500 --model vllm
  cft-eval train watch out --tasks cft_math500 --once
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.allow_abbrev = False
    parser.add_argument("folder", type=Path, metavar="DIR", help="the output of `cft-eval train`")
    parser.add_argument("--tasks", default="cft_math500", help="default cft_math500")
    parser.add_argument(
        "--every", type=float, default=60.0, metavar="S", help="seconds between looks (60)"
    )
    parser.add_argument("--once", action="store_true", help="evaluate only existing checkpoints")


def run(args: argparse.Namespace) -> int:
    from cft_eval.reproduce.watch import CURVE, WATCH, watch

    every = None if args.once else args.every
    scores = watch(args.folder, tasks=args.tasks, more=args.rest, every=every)
    for score in scores:
        say(score.words())
    say(f"curve: {args.folder / WATCH / CURVE}")
    return 0
