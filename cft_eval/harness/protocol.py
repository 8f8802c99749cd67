r"""The text that a model is given: the CFT paper's, with or without a chat template.

The paper's harness writes ChatML itself (its prompt type ``qwen25-math-cot``), for chat and base
models alike. So do we where lm-eval is not told to apply the tokenizer's template.
"""

from collections.abc import Mapping, Sequence

SYSTEM = r"Please reason step by step, and put your final answer within \boxed{}."


def chatml(messages: Sequence[Mapping[str, str]], *, add_generation_prompt: bool = True) -> str:
    r"""Messages as Qwen2.5-Math's prompt ``qwen25-math-cot`` writes them.

    >>> chatml([{"role": "user", "content": "1+1?"}])
    '<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n'
    """
    turns = [f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages]
    if add_generation_prompt:
        return "".join(turns) + "<|im_start|>assistant\n"
    # The last turn is the start of the assistant's response: it stays open.
    return "".join(turns).removesuffix("<|im_end|>\n")
