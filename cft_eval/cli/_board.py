"""What `serve` and `server` share: the settings of the board on this machine, and its store."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cft_eval.errors import CftError, MissingExtra

if TYPE_CHECKING:
    from cft_eval.server.foundation.settings import ServerSettings


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="the board's folder")


def settings_of(data: Path | None, **given: object) -> "ServerSettings":
    """What the environment and the command line say, or one sentence about what is wrong."""
    try:
        from pydantic import ValidationError

        from cft_eval.server.foundation.settings import ServerSettings
    except ImportError:
        raise MissingExtra("the server", "server") from None
    if data:
        given["server_data"] = data
    try:
        return ServerSettings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors()[0]
        name = f"CFT_EVAL_{'_'.join(str(part) for part in first['loc']).upper()}"
        raise CftError(f"{name}: {first['msg']}") from None


def make_folder(folder: Path) -> None:
    """The board's folder, there and writable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise CftError(f"{folder}: not a folder; give another with --data") from None
    except OSError as error:
        raise CftError(f"{folder}: {error.strerror}; give another folder with --data") from None
    if not os.access(folder, os.W_OK):
        raise CftError(f"{folder}: not writable; give another folder with --data")


def demand_owner(file: Path | None) -> None:
    """Root would leave files beside the database that the server may not write."""
    if file is None or not file.is_file() or os.geteuid() != 0:
        return
    if (owner := file.stat().st_uid) != 0:
        raise CftError(
            f"{file} belongs to user {owner}: run this as that user, as with "
            f"`setpriv --reuid={owner} --clear-groups cft-eval server …`"
        )
