"""Commands of an installation without extras: each says what to install; none calls it a bug."""

import subprocess
import sys
from pathlib import Path

WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from cft_eval.cli import main
for command in COMMANDS:
    try:
        code = main(command)
    except SystemExit as ended:
        code = ended.code
    print("exit", code, *command[:2], flush=True)
"""

ABSENT = {
    "yaml", "lm_eval", "datasets", "transformers", "accelerate", "torch", "peft", "fastapi",
    "sqlalchemy", "alembic", "pandas", "pyarrow", "fsspec", "uvicorn", "PIL", "latex2mathml",
    "prometheus_client", "pydantic_settings", "cryptography", "ray", "authlib", "s3fs", "psycopg",
}  # fmt: skip

COMMANDS = [
    ["demo", "--out", "demo"],
    ["run", "--model", "dummy", "--tasks", "cft_mini_math"],
    ["run", "--check", "--model", "dummy", "--tasks", "cft_mini_math"],
    ["serve", "--data", "board"],
    ["server", "tokens"],
    ["worker", "--server", "http://127.0.0.1:9", "--once"],
    ["regrade", "rows.jsonl", "--out", "verdicts"],
    ["train", "--method", "sft", "--model", "m", "--dataset", "rows.jsonl", "--output", "out"],
    ["train", "watch", "nowhere"],
    ["data", "show", "rows.jsonl"],
    ["reproduce", "--preset", "tiny", "--out", "paper"],
    ["lab", "--out", "lab"],
    ["report", "nowhere"],
    ["compare", "one", "other"],
]


def test_without_extras_each_command_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"response": "5", "reference": "5"}\n')
    code = WITHOUT.replace("ABSENT", repr(ABSENT)).replace("COMMANDS", repr(COMMANDS))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "this is a bug" not in done.stderr, done.stderr
    ends = [line.split() for line in done.stdout.splitlines() if line.startswith("exit ")]
    assert len(ends) == len(COMMANDS)
    assert [end for end in ends if end[1] not in ("0", "2")] == []
    for extra in ("eval", "server", "train"):
        assert f"needs more packages: pip install 'cft-eval[{extra}]'" in done.stderr
