"""One function a check: what it found, and where that is broken, the command that mends it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from cft_eval._version import __version__
from cft_eval.doctor.versions import installed as installed
from cft_eval.errors import CftError


class State(StrEnum):
    OK = "ok"
    NOTE = "note"  # works, and is worth knowing
    BROKEN = "broken"


class Finding(NamedTuple):
    """What one check found."""

    check: str
    state: State
    what: str
    fix: str = ""
    """A command or a sentence; empty where nothing is to be done."""


Check = Callable[[], Iterator[Finding]]

EXTRAS = {
    "eval": "running models with lm-eval",
    "vllm": "the fast engine",
    "server": "hosting a board",
    "postgres": "a board on PostgreSQL",
    "s3": "samples in S3",
    "train": "training",
    "corpus": "grading a corpus",
    "ray": "a cluster",
}
"""What each extra is for."""

ANTLR = "antlr4-python3-runtime"

HUB = "https://huggingface.co"

SECONDS = 5.0
"""To wait for an answer from a network."""

LEAST_FREE = 20 << 30
"""Bytes of a disk for models: the weights of one of seven billion parameters are 15 GB."""


def examine() -> list[Finding]:
    """Every check, in order."""
    return [finding for check in CHECKS for finding in check()]


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    # An older Python than 3.11 does not come so far: pip refuses to install for it.
    yield Finding("python", State.OK, version)
    if os.name != "posix":
        what = "the checker's budgets need a POSIX system: hostile answers are not stopped here"
        yield Finding("python", State.BROKEN, what, "run cft-eval under Linux, macOS or WSL")


def checker() -> Iterator[Finding]:
    """Two answers that only sympy, in its process, can settle."""
    from cft_eval.checker import check

    same = check(r"\boxed{\sin^2 x + \cos^2 x + \sqrt{8}}", r"1 + 2\sqrt{2}")
    other = check(r"\boxed{\sin^2 x + \cos^3 x}", "1")
    if same.correct and not other.correct:
        yield Finding("checker", State.OK, f"{same.reason}, in {same.seconds:.2f} s")
    else:
        what = f"its worker process does not work: {same.outcome}: {same.reason}"
        fix = "pip install --force-reinstall sympy mpmath; if that does not help, report it"
        yield Finding("checker", State.BROKEN, what, fix)


def extras() -> Iterator[Finding]:
    """Of each extra: all there, not there, or of a version that does not fit."""
    try:
        ours = distribution("cft-eval")
    except PackageNotFoundError:
        what = "cft_eval is imported from a folder and not installed"
        yield Finding("installed", State.NOTE, what, "pip install -e '.[eval]' in the checkout")
        return
    if ours.version != __version__:
        what = f"installed as {ours.version}, and the code is {__version__}"
        yield Finding("installed", State.BROKEN, what, "pip install -e '.[eval]' in the checkout")
    for name, meaning in EXTRAS.items():
        wanted = _requirements(ours, extra=name)
        missing = [r.name for r in wanted if installed(r.name) is None]
        unfit = [r for r in wanted if not _fits(r)]
        fix = f"pip install 'cft-eval[{name}]'"
        if unfit:
            what = "; ".join(
                f"{r.name} {installed(r.name)} is installed, {r.specifier} is needed" for r in unfit
            )
            yield Finding(f"extra {name}", State.BROKEN, f"{meaning}: {what}", fix)
        elif missing:
            what = f"{meaning}: not installed ({', '.join(missing)})"
            yield Finding(f"extra {name}", State.NOTE, what, fix)
        else:
            yield Finding(f"extra {name}", State.OK, meaning)


def _requirements(dist: Distribution, *, extra: str) -> list[Requirement]:
    """What an extra asks for, extras of ours that it names included."""
    found = []
    for text in dist.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or "extra" not in str(marker) or not marker.evaluate({"extra": extra}):
            continue
        if requirement.name.replace("_", "-").lower() == "cft-eval":
            found += [r for other in requirement.extras for r in _requirements(dist, extra=other)]
        else:
            found.append(requirement)
    return found


def _fits(requirement: Requirement) -> bool:
    """Whether what is installed, if anything, is of a version that the requirement takes."""
    version = installed(requirement.name)
    if version is None:
        return True
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True  # a version that cannot be compared is not shown to be wrong


def antlr() -> Iterator[Finding]:
    """Grammars of LaTeX parsers are made for one ANTLR runtime, and there can be only one."""
    version = installed(ANTLR)
    if version is None:
        return
    clashes = []
    for dist in distributions():
        for text in dist.requires or ():
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            marker = requirement.marker
            if requirement.name.lower() != ANTLR or (marker and "extra" in str(marker)):
                continue
            if not _fits(requirement):
                clashes.append(f"{dist.metadata['Name']} asks for {requirement.specifier}")
    if clashes:
        what = f"{ANTLR} {version} is installed, but {', '.join(sorted(clashes))}"
        fix = (
            "pip uninstall latex2sympy2 (cft-eval needs none of them), "
            "or pip install 'lm-eval[math]' to go by lm-eval's own tasks"
        )
        yield Finding("antlr", State.BROKEN, what, fix)
    else:
        yield Finding("antlr", State.OK, version)


def torch_build() -> Iterator[Finding]:
    """A GPU beside a CPU build of torch is the slowest way to run a model."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return
    text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    cuda = re.search(r"^cuda[^=]*= *['\"]([\d.]+)", text, re.MULTILINE)
    hip = re.search(r"^hip[^=]*= *['\"]([\d.]+)", text, re.MULTILINE)
    gpus = _gpus()
    build = f"CUDA {cuda[1]}" if cuda else f"ROCm {hip[1]}" if hip else "for CPUs"
    what = f"{installed('torch')}, built {build}; {gpus or 'no GPU is seen'}"
    if gpus and not (cuda or hip):
        fix = "pip uninstall -y torch, then install the CUDA build that pytorch.org names"
        yield Finding("torch", State.BROKEN, what, fix)
    else:
        yield Finding("torch", State.OK, what)


