"""Which packages are installed, which of them do not fit, and the command that mends it.

    our own metadata ── base, extras ──> requirements ── what is installed ──> findings

It knows no version by itself: what is needed is read from the installed metadata. `packaging` is
one of the packages that may be missing, so it is loaded where it is needed.
"""

import json
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from cft_eval._version import __version__
from cft_eval.doctor.findings import Finding, FindingState
from cft_eval.doctor.versions import installed as installed

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OURS = "cft-eval"
ANTLR = "antlr4-python3-runtime"


class Extra(NamedTuple):
    meaning: str
    sign: str
    """The package that shows that somebody wanted this extra: the others come with other things."""


EXTRAS = {
    "eval": Extra("running models with lm-eval", "lm-eval"),
    "vllm": Extra("the fast engine", "vllm"),
    "server": Extra("hosting a board", "fastapi"),
    "postgres": Extra("a board on PostgreSQL", "psycopg"),
    "s3": Extra("samples in S3", "s3fs"),
    "train": Extra("training", "peft"),
    "corpus": Extra("grading a corpus", "pyarrow"),
    "ray": Extra("a cluster", "ray"),
}
"""What each extra is for."""


def base() -> Iterator[Finding]:
    """What cft_eval needs in any case, and what that needs: there, and of a version that fits."""
    if find_spec("packaging") is None:
        what = "packaging is not installed, so no version can be compared"
        yield Finding("packages", FindingState.BROKEN, what, "pip install packaging")
        return
    ours = _ours()
    if ours is None:
        return  # `extras` says it
    wrong, fixes, names = [], [], []
    for requirement, asker in _needed(ours):
        version, by = (
            installed(requirement.name),
            "" if asker == OURS else f" ({asker} needs it)",
        )
        names.append(requirement.name)
        if version is None:
            wrong.append(f"{requirement.name} is not installed{by}")
        elif not fits(requirement):
            wrong.append(f"{requirement.name} is {version}, {requirement.specifier} is needed{by}")
        else:
            continue
        fixes.append(f"'{requirement.name}{requirement.specifier}'")
    if wrong:
        fix = f"pip install {' '.join(dict.fromkeys(fixes))}"
        yield Finding("packages", FindingState.BROKEN, "; ".join(dict.fromkeys(wrong)), fix)
        return
    unloadable = {r.name: error for r in _base(ours) if (error := _does_not_load(r.name))}
    if unloadable:
        what = "; ".join(f"{name} does not load: {error}" for name, error in unloadable.items())
        fix = f"pip install --force-reinstall {' '.join(unloadable)}"
        yield Finding("packages", FindingState.BROKEN, what, fix)
    else:
        yield Finding(
            "packages", FindingState.OK, f"{len(set(names))} of the base, all of them fit"
        )


def _ours() -> Distribution | None:
    try:
        return distribution(OURS)
    except PackageNotFoundError:
        return None


def _base(dist: Distribution) -> list["Requirement"]:
    """What a distribution asks for without an extra, on this machine."""
    from packaging.requirements import InvalidRequirement, Requirement

    requirements = []
    for text in dist.requires or ():
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # pip would not have read it either
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            requirements.append(requirement)
    return requirements


def _needed(ours: Distribution) -> Iterator[tuple["Requirement", str]]:
    """Each requirement of the base and of what it needs in turn, with who asks for it."""
    seen, waiting = {OURS}, [ours]
    while waiting:
        dist = waiting.pop(0)
        asker = str(dist.metadata["Name"])
        for requirement in _base(dist):
            yield requirement, asker
            if requirement.name not in seen and installed(requirement.name) is not None:
                seen.add(requirement.name)
                waiting.append(distribution(requirement.name))


def _does_not_load(name: str) -> str:
    """Why a package of the base cannot be imported; empty where it can."""
    try:
        import_module(name.replace("-", "_"))
    except Exception as error:  # noqa: BLE001  # a package that is half there may raise anything
        return f"{type(error).__name__}: {error}"
    return ""


def extras() -> Iterator[Finding]:
    """Of each extra: all there, not there, or of a version that does not fit."""
    if find_spec("packaging") is None:
        return  # `base` says it
    ours = _ours()
    if ours is None:
        what = "cft_eval is imported from a folder and not installed"
        yield Finding(
            "installed", FindingState.NOTE, what, "pip install -e '.[eval]' in the checkout"
        )
        return
    if ours.version != __version__:
        what = f"installed as {ours.version}, and the code is {__version__}"
        yield Finding("installed", FindingState.BROKEN, what, reinstall())
    named_by: dict[str, str] = {}
    for name, extra in EXTRAS.items():
        yield _extra(name, extra, _required(ours, extra=name), named_by)


class Lack(NamedTuple):
    """A requirement of an installed package that is not met."""

    requirement: "Requirement"
    asker: str


def lacks() -> list[Lack]:
    """What the installed packages of our extras ask for and do not find, as `pip check` has it:
    one level deep, and no requirement of an extra of theirs."""
    ours = _ours()
    if ours is None or find_spec("packaging") is None:
        return []
    names = {r.name for extra in EXTRAS for r in _required(ours, extra=extra)}
    return [
        Lack(requirement, name)
        for name in sorted(names)
        if installed(name) is not None
        for requirement in _base(distribution(name))
        if installed(requirement.name) is None or not fits(requirement)
    ]


