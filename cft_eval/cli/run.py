"""`cft-eval run`: evaluate a model with lm-eval, on our tasks alone, and show what it scored."""

import argparse
import json
import sys
from pathlib import Path

from cft_eval.cli._say import say
from cft_eval.plain import lines

PASSES_ON = True
"""What is not an option here is one of `lm_eval run`."""

EPILOG = """
Every argument of `lm_eval run` is passed on (see `lm_eval run --help`). The defaults are
--tasks cft_math_suite, --output_path runs, --log_samples.

To resume an interrupted or killed run, type the same command again.

Before a model is loaded, names, test sets, protocol, output, weights and server are checked.
--check does only that and prints what would be run (exit status 2 if it could not run).

examples:
  cft-eval run --model hf --model_args pretrained=Qwen/Qwen2.5-Math-1.5B --batch_size 16
  cft-eval run --model vllm --model_args pretrained=MODEL,tensor_parallel_size=2
  cft-eval run --model hf --model_args pretrained=out/step-60 --tasks cft_math500 --push
  cft-eval run --model vllm --model_args pretrained=MODEL --tasks cft_math_suite_sampled \\
    --repeats 16 --gen_kwargs temperature=0.8,top_p=0.95
  cft-eval run --model hf --model_args pretrained=MODEL --tasks cft_math_suite_mini --limit 5
  cft-eval run --model hf --model_args pretrained=MODEL --tasks cft_own --problems mine.jsonl \\
    --fields problem=question,reference=answer
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.allow_abbrev = False  # `--to` must not be taken for one of ours
    parser.add_argument(
        "--repeats", type=int, metavar="K", help="responses to each problem (avg@k, pass@k, maj@k)"
    )
    parser.add_argument(
        "--problems", metavar="FILE",
        help="your own problems for the task cft_own: JSON lines, or OWNER/NAME on the hub",
    )  # fmt: skip
    parser.add_argument(
        "--fields", metavar="OURS=THEIRS,…",
        help="their names for our fields:  problem=question,reference=gold,level=…,subject=…",
    )  # fmt: skip
    parser.add_argument("--split", help="of a set on the hub (default: test)")
    parser.add_argument(
        "--fresh", action="store_true", help="discard the responses of an unfinished run"
    )
    parser.add_argument(
        "--check", action="store_true", help="only check whether it could run; loads no model"
    )
    parser.add_argument("--push", action="store_true", help="send the run to a board afterwards")
    parser.add_argument("--server", metavar="URL", help="the board (or CFT_EVAL_SERVER)")
    parser.add_argument("--token", help="its token (or CFT_EVAL_TOKEN)")


def run(args: argparse.Namespace) -> int:
    from cft_eval.cli._scores import table
    from cft_eval.harness.evaluate import check, evaluate

    arguments = _arguments(args)
    if args.check:
        for line in check(arguments):
            say(line)
        return 0
    finished = evaluate(arguments, show=_say, fresh=args.fresh)
    if finished is None:
        return 0
    say(table(finished.evaluation))
    say(f"results: {finished.results}", file=sys.stderr)
    return _push(finished.results, args) if args.push else 0


def _arguments(args: argparse.Namespace) -> list[str]:
    """lm-eval's, with ours as metadata, by which they reach the tasks."""
    names = ("repeats", "problems", "fields", "split")
    metadata = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.problems is not None and Path(args.problems).is_file():
        metadata["problems"] = str(Path(args.problems).resolve())
    return [*args.rest, "--metadata", json.dumps(metadata)] if metadata else list(args.rest)


def _say(line: str) -> None:
    from tqdm import tqdm

    tqdm.write(lines(f"cft-eval: {line}"), file=sys.stderr)  # beside lm-eval's own bars


def _push(results: Path, args: argparse.Namespace) -> int:
    from cft_eval.cli import main

    command = ["push", str(results), "--yes"]
    command += ["--server", args.server] if args.server else []
    command += ["--token", args.token] if args.token else []
    return main(command)
