"""What servers are sent is what was asked, whatever class of lm-eval sends it."""

from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("aiohttp", reason="needs lm-eval[api]")

from cft_eval.harness import servers, watch
from cft_eval.harness.servers import NoChatTemplate, OtherPayload, ServerLost
from tests.harness.chat_server import Answer, Payload, serve
from tests.harness.test_chat_server import model
from tests.harness.test_engines import evaluate

WRAPPED = ("generate_until", "parse_generations", "_create_payload")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")


def openai(name: str, url: str, concurrent: int = 1) -> Any:
    from lm_eval.models.openai_completions import OpenAIChatCompletion

    return OpenAIChatCompletion(model=name, base_url=url, num_concurrent=concurrent, max_retries=1)


def test_every_class_of_lm_eval_is_listened_to() -> None:
    import lm_eval.models.anthropic_llms
    import lm_eval.models.openai_completions
    import lm_eval.models.sglang_generate_API  # noqa: F401

    watch.attach("cft_mini_gsm8k")
    owners = list(servers.classes())
    assert {"OpenAIChatCompletion", "AnthropicChat", "SGLANGGENERATEAPI"} < {
        owner.__name__ for owner in owners
    }
    for owner in owners:
        for name in WRAPPED:
            if name in owner.__dict__:
                assert hasattr(owner.__dict__[name], "cft_eval"), (owner, name)


@pytest.mark.parametrize("concurrent", [1, 4])
def test_every_class_sends_a_seed_for_each_repeat(concurrent: int) -> None:
    with serve(lambda payload: Answer(f"\\boxed{{{payload['seed']}}}")) as server:
        found = evaluate(
            openai("gpt-4o", server.url, concurrent),
            "cft_mini_gsm8k",
            limit=2,
            apply_chat_template=True,
            sent={"temperature": 0.6},
            repeats=6,
        )
        assert {payload["temperature"] for payload in server.asked} == {0.6}
    for sample in found["samples"]["cft_mini_gsm8k"]:
        assert len(set(sample["resps"][0])) == 6


NAMED = ["Qwen2.5-Math-7B", "gpt-5-mini", "o3", "o1-mini", "deepseek-r1-0528"]
"""lm-eval looks for o1, o3, o4 and 5 anywhere in the name."""


@pytest.mark.parametrize("name", NAMED)
def test_another_temperature_than_was_asked_is_refused(name: str) -> None:
    with serve(lambda _: Answer("\\boxed{1}")) as server:
        with pytest.raises(OtherPayload) as error:
            evaluate(openai(name, server.url), "cft_mini_gsm8k", limit=2, apply_chat_template=True)
        assert not server.asked
    said = str(error.value)
    assert said.startswith(f"--model openai-chat-completions ({name}): temperature=0.0 was ")
    assert "temperature=0.0 was requested, temperature=1 would be sent" in said


def test_what_the_model_takes_may_be_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    """No stop strings are sent then; the response is cut at them all the same."""
    with serve(lambda _: Answer("\\boxed{1} [END] \\boxed{2}")) as server:
        found = evaluate(
            openai("o3", server.url),
            "cft_mini_gsm8k",
            limit=2,
            apply_chat_template=True,
            sent={"temperature": 1.0},
        )
        assert all("stop" not in payload for payload in server.asked)
    assert found["samples"]["cft_mini_gsm8k"][0]["resps"] == [["\\boxed{1} "]]
    assert "sends no stop strings: responses are cut at them here" in caplog.text


def test_a_server_that_drops_an_argument_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from lm_eval.models.openai_completions import LocalChatCompletion

    class Forgetful(LocalChatCompletion):  # type: ignore[misc]  # lm-eval has no types
        def _create_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
            payload: dict[str, Any] = super()._create_payload(*args, **kwargs)
            payload.pop("top_p", None)
            return payload | {"max_tokens": 16}

    lm = Forgetful(model="m", base_url="http://127.0.0.1:9/", max_retries=1)
    sent = {"temperature": 0.6, "top_p": 0.9}
    with pytest.raises(OtherPayload, match=r"top_p=0\.9 was requested, nothing would be sent"):
        evaluate(lm, "cft_mini_gsm8k", limit=1, apply_chat_template=True, sent=sent)
    with pytest.raises(OtherPayload, match="max_gen_toks=2048 was requested, 16 would be sent"):
        evaluate(lm, "cft_mini_gsm8k", limit=1, apply_chat_template=True)


