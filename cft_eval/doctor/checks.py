"""One function a check: what it found, and where that is broken, the command that mends it.

What the checks look at may be missing or half there, so each loads it for itself, and `examine`
takes whatever a check raises for a finding.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from cft_eval.doctor.findings import Check, Finding, FindingState
from cft_eval.doctor.packages import antlr, base, extras, lacks, reinstall, requirements
from cft_eval.doctor.versions import installed as installed
from cft_eval.errors import CftError

SYMPY_SETTLES = (
    (r"\boxed{\frac{(x+y)^{70}}{(x+y)^{69}}}", "x+y"),
    (r"\boxed{\cos 26x}", r"2\cos^2 13x-1"),
)
"""Equal answers that nothing but sympy, in its process, shows to be equal."""

HUB = "https://huggingface.co"

SECONDS = 5.0
"""To wait for an answer from a network."""

LEAST_FREE = 20 << 30
"""Bytes of a disk for models: the weights of one of seven billion parameters are 15 GB."""


TORCH = "pip install 'torch>=2.4'"


def _looked(check: Check) -> list[Finding]:
    try:
        return list(check())
    except Exception as error:  # noqa: BLE001  # it is here to look at what is broken
        what = f"could not be looked at: {type(error).__name__}: {error}"
        return [
            Finding(
                check.__name__,
                FindingState.BROKEN,
                what,
                f"fix the errors above; then {reinstall()}",
            )
        ]


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    # An older Python than 3.11 does not come so far: pip refuses to install for it.
    yield Finding("python", FindingState.OK, version)
    if os.name != "posix":
        what = "the checker's budgets need a POSIX system: hostile answers are not stopped here"
        yield Finding("python", FindingState.BROKEN, what, "run cft-eval under Linux, macOS or WSL")


def checker() -> Iterator[Finding]:
    """Answers that only sympy, in its process, can settle, and one that is wrong."""
    lost = [name for name in ("sympy", "mpmath") if installed(name) is None]
    if lost:
        what = f"not tried: {', '.join(lost)} must be installed first (see packages)"
        yield Finding("checker", FindingState.NOTE, what)
        return
    from cft_eval.checker import check

    settled = [check(response, reference) for response, reference in SYMPY_SETTLES]
    other = check(r"\boxed{\cosh x - \sinh x}", "e^x")
    failed = [verdict for verdict in settled if not (verdict.correct and "sympy" in verdict.reason)]
    failed += [other] if other.outcome != "wrong" else []
    if failed:
        what = f"its worker process does not work: {failed[0].outcome}: {failed[0].reason}"
        fix = "pip install --force-reinstall sympy mpmath; if that does not help, report it"
        yield Finding("checker", FindingState.BROKEN, what, fix)
    else:
        seconds = sum(verdict.seconds for verdict in settled)
        yield Finding("checker", FindingState.OK, f"{settled[0].reason}; in {seconds:.2f} s")


def torch_build() -> Iterator[Finding]:
    """A GPU beside a CPU build of torch is the slowest way to run a model."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        yield from _no_torch()
        return
    text = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    cuda = re.search(r"^cuda[^=]*= *['\"]([\d.]+)", text, re.MULTILINE)
    hip = re.search(r"^hip[^=]*= *['\"]([\d.]+)", text, re.MULTILINE)
    gpus = _gpus()
    build = f"CUDA {cuda[1]}" if cuda else f"ROCm {hip[1]}" if hip else "for CPUs"
    what = f"{installed('torch')}, built {build}; {gpus or 'no GPU is seen'}"
    if gpus and not (cuda or hip):
        fix = "pip uninstall -y torch, then install the CUDA build that pytorch.org names"
        yield Finding("torch", FindingState.BROKEN, what, fix)
    else:
        yield Finding("torch", FindingState.OK, what)


