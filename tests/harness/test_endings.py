"""How a response ended, read from what each engine returns."""

from types import SimpleNamespace
from typing import Any

import pytest

from cft_eval.harness.endings import UNKNOWN, Ending, cut, of_hf, of_server, of_vllm

END, PAD = 90, 91


class Letters:
    """Token 65 is `A`; 90, `Z`, ends a sequence and 91 pads it."""

    def decode(self, tokens: list[int], *, skip_special_tokens: bool) -> str:
        assert not skip_special_tokens
        return "".join(map(chr, tokens))


class Rows(list[list[int]]):
    def tolist(self) -> list[list[int]]:
        return list(self)


def _hf(*rows: str, stop: tuple[str, ...] = (), ends: Any = END, limit: int = 6) -> list[Ending]:
    config = SimpleNamespace(eos_token_id=ends)
    model = SimpleNamespace(tokenizer=Letters(), model=SimpleNamespace(generation_config=config))
    tokens = Rows([[*b"??", *row.encode()] for row in rows])
    return of_hf(model, tokens, start=2, limit=limit, stop=stop)


ROWS = [
    # what was generated, how it ended
    ("ABCDEF", Ending("length", 6)),
    ("ABZ[[[", Ending("stop", 3)),
    # The end token is the last that the limit allows: it ended by itself.
    ("ABCDEZ", Ending("stop", 6)),
    ("Z[[[[[", Ending("stop", 1)),
    # A stop string; its batch went on.
    ("ABXYCD", Ending("stop", 4)),
    ("ABCDXY", Ending("stop", 6)),
    # Half a stop string is none.
    ("ABCDEX", Ending("length", 6)),
]


@pytest.mark.parametrize(("row", "ending"), ROWS)
def test_hugging_face(row: str, ending: Ending) -> None:
    assert _hf(row, "ABCDEF", stop=("XY", ""), ends=[END, 1]) == [ending, Ending("length", 6)]


def test_hugging_face_shorter_than_its_limit_without_a_reason() -> None:
    assert _hf("ABC", ends=None) == [Ending("unknown", 3)]


def test_vllm() -> None:
    outputs = [
        SimpleNamespace(outputs=[SimpleNamespace(finish_reason=reason, token_ids=(1, 2, 3))])
        for reason in ("stop", "length", "abort", None)
    ]
    found = of_vllm(outputs)
    assert [ending.finish for ending in found] == ["stop", "length", "unknown", "unknown"]
    assert {ending.tokens for ending in found} == {3}


def test_a_server() -> None:
    choice = {"index": 0, "finish_reason": "length"}
    assert of_server({"choices": [choice], "usage": {"completion_tokens": 7}}) == [
        Ending("length", 7)
    ]
    both = [{"index": 1, "finish_reason": "stop"}, choice]
    assert of_server({"choices": both, "usage": {"completion_tokens": 7}}) == [
        Ending("length", None),
        Ending("stop", None),
    ]
    for word, finish in (
        ("eos_token", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
    ):
        assert of_server({"choices": [{"finish_reason": word}]})[0].finish == finish
    assert of_server({"choices": [{"finish_reason": {"type": "stop"}}]})[0].finish == "unknown"
    # Anthropic's, and SGLang's own interface.
    assert of_server({"stop_reason": "max_tokens", "usage": {"output_tokens": 9}}) == [
        Ending("length", 9)
    ]
    told = {"finish_reason": {"type": "stop", "matched": 2}, "completion_tokens": 5}
    assert of_server([{"text": "4", "meta_info": told}]) == [Ending("stop", 5)]
    # A server that tells nothing.
    assert of_server([{"choices": [{"text": "4"}]}, {}]) == [UNKNOWN]


CUTS = [
    ("4 [END] and so on", "4 "),
    ("4", "4"),
    # The first of several, whatever their order in the list.
    ("4 (END) [END]", "4 "),
    # An engine knows no thoughts: what it stops at is the first one.
    ("4 [END] no, 5</think>5", "4 "),
    ("<think>[END]</think>4", "<think>"),
]
LONG_CUTS = [
    # A thought may quote a stop string; what follows it may not.
    ("<think>[END]</think>4[END]", "<think>[END]</think>4"),
    ("[END]</think>4[END]", "[END]</think>4"),
    ("<think>no end [END] yet", "<think>no end [END] yet"),
    ("4 [END] and so on", "4 "),
]


@pytest.mark.parametrize(("text", "kept"), CUTS)
def test_a_text_is_cut_at_its_first_stop(text: str, kept: str) -> None:
    assert cut(text, ["[END]", "", "(END)"], thinking=False) == kept


@pytest.mark.parametrize(("text", "kept"), LONG_CUTS)
def test_a_long_response_is_cut_after_its_thought(text: str, kept: str) -> None:
    assert cut(text, ["[END]", "", "(END)"], thinking=True) == kept
