"""Which token each style of chat template ends an answer with: the table of `docs/training.md`.

Small tokenizers with templates written here, in the style of well-known families. Each names the
end token that the family's base model names, which often is another than the template writes.
"""

from typing import Any, NamedTuple

from cft_eval.training.chat import WrongTemplate, chat_of


class Style(NamedTuple):
    """How a family writes a conversation."""

    name: str
    named: str
    """The end token that the tokenizer names."""

    unnamed: tuple[str, ...]
    """Special tokens without a name of their own."""

    start: str
    turns: dict[str, str]
    """By role; ``@`` is the message."""


def _same(turn: str, *, model: str = "assistant") -> dict[str, str]:
    """One form for every role."""
    roles = {"system": "system", "user": "user", "assistant": model}
    return {role: turn.replace("ROLE", name) for role, name in roles.items()}


IM = _same("<|im_start|>ROLE\n@<|im_end|>\n")
HEADERS = _same("<|start_header_id|>ROLE<|end_header_id|>\n\n@<|eot_id|>")
LLAMA_MARKS = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
DEEPSEEK_START = "<\uff5cbegin\u2581of\u2581sentence\uff5c>"
DEEPSEEK_END = "<\uff5cend\u2581of\u2581sentence\uff5c>"

STYLES = [
    Style("Qwen2.5, base", "<|endoftext|>", ("<|im_start|>", "<|im_end|>"), "", IM),
    Style("Qwen2.5, instruct", "<|im_end|>", ("<|im_start|>", "<|endoftext|>"), "", IM),
    Style("Llama 3, base", "<|end_of_text|>", LLAMA_MARKS, "<|begin_of_text|>", HEADERS),
    Style(
        "Gemma 3", "<eos>", ("<start_of_turn>", "<end_of_turn>"), "<bos>",
        {
            "system": "<start_of_turn>user\n@\n\n",
            "user": "@<end_of_turn>\n",
            "assistant": "<start_of_turn>model\n@<end_of_turn>\n",
        },
    ),
    Style(
        "Phi-3", "<|endoftext|>", ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"), "",
        _same("<|ROLE|>\n@<|end|>\n"),
    ),
    Style(
        "DeepSeekMath", DEEPSEEK_END, (), DEEPSEEK_START,
        {"system": "@\n\n", "user": "User: @\n\n", "assistant": "Assistant: @" + DEEPSEEK_END},
    ),
    Style(
        "Mistral", "</s>", (), "<s>",
        {"system": "[INST] @\n\n", "user": "@ [/INST]", "assistant": " @</s>"},
    ),
    Style("ChatML without its tokens", "</s>", (), "", IM),
    Style("no end of its own", "</s>", (), "", _same("### ROLE:\n@\n\n")),
]  # fmt: skip


def tokenizer_of(style: Style) -> Any:
    """A tokenizer of bytes with the style's special tokens and its template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import AddedToken, PreTrainedTokenizerFast

    letters = {letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    base = Tokenizer(models.BPE(vocab=letters, merges=[]))
    base.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    base.decoder = decoders.ByteLevel()
    names = {"eos_token": style.named} | ({"bos_token": style.start} if style.start else {})
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=base, **names)
    tokenizer.add_tokens([AddedToken(mark, special=True) for mark in style.unnamed])
    tokenizer.chat_template = template_of(style)
    return tokenizer


def template_of(style: Style) -> str:
    turns = []
    for role, turn in style.turns.items():
        before, _, after = turn.partition("@")
        written = f"{{{{ {before!r} + message['content'] + {after!r} }}}}"
        turns.append(f"{{%- if message['role'] == {role!r} %}}{written}{{%- endif %}}")
    opening = style.turns["assistant"].partition("@")[0]
    return (
        f"{{{{- {style.start!r} }}}}{{%- for message in messages %}}{''.join(turns)}{{%- endfor %}}"
        f"{{%- if add_generation_prompt %}}{{{{ {opening!r} }}}}{{%- endif %}}"
    )


def learnt(style: Style) -> str:
    """The token that a training learns to stop with, or that it refuses to begin."""
    tokenizer = tokenizer_of(style)
    try:
        return _code(tokenizer.convert_ids_to_tokens(chat_of(tokenizer).end))
    except WrongTemplate:
        return "refused: no such token"


def table() -> str:
    lines = ["| style | end token it names | after an answer | learnt |", "|---|---|---|---|"]
    for style in STYLES:
        tail = style.turns["assistant"].partition("@")[2].strip()
        after = _code(tail) if tail else "nothing"
        lines.append(f"| {style.name} | {_code(style.named)} | {after} | {learnt(style)} |")
    return "\n".join(lines)


def _code(token: str) -> str:
    return "`" + token.replace("|", r"\|") + "`"


if __name__ == "__main__":
    print(table())
