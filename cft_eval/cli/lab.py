"""`cft-eval lab`: CFT against SFT in miniature, on a model made from scratch."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from cft_eval.cli._say import say

EPILOG = """
The same base model is trained on by CFT, by SFT on all noisy responses, by SFT on the right ones,
and by both, on equal tokens, with several seeds; lm-eval measures each, and each judges noisy
solutions of held-out problems. The result is in OUT/result.json; run the command again to resume.

examples:
  cft-eval lab                                        # minutes on a CPU
  cft-eval lab --preset gpu --out lab-gpu             # twenty minutes on one large GPU
  cft-eval lab --noise self --out lab-self            # responses by the base model itself
  cft-eval lab --teacher-error 0.2 --out lab-teacher  # a fifth of the verdicts wrong
  cft-eval lab --rows 500 --out lab-500               # less data, the same tokens
  cft-eval lab --push --server http://127.0.0.1:8000
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "--preset",
        choices=["cpu", "gpu", "smoke"],
        default="cpu",
        help="size of model and data (cpu)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("lab-run"), metavar="DIR", help="default lab-run"
    )
    parser.add_argument("--seeds", type=int, metavar="N", help="seeds of noise and order")
    parser.add_argument("--tokens", type=int, metavar="N", help="per arm")
    parser.add_argument(
        "--noise", choices=["made", "self"], default="made",
        help="responses by a program with slips, or by the base model",
    )  # fmt: skip
    parser.add_argument(
        "--error-share", type=float, default=0.5, help="share of wrong made responses (0.5)"
    )
    parser.add_argument(
        "--teacher-error", type=float, default=0.0, help="share of wrong verdicts (0)"
    )
    parser.add_argument("--rows", type=int, metavar="N", help="different problems (default: all)")
    parser.add_argument("--push", action="store_true", help="send every run to a board")
    parser.add_argument("--server", metavar="URL", help="the board (or CFT_EVAL_SERVER)")
    parser.add_argument("--token", help="its token (or CFT_EVAL_TOKEN)")


def run(args: argparse.Namespace) -> int:
    import json

    from cft_eval.cli._sources import run_outcomes
    from cft_eval.errors import CftError
    from cft_eval.lab import experiment
    from cft_eval.lab.presets import PRESETS
    from cft_eval.lab.report import compared, table
    from cft_eval.lab.world import World

    for name in ("error_share", "teacher_error"):
        if not 0 <= getattr(args, name) <= 1:
            raise CftError(f"--{name.replace('_', '-')}: {getattr(args, name)} is not in [0, 1]")
    experiment.check_packages()
    given = {"seeds": args.seeds, "arm_tokens": args.tokens}
    for name, value in given.items():
        if value is not None and value < 1:
            raise CftError(f"--{name.removeprefix('arm_')}: {value} must be 1 or more")
    preset = replace(PRESETS[args.preset], **{k: v for k, v in given.items() if v is not None})
    lab = experiment.Lab(
        folder=args.out,
        preset=preset,
        world=World(args.error_share, args.teacher_error, args.rows),
        noise=args.noise,
        say=lambda text: say(text, file=sys.stderr),
    )
    runs = lab.runs()
    result = table(
        {arm: [run_outcomes(str(path)) for path in paths] for arm, paths in runs.items()},
        task=experiment.TASK,
    )
    judged = lab.verdicts()
    critiques = compared({arm: [each.right for each in seeds] for arm, seeds in judged.items()})
    silent = {arm: sum(each.silent for each in seeds) / len(seeds) for arm, seeds in judged.items()}
    facts = {**result.as_dict(), "verdicts": {**critiques.as_dict(), "silent": silent}}
    (args.out / "result.json").write_text(json.dumps(facts, indent=1) + "\n")
    say("problems solved\n" + "\n".join(result.report()))
    say("\nverdicts on held-out noisy solutions\n" + "\n".join(critiques.report()))
    say("no verdict: " + ", ".join(f"{arm} {share:.0%}" for arm, share in silent.items()))
    if args.push:
        _push(runs, args)
    return 0


def _push(runs: dict[str, list[Path]], args: argparse.Namespace) -> None:
    from cft_eval.cli import main

    for arm, paths in runs.items():
        for path in paths:
            method = {"base": "base", "cft": "cft"}.get(arm, "sft")
            command = ["push", str(path), "--yes", "--model-name", f"lab-{path.name}"]
            command += ["--method", method, "--base-model", "lab-base", "--tag", f"lab:{arm}"]
            command += ["--server", args.server] if args.server else []
            command += ["--token", args.token] if args.token else []
            main(command)
