"""Another name of `cft_eval.results.repeats`, kept for those who import it."""

from cft_eval.results.repeats import average, majority, pass_at

__all__ = ["average", "majority", "pass_at"]
