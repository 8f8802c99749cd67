"""A board with simulated runs, put straight into the store: for screenshots, timings and tests.

Nobody trained these models. Problems are sums of our own; a model's chance on each comes from a
difficulty that all models share, so that runs differ and agree as real ones do. Accuracies aim at
those of the CFT paper where an arm of it is imitated.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cft_eval.checker import POLICIES, Outcome, Verdict
from cft_eval.results import Model, Policy, Run, Sample, Settings, TaskScore
from cft_eval.server.intake.grading import CHECKER, OUTCOMES, TaskVerdicts, regraded
from cft_eval.server.intake.parquet import samples_parquet, verdicts_parquet
from cft_eval.server.intake.validation import UploadedResponse
from cft_eval.server.store.blobs import Blobs
from cft_eval.server.store.database import Database
from cft_eval.server.store.models import RunRow, Score, State, TaskRow, UploadRow, now

SIZES = {
    "math": 5000,
    "minerva_math": 272,
    "gsm8k": 1319,
    "olympiadbench": 675,
    "aime24": 30,
    "amc23": 40,
}
LEVELS = [f"Level {number}" for number in range(1, 6)]
SUBJECTS = ["Algebra", "Counting & Probability", "Geometry", "Number Theory", "Precalculus"]
LENIENT = {"minerva_math": 0.09, "olympiadbench": 0.012, "amc23": 0.01}
"""Share of wrong answers that the paper's grader lets pass."""

QWEN, DEEPSEEK, MATH = "Qwen/Qwen2.5-7B", "deepseek-ai/deepseek-math-7b", "Qwen/Qwen2.5-Math-7B"
BEGIN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Arm:
    """One simulated model and what it scores, in percent, in the order of `SIZES`."""

    name: str
    base: str
    method: str
    data: str
    examples: int | None
    scores: tuple[float, ...]
    step: int | None = None
    tags: tuple[str, ...] = ()
    shots: int = 0
    parameters: int = 7_615_616_512
    changes: Mapping[str, float] = field(default_factory=dict)


def arms() -> list[Arm]:
    """Some forty models: the paper's arms, sizes of training sets, checkpoints of one training."""
    sft, verified, gpt = "WebInstruct-SFT", "WebInstruct-verified-SFT", "WebInstruct-GPT4o-SFT"
    cft = "WebInstruct-CFT-50K"
    rows: list[tuple[str, str, str, str, int | None, tuple[float, ...]]] = [
        ("dsm7b-base", DEEPSEEK, "base", "", None, (33.1, 9.0, 60.8, 4.6, 0.0, 9.0)),
        ("dsm7b-sft", DEEPSEEK, "sft", sft, 50_000, (26.8, 11.4, 36.0, 6.0, 0.3, 14.0)),
        ("dsm7b-sft-verified", DEEPSEEK, "sft", verified, 50_000, (35.0, 10.9, 66.8, 8.9, 1, 11)),
        ("dsm7b-sft-gpt4o", DEEPSEEK, "sft", gpt, 50_000, (32.4, 11.6, 70.1, 8.6, 2.0, 17.0)),
        ("dsm7b-cft", DEEPSEEK, "cft", cft, 50_000, (41.2, 11.8, 73.6, 11.9, 2.5, 19.0)),
        ("q7b-base", QWEN, "base", "", None, (49.0, 14.6, 83.0, 25.4, 8.0, 36.0)),
        ("q7b-sft", QWEN, "sft", sft, 50_000, (32.0, 7.1, 60.2, 6.4, 2.0, 16.0)),
        ("q7b-sft-verified", QWEN, "sft", verified, 50_000, (60.4, 15.9, 71.2, 29.0, 10.0, 36)),
        ("q7b-sft-gpt4o", QWEN, "sft", gpt, 50_000, (46.2, 17.6, 78.0, 20.2, 8.0, 44.0)),
        ("q7b-cft", QWEN, "cft", cft, 50_000, (70.2, 25.0, 88.1, 34.6, 12.0, 52.0)),
        ("qm7b-base", MATH, "base", "", None, (52.8, 13.4, 59.0, 16.2, 10.0, 42.0)),
        ("qm7b-sft", MATH, "sft", sft, 50_000, (58.2, 12.9, 76.9, 19.4, 5.0, 36.0)),
        ("qm7b-sft-verified", MATH, "sft", verified, 50_000, (61.8, 12.6, 78.1, 22.4, 12.0, 46)),
        ("qm7b-sft-gpt4o", MATH, "sft", gpt, 50_000, (72.6, 24.0, 89.4, 36.4, 12.0, 58.0)),
        ("qm7b-cft-self", MATH, "cft", f"{cft} (self-generated responses)", 50_000,
         (77.0, 30.1, 91.4, 41.0, 15.0, 62.0)),
        ("qm7b-cft-mini", MATH, "cft", f"{cft} (GPT-4o-mini critiques)", 50_000,
         (73.0, 33.0, 85.1, 34.4, 16.0, 58.0)),
        ("qm7b-metamath-sft", MATH, "sft", "MetaMath-SFT", 50_000, (57, 22.6, 79.1, 20.2, 6, 38)),
        ("qm7b-metamath-cft", MATH, "cft", "MetaMath-CFT", 50_000, (73.6, 36, 86, 35.6, 17, 56)),
        ("qm7b-numina-sft", MATH, "sft", "NuminaMath-SFT", 50_000, (70.1, 27, 88, 35.4, 10, 50)),
        ("qm7b-acemath-style", MATH, "acemath", "AceMath-Instruct", 2_300_000,
         (82.6, 47.0, 93.4, 41.9, 16.0, 60.0)),
        ("qm7b-instruct-style", MATH, "instruct", "", 2_500_000, (83.2, 35.0, 95.0, 41.4, 16, 62)),
        ("qm7b-rl", MATH, "rl", "MATH 8K", 8_000, (79.9, 34.0, 91.2, 40.6, 27.0, 62.0)),
    ]  # fmt: skip
    found = [Arm(f"example/{row[0]}", *row[1:]) for row in rows]
    found += [
        Arm(f"example/qm7b-cft-{size // 1000}k", MATH, "cft", "WebInstruct-CFT", size, scores)
        for size, scores in {
            4_000: (70.4, 24.0, 86.0, 33.0, 12.0, 52.0),
            12_000: (75.0, 28.0, 88.6, 36.8, 14.0, 57.0),
            25_000: (77.6, 31.0, 89.7, 39.2, 16.0, 60.0),
            100_000: (79.4, 35.4, 90.6, 41.1, 17.0, 63.0),
        }.items()
    ]
    for step in (10, 20, 30, 40, 50, 60, 70, 80, 90, 98):
        rise = 1 - math.exp(-step / 16) - 0.0009 * max(0, step - 60)
        scores = tuple(
            low + (high - low) * rise
            for low, high in zip(
                (52.8, 13.4, 70.0, 16.2, 10.0, 42.0), (80.4, 36.6, 91, 41.8, 19, 66), strict=True
            )
        )
        found.append(
            Arm(f"example/qm7b-cft-step-{step}", MATH, "cft", cft, 50_000, scores, step=step,
                tags=("training-curve",))
        )  # fmt: skip
    return found


