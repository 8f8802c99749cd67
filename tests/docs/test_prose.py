"""Every `cft-eval …` in a sentence names commands, options and choices that there are.

Such a span is often a form and no whole command (`cft-eval server backup|restore`, `cft-eval check
RESPONSE REFERENCE`): what is written in capitals, or is dots, is left to be filled in.
"""

import argparse
import re
import shlex
from collections.abc import Sequence

import pytest

from cft_eval.cli import COMMANDS, _parser
from tests.docs.commands import PAGES, ROOT
from tests.docs.test_commands import _lm_eval_knows

FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
SPANS = [
    (page.name, " ".join(span.split()))
    for page in [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md"]
    for span in re.findall(r"`cft-eval ([^`]+)`", FENCED.sub("", page.read_text("utf-8")))
]


def test_pages_speak_of_commands() -> None:
    assert ("README.md", "import qwen DIR -o RUN") in SPANS
    assert {"ARCHITECTURE.md", "CHANGELOG.md", "faq.md"} < {page for page, _ in SPANS}


@pytest.mark.parametrize(("page", "span"), SPANS)
def test_what_a_sentence_names_is_there(page: str, span: str) -> None:
    assert unknown(shlex.split(span)) == "", page


@pytest.mark.parametrize(
    ("span", "what"),
    [
        ("sing", "sing"),
        ("server backup|sing", "sing"),
        ("server token --scope read", "--scope"),
        ("gate CANDIDATE --loud", "--loud"),
        ("import excel DIR", "excel"),
        ("train --method cft|rl", "rl"),
    ],
)
def test_what_is_not_there_is_found(span: str, what: str) -> None:
    assert unknown(shlex.split(span)) == what


@pytest.mark.parametrize(
    "span", ["server settle ID …", "train --method=sft", "server", "--help", "…"]
)
def test_forms_are_no_mistakes(span: str) -> None:
    assert unknown(shlex.split(span)) == ""


def unknown(words: Sequence[str]) -> str:
    """The first word that the command line does not know, or nothing."""
    if _open(words[0]):
        return ""
    if words[0].startswith("-"):
        return "" if set(words) <= {"--version", "--json", "--help"} else words[0]
    for name in words[0].split("|"):
        if name not in COMMANDS:
            return name
        command = _parser(words[:2] if name == words[0] else [name])
        [commands] = [a for a in command._actions if isinstance(a, argparse._SubParsersAction)]
        if wrong := _unknown(commands.choices[name], words[1:]):
            return wrong
        if commands.choices[name].get_default("passes_on"):
            _lm_eval_knows(_not_ours(commands.choices[name], words[1:]))
    return ""


def _unknown(parser: argparse.ArgumentParser, words: Sequence[str]) -> str:
    """The same of the words after a command, as far as its own parser and those below go."""
    places = [action for action in parser._actions if not action.option_strings]
    value: argparse.Action | None = None
    for number, whole in enumerate(words):
        word, _, given = whole.partition("=")
        if word.startswith("-"):
            value = parser._option_string_actions.get(word)
            if value is None and not parser.get_default("passes_on"):
                return word
            if given and (wrong := _no_choice(value, given)):
                return wrong
            value = None if given or (value and value.nargs == 0) else value
            continue
        action, value = value or (places.pop(0) if places else None), None
        if wrong := _no_choice(action, word):
            return wrong
        if isinstance(action, argparse._SubParsersAction) and not _open(word):
            below = (action.choices[each] for each in word.split("|"))
            return next(filter(None, (_unknown(b, words[number + 1 :]) for b in below)), "")
    return ""


def _no_choice(action: argparse.Action | None, word: str) -> str:
    if action is None or action.choices is None or _open(word):
        return ""
    return next((each for each in word.split("|") if each not in action.choices), "")


def _open(word: str) -> bool:
    """Whether a reader is to put something else there."""
    return word in ("…", "...") or word.isupper()


def _not_ours(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    return parser.parse_known_args([word for word in words if not _open(word)])[1]
