"""What MkDocs is told beside the Markdown: pages made from the code, and the files at the top.

The references are written when the site is built, so they cannot be older than the code.
"""

import argparse
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

from cft_eval.cli import COMMANDS

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]

TOP = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
"""Files that stand at the top of the repository, where people look for them first."""

PUBLIC = {
    "Checking answers": ["cft_eval.check", "cft_eval.equal", "cft_eval.check_many",
                         "cft_eval.Verdict", "cft_eval.Outcome"],
    "Test sets": ["cft_eval.testsets.load.load", "cft_eval.testsets.load.Item",
                  "cft_eval.testsets.errata.errata_of"],
    "Runs": ["cft_eval.results.Run", "cft_eval.results.Sample",
             "cft_eval.results.outcomes.outcomes"],
    "Comparing": ["cft_eval.gate.compare.compare", "cft_eval.gate.decide.decide",
                  "cft_eval.gate.ranking.rank"],
    "Statistics": ["cft_eval.stats"],
    "A board": ["cft_eval.client.Client"],
    "Corpora": ["cft_eval.corpus.plan.plan", "cft_eval.corpus.regrade.regrade"],
}  # fmt: skip
"""What others may build on; everything else may change."""


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
    """Every command with its help, as the terminal prints it."""
    parts = ["# Commands", "", "As `cft-eval COMMAND --help` prints them.", ""]
    for name, summary in COMMANDS.items():
        parser = argparse.ArgumentParser(
            prog=f"cft-eval {name}",
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=_Formatter,
        )
        import_module(f"cft_eval.cli.{name}").configure(parser)
        parts += [f"## cft-eval {name}", "", "```text", parser.format_help().rstrip(), "```", ""]
    return "\n".join(parts)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """At one width, whatever terminal builds the site."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=96)


def python() -> str:
    parts = ["# Python", "", "What others may build on. Everything else may change.", ""]
    for title, names in PUBLIC.items():
        parts += [f"## {title}", ""]
        for name in names:
            parts += [f"::: {name}", ""]
    return "\n".join(parts)
