"""`cft-eval doctor`: what of this environment is broken, and what mends it."""

import argparse

from cft_eval.cli._say import say
from cft_eval.plain import as_json

EPILOG = """
examples:
  cft-eval doctor
  cft-eval doctor --json                # for a bug report, with `cft-eval --version --json`
  CFT_EVAL_DATA=benchmarks cft-eval doctor

Nothing is changed. exit status: 0 nothing is broken, 1 something is.
"""

MARKS = {"ok": "ok", "note": "--", "broken": "!!"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("--json", action="store_true", help="the findings and all versions as JSON")


def run(args: argparse.Namespace) -> int:
    from cft_eval.doctor import FindingState, examine
    from cft_eval.doctor.versions import versions

    findings = examine()
    if args.json:
        listed = [finding._asdict() for finding in findings]
        say(as_json({"versions": versions(), "findings": listed}, indent=1))
    else:
        for finding in findings:
            say(f"{MARKS[finding.state]}  {finding.check}: {finding.what}")
            if finding.fix:
                say(f"      {finding.fix}")
    broken = sum(finding.state is FindingState.BROKEN for finding in findings)
    if not args.json:
        say(f"\n{broken} broken" if broken else "\nnothing is broken")
    return 1 if broken else 0
