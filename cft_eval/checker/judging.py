"""The public path of `UnknownPolicy`; the module is `cft_eval.checker.run.judging`."""

from cft_eval.checker.run.judging import UnknownPolicy, check, equal

__all__ = ["UnknownPolicy", "check", "equal"]
