"""Which examples make up a step, and how they lie. No torch."""

from hypothesis import given
from hypothesis import strategies as st

from cft_eval.reproduce.budget import padding
from cft_eval.training.schedule import Shape, accumulation_for, balance, pack, schedule

SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=60)


@given(
    lengths=SIZES,
    batch=st.integers(1, 20),
    devices=st.integers(1, 4),
    accumulation=st.integers(1, 4),
    packed=st.booleans(),
)
def test_an_epoch_has_every_example_once_in_steps_of_the_batch(
    lengths: list[int], batch: int, devices: int, accumulation: int, packed: bool
) -> None:
    shape = Shape(batch, devices, accumulation, pack=packed)
    steps = schedule(lengths, shape, seed=1)
    chosen = [sorted(i for micro in step for line in micro for i in line) for step in steps]
    assert sorted(i for step in chosen for i in step) == list(range(len(lengths)))
    assert [len(step) for step in chosen[:-1]] == [batch] * (len(steps) - 1)
    assert all(len(step) == devices * accumulation for step in steps)


def test_a_step_has_the_same_examples_on_every_machine() -> None:
    lengths = [3 * i % 17 + 1 for i in range(50)]
    shapes = [
        Shape(8, 1, 8, pack=True),
        Shape(8, 4, 1, pack=True, flat=True),
        Shape(8, 2, 2, pack=False),
    ]
    chosen = [
        [
            {i for micro in step for line in micro for i in line}
            for step in schedule(lengths, shape, seed=7, max_steps=15)
        ]
        for shape in shapes
    ]
    assert chosen[0] == chosen[1] == chosen[2]
    # The second epoch has an order of its own.
    assert chosen[0][0] != chosen[0][7]


def test_the_papers_steps() -> None:
    shape = Shape(512, 8, accumulation_for(batch=512, micro_batch=8, devices=8), pack=True)
    assert len(schedule([100] * 50_000, shape, seed=42)) == 98
    assert len(schedule([100] * 4_000, shape, seed=42)) == 8


@given(lengths=SIZES)
def test_lines_hold_every_example_and_are_not_much_longer_than_one(lengths: list[int]) -> None:
    lines = pack(range(len(lengths)), lengths)
    assert sorted(i for line in lines for i in line) == list(range(len(lengths)))
    assert all(lines)
    assert max(sum(lengths[i] for i in line) for line in lines) <= 3 * max(lengths)


@given(lengths=SIZES, parts=st.integers(1, 8))
def test_parts_differ_by_an_example_at_most(lengths: list[int], parts: int) -> None:
    totals = [
        sum(lengths[i] for i in part) for part in balance(range(len(lengths)), lengths, parts)
    ]
    assert max(totals) - min(totals) <= max(lengths)


def test_packing_leaves_little_padding() -> None:
    lengths = [20 + 7 * i % 113 for i in range(512)]
    padded = schedule(lengths, Shape(64, 1, 8, pack=False), seed=0)
    packed = schedule(lengths, Shape(64, 1, 8, pack=True), seed=0)
    flat = schedule(lengths, Shape(64, 1, 8, pack=True, flat=True), seed=0)
    assert padding(padded, lengths) > 0.3
    assert padding(packed, lengths) < 0.1
    assert padding(flat, lengths) == 0
