"""Links to the pages of a long list: the first, the last, and those near the one that is shown."""

from collections.abc import Callable

from cft_eval.leaderboard.pages.common.context import Link


def page_links(page: int, last: int, url: Callable[[int], str]) -> list[Link]:
    """Empty where there is one page alone.

    >>> [link.label for link in page_links(5, 40, str)]
    ['1', '3', '4', '5', '6', '7', '40']
    """
    if last <= 1:
        return []
    near = sorted({1, last, *range(max(1, page - 2), min(last, page + 2) + 1)})
    return [Link(str(each), url(each), each == page) for each in near]
