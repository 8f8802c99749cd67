"""`--help` of every command and of every command below it."""

import argparse
from collections.abc import Iterator

from cft_eval.cli import COMMANDS, _parser


def _arguments(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, str | None]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command, below in action.choices.items():
                yield from _arguments(below, f"{name} {command}")
        else:
            yield f"{name}: {'/'.join(action.option_strings) or action.dest}", action.help


def test_every_argument_says_what_it_is() -> None:
    silent = set()
    for command in COMMANDS:
        for action in _parser([command])._actions:
            if isinstance(action, argparse._SubParsersAction) and command in action.choices:
                listed = _arguments(action.choices[command], command)
                silent |= {name for name, about in listed if not about}
    assert silent == set()
