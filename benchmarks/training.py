"""Our trainer and TRL's SFTTrainer side by side, in one run: useful tokens a second at equal loss.

    python benchmarks/training.py [--data ROWS] [--steps 12] [--gpu]

All train the same model from the same weights on the same CFT rows, with the same tokens learnt,
rows a step (packed lines about as many), rate and schedule; each in a process of its own, one
thread on a CPU. TRL runs as it comes (bf16, activation checkpointing, batches padded to their
longest row), and without checkpointing, padded and packed; the bar is against the quickest of
these. We run whole, and with one part left out at a time, which says where the lead comes from.
A useful token is one of a row; padding is none; seconds are the thread's own, so that other work
on the machine does not count. The first two steps of each are left out as
warm-up. The loss of each model is measured at the end on rows that none saw, in fp32, one row at a
time.

With ``--gpu`` a model of about a billion parameters at sequence 2048 is trained by us alone, and
its MFU is taken of the largest FLOP/s that a matrix product reached in the same run.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from bars import Bar, tell

WARM = 2
HELD_OUT = 32
BATCH, MICRO = 32, 8
RATE = 1e-3
WORDS = """
the sum of both sides is even so we add three and divide by seven to find that each term
must be less than nine hence no such number can exist unless the first factor was wrong
""".split()  # noqa: SIM905  (a text is easier to read than a list)


def made_rows(count: int, *, longest: int) -> list[Any]:
    """Rows whose lengths vary as those of critiques do: log-normal, a few very long ones."""
    from cft_eval.dataset.rows import TrainingRow

    chooser = random.Random(0)

    def text(mean: float) -> str:
        size = min(longest // 3, max(3, int(chooser.lognormvariate(mean, 0.7))))
        return " ".join(chooser.choice(WORDS) for _ in range(size))

    return [
        TrainingRow(text(3.0), text(3.7), text(4.2) + " Conclusion: wrong [END]", number=n + 1)
        for n in range(count)
    ]


def setting(args: argparse.Namespace) -> tuple[Any, Any, list[Any], list[Any]]:
    """Tokenizer, model, the rows to train on and those held out; the same in every process."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from cft_eval.dataset.readers import read
    from cft_eval.lab.tiny import make_tokenizer

    rows = (
        read(args.data, limit=args.steps * BATCH + HELD_OUT)
        if args.data
        else made_rows(args.steps * BATCH + HELD_OUT, longest=args.max_length)
    )
    tokenizer = make_tokenizer(f"{r.question} {r.response} {r.critique}" for r in rows[:200])
    import torch

    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=4096, hidden_size=256, intermediate_size=768, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=args.max_length,
        tie_word_embeddings=True, bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return tokenizer, Qwen2ForCausalLM(config), rows[HELD_OUT:], rows[:HELD_OUT]


def examples_of(tokenizer: Any, rows: list[Any], max_length: int) -> list[Any]:
    from cft_eval.dataset.rows import Method
    from cft_eval.dataset.texts import SYSTEM
    from cft_eval.training.chat import chat_of
    from cft_eval.training.encode import encode_rows

    return encode_rows(
        rows, chat_of(tokenizer), Method.CFT, system=SYSTEM, max_length=max_length
    ).examples


PARTS: dict[str, dict[str, Any]] = {
    "ours": {},
    "ours, attention of TRL's kind": {"attention": "sdpa"},
    "ours, logits all at once": {"loss_chunk": 10**9},
    "ours, without packing": {"packing": False, "attention": "sdpa"},
}
"""What is left out, one at a time."""


def ours(args: argparse.Namespace, out: Path, **without: Any) -> dict[str, Any]:
    from cft_eval.training.run import train
    from cft_eval.training.settings import TrainingSettings

    tokenizer, model, rows, _ = setting(args)
    settings = TrainingSettings(
        batch_size=BATCH, micro_batch_size=MICRO, max_steps=args.steps, learning_rate=RATE,
        warmup_ratio=0.1, save_every=0, threads=1, **without,
    )  # fmt: skip
    times: list[float] = []
    readings = train(
        model, tokenizer, examples_of(tokenizer, rows, args.max_length), settings, output=out,
        on_step=lambda reading: times.append(time.process_time()),
    )  # fmt: skip
    seconds, tokens = times[-1] - times[WARM - 1], sum(r.tokens for r in readings[WARM:])
    (out / f"step-{args.steps}").rename(out / "final")
    return {"tokens": tokens, "seconds": seconds}


