"""How many small faults in the checker's proofs and comparisons its tests notice.

    python benchmarks/mutants.py [--sample 500] [--seed 1] [--only FILE]

A mutant is one function of `checker/prove` or `checker/compare` with one change: a comparison
turned, a condition negated, `and` for `or`, another number, an operator exchanged. A seeded sample
of all of them is tried, each in a forked process that runs the checker's tests until one fails; a
mutant that none notices survives and is printed. What is left to sympy is decided in the same
process here, so that its mutants count. mutmut and cosmic-ray start pytest anew for each mutant,
which takes hours; here the tests are loaded once.
"""

import argparse
import ast
import copy
import functools
import importlib
import inspect
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
TARGETS = ("cft_eval/checker/prove", "cft_eval/checker/compare")
TESTS = "tests/checker"
LEFT_OUT = (
    "test_hostile", "test_budget", "test_bulk", "test_golds", "test_second_opinion", "/run/",
    "test_policies", "test_response", "test_extract",
    "test_spans", "test_latex_oracle",
)  # fmt: skip
"""Tests of time, processes and responses, of random expressions, and of data that may be absent."""

SECONDS = 120
"""After which a mutant that never ends is noticed."""

SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
}  # fmt: skip


class Mutant(NamedTuple):
    module: str
    function: str
    """``name`` or ``Class.name``."""

    line: int
    change: str
    number: int
    """Which of the function's changes."""


def modules() -> Iterator[tuple[str, Path]]:
    for folder in TARGETS:
        for file in sorted((ROOT / folder).glob("*.py")):
            if file.stem != "__init__":
                yield ".".join(file.relative_to(ROOT).with_suffix("").parts), file


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions of a module and methods of its classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{node.name}.{inner.name}", inner


