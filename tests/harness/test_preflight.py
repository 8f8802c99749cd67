"""What an evaluation would fail at is said before a model is loaded, in a sentence, as no bug."""

import json
import socket
from collections import namedtuple
from importlib.util import find_spec
from pathlib import Path

import pytest

from cft_eval.cli import main

pytest.importorskip("lm_eval", reason="needs the extra `eval`")

from tests.harness.chat_server import Answer, serve

WITH_VLLM = find_spec("vllm") is not None
MINI = ["--tasks", "cft_mini_math"]
CHAT = ["--model", "local-chat-completions", "--apply_chat_template", *MINI, "--model_args"]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.delenv("HTTP_PROXY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()


WRONG = [
    (["--tasks", "cft_mini_mth"], "did you mean cft_mini_math"),
    (["--tasks", "gsm8k"], "gsm8k: no such task of cft_eval; did you mean cft_gsm8k"),
    (["--tasks", "cft_maths_suite"], "did you mean cft_math_suite"),
    (
        [*MINI, "--model", "dumy"],
        "lm-eval has no such model type; did you mean dummy",
    ),
    ([*MINI, "--model", "vlm"], "did you mean vllm"),
    ([*MINI, "--model", "local-chat-completion"], "did you mean local-chat-completions"),
    ([*MINI, "--model", "llama"], "--model llama: lm-eval has no such model type; known: "),
    ([*MINI, "--limit", "-1"], "--limit -1: expected a number of problems, or a share"),
    ([*MINI, "--limit", "five"], "--limit: invalid float value: 'five'"),
    (["--tasks", ""], "--tasks : an empty name"),
    (["--tasks", "cft_mini_math,", "cft_mini_gsm8k"], "--tasks cft_mini_math,,cft_mini_gsm8k: an "),
    ([*MINI, "--samples", "nope"], "--samples nope: expected JSON, or a file of it"),
    ([*MINI, "--samples", "{}", "--limit", "2"], ""),
    ([*MINI, "--metadata", "prompt=chatm"], "prompt=chatm: no such prompt; known: chatml"),
    ([*MINI, "--metadata", "repeats=x"], "repeats='x': expected a whole number"),
    ([*MINI, "--metadata", "repeats=4"], "4 responses to each problem at temperature 0"),
    ([*MINI, "--num_fewshot", "9"], "there are 4 worked examples"),
    ([*MINI, "--gen_kwargs", "temperature=hot"], "--gen_kwargs temperature=hot: "),
    ([*MINI, "--gen_kwargs", "temperature=-1"], "temperature=-1.0: expected 0 or more"),
    ([*MINI, "--gen_kwargs", "max_gen_toks=0"], "max_gen_toks=0: expected 1 or more"),
    ([*MINI, "--gen_kwargs", "until=5"], "--gen_kwargs until=5: Input should be a valid list"),
    ([*MINI, "--output_path", "file"], "--output_path file: file is a file, not a folder"),
    ([*MINI, "--output_path", "/proc/nowhere"], "nothing can be written there"),
    ([*MINI, "--model", "hf"], "--model hf: needs --model_args pretrained="),
    ([*MINI, "--model", "hf", "--model_args", "pretrained=/nowhere"], "no such folder"),
    (
        [*MINI, "--model", "hf", "--model_args", "pretrained=nobody/nothing"],
        "HF_HUB_OFFLINE is set",
    ),
    ([*MINI, "--model", "vllm", "--model_args", "pretrained=empty"], "no config.json in it"),
    (["--model", "local-chat-completions", *MINI], "add --apply_chat_template"),
    ([*CHAT, "model=m"], "needs --model_args base_url="),
    ([*CHAT, "base_url=http://127.0.0.1:9/v1"], "needs --model_args model="),
    ([*CHAT, "model=m,base_url=127.0.0.1:9"], "expected http://HOST:PORT/v1/"),
]


@pytest.mark.parametrize(("arguments", "what"), WRONG)
def test_it_is_said_before_a_model_is_loaded(
    arguments: list[str], what: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    if not what:  # a set of samples that is empty is none
        assert main(["run", "--check", "--model", "dummy", *arguments]) == 0
        return
    named = [] if "--model" in arguments else ["--model", "dummy"]
    for check in (["--check"], []):
        before = sorted(tmp_path.iterdir())
        assert main(["run", *check, *named, *arguments]) == 2
        said = capsys.readouterr().err
        assert what in said.splitlines()[-1]
        assert "Traceback" not in said
        assert "this is a bug" not in said
        assert sorted(tmp_path.iterdir()) == before


def test_all_that_is_wrong_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["--model", "dumy", *MINI, "--metadata", "prompt=x", "--output_path", "file"]
    assert main(["run", "--check", *wrong]) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[2].partition(":")[0] for line in said] == [
        "--model dumy",
        "prompt=x",
        "--output_path file",
    ]


def test_a_check_says_what_would_be_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wanted = ["--tasks", "cft_mini_math,cft_mini_gsm8k", "--limit", "5", "--repeats", "3"]
    told = ["run", "--check", "--model", "dummy", *wanted, "--gen_kwargs", "temperature=0.6"]
    assert main(told) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "model: dummy"
    assert said[1] == "tasks: cft_mini_math, cft_mini_gsm8k: 10 problems, 30 responses"
    assert said[2].startswith("output: runs, ")
    assert not (tmp_path / "runs").exists()


def test_a_missing_test_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CFT_EVAL_DATA", str(tmp_path / "nowhere"))
    assert main(["run", "--check", "--model", "dummy", "--tasks", "cft_aime24"]) == 2
    assert "nowhere/aime24/test.jsonl: no such file" in capsys.readouterr().err


def test_a_full_disk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10, 9, 20_000))
    assert main(["run", "--check", "--model", "dummy", *MINI]) == 2
    assert "20 kB free, and 34 responses take 136 kB and more" in capsys.readouterr().err


