"""A folder with what the pages speak of, in which their commands are run, and a board beside it.

Commands run in the order of the pages, each in a process forked from one that has the heavy
packages loaded. What a page names and nobody has (a model on the hub, a teacher, an id) is
replaced by something small that was made here; nothing else of a command is changed.
"""

import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from cft_eval.dataset.texts import fields
from cft_eval.testsets.load import load
from tests.critique import stand_in
from tests.docs.commands import ROOT, Command
from tests.harness import made, tiny, warm

SERVED = ("cft-eval", "serve", "--data", "board")
"""How every page starts a board; the place has it running."""

HUB_MODEL = "Qwen/Qwen2.5-Math-7B"

SMALL = ["--limit", "1", "--gen_kwargs", "max_gen_toks=8"]
"""Added to a run of a model: the tiny one knows nothing however much it says."""

warm.preload(
    "cft_eval.server.app", "cft_eval.cli.server", "cft_eval.cli.push", "pyarrow.parquet",
    "cft_eval.training.trainer", "cft_eval.cli.train", "cft_eval.critique.build",
    "accelerate.commands.launch",
)  # fmt: skip

RUNS = ("base", "sft", "sft-right", "cft", "mine", "main", "candidate", "run")
BOTH = "It is fine. Conclusion: right [END]", "It is not. Conclusion: wrong [END]"


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = self.teacher = self.address = ""
        self.model = str(folder / "tiny")
        self.known: dict[str, str] = {}
        """What stands for the names that a page leaves to be filled in."""

    def run(self, command: Command) -> "subprocess.CompletedProcess[str]":
        if command.words[0] != "cft-eval":
            words = [sys.executable if w == "python" else w for w in command.words]
            folder = ROOT if command.words[0] == "python" else self.folder
            return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        words = self._words(command)
        done = self.ours(words)
        if done.returncode == 0:
            self._remember(words, done.stdout)
        return done

    def ours(self, words: list[str]) -> "subprocess.CompletedProcess[str]":
        environment = {"CFT_EVAL_SERVER": self.address, "OPENAI_API_KEY": "a-key"}
        if self.token:
            environment["CFT_EVAL_TOKEN"] = self.token
        return warm.run(_called, str(self.folder), words, environment)

    def _words(self, command: Command) -> list[str]:
        words = [self._filled(word) for word in command.words[1:] if word not in ("…", "...")]
        words = [found for word in words for found in self._expanded(word)]
        match words[:2]:
            case ["run", _]:
                words += SMALL + ([] if "--tasks" in words else ["--tasks", "cft_math_suite_mini"])
            case ["train" | "data", _]:
                words = [self.model if word == HUB_MODEL else word for word in words]
        match words[:2]:
            case ["train", _] if "--output" in words:
                # `out` holds the runs of other pages here.
                words[words.index("--output") + 1] = f"trained/{command.page[5:-3]}"
            case ["push", _]:
                words += ["--yes"]  # nobody is at a terminal
            case ["regrade", _]:
                # The next page may write another thing under that name.
                words[words.index("--out") + 1] = f"verdicts-{len(list(self.folder.iterdir()))}"
            case ["server", "revoke"]:
                words[2] = self._another_token()
            case ["checkpoint", "evaluate"] if "--wait" in words:
                words.remove("--wait")  # no worker is there
        return words

    def _filled(self, word: str) -> str:
        word = word.replace("$PWD", str(self.folder))
        for name, value in {
            "http://127.0.0.1:8000": self.address,
            "https://api.openai.com/v1": self.teacher,
            "pretrained=MODEL": f"pretrained={self.model}",
            "webinstruct-cft-50k": "published.json",
            **self.known,
        }.items():
            word = word.replace(name, value) if len(name) > 12 or word == name else word
        return word

    def _expanded(self, word: str) -> list[str]:
        if "*" not in word:
            return [word]
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.glob(word)) or [word]

    def _another_token(self) -> str:
        self.ours(["server", "token", "eva", "--scopes", "read"])
        listed = self.ours(["server", "tokens"]).stdout
        line = next(line for line in listed.splitlines() if "eva" in line)
        return line.split()[0]

    def _remember(self, words: list[str], out: str) -> None:
        """What later commands of the page name: a token, the ids of what was made."""
        match words[:2]:
            case ["server", "token"]:
                self.token = re.findall(r"cfte_\w+", out)[0]
            case ["checkpoint", "push"]:
                self.known["ID"] = out.split()[-1]
            case ["checkpoint", "evaluate"]:
                self.known["EVALUATION"] = out.split()[-1]


