"""Load test sets once, where there is a network; they stay in the Hugging Face cache (HF_HOME).

    python -m cft_eval.testsets.download [NAME …]

Without names, the six of the suite. `hf download` is not enough: `datasets` reads its own cache
when it is offline.
"""

import sys

from cft_eval.errors import CftError
from cft_eval.testsets.benchmarks import SUITE
from cft_eval.testsets.load import load


def main(names: list[str]) -> int:
    for name in names or SUITE:
        try:
            items = load(name)
        except CftError as error:
            sys.stderr.write(f"download: {error}\n")
            return error.exit_code
        sys.stdout.write(f"{name}: {len(items)} items, as published\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
