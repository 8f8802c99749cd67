"""`cft-eval report RUN`: one run looked through, as text or as one HTML file."""

import argparse
from pathlib import Path

from cft_eval.cli._reports import refuse_overwriting
from cft_eval.cli._say import say
from cft_eval.errors import StorageError

EPILOG = """
examples:
  cft-eval report runs/MODEL                # scores, endings, lengths, slices, pass@k
  cft-eval report runs/MODEL --show 10      # with ten missed problems of each task
  cft-eval report runs/MODEL --html         # report.html, one file
  cft-eval report runs/MODEL --html out.html --show 500
"""

PAGE = Path("report.html")
"""What --html writes unless it names a file."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("run_folder", metavar="RUN", help="a lm-eval output folder or an import")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", nargs="?", const=PAGE,
        help=f"write a page that stands alone (default: {PAGE})",
    )  # fmt: skip
    parser.add_argument(
        "--show", type=int, metavar="N", help="missed problems of each task (0; in a page 100)"
    )


def run(args: argparse.Namespace) -> int:
    from cft_eval.cli._sources import evaluation
    from cft_eval.render.overview import overview, overview_text
    from cft_eval.render.overview_page import SHOWN, overview_page

    refuse_overwriting({"--html": args.html}, [args.run_folder])
    log = evaluation(args.run_folder)
    looked = overview(log.run, log.samples)
    if args.html is None:
        say(overview_text(looked, show=args.show or 0))
        return 0
    page = overview_page(looked, most=SHOWN if args.show is None else args.show)
    try:
        args.html.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StorageError(error, str(args.html)) from None
    say(args.html)
    return 0