@dataclass
class Simulation:
    """A store, the sizes of its test sets, and the chance that fills it."""

    database: Database
    blobs: Blobs
    sizes: Mapping[str, int]
    benchmarks: Sequence[str] = tuple(SIZES)

    def add(self, arm: Arm, number: int, *, hostile: str = "") -> str:
        """Publish one run; its id. ``hostile`` replaces the first response of each task."""
        tasks = {b: _task(b, self.sizes[b], arm, number, hostile) for b in self.benchmarks}
        samples = {b: [sample for sample, _ in rows] for b, rows in tasks.items()}
        run = manifest(arm, number, {b: len(rows) for b, rows in samples.items()})
        run_id = f"{number:016x}"
        graded = {b: _graded(rows) for b, rows in tasks.items()}
        regraded_samples = [
            sample
            for b, rows in samples.items()
            for sample in regraded(_responses(rows), graded[b])
        ]
        # Files are written before the lock that all writers share.
        listed = [self._row(b, samples[b], graded[b]) for b in self.benchmarks]
        with self.database.write() as session:
            session.add(_upload(run, run_id))
            session.flush()  # the run refers to it
            session.add(
                RunRow(
                    id=run_id,
                    upload_id=_upload_id(run_id),
                    manifest=run.model_dump(mode="json"),
                    model=arm.name,
                    base_model=arm.base,
                    method=arm.method,
                    evaluated=run.created,
                    graded=run.created,
                    published=run.created,
                    checker_version="2",
                    outcomes=CHECKER.summaries(run, regraded_samples),
                    tasks=listed,
                )
            )
        return run_id

    def _row(
        self, benchmark: str, samples: list[Sample], graded: Mapping[Policy, TaskVerdicts]
    ) -> TaskRow:
        responses = _responses(samples)
        return TaskRow(
            task=f"cft_{benchmark}",
            benchmark=benchmark,
            items=len(samples),
            repeats=1,
            expected=len(samples),
            item_hashes=b"".join(bytes.fromhex(sample.item) for sample in samples),
            positions=b"".join(r.position.to_bytes(4, "little") for r in responses),
            samples_blob=self.blobs.put(samples_parquet(responses)),
            verdicts_blob=self.blobs.put(verdicts_parquet(graded)),
            truncated=sum(sample.finish == "length" for sample in samples),
            scores=[
                Score(
                    policy=policy,
                    accuracy=found.accuracy,
                    claimed=round(found.accuracy, 4),
                    outcomes=found.outcomes,
                )
                for policy, found in graded.items()
            ],
        )