def test_a_server_that_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        port = taken.getsockname()[1]
        assert main(["run", "--check", *CHAT, f"model=m,base_url=http://127.0.0.1:{port}/v1"]) == 2
    assert f"no server answers at 127.0.0.1:{port}" in capsys.readouterr().err


OTHERS: list[tuple[list[str], str]] = [
    # lm-eval looks for o1, o3, o4 and 5 anywhere in the name, and sends temperature 1 then.
    (
        ["--model_args", "model=gpt-5-mini,base_url=URL"],
        "--model openai-chat-completions (gpt-5-mini): temperature=0.0 was requested, "
        "temperature=1 would be sent",
    ),
    (["--model_args", "model=o1,base_url=URL,think_end_token=x"], "(o1): temperature=0.0 was"),
    (["--model_args", "model=gpt-4o,num_concurrent=many,base_url=URL"], "cannot be loaded"),
    (["--model_args", "model=gpt-4o,base_url=URL"], ""),
    (["--model_args", "model=o3,base_url=URL", "--gen_kwargs", "temperature=1"], ""),
]


@pytest.mark.parametrize(("arguments", "what"), OTHERS)
def test_another_payload_is_foreseen(
    arguments: list[str],
    what: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before any request, in the words of the command."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with serve(lambda _: Answer("\\boxed{1}")) as server:
        typed = [word.replace("URL", server.url) for word in arguments]
        command = ["--model", "openai-chat-completions", "--apply_chat_template", *MINI, *typed]
        assert main(["run", "--check", *command]) == (2 if what else 0)
        assert not server.asked
    said = capsys.readouterr()
    assert what in said.err
    if not what:
        assert "requests: as the tasks say" in said.out.splitlines()


def test_a_missing_key_is_foreseen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    command = ["--model", "openai-chat-completions", "--model_args", "model=gpt-4o"]
    assert main(["run", "--check", "--apply_chat_template", *MINI, *command]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "--model openai-chat-completions: " in said
    assert "set the `OPENAI_API_KEY` environment variable" in said


@pytest.mark.skipif(WITH_VLLM, reason="vLLM is installed")
def test_a_missing_engine_is_foreseen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--check", "--model", "vllm", *MINI, "--model_args", "pretrained=."]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("cft-eval: --model vllm: vllm is not installed: install it")


def test_a_server_that_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with serve(lambda _: Answer("4")) as server:
        assert main(["run", "--check", *CHAT, f"model=m,base_url={server.url}"]) == 0
        assert not server.asked
    assert " answers" in capsys.readouterr().out


TASK_FILES = [
    ("class: !function cft_eval.harness.task.MathTask\ndataset_name: mini_math\n", ""),
    ("class: cft_eval.harness.task.MathTask\ndataset_name: mini_math\n", ""),
    ("class: !function mine.Mine\ndataset_name: mini_math\n", ""),
    ("class: !function cft_eval.harness.task.MathsTask\ndataset_name: mini_math\n", "MathsTask"),
    ("class: cft_eval.harness.tsk.MathTask\ndataset_name: mini_math\n", "cft_eval.harness.tsk"),
    ("class: !function cft_eval.harness.task.MathTask\ndataset_name: maths\n", "maths"),
    ("class: !function cft_eval.harness.task.MathTask\n", "own_task"),
    ("class: !function json.dumps\ndataset_name: mini_math\n", "cannot be made"),
    ("dataset_path: nowhere\nrepeets: 3\n", "cannot be made"),
    ("include: nowhere.yaml\n", "own.yaml: `include` names nowhere.yaml, which is not beside it"),
    ("include: _cft.yaml\n", "is not beside it; leave `include` out, MathTask has these settings"),
    ("dataset_name: [\n", "own.yaml: while parsing a flow"),
]


@pytest.mark.parametrize(("text", "what"), TASK_FILES)
def test_a_task_file_of_a_users_own(
    text: str, what: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/own.yaml").write_text(f"task: own_task\n{text}")
    (tmp_path / "tasks/mine.py").write_text(
        "from cft_eval.harness.task import MathTask\nclass Mine(MathTask):\n    pass\n"
    )
    told = ["run", "--check", "--model", "dummy", "--tasks", "own_task", "--include_path", "tasks"]
    assert main(told) == (2 if what else 0)
    said = capsys.readouterr()
    if what:
        assert what in said.err
        assert "Traceback" not in said.err
    else:
        assert "tasks: own_task: 34 problems" in said.out


def test_a_task_of_three_lines_has_the_papers_protocol(tmp_path: Path) -> None:
    from lm_eval.tasks import TaskManager

    from cft_eval.harness.defaults import tasks_folder

    (tmp_path / "own.yaml").write_text(
        "task: own_task\nclass: !function cft_eval.harness.task.MathTask\n"
        "dataset_name: mini_math\ngeneration_kwargs: {max_gen_toks: 64}\n"
    )
    manager = TaskManager(include_defaults=False, include_path=[tasks_folder(), str(tmp_path)])
    own, ours = (manager.load([name])["tasks"][name] for name in ("own_task", "cft_mini_math"))
    expected = {**ours.config.generation_kwargs, "max_gen_toks": 64}
    assert own.config.generation_kwargs == expected
    assert own.fewshot_context(own.eval_docs[0], 0) == ours.fewshot_context(ours.eval_docs[0], 0)
    assert json.dumps(own.config.metadata["version"]) == "1.0"


def test_what_fails_while_a_model_is_made_is_no_bug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lm_eval.models.dummy import DummyLM

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no kernel image is available")

    monkeypatch.setattr(DummyLM, "__init__", fail)
    assert main(["run", "--model", "dummy", *MINI, "--model_args", "x=1"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "cft-eval: --model dummy: it cannot be loaded: RuntimeError: no kernel image is available; "
        "see --model_args"
    )
