"""Nothing that a stranger put into a run commands a terminal or a CI system.

Every text of a run is made hostile in turn, in each form in which a run is read, and no line that
a command prints may be a workflow command, a colour or a turn of direction.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cft_eval.cli import main
from cft_eval.plain import as_json, lines, plain, printable
from cft_eval.results import write_folder, write_outcomes
from tests.harness import made
from tests.runs import boiled, run, samples

ROOT = Path(__file__).parents[1]

RAW = "x\n::error title=a::b\r::stop-commands::y\x1b[31m\x85::warning::z\u2028::debug::\u202e"
"""Line ends, an escape sequence, and a mark that turns the line around."""

WORDS = "::error title=owned::boom ##[add-mask]z \u2066::notice::\u202e"
"""The same with no control character: the schema lets it through."""

OURS = re.compile(r"::(error|notice) title=cft-eval%3A [^:]+::((?!::).)+")
"""The annotations that `gate --github` prints, each of one command."""

COMMANDS: list[list[str]] = [
    ["gate", "NEW", "--baseline", "OLD"],
    ["gate", "NEW", "--baseline", "OLD", "--github"],
    ["gate", "OLD", "--baseline", "NEW", "--allow-diff", "engine"],
    ["gate", "freeze", "NEW", "-o", "frozen.json"],
    ["gate", "plan", "NEW", "--baseline", "OLD"],
    ["gate", "escalate", "NEW", "--baseline", "NEW", "--state", "plan.json"],
    ["compare", "OLD", "NEW"],
    ["compare", "OLD", "NEW", "--markdown"],
    ["compare", "OLD", "NEW", "--csv"],
    ["compare", "NEW", "NEW", "--json"],
    ["compare", "OLD", "NEW", "NEW"],
    ["compare", "NEW", "NEW", "NEW", "--markdown"],
    ["compare", "NEW", "NEW", "NEW", "--csv"],
    ["select", "NEW", "OLD"],
]
OF_FOLDERS = [
    ["compare", "OLD", "NEW", "--show", "2"],
    ["push", "NEW", "--dry-run"],
]


def unsafe(out: str, *, annotated: bool = False) -> list[str]:
    """The lines of ``out`` that a terminal or a CI system would obey."""
    return [
        line
        for line in out.split("\n")
        if line != printable(line)
        or "##[" in line
        or (line.lstrip().startswith("::") and not (annotated and OURS.fullmatch(line)))
    ]


def texts(value: Any) -> Iterator[tuple[str | int, ...]]:
    """The place of every text below ``value``, and of every key of an object of names."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(each, str):
            yield (key,)
        elif isinstance(each, dict | list):
            yield from ((key, *rest) for rest in texts(each))


def names(value: Any, objects: tuple[str, ...]) -> Iterator[tuple[str | int, ...]]:
    """The places of keys that a stranger may choose: those of the objects that are named."""
    for key, each in value.items() if isinstance(value, dict) else ():
        if key in objects and isinstance(each, dict):
            yield from ((key, name) for name in each)
        yield from ((key, *rest) for rest in names(each, objects))


