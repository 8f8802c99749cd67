"""`--model local-chat-completions` against a server that ignores stop strings."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from cft_eval.harness.protocol import SYSTEM
from cft_eval.harness.read import read_output
from cft_eval.testsets.load import load
from tests.harness import dying, warm
from tests.harness.chat_server import Answer, Payload, Server, serve
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
        ("no_answer", "length", 2048),
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
    for problem in {json.dumps(payload["messages"]) for payload in server.asked}:
        asked = [p["seed"] for p in server.asked if json.dumps(p["messages"]) == problem]
        assert len(asked) == len(set(asked)) == 8


def test_a_server_that_says_nothing_of_the_end() -> None:
    with serve(lambda _: Answer("\\boxed{1}", finish=None)) as server:
        found = evaluate(model(server.url), "cft_mini_gsm8k", limit=2, apply_chat_template=True)
    assert found["results"]["cft_mini_gsm8k"]["truncated,none"] == "unknown"


def test_half_a_character_is_replaced_before_it_is_graded_and_logged() -> None:
    """A lone surrogate can be written to no file: the run could never be finished."""
    with serve(lambda _: Answer("\\boxed{1}\ud800", "stop", 3)) as server:
        found = evaluate(model(server.url, 2), "cft_mini_gsm8k", limit=2, apply_chat_template=True)
    samples = found["samples"]["cft_mini_gsm8k"]
    assert [sample["resps"][0][0] for sample in samples] == ["\\boxed{1}\ufffd"] * 2
    assert [sample["doc"]["verdicts"][0]["finish"] for sample in samples] == ["stop"] * 2


OUT = re.compile(r"results: (.+)")


def command(server: Server, out: Path, tasks: str = "cft_arithmetic") -> list[str]:
    told = f"model=m,base_url={server.url},num_concurrent=4,max_retries=1"
    asked = ["run", "--model", "local-chat-completions", "--model_args", told]
    asked += ["--apply_chat_template", "--tasks", tasks, "--output_path", str(out)]
    return [*asked, "--limit", "8"]


def test_what_could_not_be_saved_is_not_forgotten(tmp_path: Path) -> None:
    """lm-eval only warns: the responses must outlive a disk that is full."""
    with serve(lambda _: Answer("\\boxed{1} \ud83d", "stop", 3)) as server:
        failed = warm.run(dying.run, "saving", command(server, tmp_path))
        assert failed.returncode == 2, failed.stderr[-2000:]
        assert "the file is cut off or was edited" in failed.stderr
        assert "The responses are kept" in failed.stderr
        assert len(server.asked) == 8
        again = warm.run(dying.run, "none", command(server, tmp_path))
        assert again.returncode == 0, again.stderr[-2000:]
        assert len(server.asked) == 8
    (results,) = OUT.findall(again.stderr)
    assert {s.response for s in read_output(Path(results)).samples} == {"\\boxed{1} \ufffd"}
    assert not (tmp_path / ".unfinished").exists()


def test_a_disk_that_is_full_while_responses_come(tmp_path: Path) -> None:
    """One sentence, nothing is asked in vain, and what was kept is not asked again."""
    with serve(lambda _: Answer("long " * 2000 + "\\boxed{1}", "stop", 3)) as server:
        typed = [
            word.replace("max_retries=1", "max_retries=5") for word in command(server, tmp_path)
        ]
        typed[-1] = "24"
        failed = warm.run(dying.run, "full", typed)
        assert failed.returncode == 2, failed.stderr[-2000:]
        assert "a response could not be saved: File too large" in failed.stderr
        assert "Traceback" not in failed.stderr
        (journal,) = (tmp_path / ".unfinished").glob("*.jsonl")
        kept, asked = journal.read_bytes().count(b"\n"), len(server.asked)
        assert kept > 0
        # lm-eval would try each of the others five times.
        assert asked <= kept + 5
        again = warm.run(dying.run, "none", typed)
        assert again.returncode == 0, again.stderr[-2000:]
        assert len(server.asked) - asked == 24 - kept


@pytest.mark.parametrize("concurrent", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_a_server_that_goes_away(concurrent: int, tmp_path: Path) -> None:
    """The last line says so, and the next run asks for the rest alone."""
    refusing = [True]

    def answer(_: Payload) -> Answer:
        if refusing[0] and len(server.asked) > 6:
            raise ConnectionAbortedError
        return Answer("\\boxed{1}", "stop", 3)

    with serve(answer) as server:
        typed = [
            word.replace("num_concurrent=4,max_retries=1", f"num_concurrent={concurrent}")
            for word in command(server, tmp_path)
        ]
        lost = warm.run(dying.run, "none", typed)
        assert lost.returncode == 2, lost.stderr[-2000:]
        assert "Traceback" not in lost.stderr
        (said,) = [line for line in lost.stderr.splitlines() if "cft-eval: http" in line]
        assert f"{server.url}: the server does not answer: " in said
        assert "the responses so far are saved: type the same command again to resume" in said
        refusing[0] = False
        before = len(server.asked)
        again = warm.run(dying.run, "none", typed)
        assert again.returncode == 0, again.stderr[-2000:]
        assert 0 < len(server.asked) - before < 8


def test_a_key_that_is_refused_is_not_tried_again(tmp_path: Path) -> None:
    def answer(_: Payload) -> Answer:
        raise PermissionError

    with serve(answer) as server:
        typed = [
            word.replace("max_retries=1", "max_retries=5") for word in command(server, tmp_path)
        ]
        refused = warm.run(dying.run, "none", typed)
        assert refused.returncode == 2, refused.stderr[-2000:]
        assert "Traceback" not in refused.stderr
        assert f"{server.url}: the server refuses the request: 401, " in refused.stderr
        assert len(server.asked) <= 4


def test_two_protocols_of_one_benchmark_are_both_taken_up(tmp_path: Path) -> None:
    """The prompt is the same; how it was to be generated tells them apart."""
    both = "cft_aime24,cft_aime24_sampled"
    data = {"CFT_EVAL_DATA": str(tmp_path), "CFT_EVAL_ALLOW_DRIFT": "aime24"}
    rows = [{"problem": f"What is {n} + {n}?", "answer": str(2 * n)} for n in range(8)]
    (tmp_path / "aime24").mkdir()
    (tmp_path / "aime24/test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with serve(lambda payload: Answer(f"at {payload['temperature']}", "stop", 3)) as server:
        killed = warm.run(dying.run, "grading", command(server, tmp_path, both), data)
        assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
        assert len(server.asked) == 8 + 8 * 8
        again = warm.run(dying.run, "none", command(server, tmp_path, both), data)
        assert again.returncode == 0, again.stderr[-2000:]
        assert len(server.asked) == 8 + 8 * 8
    (results,) = OUT.findall(again.stderr)
    said = {(s.task, s.response) for s in read_output(Path(results)).samples}
    assert said == {("cft_aime24", "at 0.0"), ("cft_aime24_sampled", "at 0.6")}
