"""The CFT paper's comparison from nothing to its table, each step done once.

    plan.json ──> data/ARM-SEED ──> models/ARM-SEED ──> select/ARM-SEED ──> runs/* ──> report

Arms are trained on equal tokens of targets, in several seeds; checkpoints are chosen on problems
that are in no test set, and the last one is evaluated beside the chosen one. What lies in the
folder is not done again, and a folder holds the results of one plan.
"""

import hashlib
import json
import random
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from cft_eval.dataset.mixture import read_set
from cft_eval.dataset.rows import Method, TrainingRow, is_kept
from cft_eval.dataset.statistics import overlap
from cft_eval.errors import CftError
from cft_eval.harness.read import read_output
from cft_eval.reproduce.watch import is_over
from cft_eval.results import RunOutcomes
from cft_eval.results.outcomes import outcomes
from cft_eval.steps import evaluation, ours, run_command, run_here, say
from cft_eval.testsets import SUITE
from cft_eval.testsets.load import load
from cft_eval.testsets.own import OwnSource, load_own
from cft_eval.training.health import checkpoints

ARMS: dict[str, tuple[Method, str]] = {
    "cft": (Method.CFT, "all"),
    "sft": (Method.SFT, "all"),
    "sft-right": (Method.SFT, "right"),
}
"""What each arm learns, of which rows: all, or those whose critique calls the response right."""

BASE = "base"

LAUNCHERS: dict[str, str] = {
    "local": "",
    "slurm": "srun --nodes=1 --gpus={devices}",
    "ray": "ray job submit --entrypoint-num-gpus={devices} --",
}
"""What stands before each command that needs GPUs."""


@dataclass(frozen=True, slots=True)
class ReproductionPlan:
    """All that is fixed before the first result. Its hash names it."""

    base: str
    data: str
    selection: str
    """Problems with answers that choose the checkpoint; those of a test set are left out."""

    arms: tuple[str, ...] = tuple(ARMS)
    seeds: int = 3
    tasks: str = "cft_math_suite"
    tests: tuple[str, ...] = SUITE
    """Benchmarks whose problems may not choose a checkpoint."""

    training: tuple[str, ...] = ("--save-every", "10")
    """Options of `cft-eval train`, the same for each arm."""

    evaluation: tuple[str, ...] = ("--model", "vllm")
    """Options of `cft-eval run`, the same for each model."""

    target_tokens: int | None = None
    """Learnt tokens of each arm; None is as many as the scarcest arm has."""

    test: str = (
        "each arm less cft's controls: 95 % intervals of the paired difference over problems and "
        "over seeds (Student's t); shown where both leave out zero; last checkpoints, the chosen "
        "ones beside them"
    )

    made: bool = False
    """Base and data are made by this program: their names say what is in them."""

    def text(self) -> str:
        """With the hashes of local files and folders for their paths, which say nothing."""
        local = {name: getattr(self, name) for name in ("base", "data", "selection")}
        same = {n: Path(p).name if self.made else identity(p) for n, p in local.items()}
        return json.dumps(asdict(self) | same, indent=1, sort_keys=True) + "\n"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text().encode()).hexdigest()


