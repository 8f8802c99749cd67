"""Write docs/licences.md: the licence of every package that an extra brings, from its metadata.

python docs/licences.py        (`make licences`, in an environment with all extras)
"""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

OUT = Path(__file__).with_name("licences.md")
HEAD = """# Licences

The licences of everything that the base and the extras install, from the packages' own \
metadata. cft_eval itself is under
Apache-2.0 and ships no other code. `make licences` writes this page.

Not listed is the extra `vllm`: it is all of `eval`, vLLM (Apache-2.0) and its \
dependencies, which differ by version and
accelerator and are not in the environment of `constraints.txt`.

| package | licence | comes with |
|---|---|---|
"""

NOT_INSTALLED = {"vllm"}
"""Extras whose packages no environment of ours has: half of a list would pass for all of it."""


def main() -> None:
    ours = distribution("cft-eval")
    found: dict[str, set[str]] = {}
    for extra in ["", *sorted({*(ours.metadata.get_all("Provides-Extra") or [])} - NOT_INSTALLED)]:
        _walk(ours, extra, extra or "the base", found, set())
    rows = []
    for name, extras in sorted(found.items()):
        try:
            licence = _licence(distribution(name))
        except PackageNotFoundError:
            continue  # of another system, or of an extra that is not installed here
        where = "the base" if "the base" in extras else ", ".join(sorted(extras - {"all"}))
        rows.append(f"| {name} | {licence} | {where} |")
    OUT.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def _walk(
    dist: Distribution, extra: str, label: str, found: dict[str, set[str]], seen: set[str]
) -> None:
    for line in dist.requires or ():
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        if extra and not (requirement.marker and "extra" in str(requirement.marker)):
            continue  # of the base, which is walked by itself
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name != "cft-eval":
            found.setdefault(name, set()).add(label)
        if f"{name}[{requirement.extras}]" in seen:
            continue
        seen.add(f"{name}[{requirement.extras}]")
        try:
            below = distribution(name)
        except PackageNotFoundError:
            continue
        for each in ["", *requirement.extras]:
            _walk(below, each, label, found, seen)


def _licence(dist: Distribution) -> str:
    facts = dist.metadata
    if expression := facts.get("License-Expression"):
        return str(expression)
    named = [
        line.rpartition(" :: ")[2]
        for line in facts.get_all("Classifier") or []
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    if named:
        return "; ".join(named)
    text = (facts.get("License") or "").strip().splitlines()
    return text[0][:60] if text else "not stated"


if __name__ == "__main__":
    main()
