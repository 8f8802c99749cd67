"""Load test sets once, where there is a network; they stay in the Hugging Face cache (HF_HOME).

    python -m cft_eval.testsets.download [NAME …]

Without names, the six of the suite. `hf download` is not enough: `datasets` reads its own cache
when it is offline.
"""

import argparse
import sys

from cft_eval.errors import CftError
from cft_eval.testsets.benchmarks import BENCHMARKS, SUITE
from cft_eval.testsets.load import load


def main(arguments: list[str]) -> int:
    for name in _parser().parse_args(arguments).names or SUITE:
        try:
            items = load(name)
        except CftError as error:
            sys.stderr.write(f"download: {error}\n")
            return error.exit_code
        sys.stdout.write(f"{name}: {len(items)} items, as published\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cft_eval.testsets.download",
        description="Load test sets once, where there is a network, and prove that they are what "
        "was published. They stay in the Hugging Face cache (HF_HOME). Where CFT_EVAL_DATA is set, "
        "they are read from that folder, and nothing is loaded: unset it first.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME",
        help=f"one of: {', '.join(sorted(BENCHMARKS))} (default: the suite, {', '.join(SUITE)})",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
