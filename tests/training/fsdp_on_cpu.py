"""`cft-eval train` under FSDP2 on processors: what `accelerate launch` starts in the test.

accelerate shards models on accelerators alone, though torch does so with gloo as well. Told that
these processes are another kind of device, it takes the same road as on GPUs. ``DIE_AFTER`` names a
step after which the process is gone, as if it was killed.
"""

import os
import sys
from typing import Any

from accelerate import state
from accelerate.utils import DistributedType

from cft_eval.cli import main
from cft_eval.training import health

start = state.PartialState.__init__
largest = health.largest_weight
steps: list[str] = []


def as_accelerators(self: Any, *args: Any, **kwargs: Any) -> None:
    fresh = not self.initialized
    start(self, *args, **kwargs)
    if fresh and self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type = DistributedType.MULTI_XPU


def counted(model: Any) -> float:
    """Called after each step."""
    share = next(iter(model.parameters()))
    sys.stderr.write(f"held: {type(share).__name__} {tuple(share.to_local().shape)}\n")
    sys.stderr.write(f"computed: {model._get_fsdp_state()._mp_policy}\n")
    steps.append("")
    if len(steps) == int(os.environ.get("DIE_AFTER", 0)):
        os._exit(9)
    return largest(model)


state.PartialState.__init__ = as_accelerators
health.largest_weight = counted
if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
