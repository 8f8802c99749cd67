"""`cft-eval train` and `data show` from the command line, on files."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the train extra: pip install 'cft-eval[train]'")
pytest.importorskip("transformers", reason="needs the train extra")

from cft_eval.cli import main  # noqa: E402
from cft_eval.dataset.texts import SYSTEM  # noqa: E402
from cft_eval.lab.tiny import make_tokenizer  # noqa: E402
from tests.training.road import make_road  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def road(tmp_path: Path) -> dict[str, str]:
    """A model folder and a data file."""
    make_road(tmp_path)
    (tmp_path / "run.yaml").write_text(
        f"model: {tmp_path / 'model'}\ndata: {tmp_path / 'rows.jsonl'}\n"
        "batch_size: 8\nmicro_batch_size: 4\nlearning_rate: 1e-3\nmax_length: 512\nthreads: 1\n"
        "save_every: 2\n"
    )
    return {name: str(tmp_path / name) for name in ("model", "rows.jsonl", "run.yaml", "out")}


def train(road: dict[str, str], *options: str) -> int:
    return main(["train", "--config", road["run.yaml"], "--output", road["out"], *options])


def test_a_run_from_a_file_and_its_resumption(
    road: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(road) == 0
    out = Path(road["out"])
    assert capsys.readouterr().out.startswith(f"{out}/step-3: loss ")
    assert {"step-2", "step-3", "log.jsonl", "run.json"} == {path.name for path in out.iterdir()}
    facts = json.loads((out / "run.json").read_text())
    assert (facts["examples"], facts["settings"]["method"], facts["cuts"]) == (24, "cft", {})

    assert train(road) == 2
    assert "holds checkpoints already; go on with --resume" in capsys.readouterr().err
    assert train(road, "--resume", "--method", "sft", "--learning-rate", "2e-3") == 2
    assert (
        "started with something else: method was 'cft' and is 'sft'; learning_rate was 0.001 and "
        "is 0.002; the rows, the tokenizer or its template (then 24 examples of 4,484 tokens, now "
        "24 examples of "
    ) in capsys.readouterr().err
    assert train(road, "--resume", "--limit", "9") == 2
    assert "limit was None and is 9; the rows, the tokenizer" in capsys.readouterr().err
    before = (out / "log.jsonl").read_text()
    # The day of the first start is that of the run: a template may write it.
    (out / "run.json").write_text(json.dumps(facts | {"day": "2001-02-03T04:05:06"}))
    assert train(road, "--resume") == 0
    assert json.loads((out / "run.json").read_text())["day"] == "2001-02-03T04:05:06"
    assert (out / "log.jsonl").read_text() == before


def test_a_resumed_run_misses_no_head_that_is_the_embedding(
    road: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert train(road, "--max-steps", "2") == 0
    logger = logging.getLogger("transformers.trainer")
    logger.addHandler(caplog.handler)
    try:
        assert train(road, "--max-steps", "2", "--resume") == 0
    finally:
        logger.removeHandler(caplog.handler)
    assert [each for each in caplog.messages if "missing keys" in each] == []


PRECISIONS = [
    # Nothing is asked for: what a processor is quick in, and what is recorded.
    ([], "fp32"),
    (["--precision", "auto"], "fp32"),
    (["--precision", "bf16"], "bf16"),
]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU computes in bf16")
@pytest.mark.parametrize(("options", "precision"), PRECISIONS)
def test_a_processor_computes_in_fp32_unless_bf16_is_asked_for(
    road: dict[str, str], options: list[str], precision: str
) -> None:
    assert train(road, *options, "--limit", "4", "--max-steps", "1", "--warmup-steps", "0") == 0
    out = Path(road["out"])
    assert json.loads((out / "run.json").read_text())["settings"]["precision"] == precision
    arguments = torch.load(out / "step-1" / "training_args.bin", weights_only=False)
    assert arguments.bf16 == (precision == "bf16")


def test_the_dry_run_prints_the_plan_and_writes_nothing(
    road: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(road, "--dry-run", "--devices", "2", "--gpu", "H100") == 0
    printed = capsys.readouterr().out
    assert "24 examples of 24 rows" in printed
    assert "steps: 3 (1 of warm-up) of 8 examples = 2 devices x 1 micro-batches" in printed
    assert "memory of a device: about" in printed
    assert not Path(road["out"]).exists()


BAD: list[tuple[list[str], str]] = [
    (["--max-length", "1"], "no target tokens left: not one row of 24 fits into 1 tokens"),
    (["--model", "no/such/model"], "no/such/model: no tokenizer there"),
    (["--data", "no-such.jsonl"], "no-such.jsonl: no such file; known names are"),
    (["--keep-rows", "wrong"], "no rows to train on"),
    (["--chat-template", "nonsense"], "--chat-template takes qwen, deepseek or a file"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_input_is_one_sentence(
    road: dict[str, str], capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert train(road, *options) == 2
    assert message in capsys.readouterr().err


def test_a_second_stage_starts_from_the_newest_checkpoint_of_the_first(
    road: dict[str, str], tmp_path: Path
) -> None:
    assert train(road, "--method", "sft") == 0
    second = str(tmp_path / "second")
    assert main(["train", "--config", road["run.yaml"], "--model", road["out"],
                 "--output", second]) == 0  # fmt: skip
    facts = json.loads((tmp_path / "second" / "run.json").read_text())
    assert facts["settings"]["model"] == f"{road['out']}/step-3"
    first, last = (
        json.loads((folder / "log.jsonl").read_text().splitlines()[0])["loss"]
        for folder in (tmp_path / "second", Path(road["out"]))
    )
    assert first < last  # it goes on from what was learnt


def test_a_mixture_is_learnt_by_both_methods(
    road: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mix = tmp_path / "mix.yaml"
    data = road["rows.jsonl"]
    mix.write_text(
        f"parts:\n  - {{data: {data}, method: cft, share: 0.75}}\n"
        f"  - {{data: {data}, method: sft, share: 0.25}}\nrows: 24\n"
    )
    shown = ["data", "show", str(mix), "--tokenizer", road["model"], "--examples", "24"]
    assert main(shown) == 0
    printed = capsys.readouterr().out
    assert printed.count("⟦Critique:") == 18
    assert printed.count("⟦It is") == 6
    assert train(road, "--data", str(mix)) == 0


def test_a_preset_gives_keys_that_options_override(
    road: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--data", road["rows.jsonl"], "--batch-size", "8", "--dry-run", "--save-every", "0"]
    assert main(["train", "--preset", "one-shot-cft", "--model", road["model"], *more,
                 "--max-length", "512"]) == 0  # fmt: skip
    assert "steps: 150 (8 of warm-up) of 8 examples" in capsys.readouterr().out


HINTS: list[tuple[list[str], str]] = [
    (["--lerning-rate", "1e-5"], "unrecognized arguments: --lerning-rate 1e-5; did you mean "
                                 "--learning-rate?"),
    (["--batchsize=8"], "unrecognized arguments: --batchsize=8; did you mean --batch-size?"),
    (["--zzz"], "unrecognized arguments: --zzz\n"),
    (["--dry-run", "--gpu", "H1O0"], "--gpu: 'H1O0' is not known; did you mean H100? (known: "),
    (["--dry-run", "--gpu", "h100"], "--gpu: 'h100' is not known; did you mean H100? (known: "),
    (["--report-to", "wandbb"], "invalid choice: 'wandbb'"),
    (["--held-out", "24"], "held_out: 24 of 24 examples leave none to train on"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), HINTS)
def test_what_is_misspelt_gets_a_hint(
    road: dict[str, str], capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    try:
        status = train(road, *options)
    except SystemExit as ended:  # argparse
        status = int(ended.code or 0)
    assert status == 2
    assert message in capsys.readouterr().err


def test_a_run_that_changes_nothing_says_so(
    road: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(road, "--max-steps", "1") == 0
    said = "all of 1 steps are warm-up, so the only step has rate 0 and changes no weight"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("how", [[], ["--dry-run"]])
def test_adapters_are_no_model_to_start_from(
    road: dict[str, str], capsys: pytest.CaptureFixture[str], how: list[str]
) -> None:
    Path(road["model"], "adapter_config.json").write_text("{}")
    assert train(road, *how) == 2
    said = f"cft-eval: {road['model']} holds adapters, not a model: merge them into their base with"
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("how", [[], ["--dry-run"]])
def test_an_example_longer_than_the_model_is_refused(
    road: dict[str, str], capsys: pytest.CaptureFixture[str], how: list[str], tmp_path: Path
) -> None:
    rows = [{"question": "1+1?", "response": "3", "critique": "so " * 900}]
    data = tmp_path / "long.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert train(road, "--data", str(data), "--max-length", "4096", *how) == 2
    assert "can see 512; set max_length to that" in capsys.readouterr().err
    assert not Path(road["out"]).exists()


def test_a_tokenizer_without_end_token_or_template_is_refused(
    road: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    bare: Any = make_tokenizer(["a"])
    bare.chat_template = None
    bare.save_pretrained(road["model"])
    Path(road["model"], "chat_template.jinja").unlink(missing_ok=True)
    assert train(road) == 2
    assert "the tokenizer has no chat template; give one with --chat-template" in (
        capsys.readouterr().err
    )
    bare.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    bare.eos_token = None
    bare.save_pretrained(road["model"])
    assert train(road) == 2
    assert "the tokenizer has no end token" in capsys.readouterr().err


def test_the_end_that_was_learnt_ends_generation(road: dict[str, str]) -> None:
    """Qwen2.5's base models end at <|endoftext|>, their template at <|im_end|>."""
    from transformers import AutoTokenizer, GenerationConfig

    tokenizer = AutoTokenizer.from_pretrained(road["model"])
    tokenizer.eos_token = "<|endoftext|>"
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_end|>"]})
    tokenizer.save_pretrained(road["model"])
    assert train(road, "--max-steps", "1") == 0
    last = Path(road["out"]) / "step-1"
    ends: Any = GenerationConfig.from_pretrained(last).eos_token_id
    assert ends == tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])
    assert AutoTokenizer.from_pretrained(last).eos_token == "<|im_end|>"


