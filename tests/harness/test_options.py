"""What is read of lm-eval's own command line before it starts."""

import json
from pathlib import Path

import pytest

from cft_eval.errors import CftError

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

from cft_eval.harness.options import read_options

ABBREVIATED = [
    (["--task", "cft_math500"], "cft_math500", "runs"),
    (["--task=cft_math500", "--output", "out"], "cft_math500", "out"),
    (["-t", "cft_math500", "-o", "out"], "cft_math500", "out"),
    # `--m` may be the model, its arguments or the metadata: lm-eval says so itself.
    (["--m", "hf"], "cft_math_suite", "runs"),
]


@pytest.mark.parametrize(("arguments", "tasks", "output"), ABBREVIATED)
def test_an_abbreviation_means_what_it_means_to_lm_eval(
    arguments: list[str], tasks: str, output: str
) -> None:
    options = read_options(arguments)
    assert (options.tasks, options.output) == (tasks, Path(output))
    assert not [word for word in options.arguments if word.startswith("--task=")]


ALIASES = [
    ["--gen_kwargs", "max_tokens=100"],
    ["--gen_kwargs", "temperature=0.6,max_new_tokens=100,max_gen_toks=200"],
    ["--gen_kwargs", '{"max_length": 100}'],
    ["--gen", "top_p=0.9", "max_completion_tokens=5"],
    ["--gen_kwargs", "max_gen_tokens=100"],
]


@pytest.mark.parametrize("arguments", ALIASES)
def test_another_name_of_the_token_limit_is_refused(arguments: list[str]) -> None:
    with pytest.raises(CftError, match="the token limit is called max_gen_toks here"):
        read_options(arguments)


MISSPELT = [
    (["--gen_kwargs", "temprature=0.6,max_gen_toks=200"], "temperature"),
    (["--gen_kwargs", '{"topp": 0.9}'], "top_p"),
    (["--gen", "top_p=0.9", "do_smaple=True"], "do_sample"),
]


@pytest.mark.parametrize(("arguments", "meant"), MISSPELT)
def test_a_misspelt_generation_argument_is_refused(arguments: list[str], meant: str) -> None:
    """A server ignored it, and the run was greedy; transformers said so after loading."""
    with pytest.raises(CftError, match=f"no such argument; did you mean {meant}"):
        read_options(arguments)


def test_arguments_of_engines_are_no_misspelt_ones() -> None:
    known = pytest.importorskip("transformers").GenerationConfig().to_dict()
    others = set(known) - {"max_length", "max_new_tokens"} | {"min_tokens", "top_n", "stop_token"}
    for name in others:
        assert read_options(["--gen_kwargs", f"{name}=1"]).arguments


def test_the_token_limit_itself_is_taken() -> None:
    options = read_options(["--gen_kwargs", "max_gen_toks=100", "temperature=0.6"])
    assert options.arguments[:3] == ("--gen_kwargs", "max_gen_toks=100", "temperature=0.6")


def test_a_folder_of_tasks_is_heard_of() -> None:
    assert read_options(["--include_path", "mine"]).include == "mine"


METADATA = [
    (["--metadata", "repeats=4"], {"repeats": 4}),
    (["--metadata", "prompt=plain", "repeats=4"], {"prompt": "plain", "repeats": 4}),
    (["--metadata", "prompt=plain,repeats=4"], {"prompt": "plain", "repeats": 4}),
    (["--metadata", '{"repeats": 4}'], {"repeats": 4}),
    # The last one wins, as on any command line.
    (["--metadata", "repeats=4", "--metadata", "repeats=8"], {"repeats": 8}),
    ([], {}),
]


@pytest.mark.parametrize(("arguments", "told"), METADATA)
def test_metadata_are_written_as_both_lm_evals_read_them(
    arguments: list[str], told: dict[str, object]
) -> None:
    """lm-eval 0.5 takes JSON alone, 0.4 that or pairs."""
    options = read_options(arguments)
    assert options.metadata == told
    given = [a for a, b in zip(options.arguments[1:], options.arguments, strict=False)
             if b == "--metadata"]  # fmt: skip
    assert [json.loads(each) for each in given] == ([told] if told else [])


def test_metadata_without_a_value() -> None:
    with pytest.raises(CftError, match="expected NAME=VALUE, or one JSON object"):
        read_options(["--metadata", "repeats"])
