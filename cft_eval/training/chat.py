"""What a tokenizer's chat template does, found out before a token is learnt. No torch.

    tokenizer ── probes ──> Chat: the prompt's text, and the token that ends an answer

Several templates put a system message of their own in where there is none, drop the one they are
given, or end a turn with another token than the tokenizer's end token. Each of these trains a
model on a text that nobody meant; each is an error here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cft_eval.errors import CftError, MissingExtra
from cft_eval.training.rows import Message

TEMPLATES = {
    "qwen": (
        "{% for message in messages %}"
        "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
        "{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
    ),
    "deepseek": (
        "{{ bos_token or '' }}{% for message in messages %}"
        "{% if message['role'] == 'user' %}{{ 'User: ' + message['content'] + '\\n\\n' }}"
        "{% elif message['role'] == 'assistant' %}"
        "{{ 'Assistant:' + message['content'] + eos_token }}"
        "{% else %}{{ message['content'] + '\\n\\n' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
    ),
}
"""``--chat-template NAME``: what the paper trained its models with, with no text of its own."""


class Tokenizer(Protocol):
    """What is needed of a Hugging Face tokenizer."""

    @property
    def eos_token_id(self) -> int | None: ...

    @property
    def all_special_ids(self) -> list[int]: ...

    # Foreign signatures: the library's own are unions of everything they may return.
    def apply_chat_template(self, conversation: Any, **options: Any) -> Any: ...

    def encode(self, text: Any, *, add_special_tokens: bool) -> Any: ...


class WrongTemplate(CftError):
    """The chat template would train on another text than the one that was asked for."""


_SYSTEM, _USER, _ANSWER = "SYSTEMPROBE", "USERPROBE", "ANSWERPROBE"


@dataclass(frozen=True, slots=True)
class Chat:
    """A tokenizer whose template was looked at."""

    tokenizer: Tokenizer
    end: int
    """The token that ends an answer: what the template writes there, else the end token."""

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """The messages up to where the answer begins."""
        return self.ids(_render(self.tokenizer, messages, prompt=True))

    def ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))


def chat_of(tokenizer: Tokenizer, *, system: bool = True) -> Chat:
    """Look at the template with made-up messages; raise `WrongTemplate` where it adds or drops.

    ``system``: whether the rows bring a system message.
    """
    asked = [{"role": "user", "content": _USER}]
    if system:
        asked.insert(0, {"role": "system", "content": _SYSTEM})
    prompt = _render(tokenizer, asked, prompt=True)
    whole = _render(tokenizer, [*asked, {"role": "assistant", "content": _ANSWER}], prompt=False)
    _check_given(prompt, system=system)
    if not whole.startswith(prompt + _ANSWER):
        raise WrongTemplate(
            f"the chat template opens an answer with {_tail(prompt)!r} but writes answers after "
            f"{_tail(whole.partition(_ANSWER)[0])!r}: the model would be asked in another way "
            "than it was taught; give another with --chat-template"
        )
    return Chat(tokenizer, _end(tokenizer, whole.partition(_ANSWER)[2]))


def _render(tokenizer: Tokenizer, messages: Sequence[Message], *, prompt: bool) -> str:
    # Templates raise jinja2's errors and the libraries wrap some: whatever it is, the template
    # cannot write this conversation, which is what the user must hear.
    try:
        text = tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=prompt
        )
    except Exception as error:  # noqa: BLE001
        raise WrongTemplate(
            f"the chat template cannot write a {messages[0]['role']} message: "
            f"{str(error).splitlines()[0]}; give one with --chat-template "
            f"({', '.join(TEMPLATES)}, or a file)"
        ) from None
    return str(text)


def _check_given(prompt: str, *, system: bool) -> None:
    if prompt.count(_USER) != 1 or (system and prompt.count(_SYSTEM) != 1):
        lost = "system" if system and _SYSTEM not in prompt else "user"
        raise WrongTemplate(
            f"the chat template does not write the {lost} message once, as it is: it writes "
            f"{prompt!r}; give another with --chat-template"
        )
    if not system and "system" in prompt.partition(_USER)[0].lower():
        raise WrongTemplate(
            "the chat template puts in a system message of its own: "
            f"{prompt.partition(_USER)[0]!r}; give one with --system"
        )


def _tail(text: str) -> str:
    return text[-40:]


def _end(tokenizer: Tokenizer, tail: str) -> int:
    """The first token after an answer, where it is a special one; else the end token."""
    ids = list(tokenizer.encode(tail, add_special_tokens=False)) if tail else []
    if ids and ids[0] in tokenizer.all_special_ids:
        return int(ids[0])
    if tokenizer.eos_token_id is None:
        raise CftError(
            "the tokenizer has no end token, so the model would never learn to stop: set its "
            "eos_token, or give a template that ends an answer with a special token"
        )
    return tokenizer.eos_token_id


def load_tokenizer(name: str) -> Any:
    """A tokenizer from a folder or the hub."""
    try:
        from transformers import AutoTokenizer
    except ImportError:
        raise MissingExtra("training", "train") from None
    try:
        return AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise CftError(f"{name}: no tokenizer there: {str(error).splitlines()[0]}") from None


def use_template(tokenizer: Any, template: str | None) -> None:
    """Give a tokenizer a template: a name of `TEMPLATES`, a file, or None for its own."""
    if template is None:
        if not getattr(tokenizer, "chat_template", None):
            raise WrongTemplate(
                "the tokenizer has no chat template; give one with --chat-template "
                f"({', '.join(TEMPLATES)}, or a file)"
            )
        return
    if template in TEMPLATES:
        tokenizer.chat_template = TEMPLATES[template]
        return
    try:
        with open(template, encoding="utf-8") as file:
            tokenizer.chat_template = file.read()
    except OSError as error:
        raise CftError(
            f"{template}: {error.strerror}; --chat-template takes {', '.join(TEMPLATES)} or a file"
        ) from None
