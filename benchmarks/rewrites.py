r"""Real references in other dress, and real references changed: what is accepted of either?

    CFT_EVAL_DATA=DIR python benchmarks/rewrites.py
    CFT_EVAL_DATA=DIR python benchmarks/rewrites.py --peer-python VENV/bin/python   # math-verify

Each style rewrites a reference without a change of meaning, where it applies; each damage
changes its value. Dressings are whole responses around a reference; spoilt ones take it back, deny
it, touch its box, or state another one (`tests/checker/test_response_properties.py` has both
tables). A rewrite and a dressing should be accepted, the others should not. The peer grades a
sample of the same pairs, in its own environment.
"""

import argparse
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from bars import Bar, tell
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))

from cft_eval import check, equal
from cft_eval.testsets.benchmarks import SUITE
from cft_eval.testsets.load import load
from tests.checker import test_response_properties as responses

Rewrite = Callable[[str], str]
INTEGER = re.compile(r"-?\d{1,9}")
PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


def _where(pattern: str, rewrite: Rewrite) -> Rewrite:
    """The rewrite where the whole reference matches; elsewhere the reference as it is."""
    return lambda text: rewrite(text) if re.fullmatch(pattern, text.strip("$ ")) else text


def _fraction(text: str) -> str:
    return re.sub(r"\\frac\{([^{}]+)\}\{([^{}]+)\}", r"\\dfrac{\1}{\2}", text)


def _inline(text: str) -> str:
    return re.sub(r"^(-?)\\frac\{(\d+)\}\{(\d+)\}$", r"\1\2/\3", text)


def _reversed_list(text: str) -> str:
    if not re.fullmatch(r"-?\d+(?:,\s*-?\d+)+", text) or re.search(r",\d{3}(?!\d)", text):
        return text
    return " and ".join(reversed(re.split(r",\s*", text)))


STYLES: dict[str, Rewrite] = {
    "dollars": lambda text: f"${text.strip('$')}$" if "$" not in text.strip("$") else text,
    "display": lambda text: rf"\[{text}\]" if "$" not in text else text,
    "parentheses of TeX": lambda text: rf"\({text}\)" if "$" not in text else text,
    "full stop": lambda text: f"{text}.",
    "spaces": lambda text: f"  {text}\n",
    "braces": lambda text: f"{{{text}}}" if "$" not in text else text,
    "bold": lambda text: f"**{text}**" if "*" not in text else text,
    "mathbf": _where(PLAIN.pattern, lambda text: rf"\mathbf{{{text}}}"),
    "displaystyle": lambda text: rf"\displaystyle {text}" if "$" not in text else text,
    "dfrac": _fraction,
    "slash": _inline,
    "tfrac": lambda text: text.replace(r"\frac{", r"\tfrac{"),
    "left and right": lambda text: re.sub(
        r"^\(([^()]*)\)$", lambda found: rf"\left({found[1]}\right)", text
    ),
    "thin spaces": lambda text: re.sub(r"(?<=[^\d\s\\{]), ?", r",\\, ", text),
    "minus sign": lambda text: re.sub(r"^-(?=\d)", "\u2212", text),
    "point zero": _where(INTEGER.pattern, lambda text: f"{text}.0"),
    "thousands": _where(r"\d{4,9}", lambda text: f"{int(text):,}"),
    "thousands of TeX": _where(r"\d{4,9}", lambda text: f"{int(text):,}".replace(",", "{,}")),
    "leading zero": _where(r"\d{1,9}", lambda text: f"0{text}"),
    "x equals": lambda text: (
        text if re.search(r"[=<>,]|\\[a-z]*[lg]e|text", text) else f"x = {text}"
    ),
    "equals itself": _where(INTEGER.pattern, lambda text: rf"{text} = {text}"),
    "exponent": _where(r"\d{2,9}", lambda text: f"{text[0]}.{text[1:]}e{len(text) - 1}"),
    "power of ten": lambda text: re.sub(
        r"^(-?[\d.]+)e(-?\d+)$", r"\1 \\times 10^{\2}", text.strip("$ ")
    ),
    "a degree sign": _where(r"\d+", lambda text: rf"{text}^\circ"),
    "a unit": _where(r"\d+", lambda text: rf"{text} \text{{ units}}"),
    "the other order": _reversed_list,
    "a root sign": lambda text: re.sub(r"\\sqrt\{(\d+)\}", r"√\1", text),
    "doubled names": lambda text: (
        re.sub(r"\\(?=d?frac|sqrt|pi|theta)", r"\\\\", text) if "begin" not in text else text
    ),
    "zero added": _where(INTEGER.pattern, lambda text: rf"{text}+e^{{i\pi}}+1"),
    "a sum written out": _where(r"[1-9]\d?", lambda text: rf"\sum_{{k=1}}^{{{text}}} 1"),
    "words in brackets": _where(r"\d+", lambda text: rf"{text} (since it is so)"),
    "kilo and milli": _where(r"\d+", lambda text: rf"{text}\,\text{{ mm}}"),
}

