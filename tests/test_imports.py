"""Which package may import which. A new arrow is a decision: make it here, in review."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ANYTHING = {"*"}

# package: (its path, the packages of cft_eval it may import, the heavy packages it may import)
PACKAGES: dict[str, tuple[str, set[str], set[str]]] = {
    "errors": ("cft_eval/errors.py", set(), set()),
    # caller: an error names a setting as whoever made it wrote it, wherever it is raised.
    "caller": ("cft_eval/caller.py", set(), set()),
    "journal": ("cft_eval/journal.py", {"errors"}, set()),
    # plain: whoever writes for a terminal, a log or a report makes foreign text plain by one rule.
    "plain": ("cft_eval/plain.py", set(), set()),
    # figures: a number looks alike on a page, in a terminal and in a file.
    "figures": ("cft_eval/figures.py", set(), set()),
    # peers: other people's graders, each in a process of its own.
    "peers": ("cft_eval/peers", {"errors"}, {"math_verify", "inspect_ai", "lm_eval"}),
    "checker": ("cft_eval/checker", {"errors", "peers"}, {"sympy", "mpmath"}),
    "rewards": ("cft_eval/rewards.py", {"checker", "testsets", "errors"}, set()),
    "disputes": (
        "cft_eval/disputes.py",
        {"checker", "harness", "peers", "results"},
        set(),
    ),
    "testsets": ("cft_eval/testsets", {"checker", "caller", "errors"}, {"datasets"}),
    # results knows the checker's Outcome, so that the word for a verdict is the same everywhere.
    "results": ("cft_eval/results", {"checker", "errors"}, {"pydantic"}),
    "harness": (
        "cft_eval/harness",
        {"testsets", "checker", "results", "journal", "caller", "plain", "errors", "_version"},
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
    # _version: a report says which release made it.
    "gate": (
        "cft_eval/gate",
        {"results", "stats", "figures", "plain", "errors", "_version"},
        {"pydantic", "numpy"},
    ),
    # checker: a critique's verdict is read by one rule, in training data and in evaluations.
    "dataset": ("cft_eval/dataset", {"checker", "errors"}, {"datasets", "yaml"}),
    "space": ("cft_eval/space.py", {"errors"}, set()),
    "adapters": ("cft_eval/adapters.py", {"errors"}, {"torch", "transformers", "peft"}),
    "hub": ("cft_eval/hub.py", {"errors"}, set()),
    "training": (
        "cft_eval/training",
        # cli: `python -m cft_eval.training`, which accelerate launches, is `cft-eval train`.
        {"dataset", "adapters", "space", "errors", "_version", "cli"},
        {"torch", "transformers", "tqdm", "safetensors"},
    ),
    # critique writes the rows that dataset reads: the texts of the paper are there.
    # bench: a run's own responses as items in the form of ProcessBench.
    "critique": (
        "cft_eval/critique",
        {"checker", "dataset", "results", "testsets", "journal", "errors"},
        {"httpx"},
    ),
    # steps: commands in a row, as a user would type them. cli: a small one runs in this process.
    "steps": ("cft_eval/steps.py", {"plain", "errors", "cli"}, {"tqdm"}),
    # lab walks the whole road, from made-up rows to paired intervals.
    "lab": (
        "cft_eval/lab",
        {"training", "dataset", "testsets", "harness", "results", "stats", "figures"}
        | {"steps", "errors"},
        {"torch", "transformers", "tokenizers", "numpy"},
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
    # records, render: what the server and the leaderboard, which are siblings, both speak in.
    "records": ("cft_eval/records", {"results", "stats", "errors"}, {"numpy"}),
    "render": (
        "cft_eval/render",
        {"disputes", "results", "stats", "gate", "figures", "plain", "errors"},
        {"jinja2", "latex2mathml", "numpy"},
    ),
    "leaderboard": (
        "leaderboard",
        # testsets: the names, titles, sizes and order of benchmarks stand there alone.
        {"records", "render", "results", "stats", "gate", "testsets", "figures", "plain", "errors"},
        {"jinja2", "pandas", "numpy", "PIL"},
    ),
    "server": (
        "server",
        {
            "leaderboard",
            "records",
            "render",
            "results",
            "checker",
            "testsets",
            "errors",
            "_version",
            "gate",
            "stats",
        }
        | {"weights", "tasks", "figures", "plain"},
        # httpx, authlib, joserfc: single sign-on asks its provider, in server/http alone.
        {"fastapi", "starlette", "pydantic", "pydantic_settings", "sqlalchemy", "alembic"}
        | {"fsspec", "pyarrow", "uvicorn", "numpy", "anyio", "cryptography", "prometheus_client"}
        | {"httpx", "authlib", "joserfc"},
    ),
    # notebook: `cft-eval run` and `report` as a call, with tables.
    "notebook": (
        "cft_eval/notebook.py",
        {"harness", "render", "results", "caller", "errors"},
        {"lm_eval", "pandas"},
    ),
    "demo": (
        "cft_eval/demo.py",
        {"harness", "testsets", "training", "dataset", "lab", "steps", "errors"},
        {"httpx", "torch", "transformers"},
    ),
    # reproduce is made of commands; its reports and curves are drawn like all others.
    "reproduce": (
        "cft_eval/reproduce",
        {"training", "dataset", "lab", "harness", "testsets", "results", "render", "stats"}
        | {"steps", "figures", "plain", "errors"},
        {"torch", "transformers", "numpy"},
    ),
    "cli": ("cft_eval/cli", ANYTHING, {"uvicorn", "pydantic", "tqdm", "yaml"}),
}
HEAVY = set().union(*(heavy for _, _, heavy in PACKAGES.values()))


LAYERS = {
    "checker": ["types", "prove", "read", "extract", "compare", "run"],
    "server": [
        "foundation", "store", "access", "ledger", "intake", "work", "queries", "operate", "http",
    ],
    "leaderboard": ["data", "pages", "files"],
}  # fmt: skip
"""Sub-packages, lowest first: a module imports from its own layer and from those below it."""

MOST_MODULES = 15

HTTP = {"http", "fastapi", "starlette"}
"""What only `server/http` and the application that it makes may know."""


@cache
def _tree(path: Path) -> ast.Module:
    """The source of a module, parsed once for all that look at it."""
    return ast.parse(path.read_text("utf-8"))


def path_of(package: str) -> Path:
    return ROOT / PACKAGES[package][0]


def modules(path: Path) -> list[Path]:
    """The modules at ``path``, a package or one file; a path that does not exist is an error."""
    assert path.exists(), f"{path} does not exist: the table names what was moved or removed"
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def imports(path: Path) -> set[str]:
    """Every module that ``path`` imports, at its head or inside a function; ``from a import b``
    gives both ``a`` and ``a.b``."""
    names = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    _, allowed, heavy = PACKAGES[package]
    for file in modules(path_of(package)):
        for name in imports(file):
            top, _, rest = name.partition(".")
            if top == "cft_eval" and allowed != ANYTHING:
                assert rest.split(".")[0] in allowed | {package}, f"{file}: imports {name}"
            assert top not in HEAVY - heavy, f"{file}: imports {name}"


def test_every_package_is_in_the_table() -> None:
    """A package that nobody listed could import anything."""
    parts = {path.stem for path in (ROOT / "cft_eval").iterdir() if path.suffix in ("", ".py")}
    assert parts - {"__init__", "_version", "py", "__pycache__"} <= set(PACKAGES)


@pytest.mark.parametrize("package", LAYERS)
def test_layers_import_downwards(package: str) -> None:
    layers = LAYERS[package]
    for height, layer in enumerate(layers):
        for file in modules(path_of(package) / layer):
            for name in imports(file):
                parts = name.split(".")
                if parts[:2] == ["cft_eval", package] and len(parts) > 2:
                    assert parts[2] in layers[: height + 1], f"{file}: imports {name}"


def test_only_the_http_layer_of_the_server_knows_http() -> None:
    for layer in LAYERS["server"]:
        for file in modules(path_of("server") / layer):
            names = {part for name in imports(file) for part in (name, name.partition(".")[0])}
            assert layer == "http" or not names & HTTP, f"{file}: {sorted(names & HTTP)}"


def test_only_the_http_layer_of_the_server_draws_pages() -> None:
    for layer in LAYERS["server"]:
        for file in modules(path_of("server") / layer):
            pages = {name for name in imports(file) if name.startswith("cft_eval.leaderboard")}
            assert layer == "http" or not pages, f"{file}: {sorted(pages)}"


@pytest.mark.parametrize("package", LAYERS)
def test_every_sub_package_has_a_layer_and_few_modules(package: str) -> None:
    folders = {file.parent for file in modules(path_of(package))}
    inside = {folder.relative_to(path_of(package)).parts[:1] for folder in folders} - {()}
    assert {name for (name,) in inside} == set(LAYERS[package])
    for folder in folders:
        assert len(list(folder.glob("*.py"))) <= MOST_MODULES + 1, folder  # and __init__.py


def test_there_are_no_circles() -> None:
    """Between modules, imports inside functions included."""
    roots = [path_of(package) for package in PACKAGES]
    files = {dotted(file): file for root in roots for file in modules(root)}
    arrows = {
        name: {known(target, files) for target in imports(file)} - {name, ""}
        for name, file in files.items()
    }
    sorter = TopologicalSorter(arrows)
    sorter.prepare()  # raises CycleError, which names the circle


def test_there_are_no_circles_between_packages() -> None:
    """The command line calls every package, and is called as a user would call it."""
    sorter = TopologicalSorter(
        {name: allowed - {"cli"} for name, (_, allowed, _) in PACKAGES.items() if name != "cli"}
    )
    sorter.prepare()


MOST_POSITIONAL = 6
"""Parameters of a function, and arguments of a call, that are told apart by their position."""

FOREIGN_SIGNATURES = {
    # Of lm-eval, and of routes, whose parameters FastAPI passes by name.
    "cft_eval/harness/task.py": {"fewshot_context"},
    "server/http/pages/board.py": {"view_of"},
    "server/http/pages/runs.py": {"run_page", "sample_page"},
    "server/http/api.py": {"samples"},
}


def test_no_signature_has_more_than_six_positional_parameters() -> None:
    long = set()
    for file in sources():
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
                if len(names) - (names[:1] in (["self"], ["cls"])) > MOST_POSITIONAL:
                    long.add((str(file.relative_to(ROOT)), node.name))
    foreign = {(file, name) for file, names in FOREIGN_SIGNATURES.items() for name in names}
    assert long == foreign


def test_no_call_passes_more_than_six_positional_arguments() -> None:
    long = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sources()
        # Migrations stay as they were written.
        if "migrations" not in file.parts
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONAL
    ]
    assert long == []


def sources() -> list[Path]:
    return sorted({file for package in PACKAGES for file in modules(path_of(package))})


def test_no_two_modules_define_a_class_of_the_same_name() -> None:
    homes: dict[str, list[str]] = {}
    for package in PACKAGES:
        for file in modules(path_of(package)):
            for node in _tree(file).body:
                if isinstance(node, ast.ClassDef):
                    homes.setdefault(node.name, []).append(dotted(file))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "cft_eval" else ("cft_eval", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def known(target: str, files: Mapping[str, Path]) -> str:
    """The module that an import of ``target`` loads, or an empty text for one that is not ours."""
    return target if target in files else known(target.rpartition(".")[0], files) if target else ""


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md"])
def test_every_package_stands_in_the_tables(page: str) -> None:
    rows = [line for line in (ROOT / page).read_text("utf-8").splitlines() if line.startswith("|")]
    named = {name for row in rows for name in row.split(" | ")[0].strip("| ").split(", ")}
    places = {place for place, _, _ in PACKAGES.values()} | {"autoload", "deploy", "docs", "tests"}
    assert not {f"`{place}`" for place in places} - named


@pytest.mark.parametrize(
    "package", ["torch", "lm_eval", "fastapi", "transformers", "sympy", "numpy", "pydantic"]
)
def test_importing_cft_eval_loads_nothing_heavy(package: str) -> None:
    code = f"import sys, cft_eval; sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_function_hides_a_module() -> None:
    """``import cft_eval.gate.compare`` gives the module, whatever the package exports."""
    hidden = []
    for package in PACKAGES:
        for file in modules(path_of(package)):
            if file.name == "__init__.py":
                beside = {other.stem for other in file.parent.iterdir()} - {"__init__"}
                body = _tree(file).body
                names = {
                    alias.asname or alias.name
                    for node in body
                    if isinstance(node, ast.ImportFrom) and node.module != dotted(file)
                    for alias in node.names
                }
                names |= {
                    node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)
                }
                hidden += [f"{dotted(file)}.{name}" for name in names & beside]
    assert hidden == []


FAULTS = {
    "cft_eval.cli.check.run",
    "cft_eval.corpus.plan.plan",
    "cft_eval.gate.decide.decide",
    "cft_eval.checker.run.budget.SympyWorker.ask",
    "cft_eval.checker.run.budget.decide",
    "cft_eval.harness.grading.GradeFilter.apply",
    "cft_eval.harness.journal.ResponseJournal.add",
    "cft_eval.training.health.largest_weight",
    "cft_eval.server.queries.catalog.Catalog.outcomes",
    "cft_eval.server.queries.catalog.Catalog.revision",
    "cft_eval.server.intake.publishing.now",
    "cft_eval.server.intake.queue.GradingWorker.start",
    "cft_eval.server.store.blobs.Blobs.put_file",
    "cft_eval.server.store.database.Database.read",
    "cft_eval.server.store.database.Database.write",
}
"""What a test may replace: where a bug, a kill, a lost database or a wrong clock strikes, which no
input brings about. Whatever else a test varies is a parameter."""


def test_no_test_shapes_the_source_by_replacing_parts_of_it() -> None:
    replaced = {
        target for path in (ROOT / "tests").rglob("*.py") for target in _replaced(_tree(path))
    }
    assert replaced - FAULTS - ROWS == set()
    assert FAULTS - replaced == {"cft_eval.server.intake.publishing.now"}  # a loop over modules


ROWS = {
    "cft_eval.checker.prove.registry.BY_NAME",
    "cft_eval.checker.prove.registry.BY_SPELLING",
    "cft_eval.testsets.BENCHMARKS",
}
"""Tables to which a test adds a row, as a contributor would."""


def _replaced(module: ast.Module) -> set[str]:
    """Attributes and entries of ours that a test sets: `monkeypatch.setattr("a.b", …)` or
    `(b, "name", …)`, `setitem`, and plain assignments."""
    names: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name for a in node.names if a.asname}

    def path(owner: ast.expr) -> str:
        first, *rest = ast.unparse(owner).split(".")
        return ".".join([names.get(first, first), *rest])

    replaced: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute):
                    replaced.add(path(target))
                elif isinstance(target, ast.Subscript):
                    replaced.add(path(target.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            owner, *rest = node.args
            if node.func.attr == "setitem":
                replaced.add(path(owner))
            elif node.func.attr == "setattr" and isinstance(owner, ast.Constant):
                replaced.add(str(owner.value))
            elif node.func.attr == "setattr" and rest and isinstance(rest[0], ast.Constant):
                replaced.add(f"{path(owner)}.{rest[0].value!s}")
    ours = ("cft_eval.", "tasks.")
    return {target for target in replaced if target.startswith(ours)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('m.setattr("cft_eval.a.b", 1)', {"cft_eval.a.b"}),
        ('from cft_eval import a\nm.setattr(a, "b", 1)', {"cft_eval.a.b"}),
        ('from cft_eval import a\nm.setattr(a.C, "b", 1)', {"cft_eval.a.C.b"}),
        ('import cft_eval.a as x\nm.setattr(x.C, "b", 1)', {"cft_eval.a.C.b"}),
        ("from cft_eval import a\na.b = 1", {"cft_eval.a.b"}),
        ("from cft_eval.a import B\nB.c += 1", {"cft_eval.a.B.c"}),
        ("from cft_eval.a import B\nm.setitem(B, 'k', 1)", {"cft_eval.a.B"}),
        ("from cft_eval.a import B\nB['k'] = 1", {"cft_eval.a.B"}),
        ("from torch import a\na.b = 1", set()),
    ],
)
def test_replacements_are_seen(source: str, expected: set[str]) -> None:
    assert _replaced(ast.parse(source)) == expected


def test_the_folders_of_tests_are_those_of_the_packages() -> None:
    folders = {
        path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")
    }
    packages = {"cft_eval", "server", "leaderboard"}
    sources = {
        path.parent.relative_to(ROOT).as_posix()
        for package in packages
        for path in (ROOT / package).rglob("*.py")
    }
    mirrored = {f"tests/{source.removeprefix('cft_eval/')}" for source in sources} | {"tests"}
    assert folders - mirrored == {"tests/autoload", "tests/docs"}


def test_every_folder_of_modules_has_a_folder_of_tests() -> None:
    modules_of = {
        path.parent.relative_to(ROOT)
        for package in ("cft_eval", "server", "leaderboard")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts
    }
    for folder in modules_of:
        mirrored = ROOT / "tests" / folder.as_posix().removeprefix("cft_eval").lstrip("/")
        assert list(mirrored.glob("test_*.py")), f"{folder} has no tests in {mirrored}"
