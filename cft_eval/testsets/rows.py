"""From one row of a data set, in the fields of its source, to the problem and its reference.

One function a layout. A row that lacks a field or its reference is a `BadRow` that names the
field: a silent default would be a wrong score.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cft_eval.errors import CftError

Row = Mapping[str, object]

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*")


class BadRow(CftError):
    """A row that is not what its source promises."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a row says, whatever its fields are called."""

    problem: str
    reference: str
    level: str | None = None
    subject: str | None = None
    solution: str = ""


def math(row: Row) -> Content:
    """MATH: the reference is the last box of the solution (`answer` is wrong in one row)."""
    return Content(
        problem=_text(row, "problem"),
        reference=last_box(_text(row, "solution")),
        level=_text(row, "level"),
        subject=_text(row, "subject" if "subject" in row else "type"),
        solution=_text(row, "solution"),
    )


def math500(row: Row) -> Content:
    """MATH-500: a field `answer`, and the level as a bare number."""
    return Content(
        problem=_text(row, "problem"),
        reference=_text(row, "answer"),
        level=f"Level {_text(row, 'level')}",
        subject=_text(row, "subject"),
        solution=_text(row, "solution"),
    )


def gsm8k(row: Row) -> Content:
    """GSM8K: the reference stands after `####`."""
    rationale, mark, reference = _text(row, "answer").rpartition("####")
    if not mark:
        raise BadRow("answer: no #### in it")
    return Content(_text(row, "question"), reference.strip(), solution=rationale.strip())


def minerva(row: Row) -> Content:
    """Minerva-Math as Qwen and CFT read it: the one box of the solution."""
    return Content(
        problem=_text(row, "problem"),
        reference=last_box(_text(row, "solution")),
        subject=_text(row, "type"),
        solution=_text(row, "solution"),
    )


def olympiadbench(row: Row) -> Content:
    """OlympiadBench: one string holds all answers; `known.rules_of` has the items' own rules."""
    answers = row.get("final_answer")
    if not isinstance(answers, list) or len(answers) != 1 or not isinstance(answers[0], str):
        raise BadRow(f"final_answer: expected a list of one string, got {answers!r}")
    solutions = row.get("solution")
    return Content(
        problem=_text(row, "question"),
        # `$1$,$2$`: the dollars only switch LaTeX into mathematics, which an answer is in already.
        reference=answers[0].replace("$", "").strip(),
        subject=_text(row, "subfield"),
        solution="\n\n".join(map(str, solutions)) if isinstance(solutions, list) else "",
    )


def question_and_answer(row: Row) -> Content:
    """`question` and `answer`: math-ai's copies, and AMC23, whose answers are floats."""
    return Content(_text(row, "question"), _plain(row, "answer"))


def question_or_problem(row: Row) -> Content:
    """A contest's problem under either name, and its `answer`: MathArena, math-ai, OpenCompass."""
    return Content(_text(row, "problem" if "problem" in row else "question"), _plain(row, "answer"))


def problem_and_answer(row: Row) -> Content:
    """`problem` and `answer`: AIME24, whose answers are strings with leading zeros."""
    solution = row.get("solution")
    return Content(
        _text(row, "problem"),
        _plain(row, "answer"),
        solution=solution if isinstance(solution, str) else "",
    )


def aime(row: Row) -> Content:
    """AIME24 in a file: as the hub has it, or as Maxwell-Jia writes it, `Problem` and `Answer`."""
    if "Problem" in row and "problem" not in row:
        return Content(_text(row, "Problem"), _plain(row, "Answer"))
    return problem_and_answer(row)


def problem_and_box(row: Row) -> Content:
    """`problem` and a box in `solution`: math-ai/aime24."""
    return Content(_text(row, "problem"), last_box(_text(row, "solution")))


RIGHT, WRONG = "right solution", "wrong solution"
"""The level of an item about a solution: which one was given."""

SOUND = "-1"
"""ProcessBench's label of a solution without a wrong step."""


def processbench(row: Row) -> Content:
    """ProcessBench: a problem with a solution in tagged steps; the label is the first wrong one."""
    steps = row.get("steps")
    if not isinstance(steps, list) or not steps or not all(isinstance(s, str) for s in steps):
        raise BadRow(f"steps: expected a list of texts, got {str(steps)[:60]!r}")
    return Content(
        problem=f"{_text(row, 'problem')}\n\n{tagged(steps)}",
        reference=_text(row, "label"),
        level=RIGHT if _text(row, "label") == SOUND else WRONG,
        subject=_text(row, "generator"),
    )


def tagged(steps: Sequence[str]) -> str:
    """Steps of a solution as ProcessBench shows them to a model."""
    parts = [f"<paragraph_{n}>\n{step}\n</paragraph_{n}>" for n, step in enumerate(steps)]
    return "\n\n".join(parts).strip()


_STEP = re.compile(r"<paragraph_(\d+)>\n(.*?)\n</paragraph_\1>", re.DOTALL)


def problem_and_steps(text: str) -> tuple[str, list[str]]:
    r"""Take an item of ProcessBench apart again.

    >>> problem_and_steps("1+1?\n\n" + tagged(["It is 2.", "So 2."]))
    ('1+1?', ['It is 2.', 'So 2.'])
    """
    problem, _, _ = text.partition("\n\n<paragraph_0>\n")
    return problem, [match[2] for match in _STEP.finditer(text[len(problem) :])]


