"""`cft-eval push`: send a run to a board, which grades it again."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cft_eval.cli._say import say
from cft_eval.cli._sources import evaluation
from cft_eval.errors import CftError
from cft_eval.plain import as_json, plain

if TYPE_CHECKING:
    from cft_eval.client import Progress
    from cft_eval.results import Run, Sample

EPILOG = """
examples:
  cft-eval push out/cft --server http://127.0.0.1:8000
  cft-eval push out/cft --dry-run                     # what would leave this machine
  cft-eval push out/step60 --yes --method cft --base-model Qwen2.5-Math-7B --step 60

Prints the run's permalink; with --json {"run": ID, "page": URL} (with "review": "waiting" where a
reviewer of the board must approve it first), or {"rejected": WHY}.
Pushing the same run again resumes. Only listed fields are sent; details of this machine are not.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("folder", type=Path, metavar="DIR", help="output of lm_eval or of import")
    parser.add_argument("--server", metavar="URL", help="the board (or CFT_EVAL_SERVER)")
    parser.add_argument("--token", help="its token (or CFT_EVAL_TOKEN)")
    parser.add_argument("--yes", action="store_true", help="publish without asking")
    parser.add_argument(
        "--sign", type=Path, metavar="KEY", help="PEM file with a private Ed25519 key"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be published")
    parser.add_argument("--json", action="store_true", help="print the run's id and page as JSON")
    known = parser.add_argument_group("facts about the model that lm-eval does not know")
    known.add_argument("--model-name", help="the name on the board")
    known.add_argument("--base-model", help="what it was trained from")
    known.add_argument("--method", help="how it was trained: base, sft, cft, instruct, rl")
    known.add_argument("--training-data", help="name of the training set")
    known.add_argument("--training-examples", type=int, metavar="N", help="its size")
    known.add_argument("--step", type=int, metavar="N", help="optimiser steps so far")
    known.add_argument("--weights", type=Path, metavar="DIR", help="folder of the weights, to hash")
    known.add_argument("--weights-sha256", metavar="HASH", help="their hash, if known")
    known.add_argument("--parent-run", metavar="RUN", help="run of the model it was trained from")
    known.add_argument("--tag", action="append", default=[], help="a label; may be repeated")


def run(args: argparse.Namespace) -> int:
    from cft_eval.client import REVIEW, Client, UploadRejected
    from cft_eval.results import write_folder

    output = evaluation(str(args.folder))
    described = _describe(output.run, args)
    say(_summary(described, output.samples), file=sys.stderr)
    if args.dry_run:
        return 0
    with Client(args.server, args.token) as board:
        if not args.yes and not _agreed(board.server):
            raise CftError("nothing was sent")
        board.await_start(lambda line: say(f"cft-eval: {line}", file=sys.stderr))
        with TemporaryDirectory(prefix="cft-eval-push-") as folder, _Bar() as bar:
            write_folder(Path(folder), described, output.samples)
            try:
                page = board.publish(Path(folder), key=args.sign, progress=bar)
            except UploadRejected as error:
                if args.json:
                    say(as_json({"rejected": str(error)}))
                raise
    if bar.state == REVIEW:
        say("cft-eval: the run waits for a review; its page appears after that", file=sys.stderr)
    if not args.json:
        say(page)
        return 0
    review = {"review": "waiting"} if bar.state == REVIEW else {}
    say(as_json({"run": page.rpartition("/")[2], "page": page, **review}))
    return 0


def _describe(run: "Run", args: argparse.Namespace) -> "Run":
    """``run`` with what the command line says of the model."""
    from pydantic import ValidationError

    from cft_eval.results import Model

    given = {
        "name": args.model_name,
        "base_model": args.base_model,
        "method": args.method,
        "training_data": args.training_data,
        "training_examples": args.training_examples,
        "step": args.step,
        "weights_sha256": _weights(args.weights) if args.weights else args.weights_sha256,
        "parent_run": args.parent_run,
        "tags": (*run.model.tags, *args.tag) or None,
    }
    fields = run.model.model_dump() | {k: v for k, v in given.items() if v is not None}
    try:
        model = Model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).replace("name", "model-name").replace("_", "-")
        raise CftError(f"--{option}: {first['msg']}") from None
    return run.model_copy(update={"model": model})


def _weights(folder: Path) -> str:
    from cft_eval import weights

    return weights.fingerprint({file.name: file.sha256 for file in weights.files_of(folder)})


def _summary(run: "Run", samples: "Sequence[Sample]") -> str:
    """Everything that leaves this machine, in a few lines."""
    model = {k: v for k, v in run.model.model_dump().items() if v not in (None, ())}
    lines = ["This will be published:"]
    lines += [f"  {name.replace('_', ' ')}: {plain(str(value))}" for name, value in model.items()]
    lines.append(f"  engine: {plain(run.engine)}, evaluated {run.created:%Y-%m-%d %H:%M}")
    for task, score in run.tasks.items():
        scores = ", ".join(
            f"{plain(name)} {value:.3f}" for name, value in sorted(score.scores.items())
        )
        part = "" if score.items == score.expected_items else f" of {score.expected_items}"
        lines.append(f"  {plain(task)}: {score.items}{part} problems, {scores}")
    lines.append(f"  {len(samples)} responses with their problems and references")
    return "\n".join(lines)


def _agreed(server: str) -> bool:
    if not sys.stdin.isatty():
        raise CftError(
            "not a terminal, so nobody can confirm: add --yes to publish, or --dry-run to look"
        )
    say(f"Publish on {server}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


class _Bar:
    """A progress bar over the stages of a push, on stderr."""

    state = ""
    """The last stage."""

    def __enter__(self) -> "_Bar":
        from tqdm import tqdm

        self._bar = tqdm(
            total=1,
            desc="sending",
            bar_format="{desc:<10} {bar} {n_fmt}/{total_fmt}",
            leave=False,
            disable=None,  # where nobody watches, nothing is drawn
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, progress: "Progress") -> None:
        self.state = progress.state
        # Grading has begun once the samples are validated; the state names what is done.
        words = {"received": "checking", "validated": "grading", "graded": "publishing"}
        self._bar.set_description(plain(words.get(progress.state, progress.state)), refresh=False)
        self._bar.total = progress.total or 1
        self._bar.n = progress.done
        self._bar.refresh()
