"""Take evaluations from a board, do each with lm-eval in processes of its own, push the run.

    claim ──> weights at hand ──> `cft-eval run` ──> `cft-eval push` ──> finish
                └────── a pulse: lease renewed, log passed on, cancellation heard ──────┘

The package knows the board's API and two commands; it loads no model itself. Several machines are
Ray's or Slurm's business: with Ray each evaluation is one task that asks for its GPUs.
"""

from cft_eval.worker.engines import work_here, work_on_ray
from cft_eval.worker.host import Host

__all__ = ["Host", "work_here", "work_on_ray"]
