"""`cft-eval demo`: the whole road on this machine, offline, in minutes."""

import argparse
import shutil
import sys
from pathlib import Path

from cft_eval.cli._say import say
from cft_eval.plain import plain

EPILOG = """
examples:
  cft-eval demo                      # in ./demo-run; run it again to resume
  cft-eval demo --keep --port 8000   # keep the board running to look at it
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "--out", type=Path, default=Path("demo-run"), metavar="DIR", help="default demo-run"
    )
    parser.add_argument(
        "--port", type=int, default=0, help="the board's port (default: a free one)"
    )
    parser.add_argument("--keep", action="store_true", help="keep the board running")


def run(args: argparse.Namespace) -> int:
    from cft_eval import demo
    from cft_eval.cli._sources import run_outcomes
    from cft_eval.figures import percent
    from cft_eval.gate.text import table

    folder = args.out.resolve()
    summary = demo.run(folder, port=args.port, keep=args.keep)
    early, late = (
        run_outcomes(str(folder / "runs" / f"step-{step}")) for step in demo.STEPS.values()
    )
    rows = [
        (plain(task), percent(early.tasks[task].score), percent(late.tasks[task].score))
        for task in early.tasks
    ]
    say("\nscores in percent, strict policy")
    steps = [f"step {step}" for step in demo.STEPS.values()]
    say(table(("task", *steps), rows))
    say("\ngate")
    for question, (decision, status) in summary.verdicts.items():
        say(f"  {question}: {decision} (exit {status})")
    times = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in summary.seconds.items())
    say(f"\ntimes: {times}; in all {sum(summary.seconds.values()):.0f} s")
    shown, scripts = args.out, _scripts()
    if args.keep:
        say(f"board: {summary.board}")
        for name, link in summary.links.items():
            say(f"  {name}: {link}")
    else:
        say(f"board: was at {summary.board}, ended with the demo (--keep leaves it up)")
    say(f"the board as a page and as a picture: {shown / 'board.html'}, {shown / 'board.svg'}")
    say(f"what the commands printed: {shown / demo.LOGS}")
    first, last = (f"{shown}/runs/step-{step}" for step in demo.STEPS.values())
    say(
        "\nnext:\n"
        f"  {scripts}cft-eval serve --data {shown / 'board'}\n"
        f"  {scripts}cft-eval compare {first} {last} --show 3\n"
        f"  {scripts}cft-eval gate freeze {last} -o baseline.json\n"
        f"  {scripts}lm_eval --tasks cft_math_suite --model hf --model_args pretrained=YOUR/MODEL "
        "--apply_chat_template --output_path out --log_samples"
    )
    return 0


def _scripts() -> str:
    """What stands before a command where its folder is not on the PATH: `make demo`'s is not."""
    if shutil.which("cft-eval"):
        return ""
    folder = Path(sys.executable).parent
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    return f"{shown}/"
