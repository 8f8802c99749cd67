r"""The exact words of the CFT paper: the task, the teacher, and how a critique ends. No torch.

Strings in, strings out. The fields are those of TIGER-Lab/WebInstruct-CFT; LLaMA-Factory, which
trained the paper's models, joins instruction and input by one line end.
"""

import re
from typing import NamedTuple

from cft_eval.checker.extract.critique_verdict import CritiqueVerdict as CritiqueVerdict
from cft_eval.checker.extract.critique_verdict import critique_verdict as critique_verdict

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
