"""`cft-eval train`: fine-tune a model on critiques (CFT) or on responses (SFT)."""

import argparse
import os
import sys
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cft_eval.cli._config import PRESETS, read_settings, started_from
from cft_eval.cli._say import say
from cft_eval.cli.train_merge import configure_hub
from cft_eval.errors import CftError
from cft_eval.training.settings import TrainingSettings, kind_of, settings_of

EPILOG = """
Every option is also a key of --config FILE.yaml (with _ for -); an option overrides the file.
The defaults are the paper's: full fine-tuning, 512 examples a step, 5e-6 with a cosine, 1 epoch.

examples:
  cft-eval train --method cft --model Qwen/Qwen2.5-Math-7B --data webinstruct-cft-50k \\
      --output out --dry-run --devices 8 --gpu H100
  cft-eval train --config run.yaml --output out
  cft-eval train --config run.yaml --output out --resume
  cft-eval train --preset one-shot-cft --model Qwen/Qwen2.5-Math-7B --output out
  cft-eval train --model sft-out --data webinstruct-cft-50k --output cft-out   # a second stage
  cft-eval train watch out --tasks cft_math500
  cft-eval train merge out/step-98 -o merged
  accelerate launch --config_file "$(cft-eval train --accelerate-config fsdp2)" \\
      -m cft_eval.training --config run.yaml --output out
"""
SUBCOMMANDS = {
    "merge": "merge adapters and their base into one model",
    "watch": "evaluate each checkpoint as it appears, and draw the curve",
}
"""Each is the module `train_NAME`."""

SWITCHES = {"--dry-run", "--public", "--once", "--fresh", "-h", "--help"} | {
    flag
    for key in fields(TrainingSettings)
    if kind_of(key).startswith("bool")
    for flag in (f"--{key.name}".replace("_", "-"), f"--no-{key.name}".replace("_", "-"))
}
"""Options without a value: the word behind any other one is its value, and no subcommand."""

CONFIGS = Path(__file__).parent.parent / "training" / "configs"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.allow_abbrev = False
    parser.add_argument("--config", type=Path, metavar="FILE", help="YAML file with the keys below")
    parser.add_argument("--preset", choices=list(PRESETS), help="keys of a published recipe")
    parser.add_argument("--dry-run", action="store_true", help="print the plan; train nothing")
    parser.add_argument(
        "--devices", type=int, default=1, metavar="N", help="for the dry run's plan"
    )
    parser.add_argument("--gpu", metavar="NAME", help="for the dry run's plan: H100, A100 …")
    parser.add_argument(
        "--accelerate-config",
        choices=["fsdp2", "fsdp2-nodes", "zero3"],
        help="print the path of this configuration for `accelerate launch`",
    )
    configure_hub(parser)
    for key in fields(TrainingSettings):
        flag = "--" + key.name.replace("_", "-")
        text = key.metadata["help"] + ("" if key.default in ("", None) else f" ({key.default})")
        kind = kind_of(key)
        options: dict[str, Any] = {"dest": key.name, "default": None, "help": text}
        if kind.startswith("bool"):
            options["action"] = argparse.BooleanOptionalAction
        else:
            options["type"] = {"int": int, "float": float}.get(kind.split(" ")[0], str)
            options["choices"] = key.metadata.get("choices")
            options["metavar"] = None if options["choices"] else "X"
        parser.add_argument(flag, **options)


def run(args: argparse.Namespace) -> int:
    if args.accelerate_config:
        say(CONFIGS / f"{args.accelerate_config}.yaml")
        return 0
    values = dict(PRESETS[args.preset]) if args.preset else {}
    values |= read_settings(args.config) if args.config else {}
    typed = {key.name: getattr(args, key.name) for key in fields(TrainingSettings)}
    values |= {name: value for name, value in typed.items() if value is not None}
    settings = settings_of(values | started_from(values), where="options")
    if not settings.data:
        raise CftError("data: not given; --data or a line in the config file")
    from cft_eval.dataset.mixture import rows_of
    from cft_eval.training import run as training

    rows = rows_of(settings.data, limit=settings.limit)
    if args.dry_run:
        if args.devices < 1:
            raise CftError(f"--devices: {args.devices} must be 1 or more")
        from cft_eval.reproduce.budget import dry_run

        peak = _peak(args.gpu) if args.gpu else None
        say("\n".join(dry_run(settings, rows, devices=args.devices, peak=peak)))
        return 0
    first = os.environ.get("RANK", "0") == "0"  # of several processes, one speaks
    readings = training.run(settings, rows, say=lambda text: _say(text) if first else None)
    if readings and first:
        last = f"{settings.output}/step-{readings[-1].step}"
        say(f"{last}: loss {readings[-1].loss:.4f}")
        if args.push_to_hub:
            from cft_eval.hub import push

            say(push(Path(last), args.push_to_hub, public=args.public))
    return 0


def _peak(name: str) -> float:
    from cft_eval.training.measure import CEILINGS, ceiling

    peak = ceiling(name)
    if peak is None:
        near = get_close_matches(name.upper(), CEILINGS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise CftError(f"--gpu: {name!r} is not known; {hint}(known: {', '.join(CEILINGS)})")
    return peak


def _say(text: str) -> None:
    say(text, file=sys.stderr)
