"""What a tokenizer's chat template does, found out before a token is learnt. No torch.

    tokenizer ── probes ──> Chat: the prompt's text, and the token that ends an answer

Several templates put a system message of their own in where there is none, drop the one they are
given, or end a turn with another token than the tokenizer's end token. Each of these trains a
model on a text that nobody meant; each is an error here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from cft_eval.dataset.rows import Message
from cft_eval.errors import CftError, MissingExtra, first_line

TEMPLATES = {
    path.stem: path.read_text(encoding="utf-8").rstrip("\n")
    for path in sorted((Path(__file__).parent / "configs").glob("*.jinja"), reverse=True)
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

    def encode(self, text: Any, *, add_special_tokens: bool, **options: Any) -> Any: ...


class WrongTemplate(CftError):
    """The chat template would train on another text than the one that was asked for."""


_SYSTEM, _USER, _ANSWER = "SYSTEMPROBE", "USERPROBE", "ANSWERPROBE"


@dataclass(frozen=True, slots=True)
class Chat:
    """A tokenizer whose template was looked at."""

    tokenizer: Tokenizer
    end: int
    """The token that ends an answer: what the template writes there, else the end token."""

    specials: re.Pattern[str] | None = None
    """The spellings of the special tokens; None where there are none."""

    added: str = ""
    """Text of the template's own, where that was allowed."""

    day: datetime | None = None
    """What a template that writes a date takes for today; None is the day on which it is asked."""

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """The messages up to where the answer begins."""
        spelled = [text for m in messages for text in self._spelled(m["content"])]
        if not spelled:
            return self._plain_ids(_render(self.tokenizer, messages, prompt=True, day=self.day))
        # What a message spells out must not become what the template writes: a mark stands in.
        mark = _unused("".join(m["content"] for m in messages))
        replaced = self.specials.sub if self.specials else lambda _, text: text
        marked = [{**m, "content": replaced(mark, m["content"])} for m in messages]
        parts = _render(self.tokenizer, marked, prompt=True, day=self.day).split(mark)
        return self._joined(parts, spelled)

    def ids(self, text: str) -> list[int]:
        """The tokens of a text; a special token that is spelled out in it stays text."""
        parts = self.specials.split(text) if self.specials else [text]
        return self._joined(parts, list(self._spelled(text)))

    def spells_special(self, *texts: str) -> bool:
        return any(True for text in texts for _ in self._spelled(text))

    def _spelled(self, text: str) -> Iterator[str]:
        return (match[0] for match in self.specials.finditer(text)) if self.specials else iter(())

    def _joined(self, parts: Sequence[str], spelled: Sequence[str]) -> list[int]:
        """Parts with special tokens in between that are to be read letter by letter."""
        ids = self._plain_ids(parts[0])
        for text, part in zip(spelled, parts[1:], strict=True):
            ids += self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
            ids += self._plain_ids(part)
        return ids

    def _plain_ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False))


def chat_of(
    tokenizer: Tokenizer,
    *,
    system: bool = True,
    own_text: bool = False,
    day: datetime | None = None,
) -> Chat:
    """Look at the template with made-up messages; raise `WrongTemplate` where it adds or drops.

    ``system``: whether the rows bring a system message. ``own_text``: let the template add to
    what the rows say, where that is meant. ``day``: today, for a template that writes a date.
    """
    conversation = [{"role": "user", "content": _USER}]
    if system:
        conversation.insert(0, {"role": "system", "content": _SYSTEM})
    prompt = _render(tokenizer, conversation, prompt=True, day=day)
    answered = [*conversation, {"role": "assistant", "content": _ANSWER}]
    whole = _render(tokenizer, answered, prompt=False, day=day)
    _check_given(prompt, system=system)
    if not whole.startswith(prompt + _ANSWER):
        raise WrongTemplate(
            f"the chat template opens an answer with {prompt[-40:]!r} but writes answers after "
            f"{whole.partition(_ANSWER)[0][-40:]!r}: the model would be prompted in another way "
            "than it was taught; give another with --chat-template"
        )
    added = added_text(tokenizer, whole)
    if added and not own_text:
        raise WrongTemplate(
            f"the chat template adds its own text: {added!r}; give another with "
            "--chat-template, or, if it is to be learnt with, --template-text"
        )
    end = _end(tokenizer, whole.partition(_ANSWER)[2])
    return Chat(tokenizer, end, _specials(tokenizer), added, day)


MARKUP = re.compile(r"<[^<>\s]{1,40}>|\[/?[A-Za-z]{1,12}\]|<<?/?SYS>>?")
"""What marks a turn where it is no special token: `<|user|>`, `[INST]`."""

THOUGHT = re.compile(r"</?think(?:ing)?>")
"""A tag that a model's answer begins with or not: text, though it looks like markup."""

