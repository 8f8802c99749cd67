"""The size of a run, against arithmetic done by hand. No torch."""

from typing import Any

import pytest

from cft_eval.training.measure import Size, ceiling, flop

TINY = Size(1000, 2, 8, 8, 10)  # of which two tables are 160

WORK: list[tuple[Size, list[tuple[int, int]], int]] = [
    # All weights: 6 a parameter and token, the head for learnt tokens alone.
    (TINY, [(10, 4)], 6 * 840 * 10 + 6 * 80 * 4 + 6 * 2 * 8 * 100),
    (TINY, [(10, 4), (10, 4)], 2 * (6 * 840 * 10 + 6 * 80 * 4 + 6 * 2 * 8 * 100)),
    # Half the attention of twice the length is twice as much.
    (TINY, [(20, 4)], 6 * 840 * 20 + 6 * 80 * 4 + 6 * 2 * 8 * 400),
    (TINY._replace(tied=True), [(10, 4)], 6 * 920 * 10 + 6 * 80 * 4 + 6 * 2 * 8 * 100),
    # Adapters: frozen weights pass gradients on and get none.
    (
        TINY._replace(adapters=50),
        [(10, 4)],
        4 * 840 * 10 + 6 * 50 * 10 + 4 * 80 * 4 + 6 * 2 * 8 * 100,
    ),
]


@pytest.mark.parametrize(("size", "examples", "work"), WORK)
def test_work_is_counted(size: Size, examples: list[tuple[int, int]], work: int) -> None:
    assert flop(size, examples) == work


CEILINGS = [
    ("NVIDIA H100 80GB HBM3", 989e12),
    ("NVIDIA H100 PCIe", 756e12),
    ("NVIDIA H200", 989e12),
    ("NVIDIA A100-SXM4-80GB", 312e12),
    ("Tesla T4", None),
    ("", None),
]


@pytest.mark.parametrize(("name", "peak"), CEILINGS)
def test_a_device_is_known_by_its_name(name: str, peak: float | None) -> None:
    assert ceiling(name) == peak


@pytest.mark.filterwarnings("ignore")
def test_a_size_is_read_off_a_model() -> None:
    pytest.importorskip("torch", reason="needs the train extra")
    from cft_eval.training.measure import size_of
    from tests.training import tiny_run

    model: Any = tiny_run.model(tied=False)
    size = size_of(model, lora_rank=4)
    table = 32 * len(tiny_run.tokenizer())
    assert size.body == sum(w.numel() for w in model.parameters()) - 2 * table
    peft = pytest.importorskip("peft")
    # peft asks transformers by an old name.
    config = peft.LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM")
    with_adapters = peft.get_peft_model(model, config)
    trained = sum(w.numel() for w in with_adapters.parameters() if w.requires_grad)
    assert size.trained == trained
