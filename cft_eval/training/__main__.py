"""`python -m cft_eval.training`: `cft-eval train`, in the form that accelerate launches."""

import sys

from cft_eval.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
