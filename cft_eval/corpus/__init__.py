"""Grade a corpus of responses again, on one machine or on a Ray cluster.

    files ──> chunks ── an engine ──> a Parquet file of verdicts a chunk ──> a summary

The verdicts are the checker's; this package only brings the rows to it and keeps what it says. It
knows no server and no lm-eval, but the rows of its sample logs.
"""

from cft_eval.corpus.plan import Chunk, Plan
from cft_eval.corpus.regrade import Summary

__all__ = ["Chunk", "Plan", "Summary", "plan", "regrade"]