def _called(folder: str, words: list[str], environment: dict[str, str]) -> int:
    os.chdir(folder)
    os.environ.update(environment)
    os.environ["CFT_EVAL_SERVER_DATA"] = "board"
    sys.stdin = open(os.devnull)  # noqa: SIM115  # for as long as this process lives
    from cft_eval.cli import main

    return main(words)


@contextmanager
def made_place(folder: Path) -> Iterator[Place]:
    place = Place(folder)
    _write_runs(folder)
    _write_rows(folder)
    with ExitStack() as open_ones:
        judge = open_ones.enter_context(stand_in.stand_in(_judged))
        place.teacher = judge.url
        place.address = open_ones.enter_context(_board(folder))
        # While the board starts: in a process that has torch loaded, which this one need not.
        warm.run(_make_model, place.model)
        (folder / "out" / "step-60").symlink_to(place.model)
        for step in (50, 500):  # what the demo trains
            (folder / "demo-run" / "models").mkdir(parents=True, exist_ok=True)
            (folder / "demo-run" / "models" / f"step-{step}").symlink_to(place.model)
        (folder / "examples").symlink_to(ROOT / "examples")
        place.ours(["gate", "freeze", "out/base", "-o", "baseline.json"])
        _wait_for(place.address)
        yield place


def _make_model(folder: str) -> int:
    tiny.save_model(Path(folder))
    return 0


def _judged(before: int, messages: list[dict[str, str]]) -> tuple[int, dict[str, str], bytes]:
    """Says wrong where the response ends in 0, as the rows here are made."""
    wrong = r"\boxed{0}" in messages[-1]["content"]
    return stand_in.completion(BOTH[wrong])


def _write_runs(folder: Path) -> None:
    for name in RUNS:
        made.write(folder / "out" / name, _lines())
        made.write(folder / "runs" / name, _lines())
    for parent in ("select", "runs"):
        for step in (20, 40):
            made.write(folder / parent / f"step-{step}", _lines(), task="cft_math500")


def _lines() -> list[dict[str, Any]]:
    """Answers to real problems, since a board takes no others."""
    lines = []
    for index, item in enumerate(load("mini_gsm8k")[:4]):
        line = made.line(index, (f"\\boxed{{{item.reference}}}",))
        line["doc"] |= {"item": item.item, "problem": item.problem, "reference": item.reference}
        lines.append(line)
    return lines


def _write_rows(folder: Path) -> None:
    rows = [
        {
            "question": f"{n}+{n}?",
            "response": f"\\boxed{{{answer}}}",
            "reference": str(2 * n),
            "critique": BOTH[answer == 0],
        }
        for n in range(1, 5)
        for answer in (2 * n, 0)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "rows.jsonl").write_text(text)
    (folder / "rows.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), folder / "more.parquet")
    (folder / "response.txt").write_text("It is \\boxed{42}.")
    (folder / "dsr_p0_by_teacher.jsonl").symlink_to("critiques.jsonl")
    published = [
        fields(row["question"], row["response"], row["critique"])._asdict() for row in rows
    ]
    (folder / "published.json").write_text(json.dumps(published))


@contextmanager
def _board(folder: Path) -> Iterator[str]:
    """`cft-eval serve --data board`, on a free port; it may not be ready yet."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "cft_eval.cli", *SERVED[1:], "--port", str(port)],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "CFT_EVAL_CHECKPOINT_BYTES": "1000000000"},
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
            return
        time.sleep(0.2)
    raise TimeoutError("the board did not start")
