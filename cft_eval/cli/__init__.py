"""The command line: one module a command, each of them thin.

A command module has ``configure(parser)``, which names its arguments, and ``run(args) -> int``,
which reads them, calls one function of a package and prints. It is imported only when its command
is typed, so `cft-eval check` never pays for the server.

Results go to stdout, the rest to stderr. Exit status: 0 done, 2 could not be done, 70 a bug, and
whatever a command's own help says.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

from cft_eval._version import __version__
from cft_eval.cli._say import say
from cft_eval.errors import CftError, MissingExtra, StorageError, storage_errors
from cft_eval.plain import as_json, lines

GROUPS = {
    "start": {
        "doctor": "check this environment: what is broken and how to fix it",
        "demo": "train, evaluate, push, serve and gate a tiny model on this machine",
    },
    "evaluate": {
        "run": "evaluate a model on the suite with lm-eval",
        "report": "summarise one run: scores, endings, slices, pass@k, missed problems",
        "import": "import another harness's outputs as a run, graded again",
        "check": "decide whether answers equal their references",
        "regrade": "grade a corpus of responses again, here or on a Ray cluster",
        "disputes": "list the responses on which graders differ, with each grader's reason",
    },
    "compare": {
        "compare": "compare two runs, problem by problem",
        "gate": "fail a build on a real regression",
        "select": "choose a checkpoint on one half of a benchmark, report it on the other",
    },
    "board": {
        "push": "send a run to a board, which grades it again",
        "serve": "serve a board",
        "server": "administer a board: tokens, reviews, audit, backups, grading again",
        "checkpoint": "send weights to a board, request evaluations",
        "worker": "run the evaluations requested on a board",
    },
    "train": {
        "train": "fine-tune a model on critiques (CFT) or on responses (SFT)",
        "data": "show what a training set contains and which tokens are learnt",
        "critique": "make critiques with a teacher, audit them, export a training set",
        "reproduce": "repeat the CFT paper's comparison in one command, with a plan and a report",
        "lab": "compare CFT with SFT in miniature, on a model made from scratch",
    },
}
"""Group to its commands with their one-line help, in the order of `cft-eval --help`."""

EXTRAS = {"start": "all", "evaluate": "eval", "board": "server", "train": "train"}
"""Group to the extra that its commands may need."""

COMMANDS = {name: summary for group in GROUPS.values() for name, summary in group.items()}

_Subparsers = argparse._SubParsersAction

BUG = 70
"""Exit status after an error that nobody foresaw (EX_SOFTWARE of sysexits.h)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if set(arguments) == {"--version", "--json"}:
        return _print_versions()
    parser = _parser(arguments)
    try:
        args, rest = parser.parse_known_args(_subcommand_first(arguments))
        if rest and not args.passes_on:
            parser.error(f"unrecognized arguments: {' '.join(rest)}{_hint(parser, rest)}")
    except SystemExit as ended:
        if ended.code and _typed(arguments) == "gate":
            import_module("cft_eval.cli._reports").drop_junit(arguments)
            import_module("cft_eval.cli._losses").drop_comment(arguments)
        raise
    args.rest = rest
    try:
        return int(args.run(args))
    except CftError as error:
        say(f"cft-eval: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        say("cft-eval: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # `cft-eval … | head`: the reader has seen enough. Python would complain at exit too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except storage_errors() as error:
        say(f"cft-eval: {StorageError(error)}", file=sys.stderr)
        return StorageError.exit_code
    except ModuleNotFoundError as error:
        if missing := _missing_extra(arguments, error):
            say(f"cft-eval: {missing}", file=sys.stderr)
            return missing.exit_code
        return _bug()
    # Python ends an uncaught error with 1, which would read as a regression or an answer "no".
    except Exception:  # noqa: BLE001
        return _bug()


def _bug() -> int:
    say(traceback.format_exc().rstrip(), file=sys.stderr)
    say(
        "cft-eval: this is a bug, here or in a package that is used; please report the lines above",
        file=sys.stderr,
    )
    return BUG


def _missing_extra(arguments: Sequence[str], error: ModuleNotFoundError) -> MissingExtra | None:
    """The extra that a command lacks; None where what is missing is a module of ours."""
    command = _typed(arguments)
    group = next((group for group, names in GROUPS.items() if command in names), "")
    ours = (error.name or "").partition(".")[0] == "cft_eval"
    return (
        None
        if ours or group not in EXTRAS
        else MissingExtra(f"`cft-eval {command}`", EXTRAS[group])
    )


def _hint(parser: argparse.ArgumentParser, rest: Sequence[str]) -> str:
    """The option of the typed command that is nearest to the first unknown one."""
    known: list[str] = []
    parsers = [parser]
    for each in parsers:
        for action in each._actions:
            known += action.option_strings
            parsers += action.choices.values() if isinstance(action, _Subparsers) else []
    typed = next((word.partition("=")[0] for word in rest if word.startswith("--")), "")
    near = get_close_matches(typed, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _print_versions() -> int:
    from cft_eval.doctor.versions import versions

    say(as_json(versions(), indent=1))
    return 0


class _Parser(argparse.ArgumentParser):
    """argparse's, which repeats what was typed: a CI job may have taken it from a stranger."""

    def error(self, message: str) -> NoReturn:
        super().error(lines(message))


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser; only the command that was typed brings its arguments in."""
    parser = _Parser(
        prog="cft-eval",
        usage="cft-eval [-h] [--version] COMMAND ...",
        description=_overview(),
        epilog="`cft-eval COMMAND --help` has a command's options and examples.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"cft-eval {__version__}",
        help="show the version; with --json that of every package that matters, for a bug report",
    )  # fmt: skip
    # The description lists the commands by group, which argparse cannot.
    commands = parser.add_subparsers(
        required=True, metavar="COMMAND", prog="cft-eval", help=argparse.SUPPRESS
    )
    typed = _typed(arguments)
    for name, summary in COMMANDS.items():
        command = _add_command(commands, name, summary)
        if name == typed:
            module = import_module(f"cft_eval.cli.{name}")
            below = subcommand_of(arguments)
            if below:
                inner = command.add_subparsers(required=True, metavar="COMMAND")
                command = _add_command(inner, below, module.SUBCOMMANDS[below])
                module = import_module(f"cft_eval.cli.{name}_{below}")
            module.configure(command)
            # `run` has lm-eval's hundred options beside its own; it alone passes them on.
            command.set_defaults(run=module.run, passes_on=getattr(module, "PASSES_ON", False))
    return parser


def _overview() -> str:
    lines = ["Find out whether a math checkpoint got better."]
    for title, group in GROUPS.items():
        lines += ["", f"{title}:"]
        lines += [f"  {name:<11} {summary}" for name, summary in group.items()]
    return "\n".join(lines)


def _typed(arguments: Sequence[str]) -> str | None:
    return next((word for word in arguments if not word.startswith("-")), None)


def subcommand_of(arguments: Sequence[str]) -> str:
    """The subcommand that ``arguments`` name and that is a module of its own; empty where none is.

    It is the first word behind the command that is neither an option nor the value of one.
    """
    words = iter(arguments)
    name = next((word for word in words if not word.startswith("-")), "")
    if name not in COMMANDS or not subcommands(name):
        return ""
    switches = import_module(f"cft_eval.cli.{name}").SWITCHES
    for word in words:
        if not word.startswith("-"):
            return word if word in subcommands(name) else ""
        if "=" not in word and word not in switches:
            next(words, None)
    return ""


def _subcommand_first(arguments: Sequence[str]) -> list[str]:
    """`gate --margin 2 plan` as `gate plan --margin 2`: argparse hands options on no other way."""
    below = subcommand_of(arguments)
    if not below:
        return list(arguments)
    start = next(i for i, word in enumerate(arguments) if not word.startswith("-")) + 1
    end = arguments.index(below, start)
    return [*arguments[:start], below, *arguments[start:end], *arguments[end + 1 :]]


def subcommands(name: str) -> tuple[str, ...]:
    """The subcommands of ``name`` that are modules of their own, each with its own arguments."""
    return tuple(getattr(import_module(f"cft_eval.cli.{name}"), "SUBCOMMANDS", ()))


def _add_command(
    commands: "argparse._SubParsersAction[Any]", name: str, summary: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser
