"""What the page of one response prints."""

from urllib.parse import urlencode

from cft_eval.leaderboard.data.frames import title
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.run.builder import FILTERS, Address
from cft_eval.leaderboard.pages.run.context import ReportForm, SampleContext, VerdictRow
from cft_eval.leaderboard.pages.run.response import SHOWN, shown
from cft_eval.records.runs import RunRecord, SampleRecord, VerdictRecord
from cft_eval.render.tex import formula, typeset
from cft_eval.render.text import DASH, NAME, OUTCOME_NAMES, POLICY_NAMES, count, short
from cft_eval.results import Policy

LONG = 2_000
"""Characters of an answer or a reason."""


def sample_context(
    record: RunRecord,
    sample: SampleRecord,
    *,
    policy: Policy,
    show: str,
    around: tuple[int | None, int | None],
    drawn: bool,
) -> SampleContext:
    """The page of ``sample``; ``around`` are the numbers before and after it in the list ``show``
    of the policy."""
    address = Address(f"/runs/{record.id}", sample.task, policy, show)
    verdict = next(each for each in sample.verdicts if each.policy == policy)
    several = any(each.task == sample.task and each.repeats > 1 for each in record.tasks)
    parts = shown(sample.response, sample.mark, drawn=drawn)
    style: dict[str, str | int] = {} if drawn else {"as": "text"}
    before, after = ("" if at is None else address.sample(at, **style) for at in around)
    return SampleContext(
        run_id=record.id,
        model=short(record.run.model.name, NAME),
        run_url=address.url(),
        sample=sample,
        outcome=verdict.outcome,
        outcome_name=OUTCOME_NAMES[verdict.outcome],
        policy="" if policy == "strict" else POLICY_NAMES[policy],
        repeat=f"repeat {sample.repeat}" if several else "",
        title=title(sample.benchmark),
        problem=typeset(short(sample.problem, SHOWN)),
        reference=formula(short(sample.reference, SHOWN)),
        start=parts.start,
        folded=parts.folded,
        folded_characters=count(parts.folded_characters),
        end=parts.end,
        marked=parts.marked,
        drawn=drawn,
        style_links=[
            Link("drawn", address.sample(sample.place), drawn),
            Link("as written", address.sample(sample.place, **{"as": "text"}), not drawn),
        ],
        cut=count(parts.cut) if parts.cut else "",
        api_url=api_url(record.id, sample),
        verdicts=[_verdict(verdict) for verdict in sample.verdicts],
        filter_name=FILTERS[show] if show else "",
        previous_url=before,
        next_url=after,
        item_url=f"/items/{sample.benchmark}/{sample.index}",
        form=ReportForm(sample.benchmark, sample.index, record.id, sample.task, sample.place),
    )


def sample_url(run: str, task: str, number: int, policy: Policy = "strict") -> str:
    """The address of a response, graded by ``policy``."""
    query = {"task": task} if policy == "strict" else {"task": task, "policy": policy}
    return f"/runs/{run}/samples/{number}?{urlencode(query)}"


def api_url(run: str, sample: SampleRecord) -> str:
    """Where the API has a response, all of it."""
    query = {"task": sample.task, "cursor": sample.place, "limit": 1}
    return f"/api/v1/runs/{run}/samples?{urlencode(query)}"


def _verdict(verdict: VerdictRecord) -> VerdictRow:
    return VerdictRow(
        POLICY_NAMES[verdict.policy],
        verdict.outcome,
        OUTCOME_NAMES[verdict.outcome],
        short(verdict.answer or DASH, LONG),
        verdict.how.replace("_", " "),
        short(verdict.reason, LONG),
    )
