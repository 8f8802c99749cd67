"""Write the table of known hashes from a folder of benchmarks as they were published.

    python -m cft_eval.testsets.fingerprint DIR [OUT]

``DIR`` has the layout of ``CFT_EVAL_DATA``; ``OUT`` is `hashes/` in this package by default.
"""

import sys
from pathlib import Path

from cft_eval.errors import CftError
from cft_eval.testsets.benchmarks import BENCHMARKS
from cft_eval.testsets.content import item_hash
from cft_eval.testsets.load import read_file
from cft_eval.testsets.references import with_references


def write_tables(data: Path, out: Path) -> dict[str, int]:
    """Write one table a benchmark and return its number of items; raises `CftError`."""
    out.mkdir(parents=True, exist_ok=True)
    written = {}
    for benchmark in BENCHMARKS.values():
        if benchmark.shipped or benchmark.items_of:
            continue
        for number, file in enumerate((benchmark.file, *benchmark.other_wordings), start=1):
            contents = with_references(benchmark, read_file(benchmark, data / file), data)
            hashes = [item_hash(content.problem, content.reference) for content in contents]
            if len(set(hashes)) != len(hashes):
                raise CftError(f"{benchmark.name}: an item appears twice")
            name = benchmark.name if number == 1 else f"{benchmark.name}.{number}"
            (out / f"{name}.txt").write_text("\n".join(hashes) + "\n", encoding="ascii")
            written[name] = len(hashes)
    return written


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write("usage: python -m cft_eval.testsets.fingerprint DIR [OUT]\n")
        return 2
    out = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).parent / "hashes"
    try:
        written = write_tables(Path(arguments[0]), out)
    except CftError as error:
        sys.stderr.write(f"fingerprint: {error}\n")
        return error.exit_code
    sys.stdout.write("".join(f"{name} {count}\n" for name, count in written.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