def _gpus() -> str:
    """What NVIDIA's driver lists; empty where there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    query = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        listed = subprocess.run(query, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ", ".join(listed.stdout.split("\n")).strip(", ") if listed.returncode == 0 else ""


def tasks() -> Iterator[Finding]:
    """Whether plain `lm_eval --tasks cft_math_suite` finds our tasks."""
    if installed("lm-eval") is None:
        return
    if os.environ.get("CFT_EVAL_AUTOLOAD") == "0":
        what = "switched off by CFT_EVAL_AUTOLOAD=0: plain lm_eval does not find our tasks"
        fix = "unset CFT_EVAL_AUTOLOAD, or use cft-eval run"
        yield Finding("tasks", State.NOTE, what, fix)
    elif not any(type(finder).__name__ == "_Finder" for finder in sys.meta_path) and (
        "_cft_eval_autoload" not in sys.modules
    ):
        what = "cft_eval_autoload.pth did not run: plain lm_eval does not find our tasks"
        fix = "pip install --force-reinstall --no-deps cft-eval, or use cft-eval run"
        yield Finding("tasks", State.BROKEN, what, fix)
    else:
        yield Finding("tasks", State.OK, "lm_eval --tasks cft_math_suite finds them")


def test_sets() -> Iterator[Finding]:
    """Where the benchmarks come from, and whether they are what was published."""
    from cft_eval.testsets import BENCHMARKS, SUITE, load

    folder = os.environ.get("CFT_EVAL_DATA")
    if not folder:
        yield from _hub()
        return
    for name in SUITE:
        try:
            items = load(name)
        except CftError as error:
            fix = f"python -m cft_eval.testsets.download {name}, or unset CFT_EVAL_DATA"
            yield Finding("test sets", State.BROKEN, str(error), fix)
        else:
            title = BENCHMARKS[name].title
            yield Finding("test sets", State.OK, f"{title}: {len(items):,} problems, as published")


def _hub() -> Iterator[Finding]:
    if os.environ.get("HF_HUB_OFFLINE") in {"1", "true", "yes", "on"}:
        what = "HF_HUB_OFFLINE is set: test sets and models come from the cache alone"
        yield Finding("hub", State.NOTE, what, "unset HF_HUB_OFFLINE, or set CFT_EVAL_DATA")
        return
    import httpx

    endpoint = os.environ.get("HF_ENDPOINT", HUB)
    try:
        status = httpx.head(endpoint, timeout=SECONDS, follow_redirects=True).status_code
    except httpx.HTTPError as error:
        what = f"{endpoint} does not answer ({type(error).__name__})"
        fix = "check the proxy (HTTPS_PROXY), name a mirror (HF_ENDPOINT), or set CFT_EVAL_DATA"
        # Who only checks answers and compares runs asks the hub for nothing.
        needed = installed("datasets") is not None
        yield Finding("hub", State.BROKEN if needed else State.NOTE, what, fix)
    else:
        state = State.OK if status < 500 else State.BROKEN
        yield Finding("hub", state, f"{endpoint} answers with {status}")


def disk() -> Iterator[Finding]:
    cache = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    place = next(each for each in (cache, *cache.parents) if each.exists())
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE:
        what = f"{free / 1e9:.0f} GB are free for models; one of 7B takes 15"
        fix = "make room, or set HF_HOME to a folder on a larger disk"
        yield Finding("disk", State.NOTE, what, fix)
    else:
        yield Finding("disk", State.OK, f"{free / 1e9:.0f} GB free for models")


CHECKS: tuple[Check, ...] = (
    python,
    checker,
    extras,
    antlr,
    torch_build,
    tasks,
    test_sets,
    disk,
)