def identity(source: str) -> str:
    """The hash of a local file or of all files of a folder; a name of the hub as it is."""
    path = Path(source)
    if path.is_file():
        return "sha256:" + _file_digest(path)
    if not path.is_dir():
        return source
    # What begins with a dot is a download's own.
    inside = {each: each.relative_to(path).as_posix() for each in path.rglob("*")}
    shown = {each: name for each, name in inside.items() if not f"/{name}".count("/.")}
    files = sorted((name, each) for each, name in shown.items() if each.is_file())
    listed = "".join(f"{_file_digest(each)}  {name}\n" for name, each in files)
    return "sha256:" + hashlib.sha256(listed.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    facts = path.stat()
    return _digest_of(path.resolve(), facts.st_size, facts.st_mtime_ns)


@cache
def _digest_of(path: Path, size: int, changed: int) -> str:
    """Read once for each state: a base model has gigabytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class ArmRuns:
    """The results of one arm, one of each for every seed."""

    last: list[RunOutcomes]
    chosen: list[RunOutcomes]
    last_steps: list[int]
    chosen_steps: list[int]
    last_selection: list[float]
    """Accuracy of the last checkpoint on the problems that chose."""

    chosen_selection: list[float]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One plan in one folder."""

    plan: ReproductionPlan
    folder: Path
    launcher: str = "local"
    devices: int = 1
    here: bool = False
    """In this process, for models that take seconds."""

    def run(self) -> tuple[RunOutcomes, dict[str, ArmRuns], dict[str, int]]:
        """Do what is left; the base's outcomes, the arms', and learnt tokens by arm."""
        self.write_plan()
        tokens = self._data()
        for arm in self.plan.arms:
            for seed in range(self.plan.seeds):
                self._train(arm, seed)
        base = self._suite(BASE, self.plan.base)
        return base, {arm: self._arm(arm) for arm in self.plan.arms}, tokens

    def write_plan(self) -> None:
        """Before anything is measured; raise where the folder holds another plan's results."""
        path = self.folder / "plan.json"
        if path.is_file() and path.read_text(encoding="utf-8") != self.plan.text():
            raise CftError(f"{self.folder} holds results of another plan; give another --out")
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(self.plan.text(), encoding="utf-8")
        say(f"plan {self.plan.digest[:16]}: {path}")

    def _data(self) -> dict[str, int]:
        """Rows of each arm and seed, on equal tokens of targets."""
        folder = self.folder / "data"
        facts = folder / "tokens.json"
        if not facts.is_file():
            folder.mkdir(exist_ok=True)
            pools = {arm: self._learnt(arm) for arm in self.plan.arms}
            most = min(sum(learnt for _, learnt in pool) for pool in pools.values())
            target = self.plan.target_tokens or most
            if target > most:
                raise CftError(f"target_tokens: {target:,}, but an arm has {most:,} at most")
            tokens = {}
            for arm, pool in pools.items():
                for seed in range(self.plan.seeds):
                    rows, tokens[arm] = drawn(pool, tokens=target, seed=seed)
                    write_rows(folder / f"{arm}-{seed}.jsonl", rows)
            facts.write_text(json.dumps(tokens) + "\n")
        counts: dict[str, int] = json.loads(facts.read_text())
        for arm, count in counts.items():
            say(f"{arm}: {count:,} tokens of targets")
        return counts

    def _learnt(self, arm: str) -> list[tuple[TrainingRow, int]]:
        """The rows of an arm that fit, each with its learnt tokens."""
        from cft_eval.dataset.texts import SYSTEM
        from cft_eval.training.chat import chat_of, load_tokenizer
        from cft_eval.training.encode import Truncation, encode_rows

        method, keep = ARMS[arm]
        rows = [row for row in read_set(self.plan.data) if is_kept(row, keep)]
        encoded = encode_rows(
            rows,
            chat_of(load_tokenizer(self.plan.base)),
            method,
            system=SYSTEM,
            max_length=2048,
            truncation=Truncation.DROP,
        )
        by_name = {row.name: row for row in rows}
        return [(by_name[example.name], example.learnt) for example in encoded.examples]

    def _train(self, arm: str, seed: int) -> Path:
        """A finished training is left as it is; one that was killed goes on."""
        output = self.folder / "models" / f"{arm}-{seed}"
        if is_over(output):
            say(f"{output} is trained already")
            return output
        words: list[object] = ["--method", ARMS[arm][0], "--model", self.plan.base]
        words += ["--data", self.folder / "data" / f"{arm}-{seed}.jsonl", "--output", output]
        words += ["--seed", seed, *self.plan.training]
        words += ["--resume"] if checkpoints(output) else []
        if self.here:
            run_here(["train", *words])
        else:
            run_command([*self.before(), *self.training_command(words)])
        return output

    def training_command(self, words: Sequence[object]) -> list[str]:
        """On several devices through accelerate, with the shipped FSDP2 configuration."""
        if self.devices == 1:
            return ours("train", *words)
        from cft_eval import training

        config = Path(training.__file__).with_name("configs") / "fsdp2.yaml"
        launch = ["accelerate", "launch", "--config_file", str(config)]
        launch += ["--num_processes", str(self.devices), "-m", "cft_eval.training"]
        return [*launch, *map(str, words)]

    def before(self) -> list[str]:
        return shlex.split(LAUNCHERS[self.launcher].format(devices=self.devices))

    def _arm(self, arm: str) -> ArmRuns:
        runs = ArmRuns([], [], [], [], [], [])
        for seed in range(self.plan.seeds):
            name = f"{arm}-{seed}"
            saved = checkpoints(self.folder / "models" / name)
            scores = [self._selected(name, path) for path in saved]
            # Of equals the later one: what was trained longest.
            best = max(range(len(saved)), key=lambda index: (scores[index], index))
            last = self._suite(f"{name}-last", saved[-1])
            runs.last.append(last)
            runs.chosen.append(
                last if best == len(saved) - 1 else self._suite(f"{name}-chosen", saved[best])
            )
            runs.last_steps.append(int(saved[-1].name[5:]))
            runs.chosen_steps.append(int(saved[best].name[5:]))
            runs.last_selection.append(scores[-1])
            runs.chosen_selection.append(scores[best])
        return runs

    def _selected(self, name: str, model: Path) -> float:
        """Accuracy on the problems that choose."""
        more = ["--problems", str(self._problems()), *self.plan.evaluation]
        output = self.folder / "select" / name / model.name
        run = self._evaluated(model, output, tasks="cft_own", more=more)
        [task] = run.tasks.values()
        return sum(task.counts) / (len(task.counts) * task.repeats)

    def _suite(self, name: str, model: Path | str) -> RunOutcomes:
        output = self.folder / "runs" / name
        return self._evaluated(
            model, output, tasks=self.plan.tasks, more=list(self.plan.evaluation)
        )

    def _evaluated(
        self, model: Path | str, output: Path, *, tasks: str, more: list[str]
    ) -> RunOutcomes:
        if "--model_args" in more:
            index = more.index("--model_args") + 1
            more = [*more]
            more[index] = f"pretrained={model},{more[index]}"
        run = evaluation(
            model, output, tasks=tasks, more=more, before=None if self.here else self.before()
        )
        log = read_output(run)
        return outcomes(log.run, log.samples)

    def _problems(self) -> Path:
        """The selection's problems without those that share words with a test problem."""
        path = self.folder / "selection.jsonl"
        if path.is_file():
            return path
        items = load_own(OwnSource(self.plan.selection, split="train"))
        tests = {item.id: item.problem for name in self.plan.tests for item in load(name)}
        problems = [
            TrainingRow(item.problem, item.reference, source="selection", number=number)
            for number, item in enumerate(items)
        ]
        shared = {row for match in overlap(problems, tests) for row in match.rows}
        left = [row for row in problems if row.name not in shared]
        if not left:
            raise CftError(f"{self.plan.selection}: every problem is one of a test set")
        shared_count = len(problems) - len(left)
        say(f"selection: {len(left):,} problems; {shared_count:,} of test sets left out")
        lines = [json.dumps({"problem": row.question, "reference": row.response}) for row in left]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def drawn(
    pool: Sequence[tuple[TrainingRow, int]], *, tokens: int, seed: int
) -> tuple[list[TrainingRow], int]:
    """Rows in a seed's own order until they have as near to ``tokens`` learnt as they come."""
    order = random.Random(f"reproduce/{seed}").sample(list(pool), len(pool))
    rows: list[TrainingRow] = []
    total = 0
    for row, learnt in order:
        # The row that would overshoot is taken where that is nearer.
        if total + learnt - tokens > tokens - total:
            continue
        rows.append(row)
        total += learnt
    return rows, total


def write_rows(path: Path, rows: Sequence[TrainingRow]) -> None:
    """Rows as `cft-eval train` reads them, whole or not at all."""
    names = ("question", "response", "critique", "reference")
    lines = [
        json.dumps({name: getattr(row, name) for name in names if getattr(row, name) is not None})
        for row in rows
    ]
    half = path.with_name(path.name + ".part")
    half.write_text("\n".join(lines) + "\n", encoding="utf-8")
    half.replace(path)


TINY = "base", "rows.jsonl", "selection.jsonl"
"""What `make_tiny` makes in ``folder/made``: a model, training rows, problems that choose."""


def make_tiny(folder: Path) -> None:
    """A base model and data made here: sums and differences."""
    from cft_eval.lab.experiment import Lab
    from cft_eval.lab.presets import PRESETS
    from cft_eval.lab.world import World, noisy_rows
    from cft_eval.testsets import arithmetic

    made = Lab(folder / "made", PRESETS["reproduce"], World(), say=say)
    made.base()
    problems = arithmetic.problems("train")
    write_rows(made.folder / TINY[1], noisy_rows(problems[:400], World(), seed=0))
    held_out = [{"problem": p.problem, "reference": p.answer} for p in problems[400:440]]
    lines = [json.dumps(row) + "\n" for row in held_out]
    (made.folder / TINY[2]).write_text("".join(lines), encoding="utf-8")


def tiny(folder: Path, *, seeds: int) -> ReproductionPlan:
    """The whole of it in small, on what `make_tiny` makes."""
    base, data, selection = (folder / "made" / name for name in TINY)
    return ReproductionPlan(
        base=str(base),
        data=str(data),
        selection=str(selection),
        seeds=seeds,
        tasks="cft_arithmetic",
        tests=("arithmetic",),
        training=(
            "--batch-size", "32", "--micro-batch-size", "32", "--learning-rate", "1e-3",
            "--save-every", "4", "--threads", "1", "--max-length", "256",
        ),
        evaluation=(
            "--model", "hf", "--model_args", "dtype=float32", "--device", "cpu",
            "--batch_size", "200", "--gen_kwargs", "max_gen_toks=96",
        ),
        target_tokens=4000,
        made=True,
    )  # fmt: skip


def paper(base: str, *, data: str, selection: str, seeds: int, devices: int) -> ReproductionPlan:
    """The paper's recipe: 50,000 rows, 512 a step, one epoch."""
    parallel = f",data_parallel_size={devices}" if devices > 1 else ""
    return ReproductionPlan(
        base=base,
        data=data,
        selection=selection,
        seeds=seeds,
        evaluation=("--model", "vllm", "--model_args", f"dtype=bfloat16{parallel}"),
    )
