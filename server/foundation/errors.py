"""Errors of a board, one class for each case that a caller may treat differently.

Each holds one sentence that says what to do. None knows how it is answered: `server.http` says
with which status.
"""

from cft_eval.errors import CftError


class BoardError(CftError):
    """A request that cannot be served."""

    retry: int | None = None
    """Seconds after which it may be tried again; None where the error does not say."""

    def __init__(self, detail: str, *, retry: int | None = None) -> None:
        self.detail = detail
        if retry is not None:
            self.retry = retry
        super().__init__(detail)


class Missing(BoardError):
    """There is nothing of that name, or nothing that this one may see."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} {name[:80]!a}")


class Gone(BoardError):
    """It was here, and was taken off."""


class NotAuthenticated(BoardError):
    """A token is missing, or does not count."""


class NotAllowed(BoardError):
    """The token counts, and is not enough for this."""


class StateConflict(BoardError):
    """It does not fit what is here by now."""


class Invalid(BoardError):
    """What was sent is not what it must be."""


class CutOff(BoardError):
    """A body ended before it was whole."""


class TooManyBytes(BoardError):
    """More bytes than are taken at all."""


class TooMany(BoardError):
    """More of them than are taken now."""


class NoSpace(BoardError):
    """No space for these bytes: on the disk, or in somebody's quota."""


class DiskFull(NoSpace):
    """The disk takes no more; an uploader may try again once there is space."""

    retry = 60

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"the server cannot write ({error.strerror}); tell its owner, then push again to resume"
        )


class Unavailable(BoardError):
    """The server cannot serve anybody now."""


class DamagedDatabase(Unavailable):
    """The database cannot read its own pages."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the database is damaged ({why}): stop the server, restore the newest backup with "
            "`cft-eval server restore`, and look at the disk"
        )


class BlobGoing(Unavailable):
    """The same bytes are being deleted at this moment."""

    retry = 5

    def __init__(self) -> None:
        super().__init__("the same bytes are being deleted just now; try again in a moment")


class StorageAway(Unavailable):
    """The disk or bucket of samples does not answer, or may not be read or written now."""

    retry = 10

    def __init__(self, error: Exception) -> None:
        why = getattr(error, "strerror", None) or type(error).__name__
        super().__init__(f"the store of samples does not answer ({why}); try again in a moment")
