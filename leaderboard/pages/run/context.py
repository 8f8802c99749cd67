"""The pages of one run and of one response."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cft_eval.leaderboard.pages.common.context import Cell, Link
from cft_eval.leaderboard.pages.run.address import Address
from cft_eval.leaderboard.pages.run.repeats import RepeatRow
from cft_eval.records.runs import RunRecord, SampleRecord
from cft_eval.render.text import REPORT_KINDS


@dataclass(frozen=True, slots=True)
class RunTaskRow:
    task: str
    benchmark: str
    title: str
    public_since: str
    """A model that learnt from older texts alone has not seen the problems; empty: all may have."""

    url: str
    counted: str
    partial: bool
    scores: Sequence[Cell]
    """By policy: what was recomputed; the note is the claim where it differs."""

    bar: Markup
    outcomes: Markup
    counts: Mapping[str, str]
    contested: str
    """Responses that not every policy calls the same."""

    tokens: str
    """Mean tokens of a response; a dash where the engine did not count."""

    troubles: Sequence[tuple[str, str]]
    """What stopped responses from being right or wrong: a name, and a number with its share."""


@dataclass(frozen=True, slots=True)
class SliceRow:
    """The problems of one level or subject."""

    kind: str
    name: str
    problems: str
    score: Cell
    bar: Markup
    mark: str
    """better or worse than the rest of the task, beyond chance; empty where it is not."""

    q: str
    """p adjusted by Benjamini and Hochberg over all slices shown."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What the whole run comes to."""

    mean: str
    """Of the six test sets under the policy; empty where the run lacks one, or has a part."""

    interval: str
    rank: str
    """Among the runs of its protocol; empty where it has none."""

    ranked: str
    """How many runs that are."""

    band: str
    """The lowest and the highest mean that a policy gives; empty where all give the same."""

    contested: str
    """Responses that not every policy calls the same, of all."""

    contested_url: str
    tokens: str
    """Mean tokens of a response; empty where the engine did not count."""


@dataclass(frozen=True, slots=True)
class RunContext:
    record: RunRecord
    overview: RunSummary
    model_url: str
    claims: str
    """What the upload claimed, in a sentence."""

    repeats: Sequence[RepeatRow]
    """pass@k and maj@k of the task shown; empty where each problem was asked once."""

    model: str
    method: str
    about: str
    policies: Sequence[str]
    policy: str
    """The one by which responses, slices and bars are graded here."""

    policy_links: Sequence[Link]
    tasks: Sequence[RunTaskRow]
    facts: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    """Provenance in groups: name and value, "not recorded" where nothing is known."""

    settings: Sequence[tuple[str, Sequence[str]]]
    """A row a fact, a value a task."""

    command: str
    command_note: str
    """What the command does not know; empty where it is whole."""

    disputed: str
    partial: bool
    slices: Sequence[SliceRow]
    sliced: str
    """The task that the slices are of."""

    task_links: Sequence[Link]
    outcome_links: Sequence[Link]
    samples: Sequence[SampleRecord]
    address: Address
    """Of the list, from which each response has its own."""

    repeated: Collection[str]
    """Tasks with several responses to a problem."""

    total: str
    next_url: str
    first_url: str
    compare_url: str
    badge_url: str
    badge: str
    """The score on the badge."""

    badge_markdown: str
    """The badge with its link, for a model card."""


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What a report of a wrong label sends along unseen."""

    benchmark: str
    position: int
    run: str
    task: str
    place: int
    kinds: Sequence[tuple[str, str]] = tuple(REPORT_KINDS.items())


@dataclass(frozen=True, slots=True)
class SampleContext:
    run_id: str
    model: str
    run_url: str
    sample: SampleRecord
    outcome: str
    outcome_name: str
    policy: str
    """Whose outcome that is; empty where it is the strict one."""

    repeat: str
    title: str
    problem: Markup
    reference: Markup
    start: Markup
    """The beginning of a long response; empty where all of it is in ``end``."""

    folded: Markup
    folded_characters: str
    end: Markup
    """The end, with the answer marked."""

    marked: bool
    """Whether the answer stands in what is shown."""

    drawn: bool
    style_links: Sequence[Link]
    """Mathematics drawn, or as it was written."""

    cut: str
    """Characters of the response that are not shown."""

    api_url: str
    filter_name: str
    """The list that previous and next walk along; empty for all responses."""

    previous_url: str
    next_url: str
    item_url: str
    form: ReportForm
