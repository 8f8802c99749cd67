"""What a task asks for when an earlier run has a part of it."""

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cft_eval.harness.endings import UNKNOWN, Ending
from cft_eval.harness.journal import ResponseJournal, request_key
from cft_eval.harness.resume import Keeper
from cft_eval.harness.watch import WATCH, Watch, _step_by_step

SENT = {"temperature": 0.6}


@pytest.fixture
def watch() -> Watch:
    """A watch of its own: the process's must not count these."""
    return Watch()


def request(context: str, repeats: int = 1) -> Any:
    task = "none of ours"
    return SimpleNamespace(args=(context, SENT), repeats=repeats, resps=[], task_name=task)


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    with closing(ResponseJournal(tmp_path / "run")) as journal:
        for text in ("one", "two"):
            journal.add(request_key("a", SENT), text, Ending("stop", 1))
    return tmp_path / "run"


def test_what_is_there_is_not_asked_again(stem: Path, watch: Watch) -> None:
    said: list[str] = []
    with closing(Keeper(stem, said.append, watch)) as keeper:
        whole, part, none = request("a"), request("a", 3), request("b")
        left = keeper.prepare("t", [whole, part, none], rank=0, alone=True)
        assert left == [part, none]
        assert (whole.resps, part.resps, part.repeats) == (["one"], ["two"], 2)
        assert said == ["t: 2 responses are there already, from a run that stopped"]
        assert watch.resumed == 2
        assert watch.take("a", "two") == Ending("stop", 1)
        keeper("b", "three", UNKNOWN)
    with closing(ResponseJournal(stem)) as journal:
        assert journal.take(request_key("b", SENT)) == ("three", UNKNOWN)


def test_beside_other_processes_one_request_is_kept(stem: Path, watch: Watch) -> None:
    """They wait for each other after generating: one that asks nothing would not come."""
    with closing(Keeper(stem, lambda _: None, watch)) as keeper:
        first, second = request("a"), request("a")
        assert keeper.prepare("t", [first, second], rank=1, alone=False) == [second]
        assert (first.resps, second.resps, second.repeats) == (["one"], [], 1)


GREEDY = {"temperature": 0.0}


def test_one_prompt_asked_in_two_ways_is_kept_by_its_arguments(
    tmp_path: Path, watch: Watch
) -> None:
    with closing(Keeper(tmp_path / "run", lambda _: None, watch)) as keeper:
        greedy = SimpleNamespace(args=("a", GREEDY), repeats=1, resps=[])
        keeper.prepare("greedy", [greedy], rank=0, alone=True)
        keeper.prepare("sampled", [request("a", 2)], rank=0, alone=True)
        keeper("a", "drawn", UNKNOWN, SENT)
        keeper("a", "greedy", UNKNOWN, GREEDY)
    with closing(ResponseJournal(tmp_path / "run")) as journal:
        assert len(journal) == 2
        assert journal.take(request_key("a", SENT)) == ("drawn", UNKNOWN)
        assert journal.take(request_key("a", GREEDY)) == ("greedy", UNKNOWN)


def test_where_an_engine_does_not_tell_the_ways_apart_it_is_said(
    tmp_path: Path, watch: Watch
) -> None:
    said: list[str] = []
    with closing(Keeper(tmp_path / "run", said.append, watch)) as keeper:
        greedy = SimpleNamespace(args=("a", GREEDY), repeats=1, resps=[])
        keeper.prepare("t", [request("a", 2), greedy], rank=0, alone=True)
        for _ in range(2):
            keeper("a", "which?", UNKNOWN, {"temperature": 0.6, "n": 1})
    assert [line.partition(":")[0] for line in said] == ["WARNING"]
    with closing(ResponseJournal(tmp_path / "run")) as journal:
        assert len(journal) == 0


def test_vllm_is_sent_one_set_of_arguments_at_a_time() -> None:
    told: list[tuple[str, object]] = []

    def listen(context: str, text: str, ending: Ending, sent: object) -> None:
        told.append((text, sent))

    def original(_: object, requests: list[Any]) -> list[str]:
        said = [f"{r.args[0]} {r.args[1]['temperature']}" for r in requests]
        for asked, text in zip(requests, said, strict=True):
            WATCH.note(asked.args[0], text, {"as": "vLLM changed it"})
            WATCH.take(asked.args[0], text)
        return said

    asked = [
        request("a"),
        SimpleNamespace(args=("a", GREEDY), task_name="none of ours"),
        request("b"),
    ]
    WATCH.listeners.append(listen)
    try:
        found = _step_by_step(original)(object(), asked)
    finally:
        WATCH.listeners.remove(listen)
    assert found == ["a 0.6", "a 0.0", "b 0.6"]
    assert told == [("a 0.6", SENT), ("b 0.6", SENT), ("a 0.0", GREEDY)]
