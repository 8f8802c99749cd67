"""The recipe on a real, very small model."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'cft-eval[train]'")
transformers = pytest.importorskip("transformers", reason="needs the train extra")

from cft_eval.errors import CftError  # noqa: E402
from cft_eval.training.encode import encode  # noqa: E402
from cft_eval.training.recipe import Recipe, train  # noqa: E402
from cft_eval.training.tiny import make_model, make_tokenizer  # noqa: E402

PROMPT = [{"role": "user", "content": "What is 1 + 1?"}]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_loss_falls_and_checkpoints_load(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    tokenizer = make_tokenizer(["user assistant What is 1 + 1? It is 2."] * 3)
    model = make_model(tokenizer, hidden=32, layers=1, max_length=128)
    examples = [encode(tokenizer, PROMPT, "It is 2.", max_length=128)] * 8
    recipe = Recipe(steps=30, batch_size=4, warmup_steps=2, learning_rate=1e-2)
    losses = train(model, tokenizer, examples, recipe, output=tmp_path, save_at={10, 30})
    assert losses[30] < losses[1] / 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-10", "step-30"]

    loaded = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "step-30")
    again = transformers.AutoTokenizer.from_pretrained(tmp_path / "step-30")
    text = again.apply_chat_template(PROMPT, tokenize=False, add_generation_prompt=True)
    ids = torch.tensor([again.encode(text, add_special_tokens=False)])
    out = loaded.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=20)
    assert again.decode(out[0][ids.shape[1] :]) == "It is 2.<|im_end|>"


def test_nothing_to_train_on_is_said(tmp_path: Path) -> None:
    tokenizer = make_tokenizer(["a"])
    model = make_model(tokenizer, hidden=32, layers=1, max_length=16)
    with pytest.raises(CftError, match="no examples"):
        train(model, tokenizer, [], Recipe(steps=1), output=tmp_path, save_at=())


def test_digits_are_tokens_of_their_own() -> None:
    tokenizer = make_tokenizer(["37 + 45 = 82"] * 50)
    pieces = [tokenizer.decode([i]) for i in tokenizer.encode("37", add_special_tokens=False)]
    assert pieces == ["3", "7"]