ROLES = {"system", "user", "assistant", "human", "model", "bot", "ai"}
ROLES |= {"instruction", "response", "input", "question", "answer"}
"""Words that name a turn: `### Response:`, `User:`."""


def added_text(tokenizer: Tokenizer, conversation: str) -> str:
    r"""What a template says of its own in a conversation of probes, markup and roles apart.

    Empty where it says nothing: a date, a persona, an empty thought and a request to box the
    answer are text; special tokens, tags, and the names of roles are not.
    """
    parts = re.split("|".join((_SYSTEM, _USER, _ANSWER)), conversation)
    return "; ".join(said for part in parts if (said := _own_text(tokenizer, part)))


def _own_text(tokenizer: Tokenizer, part: str) -> str:
    if THOUGHT.search(part):
        return part.strip()
    specials = _specials(tokenizer)
    rest = MARKUP.sub(" ", specials.sub(" ", part) if specials else part)
    words = [word for word in re.findall(r"[^\W\d_]{2,}", rest) if word.lower() not in ROLES]
    return " ".join(rest.split()) if words else ""


def _specials(tokenizer: Tokenizer) -> re.Pattern[str] | None:
    """The spellings of a tokenizer's special tokens, the longer ones first."""
    named = set(getattr(tokenizer, "all_special_tokens", ()))
    named |= {str(token.content) for token in _added(tokenizer).values() if token.special}
    ranked = sorted((re.escape(each) for each in named if each), key=lambda each: -len(each))
    return re.compile("|".join(ranked)) if ranked else None


def _added(tokenizer: Tokenizer) -> dict[int, Any]:
    """Tokens beside the learnt vocabulary, by their id; each has ``content`` and ``special``."""
    return dict(getattr(tokenizer, "added_tokens_decoder", {}))


def _unused(text: str) -> str:
    """A character for private use that does not stand in ``text``."""
    return next(mark for code in range(0xE000, 0xF900) if (mark := chr(code)) not in text)


def _render(
    tokenizer: Tokenizer, messages: Sequence[Message], *, prompt: bool, day: datetime | None
) -> str:
    fixed = {} if day is None else _dated(tokenizer, day)
    # Templates raise jinja2's errors and the libraries wrap some: whatever it is, the template
    # cannot write this conversation, which is what the user must hear.
    try:
        text = tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=prompt, **fixed
        )
    except Exception as error:  # noqa: BLE001
        raise WrongTemplate(
            f"the chat template cannot write a {messages[0]['role']} message: "
            f"{first_line(error)}; give one with --chat-template "
            f"({', '.join(TEMPLATES)}, or a file)"
        ) from None
    return str(text)


_CLOCK = re.compile(r"""strftime_now\(\s*(["'])(.*?)\1\s*\)""")


def _dated(tokenizer: Tokenizer, day: datetime) -> dict[str, str]:
    """The template with a date of ``day`` where it asks the clock, which it would at each call."""
    template = getattr(tokenizer, "chat_template", None)
    if not isinstance(template, str) or not _CLOCK.search(template):
        return {}
    return {"chat_template": _CLOCK.sub(lambda match: repr(day.strftime(match[2])), template)}


def _check_given(prompt: str, *, system: bool) -> None:
    if prompt.count(_USER) != 1 or (system and prompt.count(_SYSTEM) != 1):
        lost = "system" if system and _SYSTEM not in prompt else "user"
        raise WrongTemplate(
            f"the chat template does not write the {lost} message once, as it is: it writes "
            f"{prompt!r}; give another with --chat-template"
        )
    if not system and "system" in prompt.partition(_USER)[0].lower():
        # Whatever else a template may add: who says no system message means none.
        raise WrongTemplate(
            "the chat template adds its own system message: "
            f"{prompt.partition(_USER)[0]!r}; give one with --system"
        )


def _end(tokenizer: Tokenizer, tail: str) -> int:
    """The token that the template writes after an answer; the end token where it writes nothing.

    Many turns end in a token that is special and has no name of its own (`<|eot_id|>` beside
    Llama's base end token, `<end_of_turn>`, `<|end|>`): `all_special_ids` does not list these.
    """
    tail = tail.strip()
    ids = list(tokenizer.encode(tail, add_special_tokens=False)) if tail else []
    if ids and ids[0] in {*tokenizer.all_special_ids, *_added(tokenizer)}:
        return int(ids[0])
    if MARKUP.match(tail):
        raise WrongTemplate(
            f"the chat template ends an answer with {tail[-40:]!r}, which does not begin with a "
            "token of its own in this tokenizer: the model would learn to stop with another; add "
            "the token, or give another template with --chat-template"
        )
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
        raise CftError(f"{name}: no tokenizer there: {first_line(error)}") from None


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
