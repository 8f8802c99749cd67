"""`cft-eval train merge`: adapters put into their base, as one model that every tool reads."""

import argparse
from pathlib import Path

from cft_eval.cli._say import say

EPILOG = """
The merged model stops where the adapters were taught to: its generation config, tokenizer and chat
template are those beside them.

examples:
  cft-eval train merge out/step-98 -o merged
  cft-eval train merge out/step-98 -o merged --push-to-hub OWNER/NAME     # needs HF_TOKEN
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "adapters", type=Path, metavar="ADAPTER", help="adapters, or a training's folder"
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="a new folder")
    parser.add_argument("--base", metavar="MODEL", help="their base, if it has moved")
    configure_hub(parser)


def configure_hub(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--push-to-hub", metavar="OWNER/NAME", help="upload the model, privately")
    parser.add_argument("--public", action="store_true", help="make it public")


def run(args: argparse.Namespace) -> int:
    from cft_eval.adapters import merge
    from cft_eval.hub import push
    from cft_eval.training.health import checkpoints

    # As `train --model` does: of a training's own folder, its newest checkpoint.
    adapters = next(reversed(checkpoints(args.adapters)), args.adapters)
    merge(adapters, args.out, base=args.base)
    say(f"{args.out}: the model with {adapters} in it")
    if args.push_to_hub:
        say(push(args.out, args.push_to_hub, public=args.public))
    return 0
