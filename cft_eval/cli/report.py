"""`cft-eval report RUN`: a report on one run, as text or one HTML file."""

import argparse
from functools import partial
from pathlib import Path

from cft_eval.cli._reports import refuse_overwriting, write_report
from cft_eval.cli._say import say

EPILOG = """
examples:
  cft-eval report runs/MODEL                # scores, endings, lengths, slices, pass@k
  cft-eval report runs/MODEL --show 10      # with ten missed problems of each task
  cft-eval report runs/MODEL --html         # and a page: report.html, one file
  cft-eval report runs/MODEL -o page.html --show 500   # the page alone
  cft-eval report runs/MODEL -o report.txt
"""

PAGE = Path("report.html")
"""What --html writes unless it names a file."""

PAGES = {".html", ".htm"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("run_folder", metavar="RUN", help="an lm-eval output folder or an import")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", nargs="?", const=PAGE,
        help=f"write a page that stands alone as well (default: {PAGE})",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--out", "--output", type=Path, metavar="FILE",
        help="write the report there: a page if it ends in .html, else the text",
    )  # fmt: skip
    parser.add_argument(
        "--show", type=int, metavar="N", help="missed problems of each task (0; in a page 100)"
    )


def run(args: argparse.Namespace) -> int:
    from cft_eval.cli._sources import evaluation
    from cft_eval.render.critiques import critique_lines
    from cft_eval.render.overview import overview, overview_text
    from cft_eval.render.overview_page import SHOWN, overview_page

    refuse_overwriting({"--html": args.html, "--out": args.out}, [args.run_folder])
    log = evaluation(args.run_folder)
    looked = overview(log.run, log.samples)
    notes = critique_lines(log.run, log.samples)
    text = overview_text(looked, show=args.show or 0, notes=notes)
    most = SHOWN if args.show is None else args.show
    page = partial(overview_page, looked, most=most, notes=notes)
    if args.html is not None:
        write_report(args.html, page())
    if args.out is None:
        say(text)
    else:
        write_report(args.out, page() if args.out.suffix in PAGES else f"{text}\n")
    return 0
