"""How many of Minerva-Math's numeric references a wrong value passes for, under each policy.

    CFT_EVAL_DATA=DIR python benchmarks/minerva.py

A wrong value is a constant offered for every reference that it does not equal to the precision
that is written, or the reference itself times a factor.
"""

import argparse
from fractions import Fraction

from cft_eval import equal
from cft_eval.checker.read.parse import readings
from cft_eval.checker.types.values import Number
from cft_eval.testsets.load import load

POLICIES = ("strict", "qwen", "cft_paper")
CONSTANTS = ("0.001", "1", "0.5", "3.14", "1e-8")
FACTORS = ("2", "1.1", "1.05", "1.01", "1.001")


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    items = load("minerva_math")
    numbers: list[tuple[str, Fraction]] = []
    for item in items:
        value = next(readings(item.reference))
        if isinstance(value, Number) and value.value:
            numbers.append((item.reference, value.value))
    print(f"{len(items)} references, {len(numbers)} of them numbers\n")
    print("| offered | " + " | ".join(POLICIES) + " |\n|---|---:|---:|---:|")
    for constant in CONSTANTS:
        wrong = [ref for ref, value in numbers if abs(value - Fraction(constant)) > value / 20]
        print(_row(constant, [(constant, ref) for ref in wrong]))
    for factor in FACTORS:
        offered = [(f"{float(v * Fraction(factor)):.12g}", ref) for ref, v in numbers]
        print(_row(f"reference x {factor}", offered))


def _row(name: str, offered: list[tuple[str, str]]) -> str:
    counts = [
        sum(equal(a, ref, benchmark="minerva_math", policy=p).correct for a, ref in offered)
        for p in POLICIES
    ]
    return f"| {name} | " + " | ".join(map(str, counts)) + " |"


if __name__ == "__main__":
    main()
