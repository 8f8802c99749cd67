"""The same rows, tokens and labels through TRL's SFTTrainer: for those who use TRL already.

    python examples/train_with_trl.py --model Qwen/Qwen2.5-Math-1.5B \\
        --data webinstruct-cft-50k --output out

What cft_eval does here: it reads the rows, writes the paper's prompts, looks the chat template
over, and decides what is learnt. TRL does the rest: packing without padding, the loop, the
checkpoints. Labels are given ready, so nothing depends on how TRL tells a prompt from an answer.

TRL counts packed lines, not rows; `--rows-a-step` is turned into lines by the mean.
"""

import argparse
import math
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM
from trl import SFTConfig, SFTTrainer

from cft_eval.dataset.readers import read
from cft_eval.dataset.rows import Method
from cft_eval.dataset.texts import SYSTEM
from cft_eval.training.chat import chat_of, load_tokenizer, use_template
from cft_eval.training.encode import Encoded, encode_rows


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="folder or name on the hub")
    parser.add_argument("--data", required=True, help="what `cft-eval data show` reads")
    parser.add_argument("--output", required=True, help="folder for TRL's checkpoints")
    parser.add_argument("--method", choices=["cft", "sft"], default="cft")
    parser.add_argument("--chat-template", help="qwen, deepseek or a Jinja file")
    parser.add_argument("--max-length", type=int, default=2048, help="tokens of a packed line")
    parser.add_argument("--rows-a-step", type=int, default=512)
    parser.add_argument(
        "--lines-a-pass", type=int, default=1, help="packed lines of a forward pass"
    )
    parser.add_argument("--learning-rate", type=float, default=5e-6)
    parser.add_argument("--warmup-ratio", type=float, default=0.1)
    parser.add_argument("--max-steps", type=int, default=-1, help="instead of one epoch")
    parser.add_argument("--no-bf16", action="store_true", help="compute in fp32")
    parser.add_argument("--no-packing", action="store_true", help="a row a line, padded")
    return parser.parse_args()


def encoded_rows(args: argparse.Namespace, tokenizer: Any) -> tuple[Encoded, int]:
    """Ids and labels of every row, and the token that ends an answer."""
    use_template(tokenizer, args.chat_template)
    chat = chat_of(tokenizer)
    encoded = encode_rows(
        read(args.data),
        chat,
        Method(args.method),
        system=SYSTEM,
        max_length=args.max_length,
    )
    return encoded, chat.end


def configuration(args: argparse.Namespace, encoded: Encoded) -> SFTConfig:
    """The recipe in TRL's words: what is not named is TRL's own choice."""
    rows = len(encoded.examples)
    # Packed lines are full but for the last of each length: the mean says how many make a step.
    rows_a_line = 1.0 if args.no_packing else max(1.0, rows * args.max_length / encoded.tokens)
    lines = max(1, round(args.rows_a_step / rows_a_line))
    steps = args.max_steps if args.max_steps > 0 else math.ceil(rows / args.rows_a_step)
    return SFTConfig(
        output_dir=args.output,
        max_length=args.max_length,
        packing=not args.no_packing,
        packing_strategy="bfd",  # best fit, no row cut in two; borders are kept by positions
        padding_free=not args.no_packing,
        per_device_train_batch_size=min(args.lines_a_pass, lines),
        gradient_accumulation_steps=math.ceil(lines / min(args.lines_a_pass, lines)),
        num_train_epochs=1,
        max_steps=args.max_steps,
        learning_rate=args.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(args.warmup_ratio * steps),
        weight_decay=0.0,
        max_grad_norm=1.0,
        bf16=torch.cuda.is_available() and not args.no_bf16,  # emulated on most CPUs: slow
        use_cpu=not torch.cuda.is_available(),
        gradient_checkpointing=False,
        logging_steps=1,
        report_to=[],
        seed=42,
    )


def main() -> None:
    args = options()
    tokenizer = load_tokenizer(args.model)
    encoded, end = encoded_rows(args, tokenizer)
    print("\n".join(encoded.report()))
    # fp32 weights: a step of 5e-6 is lost in bf16's.
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    # Generation must stop at the token that was learnt.
    tokenizer.eos_token = tokenizer.convert_ids_to_tokens(end)
    model.generation_config.eos_token_id = end
    rows = [{"input_ids": e.input_ids, "labels": e.labels} for e in encoded.examples]
    trainer = SFTTrainer(
        model=model,
        args=configuration(args, encoded),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    trainer.train()
    for entry in trainer.state.log_history:
        if "loss" in entry:
            print(f"step {entry['step']}: loss {entry['loss']:.6f}")
    trainer.save_model(args.output)


if __name__ == "__main__":
    main()
