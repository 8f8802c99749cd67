"""What reproducing the CFT paper takes: GPU-hours and money, by arithmetic alone.

    python benchmarks/costs.py [--gpu-hour 3] [--price-in 2.5] [--price-out 10] [--mfu 0.4]

Nothing is measured here and nothing is run: each number is a product of what stands in `Costs`,
every one of which is an option. docs/reproduce.md shows the table that the defaults print.
"""

import argparse
from dataclasses import fields

from cft_eval.reproduce.costs import Costs, table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for each in fields(Costs):
        flag = "--" + each.name.replace("_", "-")
        kind = type(each.default)
        parser.add_argument(flag, type=kind, default=each.default, metavar=f"{each.default:g}")
    print(table(Costs(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
