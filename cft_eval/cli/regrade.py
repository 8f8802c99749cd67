"""`cft-eval regrade PATHS --out DIR`: grade a corpus of responses again, here or on a cluster."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from cft_eval.cli._say import say
from cft_eval.errors import CftError
from cft_eval.figures import percent
from cft_eval.plain import as_json, plain

if TYPE_CHECKING:
    from cft_eval.corpus import Summary
    from cft_eval.corpus.engines import Run
    from cft_eval.corpus.grade import Done

EPILOG = """
examples:
  cft-eval regrade out/ --out verdicts                     # a folder of lm-eval's sample logs
  cft-eval regrade rows.jsonl.gz --out verdicts --policy strict --policy cft_paper
  cft-eval regrade 's3://lab/samples/*.parquet' --out s3://lab/verdicts
  cft-eval regrade samples/ --out verdicts --engine ray    # all CPUs of this machine
  cft-eval regrade s3://lab/samples --out s3://lab/verdicts --engine ray --address ray-head:6379

A row has "reference" and "response" or "answer", and may have "benchmark", "rules", "id" and the
"outcome" it had; or it is a line of lm-eval's log of our tasks, or a sample of a board. Verdicts
are Parquet, a file for each chunk of the corpus, in its order: "file" and "at" (byte of a line,
number of a row) say which row. The same command again goes on where it stopped. With --engine ray
all machines must see the files and --out under the same name.

exit status: 0 done, 2 failed.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help=".jsonl[.gz|.zst] or .parquet; folder; s3://…"
    )
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for the verdicts")
    parser.add_argument(
        "--policy",
        action="append",
        metavar="P",
        help="strict (default), qwen, cft_paper, math_verify; repeatable, the first is summed up",
    )
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="where it runs")
    parser.add_argument(
        "--address", metavar="A", help="address of a Ray cluster, such as ray-head:6379"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes, or parallel Ray tasks")
    parser.add_argument(
        "--chunk-bytes", type=int, metavar="N", help="size of a chunk of JSONL (default 8 MiB)"
    )
    parser.add_argument("--json", action="store_true", help="the summary as JSON")


def run(args: argparse.Namespace) -> int:
    from cft_eval.cli._bar import progress_bar
    from cft_eval.corpus.grade import GradeSettings
    from cft_eval.corpus.plan import CHUNK_BYTES, plan
    from cft_eval.corpus.regrade import regrade

    if args.workers is not None and args.workers < 1:
        raise CftError(f"--workers {args.workers}: give 1 or more")
    if args.chunk_bytes is not None and args.chunk_bytes < 1024:
        raise CftError(f"--chunk-bytes {args.chunk_bytes}: give 1024 or more")
    if args.address and args.engine != "ray":
        raise CftError("--address names a Ray cluster: add --engine ray")
    settings = GradeSettings(tuple(dict.fromkeys(args.policy or ["strict"])))
    corpus = plan(args.paths, chunk_bytes=args.chunk_bytes or CHUNK_BYTES)
    rows = 0
    with progress_bar("chunks", len(corpus.chunks)) as bar:

        def progress(done: "Done") -> None:
            nonlocal rows
            rows += done.rows
            bar.set_postfix_str(f"{rows:,} responses", refresh=False)
            bar.update()

        summary = regrade(corpus, args.out, _engine(args), settings=settings, progress=progress)
    say(as_json(asdict(summary), indent=1) if args.json else _text(summary, args.out))
    return 0


def _engine(args: argparse.Namespace) -> "Run":
    from cft_eval.corpus import engines

    if args.engine == "ray":
        return engines.ray(args.address, args.workers)
    return engines.local(args.workers)


def _text(summary: "Summary", out: str) -> str:

    share = summary.outcomes.get("correct", 0) / max(1, summary.rows)
    lines = [
        f"{summary.rows:,} responses of {summary.files:,} files graded by checker "
        f"{summary.checker} under {', '.join(summary.policies)}: {percent(share)}% correct",
        *(f"  {plain(name)}: {count:,}" for name, count in summary.outcomes.items()),
    ]
    if summary.known:
        changed = sum(summary.changed.values())
        lines.append(f"{changed:,} of {summary.known:,} that had an outcome have another one")
        lines += [f"  {plain(change)}: {count:,}" for change, count in summary.changed.items()]
    if summary.bad:
        lines += ["rows that could not be read, among others:"]
        lines += [f"  {plain(bad)}" for bad in summary.bad]
    if summary.resumed:
        lines.append(f"{summary.resumed:,} chunks were done before")
    return "\n".join([*lines, f"verdicts: {out}"])
