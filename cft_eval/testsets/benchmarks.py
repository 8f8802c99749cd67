"""The benchmarks as code: where each comes from, how its rows read, and how many there are.

To add a test set, add one entry here, one function in `rows` if its fields are new, and one YAML
file in `tasks/`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from cft_eval.testsets import rows
from cft_eval.testsets.rows import Content, Row


@dataclass(frozen=True, slots=True)
class Source:
    """One copy of a test set on the Hugging Face hub."""

    id: str
    split: str
    read: Callable[[Row], Content]
    configs: tuple[str, ...] = ()
    """Empty: the copy has no named parts. Several: they are read one after the other."""


@dataclass(frozen=True, slots=True)
class Namesake:
    """Another set with a benchmark's name: the likeliest wrong copy."""

    title: str
    size: int
    marks: frozenset[str] = frozenset()
    """Hashes of a few of its items that the benchmark lacks: a set that holds one is told by it.
    Empty: only the size speaks, and the message says no more than that."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One test set."""

    name: str
    title: str
    task: str
    """The lm-eval task."""

    size: int
    licence: str
    file: str
    """In the folder ``CFT_EVAL_DATA``, or in this package where it has no hub source."""

    read: Callable[[Row], Content]
    """How a row of ``file`` reads."""

    hub: Source | None = None
    """Where it is loaded from by default; None: it ships with this package."""

    alternatives: tuple[Source, ...] = ()
    """Other copies of the same items, proved equal by their hashes: asked where `hub` fails."""

    namesakes: tuple[Namesake, ...] = ()

    elsewhere: str = ""
    """Where it can be had where no hub has it: it is read from ``CFT_EVAL_DATA`` alone."""

    references_of: str = ""
    """The benchmark whose references count, found by the question, instead of the file's own."""

    other_wordings: tuple[str, ...] = ()
    """Files, in the folder ``CFT_EVAL_DATA``, of the same problems in other words: copies of them
    circulate, and each is proved by hashes of its own."""

    published: str = ""
    """The day from which the problems could be read: no model that learnt from older texts alone
    has seen them. Empty: years before the models that are evaluated now."""

    items_of: str = ""
    """The benchmark whose items these are, asked for something else; empty: they are its own."""

    rules_of: str = ""
    """The benchmark whose grading rules count, where it is not this one."""

    @property
    def shipped(self) -> bool:
        """Whether its problems are in this package, or are computed by it."""
        return self.hub is None and not self.elsewhere

    @property
    def grading(self) -> str:
        """The name that the checker knows the rules by."""
        return self.rules_of or self.name


def _marks(hashes: str) -> frozenset[str]:
    return frozenset(hashes.split())


