r"""The text that a model is given: the CFT paper's, with or without a chat template.

The paper's harness writes its prompts itself: ChatML (its prompt type ``qwen25-math-cot``), for
chat and base models alike, and ``deepseek-math`` for DeepSeek's models. So do we where lm-eval is
not told to apply the tokenizer's template; `--metadata prompt=deepseek-math` asks for the latter.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cft_eval.errors import CftError

SYSTEM = r"Please reason step by step, and put your final answer within \boxed{}."

Messages = Sequence[Mapping[str, str]]
Template = Callable[..., Any]


class UnknownPrompt(CftError):
    """A name that is no prompt of ours."""

    def __init__(self, name: object) -> None:
        super().__init__(f"prompt={name}: no such prompt; known: {', '.join([*PROMPTS, PLAIN])}")


def chatml(messages: Messages, *, add_generation_prompt: bool = True) -> str:
    r"""Messages as Qwen2.5-Math's prompt ``qwen25-math-cot`` writes them.

    >>> chatml([{"role": "user", "content": "1+1?"}])
    '<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n'
    """
    turns = [f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages]
    if add_generation_prompt:
        return "".join(turns) + "<|im_start|>assistant\n"
    # The last turn is the start of the assistant's response: it stays open.
    return "".join(turns).removesuffix("<|im_end|>\n")


def deepseek_math(messages: Messages, *, add_generation_prompt: bool = True) -> str:
    r"""Messages as the paper's prompt ``deepseek-math`` writes them: the instruction comes last.

    >>> deepseek_math([{"role": "system", "content": "S"}, {"role": "user", "content": "1+1?"}])
    'User: 1+1?\nS\n\nAssistant:'
    """
    turns = []
    for message in instruct_users(messages):
        # As the model's own template: a blank after the colon of a turn that is there.
        name = "User" if message["role"] == "user" else "Assistant"
        turns.append(f"{name}: {message['content']}")
    return "\n\n".join([*turns, "Assistant:"] if add_generation_prompt else turns)


PROMPTS: dict[str, Template] = {"chatml": chatml, "deepseek-math": deepseek_math}
PLAIN = "plain"
"""No turns at all: few-shot text for base models."""


def prompt_named(name: object) -> Template | None:
    """The prompt of that name; None for plain text. Raises `UnknownPrompt`."""
    if name == PLAIN:
        return None
    if name not in PROMPTS:
        raise UnknownPrompt(name)
    return PROMPTS[str(name)]


def instruct_users(messages: Messages) -> list[dict[str, str]]:
    """The same messages without a system turn: what it says follows each of the user's."""
    system = [m["content"] for m in messages if m["role"] == "system"]
    rest = [dict(m) for m in messages if m["role"] != "system"]
    for message in rest:
        if message["role"] == "user":
            message["content"] = "\n".join([message["content"], *system])
    return rest


def plain_messages(prompt: Any) -> Any:
    """A chat request with the role and the content of each message alone, as lm-eval 0.4 has it.

    lm-eval 0.5 adds ``"type": "text"``: the same question would count as another prompt.
    """
    if isinstance(prompt, str) or not hasattr(prompt, "prompt"):
        return prompt
    messages = json.loads(prompt.prompt)
    if not any("type" in message for message in messages):
        return prompt
    plain = [{name: m[name] for name in m if name != "type"} for m in messages]
    return type(prompt)(json.dumps(plain, ensure_ascii=False))


def fitted(template: Template) -> Template:
    """``template``, with the instruction in the user's turn where it has no turn for a system's.

    Some templates write a system message with no mark before it, as DeepSeek-Math's; others
    refuse one, and lm-eval then leaves it out: a model that was never told to box its answer.
    """
    if has_system_turn(template):
        return template

    def render(messages: Messages, **kwargs: Any) -> Any:
        return template(instruct_users(messages), **kwargs)

    return render


def has_system_turn(template: Template) -> bool:
    """Whether ``template``, lm-eval's `apply_chat_template` of a model, marks a system message."""
    system = "<system>"
    messages = [{"role": "system", "content": system}, {"role": "user", "content": "<user>"}]
    written = template(messages, add_generation_prompt=True)
    if not isinstance(written, str):
        return True  # a chat server has the template, and is sent the messages
    before, there, _ = written.partition(system)
    tokenizer = getattr(getattr(template, "__self__", None), "tokenizer", None)
    start = getattr(tokenizer, "bos_token", None) or ""
    return bool(there) and bool(before.removeprefix(start).strip())