def evaluated(arm: Arm, number: int, sizes: Mapping[str, int]) -> tuple[Run, list[Sample]]:
    """A run of ``arm`` over test sets of these ``sizes``, as an output folder holds it."""
    rows = [row for name, size in sizes.items() for row in _task(name, size, arm, number)]
    return manifest(arm, number, sizes), [sample for sample, _ in rows]


def _task(
    benchmark: str, size: int, arm: Arm, number: int, hostile: str = ""
) -> list[tuple[Sample, dict[Policy, Verdict]]]:
    target = arm.scores[list(SIZES).index(benchmark)] / 100
    shared = np.random.default_rng(sum(benchmark.encode()))
    difficulty = shared.normal(0, 1.8, size) + 0.45 * (np.arange(size) * 7 % 5 - 2)
    broken = shared.random(size) < 0.008
    own = np.random.default_rng([number, sum(benchmark.encode())])
    right = own.random(size) < _chances(difficulty, target)
    right &= ~(broken & (own.random(size) < 0.97))
    return [
        _sample(benchmark, index, bool(right[index]), bool(broken[index]), own,
                     hostile if index == 0 else "")
        for index in range(size)
    ]  # fmt: skip


def _sample(
    benchmark: str, index: int, right: bool, broken: bool, own: Any, hostile: str
) -> tuple[Sample, dict[Policy, Verdict]]:
    text, reference, truth = problem(benchmark, index)
    finish, answer = "stop", reference
    if broken and not right:
        answer = truth  # strong models agree on it, against the label
    elif not right:
        answer = wrong_answer(benchmark, index, int(own.integers(0, 5)))
        finish = "length" if own.random() < 0.05 else "stop"
    unanswered = not right and not broken and own.random() < 0.06
    response = hostile or worked(benchmark, index, "" if unanswered else answer)
    lenient = not right and not unanswered and own.random() < LENIENT.get(benchmark, 0.003)
    verdicts = {
        policy: _verdict(
            right or (lenient and policy == "cft_paper"),
            None if unanswered else answer,
            reference,
        )
        for policy in POLICIES
    }
    sample = Sample(
        task=f"cft_{benchmark}",
        benchmark=benchmark,
        item=f"{sum(benchmark.encode()):06x}{index:010x}",
        index=index,
        problem=text,
        reference=reference,
        response=response,
        outcome=verdicts["strict"].outcome,
        answer=verdicts["strict"].answer,
        finish="length" if finish == "length" else "stop",
        tokens=len(response) // 3 + index % 7,
        level=LEVELS[index * 7 % 5] if benchmark == "math" else None,
        subject=SUBJECTS[index % 5] if benchmark in ("math", "olympiadbench") else None,
    )
    return sample, verdicts


def fill(
    database: Database, blobs: Blobs, *, scale: float = 1.0, chosen: Sequence[Arm] | None = None
) -> list[str]:
    """Publish `arms`, or those ``chosen``, on test sets ``scale`` times as large; their ids."""
    sizes = {name: max(12, round(size * scale)) for name, size in SIZES.items()}
    simulation = Simulation(database, blobs, sizes)
    return [simulation.add(arm, number) for number, arm in enumerate(chosen or arms(), start=1)]


def problem(benchmark: str, index: int) -> tuple[str, str, str]:
    """A problem of our own, its reference, and what is true where the reference is not."""
    a, b = 3 + index * 7 % 89, 2 + index * 5 % 31
    match index % 4:
        case 0:
            text = rf"Find the sum of all integers $n$ with $\frac{{n}}{{{b}}} < {a}$ and $n > 0$."
            value = sum(range(1, a * b))
            return text, str(value), str(value + a * b)
        case 1:
            text = (
                rf"The sequence $x_{{k+1}} = x_k + {a}$ starts with $x_1 = {b}$. "
                rf"What is $\sum_{{k=1}}^{{10}} x_k$?"
            )
            return text, str(10 * b + 45 * a), str(10 * b + 55 * a)
        case 2:
            text = rf"Simplify $\sqrt{{{a * a * b}}}$, and write it as $p\sqrt{{q}}$."
            return text, rf"{a}\sqrt{{{b}}}", rf"{b}\sqrt{{{a}}}"
        case _:
            text = rf"A fair spinner has ${a}$ red and ${b}$ blue fields. How likely is red?"
            return text, rf"\frac{{{a}}}{{{a + b}}}", rf"\frac{{{a}}}{{{b}}}"