DAMAGES: dict[str, Rewrite] = {
    "plus one": _where(INTEGER.pattern, lambda text: str(int(text) + 1)),
    "the sign": _where(PLAIN.pattern, lambda text: text[1:] if text[0] == "-" else f"-{text}"),
    "a hundredth": _where(r"[1-9]\d*", lambda text: f"{int(text) / 100:.2f}"),
    "a digit more": _where(r"[1-9]\d*", lambda text: f"{text}0"),
    "upside down": lambda text: re.sub(
        r"\\frac\{(\d+)\}\{(\d+)\}",
        lambda f: rf"\frac{{{f[2]}}}{{{f[1]}}}" if f[1] != f[2] else f[0],
        text,
    ),
    "a number changed": lambda text: re.sub(
        r"\d+", lambda found: str(int(found[0]) + 1), text, count=1
    ),
    "one answer of the list": lambda text: (
        text.split(",")[0] if re.fullmatch(r"-?\d+(?:, *-?\d+)+", text) else text
    ),
    "one answer too many": _where(INTEGER.pattern, lambda text: f"{text} or {int(text) + 1}"),
    "the ends": lambda text: (
        text.translate(str.maketrans("([)]", "[(])")) if "," in text and "\\" not in text else text
    ),
    "the first two swapped": lambda text: re.sub(
        r"^\((-?\d+), ?(-?\d+)", lambda f: f"({f[2]},{f[1]}" if f[1] != f[2] else f[0], text
    ),
    "another letter": lambda text: re.sub(
        r"^([A-J])$", lambda found: chr(ord("A") + (ord(found[1]) - ord("A") + 2) % 10), text
    ),
    "letters exchanged": lambda text: (
        re.sub(
            r"(?<![a-zA-Z\\{])([a-dmnp-z])(?![a-zA-Z])",
            lambda f: {"x": "y"}.get(f[1], "x"),
            text,
            count=1,
        )
        if "=" not in text and not re.search(r"\\text|\\int|\\in ", text)
        else text
    ),
    **{
        f"the word {word}": _where(r"[1-9]\d*", lambda text, word=word: f"{text} {word}")  # type: ignore[misc]
        for word in ("dozen", "tenths", "hundredths", "negative", "impossible", "squared", "false")
    },
    "a chain": _where(INTEGER.pattern, lambda text: f"{int(text) + 1} = {text}"),
    "a near chain": _where(r"[1-9]\d\d+", lambda text: rf"{text} \approx {int(text) + 1}"),
    "units exchanged": lambda text: re.sub(
        r"(?<=\\text\{ )(?:cm|km|m|hours|minutes)\b", "kg", text
    ),
    "nesting": lambda text: re.sub(r"^\\\{(-?\d+),", r"\\{\\{\1\\},", text),
    "thousands as a list": _where(
        r"[1-9]\d{3}", lambda text: f"{text[1:]}, {text[0]}" if text[1] != "0" else f"{text}0"
    ),
    "a small percent": _where(r"0\.\d+", lambda text: rf"{text}\%"),
    "another function": _where(r"[a-z](?:\([a-z\d]+\))?", lambda text: f"g({text})"),
    "the other currency": lambda text: (
        text.replace(r"\$", "€") if re.fullmatch(r"\\\$\s*[\d.,]+", text.strip("$ ")) else text
    ),
    "half a list in percent": lambda text: re.sub(
        r"^([1-9]\d*), ?([1-9]\d*)$", lambda f: rf"{f[1]}\%, {int(f[2]) / 100:g}", text
    ),
    "a cross product turned": _where(
        r"\d+", lambda text: rf"{text}\vec a\cdot(\vec a\times\vec b)+\vec b\times\vec a"
    ),
    "not quite zero": _where(INTEGER.pattern, lambda text: rf"{text}+e^{{i\pi/2}}+1"),
}


EVERY = 7
"""References between two that are put into responses, of which there are many kinds."""

OTHER = "1729.5"
"""Another answer than any reference's."""


