"""Our metrics as a scorer of lm-eval 0.5, which no longer averages what a task hands it by name.

    instances ── GradeFilter ──> Graded ── of_problem ──> ScoredDoc ── aggregate ──> means, errors

lm-eval 0.4 has no scorers: there `cft_eval.harness.task.process_results` gives the same metrics. In
0.5 `acc` belongs to multiple choice, and a mean of its own would be estimated by the bootstrap.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lm_eval.api.metrics import Metric, mean
from lm_eval.api.metrics.stderr import mean_stderr
from lm_eval.scorers import GenScorer, ScoredDoc


@dataclass(kw_only=True)
class GradeScorer(GenScorer):  # type: ignore[misc]  # lm-eval has no types
    """Grades every response of a task at once, by its filter, and averages over the problems."""

    measured: Callable[..., dict[str, Any]]
    """The values of one problem, from its graded responses and its document."""

    @classmethod
    def of_task(
        cls,
        pipeline: Mapping[str, Any],
        *,
        listed: Sequence[Mapping[str, Any]],
        measured: Callable[..., dict[str, Any]],
    ) -> "GradeScorer":
        """The scorer of a task that measures what is ``listed``."""
        return cls(
            name=pipeline["name"],
            filter=cls._build_filter(pipeline["name"], dict(pipeline)),
            metrics=[_metric(row) for row in listed],
            measured=measured,
        )

    def score_instances(self, instances: Mapping[int, Sequence[Any]]) -> dict[int, Any]:
        """Called by lm-eval when all responses are graded."""
        return {
            number: ScoredDoc(
                doc_id=number,
                reference=requests[0].target,
                scores=self._values(requests[0]),
            )
            for number, requests in instances.items()
        }

    def _values(self, request: Any) -> dict[str, list[Any]]:
        graded = request.filtered_resps[self.name]
        request.doc["verdicts"] = [response.record() for response in graded]
        values = self.measured(graded, request.doc)
        return {name: [value] for name, value in values.items()}

    def aggregate(
        self,
        reduced_docs: Mapping[int, Mapping[str, Any]],
        bootstrap_iters: int | None = 100_000,
        aggregation_overrides: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], int]:
        """The means, with lm-eval 0.4's standard errors: of plain means alone."""
        shown, count = super().aggregate(reduced_docs, 0, aggregation_overrides)
        for metric in self.metrics or []:
            values = [row[metric.name] for row in reduced_docs.values() if metric.name in row]
            if bootstrap_iters and metric.aggregation is mean and len(values) > 1:
                shown[f"{metric.name}_stderr,{self.name}"] = mean_stderr(values)
        return shown, count


def _metric(row: Mapping[str, Any]) -> Any:
    return Metric(
        name=row["metric"],
        fn=_unused,
        aggregation=mean if row["aggregation"] == "mean" else row["aggregation"],
        higher_is_better=row["higher_is_better"],
        output_type={"generate_until"},
    )


def _unused(*_: object) -> float:
    raise NotImplementedError("GradeScorer.score_instances gives the values of all metrics")
