"""An error names a setting as whoever made it wrote it."""

from pathlib import Path
from typing import Any

import pytest

from cft_eval.caller import Caller, again, called_from, setting, several

SAID: list[tuple[str, object, dict[str, Any], str, str]] = [
    ("limit", -1, {}, "--limit -1", "limit=-1"),
    ("model", "hf", {}, "--model hf", 'engine="hf"'),
    ("model_args", None, {}, "--model_args", "arguments"),
    ("model_args", None, {"pretrained": "M"}, "--model_args pretrained=M", 'model="M"'),
    ("model_args", None, {"base_url": "…"}, "--model_args base_url=…", "model=…"),
    ("model_args", None, {"max_length": 9}, "--model_args max_length=9",
     'arguments={"max_length": 9}'),
    ("gen_kwargs", None, {"temperature": 0.6, "top_p": 1}, "--gen_kwargs temperature=0.6,top_p=1",
     'generation={"temperature": 0.6, "top_p": 1}'),
    ("output_path", Path("runs"), {}, "--output_path runs", 'output="runs"'),
    ("apply_chat_template", None, {}, "--apply_chat_template", "chat_template=True"),
    ("fields", None, {"problem": "…"}, "--fields problem=…", 'fields={"problem": …}'),
    ("repeats", 4, {}, "--repeats 4", "repeats=4"),
]  # fmt: skip


@pytest.mark.parametrize(("option", "value", "pairs", "command", "python"), SAID)
def test_a_setting(
    option: str, value: object, pairs: dict[str, Any], command: str, python: str
) -> None:
    with called_from(Caller.CFT_EVAL):
        assert setting(option, value, **pairs) == command
    with called_from(Caller.PYTHON):
        assert setting(option, value, **pairs) == python


METADATA: list[tuple[str, object, dict[str, Any], str]] = [
    ("repeats", 4, {}, """--metadata '{"repeats": 4}'"""),
    ("problems", "…", {}, """--metadata '{"problems": …}'"""),
    ("fields", None, {"problem": "…"}, """--metadata '{"fields": {"problem": …}}'"""),
    ("problems", None, {}, "--metadata problems"),
]


@pytest.mark.parametrize(("option", "value", "pairs", "said"), METADATA)
def test_plain_lm_eval_takes_our_options_as_metadata(
    option: str, value: object, pairs: dict[str, Any], said: str
) -> None:
    assert setting(option, value, **pairs) == said


def test_the_outermost_caller_counts() -> None:
    with called_from(Caller.PYTHON), called_from(Caller.CFT_EVAL):
        assert again() == "make the same call again"
        assert several(["a", "b"]) == "a\nb"
    assert again() == "type the same command again"
    assert several(["a", "b"]) == "a\ncft-eval: b"
