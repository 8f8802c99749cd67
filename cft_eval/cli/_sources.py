"""Where a command finds a run: a lm-eval output folder, a frozen baseline, or a board."""

from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.errors import CftError

if TYPE_CHECKING:
    from cft_eval.harness.read import Evaluation
    from cft_eval.results import RunOutcomes

BOARD = "board:"


class NoSuchRun(CftError):
    """Nothing lies where the run was said to be."""


def evaluation(source: str) -> "Evaluation":
    """Read a lm-eval output folder with its samples, or a run that was imported."""
    path = Path(source)
    if not path.exists():
        raise NoSuchRun(f"{path}: no such file or folder; `cft-eval run` or `lm_eval` writes one")
    from cft_eval.harness.read import Evaluation, read_output
    from cft_eval.results import RUN_FILE, read_folder

    if (path / RUN_FILE).is_file():
        stored = read_folder(path)
        return Evaluation(stored.run, list(stored.samples))
    return read_output(path)


def run_outcomes(
    source: str, *, server: str | None = None, token: str | None = None
) -> "RunOutcomes":
    """The outcomes of any kind of source; ``board:RUN`` asks the server."""
    from cft_eval.results import outcomes, read_outcomes

    if source.startswith(BOARD):
        from cft_eval.client import Client

        with Client(server, token) as client:
            return client.outcomes(source.removeprefix(BOARD))
    if _frozen(Path(source)):
        return read_outcomes(Path(source))
    found = evaluation(source)
    return outcomes(found.run, found.samples)


def _frozen(path: Path) -> bool:
    """A file that is not lm-eval's own results file is a frozen baseline, or claims to be."""
    return path.is_file() and not path.name.startswith(("results_", "samples_"))