_MATH = Benchmark(
    name="math",
    title="MATH",
    task="cft_math",
    size=5000,
    licence="MIT",
    file="math/test.jsonl",
    read=rows.math,
    hub=Source(
        "EleutherAI/hendrycks_math",
        "test",
        rows.math,
        (
            "algebra",
            "counting_and_probability",
            "geometry",
            "intermediate_algebra",
            "number_theory",
            "prealgebra",
            "precalculus",
        ),
    ),
    alternatives=(Source("DigitalLearningGmbH/MATH-lighteval", "test", rows.math),),
    namesakes=(
        Namesake("MATH-500, the task cft_math500", 500),
        Namesake("MATH's training set", 7500, _marks("1842ac2d8dcb0454 6f687475abacf2c9")),
    ),
)
_MINERVA = Benchmark(
    name="minerva_math",
    title="Minerva-Math",
    task="cft_minerva_math",
    size=272,
    licence="CC BY-NC-SA 4.0 (MIT OpenCourseWare)",
    file="minerva_math/test.jsonl",
    read=rows.minerva,
    hub=Source("knoveleng/Minerva-Math", "train", rows.minerva),
    alternatives=(Source("math-ai/minervamath", "test", rows.question_and_answer),),
)
_GSM8K = Benchmark(
    name="gsm8k",
    title="GSM8K",
    task="cft_gsm8k",
    size=1319,
    licence="MIT",
    file="gsm8k/test.jsonl",
    read=rows.gsm8k,
    hub=Source("openai/gsm8k", "test", rows.gsm8k, ("main",)),
    namesakes=(
        Namesake("GSM8K's training set", 7473, _marks("31caf3247fe91537 2dc1aa78bfbdd704")),
        Namesake("GSM8K-Platinum", 1209),
    ),
)
_OLYMPIADBENCH = Benchmark(
    name="olympiadbench",
    title="OlympiadBench",
    task="cft_olympiadbench",
    size=675,
    licence="Apache-2.0",
    file="olympiadbench/test.jsonl",
    read=rows.olympiadbench,
    hub=Source("Hothan/OlympiadBench", "train", rows.olympiadbench, ("OE_TO_maths_en_COMP",)),
)
_AIME24 = Benchmark(
    name="aime24",
    title="AIME 2024",
    task="cft_aime24",
    size=30,
    licence="Apache-2.0 (card); contest text: MAA",
    published="2024-01-31",
    file="aime24/test.jsonl",
    read=rows.aime,
    hub=Source("HuggingFaceH4/aime_2024", "train", rows.problem_and_answer),
    alternatives=(Source("math-ai/aime24", "test", rows.problem_and_box),),
    namesakes=(
        Namesake("AI-MO/aimo-validation-aime, the contests of 2022 to 2024", 90),
        # lm-eval's own aime24 asks this one. No rule about spelling makes the two agree: two texts
        # have lost a \frac, two have a figure's code that the other lacks, and where T touches S
        # in II-8 the copies say different things (inside there, outside twice here).
        Namesake(
            "Maxwell-Jia/AIME_2024, whose text is another in 2024-I-1, I-9, I-10, I-15, II-2, "
            "II-8, II-11, II-12, II-14 and II-15",
            30,
            _marks(
                "310c49e793f703fd 484e85759472765a cf0e106f822d2b98 d632cb3dc2440ed4 "
                "32c9660c8c8c45f8 d9e88c606d8209fb 40c4e31471b32827 b4339d9e1bd7ff4c "
                "0e503f75b4fcb1f3 b0eae6b3f2fd1bff"
            ),
        ),
    ),
)
_AMC23 = Benchmark(
    name="amc23",
    title="AMC 2023",
    task="cft_amc23",
    # The 40 items restated to have one integer answer, not the 83 of AI-MO/aimo-validation-amc.
    size=40,
    licence="contest text: MAA",
    published="2023-11-08",
    file="amc23/test.jsonl",
    read=rows.problem_and_answer,
    hub=Source("math-ai/amc23", "test", rows.question_and_answer),
    alternatives=(Source("knoveleng/AMC-23", "train", rows.problem_and_answer),),
    # It holds these 40 and 43 of the year before: eight of those tell it.
    namesakes=(
        Namesake(
            "AI-MO/aimo-validation-amc, the contests of 2022 and 2023",
            83,
            _marks(
                "b92768a547aa1852 2fcf868a48bc85bd 588a94d7c2d8ca7b 7581afbafb032e81 "
                "4798e33dc138b40a b76ca20763b20b95 01d79a2cab3651c6 057b5e0d31ee71ed"
            ),
        ),
    ),
)
_MATH500 = Benchmark(
    name="math500",
    title="MATH-500",
    task="cft_math500",
    size=500,
    licence="MIT",
    file="math500/test.jsonl",
    read=rows.math500,
    hub=Source("HuggingFaceH4/MATH-500", "test", rows.math500),
    rules_of="math",
)

_AIME25 = Benchmark(
    name="aime25",
    title="AIME 2025",
    task="cft_aime25",
    size=30,
    licence="contest text: MAA",
    file="aime25/test.jsonl",
    read=rows.question_or_problem,
    # Two wordings circulate (of I-2: "points A, D, E, and B lie", "points D and E lie"). Which copy
    # has which is told by its hashes; scores over one are not compared with those over the other.
    other_wordings=("aime25/other_wording.jsonl",),
    hub=Source("math-ai/aime25", "test", rows.question_or_problem),
    alternatives=(
        Source(
            "opencompass/AIME2025",
            "test",
            rows.question_or_problem,
            ("AIME2025-I", "AIME2025-II"),
        ),
        Source("MathArena/aime_2025", "train", rows.question_or_problem),
    ),
    namesakes=(Namesake("one of the two contests of 2025", 15),),
    published="2025-02-06",
)
_HMMT25 = Benchmark(
    name="hmmt25",
    title="HMMT February 2025",
    task="cft_hmmt25",
    size=30,
    licence="CC BY-NC-SA 4.0 (card); contest text: HMMT",
    file="hmmt25/test.jsonl",
    read=rows.question_or_problem,
    hub=Source("MathArena/hmmt_feb_2025", "train", rows.question_or_problem),
    published="2025-02-15",
)

