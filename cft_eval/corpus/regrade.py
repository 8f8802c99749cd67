"""Regrade a corpus: plan, skip what an earlier run did, grade the rest, sum up.

OUT/plan.json            what is graded and how; another corpus or policy is refused here
OUT/part-NNNNNN.parquet  the verdicts of one chunk, in the order of its rows
OUT/done/NNNNNN.json     what the chunk came to: written after its part
OUT/summary.json         the sums, when all is done
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cft_eval.checker import CHECKER_VERSION
from cft_eval.checker.run.judging import GRADERS, UnknownPolicy
from cft_eval.corpus.engines import Run
from cft_eval.corpus.grade import Done, GradeSettings
from cft_eval.corpus.plan import Plan
from cft_eval.corpus.storage import filesystem, put, reaching
from cft_eval.errors import CftError

SHOWN = 20
"""Rows that could not be read which the summary names."""


class OtherCorpus(CftError):
    """The output folder holds the verdicts of something else."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What grading a corpus came to."""

    checker: str
    policies: tuple[str, ...]
    files: int
    rows: int
    outcomes: dict[str, int]
    """Under the first policy."""

    known: int
    """Rows that brought an outcome."""

    changed: dict[str, int]
    """Of these, how many got another: ``"wrong -> correct"`` to a number."""

    bad: tuple[str, ...]
    """The first rows that could not be read."""

    resumed: int
    """Chunks that an earlier run had done."""


def regrade(
    plan: Plan,
    out: str,
    run: Run,
    *,
    settings: GradeSettings | None = None,
    progress: Callable[[Done], None] = lambda done: None,
) -> Summary:
    """Grade every chunk of ``plan`` into ``out`` by ``run``, an engine of `corpus.engines`.

    What is in ``out`` already is not done again. ``progress`` is called for each chunk, those of an
    earlier run first. Raises `OtherCorpus` where ``out`` belongs to other files, another policy or
    another checker.
    """
    settings = settings or GradeSettings()
    for policy in settings.policies:
        if policy not in GRADERS:
            raise UnknownPolicy(policy)
    out = out.rstrip("/")
    _claim(plan, settings, out)
    done = _earlier(plan, out)
    for each in done.values():
        progress(each)
    resumed = len(done)
    missing = [chunk for chunk in plan.chunks if chunk.number not in done]
    if missing:
        for each in run(missing, settings, out):
            put(_note(out, each.number), json.dumps(asdict(each)).encode())
            done[each.number] = each
            progress(each)
    summary = _sum(plan, settings, [done[number] for number in sorted(done)], resumed)
    put(f"{out}/summary.json", json.dumps(asdict(summary), indent=1).encode() + b"\n")
    return summary


def _claim(plan: Plan, settings: GradeSettings, out: str) -> None:
    facts = {
        "corpus": plan.digest,
        "chunk_bytes": plan.chunk_bytes,
        "policies": list(settings.policies),
        "checker": CHECKER_VERSION,
        "files": [list(each) for each in plan.files],
    }
    system, folder = filesystem(out)
    with reaching(out, "cannot write"):
        system.makedirs(f"{folder}/done", exist_ok=True)
    plan_file = _read(f"{out}/plan.json")
    if plan_file is None:
        put(f"{out}/plan.json", json.dumps(facts, indent=1).encode() + b"\n")
        return
    for name, said in (("checker", "graded by checker"), ("policies", "graded under"),
                       ("files", "of other files, or of files that changed:")):  # fmt: skip
        if plan_file.get(name) != facts[name]:
            was = _short(plan_file.get(name))
            raise OtherCorpus(
                f"{out}: its verdicts are {said} {was}; now it would be {_short(facts[name])}: "
                "give another --out"
            )
    if plan_file.get("corpus") != facts["corpus"]:
        # The notes of an earlier version do not say how large its chunks were.
        before = plan_file.get("chunk_bytes", "another size")
        raise OtherCorpus(
            f"{out}: its verdicts are of chunks of --chunk-bytes {before}; now it would be "
            f"{plan.chunk_bytes}: give the same --chunk-bytes as before, or another --out"
        )


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _earlier(plan: Plan, out: str) -> dict[int, Done]:
    """The chunks whose part and note are both there."""
    system, folder = filesystem(out)
    with reaching(out, "cannot be listed"):
        parts = {name.rsplit("/", 1)[-1] for name in system.glob(f"{folder}/part-*.parquet")}
        notes = {name.rsplit("/", 1)[-1] for name in system.glob(f"{folder}/done/*.json")}
    done = {}
    for chunk in plan.chunks:
        if chunk.part in parts and f"{chunk.number:06d}.json" in notes:
            note = _read(_note(out, chunk.number))
            if note is not None:
                done[chunk.number] = Done(**{**note, "bad": tuple(note["bad"])})
    return done


def _note(out: str, number: int) -> str:
    return f"{out}/done/{number:06d}.json"


def _read(path: str) -> dict[str, Any] | None:
    system, inside = filesystem(path)
    with reaching(path, "cannot be read"):
        if not system.exists(inside):
            return None
        content = system.cat_file(inside)
    try:
        facts = json.loads(content)
    except ValueError:
        raise CftError(f"{path}: changed since this command wrote it; give another --out") from None
    return dict(facts)


def _sum(plan: Plan, settings: GradeSettings, done: Sequence[Done], resumed: int) -> Summary:
    return Summary(
        checker=CHECKER_VERSION,
        policies=settings.policies,
        files=len(plan.files),
        rows=sum(each.rows for each in done),
        outcomes=_total(each.outcomes for each in done),
        known=sum(each.known for each in done),
        changed=_total(each.changed for each in done),
        bad=tuple(bad for each in done for bad in each.bad)[:SHOWN],
        resumed=resumed,
    )


def _total(counts: Iterable[Any]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
