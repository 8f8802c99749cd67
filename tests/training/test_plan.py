"""The plan of a run, against arithmetic done by hand. No torch."""

import pytest

from cft_eval.training.hardware import Size, ceiling, flop
from cft_eval.training.plan import GIB, plan
from cft_eval.training.progress import Meter, loss_plot
from cft_eval.training.schedule import Shape
from cft_eval.training.settings import TrainingSettings

# Qwen2.5-7B: 7.62e9 parameters, 28 layers of 3584, 152,064 words in a table that is not tied.
SEVEN = Size(7_615_616_512, 152_064 * 3584, 28, 3584, 3584, 152_064)


def test_the_papers_run_on_eight_cards() -> None:
    made = plan(
        TrainingSettings(),
        SEVEN,
        lengths=[1300] * 50_000,
        learnt=[700] * 50_000,
        shape=Shape(512, 8, 8, pack=True, flat=True),
        checkpointing=True,
    )
    assert (made.steps, made.warmup, made.tokens, made.learnt) == (98, 10, 65_000_000, 35_000_000)
    assert made.padding == 0
    assert made.checkpoints == 10
    # 16 bytes x 7.6e9 / 8
    assert made.memory.states / GIB == pytest.approx(14.2, abs=0.1)
    # 6 x 7.07e9 for a token, and 6 x 28 x 3584 x 1300 for its attention
    a_token = 6 * 7.070619136e9 + 6 * 28 * 3584 * 1300
    assert made.flops == pytest.approx(65e6 * a_token)
    assert "h at 40% of 989 TFLOP/s a device" in "\n".join(made.report(peak=ceiling("NVIDIA H100")))


def test_work_grows_with_the_square_of_an_example() -> None:
    size = Size(100, 0, 2, 8, 8, 10)
    assert flop(size, [10]) == 6 * 100 * 10 + 6 * 2 * 8 * 100
    assert flop(size, [10, 10]) == 2 * flop(size, [10])


CEILINGS = [
    ("NVIDIA H100 80GB HBM3", 989e12),
    ("NVIDIA H100 PCIe", 756e12),
    ("NVIDIA H200", 989e12),
    ("NVIDIA A100-SXM4-80GB", 312e12),
    ("Tesla T4", None),
]


@pytest.mark.parametrize(("name", "peak"), CEILINGS)
def test_a_device_is_known_by_its_name(name: str, peak: float | None) -> None:
    assert ceiling(name) == peak


def test_readings_tell_speed_and_what_is_left() -> None:
    now = iter([0.0, 10.0, 12.0, 16.0])
    meter = Meter([100, 200, 300], [50, 60, 70], [1e3, 2e3, 3e3], peak=1e3, clock=lambda: next(now))
    meter.start()
    first = meter.read(1, loss=1.5, learning_rate=1e-3, grad_norm=0.5)
    assert (first.tokens_per_second, first.mfu, first.seconds_left) == (50.0, 0.5, 10.0)
    second = meter.read(2, loss=1.5, learning_rate=1e-3, grad_norm=None)
    assert (second.learnt, second.tokens_per_second, second.mfu) == (60, 50.0, 0.5)
    assert second.words() == "loss 1.5000, 50 tokens/s, MFU 50.0%, 0:06 left"


def test_the_plot_is_drawn_of_one_step_too() -> None:
    assert loss_plot([(1, 2.0)]).count("<polyline") == 2
    assert "2 to 1" in loss_plot([(1, 2.0), (2, 1.0)])
