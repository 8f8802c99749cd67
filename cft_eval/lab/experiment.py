"""The lab's stages: a base model, the arms trained from it on equal tokens, lm-eval on each.

    World + Preset ──> folder/base ──> folder/models/ARM-SEED ──> folder/runs/ARM-SEED

A stage whose result lies in the folder is not done again. Every arm starts from the same base and
sees the same problems; the seed decides noise and order.
"""

import json
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cft_eval.dataset.rows import Method, TrainingRow
from cft_eval.errors import CftError, MissingExtra
from cft_eval.harness.protocol import SYSTEM  # of the evaluation, and so of every arm
from cft_eval.lab import verdicts
from cft_eval.lab.presets import Preset
from cft_eval.lab.world import World, answer_of, noisy_rows
from cft_eval.steps import evaluation
from cft_eval.testsets import arithmetic
from cft_eval.training.chat import Chat, chat_of
from cft_eval.training.encode import Encoded, Example, encode_rows
from cft_eval.training.settings import TrainingSettings

MAX_LENGTH = 256
NEW_TOKENS = 96
"""A critique is the longest thing that any arm learns to write."""

TASK = "cft_arithmetic"
LAB = "lab.json"

ARMS = ("cft", "sft-all", "sft-right", "mixed")
"""CFT; SFT on all noisy responses; on the right ones alone; and CFT with right SFT, half each."""

