"""What a gate reports about itself when its baseline is calibrated, and what it then refuses.

The numbers come from `gate.calibrate`. An OK is worth what is promised of it: where the team's own
runs show that the promise is broken at this margin, or that they vary by more than the gate
expects, which holds at any margin, the answer is INCONCLUSIVE, with what to do.
"""

from dataclasses import replace

from cft_eval.figures import percent
from cft_eval.gate.decide import LETTER_FOR_LETTER, REFUSED, GateDecision, Report
from cft_eval.results import Calibration, ReplayRate

WHAT_TO_DO = (
    "give several runs of each recipe (`--seeds`), or calibrate again with more runs "
    "(`cft-eval gate calibrate`)"
)


def applies(calibration: Calibration, *, margin: float, alpha: float) -> bool:
    """Whether its rates were measured at this margin and alpha; of others they say nothing."""
    return abs(calibration.margin - margin) < 1e-9 and abs(calibration.alpha - alpha) < 1e-9


def remarks(calibration: Calibration, *, margin: float, alpha: float) -> tuple[str, ...]:
    """The sentences that a report carries."""
    runs = f"{calibration.runs} {'passes of a run' if calibration.passes else 'runs'}"
    if not applies(calibration, margin=margin, alpha=alpha):
        return (
            f"calibrated on {runs} at margin {100 * calibration.margin:g} and alpha "
            f"{calibration.alpha:g}: how often the gate errs at margin {100 * margin:g} and alpha "
            f"{alpha:g} was not measured; calibrate again",
        )
    first = (
        f"calibrated on {runs} with {responses(calibration.repeats)} a problem: false alarms "
        f"{share(calibration.false_alarms)}"
    )
    wrong = calibration.wrong_ok
    if wrong is not None:
        first += f", OK despite a drop of {down(margin)} {share(wrong)}"
    return (f"{first}; promised: {100 * alpha:g}% each",)


def share(rate: ReplayRate) -> str:
    return f"{percent(rate.rate)}% [{percent(rate.low)}, {percent(rate.high)}]"


def responses(number: int) -> str:
    return "one response" if number == 1 else f"{number} responses"


def down(drop: float) -> str:
    return "1 point" if abs(drop - 0.01) < 1e-12 else f"{100 * drop:g} points"


def held(report: Report, calibration: Calibration | None) -> Report:
    """The report with what was measured; an OK that was measured to be worth less is none.

    Where all responses are the same, letter for letter, no error rate can touch it.
    """
    if calibration is None or not report.rows:
        return report
    margin, alpha = report.margin, report.alpha
    said = remarks(calibration, margin=margin, alpha=alpha)
    report = replace(report, remarks=(*report.remarks, *said))
    measured_here = applies(calibration, margin=margin, alpha=alpha)
    broken = calibration.broken if measured_here else calibration.unlike
    if not broken:
        return report
    if report.decision is not GateDecision.OK or report.reason.endswith(LETTER_FOR_LETTER):
        return replace(report, remarks=(*report.remarks, f"measured: {'; '.join(broken)}"))
    reason = f"{REFUSED}: on runs of equal models, {'; '.join(broken)}; {WHAT_TO_DO}"
    return replace(report, decision=GateDecision.INCONCLUSIVE, reason=reason)
