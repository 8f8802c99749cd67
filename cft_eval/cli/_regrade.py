"""Runs graded again: by the installed checker, where two checkers graded the sides of a comparison
(`cft-eval gate` and `cft-eval compare` share it), or under another policy, as `--policy` asks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cft_eval.cli._bar import progress_bar
from cft_eval.cli._sources import evaluation, is_boiled

if TYPE_CHECKING:
    from cft_eval.gate.grader import GraderSplit
    from cft_eval.results import RunOutcomes, Sample

Sides = tuple["list[RunOutcomes]", "list[RunOutcomes]"]


class RegradedSides(NamedTuple):
    sides: Sides
    splits: "tuple[GraderSplit, ...]"
    remarks: tuple[str, ...]
    samples: "tuple[list[Sample], list[Sample]] | None" = None
    """Of both sides, as graded again; None where they were not."""


def graded_alike(
    sides: Sides, sources: tuple[Sequence[str], Sequence[str]], *, allowed: Sequence[str] = ()
) -> RegradedSides:
    """The runs of both sides as one checker grades them, with the split of their difference.

    As they are, with a remark or without, where one checker graded all, where the difference was
    allowed, or where responses are missing.
    """
    from cft_eval.checker import CHECKER_VERSION
    from cft_eval.gate.grader import CHECKER, remarks, split, versions
    from cft_eval.testsets import UnknownBenchmark

    before = versions([*sides[0], *sides[1]])
    if len(before) < 2 or CHECKER in allowed or "protocol" in allowed:
        return RegradedSides(sides, (), ())
    without = [source for side in sources for source in side if is_boiled(source)]
    if without:
        return RegradedSides(sides, (), (_missing(before, without[0]),))
    try:
        again = [[_again(source) for source in side] for side in sources]
    except UnknownBenchmark as error:
        return RegradedSides(sides, (), (f"not graded again: {error}",))
    graded = [each.outcomes for each in again[0]], [each.outcomes for each in again[1]]
    moved = [each.moves for each in again[0]], [each.moves for each in again[1]]
    splits = split(sides, graded, moved)
    said = remarks(splits, before=before, by=CHECKER_VERSION)
    first, second = ([s for each in side for s in each.samples] for side in again)
    return RegradedSides(graded, splits, said, (first, second))


def _missing(before: Sequence[str], source: str) -> str:
    return (
        f"the runs were graded by checkers {' and '.join(before)}, and {source} does not have its "
        "responses: name lm-eval output folders on both sides and both are graded again, or freeze "
        "the baseline anew"
    )


def check_known(policy: str) -> None:
    """Raise `CftError` for a policy that is not known, or whose grader is not installed."""
    from cft_eval.checker import check

    check("", "0", policy=policy)


def graded_by(source: str, policy: str) -> "tuple[RunOutcomes, list[Sample]]":
    """A run under another policy than the strict one, with its responses. Raises `CftError` where
    it does not have them."""
    from cft_eval.checker.run.bulk import Checkers, check_many
    from cft_eval.errors import CftError
    from cft_eval.harness.regrade import CHUNK, checked_row
    from cft_eval.results.outcomes import outcomes

    if is_boiled(source):
        raise CftError(f"{source} has no responses: --policy needs an output folder")
    log = evaluation(source)
    samples: list[Sample] = []
    with progress_bar("responses", len(log.samples)) as bar, Checkers() as checkers:
        for start in range(0, len(log.samples), CHUNK):
            part = log.samples[start : start + CHUNK]
            verdicts = check_many(map(checked_row, part), policy=policy, checkers=checkers)
            samples += [
                sample.model_copy(
                    update={
                        **{name: getattr(verdict, name) for name in _VERDICT},
                        "correct": {"strict": verdict.correct},  # what outcomes are counted by
                    }
                )
                for sample, verdict in zip(part, verdicts, strict=True)
            ]
            bar.update(len(part))
    run = outcomes(log.run, samples)
    return run.model_copy(update={"settings": {**run.settings, "policy": policy}}), samples


_VERDICT = ("outcome", "answer", "how", "reason")


class _Again(NamedTuple):
    outcomes: "RunOutcomes"
    moves: dict[str, tuple[int, int]]
    samples: "list[Sample]"


def _again(source: str) -> _Again:
    from cft_eval.harness.regrade import grade_again
    from cft_eval.results.outcomes import outcomes

    log = evaluation(source)
    with progress_bar("responses", len(log.samples)) as bar:
        graded = grade_again(log.run, log.samples, progress=bar.update)
    moves = {task: (graded.gained[task], graded.lost[task]) for task in log.run.tasks}
    return _Again(outcomes(graded.run, graded.samples), moves, graded.samples)
