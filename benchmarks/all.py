"""Every benchmark that fits a machine of two cores, one after the other, and the table of bars.

    python benchmarks/all.py --out docs/benchmarks [--peer-python VENV/bin/python] [--only NAME]

Each script's result keeps the machine that it was measured on. Writes ``results.json`` (the bars
and the machines), ``results.md`` (the table) and ``bars.svg``.
A script that fails or lacks its data is a row that says so. `make bench` calls it.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from bars import Bar, told

HERE = Path(__file__).parent
ROOT = HERE.parent
SHARED = ROOT.parent / "shared"
"""A folder beside the checkout, if there is one: test sets in ``data``, answers in ``practice``."""


class Script(NamedTuple):
    """A benchmark with its arguments, and how long it may take."""

    name: str
    arguments: tuple[str, ...] = ()
    minutes: float = 5
    peer: bool = False
    """Whether it takes --peer-python."""


SCRIPTS = (
    Script("startup", peer=True),
    Script("checker", ("--practice", "{practice}"), peer=True),
    Script("hostile", peer=True),
    Script("rewrites", ("--show", "0", "--peer-sample", "300"), peer=True),
    Script("harness"),
    Script("gate", ("--only", "speed")),
    Script("training", ("--steps", "6")),
    Script("corpus", ("--sizes", "10000", "100000")),
    Script("pages"),
    Script("server", minutes=6),
)


UNMEASURED = (
    (
        "trainer, MFU of a model of 1B parameters on one H200",
        "at least 45 %",
        "needs such a GPU, and none has run it",
        "python benchmarks/training.py --gpu",
    ),
)
"""Bars that no machine of two cores can tell: the row, the bar, why, and what would tell."""


class Result(NamedTuple):
    script: Script
    seconds: float
    bars: list[Bar]
    failed: str
    """Why there are no bars; empty where there are."""

    command: str
    """As it ran, with a name in place of each path of this machine."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    parser.add_argument("--peer-python", help="Python with Math-Verify")
    parser.add_argument("--practice", type=Path, default=SHARED / "practice")
    parser.add_argument("--only", action="append", help="run these alone, keep the other results")
    args = parser.parse_args()
    if not args.practice.is_dir():
        print("no --practice DIR: the checker is measured on the mini suite's 127 short references")
    wanted = [s for s in SCRIPTS if (HERE / f"{s.name}.py").is_file()]
    if args.only:
        wanted = [script for script in wanted if script.name in args.only]
    args.out.mkdir(parents=True, exist_ok=True)
    facts = _kept(args.out / "results.json")
    for script in wanted:
        print(f"== {script.name}", flush=True)
        result = run(script, args)
        print(result.failed or f"{len(result.bars)} bars in {result.seconds:.0f} s", flush=True)
        facts["scripts"][script.name] = {
            "command": result.command,
            "machine": machine(),
            "seconds": round(result.seconds),
            "bars": [asdict(bar) for bar in result.bars],
            "failed": result.failed,
        }
    facts["machine"] = most_common([about for _, about in measured(facts)])
    (args.out / "results.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    bars = [Bar(**each) for script in facts["scripts"].values() for each in script["bars"]]
    (args.out / "results.md").write_text(table(facts), encoding="utf-8")
    (args.out / "bars.svg").write_text(drawn(bars), encoding="utf-8")


def _kept(path: Path) -> dict[str, dict[str, dict[str, object]]]:
    if path.is_file():
        found: dict[str, dict[str, dict[str, object]]] = json.loads(path.read_text("utf-8"))
        return found
    return {"machine": {}, "scripts": {}}


def measured(facts: dict[str, dict[str, dict[str, object]]]) -> list[tuple[str, object]]:
    """Each script with the machine of its result; older results have the one of all."""
    return [
        (name, kept.get("machine", facts["machine"])) for name, kept in facts["scripts"].items()
    ]


def most_common(machines: list[object]) -> object:
    """The machine of most results, the later one where two are as many."""
    written = [json.dumps(each, sort_keys=True) for each in reversed(machines)]
    return json.loads(max(written, key=written.count)) if written else {}


def arguments(script: Script, *, practice: str, peer_python: str) -> list[str]:
    """The script's words; each path is left out where it is empty."""
    words = [word.format(practice=practice) for word in script.arguments]
    if not practice and "--practice" in words:
        place = words.index("--practice")
        del words[place : place + 2]
    return words + (["--peer-python", peer_python] if script.peer and peer_python else [])


def run(script: Script, args: argparse.Namespace) -> Result:
    practice = str(args.practice) if args.practice.is_dir() else ""
    words = arguments(script, practice=practice, peer_python=args.peer_python or "")
    named = arguments(
        script,
        practice="DIR" if practice else "",
        peer_python="VENV/bin/python" if args.peer_python else "",
    )
    command = " ".join([f"python benchmarks/{script.name}.py", *named])
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    if "CFT_EVAL_DATA" not in environment and (SHARED / "data").is_dir():
        environment["CFT_EVAL_DATA"] = str(SHARED / "data")
    started = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, str(HERE / f"{script.name}.py"), *words],
            capture_output=True, text=True, check=False,
            env=environment, timeout=60 * script.minutes,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        failed = f"over its {script.minutes:g} minutes"
        return Result(script, 60 * script.minutes, [], failed, command)
    seconds = time.perf_counter() - started
    bars = told(done.stdout)
    failed = ""
    if done.returncode or not bars:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["printed nothing"]
        failed = f"exit {done.returncode}: {lines[-1][:200]}"
    return Result(script, seconds, bars, failed, command)


