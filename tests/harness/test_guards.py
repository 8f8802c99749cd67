"""Both caches of lm-eval: neither an earlier run's protocol nor one response for all repeats."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("aiohttp", reason="needs lm-eval[api]")

from cft_eval.harness.guards import SameResponses, StaleRequests, is_sampled
from tests.harness.chat_server import Answer, serve
from tests.harness.test_chat_server import model
from tests.harness.test_engines import evaluate

SAMPLED = {"temperature": 0.6}


def cached(url: str, folder: Path) -> Any:
    """What `--use_cache` makes of an engine."""
    from lm_eval.api.model import CachingLM

    return CachingLM(model(url), str(folder / "cache.db"))


def test_a_cache_of_responses_leaves_sampled_ones_out(tmp_path: Path) -> None:
    """avg@8 was that of one response: .333 for .500, and nothing said so."""
    with serve(lambda payload: Answer(f"\\boxed{{{payload['seed']}}}")) as server:
        for _ in range(2):  # the second time from a cache that is full
            found = evaluate(
                cached(server.url, tmp_path),
                "cft_mini_gsm8k",
                limit=2,
                apply_chat_template=True,
                sent=dict(SAMPLED),
                repeats=4,
            )
            for sample in found["samples"]["cft_mini_gsm8k"]:
                assert len(set(sample["resps"][0])) == 4
        assert len(server.asked) == 2 * 2 * 4
        assert all("do_sample" not in payload for payload in server.asked)


class BlindCache:
    """A cache of responses that does not look for `do_sample`, as another lm-eval's may be."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def generate_until(self, requests: list[Any]) -> Any:
        for request in requests:
            request.args[1].pop("do_sample", None)
        return self._cache.generate_until(requests)


def test_copies_from_a_cache_are_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told: dict[str, Any] = {"limit": 2, "apply_chat_template": True, "repeats": 4}
    told["sent"] = dict(SAMPLED)
    with serve(lambda payload: Answer("\\boxed{4}")) as server:
        evaluate(model(server.url), "cft_mini_gsm8k", **told)
        assert "the 4 responses to each problem are copies of one" in caplog.text
        blind = BlindCache(cached(server.url, tmp_path))
        evaluate(blind, "cft_mini_gsm8k", **{**told, "repeats": 1})
        with pytest.raises(SameResponses, match="copies of one, from --use_cache"):
            evaluate(blind, "cft_mini_gsm8k", **told)


def test_greedy_responses_are_taken_from_a_cache(tmp_path: Path) -> None:
    found: Any = None
    with serve(lambda payload: Answer("\\boxed{4}")) as server:
        for _ in range(2):
            found = evaluate(
                cached(server.url, tmp_path), "cft_mini_gsm8k", limit=3, apply_chat_template=True
            )
        assert len(server.asked) == 3
    # A cache does not tell how a response ended.
    assert found["results"]["cft_mini_gsm8k"]["truncated,none"] == "unknown"


def build(limit: int | None, sent: dict[str, Any], *, cached: Any = True, **ways: Any) -> Any:
    """The requests that lm-eval builds with `--cache_requests true`."""
    from lm_eval.tasks import TaskManager

    from cft_eval.harness.defaults import tasks_folder

    manager = TaskManager(
        include_defaults=False, include_path=tasks_folder(), metadata=ways.pop("metadata", {})
    )
    task = manager.load(["cft_mini_gsm8k"])["tasks"]["cft_mini_gsm8k"]
    task.set_config(key="generation_kwargs", value=sent, update=True)
    task.set_config(key="num_fewshot", value=ways.pop("examples", 0))
    task.build_all_requests(
        limit=limit, rank=0, world_size=1, cache_requests=True, tokenizer_name="", **ways
    )
    return task


@pytest.fixture
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lm_eval.caching.cache.PATH", str(tmp_path / "requests"))


OTHER: list[tuple[dict[str, Any], str]] = [
    ({"sent": {"temperature": 0.8}}, "temperature=0.6, and 0.8 is set now"),
    ({"sent": {"max_gen_toks": 100}}, "max_gen_toks=2048, and 100 is set now"),
    ({"sent": {"top_p": 0.9}}, "top_p=None, and 0.9 is set now"),
    ({"sent": {"until": ["x"]}}, "until="),
    ({"metadata": {"prompt": "deepseek-math"}}, "the prompt of problem 0 differs"),
]


@pytest.mark.usefixtures("_own_cache")
@pytest.mark.parametrize(("other", "what"), OTHER)
def test_an_earlier_runs_requests_are_refused(other: dict[str, Any], what: str) -> None:
    build(3, dict(SAMPLED))
    build(3, dict(SAMPLED))  # the same again is what the cache is for
    assert len(build(5, dict(SAMPLED)).instances) == 5
    with pytest.raises(StaleRequests) as error:
        build(3, {**SAMPLED, **other.get("sent", {})}, metadata=other.get("metadata", {}))
    assert what in str(error.value)
    assert "--cache_requests refresh" in str(error.value)


@pytest.mark.usefixtures("_own_cache")
def test_written_anew_they_are_this_runs() -> None:
    build(3, dict(SAMPLED))
    task = build(3, {"temperature": 0.8}, rewrite_requests_cache=True)
    assert {instance.args[1]["temperature"] for instance in task.instances} == {0.8}


@pytest.mark.usefixtures("_own_cache")
def test_another_system_instruction_is_another_key_or_refused() -> None:
    build(2, dict(SAMPLED))
    task = build(2, dict(SAMPLED), system_instruction="Be brief.")
    assert all("Be brief." in instance.args[0] for instance in task.instances)


DRAWN = [
    ({"temperature": 0.6}, True),
    ({"temperature": 0.0}, False),
    ({"do_sample": True}, True),
    # As engines read it: no draw, whatever the temperature.
    ({"temperature": 0.6, "do_sample": False}, False),
    ({}, False),
]


@pytest.mark.parametrize(("sent", "drawn"), DRAWN)
def test_what_is_a_draw(sent: dict[str, Any], drawn: bool) -> None:
    assert is_sampled(sent) is drawn
