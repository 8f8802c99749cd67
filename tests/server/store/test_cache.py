"""Who waits for what is made of all runs, and who gets the former value."""

from threading import Event

from cft_eval.server.store.cache import RevisionCache


def test_what_took_long_once_is_waited_for_when_it_is_quick() -> None:
    """The first read of a server is slow, and says nothing of the next."""
    cache: RevisionCache[str, str] = RevisionCache(most=2, patience=30.0)
    cache.wait("board", (1, 0), lambda: "old")
    assert cache.get("board", (2, 0), lambda: "new", slow=True) == "new"


def test_what_takes_long_is_not_waited_for() -> None:
    cache: RevisionCache[str, str] = RevisionCache(most=2, patience=0.01)
    go = Event()

    def slow() -> str:
        go.wait(30)
        return "new"

    cache.wait("board", (1, 0), lambda: "old")
    assert cache.get("board", (2, 0), slow, slow=True) == "old"
    # Nobody else waits, and nobody makes it twice.
    assert cache.get("board", (2, 0), slow, slow=True) == "old"
    go.set()
    assert cache.wait("board", (2, 0), lambda: "never made") == "new"
