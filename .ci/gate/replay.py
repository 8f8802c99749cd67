"""A small evaluation that is the same on every machine: recorded responses, run as a model.

    python .ci/gate/replay.py OUT            # write an lm-eval output folder
    python .ci/gate/replay.py --record RUN   # take the arithmetic responses of a demo's run

Training is not equal to the bit from one machine to the next, so the demo's model is not trained
here: what an early checkpoint of it answered once is in responses.jsonl. To the mini suite, of
which that model knows nothing, the references are given in several wordings and forms, and to
every third problem that of another.
lm-eval, our tasks, the prompts and the checker are the real ones; `make gate` compares the outcomes
with baseline.json.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

from cft_eval.harness.evaluate import evaluate
from cft_eval.harness.read import read_output
from cft_eval.testsets import BENCHMARKS
from cft_eval.testsets.load import load

RECORDED = Path(__file__).with_name("responses.jsonl")
TASKS = "cft_arithmetic,cft_math_suite_mini"
MISTAKEN = 3
"""One problem in so many gets the reference of the next one."""

WORDINGS = (
    "Step by step, we find $\\boxed{{{0}}}$.",
    "So it is {0}.\n\nFinal Answer: The final answer is ${0}$. I hope it is correct.",
    "At first I thought of $-7$, but in fact it is \\boxed{{ {0} }}.",
    "Hence $x = 1$ is no solution, and the answer is\n\\[\\boxed{{{0}}}\\]",
)
"""How a model may say it; each exercises another rule of extraction."""

REWRITES = (
    (r"^(-?)(\d{1,4})$", lambda m: rf"{m[1]}\frac{{{3 * int(m[2])}}}{{3}}"),
    (r"\\frac\{(\d+)\}\{(\d+)\}", lambda m: rf"\dfrac{{{2 * int(m[1])}}}{{{2 * int(m[2])}}}"),
    (r"\\frac", lambda m: r"\dfrac"),
    (r"\\sqrt\{(\d+)\}", lambda m: rf"{m[1]}^{{1/2}}"),
    (r"(\d),\s*(?=\S)", lambda m: rf"{m[1]},\, "),
)
"""The same value in other words. A reference given back as it stands would compare equal whatever
the checker makes of it."""


def responses() -> dict[str, str]:
    """Item hash to response."""
    lines = RECORDED.read_text(encoding="utf-8").splitlines()
    found = {row["item"]: row["response"] for row in map(json.loads, lines)}
    for name in BENCHMARKS:
        if name.startswith("mini_"):
            items = load(name)
            for place, item in enumerate(items):
                given = items[(place + 1) % len(items)] if place % MISTAKEN == 1 else item
                wording = WORDINGS[place % len(WORDINGS)]
                answer = _rewritten(given.reference) if place % 2 else given.reference
                found[item.item] = wording.format(answer)
    return found


def _rewritten(reference: str) -> str:
    for pattern, other in REWRITES:
        reference = re.sub(pattern, other, reference)
    return reference


@register_model("replay")
class Replay(LM):  # type: ignore[misc]  # lm-eval has no types
    """Answers by what was asked, not by how: the prompts are in the gate's fingerprint."""

    def __init__(self, **_: Any) -> None:
        super().__init__()
        self._responses = responses()

    def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
        return [self._responses[request.doc["item"]] for request in requests]

    def loglikelihood(self, requests: list[Any], disable_tqdm: bool = False) -> list[Any]:
        raise RuntimeError("no task of cft_eval asks for likelihoods")

    loglikelihood_rolling = loglikelihood


def record(run: Path) -> None:
    """Keep what the demo's model answered to the arithmetic, in the order of the items."""
    samples = [s for s in read_output(run).samples if s.benchmark == "arithmetic"]
    with RECORDED.open("w", encoding="utf-8") as file:
        for sample in samples:
            row = {"item": sample.item, "response": sample.response}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    if sys.argv[1] == "--record":
        record(Path(sys.argv[2]))
    else:
        asked = ["--model", "replay", "--tasks", TASKS, "--output_path", sys.argv[1]]
        evaluate(asked, show=print, fresh=True)


if __name__ == "__main__":
    main()