def changes(function: ast.FunctionDef) -> Iterator[tuple[int, str, Callable[[], None]]]:
    """Every change to ``function``: its line, its name, and what makes it in place.

    Of its body alone: decorators and defaults were worked out when the module was loaded. Three
    kinds change no verdict that could be called wrong, and are left out: whether a limit of effort
    (a name in capitals) is one more or less, with how many digits something is computed
    (``digits=``), and whether ``zip`` is ``strict`` about sequences of one length.
    """
    nodes = [each for statement in function.body for each in ast.walk(statement)]
    kept = {id(key.value) for node in nodes if isinstance(node, ast.Call) for key in node.keywords
            if key.arg in ("strict", "digits")}  # fmt: skip
    for node in (each for each in nodes if id(each) not in kept):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for i, operator in enumerate(node.ops):
                if not (isinstance(operator, BOUNDS) and any(map(_is_limit, sides[i : i + 2]))):
                    yield _swap(node.lineno, node.ops, i, operator)
        elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign):
            if type(node.op) in SWAPS:
                yield _swap(node.lineno, node, "op", node.op)
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            test = node.test
            yield (
                node.lineno,
                "condition negated",
                _setter(node, "test", ast.UnaryOp(ast.Not(), test)),
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
            other = (not node.value) if isinstance(node.value, bool) else node.value + 1
            name = f"{node.value!r} becomes {other!r}"
            yield node.lineno, name, _setter(node, "value", other)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node.lineno, "not removed", _setter(node, "op", ast.UAdd())


BOUNDS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def _is_limit(node: ast.AST) -> bool:
    """``MAX_TERMS``, ``4 * MAX_TERMS``, ``10**LARGEST``: a name in capitals, scaled or not."""
    names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    return any(name.strip("_").isupper() and len(name) > 2 for name in names)


def _swap(line: int, owner: Any, key: Any, old: ast.AST) -> tuple[int, str, Callable[[], None]]:
    new = SWAPS[type(old)]()
    return line, f"{type(old).__name__} becomes {type(new).__name__}", _setter(owner, key, new)


def _setter(owner: Any, key: Any, value: Any) -> Callable[[], None]:
    def change() -> None:
        if isinstance(owner, list):
            owner[key] = value
        else:
            setattr(owner, key, value)

    return change


def mutants() -> list[Mutant]:
    return [
        Mutant(name, function, line, change, number)
        for name, file in modules()
        for function, node in functions(ast.parse(file.read_text("utf-8")))
        for number, (line, change, _) in enumerate(changes(node))
    ]


def code_of(mutant: Mutant) -> CodeType:
    """The code of the changed function."""
    file = ROOT / (mutant.module.replace(".", "/") + ".py")
    node = copy.deepcopy(dict(functions(ast.parse(file.read_text("utf-8"))))[mutant.function])
    *_, apply = list(changes(node))[mutant.number]
    apply()
    node.decorator_list = []
    whole = ast.fix_missing_locations(ast.Module([node], []))
    compiled = compile(whole, str(file), "exec")
    return next(part for part in compiled.co_consts if isinstance(part, CodeType))


def put_in(mutant: Mutant) -> None:
    """Give the loaded function the changed code, and forget what was cached."""
    thing: Any = importlib.import_module(mutant.module)
    for name in mutant.function.split("."):
        thing = inspect.getattr_static(thing, name)
    while not isinstance(thing, FunctionType):
        thing = getattr(thing, "__wrapped__", None) or getattr(thing, "fget", None) or thing.func
    thing.__code__ = code_of(mutant)
    for module in [each for name, each in sys.modules.items() if name.startswith("cft_eval.")]:
        _forget(module)


def _forget(module: ModuleType) -> None:
    for value in list(vars(module).values()):
        clear = getattr(value, "cache_clear", None)
        if clear is not None and isinstance(value, functools._lru_cache_wrapper):
            clear()


def decide_here() -> None:
    """Let what is left to sympy be decided in this process, where mutants are."""
    import sympy  # noqa: F401  # once, before the first fork

    from cft_eval.checker.compare.answers import judge
    from cft_eval.checker.run import budget

    budget.decide = functools.partial(judge, deep=True)  # type: ignore[assignment]


class Loop:
    """A plugin of pytest that tries mutants in place of running the tests once."""

    def __init__(self, chosen: list[Mutant]) -> None:
        self.chosen, self.outcomes = chosen, Counter[str]()
        self.survivors: list[Mutant] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        from hypothesis import settings  # its pytest plugin has imported it

        # The same examples for every mutant, and no failure for a slow moment.
        settings.register_profile("mutants", deadline=None, derandomize=True)
        settings.load_profile("mutants")
        items = [item for item in session.items if not item.get_closest_marker("slow")]
        random.Random(0).shuffle(items)  # so that like tests are not all last
        items = self._whole(items) if items else pytest.exit("the tests cannot be loaded")
        for number, mutant in enumerate(self.chosen, start=1):
            outcome = self._noticed(items, mutant)
            self.outcomes[outcome] += 1
            if outcome == "survived":
                self.survivors.append(mutant)
                where = f"{mutant.module.rpartition('.')[2]}.py:{mutant.line}"
                print(f"survived: {where} {mutant.function}: {mutant.change}", flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(self.chosen)}: {dict(self.outcomes)}", flush=True)
        return True

    def _whole(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Those that pass with no mutant: some need data that is not here."""
        passing = list(items)
        while passing and self._noticed(passing, None) != "survived":
            half = len(passing) // 2
            passing = [*self._whole(passing[:half]), *self._whole(passing[half:])] if half else []
        return passing

    def _noticed(self, items: list[pytest.Item], mutant: Mutant | None) -> str:
        pid = os.fork()
        if pid == 0:
            os._exit(_run(items, mutant))
        until = time.monotonic() + SECONDS
        while (done := os.waitpid(pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return "never ended"
            time.sleep(0.02)
        return "survived" if os.waitstatus_to_exitcode(done[1]) == 0 else "noticed"


def _run(items: list[pytest.Item], mutant: Mutant | None) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    if mutant is not None:
        put_in(mutant)
    for item, after in zip(items, [*items[1:], None], strict=True):
        state = item.session._setupstate
        try:
            state.setup(item)
            item.runtest()
        except pytest.skip.Exception:
            pass
        except BaseException:  # noqa: BLE001  # whatever it is, the mutant was noticed
            return 1
        state.teardown_exact(after)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=500, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="FILE", help="mutants of one module")
    args = parser.parse_args()
    every = mutants()
    if args.only:
        every = [m for m in every if m.module.replace(".", "/") + ".py" == args.only]
    chosen = sorted(random.Random(args.seed).sample(every, min(args.sample, len(every))))
    decide_here()
    loop = Loop(chosen)
    left_out = [f"--ignore-glob=*{name}*" for name in LEFT_OUT]
    pytest.main(
        ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", TESTS, *left_out], plugins=[loop]
    )
    noticed = len(chosen) - len(loop.survivors)
    print(
        f"{noticed} of {len(chosen)} mutants noticed ({noticed / len(chosen):.1%}); of {len(every)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