def altered(value: Any, place: tuple[str | int, ...], word: str, *, key: bool = False) -> Any:
    """A copy of ``value`` with the text or the key at ``place`` replaced."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    if key:
        inner[word] = inner.pop(place[-1])
    else:
        inner[place[-1]] = word
    return copy


def variants(value: Any, objects: tuple[str, ...], skip: tuple[str, ...] = ()) -> Iterator[Any]:
    """``value`` with one hostile text each, in every place that holds words."""
    for word in (RAW, WORDS):
        for place in texts(value):
            if place[-1] not in skip:
                yield altered(value, place, word)
        for place in names(value, objects):
            yield altered(value, place, word, key=True)


def tried(
    write: Callable[[Any], None],
    found: Iterator[Any],
    commands: list[list[str]],
    paths: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> int:
    """Run every command on every variant; the number of those that went through to a result."""
    done = 0
    for value in found:
        write(value)
        for command in commands:
            status = main([paths.get(word, word) for word in command])
            said = capsys.readouterr()
            bad = unsafe(said.out, annotated="--github" in command) + unsafe(said.err)
            assert not bad, (command, bad)
            assert status != 70, (command, said.err)
            done += status in {0, 1}
    return done


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return {"OLD": str(tmp_path / "old"), "NEW": str(tmp_path / "new")}


RIGHT = {"cft_math": [1, 0] * 30, "cft_gsm8k": [1, 1, 0] * 10}
WORSE = {"cft_math": [0, 0] * 30, "cft_gsm8k": [1, 1, 0] * 10}


@pytest.mark.slow
def test_a_frozen_baseline_commands_nothing(
    paths: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_outcomes(boiled(RIGHT), Path(paths["OLD"]))
    whole = json.loads(boiled(WORSE).model_dump_json())
    fresh = variants(whole, ("tasks", "settings"), skip=("kind", "created"))
    new = Path(paths["NEW"])

    def write(value: Any) -> None:
        new.write_text(json.dumps(value), encoding="utf-8")
        Path("plan.json").unlink(missing_ok=True)

    assert tried(write, fresh, COMMANDS, paths, capsys) > 100


def test_a_run_with_its_samples_commands_nothing(
    paths: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    small = {"cft_math": [1, 0]}
    write_folder(Path(paths["OLD"]), run(small), samples("cft_math", [1, 0]))
    folder, answered = Path(paths["NEW"]), samples("cft_math", [0, 1])
    described = run({"cft_math": [0, 1]})
    write_folder(folder, described, answered)
    whole = {
        "run": json.loads(described.model_dump_json()),
        "samples": [json.loads(sample.model_dump_json()) for sample in answered],
    }
    whole["run"]["model"] |= {"method": "cft", "base_model": "b", "tags": ["t"], "revision": "r"}

    def write(value: Any) -> None:
        (folder / "run.json").write_text(json.dumps(value["run"]))
        each = value["samples"]
        (folder / "samples.jsonl").write_text("".join(json.dumps(s) + "\n" for s in each))
        Path("plan.json").unlink(missing_ok=True)

    fresh = variants(whole, ("tasks", "scores"), skip=("created",))
    commands = [*COMMANDS[:2], COMMANDS[3], *COMMANDS[6:8], *OF_FOLDERS]
    assert tried(write, fresh, commands, paths, capsys) > 50


@pytest.mark.slow
def test_an_output_of_lm_eval_commands_nothing(
    paths: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    made.write(Path(paths["OLD"]))
    whole = {"facts": made.results(), "lines": [made.line(0), made.line(1)]}

    def write(value: Any) -> None:
        made.write(Path(paths["NEW"]), value["lines"], value["facts"])

    fresh = variants(whole, ("results", "configs", "versions", "model_args"))
    commands = [COMMANDS[0], COMMANDS[6], *OF_FOLDERS]
    imported = [["import", "lm-eval", "NEW", "-o", "imported"]]
    assert tried(write, fresh, commands + imported, paths, capsys) > 50


def test_what_is_typed_commands_nothing(
    paths: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for word in (RAW, WORDS):
        for command in (
            ["check", word, "1"],
            ["check", "1", word, "--explain"],
            ["check", "--explain", word, word, "--answer"],
            ["check", word, "1", "--json"],
            ["check", word, "1", "--benchmark", word],
            ["gate", word, "--baseline", word],
            ["gate", "freeze", word, "-o", "x"],
            ["compare", word, word],
            ["push", word, "--dry-run"],
            ["doctor", word],
            [word],
        ):
            with suppress(SystemExit):  # argparse
                main(command)
            said = capsys.readouterr()
            assert not unsafe(said.out) + unsafe(said.err), command


NAMES = ["x\n::error title=a::b", "a\x1b[31m", "a\x85b", "a\u2028b", "\t", "a\x00", "a\x7f"]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_stands_on_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error says what is wrong, where, and what to do."""
    whole = json.loads(boiled(RIGHT).model_dump_json())
    sound, bad = tmp_path / "sound.json", tmp_path / "bad.json"
    write_outcomes(boiled(RIGHT), sound)
    for spoilt, place in (
        (altered(whole, ("tasks", "cft_math"), name, key=True), "tasks."),
        (altered(whole, ("model",), name), "model: "),
        (altered(whole, ("tasks", "cft_math", "benchmark"), name), "tasks.cft_math.benchmark: "),
    ):
        bad.write_text(json.dumps(spoilt))
        assert main(["gate", str(bad), "--baseline", str(sound)]) == 3
        said = capsys.readouterr().err
        assert f"bad.json: not a frozen baseline: {place}" in said
        assert "holds the control character U+00" in said or "character U+2028" in said
        assert "take it out of the name" in said
        assert said.count("\n") == 1


@pytest.mark.parametrize(
    "name",
    ["cft_math500", "hendrycks_math_algebra", "org/Model 7B, β=0.1", "модель", "模型", "a:b|c,d=e"],
)
def test_names_that_people_give_are_names(name: str, tmp_path: Path) -> None:
    written = tmp_path / "run.json"
    write_outcomes(boiled({name: [1, 0] * 30}, model=name), written)
    assert main(["gate", str(written), "--baseline", str(written)]) == 0


def test_lines_keep_their_shape() -> None:
    assert lines("a\n  ::b::c\n\td") == "a\n  : :b::c\n d"
    assert lines("a\r\n##[error]b\rc") == "a\n# #[error]b\nc"
    assert plain("  a::b\n") == "a: :b"
    assert plain(":::a::::b") == ": : :a: : : :b"


@pytest.mark.parametrize("word", [RAW, WORDS, "\ud800", "\x7f\x9f\u200b", 'a"\\'])
def test_json_is_the_same_value_and_hides_nothing(word: str) -> None:
    shown = as_json({word: [word]}, indent=1)
    assert json.loads(shown) == {word: [word]}
    assert not unsafe(shown)


def test_one_module_prints() -> None:
    """Elsewhere foreign text would reach a terminal as it is."""
    for file in [*(ROOT / "cft_eval").rglob("*.py"), *(ROOT / "server").rglob("*.py")]:
        if file.name == "_say.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            assert not (isinstance(called, ast.Name) and called.id == "print"), file
            assert not (isinstance(called, ast.Attribute) and called.attr == "print_exc"), file
