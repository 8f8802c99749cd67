"""How large the lab is: on a CPU in minutes, on one large GPU in twenty. No torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """Sizes of one lab."""

    hidden: int
    layers: int
    base_steps: int
    base_rate: float
    batch: int
    arm_tokens: int
    """Tokens that each arm trains on, prompts included; equal for all."""

    arm_rate: float
    seeds: int
    eval_batch: int


PRESETS = {
    "cpu": Preset(
        hidden=128, layers=3, base_steps=190, base_rate=3e-3, batch=64,
        arm_tokens=150_000, arm_rate=1e-3, seeds=3, eval_batch=200,
    ),
    "gpu": Preset(
        hidden=512, layers=8, base_steps=400, base_rate=1e-3, batch=256,
        arm_tokens=4_000_000, arm_rate=3e-4, seeds=5, eval_batch=200,
    ),
    # The base model of `cft-eval reproduce --preset tiny`.
    "reproduce": Preset(
        hidden=64, layers=2, base_steps=120, base_rate=3e-3, batch=64,
        arm_tokens=6_000, arm_rate=1e-3, seeds=3, eval_batch=200,
    ),
    # For the tests: every stage, no result.
    "smoke": Preset(
        hidden=32, layers=1, base_steps=4, base_rate=3e-3, batch=16,
        arm_tokens=6_000, arm_rate=1e-3, seeds=2, eval_batch=200,
    ),
}  # fmt: skip
