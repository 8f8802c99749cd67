"""One comment on a pull request, written once and updated in place: GitHub and GitLab.

    environment of a CI job ── pull_request ──> where ── write ──> the comment's address

The comment is known by a hidden mark at its beginning, on whatever page of the discussion it
stands. Nothing is known here of what it says.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from cft_eval._version import __version__
from cft_eval.errors import CftError

MOST_CHARACTERS = 60_000
"""GitHub takes 65,536."""

PAGE, MOST_PAGES = 100, 50

_DENIED = (401, 403, 404)

TIMEOUT = httpx.Timeout(30, connect=10)


class NoPullRequest(CftError):
    """The job is of no pull request, or of no CI system that is known."""


class CommentRefused(CftError):
    """The comment could not be written."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """Where the comments of one pull request are read and written."""

    comments: str
    """Address that lists them and takes a new one."""

    one: str
    """Address of a single one, before its id."""

    headers: Mapping[str, str]
    update: str
    """The method that changes one: PATCH on GitHub, PUT on GitLab."""


def pull_request(environment: Mapping[str, str] = os.environ) -> PullRequest:
    """That of the CI job that this is; raises `NoPullRequest`."""
    if environment.get("GITLAB_CI") == "true" or "CI_MERGE_REQUEST_IID" in environment:
        return _gitlab(environment)
    if "GITHUB_REPOSITORY" in environment:
        return _github(environment)
    raise NoPullRequest("--comment: neither GitHub Actions nor GitLab CI: nowhere to comment")


def _github(environment: Mapping[str, str]) -> PullRequest:
    number = _github_number(environment)
    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN")
    if number is None:
        raise NoPullRequest("--comment: this job is of no pull request")
    if not token:
        raise NoPullRequest("--comment: GITHUB_TOKEN is not set: it is ${{ github.token }}")
    api = environment.get("GITHUB_API_URL") or "https://api.github.com"
    repository = quote(environment["GITHUB_REPOSITORY"], safe="/")
    issues = f"{api.rstrip('/')}/repos/{repository}/issues"
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return PullRequest(f"{issues}/{number}/comments", f"{issues}/comments/", headers, "PATCH")


def _github_number(environment: Mapping[str, str]) -> int | None:
    """From the event, or from the ref of a merge that GitHub makes for a pull request."""
    path = environment.get("GITHUB_EVENT_PATH")
    if path and Path(path).is_file():
        event = json.loads(Path(path).read_text(encoding="utf-8"))
        match event:
            case {"pull_request": {"number": int(number)}}:
                return number
            case {"issue": {"number": int(number), "pull_request": _}}:
                return number
    named = re.fullmatch(r"refs/pull/(\d+)/(?:merge|head)", environment.get("GITHUB_REF", ""))
    return int(named[1]) if named else None


def _gitlab(environment: Mapping[str, str]) -> PullRequest:
    number = environment.get("CI_MERGE_REQUEST_IID", "")
    token = environment.get("GITLAB_TOKEN")
    if not number.isdigit():
        raise NoPullRequest("--comment: this job is of no merge request")
    if not token:
        raise NoPullRequest(
            "--comment: GITLAB_TOKEN is not set: a project token with the scope api; the job's own "
            "token may not comment"
        )
    api = environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
    project = quote(environment.get("CI_PROJECT_ID", ""), safe="")
    notes = f"{api.rstrip('/')}/projects/{project}/merge_requests/{number}/notes"
    return PullRequest(notes, f"{notes}/", {"PRIVATE-TOKEN": token}, "PUT")


def mark(name: str) -> str:
    """The hidden line by which a comment is found again."""
    return f"<!-- cft-eval gate {re.sub(r'[^A-Za-z0-9._/-]', '_', name)} -->"


def write(where: PullRequest, body: str, *, name: str) -> str:
    """Update the comment of that ``name``, or write it; its address, as far as it is told.

    Raises `CommentRefused`.
    """
    text = f"{mark(name)}\n{_cut(body)}"
    headers = {**where.headers, "User-Agent": f"cft-eval/{__version__}"}
    with httpx.Client(headers=headers, timeout=TIMEOUT) as http:
        found = next(_ours(http, where, mark(name)), None)
        if found is None:
            answer = _sent(http, "POST", where.comments, body=text)
        else:
            answer = _sent(http, where.update, f"{where.one}{found}", body=text)
    match answer:
        case {"html_url": str(url)}:
            return url
    return where.comments


def _ours(http: httpx.Client, where: PullRequest, marked: str) -> Iterator[int]:
    """Ids of the comments that begin with the mark, oldest first, whatever page they are on."""
    for page in range(1, MOST_PAGES + 1):
        query = f"?per_page={PAGE}&page={page}&sort=asc&order_by=created_at"
        listed = _sent(http, "GET", where.comments + query)
        if not isinstance(listed, list):
            raise CommentRefused(f"{where.comments}: expected a list of comments")
        for each in listed:
            match each:
                case {"id": int(number), "body": str(body)} if body.startswith(marked):
                    yield number
        if len(listed) < PAGE:
            return


def _sent(http: httpx.Client, method: str, url: str, **sent: str) -> Any:
    try:
        answer = http.request(method, url, json=sent or None)
        answer.raise_for_status()
        return answer.json()
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        why = "; may the token write comments? A fork's may not" if status in _DENIED else ""
        raise CommentRefused(f"{method} {url.partition('?')[0]}: status {status}{why}") from None
    except (httpx.HTTPError, ValueError) as error:
        raise CommentRefused(f"{method} {url.partition('?')[0]}: {error}") from None


def _cut(body: str) -> str:
    if len(body) <= MOST_CHARACTERS:
        return body
    return body[:MOST_CHARACTERS].rpartition("\n")[0] + "\n\n(cut: the whole is in the job's files)"
