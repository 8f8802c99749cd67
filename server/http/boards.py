"""The scores of all runs as boards read them, cached until a run is published."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

from cft_eval.leaderboard.data.frames import Scores
from cft_eval.leaderboard.data.suites import Suite
from cft_eval.leaderboard.pages.board.builder import Every
from cft_eval.records.runs import Graded
from cft_eval.render.tex import formula
from cft_eval.results import Policy
from cft_eval.server.access.auth import Viewer
from cft_eval.server.queries.scores import ScoreQueries
from cft_eval.server.store.cache import Revision, RevisionCache

LARGE = 500
"""Runs of a board whose scores are read before the first visitor: half a second and more."""

WARM = "warm a board"
"""The thread that reads the scores of a large board at a start."""


@dataclass(frozen=True, slots=True)
class BoardScores:
    """The scores of the runs that one viewer sees."""

    queries: ScoreQueries
    cache: RevisionCache[Viewer, Every]
    large: int = LARGE

    def every_policy(self, revision: Revision | None = None) -> Every:
        """The scores under every policy: the latest, or on a large board those before them.
        ``revision`` is the catalog's, where it was just asked for."""
        now = revision or self.queries.catalog.revision()
        return self.cache.get(self._viewer, now, self._read)

    def newest(self, policy: Policy) -> Scores:
        """The latest scores under one policy, whatever it takes to read them."""
        revision = self.queries.catalog.revision()
        return self.cache.wait(self._viewer, revision, self._read).scores[policy]

    def lag(self, revision: Revision) -> bool:
        """Whether a visitor is shown scores before those of ``revision``, since reading is slow."""
        return self.cache.lags(self._viewer, revision)

    def warm(self, then: Callable[[], object] = lambda: None) -> None:
        """Do in a thread what the first visitor would wait for: load what draws formulas, and read
        the scores of a large board, and ``then`` what is made of them."""
        large = self.queries.catalog.revision()[0] >= self.large
        Thread(target=self._warm, args=(large, then), daemon=True, name=WARM).start()

    def _warm(self, large: bool, then: Callable[[], object]) -> None:
        formula("x^2")
        if large:
            self.every_policy()
            then()
            # Hundreds of thousands of records that stay: else each full collection looks at them
            # all, in the middle of somebody's page.
            gc.collect()
            gc.freeze()

    @property
    def _viewer(self) -> Viewer:
        return self.queries.catalog.viewer

    def _read(self) -> Every:
        read = self.queries.scores()
        strict = Scores(read.records)
        # Where policies agree on every run, as on most small boards, their tables are made once.
        made: dict[tuple[Graded, ...], Scores] = {}
        for graded in map(tuple, read.graded.values()):
            if graded not in made:
                made[graded] = strict.regraded(graded)
        every = Every({policy: made[tuple(graded)] for policy, graded in read.graded.items()})
        every.boards(Suite.SUITE)
        return every.prepare() if len(strict.frame) >= self.large else every