def test_data_show_marks_what_is_learnt(
    road: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "show", road["rows.jsonl"], "--tokenizer", road["model"]]) == 0
    printed = capsys.readouterr().out
    assert "⟦Critique:\n0 and 0 make 0. Conclusion: right [END]<|im_end|>⟧" in printed
    assert "critiques say: right 100.0% (24)" in printed
    assert f"<|im_start|>system\n{SYSTEM}<|im_end|>" in printed
    show = ["data", "show", road["rows.jsonl"], "--tokenizer", road["model"], "--system"]
    assert main([*show, "none"]) == 0
    assert "<|im_start|>system" not in capsys.readouterr().out
    assert main([*show, "Be kind."]) == 0
    assert "<|im_start|>system\nBe kind.<|im_end|>" in capsys.readouterr().out
    assert main(["data", "show", road["rows.jsonl"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 24
    sft = ["--tokenizer", road["model"], "--method", "sft", "--json"]
    assert main(["data", "show", road["rows.jsonl"], *sft]) == 0
    assert json.loads(capsys.readouterr().out)["learnt"]["largest"] < 60


def test_accelerate_configurations_are_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    import yaml

    for name, kind in (("fsdp2", "FSDP"), ("fsdp2-nodes", "FSDP"), ("zero3", "DEEPSPEED")):
        assert main(["train", "--accelerate-config", name]) == 0
        config = yaml.safe_load(Path(capsys.readouterr().out.strip()).read_text())
        assert (config["distributed_type"], config["mixed_precision"]) == (kind, "bf16")
