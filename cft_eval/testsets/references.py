"""Questions that stand in another set with a reference that is not ours: ours takes its place.

    contents of RealCritic ── by the question ──> our reference, and whether the solution has it

Knows where our references are, and no hub.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cft_eval.checker import check_many
from cft_eval.errors import CftError
from cft_eval.testsets.benchmarks import BENCHMARKS, Benchmark
from cft_eval.testsets.content import item_hash
from cft_eval.testsets.known import rules_of
from cft_eval.testsets.rows import RIGHT, WRONG, Content, question_of
from cft_eval.testsets.sources import contents_of, read_file


class NoReference(CftError):
    """A question that is none of the benchmark whose references count."""

    def __init__(self, benchmark: Benchmark, question: str) -> None:
        super().__init__(
            f"{benchmark.name}: {question[:60]!r} is not a problem of {benchmark.references_of}"
        )


def with_references(
    benchmark: Benchmark, contents: list[Content], data: Path | None = None
) -> list[Content]:
    """``contents`` with our references; ``data``: the folder of our benchmarks, where not the set
    one."""
    if not benchmark.references_of:
        return contents
    ours = BENCHMARKS[benchmark.references_of]
    known = contents_of(ours)[0] if data is None else read_file(ours, data / ours.file)
    by_question = {_key(content.problem): content.reference for content in known}
    relabelled = []
    for content in contents:
        question = question_of(content.problem)
        if _key(question) not in by_question:
            raise NoReference(benchmark, question)
        relabelled.append(replace(content, reference=by_question[_key(question)]))
    return _labelled(relabelled, ours)


def _key(question: str) -> str:
    return "".join(question.split())


def _labelled(contents: Sequence[Content], ours: Benchmark) -> list[Content]:
    rows = [
        {
            "response": content.solution,
            "reference": content.reference,
            "benchmark": ours.grading,
            "rules": rules_of(item_hash(question_of(content.problem), content.reference)),
        }
        for content in contents
    ]
    return [
        replace(content, level=RIGHT if verdict.correct else WRONG)
        for content, verdict in zip(contents, check_many(rows), strict=True)
    ]
