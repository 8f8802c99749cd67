"""Which room may import which. A new arrow is a decision: make it here, in review."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ANYTHING = {"*"}

# room: (where it lies, the rooms of cft_eval it may import, the heavy packages it may import)
ROOMS: dict[str, tuple[str, set[str], set[str]]] = {
    "errors": ("cft_eval/errors.py", set(), set()),
    # plain: whoever writes for a terminal, a log or a report makes foreign text plain by one rule.
    "plain": ("cft_eval/plain.py", set(), set()),
    "checker": ("cft_eval/checker", {"errors"}, {"sympy", "mpmath"}),
    "testsets": ("cft_eval/testsets", {"checker", "errors"}, {"datasets"}),
    # results knows the checker's Outcome, so that the word for a verdict is the same everywhere.
    "results": ("cft_eval/results", {"checker", "errors"}, {"pydantic"}),
    "harness": (
        "cft_eval/harness",
        {"testsets", "checker", "results", "errors", "_version"},
        {"lm_eval", "datasets", "pydantic", "torch", "transformers", "yaml"},
    ),
    "corpus": (
        "cft_eval/corpus",
        {"checker", "testsets", "errors"},
        {"fsspec", "pyarrow", "ray"},
    ),
    "doctor": (
        "cft_eval/doctor",
        {"checker", "testsets", "errors", "_version"},
        {"httpx"},
    ),
    "stats": ("cft_eval/stats", {"errors"}, {"numpy"}),
    "gate": ("cft_eval/gate", {"results", "stats", "plain", "errors"}, {"pydantic", "numpy"}),
    "training": (
        "cft_eval/training",
        # cli: `python -m cft_eval.training`, which accelerate launches, is `cft-eval train`.
        {"results", "errors", "_version", "cli"},
        {"torch", "transformers", "tokenizers", "datasets", "accelerate", "tqdm", "peft"}
        | {"safetensors", "yaml"},
    ),
    # critique writes the rows that training reads: the texts of the paper are there.
    "critique": ("cft_eval/critique", {"checker", "training", "errors"}, {"httpx"}),
    # lab walks the whole road, from made-up rows to paired intervals.
    "lab": (
        "cft_eval/lab",
        {"training", "testsets", "harness", "results", "stats", "plain", "errors"},
        {"torch", "transformers", "numpy"},
    ),
    "weights": ("cft_eval/weights.py", {"errors"}, set()),
    # weights: what is sent is checked by the same rules as what is taken.
    "client": (
        "cft_eval/client",
        {"results", "weights", "errors", "_version"},
        {"httpx", "pydantic", "cryptography"},
    ),
    # tasks: their names alone, so that an evaluation of none is refused and not tried.
    "tasks": ("tasks", set(), set()),
    "worker": ("cft_eval/worker", {"client", "weights", "tasks", "errors"}, {"ray"}),
    "leaderboard": (
        "leaderboard",
        # gate: one comparison and one style of drawing, in a report and on a board.
        {"results", "stats", "gate", "errors"},
        {"jinja2", "pandas", "numpy", "latex2mathml"},
    ),
    "server": (
        "server",
        {"leaderboard", "results", "checker", "testsets", "errors", "_version", "gate", "stats"}
        | {"weights", "tasks", "plain"},
        {"fastapi", "starlette", "pydantic", "pydantic_settings", "sqlalchemy", "alembic"}
        | {"fsspec", "pyarrow", "uvicorn", "numpy", "anyio", "cryptography", "prometheus_client"},
    ),
    "cli": ("cft_eval/cli", ANYTHING, {"uvicorn", "pydantic", "tqdm"}),
}
HEAVY = set().union(*(heavy for _, _, heavy in ROOMS.values()))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    place, rooms, heavy = ROOMS[room]
    files = sorted((ROOT / place).rglob("*.py")) or [ROOT / place]
    for file in files:
        if not file.exists():
            continue
        for name in imports(file):
            top, _, rest = name.partition(".")
            if top == "cft_eval" and rooms != ANYTHING:
                assert rest.split(".")[0] in rooms | {room}, f"{file}: imports {name}"
            assert top not in HEAVY - heavy, f"{file}: imports {name}"


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md"])
def test_every_room_stands_in_the_tables_of_rooms(page: str) -> None:
    rows = [line for line in (ROOT / page).read_text("utf-8").splitlines() if line.startswith("|")]
    named = {name for row in rows for name in row.split(" | ")[0].strip("| ").split(", ")}
    places = {place for place, _, _ in ROOMS.values()} | {"autoload", "deploy", "docs", "tests"}
    assert not {f"`{place}`" for place in places} - named


@pytest.mark.parametrize(
    "package", ["torch", "lm_eval", "fastapi", "transformers", "sympy", "numpy", "pydantic"]
)
def test_importing_cft_eval_loads_nothing_heavy(package: str) -> None:
    code = f"import sys, cft_eval; sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
