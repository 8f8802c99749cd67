"""Compare runs problem by problem, and fail a build on a real regression."""

from cft_eval.gate.compare import Compared, Comparison, Discordant, Weighted, discordant, sampled
from cft_eval.gate.decide import Decision, GateDecision, Report, Row, undecided
from cft_eval.gate.escalate import Escalation, Need, Step, look
from cft_eval.gate.fingerprint import Mismatch, mismatches
from cft_eval.gate.machine import as_annotations, as_badge, as_json, as_junit
from cft_eval.gate.ranking import Between, Ranking, rank
from cft_eval.gate.report import as_markdown, as_text, headline

__all__ = [
    "Between",
    "Compared",
    "Comparison",
    "Decision",
    "Discordant",
    "Escalation",
    "GateDecision",
    "Mismatch",
    "Need",
    "Ranking",
    "Report",
    "Row",
    "Step",
    "Weighted",
    "as_annotations",
    "as_badge",
    "as_json",
    "as_junit",
    "as_markdown",
    "as_text",
    "discordant",
    "headline",
    "look",
    "mismatches",
    "rank",
    "sampled",
    "undecided",
]
