"""What MkDocs is told beside the Markdown: pages made from the code, and the files at the top.

The references are written when the site is built, so they cannot be older than the code.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

from cft_eval.cli import COMMANDS, _parser, subcommands

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]

TOP = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
"""Files that stand at the top of the repository, where people look for them first."""

PUBLIC = {
    "Checking answers": ["cft_eval.check", "cft_eval.equal", "cft_eval.check_many",
                         "cft_eval.Verdict", "cft_eval.Outcome"],
    "Rewards": ["cft_eval.rewards.AnswerReward", "cft_eval.rewards.FormatReward",
                "cft_eval.rewards.compute_score", "cft_eval.rewards.score"],
    "Evaluating": ["cft_eval.evaluate", "cft_eval.EvaluatedRun"],
    "Test sets": ["cft_eval.testsets.load.load", "cft_eval.testsets.load.Item",
                  "cft_eval.testsets.errata.errata_of", "cft_eval.testsets.errata.Erratum"],
    "Runs": ["cft_eval.results.Run", "cft_eval.results.Model", "cft_eval.results.Settings",
             "cft_eval.results.TaskScore", "cft_eval.results.Sample",
             "cft_eval.results.outcomes.outcomes", "cft_eval.results.RunOutcomes",
             "cft_eval.results.TaskOutcomes"],
    "Comparing": ["cft_eval.gate.compare.compare", "cft_eval.gate.compare.Comparison",
                  "cft_eval.gate.compare.Compared", "cft_eval.gate.compare.Weighted",
                  "cft_eval.gate.decide.decide", "cft_eval.gate.decide.Report",
                  "cft_eval.gate.decide.Row", "cft_eval.gate.decide.Decision",
                  "cft_eval.gate.terms.Terms", "cft_eval.gate.arms.decide_arms",
                  "cft_eval.gate.calibrate.calibrate", "cft_eval.results.Calibration",
                  "cft_eval.results.Replayed", "cft_eval.results.ReplayRate",
                  "cft_eval.results.Spread", "cft_eval.gate.watch.watch",
                  "cft_eval.gate.watch.WatchedRun", "cft_eval.gate.watch.Watched",
                  "cft_eval.gate.grader.GraderSplit",
                  "cft_eval.gate.fingerprint.Mismatch", "cft_eval.gate.ranking.rank",
                  "cft_eval.gate.ranking.Ranking", "cft_eval.gate.ranking.Between"],
    "Statistics": ["cft_eval.stats"],
    "A board": ["cft_eval.client.Client", "cft_eval.client.Upload", "cft_eval.client.Job",
                "cft_eval.client.Progress"],
    "Corpora": ["cft_eval.corpus.plan.plan", "cft_eval.corpus.plan.Plan",
                "cft_eval.corpus.plan.Chunk", "cft_eval.corpus.engines.local",
                "cft_eval.corpus.engines.ray", "cft_eval.corpus.grade.Done",
                "cft_eval.corpus.regrade.regrade", "cft_eval.corpus.regrade.Summary"],
    "Errors": ["cft_eval.errors.CftError", "cft_eval.errors.MissingExtra",
               "cft_eval.errors.StorageError",
               "cft_eval.checker.judging.UnknownPolicy", "cft_eval.checker.bulk.BadRow",
               "cft_eval.testsets.known.UnknownBenchmark", "cft_eval.testsets.load.NoData",
               "cft_eval.testsets.own.BadProblems",
               "cft_eval.testsets.hub.NoHub", "cft_eval.testsets.rows.BadRow",
               "cft_eval.testsets.load.Drift", "cft_eval.testsets.sources.NotOnHub",
               "cft_eval.testsets.references.NoReference", "cft_eval.results.BadRecord",
               "cft_eval.results.InvalidData", "cft_eval.results.outcomes.CannotWrite",
               "cft_eval.client.ServerError", "cft_eval.client.Conflict",
               "cft_eval.client.NotFound", "cft_eval.client.http.Unprocessable",
               "cft_eval.results.outcomes.CannotRead",
               "cft_eval.client.comments.CommentRefused",
               "cft_eval.client.comments.NoPullRequest",
               "cft_eval.client.UploadRejected", "cft_eval.client.RunWithdrawn",
               "cft_eval.weights.BadWeights", "cft_eval.corpus.plan.NoCorpus",
               "cft_eval.corpus.regrade.OtherCorpus"],
}  # fmt: skip
"""What others may build on, with all that it returns and raises; everything else may change."""

INHERITS = {"cft_eval.client.Client": ("    options:", "      inherited_members: true")}
"""A class that is put together of others, whose methods are its own to a reader."""


def on_files(files: Files, *, config: "MkDocsConfig") -> Files:
    """Add the pages that are not in ``docs/``."""
    for name in TOP:
        files.append(File.generated(config, name, content=(ROOT / name).read_text("utf-8")))
    files.append(File.generated(config, "reference/cli.md", content=commands()))
    files.append(File.generated(config, "reference/python.md", content=python()))
    return files


def on_page_markdown(markdown: str, *, page: "Page", config: "MkDocsConfig", files: Files) -> str:
    """Links as they stand in the repository, as links of the site."""
    if page.file.src_uri in TOP:
        return re.sub(r"\]\(docs/", "](", markdown)
    return re.sub(r"\]\(\.\./(ARCHITECTURE|CONTRIBUTING|CHANGELOG)\.md", r"](\1.md", markdown)


def commands() -> str:
    """Every command with its help, as the terminal prints it, and each of its subcommands."""
    parts = ["# Commands", "", "As `cft-eval COMMAND --help` prints them.", ""]
    for name in COMMANDS:
        command = subparsers(_parser([name]))[name]
        below = [
            subparsers(subparsers(_parser([name, sub]))[name])[sub] for sub in subcommands(name)
        ]
        for level, parser in [*parsers(command), *((3, each) for each in below)]:
            parser.formatter_class = _Formatter
            text = parser.format_help().rstrip()
            parts += [f"{'#' * level} {parser.prog}", "", "```text", text, "```", ""]
    return "\n".join(parts)


def parsers(
    parser: argparse.ArgumentParser, level: int = 2
) -> Iterator[tuple[int, argparse.ArgumentParser]]:
    """A command and all below it, each with the level of its heading."""
    yield level, parser
    for below in subparsers(parser).values():
        yield from parsers(below, level + 1)


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """At one width, whatever terminal builds the site."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=96)


def python() -> str:
    parts = ["# Python", "", "What others may build on. Everything else may change.", ""]
    for title, names in PUBLIC.items():
        parts += [f"## {title}", ""]
        for name in names:
            parts += [f"::: {name}", *INHERITS.get(name, ()), ""]
    return "\n".join(parts)
