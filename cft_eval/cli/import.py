"""`cft-eval import`: outputs of another harness as a run that can be compared and pushed."""

import argparse
import sys
from pathlib import Path

from cft_eval.cli._say import say
from cft_eval.figures import percent
from cft_eval.plain import plain

EPILOG = """
examples:
  cft-eval import qwen outputs/Qwen2.5-Math-7B/math_eval -o runs/qwen7b --model-name Qwen2.5-Math-7B
  cft-eval import lm-eval out/base -o runs/base     # lm-eval's own math tasks
  cft-eval import qwen outputs/x/math_eval -o runs/x --policy math_verify
  cft-eval push runs/qwen7b --server http://127.0.0.1:8000

Each row is matched to an item of the benchmark by its text (CFT_EVAL_DATA, or the Hugging Face hub)
and graded again; the other harness's verdicts are ignored. Settings that the output does not state
are unknown. Tasks on other benchmarks are skipped and named. Logs of lm-eval before 0.4.3 are read
too.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("harness", choices=("qwen", "lm-eval"), help="harness that wrote it")
    parser.add_argument("path", type=Path, metavar="PATH", help="its output folder")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the run"
    )
    parser.add_argument("--model-name", help="the model (default: from the output or folder)")
    parser.add_argument(
        "--skip", action="store_true", help="skip rows that match no problem of the benchmark"
    )
    parser.add_argument(
        "--policy",
        metavar="P",
        help="also print the scores under math_verify, to set beside those published with it",
    )


def run(args: argparse.Namespace) -> int:
    from cft_eval.cli._regrade import check_known, graded_by
    from cft_eval.harness.foreign import import_lm_eval
    from cft_eval.harness.qwen import import_qwen
    from cft_eval.results import write_folder

    if args.policy:
        check_known(args.policy)  # before an hour of reading
    read = import_qwen if args.harness == "qwen" else import_lm_eval
    imported = read(args.path, model=args.model_name, skip=args.skip)
    write_folder(args.output, imported.run, imported.samples)
    others = graded_by(str(args.output), args.policy)[0].tasks if args.policy else {}
    for task in imported.left_out:
        say(f"cft-eval: left out: {plain(task)}", file=sys.stderr)
    for problem in imported.lost:
        say(f"cft-eval: left out: {plain(problem)}", file=sys.stderr)
    for task, score in imported.run.tasks.items():
        acc = score.scores
        each = f", {score.repeats} responses each" if score.repeats > 1 else ""
        say(
            f"{plain(task)}: {score.items} of {score.expected_items} problems{each}, "
            f"strict {percent(acc['acc'])}%, qwen {percent(acc['acc_qwen'])}%, "
            f"cft_paper {percent(acc['acc_cft_paper'])}%"
            + (f", {args.policy} {percent(others[task].score)}%" if task in others else "")
        )
    say(args.output)
    return 0
