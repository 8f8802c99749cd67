"""`cft-eval run` that is killed at a stage: what the tests of resuming call in another process."""

import os
import resource
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def run(stage: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> int:
    """Run the command; ``stage`` says where the process dies, or `none`.

    At `saving` it lives on, and the samples' file is cut in the middle of a line; at `full` no file
    may grow beyond 66,000 bytes, its log included, while responses are generated.
    """
    os.environ.update(environment or {})
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.models.huggingface import HFLM

    from cft_eval.cli import main
    from cft_eval.harness.grading import GradeFilter
    from cft_eval.harness.journal import ResponseJournal

    if stage == "loading":
        HFLM.__init__ = die
    if stage == "generating":
        generate, calls = HFLM._model_generate, []

        def some(*args: Any, **kwargs: Any) -> Any:
            calls.append(1)
            return die() if len(calls) > 2 else generate(*args, **kwargs)

        HFLM._model_generate = some
    if stage == "full":
        kept: list[Callable[..., None]] = [ResponseJournal.add]

        def no_room(*args: Any) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (66_000, resource.RLIM_INFINITY))
            kept[0](*args)

        ResponseJournal.add = no_room  # type: ignore[method-assign, assignment]
    if stage == "grading":
        GradeFilter.apply = die  # type: ignore[method-assign]
    if stage == "writing":
        EvaluationTracker.save_results_samples = die
    if stage == "saving":
        save = EvaluationTracker.save_results_samples

        def cut(self: Any, *args: Any, **kwargs: Any) -> None:
            save(self, *args, **kwargs)
            for file in Path(self.output_path).rglob("samples_*.jsonl"):
                os.truncate(file, file.stat().st_size // 2 - 9)

        EvaluationTracker.save_results_samples = cut
    return main(arguments)
