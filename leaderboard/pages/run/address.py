"""Addresses of a run's page and of its responses, with what they show."""

from urllib.parse import urlencode

from cft_eval.records.runs import SampleRecord
from cft_eval.results import Policy


class Address:
    """Links to a run's page with another task or filter, and to its responses."""

    def __init__(self, path: str, task: str, policy: Policy, outcome: str) -> None:
        self.path, self.policy = path, policy
        self._parts = {"task": task, "policy": policy, "outcome": outcome}

    def url(self, **changes: str | int) -> str:
        return f"{self.path}?{self._query(**changes)}#samples"

    def page(self, **changes: str | int) -> str:
        """The top of the run's page."""
        return self.url(**changes).removesuffix("#samples").removesuffix("?")

    def sample(self, number: int, **changes: str | int) -> str:
        """The address of a response, with the list that it stands in."""
        return f"{self.path}/samples/{number}?{self._query(**changes)}"

    def compare(self, run: str) -> str:
        """The page that asks with which run to compare this one."""
        policy = {} if self.policy in _PLAIN else {"policy": self.policy}
        return f"/compare?{urlencode({'run': run, **policy})}"

    def _query(self, **changes: str | int) -> str:
        parts = {**self._parts, **changes}
        return urlencode({name: value for name, value in parts.items() if value not in _PLAIN})


_PLAIN: tuple[str | int, ...] = ("", "strict")
"""Values that go without saying."""


def sample_url(run: str, task: str, number: int, policy: Policy = "strict") -> str:
    """The address of a response, graded by ``policy``."""
    query = {"task": task} if policy == "strict" else {"task": task, "policy": policy}
    return f"/runs/{run}/samples/{number}?{urlencode(query)}"


def api_url(run: str, sample: SampleRecord) -> str:
    """Where the API has a response, all of it."""
    query = {"task": sample.task, "cursor": sample.place, "limit": 1}
    return f"/api/v1/runs/{run}/samples?{urlencode(query)}"
