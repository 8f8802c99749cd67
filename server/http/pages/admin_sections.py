"""What the pages of the administration show: tables, texts and forms from the server's parts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from cft_eval.checker import POLICIES
from cft_eval.figures import percent, points
from cft_eval.leaderboard.pages.admin.context import (
    AdminCell,
    AdminField,
    AdminForm,
    AdminRow,
    AdminSection,
)
from cft_eval.leaderboard.pages.common.context import Link
from cft_eval.records.runs import ReportRecord, RunRecord, SampleRecord, TaskRecord
from cft_eval.server.access.auth import Scope
from cft_eval.server.access.quotas import Usage
from cft_eval.server.intake.messages import UploadStatus
from cft_eval.server.operate.accounts import KeyStatus, OrganisationStatus, TokenStatus
from cft_eval.server.operate.status import REVIEW, QueuedUpload, ServerStatus
from cft_eval.server.queries.waiting import ClaimDifference, WaitingRun
from cft_eval.server.store.models_work import JobState
from cft_eval.server.work.evaluations import EvaluationStatus

REASON = AdminField("reason", "Reason (public)", "lines")
SERVER = "the server"
UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"))


def text(*values: object) -> list[AdminCell]:
    return [AdminCell("–" if value in (None, "") else str(value)) for value in values]


def day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"


def size(count: int | None) -> str:
    if count is None:
        return "no limit"
    unit, name = next(((u, n) for u, n in UNITS if count >= u), UNITS[-1])
    return f"{count / unit:,.1f} {name}"


def health(status: ServerStatus, *, worker: bool, waits: bool) -> AdminSection:
    store = status.storage_seconds
    facts = [
        ("Grader", "running" if worker else "stopped: restart the server"),
        (
            "Sample storage",
            "not responding" if store is None else f"responds in {store * 1000:.0f} ms",
        ),
        ("Uploads waiting for storage", "yes; they resume once it responds" if waits else "none"),
        ("Queue", f"oldest has waited {status.queue_seconds:,.0f} s"),
        ("Disk", f"{size(status.disk_free_bytes)} free"),
        ("Uploads", _counts(status.uploads)),
        ("Evaluations", _counts(status.evaluations)),
    ]
    rows = [AdminRow(text(name, value)) for name, value in facts]
    return AdminSection("health", "Health", ("What", "State"), rows)


def _counts(by_state: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in by_state.items() if count) or "none"


def queue(uploads: Sequence[QueuedUpload]) -> AdminSection:
    rows = [
        AdminRow(
            [
                AdminCell(
                    each.id[:16],
                    f"/admin/reviews/{each.id}" if each.reason == REVIEW else "",
                    code=True,
                ),
                *text(each.organisation or SERVER, each.uploader, day(each.created), each.state),
                *text(f"{each.graded_rows:,} of {each.rows:,}", each.reason),
            ]
        )
        for each in uploads
    ]
    head = ("Upload", "Organisation", "Uploader", "Announced", "State", "Graded", "Waiting for")
    return AdminSection("queue", "Uploads in progress", head, rows, "No upload is in progress.")


def quotas(usage: Sequence[Usage]) -> AdminSection:
    rows = [
        AdminRow(
            text(
                each.organisation or SERVER,
                size(each.bytes),
                size(each.quota_bytes),
                size(each.checkpoint_bytes),
                size(each.checkpoint_quota_bytes),
            )
        )
        for each in usage
    ]
    head = ("Organisation", "Samples", "Limit", "Checkpoints", "Limit")
    lead = "Limits come from the settings CFT_EVAL_QUOTA_BYTES and CFT_EVAL_CHECKPOINT_QUOTA_BYTES."
    return AdminSection("quotas", "Quotas", head, rows, lead=lead)


def reviews(uploads: Sequence[UploadStatus], models: Sequence[str]) -> AdminSection:
    rows = [
        AdminRow(
            [
                AdminCell(model, f"/admin/reviews/{each.id}"),
                *text(each.organisation or SERVER, f"{each.rows:,}"),
                *text(", ".join(each.partial) or "whole", each.signed_by or "not signed"),
            ]
        )
        for each, model in zip(uploads, models, strict=True)
    ]
    head = ("Model", "Organisation", "Responses", "Partial tasks", "Signature")
    return AdminSection(
        "reviews", "Runs waiting for review", head, rows, "No run is waiting for a review."
    )


def waiting_scores(run: WaitingRun) -> AdminSection:
    differing = {each.task: each for each in run.differences}
    rows = [_task_row(run.upload, task, differing[task.task]) for task in run.record.tasks]
    head = ("Task", "Problems", *POLICIES, "Claimed", "Difference", "Verdicts that differ")
    links = [Link("Go to the decision", "#decision")]
    return AdminSection("scores", "Scores, as graded here", head, rows, links=links)


def _task_row(upload: str, task: TaskRecord, difference: ClaimDifference) -> AdminRow:
    claimed, ours = task.claimed["strict"], task.accuracy["strict"]
    apart = "–" if claimed is None else points(ours - claimed)
    address = f"/admin/reviews/{upload}?{urlencode({'task': task.task})}"
    return AdminRow(
        [
            AdminCell(task.task, address),
            *text(f"{task.items:,} of {task.expected:,}"),
            *text(*(percent(task.accuracy[policy]) for policy in POLICIES)),
            *text(None if claimed is None else percent(claimed), apart),
            *text(f"{difference.differing:,} of {difference.responses:,}"),
        ]
    )


def waiting_facts(run: WaitingRun) -> AdminSection:
    model, signed = run.record.run.model, run.record.signed_by
    facts = [
        ("Uploader", run.uploader),
        ("Organisation", run.organisation or SERVER),
        ("Signature", f"{signed.name} ({signed.key})" if signed else "not signed"),
        ("Base model", model.base_model),
        ("Method", model.method),
        ("Training data", model.training_data),
        ("Evaluated", day(run.record.run.created)),
        ("Engine", run.record.run.engine),
        ("This board's checker", run.record.checker),
    ]
    rows = [AdminRow(text(name, value)) for name, value in facts]
    return AdminSection("facts", "What the uploader says", ("What", "Value"), rows)


def decision(upload: str) -> AdminSection:
    options = (("publish", "publish on the board"), ("reject", "reject"))
    fields = [AdminField("decision", "Decision", "choice", options=options), REASON]
    form = AdminForm(f"/admin/reviews/{upload}", "Decide", fields)
    return AdminSection("decision", "Decision", forms=[form])


def responses(
    upload: str,
    task: str,
    samples: Sequence[SampleRecord],
    *,
    differing: bool,
    links: Sequence[Link] = (),
) -> AdminSection:
    title = "Responses on which the verdicts differ" if differing else "Responses"
    rows = [
        AdminRow(
            [
                AdminCell(
                    f"#{each.index}",
                    f"/admin/reviews/{upload}/samples/{each.place}?{urlencode({'task': task})}",
                ),
                *text(each.verdicts[0].outcome, each.claimed_outcome),
                *text(_short(each.verdicts[0].answer or ""), _short(each.reference)),
                *text(_short(each.response, 200)),
            ]
        )
        for each in samples
    ]
    head = ("Problem", "Verdict here", "Uploader's", "Answer", "Reference", "Response")
    identifier = "differing" if differing else "responses"
    return AdminSection(identifier, f"{title}: {task}", head, rows, "None.", links=links)


def further(address: str, *, start: int, shown: int, of: int) -> list[Link]:
    """To the rows before and after those that are shown."""
    links = []
    if start:
        links.append(Link(f"Previous {shown}", f"{address}&start={max(start - shown, 0)}"))
    if start + shown < of:
        links.append(Link(f"Next {shown} of {of:,}", f"{address}&start={start + shown}"))
    return links


def response(sample: SampleRecord) -> AdminSection:
    verdicts = "\n".join(
        f"{each.policy}: {each.outcome}, answer {each.answer or '–'} ({each.how}) {each.reason}"
        for each in sample.verdicts
    )
    texts = [
        ("Problem", sample.problem),
        ("Reference", sample.reference),
        ("Response", sample.response),
        ("Verdicts here", verdicts),
        ("Uploader's verdict", sample.claimed_outcome),
    ]
    return AdminSection("response", f"Problem #{sample.index}", texts=texts)


def _short(words: str, most: int = 80) -> str:
    return words if len(words) <= most else f"{words[:most]}…"


def runs(records: Sequence[RunRecord], *, more: str) -> AdminSection:
    """``more``: the run that the next page begins after; empty where there is none."""
    rows = [
        AdminRow(
            [
                AdminCell(each.run.model.name, f"/runs/{each.id}"),
                AdminCell(each.id, code=True),
                *text(day(each.graded), each.checker),
            ],
            [AdminForm(f"/admin/runs/{each.id}/withdraw", "Withdraw", [REASON])],
        )
        for each in records
    ]
    head = ("Model", "Run", "Graded", "Checker")
    lead = "A withdrawn run disappears from every list; the audit log keeps it, with the reason."
    links = [Link("More runs", f"/admin/runs?before={quote(more)}")] if more else []
    empty = "No runs yet."
    return AdminSection("runs", "Runs on the board", head, rows, empty, lead=lead, links=links)


def labels(reports: Sequence[ReportRecord]) -> AdminSection:
    rows = [
        AdminRow(
            [
                AdminCell(
                    f"{each.benchmark} #{each.position}",
                    f"/items/{quote(each.benchmark)}/{each.position}",
                ),
                *text(each.kind, _short(each.reference), _short(each.note, 400), day(each.created)),
            ],
            [
                AdminForm(
                    f"/admin/labels/{each.id}/settle",
                    "Answer",
                    [AdminField("answer", "Answer (public)", "lines")],
                )
            ],
        )
        for each in reports
    ]
    head = ("Problem", "What is wrong", "Should be", "Why", "Reported")
    return AdminSection("labels", "Open label reports", head, rows, "No open reports.")


def tokens(listed: Sequence[TokenStatus], organisations: Sequence[str]) -> AdminSection:
    rows = [
        AdminRow(
            [
                *text(each.name, each.organisation or SERVER, ", ".join(each.scopes)),
                *text(each.created_by, day(each.expires)),
                *text(f"revoked {day(each.revoked)}" if each.revoked else "active"),
            ],
            ()
            if each.revoked
            else [AdminForm(f"/admin/tokens/{each.id}/revoke", f"Revoke {each.id}")],
        )
        for each in listed
    ]
    fields = [
        AdminField("name", "Owner or purpose", longest=100),
        _owner(organisations),
        *(AdminField(f"scope_{scope}", scope, "check", required=False) for scope in Scope),
        AdminField("days", "Days", "number", "90"),
    ]
    head = ("Name", "Organisation", "Scopes", "Created by", "Until", "State")
    forms = [AdminForm("/admin/tokens", "Create token", fields)]
    return AdminSection("tokens", "Tokens", head, rows, "No tokens.", forms=forms)


def organisations(listed: Sequence[OrganisationStatus], *, may_make: bool) -> AdminSection:
    rows = [
        AdminRow(text(each.name, "private" if each.private else "public", day(each.created)))
        for each in listed
    ]
    fields = [
        AdminField("name", "Name", longest=63),
        AdminField(
            "private", "Its runs are visible to", "choice", "1",
            options=(("1", "its own tokens only"), ("", "everybody")),
        ),
    ]  # fmt: skip
    forms = [AdminForm("/admin/organisations", "Create or change", fields)] if may_make else ()
    head = ("Name", "Runs", "Created")
    empty = "No organisations."
    return AdminSection("organisations", "Organisations", head, rows, empty, forms=forms)


def keys(listed: Sequence[KeyStatus], organisations: Sequence[str]) -> AdminSection:
    rows = [
        AdminRow(
            [
                AdminCell(each.id, code=True),
                *text(each.name, each.organisation or SERVER, day(each.created)),
                *text(f"revoked {day(each.revoked)}" if each.revoked else "active"),
            ],
            () if each.revoked else [AdminForm(f"/admin/keys/{each.id}/revoke", "Revoke")],
        )
        for each in listed
    ]
    fields = [
        AdminField("name", "Owner", longest=100),
        _owner(organisations),
        AdminField("pem", "Public key (PEM)", "lines"),
    ]
    head = ("Key", "Owner", "Organisation", "Added", "State")
    forms = [AdminForm("/admin/keys", "Add a key", fields)]
    return AdminSection("keys", "Signing keys", head, rows, "No keys.", forms=forms)


def _owner(organisations: Sequence[str]) -> AdminField:
    """The choice of an organisation; an empty name is the server's own."""
    options = tuple((name, name or SERVER) for name in organisations)
    return AdminField("organisation", "Organisation", "choice", options=options)


