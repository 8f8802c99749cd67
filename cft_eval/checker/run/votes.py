"""Which of several answers are the same one, though they are written differently.

Knows no reference: who is right is another question.
"""

from collections import Counter
from collections.abc import Container, Sequence
from functools import lru_cache
from itertools import combinations

from cft_eval.checker.compare.answers import judge
from cft_eval.checker.run.judging import BUGS
from cft_eval.checker.types.rules import Rules
from cft_eval.checker.types.verdict import Outcome

MOST = 12
"""Different texts that `commonest` compares each with each: those that most have written."""


def pairs(answers: Sequence[str]) -> list[tuple[str, str]]:
    """Each two different texts among ``answers`` once: what must be compared before a vote.

    The order is that of the texts, so that neither who answers first nor an equality that is
    not the same in both directions decides.

    >>> pairs(["3", "", "x=3", "3"])
    [('3', 'x=3')]
    """
    return list(combinations(sorted({answer for answer in answers if answer}), 2))


def votes(answers: Sequence[str], same: Container[tuple[str, str]]) -> list[int | None]:
    """The group that each answer votes for; None for an empty text, which does not vote.

    ``same``: those of the `pairs` that are equal. Equality is not transitive (``x=3`` and ``y=3``
    are both ``3``), so a group is all that is joined by equalities, whoever comes first.

    >>> votes(["x=3", "4", "y=3", "3", ""], {("3", "x=3"), ("3", "y=3")})
    [0, 1, 0, 0, None]
    """
    joined = {answer: {answer} for answer in answers if answer}
    for left, right in pairs(answers):
        if (left, right) in same and joined[left] is not joined[right]:
            joined[left] |= joined[right]
            for answer in joined[right]:
                joined[answer] = joined[left]
    numbers: dict[int, int] = {}
    return [
        numbers.setdefault(id(joined[answer]), len(numbers)) if answer else None
        for answer in answers
    ]


def commonest(answers: Sequence[str]) -> tuple[str, int]:
    r"""The answer that most voters gave, in their commonest writing, and how many they are.

    ``answers`` has one text a voter. What is not equal at a glance, without computer algebra, is
    another answer here. Raises nothing for any text.

    >>> commonest([r"\frac{1}{2}", "0.5", "3", r"\frac12", "0.5"]), commonest([])
    (('0.5', 4), ('', 0))
    """
    written = Counter(text for text in map(str.strip, answers) if text)
    texts = [text for text, _ in written.most_common(MOST)]
    same = {pair for pair in pairs(texts) if _alike(*pair)}
    groups: dict[int | None, list[str]] = {}
    for text, group in zip(texts, votes(texts, same), strict=True):
        groups.setdefault(group, []).append(text)
    counted = [(sum(written[text] for text in group), group[0]) for group in groups.values()]
    number, text = max(counted, key=lambda each: each[0], default=(0, ""))
    return text, number


@lru_cache(maxsize=16_384)  # the same problem is looked at again and again
def _alike(left: str, right: str) -> bool:
    try:
        return judge(left, right, Rules()).outcome is Outcome.CORRECT
    except BUGS:
        return False
