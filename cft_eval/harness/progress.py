"""How far an evaluation is, task by task, and how long it will take. Pure; the clock is given."""

from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass
class EvaluationProgress:
    """Responses done and wanted of each task."""

    started: float = 0.0
    wanted: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    journalled: int = 0
    """Done in an earlier run: they say nothing of this one's speed."""

    _tasks: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))

    def expect(self, task: str, key: str, *, wanted: int, journalled: int) -> None:
        """A problem of ``task`` with ``wanted`` responses, ``journalled`` of them there already.

        ``key`` is of the request: the prompt, and how it is asked.
        """
        self.wanted[task] = self.wanted.get(task, 0) + wanted
        self.done[task] = self.done.get(task, 0) + journalled
        self.journalled += journalled
        self._tasks[key].extend([task] * (wanted - journalled))

    def note(self, key: str) -> None:
        """A response to the request is there."""
        waiting = self._tasks.get(key)
        if waiting:
            self.done[waiting.popleft()] += 1

    @property
    def left(self) -> int:
        return sum(self.wanted.values()) - sum(self.done.values())

    def line(self, now: float) -> str:
        """One line: what is done of the whole and of each task that has begun, and the rest."""
        done, wanted = sum(self.done.values()), sum(self.wanted.values())
        tasks = ", ".join(
            f"{task} {self.done[task]}/{count}" for task, count in self.wanted.items()
        )
        return f"{done}/{wanted} responses, {self._rest(now)}: {tasks}"

    def _rest(self, now: float) -> str:
        new = sum(self.done.values()) - self.journalled
        if not self.left:
            return "all there"
        if not new or now <= self.started:
            return "time left not known yet"
        return f"about {clock(self.left * (now - self.started) / new)} left"


def clock(seconds: float) -> str:
    """
    >>> clock(7), clock(754), clock(7260)
    ('7 s', '12 min 34 s', '2 h 01 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