def trl(args: argparse.Namespace, out: Path, **best: Any) -> dict[str, Any]:
    import torch
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    torch.set_num_threads(1)
    tokenizer, model, rows, _ = setting(args)
    # Ready ids and labels: TRL then takes them as they are, and both learn the same tokens.
    examples = examples_of(tokenizer, rows, args.max_length)
    data = Dataset.from_list([{"input_ids": e.input_ids, "labels": e.labels} for e in examples])
    times: list[float] = []
    seen: list[float] = []

    class Clock(TrainerCallback):
        def on_step_end(self, *unused: Any, **unused_too: Any) -> None:
            times.append(time.process_time())

        def on_log(self, *unused: Any, logs: Any = None, **unused_too: Any) -> None:
            seen.extend([logs["num_tokens"]] if "num_tokens" in (logs or {}) else [])

    rows_a_line = 1.0
    if "packing" in best:  # a packed line is as long as the longest row
        best["max_length"] = max(map(len, examples))
        rows_a_line = max(1.0, best["max_length"] * len(examples) / sum(map(len, examples)))
    lines = max(1, round(BATCH / rows_a_line))
    config = SFTConfig(
        output_dir=str(out), use_cpu=True, max_steps=args.steps, learning_rate=RATE,
        per_device_train_batch_size=min(MICRO, lines),
        gradient_accumulation_steps=max(1, round(lines / MICRO)),
        lr_scheduler_type="cosine", save_strategy="no", seed=42,
        warmup_steps=-int(-0.1 * args.steps // 1), report_to=[], logging_steps=1,
        **{"max_length": args.max_length, **best},
    )  # fmt: skip
    trainer = SFTTrainer(
        model=model, args=config, train_dataset=data, processing_class=tokenizer,
        callbacks=[Clock()],
    )  # fmt: skip
    trainer.train()
    trainer.save_model(str(out / "final"))
    # Padding is none of the tokens that TRL counts.
    tokens = seen[args.steps - 1] - seen[WARM - 1]
    return {"tokens": round(tokens), "seconds": times[-1] - times[WARM - 1]}


def held_out_loss(args: argparse.Namespace, out: Path) -> dict[str, Any]:
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(1)
    tokenizer, _, _, rows = setting(args)
    model = AutoModelForCausalLM.from_pretrained(out / "final", dtype=torch.float32).eval()
    total = count = 0.0
    with torch.no_grad():
        for example in examples_of(tokenizer, rows, args.max_length):
            loss = model(
                input_ids=torch.tensor([example.input_ids]), labels=torch.tensor([example.labels])
            ).loss
            total, count = total + float(loss) * example.learnt, count + example.learnt
    return {"loss": total / count}


def measured_ceiling(*, size: int) -> float:
    """FLOP/s of a large matrix product in bf16 on this GPU, the best of half a second."""
    import torch

    left = torch.randn(size, size, device="cuda").bfloat16()
    best, until = 0.0, time.perf_counter() + 0.5
    while time.perf_counter() < until:
        started = time.perf_counter()
        float((left @ left)[0, 0])  # waits for the device
        best = max(best, 2 * size**3 / (time.perf_counter() - started))
    return best


def billion(args: argparse.Namespace, out: Path) -> dict[str, Any]:
    """A billion parameters at sequence 2048 on one GPU."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM
    from transformers.utils.import_utils import is_flash_attn_2_available

    from cft_eval.lab.tiny import make_tokenizer
    from cft_eval.training.encode import IGNORE, Example
    from cft_eval.training.measure import flop, size_of
    from cft_eval.training.run import train
    from cft_eval.training.settings import TrainingSettings

    peak = measured_ceiling(size=8192)
    tokenizer = make_tokenizer(WORDS)
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=32_768, hidden_size=2048, intermediate_size=5632, num_hidden_layers=20,
        num_attention_heads=16, num_key_value_heads=8, max_position_embeddings=2048,
        tie_word_embeddings=True, pad_token_id=0, eos_token_id=2,
        attn_implementation="flash_attention_2" if is_flash_attn_2_available() else "sdpa",
    )  # fmt: skip
    with torch.device("cuda"):
        model = Qwen2ForCausalLM(config)
    chooser = random.Random(0)
    examples = []
    for _ in range(16 * args.steps):
        ids = [chooser.randrange(3, 32_768) for _ in range(2048)]
        examples.append(Example(ids, [IGNORE] * 1024 + ids[1024:]))
    settings = TrainingSettings(
        batch_size=16, micro_batch_size=8, max_steps=args.steps, learning_rate=1e-5,
        activation_checkpointing=args.checkpointing, save_every=0,
    )  # fmt: skip
    readings = train(model, tokenizer, examples, settings, output=out)[WARM:]
    seconds, tokens = sum(r.seconds for r in readings), sum(r.tokens for r in readings)
    work = flop(size_of(model), [(2048, 1024)] * (16 * len(readings)))
    return {
        "device": torch.cuda.get_device_name(),
        "parameters": sum(w.numel() for w in model.parameters()),
        "tokens_per_second": tokens / seconds,
        "mfu_of_the_data_sheet": sum(r.mfu or 0 for r in readings) / len(readings),
        "mfu_of_the_measured_ceiling": work / seconds / peak,
        "measured_ceiling_tflops": peak / 1e12,
        "peak_memory_gib": torch.cuda.max_memory_allocated() / 2**30,
        "attention": config._attn_implementation,
    }


DEFAULT = "TRL's default"
TRL: dict[str, dict[str, Any]] = {
    DEFAULT: {},
    "TRL, no checkpointing": {"gradient_checkpointing": False},
    "TRL, packed as well": {
        "gradient_checkpointing": False, "packing": True, "packing_strategy": "bfd",
        "padding_free": True,
    },
}  # fmt: skip

STAGES: dict[str, Any] = {
    **{name: partial(trl, **options) for name, options in TRL.items()},
    **{name: partial(ours, **without) for name, without in PARTS.items()},
    "loss": held_out_loss,
    "billion": billion,
}


def stage(name: str, args: argparse.Namespace, out: Path) -> dict[str, Any]:
    """Run one stage in a process of its own."""
    command = [sys.executable, __file__, "--stage", name, "--out", str(out)]
    command += ["--steps", str(args.steps), "--max-length", str(args.max_length)]
    command += ["--data", args.data] if args.data else []
    command += ["--checkpointing"] if args.checkpointing else []
    threads = {} if name == "billion" else {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **threads}
    )
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="rows to train on (default: made up)")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--max-length", type=int, default=2048)
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--checkpointing", action="store_true", help="of the GPU's model")
    parser.add_argument("--repeat", type=int, default=1, help="races of both, one after the other")
    parser.add_argument("--stage", choices=list(STAGES), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.steps <= WARM:
        parser.error(f"--steps: more than {WARM}, which warm up and do not count")
    if args.stage:
        print("\n" + json.dumps(STAGES[args.stage](args, args.out)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if args.gpu:
            print(json.dumps(stage("billion", args, Path(folder)), indent=1))
            return
        for race in range(args.repeat):
            rates, losses = {}, {}
            for name in STAGES:
                if name in ("loss", "billion"):
                    continue
                out = Path(folder) / f"{len(rates)}-{race}"
                out.mkdir()
                found = stage(name, args, out)
                rates[name] = found["tokens"] / found["seconds"]
                losses[name] = stage("loss", args, out)["loss"]
                print(
                    f"{name:>29}: {rates[name]:8,.0f} useful tokens/s, held-out loss "
                    f"{losses[name]:.4f}",
                    flush=True,
                )
            best = max(TRL, key=lambda name: rates[name])
            ratio = rates["ours"] / rates[best]
            peer = f"{best}; held-out loss {losses['ours']:.3f} beside {losses[best]:.3f}"
            tell(Bar("trainer, useful tokens/s", ratio, "times TRL's best", 1.3, "at least", peer))
            if not torch_has_gpu():
                print("trainer on a GPU, beside TRL's best, and MFU at 1B: not measured (no GPU)")


def torch_has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


if __name__ == "__main__":
    main()
