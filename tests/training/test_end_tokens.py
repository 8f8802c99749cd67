"""The table of end tokens in the documentation is what templates of these styles give."""

import runpy

import pytest

pytest.importorskip("transformers", reason="needs the train extra")

from tests.docs.commands import ROOT

MADE = runpy.run_path(str(ROOT / "benchmarks" / "end_tokens.py"))


def test_the_committed_table_is_what_the_command_prints() -> None:
    assert MADE["table"]() in (ROOT / "docs" / "training.md").read_text("utf-8")


LEARNT = {
    "Qwen2.5, base": "<|im_end|>",
    "Llama 3, base": "<|eot_id|>",
    "Gemma 3": "<end_of_turn>",
    "Phi-3": "<|end|>",
    "DeepSeekMath": "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "Mistral": "</s>",
    "ChatML without its tokens": "refused: no such token",
    "no end of its own": "</s>",
}


@pytest.mark.parametrize("style", MADE["STYLES"], ids=lambda style: style.name)
def test_what_the_template_writes_is_learnt_and_has_one_token(style: object) -> None:
    tokenizer = MADE["tokenizer_of"](style)
    name = style.name  # type: ignore[attr-defined]
    said = MADE["learnt"](style).strip("`").replace("\\|", "|")
    assert said == LEARNT.get(name, "<|im_end|>")
    if not said.startswith("refused"):
        assert len(tokenizer.encode(said, add_special_tokens=False)) == 1
