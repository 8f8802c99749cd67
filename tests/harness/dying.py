"""`cft-eval run` that is killed at a stage: what the tests of resuming call in another process."""

import os
import signal
from typing import Any


def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def run(stage: str, arguments: list[str]) -> int:
    """Run the command; ``stage`` says where the process dies, or `none`."""
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.models.huggingface import HFLM

    from cft_eval.cli import main
    from cft_eval.harness.grading import GradeFilter

    if stage == "loading":
        HFLM.__init__ = die
    if stage == "generating":
        generate, calls = HFLM._model_generate, []

        def some(*args: Any, **kwargs: Any) -> Any:
            calls.append(1)
            return die() if len(calls) > 2 else generate(*args, **kwargs)

        HFLM._model_generate = some
    if stage == "grading":
        GradeFilter.apply = die  # type: ignore[method-assign]
    if stage == "writing":
        EvaluationTracker.save_results_samples = die
    return main(arguments)
