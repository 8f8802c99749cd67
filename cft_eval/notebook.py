"""An evaluation as one call, for notebooks and scripts: what `cft-eval run` does, as a table.

    evaluate(model or server) ── lm-eval's arguments ──> harness ──> EvaluatedRun: tables

The command line and this call are one road: the same protocol, journal, checks and files. pandas is
loaded when a frame is asked for.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cft_eval.caller import Caller, called_from
from cft_eval.errors import CftError, MissingExtra

if TYPE_CHECKING:
    import pandas

    from cft_eval.results import Run, Sample

GIVEN = "cft-given"
"""The model type under which lm-eval finds an engine that was handed over."""


class NoModel(CftError):
    """What was given is no model that can be evaluated."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"{type(given).__name__}: expected a folder or hub name, the address of a server "
            "(http://…/v1/chat/completions), or an engine of lm-eval (lm_eval.api.model.LM)"
        )


@dataclass(frozen=True)
class EvaluatedRun:
    """A run that is on the disk, with its responses."""

    run: "Run"
    samples: Sequence["Sample"]
    path: Path
    """lm-eval's results file: what `cft-eval compare`, `gate`, `push` and `report` take."""

    @property
    def scores(self) -> "pandas.DataFrame":
        """One row a task: problems, repeats, every measured share, and the interval of `acc`."""
        from cft_eval.render.overview import overview

        looked = overview(self.run, self.samples).tasks
        rows = [
            {
                "task": name,
                "benchmark": score.benchmark,
                "problems": score.items,
                "repeats": score.repeats,
                "low": looked[name].whole.interval.low,
                "high": looked[name].whole.interval.high,
                **score.scores,
            }
            for name, score in self.run.tasks.items()
        ]
        frame: pandas.DataFrame = _pandas().DataFrame(rows).set_index("task")
        return frame

    @property
    def responses(self) -> "pandas.DataFrame":
        """One row a response, with its verdict: the fields of `cft_eval.results.Sample`."""
        rows = [sample.model_dump(mode="json") for sample in self.samples]
        frame: pandas.DataFrame = _pandas().DataFrame(rows)
        frame["right"] = frame["outcome"] == "correct"
        return frame

    @property
    def problems(self) -> "pandas.DataFrame":
        """One row a problem: the share of its responses that are right."""
        by = ["task", "index", "item", "problem", "reference", "level", "subject"]
        frame = self.responses
        counted = frame.groupby(by, dropna=False)["right"].agg(["mean", "size"])
        return counted.rename(columns={"mean": "right", "size": "responses"}).reset_index()

    @property
    def curves(self) -> "pandas.DataFrame":
        """pass@k: a row a k, a column a task; empty where there is one response a problem."""
        from cft_eval.render.overview import overview

        looked = overview(self.run, self.samples).tasks
        columns = {name: dict(task.curve) for name, task in looked.items() if task.curve}
        frame: pandas.DataFrame = _pandas().DataFrame(columns).sort_index().rename_axis("k")
        return frame

    def report(self, *, show: int = 0) -> str:
        """What `cft-eval report` prints; ``show`` missed problems of each task."""
        from cft_eval.render.critiques import critique_lines
        from cft_eval.render.overview import overview, overview_text

        notes = critique_lines(self.run, self.samples)
        return overview_text(overview(self.run, self.samples), show=show, notes=notes)

    def _repr_html_(self) -> str:
        html: str = self.scores.to_html()
        return html

    def __repr__(self) -> str:
        return f"<EvaluatedRun of {self.run.model.name}: {', '.join(self.run.tasks)}>"