def requirements() -> Iterator[Finding]:
    """What the extras' packages need in turn; of torch, which has more to say, `torch_build` tells
    where it is not there."""
    missing = [lack for lack in lacks() if lack.requirement.name != "torch" or installed("torch")]
    if not missing:
        return
    lines = [
        f"{lack.asker} needs {lack.requirement.name}{lack.requirement.specifier}, which is "
        f"{installed(lack.requirement.name) or 'not installed'}"
        for lack in missing
    ]
    fixes = dict.fromkeys(_quoted(lack.requirement) for lack in missing)
    yield Finding("needed", FindingState.BROKEN, "; ".join(lines), f"pip install {' '.join(fixes)}")


def _extra(
    name: str, extra: Extra, wanted: list["Requirement"], named_by: dict[str, str]
) -> Finding:
    """The finding of one extra; ``told`` holds which extra has named a package already."""
    check = f"extra {name}"
    missing = [r.name for r in wanted if installed(r.name) is None]
    unfit = [r for r in wanted if not fits(r)]
    if installed(extra.sign) is None or (missing and not unfit):
        what = f"{extra.meaning}: not installed ({', '.join(missing)})"
        return Finding(check, FindingState.NOTE, what, f"pip install 'cft-eval[{name}]'")
    new = [r for r in unfit if r.name not in named_by]
    if new:
        named_by |= {r.name: check for r in new}
        misfits = (
            f"{r.name} {installed(r.name)} is installed, {r.specifier} is needed" for r in new
        )
        fix = f"pip install {' '.join(_quoted(r) for r in new)}"
        return Finding(check, FindingState.BROKEN, f"{extra.meaning}: {'; '.join(misfits)}", fix)
    if unfit:
        where = ", ".join(sorted({named_by[r.name] for r in unfit}))
        return Finding(check, FindingState.NOTE, f"{extra.meaning}: waits for the fix of {where}")
    return Finding(check, FindingState.OK, extra.meaning)


def _quoted(requirement: "Requirement") -> str:
    """As pip takes it: ``'lm-eval[api]<0.6,>=0.4.13'``."""
    inside = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"'{requirement.name}{inside}{requirement.specifier}'"


def _required(dist: Distribution, *, extra: str) -> list["Requirement"]:
    """What an extra asks for, extras of ours that it names included."""
    from packaging.requirements import Requirement

    requirements = []
    for text in dist.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or "extra" not in str(marker) or not marker.evaluate({"extra": extra}):
            continue
        if requirement.name.replace("_", "-").lower() == OURS:
            requirements += [
                r for other in requirement.extras for r in _required(dist, extra=other)
            ]
        else:
            requirements.append(requirement)
    return requirements


def fits(requirement: "Requirement") -> bool:
    """Whether what is installed, if anything, is of a version that the requirement takes."""
    from packaging.version import InvalidVersion, Version

    version = installed(requirement.name)
    if version is None:
        return True
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True  # a version that cannot be compared is not shown to be wrong


def reinstall() -> str:
    """The command that installs cft_eval again from where this install came from.

    ``direct_url.json`` is pip's own note of it; without one it came from an index.
    """
    command = "pip install --force-reinstall --no-deps"
    ours = _ours()
    noted = (ours.read_text("direct_url.json") if ours else None) or "{}"
    facts = json.loads(noted)
    url = str(facts.get("url", ""))
    if "vcs_info" in facts:
        info = facts["vcs_info"]
        return f"{command} '{info['vcs']}+{url}@{info['commit_id']}'"
    path = Path(unquote(urlsplit(url).path))
    if url.startswith("file:") and path.exists():
        editable = "--editable " if facts.get("dir_info", {}).get("editable") else ""
        return f"{command} {editable}{path}"
    if url.startswith("http"):
        return f"{command} '{url}'"
    return f"in the checkout: {command} ."


def antlr() -> Iterator[Finding]:
    """Grammars of LaTeX parsers are made for one ANTLR runtime, and there can be only one."""
    version = installed(ANTLR)
    if version is None or find_spec("packaging") is None:
        return
    clashes = {
        str(dist.metadata["Name"]): requirement
        for dist in distributions()
        for requirement in _base(dist)
        if requirement.name.lower() == ANTLR and not fits(requirement)
    }
    if not clashes:
        yield Finding("antlr", FindingState.OK, version)
        return
    requests = ", ".join(f"{name} asks for {r.specifier}" for name, r in sorted(clashes.items()))
    wanted = sorted({str(r.specifier) for r in clashes.values()})
    fix = f"pip uninstall {' '.join(sorted(clashes))} (cft-eval needs none of them)"
    if len(wanted) == 1:
        fix += f", or for its sake pip install '{ANTLR}{wanted[0]}'"
    yield Finding(
        "antlr", FindingState.BROKEN, f"{ANTLR} {version} is installed, but {requests}", fix
    )
