"""Plain lm_eval on real engines: how each response ended is exact, and said where it is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from cft_eval.harness.defaults import tasks_folder
from tests.harness.tiny import save_model

pytest.importorskip("lm_eval", reason="needs the extra `eval`")
pytest.importorskip("torch", reason="needs torch")
pytestmark = pytest.mark.slow

UNTIL = ["1", "answer", "x"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def lm(model: Path) -> Any:
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=str(model), device="cpu", dtype="float32", batch_size=8)


def evaluate(
    lm: Any,
    name: str = "cft_arithmetic",
    *,
    limit: int = 24,
    sent: dict[str, Any] | None = None,
    apply_chat_template: bool = False,
    **metadata: Any,
) -> Any:
    """What `lm_eval` does once its model is loaded."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    folder = tasks_folder()
    manager = TaskManager(include_defaults=False, include_path=[folder], metadata=metadata)
    loaded = manager.load([name])
    for task in loaded["tasks"].values():
        task.set_config(key="generation_kwargs", value=sent or {}, update=True)
        task.set_config(key="num_fewshot", value=0)
    return lm_eval.evaluate(
        lm=lm,
        task_dict=loaded,
        limit=limit,
        bootstrap_iters=10,
        apply_chat_template=apply_chat_template,
        fewshot_as_multiturn=apply_chat_template,
    )


def verdicts(found: Any, task: str = "cft_arithmetic") -> list[dict[str, Any]]:
    return [sample["doc"]["verdicts"][0] for sample in found["samples"][task]]


def test_hf_a_higher_limit_changes_the_truncated_ones_alone(lm: Any) -> None:
    """Greedy: what ended by itself ends there under any limit; what was cut goes on."""
    runs = {
        limit: verdicts(evaluate(lm, sent={"max_gen_toks": limit, "until": UNTIL}))
        for limit in (12, 40)
    }
    seen = set()
    for short, long in zip(runs[12], runs[40], strict=True):
        seen.add(short["finish"])
        if short["finish"] == "stop":
            assert (long["finish"], long["tokens"]) == ("stop", short["tokens"])
        else:
            assert short["finish"] == "length"
            assert short["tokens"] == 12 < long["tokens"]
    assert seen == {"stop", "length"}


def test_hf_agrees_with_generating_one_by_one(lm: Any) -> None:
    found = evaluate(lm, sent={"max_gen_toks": 12, "until": UNTIL})
    for sample in found["samples"]["cft_arithmetic"]:
        verdict = sample["doc"]["verdicts"][0]
        prompt = lm.tok_batch_encode([sample["arguments"][0][0]])[0]
        (row,) = lm.model.generate(prompt, max_new_tokens=12, do_sample=False).tolist()
        said = row[prompt.shape[1] :]
        texts = [lm.tokenizer.decode(said[:n]) for n in range(1, len(said) + 1)]
        end = next(
            (n for n, text in enumerate(texts, 1) if any(stop in text for stop in UNTIL)), None
        )
        if end is None and lm.tokenizer.eos_token_id in said:
            end = said.index(lm.tokenizer.eos_token_id) + 1
        expected = ("length", 12) if end is None else ("stop", end)
        assert (verdict["finish"], verdict["tokens"]) == expected


def test_the_metric_is_the_share_of_the_known(lm: Any) -> None:
    found = evaluate(lm, sent={"max_gen_toks": 12, "until": UNTIL})
    cut = [verdict["finish"] == "length" for verdict in verdicts(found)]
    scores = found["results"]["cft_arithmetic"]
    assert scores["truncated,none"] == pytest.approx(sum(cut) / len(cut))
    assert scores["response_tokens,none"] == pytest.approx(
        sum(v["tokens"] for v in verdicts(found)) / len(cut)
    )


def test_an_engine_that_does_not_tell() -> None:
    from lm_eval.models.dummy import DummyLM

    found = evaluate(DummyLM(), "cft_math_suite_mini", limit=2)
    scores = found["results"]["cft_mini_math"]
    assert scores["truncated,none"] == "unknown"
    assert scores["response_chars,none"] == 3.0  # it says "lol"
    assert {v["finish"] for v in verdicts(found, "cft_mini_math")} == {"unknown"}
    assert "acc,none" in found["results"]["cft_math_suite_mini"]
    json.dumps(found["results"])


def test_repeats_and_temperature_are_the_users(lm: Any) -> None:
    found = evaluate(
        lm,
        limit=2,
        repeats=6,
        sent={"max_gen_toks": 4, "temperature": 0.9},
    )
    scores = found["results"]["cft_arithmetic"]
    for metric in ("avg_at_k", "pass_at_1", "pass_at_4", "pass_at_k", "maj_at_k"):
        assert f"{metric},none" in scores
        assert isinstance(scores[f"{metric}_stderr,none"], float | str)
    for sample in found["samples"]["cft_arithmetic"]:
        assert len(sample["resps"][0]) == len(sample["doc"]["verdicts"]) == 6
        assert len(set(sample["resps"][0])) > 1


def test_repeating_a_greedy_response_is_refused(lm: Any) -> None:
    from cft_eval.harness.guards import BadRepeats

    with pytest.raises(BadRepeats, match="6 responses to each problem at temperature 0"):
        evaluate(lm, limit=1, repeats=6)
    with pytest.raises(BadRepeats, match="expected a whole number from 1 to 4096"):
        evaluate(lm, limit=1, repeats=0)


def test_the_sampled_suites_errors_are_clustered_by_problem(lm: Any) -> None:
    from statistics import stdev

    found = evaluate(
        lm,
        limit=6,
        repeats=3,
        sent={"max_gen_toks": 3, "temperature": 1.0},
    )
    scores = found["results"]["cft_arithmetic"]
    samples = found["samples"]["cft_arithmetic"]
    for metric in ("acc", "avg_at_k", "pass_at_k", "maj_at_k"):
        values = [sample[metric] for sample in samples]
        assert scores[f"{metric}_stderr,none"] == pytest.approx(stdev(values) / len(values) ** 0.5)
