"""A file in parts: any order, any number of times, joined once all are here."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cft_eval.server.foundation.errors import BoardError, CutOff, Missing, TooManyBytes
from cft_eval.server.intake.multipart import Inbox, PartedFile, PartGone

WHOLE = b"0123456789"


def parted(folder: Path) -> PartedFile:
    inbox = Inbox(str(folder.parent), folder.parent / "scratch")
    return PartedFile(inbox, folder.name, size=len(WHOLE), part_bytes=4)


def send(file: PartedFile, number: int, content: bytes, *, keep: bool = True) -> str:
    async def body() -> AsyncIterator[bytes]:
        yield content[:1]
        yield content[1:]

    async def receive() -> str:
        async with file.receive(number, body()) as (part, path):
            if keep:
                file.replace(part, path)
        return part.sha256

    return asyncio.run(receive())


def test_parts_come_in_any_order_and_again(tmp_path: Path) -> None:
    file = parted(tmp_path / "new")
    assert file.parts == 3
    for number in (2, 0, 2, 1):
        content = WHOLE[4 * number : 4 * number + 4]
        assert send(file, number, content) == hashlib.sha256(content).hexdigest()
    hashes = file.received()
    assert (sorted(hashes), file.missing(hashes)) == ([0, 1, 2], None)
    assert file.join(hashes, tmp_path / "whole") == hashlib.sha256(WHOLE).hexdigest()
    assert file.digest(hashes) == hashlib.sha256(WHOLE).hexdigest()
    assert (tmp_path / "whole").read_bytes() == WHOLE
    file.drop()
    assert file.received() == {}
    assert file.gone(hashes) == [0, 1, 2]
    with pytest.raises(PartGone):
        file.digest(hashes)


def test_another_part_of_a_number_takes_its_place(tmp_path: Path) -> None:
    file = parted(tmp_path / "new")
    send(file, 0, b"....")
    sha256 = send(file, 0, b"0123")
    assert file.received() == {0: sha256}


def test_what_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    file = parted(tmp_path)
    send(file, 1, b"4567", keep=False)
    assert not list(tmp_path.iterdir())
    assert file.missing(file.received()) == 0


REFUSED = [
    (0, b"012", CutOff),
    (0, b"01234", TooManyBytes),
    # The last part is as short as the rest of the file.
    (2, b"8901", TooManyBytes),
    (3, b"", Missing),
    (-1, b"", Missing),
]


@pytest.mark.parametrize(("number", "content", "error"), REFUSED)
def test_a_part_has_its_size_and_its_number(
    tmp_path: Path, number: int, content: bytes, error: type[BoardError]
) -> None:
    with pytest.raises(error):
        send(parted(tmp_path), number, content)
    assert list(tmp_path.iterdir()) == []
