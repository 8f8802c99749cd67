"""`--model local-chat-completions` against a server that ignores stop strings."""

from typing import Any

import pytest

from cft_eval.harness.protocol import SYSTEM
from cft_eval.testsets import load
from tests.harness.chat_server import Answer, Payload, serve
from tests.harness.test_engines import evaluate

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("aiohttp", reason="needs lm-eval[api]")

ITEMS = load("mini_gsm8k")
REFERENCES = {item.problem: item.reference for item in ITEMS}
PLACES = {item.problem: item.index for item in ITEMS}


def teacher(payload: Payload) -> Answer:
    """Right, with more after the end mark; the second is cut off, the third says nothing."""
    problem = payload["messages"][-1]["content"]
    if PLACES[problem] == 1:
        return Answer("Let us see", "length", 2048)
    if PLACES[problem] == 2:
        return Answer(None, "length", 2048)
    return Answer(f"\\boxed{{{REFERENCES[problem]}}} [END] \\boxed{{-1}}", "stop", 12)


def model(url: str, concurrent: int = 1) -> Any:
    from lm_eval.models.openai_completions import LocalChatCompletion

    return LocalChatCompletion(model="m", base_url=url, num_concurrent=concurrent, max_retries=1)


@pytest.mark.parametrize("concurrent", [1, 4])
def test_every_response_with_its_ending(concurrent: int) -> None:
    with serve(teacher) as server:
        found = evaluate(
            model(server.url, concurrent), "cft_mini_gsm8k", limit=5, apply_chat_template=True
        )
    verdicts = [sample["doc"]["verdicts"][0] for sample in found["samples"]["cft_mini_gsm8k"]]
    assert [(v["outcome"], v["finish"], v["tokens"]) for v in verdicts] == [
        ("correct", "stop", 12),
        ("no_answer", "length", 2048),
        ("no_answer", "length" if concurrent > 1 else "unknown", 2048 if concurrent > 1 else None),
        ("correct", "stop", 12),
        ("correct", "stop", 12),
    ]
    said = found["samples"]["cft_mini_gsm8k"][0]["resps"][0][0]
    assert said == f"\\boxed{{{ITEMS[0].reference}}} "  # what the server wrote on is not graded
    scores = found["results"]["cft_mini_gsm8k"]
    assert scores["acc,none"] == pytest.approx(3 / 5)
    # A chat server takes four stop strings: those that no model ends at by itself.
    first = server.asked[0]
    assert first["stop"] == ["[END]", "(END)", "**END**", "\\[END\\]"]
    assert (first["temperature"], first["max_tokens"]) == (0.0, 2048)
    assert [m["role"] for m in first["messages"]] == ["system", "user"]
    assert first["messages"][0]["content"] == SYSTEM


def test_every_repeat_has_a_seed_of_its_own() -> None:
    """One seed for all would be one response, eight times."""
    with serve(lambda payload: Answer(f"\\boxed{{{payload['seed']}}}")) as server:
        found = evaluate(
            model(server.url, 4),
            "cft_mini_gsm8k",
            limit=2,
            apply_chat_template=True,
            sent={"temperature": 0.6},
            repeats=8,
        )
    for sample in found["samples"]["cft_mini_gsm8k"]:
        assert len(set(sample["resps"][0])) == 8
    seeds = {payload["seed"] for payload in server.asked}
    assert len(seeds) == 8  # the same eight for both problems


def test_a_server_that_says_nothing_of_the_end() -> None:
    with serve(lambda _: Answer("\\boxed{1}", finish=None)) as server:
        found = evaluate(model(server.url), "cft_mini_gsm8k", limit=2, apply_chat_template=True)
    assert found["results"]["cft_mini_gsm8k"]["truncated,none"] == "unknown"
