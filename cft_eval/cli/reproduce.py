"""`cft-eval reproduce`: the CFT paper's comparison in one command."""

import argparse
import sys
from pathlib import Path

from cft_eval.cli._say import say
from cft_eval.errors import CftError

EPILOG = """
Six steps: the base model, the data, CFT and its SFT twins, the choice of checkpoints, the suite,
and the report. Each is a command that is shown; one whose result is in OUT is not run again, so
the same command resumes after a kill. The plan is written before the first result, and its hash is
in the report: OUT/report.md.

examples:
  cft-eval reproduce --preset tiny --out tiny-run                  # whole, on a CPU, in minutes
  cft-eval reproduce --base Qwen/Qwen2.5-Math-7B --selection math-train.jsonl --out out --plan
  cft-eval reproduce --base Qwen/Qwen2.5-Math-7B --selection math-train.jsonl --out out --devices 8
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("--base", metavar="MODEL", help="model to start from")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for everything"
    )
    parser.add_argument(
        "--preset",
        choices=["paper", "tiny"],
        default="paper",
        help="the paper's recipe, or a small one for a CPU (paper)",
    )
    parser.add_argument("--data", default="webinstruct-cft-50k", help="rows with critiques")
    parser.add_argument(
        "--selection", metavar="FILE", help="problems with answers, for choosing checkpoints"
    )
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="per arm (3)")
    parser.add_argument("--devices", type=int, default=1, metavar="N", help="GPUs per node (1)")
    parser.add_argument(
        "--launcher",
        choices=["local", "slurm", "ray"],
        default="local",
        help="what starts the commands (local)",
    )
    parser.add_argument(
        "--gpu-hour", type=float, default=3.0, metavar="$", help="price of a GPU-hour (3)"
    )
    parser.add_argument(
        "--plan", action="store_true", help="print the plan, its hash, hours and cost; run nothing"
    )


def run(args: argparse.Namespace) -> int:
    from cft_eval.reproduce import paper
    from cft_eval.reproduce.costs import Costs, table
    from cft_eval.reproduce.summary import report

    for name in ("seeds", "devices"):
        if getattr(args, name) < 1:
            raise CftError(f"--{name}: {getattr(args, name)} must be 1 or more")
    if args.preset == "tiny":
        plan = paper.tiny(args.out, seeds=args.seeds)
    else:
        for name in ("base", "selection"):
            if not getattr(args, name):
                raise CftError(f"--{name}: not given")
        plan = paper.paper(
            args.base,
            data=args.data,
            selection=args.selection,
            seeds=args.seeds,
            devices=args.devices,
        )
    costs = Costs(seeds=args.seeds, gpus=args.devices, checkpoints=10, gpu_hour=args.gpu_hour)
    hours = table(costs) if args.preset == "paper" else "minutes on a CPU; no GPU, no cost"
    if args.plan:
        say(f"{plan.text()}\nsha256 {plan.digest}\n\n{hours}")
        return 0
    say(hours, file=sys.stderr)
    if args.preset == "tiny":
        paper.make_tiny(args.out)
    work = paper.Reproduction(
        plan,
        args.out,
        launcher=args.launcher,
        devices=args.devices,
        here=args.preset == "tiny",
    )
    base, arms, tokens = work.run()
    text = "\n".join(report(plan, base, arms, tokens=tokens, cited=_cited(plan.base))) + "\n"
    (args.out / "report.md").write_text(text, encoding="utf-8")
    say(text)
    return 0


NAMES = {"WebInstruct-CFT-50K": "cft", "WebInstruct-SFT": "sft",
         "WebInstruct-verified-SFT": "sft-right", "": "base"}  # fmt: skip
"""The paper's training sets, and the arms that they are here."""


def _cited(base: str) -> dict[str, dict[str, float]]:
    """The paper's scores for this base model."""
    from cft_eval.leaderboard.data.reported import reported_rows

    model = base.rpartition("/")[2]
    cited: dict[str, dict[str, float]] = {}
    for row in reported_rows():
        arm = NAMES.get(row.training_data)
        if row.base_model == model and arm and (arm != "base" or row.method == "base"):
            cited.setdefault(arm, {})[row.benchmark] = row.score
    return cited
