"""The verdict of a critique: what it says of a solution, read from its last "Conclusion".

Text in, a verdict out. Training data, teachers' audits and the critique tasks read it alike.
"""

import re
from enum import StrEnum


class CritiqueVerdict(StrEnum):
    """What a critique says of the solution."""

    RIGHT = "right"
    WRONG = "wrong"
    NONE = "none"


_CONCLUSION = re.compile(r"conclusion", re.IGNORECASE)
_BOTH = re.compile(r"\W*(right\s*(/|or)\s*wrong|correct\s*(/|or)\s*incorrect)", re.IGNORECASE)
_WORD = re.compile(r"\b(right|correct|wrong|incorrect)\b", re.IGNORECASE)
_NOUN = re.compile(
    r"\s+(?:answer|value|result|one|choice|option|formula|method|approach|number|solution is)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:\b(?:not(?! only\b)|never|cannot|hardly|nothing|far from|anything but"
    r"|fail(?:s|ed)? to be)\b|n['\u2019]t\b)"
    r"[^.;:,\n]{0,40}$",
    re.IGNORECASE,
)
_NO = re.compile(r"\bno\s+$", re.IGNORECASE)
"""``no wrong step``: what there is none of is no verdict."""

_OPEN = re.compile(
    r"\b(?:whether|(?:say|tell|know|sure|clear) if)\b[^.;:,\n]{0,40}$", re.IGNORECASE
)
"""``I cannot say whether it is right``: a question, though no mark of one follows."""

_PARTLY = re.compile(r"\b(?:partially|partly|half|almost|nearly)[\s-]+$", re.IGNORECASE)
"""What is partly right is not right, nor said to be wrong."""

_NEITHER = re.compile(r"\bneither\b[^.;\n]{0,20}$", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|;")
_CONTRAST = re.compile(r"\b(?:but|however|yet|nevertheless|nonetheless|except)\b", re.IGNORECASE)
_CONCESSION = re.compile(
    r"\b(?:although|though|even if|even though|while|despite|in spite of)\b", re.IGNORECASE
)


def critique_verdict(critique: str) -> CritiqueVerdict:
    r"""Read the verdict after the last "Conclusion"; a box in the critique says nothing of it.

    The first sentence with a verdict word counts, unlike upstream, where any later "wrong" wins
    and silence means wrong; "not", "far from" and their like turn a word, and "the correct answer"
    is no verdict, nor is "partly right" or a question. Of two words the one that concludes counts:
    that behind "but", in this sentence or at the start of the next, not that behind "although".
    Two words without either, "right/wrong" and "neither" are no verdict.

    >>> critique_verdict(r"\boxed{12}. **Conclusion: right [END]**").value
    'right'
    >>> critique_verdict("Conclusion: mostly right, but the final answer is wrong").value
    'wrong'
    >>> critique_verdict("It is correct.").value
    'none'
    """
    *_, last = _CONCLUSION.split(critique)
    if len(last) == len(critique) or _BOTH.match(last):
        return CritiqueVerdict.NONE
    verdict = CritiqueVerdict.NONE
    for sentence in _SENTENCE.split(last):
        if sentence.rstrip("* ").endswith("?"):
            continue
        words = _verdict_words(sentence)
        if words is None:
            return CritiqueVerdict.NONE
        if words and (verdict is CritiqueVerdict.NONE or _CONTRAST.match(sentence.lstrip("* "))):
            verdict = _concluding(sentence, words)
            if verdict is CritiqueVerdict.NONE:
                return verdict
    return verdict


def _verdict_words(sentence: str) -> list[tuple[int, CritiqueVerdict]] | None:
    """What the verdict words of a sentence say, with where they stand; None for "neither"."""
    words = []
    for word in _WORD.finditer(sentence):
        before = sentence[max(0, word.start() - 60) : word.start()]
        if _NEITHER.search(before):
            return None
        noun = _NOUN.match(sentence, word.end())
        if _NO.search(before) or _OPEN.search(before):
            continue
        is_right = word[1].lower() in ("right", "correct")
        if is_right and _PARTLY.search(before):
            continue
        if noun and re.search(r"\b(?:the|a)\s+$", before, re.IGNORECASE):
            continue
        right = (word[1].lower() in ("right", "correct")) != bool(_DENIED.search(before))
        words.append((word.start(), CritiqueVerdict.RIGHT if right else CritiqueVerdict.WRONG))
    return words


def _concluding(sentence: str, words: list[tuple[int, CritiqueVerdict]]) -> CritiqueVerdict:
    """The verdict of a sentence with these verdict words, in their order."""
    (first, verdict), (last, at_last) = words[0], words[-1]
    if len({each for _, each in words}) == 1:
        return verdict
    if _CONTRAST.search(sentence, first, last):
        return at_last
    concession = _CONCESSION.search(sentence)
    if concession is None:
        return CritiqueVerdict.NONE
    # "Although …, it is wrong" concludes behind the concession; "right, though …" before it.
    return at_last if concession.start() < first else verdict
