"""Look over an environment: what is installed, what is broken, and what mends it.

    checks ── one thing each ──> findings: ok, note or broken, with the fix

Nothing is installed, started or changed; no heavy package is imported.
"""

from cft_eval.doctor.checks import CHECKS, Finding, State, examine
from cft_eval.doctor.versions import versions

__all__ = ["CHECKS", "Finding", "State", "examine", "versions"]
