"""What the page of one response prints."""

from cft_eval.leaderboard.data.suites import title
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.leaderboard.pages.run.address import Address, api_url
from cft_eval.leaderboard.pages.run.builder import FILTERS
from cft_eval.leaderboard.pages.run.context import ReportForm, SampleContext
from cft_eval.leaderboard.pages.run.response import SHOWN, shown
from cft_eval.records.runs import RunRecord, SampleRecord
from cft_eval.render.tex import formula, typeset
from cft_eval.render.text import NAME, OUTCOME_NAMES, POLICY_NAMES, count, short
from cft_eval.results import Policy


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
    verdict = sample.under(policy)
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
        filter_name=FILTERS[show] if show else "",
        previous_url=before,
        next_url=after,
        item_url=f"/items/{sample.benchmark}/{sample.index}",
        form=ReportForm(sample.benchmark, sample.index, record.id, sample.task, sample.place),
    )
