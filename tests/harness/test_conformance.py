"""One set of stored responses, graded under whichever lm-eval is installed: the same run each time.

`conformance.json` holds what lm-eval 0.4.13 made of them; `make test-next` compares 0.5 with it.
After a change that is meant: `python -m tests.harness.test_conformance`.
"""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cft_eval.harness.defaults import tasks_folder
from cft_eval.testsets.load import load

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

STORED = Path(__file__).with_name("conformance.json")

WORDINGS = (
    "Thus $\\boxed{{{0}}}$.",
    "The answer is {0}. [END] \\boxed{{-3}}",
    "<think>perhaps \\boxed{{7}}</think>It is \\boxed{{{0}}}",
    "I cannot tell.",
    "",
    "\\boxed{{{1}}}",
)
"""Right, cut at a stop string, after a thought, no answer, nothing, and a neighbour's answer."""

SETTINGS: dict[str, dict[str, Any]] = {
    "greedy": {"tasks": ["cft_math_suite_mini"], "limit": 6},
    "sampled": {
        "tasks": ["cft_mini_gsm8k"],
        "metadata": {"repeats": 5},
        "gen_kwargs": {"temperature": 0.7, "top_p": 0.9},
    },
    "few-shot": {"tasks": ["cft_mini_math"], "limit": 6, "num_fewshot": 2},
    "plain": {"tasks": ["cft_mini_amc23"], "metadata": {"prompt": "plain"}, "limit": 6},
    "deepseek": {"tasks": ["cft_mini_amc23"], "metadata": {"prompt": "deepseek-math"}, "limit": 6},
    "messages": {"tasks": ["cft_mini_aime24"], "limit": 6, "apply_chat_template": True},
}


def engine() -> Any:
    from lm_eval.api.model import LM
    from lm_eval.models.api_models import JsonChatStr

    class Stored(LM):  # type: ignore[misc]  # lm-eval has no types
        """Answers by the problem and by how often it was asked."""

        tokenizer_name = "none"

        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            asked: Counter[str] = Counter()
            said = []
            for request in requests:
                items = load(request.doc["benchmark"])
                index = request.doc["index"]
                wording = WORDINGS[(index + asked[request.doc["id"]]) % len(WORDINGS)]
                asked[request.doc["id"]] += 1
                neighbour = items[(index + 1) % len(items)].reference
                said.append(wording.format(items[index].reference, neighbour))
            return said

        def apply_chat_template(
            self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True
        ) -> Any:
            typed = [{**message, "type": "text"} for message in chat_history]  # as lm-eval 0.5 does
            return JsonChatStr(json.dumps(typed, ensure_ascii=False))

        def loglikelihood(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError

        loglikelihood_rolling = loglikelihood

    return Stored()


def run(
    *, tasks: list[str], metadata: dict[str, Any] | None = None, **settings: Any
) -> dict[str, Any]:
    """What lm-eval makes of the stored responses, without what names its version or the machine."""
    import lm_eval
    from lm_eval.tasks import TaskManager

    manager = TaskManager(
        include_defaults=False, include_path=[tasks_folder()], metadata=metadata or {}
    )
    made = lm_eval.simple_evaluate(
        model=engine(), tasks=tasks, task_manager=manager, bootstrap_iters=10, **settings
    )
    return {
        "scores": {
            name: {key: value for key, value in row.items() if "," in key}
            for name, row in made["results"].items()
        },
        "samples": {
            name: [sample(row) for row in sorted(rows, key=lambda row: int(row["doc_id"]))]
            for name, rows in made["samples"].items()
        },
        "better": made["higher_is_better"],
        "shots": made["n-shot"],
    }


def sample(row: dict[str, Any]) -> dict[str, Any]:
    ((context, sent),) = row["arguments"]
    doc = dict(row["doc"])
    facts = {
        "request": _short([str(getattr(context, "prompt", context)), sent]),
        # How and why are the checker's words, and change with it.
        "verdicts": [(v["outcome"], v["finish"], v["correct"]) for v in doc.pop("verdicts")],
        "doc": _short(doc),
        "responses": _short(row["resps"]),
    }
    facts |= {name: row[name] for name in ("doc_id", "target", "filtered_resps")}
    facts |= {name: row[name] for name in sorted(row["metrics"])}
    readable: dict[str, Any] = json.loads(json.dumps(facts))
    return readable


def _short(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", SETTINGS)
def test_samples_and_scores_are_those_of_every_lm_eval(name: str) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))[name]
    made = json.loads(json.dumps(run(**SETTINGS[name])))
    assert made["samples"] == stored["samples"]
    assert made["scores"] == {
        task: {key: _close(value) for key, value in row.items()}
        for task, row in stored["scores"].items()
    }
    assert (made["better"], made["shots"]) == (stored["better"], stored["shots"])


def _close(value: Any) -> Any:
    return pytest.approx(value) if isinstance(value, float) else value


if __name__ == "__main__":
    every = {name: run(**settings) for name, settings in SETTINGS.items()}
    STORED.write_text(
        json.dumps(every, sort_keys=True).replace("}, {", "},\n{") + "\n", encoding="utf-8"
    )
