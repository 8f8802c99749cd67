"""The recipe on a real, very small model."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'cft-eval[train]'")
transformers = pytest.importorskip("transformers", reason="needs the train extra")

from cft_eval.dataset.rows import Method  # noqa: E402
from cft_eval.errors import CftError  # noqa: E402
from cft_eval.training.encode import IGNORE, Example  # noqa: E402
from cft_eval.training.health import (  # noqa: E402
    SaveFailed,
    TrainingFailed,
    checkpoints,
)
from cft_eval.training.run import train  # noqa: E402
from tests.training import tiny_run  # noqa: E402

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",
    "ignore::UserWarning",
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning",  # peft asks by the old name
)


def losses(output: Path, **values: Any) -> list[float]:
    readings = train(
        tiny_run.model(),
        tiny_run.tokenizer(),
        tiny_run.encoded().examples,
        tiny_run.settings(**values),
        output=output,
    )
    return [reading.loss for reading in readings]


@pytest.mark.parametrize("method", list(Method))
def test_the_loss_falls_and_checkpoints_load_and_answer(tmp_path: Path, method: Method) -> None:
    encoded = tiny_run.encoded(method, 4)
    readings = train(
        tiny_run.model(),
        tiny_run.tokenizer(),
        encoded.examples[:1] * 4,
        tiny_run.settings(max_steps=80, batch_size=4, precision="bf16", save_every=40),
        output=tmp_path,
    )
    assert readings[-1].loss < readings[0].loss / 4
    assert [path.name for path in checkpoints(tmp_path)] == ["step-40", "step-80"]
    assert (tmp_path / "step-80" / "model.safetensors").is_file()
    assert not list((tmp_path / "step-40").glob("optimizer*"))  # only the newest can be resumed

    loaded = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "step-80")
    again = transformers.AutoTokenizer.from_pretrained(tmp_path / "step-80")
    example = encoded.examples[0]
    prompt = example.input_ids[: example.labels.count(IGNORE)]
    ids = torch.tensor([prompt])
    out = loaded.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=80)
    assert out[0].tolist() == example.input_ids
    assert again.decode(out[0][-1:]) == "<|im_end|>"


def test_the_log_shows_the_run(tmp_path: Path) -> None:
    found = losses(tmp_path)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["loss"] for line in log] == found
    assert [line["step"] for line in log] == [1, 2, 3, 4]
    assert all(line["tokens"] > line["learnt"] > 0 < line["seconds"] for line in log)
    assert {line["mfu"] for line in log} == {None}  # nobody knows a processor's ceiling


def test_packing_changes_neither_losses_nor_weights(tmp_path: Path) -> None:
    packed = losses(tmp_path / "a", packing=True)
    assert packed == pytest.approx(losses(tmp_path / "b", packing=False), abs=1e-5)


def test_a_step_is_the_same_however_it_is_divided(tmp_path: Path) -> None:
    """Token counts, not micro-batches, are what the loss is divided by."""
    whole = losses(tmp_path / "a", micro_batch_size=8)
    assert whole == pytest.approx(losses(tmp_path / "b", micro_batch_size=1), abs=1e-5)
    assert whole == pytest.approx(losses(tmp_path / "c", micro_batch_size=3), abs=1e-5)


def test_recomputed_activations_and_small_chunks_give_the_same(tmp_path: Path) -> None:
    plain = losses(tmp_path / "a")
    other = losses(tmp_path / "b", activation_checkpointing=True, loss_chunk=7)
    assert plain == pytest.approx(other, abs=1e-5)


def test_a_resumed_run_has_the_losses_of_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = losses(tmp_path / "whole", max_steps=6, save_every=2)

    class Kill(Exception):
        pass

    def killed(reading: Any) -> None:
        if reading.step == 5:
            raise Kill

    values = tiny_run.settings(max_steps=6, save_every=2)
    examples = tiny_run.encoded().examples
    with pytest.raises(Kill):
        train(
            tiny_run.model(),
            tiny_run.tokenizer(),
            examples,
            values,
            output=tmp_path / "killed",
            on_step=killed,
        )
    assert [path.name for path in checkpoints(tmp_path / "killed")] == ["step-2", "step-4"]
    resumed = losses(tmp_path / "killed", max_steps=6, save_every=2, resume=True)
    assert resumed == whole
    ends = [
        transformers.AutoModelForCausalLM.from_pretrained(tmp_path / name / "step-6").state_dict()
        for name in ("whole", "killed")
    ]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_more_steps_than_an_epoch_and_fewer_rows_than_micro_batches(tmp_path: Path) -> None:
    found = losses(tmp_path, max_steps=7, batch_size=20, micro_batch_size=5)
    assert len(found) == 7
    assert all(map(math.isfinite, found))


def test_adapters_alone_are_trained_and_saved(tmp_path: Path) -> None:
    pytest.importorskip("peft", reason="needs the train extra")
    found = losses(tmp_path, lora_rank=4, max_steps=8)
    assert found[-1] < found[0]
    saved = tmp_path / "step-8" / "adapter_model.safetensors"
    assert saved.stat().st_size < 200_000
    resumed = losses(tmp_path, lora_rank=4, max_steps=8, resume=True)
    assert resumed == found
    # Where answers end is the base model's affair, and stands beside the adapters.
    kept = transformers.GenerationConfig.from_pretrained(tmp_path / "step-8")
    assert kept.eos_token_id == tiny_run.model().generation_config.eos_token_id


def test_a_loss_that_is_no_number_stops_and_names_the_rows(tmp_path: Path) -> None:
    model = tiny_run.model()
    examples = list(tiny_run.encoded().examples)
    poison = tiny_run.tokenizer().encode("~", add_special_tokens=False)[0]
    # Apart from the embedding, or the output would be poisoned for every row.
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    with torch.no_grad():
        model.model.embed_tokens.weight[poison] = float("nan")
    bad = Example([poison, *examples[3].input_ids[1:]], examples[3].labels, "made: row 4")
    examples[3] = bad
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(
        TrainingFailed, match=r"the loss is nan at step \d, micro-batch \d of 2: .*made: row 4"
    ):
        train(
            model,
            tiny_run.tokenizer(),
            examples,
            tiny_run.settings(batch_size=24, micro_batch_size=12, packing=False),
            output=tmp_path,
        )
    after = model.state_dict()
    assert all(torch.equal(before[name].nan_to_num(), after[name].nan_to_num()) for name in before)


def test_weights_that_are_driven_away_are_not_saved(tmp_path: Path) -> None:
    """At such a rate the next loss may well be a number again: of nothing."""
    with pytest.raises(TrainingFailed) as caught:
        losses(tmp_path, learning_rate=1e30, warmup_ratio=0.0, batch_size=4, save_every=1)
    said = str(caught.value)
    assert said.startswith("step 1 made weights as large as 1e+30, which no model has: made: row ")
    assert said.count("made: row") == 4
    assert said.endswith(
        "; the step was not saved, no checkpoint was written before it; look at these rows, or "
        "lower learning_rate"
    )
    assert not checkpoints(tmp_path)


def test_a_gradient_that_is_no_number_stops_before_its_step(tmp_path: Path) -> None:
    model = tiny_run.model()
    weights = model.model.layers[0].mlp.up_proj.weight
    weights.register_hook(lambda gradient: gradient * float("nan"))
    before = weights.detach().clone()
    with pytest.raises(TrainingFailed, match=r"^the gradient is nan at step 1, .*made: row"):
        train(
            model,
            tiny_run.tokenizer(),
            tiny_run.encoded().examples,
            tiny_run.settings(),
            output=tmp_path,
        )
    assert torch.equal(before, weights)


def test_a_full_disk_leaves_the_last_good_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import safetensors.torch

    real = safetensors.torch.save_file
    saves: list[str] = []

    def save_file(tensors: Any, filename: Any, *args: Any, **kwargs: Any) -> None:
        saves.append(str(filename))
        if len(saves) > 1:
            Path(filename).write_bytes(b"half")
            raise OSError(28, "No space left on device")
        real(tensors, filename, *args, **kwargs)

    monkeypatch.setattr("transformers.modeling_utils.safe_save_file", save_file)
    with pytest.raises(
        SaveFailed, match=r"step 4 could not be saved .*No space left.*step-2 is whole"
    ):
        losses(tmp_path, max_steps=6, save_every=2)
    monkeypatch.undo()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["log.jsonl", "step-2"]
    transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "step-2")
    assert len(losses(tmp_path, max_steps=6, save_every=2, resume=True)) == 6


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), RuntimeError(), RuntimeError("\n")]
)
def test_a_disk_that_is_full_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def save_file(tensors: Any, filename: Any, *args: Any, **kwargs: Any) -> None:
        Path(filename).write_bytes(b"half")
        raise error

    monkeypatch.setattr("transformers.modeling_utils.safe_save_file", save_file)
    said = (
        "step 2 could not be saved .*(No space left on device|RuntimeError); "
        "no checkpoint was written before"
    )
    with pytest.raises(SaveFailed, match=said):
        losses(tmp_path, max_steps=6, save_every=2)
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


def test_what_a_killed_run_was_saving_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".saving" / "checkpoint-2").mkdir(parents=True)
    losses(tmp_path, max_steps=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl", "step-1"]


def test_the_held_out_loss_is_that_of_the_model_on_rows_it_does_not_learn(tmp_path: Path) -> None:
    examples = tiny_run.encoded().examples
    model = tiny_run.model()
    readings = train(
        model,
        tiny_run.tokenizer(),
        examples[:16],
        tiny_run.settings(max_steps=5, eval_every=2, loss_chunk=16),
        output=tmp_path,
        held_out=examples[16:],
    )
    shown = [reading.held_out is not None for reading in readings]
    assert shown == [False, True, False, True, True]
    total = 0.0
    for example in examples[16:]:
        ids, labels = torch.tensor([example.input_ids]), torch.tensor([example.labels])
        with torch.no_grad():
            total += float(model(input_ids=ids, labels=labels, num_items_in_batch=1).loss)
    expected = total / sum(example.learnt for example in examples[16:])
    assert readings[-1].held_out == pytest.approx(expected, abs=1e-5)
    # A mean of means would depend on how the rows are divided.
    divided = train(
        tiny_run.model(),
        tiny_run.tokenizer(),
        examples[:16],
        tiny_run.settings(max_steps=5, eval_every=2, micro_batch_size=1, packing=False),
        output=tmp_path / "divided",
        held_out=examples[16:],
    )
    assert divided[-1].held_out == pytest.approx(expected, abs=1e-4)
    # It changes nothing of the training.
    plain = losses(tmp_path / "plain", max_steps=1)
    held = train(
        tiny_run.model(),
        tiny_run.tokenizer(),
        examples,
        tiny_run.settings(max_steps=1),
        output=tmp_path / "held",
        held_out=examples[:3],
    )
    assert [reading.loss for reading in held] == plain


def test_a_step_of_so_many_tokens(tmp_path: Path) -> None:
    readings = train(
        tiny_run.model(),
        tiny_run.tokenizer(),
        tiny_run.encoded().examples,
        tiny_run.settings(max_steps=None, batch_tokens=900, micro_batch_size=2),
        output=tmp_path,
    )
    longest = max(map(len, tiny_run.encoded().examples))
    assert all(900 <= reading.tokens < 900 + longest for reading in readings[:-1])
    assert sum(reading.tokens for reading in readings) == tiny_run.encoded().tokens


def test_the_newest_checkpoints_are_kept(tmp_path: Path) -> None:
    losses(tmp_path, max_steps=5, save_every=1, keep=2)
    assert [path.name for path in checkpoints(tmp_path)] == ["step-4", "step-5"]


def test_weights_that_steps_would_round_away_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CftError, match=r"is torch.bfloat16: most steps of a fine-tuning rate"):
        train(
            tiny_run.model().to(torch.bfloat16),
            tiny_run.tokenizer(),
            tiny_run.encoded().examples,
            tiny_run.settings(),
            output=tmp_path,
        )


def test_nothing_to_train_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(CftError, match="no examples"):
        train(tiny_run.model(), tiny_run.tokenizer(), [], tiny_run.settings(), output=tmp_path)
