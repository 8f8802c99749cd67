"""Errors a user can act on. The command line prints their text, without a traceback."""

import sys


class CftError(Exception):
    """What is wrong, the value that is wrong, and what to do about it."""

    exit_code = 2
    """What `cft-eval` ends with when this error reaches it."""


class MissingExtra(CftError):
    """A package of an optional extra is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs more packages: pip install 'cft-eval[{extra}]'")


class StorageError(CftError):
    """A disk or an object store is not there, refuses, or broke off."""

    def __init__(self, error: Exception, where: str = "") -> None:
        """``where`` says where and at what; without it the error's own words must."""
        said = (getattr(error, "strerror", None) or str(error)) if where else str(error)
        text = f"{where}: {said}" if where else said
        advice = _ADVICE.get(type(error).__name__)
        super().__init__(f"{text}; {advice}" if advice else text or type(error).__name__)


_KEYS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
_AGAIN = "see that the store is up and AWS_ENDPOINT_URL is right, and give the same command again"
_ADVICE = {
    "NoCredentialsError": _KEYS,
    "PartialCredentialsError": _KEYS,
    "ProfileNotFound": _KEYS,
    "PermissionError": "see that you may read and write there",
    **dict.fromkeys(
        ("EndpointConnectionError", "ConnectTimeoutError", "ConnectionClosedError",
         "ReadTimeoutError", "HTTPClientError", "ResponseStreamingError", "FSTimeoutError"),
        _AGAIN,
    ),
}  # fmt: skip

_STORES = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
)
"""What clients of object stores raise that is no `OSError`."""


def storage_errors() -> tuple[type[Exception], ...]:
    """All that a disk or an object store may raise: for an ``except``, which asks only then.

    A client that was not imported has raised nothing, so none is imported here.
    """
    loaded = ((sys.modules.get(module), name) for module, name in _STORES)
    return (OSError, *(getattr(module, name) for module, name in loaded if module))


def first_line(error: BaseException) -> str:
    """What an error says, in a line; its kind where it says nothing, as a full disk may.

    >>> first_line(ValueError("no such row\\nat 3")), first_line(RuntimeError())
    ('no such row', 'RuntimeError')
    """
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
