"""`python -m cft_eval.cli`: the command line where no script was installed."""

import sys

from cft_eval.cli import main

sys.exit(main())
