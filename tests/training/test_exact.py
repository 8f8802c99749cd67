"""The numbers of training against computations of our own: no number here comes from the code
under test, but for the golden losses, which hold it still."""

import math
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'cft-eval[train]'")
transformers = pytest.importorskip("transformers", reason="needs the train extra")

from cft_eval.dataset.rows import Lesson, Method, lesson  # noqa: E402
from cft_eval.dataset.texts import SYSTEM  # noqa: E402
from cft_eval.training.attention import choose  # noqa: E402
from cft_eval.training.chat import chat_of  # noqa: E402
from cft_eval.training.encode import IGNORE, Truncation, encode  # noqa: E402
from cft_eval.training.loss import Leak, check_packing, chunk_loss  # noqa: E402
from cft_eval.training.run import train  # noqa: E402
from cft_eval.training.schedule import tensors  # noqa: E402
from tests.training import tiny_run  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def unpacked(model: Any, examples: list[Any]) -> tuple[float, dict[str, Any]]:
    """Loss and gradients by plain forwards, one example at a time, in the model's precision."""
    total = torch.zeros((), dtype=next(model.parameters()).dtype)
    count = sum(example.learnt for example in examples)
    for example in examples:
        logits = model(input_ids=torch.tensor([example.input_ids])).logits[0]
        logs = torch.log_softmax(logits, dim=-1)
        for place, label in enumerate(example.labels):
            if label != IGNORE:
                total = total - logs[place - 1, label]
    loss = total / count
    model.zero_grad()
    loss.backward()
    return float(loss), {name: w.grad.clone() for name, w in model.named_parameters()}


LINES = {
    "one line": [[0, 1, 2, 3, 4, 5]],
    "two lines, one padded": [[5, 0, 1], [2, 3, 4]],
    "a line each": [[0], [1], [2], [3], [4], [5]],
}


@pytest.mark.parametrize("attention", ["documents", "sdpa", "eager"])
@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_packed_loss_and_gradients_equal_the_unpacked_ones(
    lines: list[list[int]], attention: str
) -> None:
    examples = tiny_run.encoded(count=6).examples
    model = tiny_run.model()
    loss, gradients = unpacked(model, examples)
    choose(model, tiny_run.settings(attention=attention), [len(each) for each in examples])
    if attention != "documents":
        model.set_attn_implementation(attention)
    assert chunk_loss(model, chunk=16)
    model.zero_grad()
    packed = model(**tensors(lines, examples)).loss
    packed.backward()
    assert float(packed) == pytest.approx(loss, abs=1e-5)
    for name, weights in model.named_parameters():
        scale = float(gradients[name].abs().max())
        assert float((weights.grad - gradients[name]).abs().max()) < 1e-4 * scale, name


def test_without_borders_the_loss_would_be_another() -> None:
    """The test above can fail: what it compares does depend on the borders."""
    examples = tiny_run.encoded(count=6).examples
    model = tiny_run.model()
    # Sharpen the attention of the random model, which else looks everywhere alike.
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(3.0)
    loss, _ = unpacked(model, examples)
    chunk_loss(model, chunk=16)
    batch = tensors(LINES["one line"], examples)
    assert float(model(**batch).loss) == pytest.approx(loss, rel=1e-4)
    batch["position_ids"] = torch.arange(batch["input_ids"].shape[1])[None]
    assert abs(float(model(**batch).loss) - loss) > 1e-3


def test_a_model_that_ignores_borders_is_found() -> None:
    examples = tiny_run.encoded(count=2).examples
    ids = [examples[0].input_ids, examples[1].input_ids]
    model = tiny_run.model()
    check_packing(model, *ids)
    original = model.model.forward

    def deaf(position_ids: Any = None, **kwargs: Any) -> Any:
        return original(**kwargs)

    model.model.forward = deaf
    with pytest.raises(Leak, match=r"attend to one another in this model .* packing: false"):
        check_packing(model, *ids)


def test_an_empty_micro_batch_costs_nothing() -> None:
    model = tiny_run.model()
    chunk_loss(model, chunk=16)
    loss = model(**tensors([], []), num_items_in_batch=torch.tensor(5)).loss
    loss.backward()
    assert float(loss) == 0.0
    assert all(not w.grad.any() for w in model.parameters() if w.grad is not None)


def llama_factory(
    tokenizer: Any, given: Lesson, cutoff: int, *, after: str
) -> tuple[list[int], list[int]]:
    """LLaMA-Factory's supervised rule as its reader describes it, written from that description.

    ChatML by hand; the source is cut where twice the target is below the cutoff, the target where
    twice the source is, both in proportion otherwise; the loss is on the target and its end.
    ``after``: what its template writes after the end token.
    """
    system, user = (message["content"] for message in given.prompt)
    source = tokenizer.encode(
        f"<|im_start|>system\n{system}<|im_end|>\n"
        f"<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"
    )
    target = tokenizer.encode(f"{given.target}<|im_end|>{after}")
    if 2 * len(target) < cutoff:
        most = cutoff
    elif 2 * len(source) < cutoff:
        most = cutoff - len(source)
    else:
        most = int(cutoff * (len(target) / (len(source) + len(target))))
    target_length = min(most, len(target))
    source = source[: max(cutoff - target_length, 0)]
    target = target[:target_length]
    return source + target, [IGNORE] * len(source) + target


