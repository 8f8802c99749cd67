"""Errors a user can act on. The command line prints their text, without a traceback."""


class CftError(Exception):
    """What is wrong, the value that is wrong, and what to do about it."""

    exit_code = 2
    """What `cft-eval` ends with when this error reaches it."""


class MissingExtra(CftError):
    """A package of an optional extra is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs more packages: pip install 'cft-eval[{extra}]'")