def _responses(templates: Mapping[str, str]) -> dict[str, Rewrite]:
    """Each template as a rewrite; a reference that is several formulas is no single answer."""

    def into(template: str) -> Rewrite:
        def rewrite(text: str) -> str:
            answer = text.strip("$ ")
            whole = "$" not in answer
            return responses.made(template, answer=answer, other=OTHER) if whole else text

        return rewrite

    return {name: into(template) for name, template in templates.items()}


def pairs(kinds: dict[str, Rewrite], *, every: int = 1) -> list[tuple[str, str, str, str]]:
    """(kind, benchmark, rewritten, reference), without those that a rewrite does not touch."""
    found = []
    for benchmark in SUITE:
        for reference in sorted({item.reference for item in load(benchmark)})[::every]:
            for kind, rewrite in kinds.items():
                changed = rewrite(reference)
                if changed != reference:
                    found.append((kind, benchmark, changed, reference))
    return found


def graded(rows: list[tuple[str, str, str, str]], *, bare: bool) -> list[bool]:
    grade = equal if bare else check
    return [
        grade(answer, reference, benchmark=benchmark).correct
        for _, benchmark, answer, reference in tqdm(rows, disable=None, unit=" pairs")
    ]


PEER = r"""
import json, sys
from math_verify import parse, verify
def same(answer, reference):
    # As it is, between dollars and in a box: right in one of them is right.
    for dress in ("%s", "$%s$", r"$\boxed{%s}$"):
        try:
            if verify(parse("$" + reference.strip("$") + "$"), parse(dress % answer)):
                return True
        except Exception:
            pass
    return False
for line in sys.stdin:
    print(int(same(*json.loads(line))), flush=True)
"""
"""The peer, given the benefit of the doubt."""


def graded_by_peer(python: str, rows: list[tuple[str, str, str, str]]) -> list[bool]:
    lines = "".join(json.dumps([answer, reference]) + "\n" for _, _, answer, reference in rows)
    found = subprocess.run(
        [python, "-c", PEER], input=lines, capture_output=True, text=True, check=True
    )
    return [line == "1" for line in found.stdout.split()]


def table(name: str, rows: list[tuple[str, str, str, str]], verdicts: list[bool]) -> None:
    print(f"\n{name:<26} {'pairs':>8} {'accepted':>9}")
    for kind in dict.fromkeys(row[0] for row in rows):
        mine = [ok for row, ok in zip(rows, verdicts, strict=True) if row[0] == kind]
        print(f"{kind:<26} {len(mine):>8,} {sum(mine):>9,}")
    print(f"{'all':<26} {len(verdicts):>8,} {sum(verdicts):>9,}  {sum(verdicts) / len(rows):.2%}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", metavar="PYTHON", help="where math-verify is installed")
    parser.add_argument(
        "--peer-sample", type=int, default=1000, metavar="N", help="pairs it grades"
    )
    parser.add_argument("--show", type=int, default=20, metavar="N", help="failures to print")
    args = parser.parse_args()
    for name, kinds, wanted in (
        ("rewrites", STYLES, True),
        ("damages", DAMAGES, False),
        ("dressings", _responses(responses.DRESSINGS), True),
        ("spoilt responses", _responses(responses.DAMAGES), False),
    ):
        bare = kinds in (STYLES, DAMAGES)
        rows = pairs(kinds, every=1 if bare else EVERY)
        verdicts = graded(rows, bare=bare)
        table(f"{name}, ours", rows, verdicts)
        odd = [row for row, ok in zip(rows, verdicts, strict=True) if ok is not wanted]
        for kind, benchmark, answer, reference in odd[: args.show]:
            print(f"  {kind}: {answer!r} for {reference!r} ({benchmark})")
        if args.peer_python:
            sample = random.Random(0).sample(rows, min(args.peer_sample, len(rows)))
            ours = graded(sample, bare=bare)
            theirs = graded_by_peer(args.peer_python, sample)
            print(f"\nof {len(sample):,} of them: ours {sum(ours):,}, math-verify {sum(theirs):,}")
            kind: Literal["at least", "at most"] = "at least" if wanted else "at most"
            _tell(name, len(sample), sum(ours), sum(theirs), kind)
    return 0


def _tell(
    name: str, pairs: int, ours: int, theirs: int, kind: Literal["at least", "at most"]
) -> None:
    """No peer accepts more of what is right, or less of what is wrong."""
    peer = f"Math-Verify: {theirs} of {pairs}"
    tell(Bar(f"{name} of real references, accepted", ours, f"of {pairs}", theirs, kind, peer))


if __name__ == "__main__":
    sys.exit(main())
