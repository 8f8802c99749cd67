"""An output folder as lm-eval leaves it, small, made for tests of the reader."""

import copy
import json
from pathlib import Path
from typing import Any

from cft_eval.testsets import item_hash

STAMP = "2026-11-22T09-06-25.350112"
VERDICT = {
    "outcome": "correct",
    "answer": "4",
    "how": "boxed",
    "reason": "the same number",
    "correct": {"strict": True, "qwen": True, "cft_paper": True},
}
KWARGS = {"until": ["[END]"], "max_gen_toks": 2048, "temperature": 0.0}


def line(index: int = 0, responses: tuple[str, ...] = ("\\boxed{4}",)) -> dict[str, Any]:
    problem = f"What is {index} + 4 - {index}?"
    return {
        "doc_id": index,
        "doc": {
            "id": f"mini_gsm8k/{index}",
            "benchmark": "mini_gsm8k",
            "index": index,
            "item": item_hash(problem, "4"),
            "problem": problem,
            "reference": "4",
            "level": "",
            "subject": "",
            "tolerance": "",
            "ordered": False,
            "verdicts": [copy.deepcopy(VERDICT) for _ in responses],
        },
        "target": "4",
        "arguments": {"gen_args_0": {"arg_0": "the prompt", "arg_1": dict(KWARGS)}},
        "resps": [list(responses)],
        "filtered_resps": [["4" for _ in responses]],
        "filter": "none",
        "metrics": ["acc"],
        "prompt_hash": f"{index:064x}",
        "acc": 1.0,
    }


def results(task: str = "cft_mini_gsm8k", items: int = 2) -> dict[str, Any]:
    return {
        "results": {
            task: {
                "name": task,
                "alias": task,
                "sample_len": items,
                "acc,none": 1.0,
                "acc_stderr,none": "N/A",
                "answered,none": 1.0,
            }
        },
        "configs": {task: {"dataset_path": "cft_eval", "dataset_name": "mini_gsm8k"}},
        "versions": {task: 1.0},
        "n-shot": {task: 0},
        "n-samples": {task: {"original": 24, "effective": items}},
        "config": {
            "model": "hf",
            "model_args": {
                "pretrained": "/home/ada/secret-project/step-60",
                "token": "hf_SECRET",
                "dtype": "bfloat16",
            },
            "model_num_parameters": 202304,
            "model_dtype": "torch.bfloat16",
            "model_revision": "main",
            "model_sha": "",
            "device": "cuda:3",
            "random_seed": 0,
            "numpy_seed": 1234,
            "torch_seed": 1234,
            "fewshot_seed": 1234,
        },
        "date": 1795338375.5,
        "pretty_env_info": "hostname ada-workstation",
        "lm_eval_version": "0.4.13",
        "chat_template_sha": "c" * 64,
        "total_evaluation_time_seconds": "12.5",
    }


def write(
    folder: Path,
    lines: list[dict[str, Any]] | None = None,
    facts: dict[str, Any] | None = None,
    *,
    stamp: str = STAMP,
    task: str = "cft_mini_gsm8k",
) -> Path:
    """Write an output and return the path of its samples."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [line(0), line(1)] if lines is None else lines
    about = results(task, len(found)) if facts is None else facts
    (folder / f"results_{stamp}.json").write_text(json.dumps(about), encoding="utf-8")
    samples = folder / f"samples_{task}_{stamp}.jsonl"
    samples.write_text("".join(json.dumps(each) + "\n" for each in found), encoding="utf-8")
    return samples