def machine() -> dict[str, object]:
    """What the numbers were taken on; no name of it."""
    model = "unknown"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = {}
    for name in ("sympy", "numpy", "lm-eval", "torch", "transformers", "trl"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory),
        "python": platform.python_version(),
        "packages": packages,
        "load_before": round(os.getloadavg()[1], 1),
    }


def table(facts: dict[str, dict[str, dict[str, object]]]) -> str:
    about, machines = facts["machine"], dict(measured(facts))
    lines = [
        f"{_described(about)}; {about['date']}, with a load of {about['load_before']} "
        "on the machine.",
        "",
        "| what | measured | bar | | beside, in the same run | command |",
        "|---|---:|---:|---|---|---|",
    ]
    for name, script in facts["scripts"].items():
        command = f"`{script['command']}`{_elsewhere(machines[name], about)}"
        bars = script["bars"]
        assert isinstance(bars, list)
        for each in bars:
            bar = Bar(**each)
            mark = "reached" if bar.reached else "**short**"
            limit = f"{bar.kind} {_short(bar.limit)}"
            lines.append(
                f"| {bar.row} | {_short(bar.measured)} {bar.unit} | {limit} | {mark} | {bar.peer} "
                f"| {command} |"
            )
        if script["failed"]:
            lines.append(f"| {script['command']} | | | **not measured** | {script['failed']} | |")
    lines += [
        f"| {row} | | {limit} | **not measured** | {why} | `{command}` |"
        for row, limit, why, command in UNMEASURED
    ]
    return "\n".join([*lines, ""])


def _described(about: dict[str, object]) -> str:
    packages = about["packages"]
    assert isinstance(packages, dict)
    return (
        f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB, Python "
        f"{about['python']}, {', '.join(f'{n} {v}' for n, v in sorted(packages.items()))}"
    )


def _elsewhere(own: object, about: dict[str, object]) -> str:
    """What of a result's machine, or its day, is not as it stands above the table."""
    assert isinstance(own, dict)
    if _described(own) != _described(about):
        return f" on {_described(own)}; {own['date']}"
    return f" on {own['date']}" if own["date"] != about["date"] else ""


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


WIDTH, LEFT, STEP = 900, 330, 26


def drawn(bars: list[Bar]) -> str:
    """How far each bar is reached, on a log axis: at 1 just so, to the right better."""
    rows = []
    for place, bar in enumerate(bars):
        above, below = (
            (bar.limit, bar.measured) if bar.kind == "at most" else (bar.measured, bar.limit)
        )
        ratio = min(100.0, max(0.1, above / below)) if below > 0 else 100.0
        y = 30 + STEP * place
        one, end = _x(1), _x(ratio)
        colour = "#2f7d4f" if bar.reached else "#b3402e"
        rows.append(
            f'<text x="{LEFT - 10}" y="{y + 13}" text-anchor="end">{escape(bar.row)}</text>'
            f'<rect x="{min(one, end):.1f}" y="{y + 3}" width="{max(1.0, abs(end - one)):.1f}" '
            f'height="{STEP - 10}" fill="{colour}"/>'
            f'<text x="{max(one, end) + 6:.1f}" y="{y + 13}">{_short(bar.measured)} '
            f"{escape(bar.unit)}</text>"
        )
    height = 30 + STEP * len(bars) + 30
    ticks = "".join(
        f'<line x1="{_x(t):.1f}" x2="{_x(t):.1f}" y1="24" y2="{height - 24}" '
        f'stroke="#999" stroke-width="{1.5 if t == 1 else 0.5}"/>'
        f'<text x="{_x(t):.1f}" y="{height - 8}" text-anchor="middle">{t:g}×</text>'
        for t in (0.1, 1, 10, 100)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, sans-serif" font-size="12" role="img">'
        f"<title>How far each bar is reached; 1 is just so, to the right is better</title>"
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{ticks}{"".join(rows)}</svg>\n'
    )


def _x(ratio: float) -> float:
    from math import log10

    return LEFT + (log10(ratio) + 1) / 3 * (WIDTH - LEFT - 130)


if __name__ == "__main__":
    main()
