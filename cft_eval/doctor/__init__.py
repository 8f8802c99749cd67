"""Look over an environment: what is installed, what is broken, and what mends it.

    checks ── one thing each ──> findings: ok, note or broken, with the fix

Nothing is installed or changed. Torch, lm-eval and what else is heavy are looked at from outside;
only what the base needs is imported, to see whether it can be.
"""

from cft_eval.doctor.checks import CHECKS, examine
from cft_eval.doctor.findings import Finding, FindingState

__all__ = ["CHECKS", "Finding", "FindingState", "examine", "versions"]
