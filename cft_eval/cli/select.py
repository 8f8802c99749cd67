"""`cft-eval select`: choose a checkpoint on one half of a benchmark, report it on the other."""

import argparse

from cft_eval.cli._say import say
from cft_eval.plain import as_json, plain

EPILOG = """
RUN is an output folder of `cft-eval run` or lm_eval with --log_samples, one per checkpoint.

example:
  for step in out/step-*; do
    cft-eval run --model vllm --model_args pretrained=$step --tasks cft_math500 \\
        --apply_chat_template --output_path runs/$(basename $step)
  done
  cft-eval select runs/step-*

A score that chose the checkpoint is too high, the more so the more runs were tried, and MATH-500 is
a tenth of MATH's test set. This command keeps the halves apart and prints the bias.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("runs", nargs="+", metavar="RUN", help="one run per checkpoint")
    parser.add_argument("--task", default="cft_math500", help="default cft_math500")
    parser.add_argument("--json", action="store_true", help="the choice as JSON")


def run(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from cft_eval.cli._sources import run_outcomes
    from cft_eval.figures import percent
    from cft_eval.gate.selection import choose
    from cft_eval.gate.text import table

    chosen = choose({source: run_outcomes(source) for source in args.runs}, args.task)
    if args.json:
        say(as_json(asdict(chosen), indent=1))
        return 0
    rows = [
        (
            plain(candidate.name) + (" *" if candidate is chosen.best else ""),
            percent(candidate.chosen_on),
            percent(candidate.reported_on),
        )
        for candidate in chosen.candidates
    ]
    say(table(("checkpoint", "choosing half", "reporting half"), rows))
    say("\n".join(chosen.report()))
    return 0
