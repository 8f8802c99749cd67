"""What a training takes, against arithmetic done by hand. No torch."""

from typing import Any

import pytest

from cft_eval.reproduce.budget import GIB, memory, plan
from cft_eval.training.encode import IGNORE, Example
from cft_eval.training.measure import Size, ceiling
from cft_eval.training.settings import TrainingSettings

# Qwen2.5-7B: 7.62e9 parameters, 28 layers of 3584, 152,064 words in two tables.
SEVEN = Size(7_615_616_512, 28, 3584, 3584, 152_064)
BODY, HEAD = 7_615_616_512 - 2 * 152_064 * 3584, 152_064 * 3584


TINY = Size(1000, 2, 8, 8, 10)


def rows(count: int, *, tokens: int, learnt: int) -> list[Example]:
    return [Example([1] * tokens, [IGNORE] * (tokens - learnt) + [1] * learnt)] * count


def test_the_papers_run_on_eight_cards() -> None:
    settings = TrainingSettings(attention="flash_attention_2")
    lines = plan(
        settings, SEVEN, rows(50_000, tokens=1300, learnt=700), devices=8, peak=ceiling("H100")
    )
    work = 50_000 * (6 * BODY * 1300 + 6 * HEAD * 700 + 6 * 28 * 3584 * 1300**2)
    assert lines == [
        "model: 7,615,616,512 parameters, 7,615,616,512 trained",
        "steps: 98 (10 of warm-up) of 512 examples = 8 devices x 8 micro-batches",
        "tokens: 65,000,000 in 50,000 examples, 35,000,000 learnt (54%), padding 0.0%",
        f"work: {work:.3g} FLOP, {work / (8 * 0.4 * 989e12) / 3600:.2f} h at 40% of 989 TFLOP/s a "
        "device",
        # 16 bytes x 7.6e9 / 8; 4 bytes x 7.6e9 / 28; 10,400 tokens x (56 + 34) x 3584; 12 x 1024
        # x 152,064
        "memory of a device: about 20.1 GiB = 14.2 weights, gradients and moments in fp32 + 1.0 "
        "bf16 copies + 3.1 activations of 10,400 tokens (recomputed) + 1.7 logits",
        "disk: 10 checkpoints x 30.5 GB, and 60.9 GB to resume from the newest",
    ]


def test_adapters_need_no_moments_of_the_frozen_weights() -> None:
    states, *_ = memory(
        SEVEN._replace(adapters=40_000_000), tokens=1, devices=1, recomputed=True, chunk=1
    )
    assert states / GIB == pytest.approx((4 * (7_615_616_512) + 16 * 40e6) / GIB, rel=0.01)


WARM_UPS: list[tuple[dict[str, Any], str]] = [
    ({"max_steps": 1}, "all of 1 steps are warm-up, so the only step has rate 0 and changes no"),
    ({"max_steps": 5, "warmup_steps": 5}, "all of 5 steps are warm-up, so the rate never reaches"),
    ({"max_steps": 1, "warmup_steps": 0}, ""),
    ({"max_steps": 2}, ""),
]


@pytest.mark.parametrize(("values", "warning"), WARM_UPS)
def test_a_warm_up_that_is_the_whole_run_is_said(values: dict[str, Any], warning: str) -> None:
    lines = plan(TrainingSettings(**values), TINY, rows(8, tokens=10, learnt=4), devices=1)
    assert [warning in line for line in lines if line.startswith("warning")] == [True] * bool(
        warning
    )
