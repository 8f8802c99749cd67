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
    r"(?:\b(?:not|never|cannot|hardly)\b|n['\u2019]t\b)[^.;:,\n]{0,40}$", re.IGNORECASE
)
_NEITHER = re.compile(r"\bneither\b[^.;\n]{0,20}$", re.IGNORECASE)


def judgement(critique: str) -> CritiqueVerdict:
    r"""Read the verdict after the last "Conclusion"; a box in the critique says nothing of it.

    The first verdict word counts, unlike upstream, where any "wrong" later in the sentence wins
    and silence means wrong; "not", "never" and their like turn it, and "the correct answer" is no
    verdict. A teacher that repeats "right/wrong", or says "neither", has not judged.

    >>> judgement(r"\boxed{12}. **Conclusion: right [END]**").value
    'right'
    >>> judgement("Critique Conclusion: Incorrect").value
    'wrong'
    >>> judgement("It is correct.").value
    'none'
    """
    *_, last = _CONCLUSION.split(critique)
    if len(last) == len(critique) or _BOTH.match(last):
        return CritiqueVerdict.NONE
    for word in _WORD.finditer(last):
        before = last[max(0, word.start() - 60) : word.start()]
        if _NEITHER.search(before):
            return CritiqueVerdict.NONE
        if _NOUN.match(last, word.end()) and re.search(r"\b(?:the|a)\s+$", before, re.IGNORECASE):
            continue
        positive = word[1].lower() in ("right", "correct")
        return (
            CritiqueVerdict.RIGHT
            if positive != bool(_DENIED.search(before))
            else CritiqueVerdict.WRONG
        )
    return CritiqueVerdict.NONE
