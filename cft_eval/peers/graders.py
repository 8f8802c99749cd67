"""The process of one grader: lines of JSON in, lines of JSON out. Needs nothing but the grader.

    python graders.py NAME

This file is run by its path, also by a Python that has no cft_eval. Its first line out names the
grader's version, or says what is missing.
"""

import contextlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable

MEMORY = 4 << 30
"""Bytes that a grader may take."""

Grade = Callable[[str, str], "tuple[bool, str | None]"]
"""A response and a reference; whether it is right, and the answer that was read."""


def math_verify() -> "tuple[str, Grade]":
    """Hugging Face's Math-Verify, called as its documentation does."""
    from math_verify import parse, verify  # type: ignore[import-not-found,import-untyped,unused-ignore]

    def grade(response: str, reference: str) -> "tuple[bool, str | None]":
        gold = parse(reference if "$" in reference else f"${reference}$")
        answers = parse(response)
        # The last entry is the text that was matched; those before it are expressions.
        texts = [each for each in answers if isinstance(each, str)]
        return bool(verify(gold, answers)), (texts[-1] if texts else None)

    return importlib.metadata.version("math-verify"), grade


def inspect_math() -> "tuple[str, Grade]":
    """The scorer `math()` of the UK AI Security Institute's Inspect."""
    import asyncio

    from inspect_ai.model import ModelOutput  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from inspect_ai.scorer import Target, math  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from inspect_ai.solver import TaskState  # type: ignore[import-not-found,import-untyped,unused-ignore]

    scorer = math()

    def grade(response: str, reference: str) -> "tuple[bool, str | None]":
        output = ModelOutput.from_content("none/none", response)
        state = TaskState("none/none", 0, 0, input="", messages=[], output=output)
        score = asyncio.run(scorer(state, Target(reference)))
        return score.value == "C", score.answer

    return importlib.metadata.version("inspect_ai"), grade


def lm_eval_math() -> "tuple[str, Grade]":
    """lm-evaluation-harness's `hendrycks_math`: what stands between the first and last dollar."""
    from lm_eval.tasks.hendrycks_math import utils

    def grade(response: str, reference: str) -> "tuple[bool, str | None]":
        score = utils.process_results({"solution": f"\\boxed{{{reference}}}"}, [response])
        parts = response.split("$")
        answer = "$".join(parts[1:-1]) if len(parts) > 2 else response
        return bool(score["exact_match"]), answer

    return importlib.metadata.version("lm-eval"), grade


def lm_eval_minerva() -> "tuple[str, Grade]":
    """lm-evaluation-harness's `minerva_math`: the words of its examples, and nothing else.

    They are "Final Answer: The final answer is …. I hope it is correct."; a box is not read.
    """
    from lm_eval.tasks.minerva_math import utils

    def grade(response: str, reference: str) -> "tuple[bool, str | None]":
        answer = utils.normalize_final_answer(utils.get_unnormalized_answer(response))
        right = utils.is_equiv(answer, utils.normalize_final_answer(reference))
        return bool(right), (None if answer == "[invalidanswer]" else answer)

    return importlib.metadata.version("lm-eval"), grade


GRADERS = {
    "math_verify": math_verify,
    "inspect_math": inspect_math,
    "lm_eval_math": lm_eval_math,
    "lm_eval_minerva": lm_eval_minerva,
}


def main(name: str) -> int:
    """Serve until the input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a grader that prints must not print into the answers
    try:
        version, grade = GRADERS[name]()
    except Exception as error:  # noqa: BLE001  # others' code: each has an error of its own
        _write(out, {"missing": " ".join(f"{type(error).__name__}: {error}".split())})
        return 3
    _limit_memory()
    _write(out, {"grader": name, "version": version})
    for line in sys.stdin:
        row = json.loads(line)
        started = time.perf_counter()
        try:
            right, answer = grade(row["response"], row["reference"])
            said: dict[str, object] = {"correct": right, "answer": answer, "error": None}
        except Exception as error:  # noqa: BLE001  # others' code: whatever it raises is an answer
            text = f"{type(error).__name__}: {error}"[:300]
            said = {"correct": None, "answer": None, "error": text}
        _write(out, {**said, "seconds": time.perf_counter() - started})
    return 0


def _write(out: "contextlib.AbstractContextManager[object]", row: "dict[str, object]") -> None:
    out.write(json.dumps(row) + "\n")  # type: ignore[attr-defined]
    out.flush()  # type: ignore[attr-defined]


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