def test_text_for_a_chat_server_is_refused() -> None:
    with (
        serve(lambda _: Answer("\\boxed{1}")) as server,
        pytest.raises(NoChatTemplate, match="add --apply_chat_template"),
    ):
        evaluate(model(server.url), "cft_mini_gsm8k", limit=1)


PROMPTS: list[tuple[Any, bool]] = [
    ("one text", True),
    (["one text", "another"], True),
    # Two responses to one text in one request: one seed would make them one.
    (["one text", "one text"], False),
    ([[1, 2], [1, 2]], False),
    # One text as tokens, some of them twice.
    ([1, 2, 2], True),
]


@pytest.mark.parametrize(("prompt", "seeded"), PROMPTS)
def test_a_batch_with_copies_has_no_seed(prompt: Any, seeded: bool) -> None:
    from lm_eval.models.openai_completions import LocalCompletionsAPI

    watch.attach("cft_mini_gsm8k")
    lm = LocalCompletionsAPI(
        model="m", base_url="http://127.0.0.1:9/", tokenizer_backend=None, batch_size=4
    )
    sent = {"temperature": 0.6, "until": ["x"], "max_gen_toks": 5}
    payload = lm._create_payload(prompt, generate=True, gen_kwargs=dict(sent), seed=1)
    assert ("seed" in payload) is seeded
    greedy = {**sent, "temperature": 0.0}
    assert lm._create_payload(prompt, generate=True, gen_kwargs=greedy, seed=1)["seed"] == 1


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("concurrent", [1, 4])
def test_an_answer_without_content_is_noted_and_counted(concurrent: int, silent: bool) -> None:
    """`content: null` where a thought took all tokens: 0 % truncated was shown for 100 %."""
    before = watch.WATCH.nulls
    noted: list[tuple[str, str]] = []

    def listen(context: str, text: str, ending: Any, sent: Any) -> None:
        noted.append((text, ending.finish))

    watch.WATCH.listeners.append(listen)
    try:
        with serve(lambda _: Answer(None, "length", 2048, silent)) as server:
            found = evaluate(
                model(server.url, concurrent), "cft_mini_gsm8k", limit=3, apply_chat_template=True
            )
    finally:
        watch.WATCH.listeners.remove(listen)
    assert noted == [("", "length")] * 3
    assert watch.WATCH.nulls - before == 3
    assert found["results"]["cft_mini_gsm8k"]["truncated,none"] == 1.0


@pytest.mark.parametrize("concurrent", [1, 4])
def test_one_choice_without_content_leaves_the_others(concurrent: int) -> None:
    """lm-eval drops all choices of an answer in which one has no content."""

    def answer(payload: Payload) -> Answer:
        said = None if payload["choice"] == 1 else f"\\boxed{{{payload['choice']}}}"
        return Answer(said, "length" if said is None else "stop", silent=True)

    with serve(answer, most=4) as server:
        found = evaluate(
            model(server.url, concurrent),
            "cft_mini_gsm8k",
            limit=2,
            apply_chat_template=True,
            sent={"temperature": 0.6},
            repeats=4,
        )
    assert len(server.asked) == 2
    assert found["results"]["cft_mini_gsm8k"]["answered,none"] == 0.75
    assert found["results"]["cft_mini_gsm8k"]["truncated,none"] == 0.25


@pytest.mark.parametrize("concurrent", [1, 4])
@pytest.mark.parametrize(
    "body", [{"error": {"code": 502, "message": "no provider"}}, {"choices": []}]
)
def test_an_error_that_comes_as_an_answer_is_no_response(concurrent: int, body: Payload) -> None:
    """It was graded as a wrong, empty response, or the run broke off as by a bug."""

    def answer(_: Payload) -> Answer:
        raise LookupError(body)

    with serve(answer) as server, pytest.raises(ServerLost, match="an answer without a response"):
        evaluate(model(server.url, concurrent), "cft_mini_gsm8k", limit=2, apply_chat_template=True)