def wrong_answer(benchmark: str, index: int, kind: int) -> str:
    """A mistake: two kinds that many models make, and others."""
    _, reference, _ = problem(benchmark, index)
    if index % 4 in (0, 1):
        return str(int(reference) + (1, 1, 10, -3, 2 * index + 7)[kind])
    return (rf"\frac{{{index + 1}}}{{2}}", rf"\frac{{{index + 1}}}{{2}}", "1", "0", "2")[kind]


def worked(benchmark: str, index: int, answer: str) -> str:
    """A response as models write them."""
    text, _, _ = problem(benchmark, index)
    end = rf"Therefore the answer is $\boxed{{{answer}}}$." if answer else "So we continue: "
    steps = "\n\n".join(
        rf"**Step {step}.** With $t = {index + step}$ we have \[ \frac{{t^2 - 1}}{{t + 1}} = "
        rf"t - 1 = {index + step - 1}, \] which bounds the next term."
        for step in range(1, 3 + index % 3 * 4)
    )
    return f"To solve this, restate it: {text}\n\n{steps}\n\n{end}"


def _chances(difficulty: NDArray[np.float64], target: float) -> NDArray[np.float64]:
    """Logistic chances whose mean is ``target``."""
    low, high = -20.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        if float(np.mean(1 / (1 + np.exp(difficulty - middle)))) < target:
            low = middle
        else:
            high = middle
    return np.asarray(1 / (1 + np.exp(difficulty - low)))


def _verdict(right: bool, answer: str | None, reference: str) -> Verdict:
    if answer is None:
        return Verdict(Outcome.NO_ANSWER, None, "", "no answer was found in the response", 0.0)
    if right:
        outcome, reason = Outcome.CORRECT, f"{answer} is the reference"
    else:
        outcome, reason = Outcome.WRONG, f"{answer} is not {reference}"
    return Verdict(outcome, answer, "boxed", reason, 0.0)


def _graded(
    rows: Sequence[tuple[Sample, Mapping[Policy, Verdict]]],
) -> dict[Policy, TaskVerdicts]:
    return {policy: TaskVerdicts(tuple(found[policy] for _, found in rows)) for policy in POLICIES}


def _responses(samples: Sequence[Sample]) -> list[UploadedResponse]:
    return [UploadedResponse(sample.index, sample) for sample in samples]


def manifest(arm: Arm, number: int, sizes: Mapping[str, int]) -> Run:
    settings = Settings(
        task_version="1",
        n_shot=arm.shots,
        max_gen_toks=2048,
        temperature=0.0,
        until=("[END]",),
        prompts="0" * 64,
        items="1" * 64,
    )
    return Run(
        model=Model(
            name=arm.name,
            revision="main",
            dtype="bfloat16",
            parameters=arm.parameters,
            base_model=arm.base,
            method=arm.method,
            training_data=arm.data or None,
            training_examples=arm.examples,
            step=arm.step,
            tags=arm.tags,
        ),
        created=BEGIN + timedelta(hours=7 * number),
        engine="vllm",
        chat_template_sha="ab" * 32,
        system_instruction_sha="cd" * 32,
        lm_eval_version="0.4.13",
        checker_version="2",
        seeds={"random_seed": 0, "torch_random_seed": 1234},
        seconds=1_860.0,
        tasks={
            f"cft_{benchmark}": TaskScore(
                benchmark=benchmark,
                items=size,
                expected_items=size,
                scores={"acc": 0.5},
                settings=settings,
            )
            for benchmark, size in sizes.items()
        },
    )


def _upload_id(run_id: str) -> str:
    return run_id + "0" * 48


def _upload(run: Run, run_id: str) -> UploadRow:
    return UploadRow(
        id=_upload_id(run_id),
        state=State.PUBLISHED,
        manifest=run.model_dump(mode="json"),
        samples_bytes=1,
        samples_sha256="0" * 64,
        part_bytes=1 << 20,
        created=now(),
        rows=1,
        graded_rows=1,
    )


def codes(rng: np.random.Generator, size: int, share: float) -> bytes:
    """A score vector with about ``share`` of it correct."""
    right, wrong = OUTCOMES.index(Outcome.CORRECT), OUTCOMES.index(Outcome.WRONG)
    return np.where(rng.random(size) < share, right, wrong).astype(np.uint8).tobytes()


def names(count: int) -> Iterator[str]:
    """As many names of models."""
    families = ("qm7b", "q7b", "dsm7b", "q32b", "q1.5b")
    for number in range(count):
        yield f"example/{families[number % 5]}-variant-{number}"