def evaluate(
    model: object,
    *,
    tasks: str | Sequence[str] = "cft_math_suite",
    repeats: int | None = None,
    limit: int | float | None = None,
    problems: str | Path | None = None,
    fields: Mapping[str, str] | None = None,
    output: str | Path = "runs",
    engine: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    generation: Mapping[str, Any] | None = None,
    batch_size: int | str | None = None,
    num_fewshot: int | None = None,
    chat_template: bool | None = None,
    show: Callable[[str], None] | None = None,
) -> EvaluatedRun:
    """Evaluate ``model`` and return the run.

    ``model``: a folder or hub name, a server's address, or an engine of lm-eval. ``engine`` is
    lm-eval's model type (by default ``hf``, or ``local-chat-completions`` for a server) and
    ``arguments`` its model arguments; ``generation``, ``batch_size`` and ``num_fewshot`` are
    lm-eval's, too.
    ``chat_template``: whether the model's own template is applied (by default for servers alone:
    the paper's prompt needs none). ``problems`` and ``fields`` name your own (task ``cft_own``).
    Raises a `CftError` wherever `cft-eval run` would end with one.
    """
    try:
        from cft_eval.harness.evaluate import evaluate as run_lm_eval
    except ModuleNotFoundError:
        raise MissingExtra("evaluating", "eval") from None
    kind, model_args = _engine(model, engine, dict(arguments or {}))
    line = ["--model", kind, "--model_args", json.dumps(model_args), "--output_path", str(output)]
    if problems is not None and tasks == "cft_math_suite":
        tasks = "cft_own"
    line += ["--tasks", tasks if isinstance(tasks, str) else ",".join(tasks)]
    metadata = {"repeats": repeats, "problems": _absolute(problems), "fields": dict(fields or {})}
    metadata = {name: value for name, value in metadata.items() if value not in (None, {})}
    line += ["--metadata", json.dumps(metadata)] if metadata else []
    line += ["--limit", str(limit)] if limit is not None else []
    line += ["--batch_size", str(batch_size)] if batch_size is not None else []
    line += ["--num_fewshot", str(num_fewshot)] if num_fewshot is not None else []
    line += ["--gen_kwargs", json.dumps(dict(generation))] if generation else []
    if chat_template or (chat_template is None and "base_url" in model_args):
        line += ["--apply_chat_template"]
    with called_from(Caller.PYTHON):
        finished = run_lm_eval(line, show=show or _nothing, fresh=kind == GIVEN)
    if finished is None:
        raise CftError("this is a helper process; the first process has the results")
    log = finished.evaluation
    return EvaluatedRun(log.run, tuple(log.samples), finished.results)


def _nothing(_: str) -> None:
    """What is shown where nobody wants to see it."""


def _absolute(problems: str | Path | None) -> str | None:
    if problems is None:
        return None
    return str(Path(problems).resolve()) if Path(problems).exists() else str(problems)


def _engine(
    model: object, engine: str | None, arguments: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """lm-eval's model type, and its arguments."""
    if isinstance(model, str | Path):
        name = str(model)
        if name.startswith(("http://", "https://")):
            return engine or "local-chat-completions", {"base_url": name, **arguments}
        if engine == "dummy" or name == "dummy":
            return "dummy", arguments
        return engine or "hf", {"pretrained": name, **arguments}
    try:
        from lm_eval.api.model import LM
    except ModuleNotFoundError:
        raise MissingExtra("evaluating", "eval") from None
    if not isinstance(model, LM):
        raise NoModel(model)
    _hand_over(model)
    named = getattr(model, "pretrained", None)
    return GIVEN, {"model": named if isinstance(named, str) else type(model).__name__, **arguments}


def _hand_over(model: Any) -> None:
    """Let lm-eval find ``model`` as if it had made it."""
    from lm_eval.api.model import LM
    from lm_eval.api.registry import model_registry

    class Given(LM):  # type: ignore[misc]  # lm-eval has no types
        """Whatever it is asked to make, it gives the engine that was handed over last."""

        @classmethod
        def create_from_arg_string(cls, *_: Any, **__: Any) -> Any:
            return _given[-1]

        @classmethod
        def create_from_arg_obj(cls, *_: Any, **__: Any) -> Any:
            return _given[-1]

    if not _given:
        model_registry.register(GIVEN)(Given)
    _given[:] = [model]


_given: list[Any] = []


def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise CftError("tables need pandas: pip install pandas") from None
    return pandas