BASE = "base"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab in one folder."""

    folder: Path
    preset: Preset
    world: World
    noise: str = "made"
    arms: tuple[str, ...] = ARMS
    say: Say = lambda text: None

    def runs(self) -> dict[str, list[Path]]:
        """Do what is left to do; the run folders of the base and of every arm, one a seed."""
        self._same_lab()
        base = self.base()
        runs = {BASE: [self._evaluate(BASE, base)]}
        for arm in self.arms:
            for seed in range(self.preset.seeds):
                model = self._arm(arm, seed, base)
                runs.setdefault(arm, []).append(self._evaluate(f"{arm}-{seed}", model))
        return runs

    def verdicts(self) -> dict[str, list[verdicts.JudgedSolutions]]:
        """The verdicts of the base and of every arm, one of each seed, on held-out solutions."""
        names = {BASE: [BASE]}
        names |= {arm: [f"{arm}-{seed}" for seed in range(self.preset.seeds)] for arm in self.arms}
        rows = verdicts.solutions()
        return {
            arm: [verdicts.judged(rows, self._critiques(name, rows)) for name in each_seed]
            for arm, each_seed in names.items()
        }

    def _critiques(self, name: str, rows: Sequence[TrainingRow]) -> list[str]:
        """What a model says of the solutions; kept in the folder."""
        path = self.folder / "critiques" / f"{name}.json"
        if not path.is_file():
            model = self.folder / (BASE if name == BASE else f"models/{name}")
            path.parent.mkdir(exist_ok=True)
            said = sample(model, verdicts.prompts(rows))
            path.write_text(json.dumps(said, indent=0) + "\n", encoding="utf-8")
        critiques: list[str] = json.loads(path.read_text(encoding="utf-8"))
        return critiques

    def _same_lab(self) -> None:
        """A folder holds one lab: results of two would be compared as if they were one."""
        facts = json.loads(
            json.dumps({"preset": asdict(self.preset), "world": asdict(self.world),
                        "noise": self.noise})
        )  # fmt: skip
        path = self.folder / LAB
        if path.is_file() and json.loads(path.read_text()) != facts:
            raise CftError(f"{self.folder} holds a lab of other settings; give another --out")
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(facts, indent=1) + "\n")

    def base(self) -> Path:
        """A model that has seen right solutions, but not long enough to know them."""
        from cft_eval.lab.tiny import make_model, make_tokenizer

        target = self.folder / BASE
        if target.is_dir():
            return target
        problems = _problems()
        rows = noisy_rows(problems[:300], World(), seed=0)
        words = [f"{SYSTEM} {row.question} {row.response} {row.critique}" for row in rows]
        tokenizer = make_tokenizer(f"system user assistant {word}" for word in words)
        model = make_model(tokenizer, hidden=self.preset.hidden, layers=self.preset.layers)
        encoded = _encode(_right(problems), chat_of(tokenizer), Method.SFT)
        size = sum(weights.numel() for weights in model.parameters())
        self.say(f"base: {size:,} parameters, {self.preset.base_steps} steps")
        settings = self._settings(self.preset.base_steps, self.preset.base_rate, seed=0)
        self._train(model, tokenizer, encoded.examples, settings, target)
        return target

    def _arm(self, arm: str, seed: int, base: Path) -> Path:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        target = self.folder / "models" / f"{arm}-{seed}"
        if target.is_dir():
            return target
        tokenizer = AutoTokenizer.from_pretrained(base)
        rows = noisy_rows(_problems(), self.world, seed=seed, responses=self._responses(base, seed))
        pools = [_encode(rows, chat_of(tokenizer), method) for rows, method in lessons(arm, rows)]
        examples = fill([pool.examples for pool in pools], tokens=self.preset.arm_tokens, seed=seed)
        total, learnt = sum(map(len, examples)), sum(e.learnt for e in examples)
        self.say(f"{arm}, seed {seed}: {len(examples):,} examples, {total:,} tokens, "
                 f"{learnt:,} learnt")  # fmt: skip
        model = AutoModelForCausalLM.from_pretrained(base)
        settings = self._settings(None, self.preset.arm_rate, seed=seed)
        self._train(model, tokenizer, examples, settings, target)
        return target

    def _settings(self, steps: int | None, rate: float, *, seed: int) -> TrainingSettings:
        return TrainingSettings(
            max_steps=steps,
            batch_size=self.preset.batch,
            micro_batch_size=self.preset.batch,
            learning_rate=rate,
            weight_decay=0.01,
            adam_beta2=0.98,
            save_every=0,
            seed=seed,
        )

    def _train(
        self, model: Any, tokenizer: Any, examples: Sequence[Example], settings: TrainingSettings,
        target: Path,
    ) -> None:  # fmt: skip
        from cft_eval.training.health import checkpoints
        from cft_eval.training.run import train

        half = target.with_name(target.name + ".part")
        shutil.rmtree(half, ignore_errors=True)
        readings = train(model, tokenizer, examples, settings, output=half)
        self.say(f"  loss {readings[0].loss:.3f} to {readings[-1].loss:.3f}")
        checkpoints(half)[-1].rename(target)
        (half / "log.jsonl").rename(target / "log.jsonl")
        shutil.rmtree(half)

    def _responses(self, base: Path, seed: int) -> list[str] | None:
        """What the base model itself answers, where that is the noise; kept in the folder."""
        if self.noise == "made":
            return None
        path = self.folder / f"responses-{seed}.json"
        if not path.is_file():
            questions = [
                [{"role": "system", "content": SYSTEM}, {"role": "user", "content": each.problem}]
                for each in _problems()[: self.world.rows]
            ]
            path.write_text(json.dumps(sample(base, questions, seed=seed), indent=0) + "\n")
        answers: list[str] = json.loads(path.read_text())
        return answers

    def _evaluate(self, name: str, model: Path) -> Path:
        more = ["--model", "hf", "--model_args", f"pretrained={model},dtype=float32"]
        more += ["--gen_kwargs", f"max_gen_toks={NEW_TOKENS}", "--device", _device()]
        more += ["--batch_size", str(self.preset.eval_batch)]
        return evaluation(model, self.folder / "runs" / name, tasks=TASK, more=more, before=None)


def check_packages() -> None:
    """Raise `MissingExtra` before an hour was spent, not after."""
    from importlib.util import find_spec

    for package, extra in (("torch", "train"), ("transformers", "train"), ("lm_eval", "eval")):
        if find_spec(package) is None:
            raise MissingExtra("the lab", extra)


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _problems() -> list[arithmetic.ArithmeticProblem]:
    return arithmetic.problems("train")


def _right(problems: Sequence[arithmetic.ArithmeticProblem]) -> list[TrainingRow]:
    return [TrainingRow(p.problem, p.response, source="lab") for p in problems]


def _encode(rows: Sequence[TrainingRow], chat: Chat, method: Method) -> Encoded:
    return encode_rows(rows, chat, method, system=SYSTEM, max_length=MAX_LENGTH)


def lessons(arm: str, rows: Sequence[TrainingRow]) -> list[tuple[list[TrainingRow], Method]]:
    """What an arm learns: sets of rows with their method, each given an equal share of tokens."""
    right = [row for row in rows if answer_of(row.response) == row.reference]
    answered = [row for row in rows if row.response.strip()]
    if arm in ("sft-right", "mixed") and not right:
        raise CftError(f"{arm}: not one response is right, so there is nothing to learn")
    return {
        "cft": [(list(rows), Method.CFT)],
        "sft-all": [(answered, Method.SFT)],
        "sft-right": [(right, Method.SFT)],
        "mixed": [(list(rows), Method.CFT), (right, Method.SFT)],
    }[arm]


def fill(pools: Sequence[Sequence[Example]], *, tokens: int, seed: int) -> list[Example]:
    """Examples of all pools in a random order until they have ``tokens``, an equal share each.

    A pool that is used up begins again: less data means more repetition, never fewer tokens.
    """
    chosen = []
    for index, pool in enumerate(pools):
        left = tokens // len(pools)
        for example in _endless(pool, random.Random(f"fill/{seed}/{index}")):
            if left < len(example) / 2:
                break
            chosen.append(example)
            left -= len(example)
    return chosen


def _endless(pool: Sequence[Example], chooser: random.Random) -> Iterator[Example]:
    while True:
        yield from chooser.sample(list(pool), len(pool))


def sample(
    model_folder: Path, prompts: Sequence[Sequence[dict[str, str]]], *, seed: int | None = None
) -> list[str]:
    """One response to each prompt: greedy, or at temperature 1 with a seed."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

    set_seed(seed or 0)
    drawing = {"do_sample": False} if seed is None else {"do_sample": True, "temperature": 1.0}
    tokenizer: Any = AutoTokenizer.from_pretrained(model_folder, padding_side="left")
    model: Any = AutoModelForCausalLM.from_pretrained(model_folder)
    model = model.to(_device()).eval()
    answers: list[str] = []
    for start in range(0, len(prompts), 256):
        texts = [
            tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
            for prompt in prompts[start : start + 256]
        ]
        batch = tokenizer(texts, return_tensors="pt", padding=True).to(_device())
        with torch.no_grad():
            out = model.generate(**batch, **drawing, max_new_tokens=NEW_TOKENS)
        new = out[:, batch["input_ids"].shape[1] :]
        answers += tokenizer.batch_decode(new, skip_special_tokens=True)
    return answers
