"""k responses in one request where the engine draws several; one by one where it does not."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("aiohttp", reason="needs lm-eval[api]")

from cft_eval.harness import together, watch
from tests.harness.chat_server import Answer, Payload, serve
from tests.harness.test_chat_server import model
from tests.harness.test_engines import evaluate


def teacher(payload: Payload) -> Answer:
    """Another text for each choice and seed; every third is cut."""
    choice = payload["choice"]
    return Answer(f"{payload['seed']}/{choice} \\boxed{{1}}", "length" if choice % 3 else "stop", 7)


@pytest.mark.parametrize("concurrent", [1, 8])
@pytest.mark.parametrize(("most", "requests"), [(64, 3), (4, 3 * 4), (1, 3 * 16), (0, 3 * 17)])
def test_a_server(concurrent: int, most: int, requests: int) -> None:
    noted: list[tuple[str, str, str]] = []

    def listen(context: str, text: str, ending: Any, sent: Any) -> None:
        noted.append((context, text, ending.finish))

    watch.WATCH.listeners.append(listen)
    try:
        with serve(teacher, most=most) as server:
            found = evaluate(
                model(server.url, concurrent),
                "cft_mini_gsm8k",
                limit=3,
                apply_chat_template=True,
                sent={"temperature": 0.6},
                repeats=16,
            )
            if most > 1:
                assert len(server.asked) == requests
                # What it gives at once is what it is asked for from then on.
                assert {payload["n"] for payload in server.asked} == {16, min(most, 16)}
    finally:
        watch.WATCH.listeners.remove(listen)
    for sample in found["samples"]["cft_mini_gsm8k"]:
        (responses,) = sample["resps"]
        assert len(responses) == len(set(responses)) == 16
        for response, verdict in zip(responses, sample["doc"]["verdicts"], strict=True):
            cut = int(response.partition("/")[2].partition(" ")[0]) % 3
            assert verdict["finish"] == ("length" if cut else "stop")
            # The count is of all choices together: unknown of each.
            assert verdict["tokens"] == (None if most > 1 else 7)
    # Every response was journalled once, with its own ending.
    assert len(noted) == len(set(noted)) == 48


def test_greedy_requests_are_left_as_they_are() -> None:
    with serve(lambda _: Answer("\\boxed{1}"), most=64) as server:
        evaluate(model(server.url), "cft_mini_gsm8k", limit=2, apply_chat_template=True)
        assert all("n" not in payload for payload in server.asked)


def test_more_than_a_request_takes_goes_in_several() -> None:
    with serve(teacher, most=256) as server:
        found = evaluate(
            model(server.url, 4),
            "cft_mini_gsm8k",
            limit=1,
            apply_chat_template=True,
            sent={"temperature": 0.6},
            repeats=256,
        )
        assert [payload["n"] for payload in server.asked] == [together.MOST] * 4
        assert len({payload["seed"] for payload in server.asked}) == 4
    ((responses,),) = [sample["resps"] for sample in found["samples"]["cft_mini_gsm8k"]]
    assert len(set(responses)) == 256
    scores = found["results"]["cft_mini_gsm8k"]
    assert {f"pass_at_{2**power},none" for power in range(9)} | {"maj_at_k,none"} < scores.keys()


class Params(SimpleNamespace):
    """As vLLM's, as far as it is looked at."""


def params(**more: Any) -> Params:
    return Params(**{"temperature": 0.6, "seed": None, "n": 1, "stop": ["x"]} | more)


def engine(
    seen: list[tuple[list[Any], list[int]]],
) -> Any:
    def generate(self: object, *, requests: Any, generate: bool, sampling_params: Any) -> Any:
        seen.append((list(requests), [each.n for each in sampling_params]))
        return [
            SimpleNamespace(
                prompt_token_ids=prompt,
                outputs=[
                    SimpleNamespace(
                        text=f"{prompt}/{each.temperature}/{n}",
                        token_ids=[1] * n,
                        finish_reason="stop",
                    )
                    for n in range(each.n)
                ],
            )
            for prompt, each in zip(requests, sampling_params, strict=True)
        ]

    return together.in_one_batch(generate)


BATCHES: list[tuple[Sequence[Any], Sequence[Params], list[int]]] = [
    ([[1], [1], [1], [2]], [params()] * 4, [3, 1]),
    # Not beside each other, and told apart by how they are asked.
    ([[1], [2], [1], [1]], [params(), params(), params(), params(temperature=1.0)], [2, 1, 1]),
    # Greedy copies, and those with a seed, are requests of their own.
    ([[1], [1]], [params(temperature=0.0)] * 2, [1, 1]),
    ([[1], [1]], [params(seed=1), params(seed=2)], [1, 1]),
]


@pytest.mark.parametrize(("requests", "sampling", "numbers"), BATCHES)
def test_vllm_draws_copies_of_a_prompt_together(
    requests: Sequence[Any], sampling: Sequence[Params], numbers: list[int]
) -> None:
    seen: list[tuple[list[Any], list[int]]] = []
    outputs = engine(seen)(
        None, requests=list(requests), generate=True, sampling_params=list(sampling)
    )
    assert seen[0][1] == numbers
    assert [output.prompt_token_ids for output in outputs] == list(requests)
    if max(numbers) > 1:  # each copy another draw
        texts = [output.outputs[0].text for output in outputs]
        assert len(set(texts)) == len(texts)
    assert [each.n for each in sampling] == [1] * len(sampling)