def _no_torch() -> Iterator[Finding]:
    """Broken where something that is installed asks for it; without lm-eval nobody misses it."""
    askers = [lack.asker for lack in lacks() if lack.requirement.name == "torch"]
    if askers:
        what = (
            f"not installed, and {', '.join(askers)} cannot do without: neither `cft-eval run "
            "--model hf` nor `cft-eval train` works (engines with an API do)"
        )
        yield Finding("torch", FindingState.BROKEN, what, TORCH)
    elif installed("lm-eval") is not None:
        what = (
            "not installed: --model hf and `cft-eval train` need it; an engine with an API does not"
        )
        yield Finding("torch", FindingState.NOTE, what, TORCH)


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
        what = (
            "switched off by CFT_EVAL_AUTOLOAD=0: plain lm_eval does not find our tasks "
            "(cft-eval run does)"
        )
        yield Finding("tasks", FindingState.BROKEN, what, "unset CFT_EVAL_AUTOLOAD")
    elif not any(type(finder).__name__ == "_Finder" for finder in sys.meta_path) and (
        "_cft_eval_autoload" not in sys.modules
    ):
        what = (
            "cft_eval_autoload.pth did not run: plain lm_eval does not find our tasks "
            "(cft-eval run does)"
        )
        yield Finding("tasks", FindingState.BROKEN, what, reinstall())
    else:
        yield Finding("tasks", FindingState.OK, "lm_eval --tasks cft_math_suite finds them")


def test_sets() -> Iterator[Finding]:
    """Where the benchmarks come from, and whether they are what was published."""
    from cft_eval.testsets import BENCHMARKS, SUITE
    from cft_eval.testsets.load import load

    folder = os.environ.get("CFT_EVAL_DATA")
    if not folder:
        yield from _hub()
        return
    for name in SUITE:
        try:
            items = load(name)
        except CftError as error:
            # The download reads the variable too: while it is set, nothing is loaded.
            fix = (
                f"unset CFT_EVAL_DATA; python -m cft_eval.testsets.download {name}"
                f"  # or set it to the folder that holds {BENCHMARKS[name].file}"
            )
            yield Finding("test sets", FindingState.BROKEN, str(error), fix)
        else:
            title = BENCHMARKS[name].title
            yield Finding(
                "test sets", FindingState.OK, f"{title}: {len(items):,} problems, as published"
            )


def _hub() -> Iterator[Finding]:
    if os.environ.get("HF_HUB_OFFLINE") in {"1", "true", "yes", "on"}:
        what = "HF_HUB_OFFLINE is set: test sets and models come from the cache alone"
        yield Finding("hub", FindingState.NOTE, what, "unset HF_HUB_OFFLINE, or set CFT_EVAL_DATA")
        return
    import httpx

    endpoint = os.environ.get("HF_ENDPOINT", HUB)
    try:
        status = httpx.head(endpoint, timeout=SECONDS, follow_redirects=True).status_code
    except httpx.HTTPError as error:
        what = f"{endpoint} does not answer ({type(error).__name__})"
        fix = (
            "check the proxy (HTTPS_PROXY), name a mirror (HF_ENDPOINT), or set CFT_EVAL_DATA; "
            "where all is on this disk, HF_HUB_OFFLINE=1 spares each run the hub's retries, "
            "most of a minute"
        )
        # Who only checks answers and compares runs asks the hub for nothing.
        needed = installed("datasets") is not None
        yield Finding("hub", FindingState.BROKEN if needed else FindingState.NOTE, what, fix)
    else:
        state = FindingState.OK if status < 500 else FindingState.BROKEN
        yield Finding("hub", state, f"{endpoint} answers with {status}")


def disk() -> Iterator[Finding]:
    cache = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    existing = next(each for each in (cache, *cache.parents) if each.exists())
    free = shutil.disk_usage(existing).free
    if free < LEAST_FREE:
        what = f"{free / 1e9:.0f} GB are free for models; one of 7B takes 15"
        fix = "make room, or set HF_HOME to a folder on a larger disk"
        yield Finding("disk", FindingState.NOTE, what, fix)
    else:
        yield Finding("disk", FindingState.OK, f"{free / 1e9:.0f} GB free for models")


CHECKS: tuple[Check, ...] = (
    python,
    base,
    checker,
    extras,
    requirements,
    antlr,
    torch_build,
    tasks,
    test_sets,
    disk,
)


def examine(checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """What each of ``checks`` found, in order."""
    return [finding for check in checks for finding in _looked(check)]
