"""A small Qwen2 made from nothing: its tokenizer and its untrained weights.

For demonstrations and tests where no model can be downloaded. The architecture, the chat markup
and the end tokens are Qwen2.5's, so that every tool treats it as it treats the large ones.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cft_eval.training.chat import TEMPLATES

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast, Qwen2ForCausalLM

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

VOCABULARY = 512
"""Bytes, the special tokens, and the most frequent words of the training text."""


def make_tokenizer(texts: Iterable[str], *, max_length: int = 2048) -> "PreTrainedTokenizerFast":
    """Train a byte-level BPE tokenizer with Qwen2.5's special tokens on ``texts``.

    Digits stay apart, one a token: sums cannot be learnt from tokens that hide their digits.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call, unused-ignore]
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        model_max_length=max_length,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = TEMPLATES["qwen"]
    return fast


def make_model(
    tokenizer: "PreTrainedTokenizerFast",
    *,
    hidden: int = 128,
    layers: int = 4,
    max_length: int = 2048,
    seed: int = 0,
    tied: bool = True,
    spread: float = 0.02,
) -> "Qwen2ForCausalLM":
    """An untrained Qwen2 of about 0.8 million parameters by default; same seed, same weights.

    ``spread``: standard deviation of the first weights. Qwen's 0.02 is meant for thousands of
    units; a model of 64 learns in half the steps from 0.08.
    """
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=3 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=max_length,
        tie_word_embeddings=tied,
        initializer_range=spread,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = Qwen2ForCausalLM(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model
