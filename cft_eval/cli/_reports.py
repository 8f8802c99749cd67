"""The reports of the gate: options, files, and what stands in them while nothing is decided.

Every report that was asked for says "did not finish" before anything is read: whatever ends the
command afterwards, no report of an earlier build is taken for this one's.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.cli._say import emit, say
from cft_eval.errors import CftError, StorageError

if TYPE_CHECKING:
    from cft_eval.gate import Report
    from cft_eval.gate.slices import Losses

FILES = ("junit", "json", "markdown", "badge", "html")
"""Options that name a file to write."""

MARGIN, ALPHA = 1.0, 0.05
"""What the gate takes where nothing is said: points, and the false alarm rate."""

JUNIT_HEAD = 200
"""Bytes in which a JUnit file says that it is one."""

RUN_FILES = ("run.json", "results*.json", "samples*.json", "*.jsonl")
"""Names of what a run is read from, in its folder or below."""

UNFINISHED = "the gate did not finish: its log says why"


def configure_reports(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--junit", type=Path, metavar="F", help="write JUnit XML")
    group.add_argument("--json", type=Path, metavar="F", help="write every number as JSON")
    group.add_argument("--markdown", type=Path, metavar="F", help="write Markdown")
    group.add_argument("--badge", type=Path, metavar="F", help="write shields.io endpoint JSON")
    group.add_argument(
        "--github", action="store_true", help="add a step summary and annotations (GitHub Actions)"
    )


def check_paths(args: argparse.Namespace) -> None:
    """Refuse a report that would overwrite what is read, or another report."""
    named = [*(args.baseline or []), args.candidate, *getattr(args, "more", ())]
    outputs = {f"--{option}": path for option, path in _paths(args)}
    if "state" in args:
        outputs["--state"] = args.state
    refuse_overwriting(outputs, named)
    taken: dict[Path, str] = {}
    for option, path in outputs.items():
        resolved = path.resolve()
        if resolved in taken:
            raise CftError(f"{option} {path}: is already the file of {taken[resolved]}")
        taken[resolved] = option


def refuse_overwriting(outputs: Mapping[str, Path | None], sources: Iterable[str]) -> None:
    """Raise `CftError` where an output, by its option, is a run that is read or one of its files.

    Whatever the paths look like: relative, through a link to a folder or to a file.
    """
    sources = list(sources)
    for option, path in outputs.items():
        if path is not None and any(_is_of(path, Path(source)) for source in sources):
            raise CftError(f"{option} {path}: would overwrite a run that is read")


def write_report(path: Path, text: str) -> None:
    """Write one report to the file that an option names, and say where it is."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(error, f"{path}: cannot write") from None
    say(f"report: {path}", file=sys.stderr)


def _is_of(path: Path, source: Path) -> bool:
    try:
        if path.resolve() == source.resolve() or (path.exists() and path.samefile(source)):
            return True
        if source.is_file() and not fnmatch(source.name, "results*.json"):
            return False
        folder = source if source.is_dir() else source.parent
        inside = path.resolve().is_relative_to(folder.resolve())
    except OSError:
        return False  # there is nothing to overwrite, or whoever reads or writes it says so
    # A report of an earlier call may lie there, and is written anew.
    return inside and any(fnmatch(path.resolve().name, pattern) for pattern in RUN_FILES)


def begin_reports(args: argparse.Namespace) -> None:
    """Every file that was asked for, as it is to stand should nothing be decided."""
    check_paths(args)
    write_files(undecided_report(UNFINISHED, args), args)


def drop_junit(arguments: Sequence[str]) -> None:
    """Remove the JUnit file of an earlier build where the options cannot be read.

    A file that is none, such as a run that was named by mistake, stays.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--junit", type=Path)
    with contextlib.suppress(argparse.ArgumentError, OSError):
        path = parser.parse_known_args(arguments)[0].junit
        if path is not None and b"<testsuite" in path.read_bytes()[:JUNIT_HEAD]:
            path.unlink()


def undecided_report(reason: str, args: argparse.Namespace) -> "Report":
    from cft_eval.gate import undecided

    names = ", ".join(args.baseline or []), args.candidate
    margin = MARGIN if args.margin is None else args.margin
    alpha = ALPHA if args.alpha is None else args.alpha
    return undecided(reason, *names, margin / 100, alpha)


def write_reports(
    report: "Report", args: argparse.Namespace, losses: "Losses | None" = None
) -> None:
    """The files, and with --github the summary and the annotations."""
    from cft_eval import gate

    write_files(report, args, losses)
    if args.github:
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            with named(Path(summary)), Path(summary).open("a", encoding="utf-8") as file:
                file.write(gate.as_markdown(report, losses))
        annotations = gate.as_annotations(report, strict=args.strict)
        if annotations:
            print_text(annotations, commands=True)


def write_files(report: "Report", args: argparse.Namespace, losses: "Losses | None" = None) -> None:
    from cft_eval import gate
    from cft_eval.render.gate_page import gate_page

    views = {
        "junit": lambda: gate.as_junit(report, strict=args.strict),
        "json": lambda: gate.as_json(report, losses),
        "markdown": lambda: gate.as_markdown(report, losses),
        "html": lambda: gate_page(report, losses, most=getattr(args, "show", None)),
        "badge": lambda: gate.as_badge(report),
    }
    for option, path in _paths(args):
        with named(path):
            path.write_text(views[option](), encoding="utf-8")


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Name the file in an error that does not: a full disk is noticed as a file is closed."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def _paths(args: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    for option in FILES:
        path = getattr(args, option, None)
        if path is not None:
            yield option, path


def print_text(text: str, *, commands: bool = False) -> None:
    """Print; a reader that has seen enough (`| head`) does not change the exit status.

    ``commands``: the text is of workflow commands, which are ours and stay what they are.
    """
    try:
        (emit if commands else say)(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
