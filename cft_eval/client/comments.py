"""One comment on a pull request, written once and updated in place: GitHub and GitLab.

    environment of a CI job ── pull_request ──> where ── write ──> the comment's address

The comment is known by a hidden mark at its beginning and by its author, who is the token's own, on
whatever page of the discussion it stands. Nothing is known here of what it says.
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

ACTIONS = "github-actions[bot]"
"""The author of what is written with a workflow's own GITHUB_TOKEN."""

TIMEOUT = httpx.Timeout(30, connect=10)


class NoPullRequest(CftError):
    """The job is of no pull request, or of no CI system that is known."""


class CommentRefused(CftError):
    """The comment could not be written."""


class _Denied(CommentRefused):
    """The token may not do this."""


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

    user: str
    """Address that tells whose the token is."""

    viewer: str | None = None
    """GraphQL's address, which names an app too; GitHub refuses `user` to the token of an app."""


def pull_request(environment: Mapping[str, str] = os.environ) -> PullRequest:
    """That of the CI job that this is; raises `NoPullRequest`."""
    if environment.get("GITLAB_CI") == "true" or "CI_MERGE_REQUEST_IID" in environment:
        return _gitlab(environment)
    if "GITHUB_REPOSITORY" in environment:
        return _github(environment)
    raise NoPullRequest(
        "--comment: not in GitHub Actions or GitLab CI, so there is nothing to comment on"
    )


def _github(environment: Mapping[str, str]) -> PullRequest:
    number = _github_number(environment)
    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN")
    if number is None:
        raise NoPullRequest("--comment: this job has no pull request")
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
    return PullRequest(
        comments=f"{issues}/{number}/comments",
        one=f"{issues}/comments/",
        headers=headers,
        update="PATCH",
        user=f"{api.rstrip('/')}/user",
        viewer=environment.get("GITHUB_GRAPHQL_URL") or f"{api.rstrip('/')}/graphql",
    )


def _github_number(environment: Mapping[str, str]) -> int | None:
    """From the event, or from the ref of a merge that GitHub makes for a pull request."""
    path = environment.get("GITHUB_EVENT_PATH")
    if path and Path(path).is_file():
        try:
            event = json.loads(Path(path).read_bytes())
        except (ValueError, RecursionError) as error:
            raise NoPullRequest(f"--comment: GITHUB_EVENT_PATH={path}: not JSON: {error}") from None
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
        raise NoPullRequest("--comment: this job has no merge request")
    if not token:
        raise NoPullRequest(
            "--comment: GITLAB_TOKEN is not set: a project token with the scope api; the job's own "
            "token may not comment"
        )
    api = (environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4").rstrip("/")
    project = quote(environment.get("CI_PROJECT_ID", ""), safe="")
    notes = f"{api}/projects/{project}/merge_requests/{number}/notes"
    return PullRequest(notes, f"{notes}/", {"PRIVATE-TOKEN": token}, "PUT", user=f"{api}/user")


def mark(name: str) -> str:
    """The hidden line by which a comment is found again."""
    return f"<!-- cft-eval gate {re.sub(r'[^A-Za-z0-9._/-]', '_', name)} -->"


def write(where: PullRequest, body: str, *, name: str) -> str:
    """Update our comment of that ``name``, or write one; its address, as far as it is known.

    Raises `CommentRefused`.
    """
    text = f"{mark(name)}\n{_cut(body)}"
    with _client(where) as http:
        answer = _updated(http, where, text, name=name)
        if answer is None:
            answer = _sent(http, "POST", where.comments, body=text)
    match answer:
        case {"html_url": str(url)}:
            return url
    return where.comments


def update(where: PullRequest, body: str, *, name: str) -> None:
    """Update our comment of that ``name`` where there is one. Raises `CommentRefused`."""
    with _client(where) as http:
        _updated(http, where, f"{mark(name)}\n{_cut(body)}", name=name)


def _client(where: PullRequest) -> httpx.Client:
    headers = {**where.headers, "User-Agent": f"cft-eval/{__version__}"}
    return httpx.Client(headers=headers, timeout=TIMEOUT)


def _updated(http: httpx.Client, where: PullRequest, text: str, *, name: str) -> Any:
    """What the forge answers; None where no comment of ours can be changed."""
    for number in _ours(http, where, mark(name)):
        try:
            return _sent(http, where.update, f"{where.one}{number}", body=text)
        except _Denied:
            continue
    return None


def _ours(http: httpx.Client, where: PullRequest, marked: str) -> Iterator[int]:
    """Ids of our comments that begin with the mark, oldest first, whatever page they are on."""
    author = _author(http, where)
    for page in range(1, MOST_PAGES + 1):
        query = f"?per_page={PAGE}&page={page}&sort=asc&order_by=created_at"
        listed = _sent(http, "GET", where.comments + query)
        if not isinstance(listed, list):
            raise CommentRefused(f"{where.comments}: expected a list of comments")
        for each in listed:
            match each:
                case {"id": int(number), "body": str(body)} if body.startswith(marked):
                    # The mark is no secret: anyone may write it.
                    if author and author == _login(each.get("user") or each.get("author")):
                        yield number
        if len(listed) < PAGE:
            return


def _author(http: httpx.Client, where: PullRequest) -> str | None:
    """Whose the token is; None where that cannot be known, so that no comment is ours."""
    try:
        return _login(_sent(http, "GET", where.user))
    except _Denied:
        if where.viewer is None:
            return None
    try:
        answer = _sent(http, "POST", where.viewer, query="{viewer{login}}")
    except CommentRefused:
        return ACTIONS
    match answer:
        case {"data": {"viewer": account}}:
            return _login(account) or ACTIONS
    return ACTIONS


def _login(account: Any) -> str | None:
    """Its name, as GitHub and as GitLab give one."""
    match account:
        case {"login": str(name)} | {"username": str(name)}:
            return name
    return None


def _sent(http: httpx.Client, method: str, url: str, **sent: str) -> Any:
    try:
        answer = http.request(method, url, json=sent or None)
        answer.raise_for_status()
        return answer.json()
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        said = f"{method} {url.partition('?')[0]}: status {status}"
        if status in _DENIED:
            raise _Denied(f"{said}; may the token write comments? A fork's may not") from None
        raise CommentRefused(said) from None
    except (httpx.HTTPError, ValueError) as error:
        raise CommentRefused(f"{method} {url.partition('?')[0]}: {error}") from None


def _cut(body: str) -> str:
    if len(body) <= MOST_CHARACTERS:
        return body
    return body[:MOST_CHARACTERS].rpartition("\n")[0] + "\n\n(cut: the whole is in the job's files)"