@pytest.mark.parametrize("cutoff", [512, 150, 100, 60, 40])
@pytest.mark.parametrize("method", list(Method))
def test_labels_equal_llama_factorys(method: Method, cutoff: int) -> None:
    tokenizer = tiny_run.tokenizer()
    chat = chat_of(tokenizer)
    for row in tiny_run.rows():
        given = lesson(row, method, system=SYSTEM)
        example, _ = encode(given, chat, max_length=cutoff, truncation=Truncation.PROPORTIONAL)
        assert example is not None
        assert (example.input_ids, example.labels) == llama_factory(
            tokenizer, given, cutoff, after=""
        )


@pytest.mark.parametrize("method", list(Method))
def test_the_line_end_after_the_end_token_is_all_that_llama_factory_learns_more(
    method: Method,
) -> None:
    """Nothing is generated after the end token: it is left out here."""
    tokenizer = tiny_run.tokenizer()
    line_end = tokenizer.encode("\n")
    rows, ours = tiny_run.rows(), tiny_run.encoded(method).examples
    for row, example in zip(rows, ours, strict=True):
        given = lesson(row, method, system=SYSTEM)
        ids, labels = llama_factory(tokenizer, given, 512, after="\n")
        assert (example.input_ids + line_end, example.labels + line_end) == (ids, labels)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("method", list(Method))
def test_labels_equal_trls_completion_mask(method: Method) -> None:
    trl = pytest.importorskip("trl", reason="compared with trl where it is installed")
    datasets = pytest.importorskip("datasets")
    rows = tiny_run.rows(8)
    lessons = [lesson(row, method, system=SYSTEM) for row in rows]
    data = datasets.Dataset.from_list(
        [
            {
                "prompt": given.prompt,
                "completion": [{"role": "assistant", "content": given.target}],
            }
            for given in lessons
        ]
    )
    args = trl.SFTConfig(
        output_dir="unused",
        use_cpu=True,
        bf16=False,
        max_length=None,
        report_to=[],
    )
    trainer = trl.SFTTrainer(
        model=tiny_run.model(),
        args=args,
        train_dataset=data,
        processing_class=tiny_run.tokenizer(),
    )
    ours = tiny_run.encoded(method, 8).examples
    line_end = tiny_run.tokenizer().encode("\n")
    for row, example in zip(trainer.train_dataset, ours, strict=True):
        # TRL learns the template's line end after the end token too.
        assert row["input_ids"] == example.input_ids + line_end
        assert row["labels"] == example.labels + line_end


def hand_made_steps(model: Any, examples: list[Any], *, steps: int, rate: float) -> list[float]:
    """AdamW with clipping and a cosine, written out, in float64, on all examples at a time."""
    model = model.double()
    moments = {
        name: (torch.zeros_like(w), torch.zeros_like(w)) for name, w in model.named_parameters()
    }
    losses = []
    for step in range(1, steps + 1):
        loss, gradients = unpacked(model, examples)
        losses.append(loss)
        norm = math.sqrt(sum(float((g**2).sum()) for g in gradients.values()))
        clip = min(1.0, 1.0 / (norm + 1e-6))
        lr = rate * 0.5 * (1 + math.cos(math.pi * (step - 1) / steps))
        with torch.no_grad():
            for name, weights in model.named_parameters():
                first, second = moments[name]
                gradient = gradients[name] * clip
                first.mul_(0.9).add_(0.1 * gradient)
                second.mul_(0.999).add_(0.001 * gradient**2)
                up, down = first / (1 - 0.9**step), second / (1 - 0.999**step)
                # No decay on vectors, and none at all here: the recipe's is 0.
                weights -= lr * up / (down.sqrt() + 1e-8)
    return losses


def test_steps_equal_a_hand_written_loop_in_float64(tmp_path: Path) -> None:
    examples = tiny_run.encoded(count=8).examples
    expected_model = tiny_run.model()
    # At a rate of 1e-3 a step by Adam moves a weight by 1e-3: 1e-5 is what fp32 leaves of it.
    expected = hand_made_steps(expected_model, examples, steps=3, rate=1e-3)
    model = tiny_run.model()
    readings = train(
        model,
        tiny_run.tokenizer(),
        examples,
        tiny_run.settings(max_steps=3, batch_size=8, micro_batch_size=3, learning_rate=1e-3),
        output=tmp_path,
    )
    assert [reading.loss for reading in readings] == pytest.approx(expected, abs=1e-5)
    off = {
        name: float((weights.double() - expected_model.get_parameter(name)).abs().max())
        for name, weights in model.named_parameters()
    }
    # Where a gradient is nothing but rounding, Adam steps by its sign: such weights are few.
    assert max(off.values()) < 3e-3
    far = sum(
        int(((w.double() - expected_model.get_parameter(name)).abs() > 1e-5).sum())
        for name, w in model.named_parameters()
    )
    assert far < 0.002 * sum(w.numel() for w in model.parameters())


GOLDEN = [5.80948, 5.47273, 5.14208, 4.92972]
"""Losses of the first steps; a change of these is a change of what is trained."""


@pytest.mark.parametrize(
    ("packing", "attention"), [(True, "documents"), (True, "sdpa"), (False, "sdpa")]
)
def test_golden_losses(tmp_path: Path, packing: bool, attention: str) -> None:
    readings = train(
        tiny_run.model(),
        tiny_run.tokenizer(),
        tiny_run.encoded().examples,
        tiny_run.settings(packing=packing, attention=attention),
        output=tmp_path,
    )
    assert [reading.loss for reading in readings] == pytest.approx(GOLDEN, abs=2e-4)