def jobs(evaluations: Sequence[EvaluationStatus]) -> AdminSection:
    rows = [
        AdminRow(
            [
                AdminCell(each.id, f"/admin/jobs/{each.id}"),
                *text(_source(each), ", ".join(each.request.tasks), each.state, each.attempts),
                *text(each.worker, day(each.created), each.reason),
            ]
        )
        for each in evaluations
    ]
    head = ("Job", "Model", "Tasks", "State", "Attempts", "Worker", "Requested", "Reason")
    return AdminSection("jobs", "Evaluations", head, rows, "No evaluations have been requested.")


def job(evaluation: EvaluationStatus, log: str) -> list[AdminSection]:
    running = evaluation.state in (JobState.QUEUED, JobState.RUNNING)
    forms = [AdminForm(f"/admin/jobs/{evaluation.id}/cancel", "Cancel")] if running else ()
    said = evaluation.request.model_dump(mode="json", exclude_none=True)
    rows = [AdminRow(text(name, value)) for name, value in said.items()]
    asked = AdminSection("asked", "Request", ("What", "Value"), rows, forms=forms)
    return [asked, AdminSection("log", "Log", texts=[("Output of the workers", log or "none yet")])]


def _source(evaluation: EvaluationStatus) -> str:
    request = evaluation.request
    return request.name or request.model or request.path or request.checkpoint or ""
