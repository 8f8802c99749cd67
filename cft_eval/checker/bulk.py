"""The public path of `BadRow`; the module is `cft_eval.checker.run.bulk`."""

from cft_eval.checker.run.bulk import BadCheckRow, check_many

BadRow = BadCheckRow

__all__ = ["BadRow", "check_many"]