_THEOREMQA = Benchmark(
    name="theoremqa",
    title="TheoremQA",
    task="cft_theoremqa",
    size=800,
    licence="MIT",
    file="theoremqa/test.jsonl",
    read=rows.theoremqa,
    hub=Source("TIGER-Lab/TheoremQA", "test", rows.theoremqa),
)
_GPQA = Benchmark(
    name="gpqa_diamond",
    title="GPQA Diamond",
    task="cft_gpqa_diamond",
    size=198,
    licence="CC BY 4.0; its authors ask not to publish examples in plain text",
    file="gpqa_diamond/test_mcq.jsonl",
    read=rows.gpqa,
    hub=Source("Idavidrein/gpqa", "train", rows.gpqa, ("gpqa_diamond",)),
)
_MMLU_PRO = Benchmark(
    name="mmlu_pro",
    title="MMLU-Pro",
    task="cft_mmlu_pro",
    size=12032,
    licence="MIT",
    file="mmlu_pro/test.jsonl",
    read=rows.mmlu_pro,
    hub=Source("TIGER-Lab/MMLU-Pro", "test", rows.mmlu_pro),
)

_CRITIQUED = {"gsm8k": 400, "math": 1000, "olympiadbench": 1000, "omnimath": 1000}
"""The parts of ProcessBench, in the order of its table."""

_TITLES = {
    "gsm8k": "GSM8K",
    "math": "MATH",
    "olympiadbench": "OlympiadBench",
    "omnimath": "Omni-MATH",
}


def _critique(part: str, *, steps: bool) -> Benchmark:
    """Whether a solution is right, or which of its steps is the first wrong one."""
    name = f"critique_{part}"
    return Benchmark(
        name=f"{name}_steps" if steps else name,
        title=f"Critique of {_TITLES[part]}{', steps' if steps else ''}",
        task=f"cft_{name}_steps" if steps else f"cft_{name}",
        size=_CRITIQUED[part],
        licence="Apache-2.0",
        file=f"processbench/{part}.jsonl",
        read=rows.processbench,
        hub=Source("Qwen/ProcessBench", part, rows.processbench),
        items_of=name if steps else "",
    )


_CORRECTED = {"gsm8k": 273, "math": 268, "minerva_math": 261, "olympiadbench": 267}
"""The parts of RealCritic whose questions are of benchmarks of ours."""


def _correction(part: str, size: int) -> Benchmark:
    """A solution to be criticised and put right; our reference decides, not the file's."""
    titles = {**_TITLES, "minerva_math": "Minerva-Math"}
    return Benchmark(
        name=f"correction_{part}",
        title=f"Correction of {titles[part]}",
        task=f"cft_correction_{part}",
        size=size,
        licence="MIT",
        file=f"realcritic/{part}.jsonl",
        read=rows.realcritic,
        elsewhere="github.com/tangzhy/RealCritic, data/mix_data",
        references_of=part,
        rules_of=part,
    )


_CORRECTIONS = [_correction(part, size) for part, size in _CORRECTED.items()]

_CRITIQUES = [_critique(part, steps=steps) for steps in (False, True) for part in _CRITIQUED]

_SIX = (_MATH, _MINERVA, _GSM8K, _OLYMPIADBENCH, _AIME24, _AMC23)
SUITE: tuple[str, ...] = tuple(benchmark.name for benchmark in _SIX)
"""The six of the CFT paper, in the order of its table."""

MINI_SIZES = {
    "math": 34,
    "minerva_math": 19,
    "gsm8k": 24,
    "olympiadbench": 19,
    "aime24": 15,
    "amc23": 16,
}
"""Problems of our own in the style of each benchmark."""


def _mini(benchmark: Benchmark) -> Benchmark:
    return Benchmark(
        name=f"mini_{benchmark.name}",
        title=f"{benchmark.title}, mini",
        task=f"cft_mini_{benchmark.name}",
        size=MINI_SIZES[benchmark.name],
        licence="Apache-2.0",
        file=f"mini/{benchmark.name}.jsonl",
        read=benchmark.read,
        rules_of=benchmark.name,
    )


_ARITHMETIC = Benchmark(
    name="arithmetic",
    title="Two-operand arithmetic",
    task="cft_arithmetic",
    size=200,
    licence="Apache-2.0",
    file="",  # computed: see `arithmetic`
    read=rows.problem_and_answer,
    rules_of="gsm8k",
)

BENCHMARKS: dict[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        *_SIX,
        _MATH500,
        _AIME25,
        _HMMT25,
        _THEOREMQA,
        _GPQA,
        _MMLU_PRO,
        *_CRITIQUES,
        *_CORRECTIONS,
        *map(_mini, _SIX),
        _ARITHMETIC,
    )
}
"""Every test set by its name."""