TEXT_ALONE = "text alone"
"""The level of a question of TheoremQA that needs no picture."""


def theoremqa(row: Row) -> Content:
    """TheoremQA: the answer as it is typed: a float keeps its point, and a list its order.

    53 of the 800 refer to a picture that no text model sees; the level tells them apart.
    """
    answer = row.get("Answer")
    if not isinstance(answer, str | int | float | list):
        raise BadRow(f"Answer: expected a value, got {answer!r}")
    text = f"[{', '.join(map(str, answer))}]" if isinstance(answer, list) else str(answer)
    level = "with a picture" if row.get("Picture") else TEXT_ALONE
    return Content(_text(row, "Question"), text, level=level, subject=_text(row, "field"))


_OPTION = re.compile(r"\n\s*([A-D])\)\s")


def gpqa(row: Row) -> Content:
    """GPQA as the hub has it, a right and three wrong answers, or with its options in the text.

    The order of the options is drawn from their own texts: everybody has the same one.
    """
    if "Correct Answer" in row:
        question = _text(row, "Question")
        right = _text(row, "Correct Answer").strip()
        options = [right, *(_text(row, f"Incorrect Answer {n}").strip() for n in (1, 2, 3))]
    else:
        text = _text(row, "question")
        marks = list(_OPTION.finditer(text))[-4:]
        ends = [*(mark.start() for mark in marks[1:]), len(text)]
        if [mark[1] for mark in marks] != list("ABCD"):
            raise BadRow("question: no options A to D at its end")
        options = [text[m.end() : end].strip() for m, end in zip(marks, ends, strict=True)]
        question, right = text[: marks[0].start()], options["ABCD".index(_text(row, "answer"))]
    ordered = sorted(options, key=lambda option: _drawn(question, option))
    listed = " ".join(f"({'ABCD'[n]}) {option}" for n, option in enumerate(ordered))
    reference = "ABCD"[ordered.index(right)]
    return Content(f"{question.strip()}\nAnswer Choices: {listed}", reference)


ORDER_SEED = "cft_gpqa_diamond/1"
"""Draws the order of the options; another one would make other items."""


def _drawn(question: str, option: str) -> str:
    text = "\0".join("".join(part.split()) for part in (ORDER_SEED, question, option))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def mmlu_pro(row: Row) -> Content:
    """MMLU-Pro: options without stray blanks, which mark 527 right ones; the number in the last
    line tells apart the questions that stand there twice."""
    options = row.get("options")
    if not isinstance(options, list) or not all(isinstance(o, str) for o in options):
        raise BadRow(f"options: expected a list of texts, got {str(options)[:60]!r}")
    listed = "\n".join(f"{'ABCDEFGHIJ'[n]}. {o.strip()}" for n, o in enumerate(options[:10]))
    return Content(
        problem=f"{_text(row, 'question').strip()}\nOptions:\n{listed}\n"
        f"[MMLU-Pro {_text(row, 'question_id')}]",
        reference=_text(row, "answer"),
        subject=_text(row, "category"),
    )


def realcritic(row: Row) -> Content:
    """RealCritic: a question with a student's solution.

    With the reference of the benchmark the solution is right or wrong; the file's own label is not
    read: in Minerva-Math it differs on 41 of 261, where it takes 6e3 for another number than 6000.
    """
    solution = row.get("reasoning")
    if isinstance(solution, list) and len(solution) == 1:
        solution = solution[0]
    if not isinstance(solution, str):
        raise BadRow(f"reasoning: expected text, got {str(solution)[:60]!r}")
    problem = f"## Math Problem\n{_text(row, 'question')}{STUDENT}{solution}"
    return Content(problem, _text(row, "gt"), solution=solution)


STUDENT = "\n\n## Student Solution\n"


def question_of(problem: str) -> str:
    """The question of an item of RealCritic."""
    return problem.partition(STUDENT)[0].removeprefix("## Math Problem\n")


def last_box(solution: str) -> str:
    r"""The content of the last box.

    >>> last_box(r"so $\boxed{3}$, no, $\boxed{\frac{1}{2}}$")
    '\\frac{1}{2}'
    >>> last_box(r"hence $\boxed 7$.")
    '7'
    """
    starts = [match.end() for match in _BOX.finditer(solution)]
    if not starts:
        raise BadRow(f"solution: no box in it: {solution[-80:]!r}")
    rest = solution[starts[-1] :]
    if not rest.startswith("{"):
        return re.split(r"[\s$.]", rest, maxsplit=1)[0]
    depth = 0
    for index, character in enumerate(rest):
        escaped = index > 0 and rest[index - 1] == "\\"
        depth += 0 if escaped else (character == "{") - (character == "}")
        if depth == 0:
            return rest[1:index].strip()
    raise BadRow(f"solution: the last box is never closed: {rest[:80]!r}")


def _text(row: Row, field: str) -> str:
    value = row.get(field)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BadRow(f"{field}: expected text, got {value!r}")


def _plain(row: Row, field: str) -> str:
    """A number that the source writes as text, as an integer or as ``27.0``.

    ``28.5`` is kept as it stands: its hash then says that the item is another.
    """
    value = row.get(field)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return _text(row, field)
