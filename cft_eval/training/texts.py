r"""The exact words of the CFT paper: the task, the teacher, and how a critique ends. No torch.

Strings in, strings out. The fields are those of TIGER-Lab/WebInstruct-CFT; LLaMA-Factory, which
trained the paper's models, joins instruction and input by one line end.
"""

import re
from enum import StrEnum
from typing import NamedTuple

SYSTEM = "You are a helpful assistant."
"""What the paper trained with, in both methods. The tasks ask with another one."""

INSTRUCTION = "Please critique whether the following solution to the question is correct."
TEACHER_SYSTEM = (
    "You are a science expert. A student is trying to solve a question, please explain briefly "
    "whether his solution is correct or not. Finally, conclude your judgement with "
    "'Conclusion: right/wrong [END]'."
)
STUDENT_SYSTEM = (
    "You are a science expert. You need to answer a given question clearly and conclude your "
    "answer with 'Answer: [YOUR ANSWER]'"
)
END_MARK = "[END]"


class Fields(NamedTuple):
    """One row as WebInstruct-CFT publishes it."""

    instruction: str
    input: str
    output: str


def fields(question: str, response: str, critique: str) -> Fields:
    r"""A row in the published form.

    >>> fields("1+1?", "3", "No. Conclusion: wrong [END]").input
    'Question:\n1+1?\n\nSolution:\n3\n'
    """
    return Fields(
        instruction=INSTRUCTION + "\n\n",
        input=f"Question:\n{question}\n\nSolution:\n{response}\n",
        output=f"Critique:\n{critique}",
    )


def user_text(instruction: str, input_: str) -> str:
    """What the model is asked: the two fields that are not empty, by one line end."""
    return "\n".join(part for part in (instruction, input_) if part)


def teacher_text(question: str, response: str) -> str:
    """What the teacher is asked, below `TEACHER_SYSTEM`."""
    return f"\nQuestion: {question}\n\nSolution: {response}\n"


_ASKED = re.compile(r"Question:\n(?P<question>.*?)\n+Solution:\n(?P<response>.*)", re.DOTALL)


def question_and_response(message: str) -> tuple[str, str] | None:
    r"""Take the two apart again, or None where the text is not in the paper's form.

    >>> question_and_response(fields("1+1?", "3", "").input)
    ('1+1?', '3')
    """
    match = _ASKED.search(message)
    return (match["question"].strip(), match["response"].strip()) if match else None


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
    r"(?:\b(?:not|never|cannot|hardly|nothing|far from|anything but)\b|n['\u2019]t\b)"
    r"[^.;:,\n]{0,40}$",
    re.IGNORECASE,
)
_NO = re.compile(r"\bno\s+$", re.IGNORECASE)
"""``no wrong step``: what there is none of is no verdict."""

_NEITHER = re.compile(r"\bneither\b[^.;\n]{0,20}$", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|;")
_CONTRAST = re.compile(r"\b(?:but|however|yet|nevertheless|nonetheless|except)\b", re.IGNORECASE)
_CONCESSION = re.compile(
    r"\b(?:although|though|even if|even though|while|despite|in spite of)\b", re.IGNORECASE
)


def judgement(critique: str) -> CritiqueVerdict:
    r"""Read the verdict after the last "Conclusion"; a box in the critique says nothing of it.

    The first sentence with a verdict word counts, unlike upstream, where any later "wrong" wins
    and silence means wrong; "not", "far from" and their like turn a word, and "the correct answer"
    is no verdict. Of two words the one that concludes counts: that behind "but", in this sentence
    or at the start of the next, not that behind "although". Two words without either,
    "right/wrong" and "neither" are no verdict.

    >>> judgement(r"\boxed{12}. **Conclusion: right [END]**").value
    'right'
    >>> judgement("Conclusion: mostly right, but the final answer is wrong").value
    'wrong'
    >>> judgement("It is correct.").value
    'none'
    """
    *_, last = _CONCLUSION.split(critique)
    if len(last) == len(critique) or _BOTH.match(last):
        return CritiqueVerdict.NONE
    verdict = CritiqueVerdict.NONE
    for sentence in _SENTENCE.split(last):
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
        if _NO.search(before) or (noun and re.search(r"\b(?:the|a)\s+$", before, re.IGNORECASE)):
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
