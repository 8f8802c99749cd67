"""An answer and a reference in, equal or not and why out.

    text ── readings ──> values ── Comparison, by shape ──> expressions ── prove ──> a sentence

What stays open without sympy is said to be undecided, so that the caller can go on in a worker
that can be killed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from cft_eval.checker.compare import measured
from cft_eval.checker.compare.comparison import ValueComparison
from cft_eval.checker.compare.families import same_families
from cft_eval.checker.compare.matrices import has_matrices, same_products
from cft_eval.checker.compare.notations import may_multiply_vectors, of_vectors
from cft_eval.checker.compare.pieces import is_long_decimal, parts
from cft_eval.checker.compare.renaming import contradicts, named
from cft_eval.checker.compare.shared import ComparisonResult
from cft_eval.checker.compare.show import show
from cft_eval.checker.prove.numeric import value_of
from cft_eval.checker.prove.prove import Truth, prove
from cft_eval.checker.prove.registry import BY_SPELLING, SIGNALS
from cft_eval.checker.read.asides import (
    INTEGERS,
    LONG,
    NATURAL,
    arbitrary,
    holds_for,
    without_asides,
)
from cft_eval.checker.read.normalize import normalize
from cft_eval.checker.read.notation import GREEK
from cft_eval.checker.read.parse import readings
from cft_eval.checker.read.rewrites import composed
from cft_eval.checker.read.structures import derived_by
from cft_eval.checker.read.units import meanings
from cft_eval.checker.types.binding import substituted
from cft_eval.checker.types.rules import Rules
from cft_eval.checker.types.tokens import Unreadable, tokenize
from cft_eval.checker.types.values import (
    NODES,
    Call,
    Node,
    Number,
    Quantity,
    Relation,
    Symbol,
    Text,
    Value,
    negative,
)
from cft_eval.checker.types.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Judgement:
    outcome: Outcome
    reason: str
    undecided: bool = False
    """Only a deeper look could tell; the outcome is what stands without one."""


_PLAIN = re.compile(
    r"\$?(?P<sign>-?)(?:(?P<whole>\d{1,30})(?P<part>\.\d{1,30})?"
    r"|(?P<above>\d{1,15})/(?P<below>\d{1,15})"
    r"|\\[dt]?frac\{(?P<over>\d{1,15})\}\{(?P<under>\d{1,15})\})\$?$",
    re.ASCII,
)
"""Two thirds of all references: digits, a decimal, a simple fraction."""


@lru_cache(maxsize=8192)
def _plain(text: str) -> Fraction | None:
    """The number that ``text`` plainly is, as the grammar would read it, many times faster."""
    match = _PLAIN.match(text)
    if match is None:
        return None
    sign, whole, part, above, below, over, under = match.groups()
    if whole is not None:
        value = Fraction(int(whole)) if part is None else Fraction(whole + part)
    else:
        denominator = int(below or under)
        if not denominator:
            return None
        value = Fraction(int(above or over), denominator)
    return -value if sign else value


@lru_cache(maxsize=8192)
def _all_readings(text: str) -> tuple[Value, ...]:
    value = _plain(text.strip()) if text.count("$") != 1 else None  # `$5` is money
    if value is not None:
        return (Number(value),)
    return tuple(readings(text))


def judge(answer: str, reference: str, rules: Rules, *, deep: bool = False) -> Judgement:
    """Decide whether ``answer`` is ``reference`` under ``rules``. Raises nothing for any string."""
    if (judgement := _of_plain_numbers(answer, reference, rules)) is not None:
        return judgement
    if not rules.loose and may_multiply_vectors(reference):
        marked = of_vectors(answer, reference)
        if marked is not None:
            answer, reference = marked
    judgement = _judge_readings(answer, reference, rules, deep=deep)
    right = judgement.outcome is Outcome.CORRECT
    if not (rules.loose or rules.positive) and (
        has_matrices(reference) or (right and has_matrices(answer))
    ):
        judgement = _with_matrices(answer, reference, judgement)
    if judgement.outcome is Outcome.CORRECT:
        if not _same_arguments(answer, reference, loose=rules.loose):
            return Judgement(Outcome.WRONG, "a function stands for other arguments")
        if not (rules.loose or _same_vectors(answer, reference)):
            return Judgement(Outcome.WRONG, "another product of vectors")
        mine, theirs = derived_by(answer), derived_by(reference)
        if mine and theirs and mine != theirs:
            return Judgement(
                Outcome.WRONG,
                f"the derivative is by {', '.join(sorted(mine))} in the answer, "
                f"by {', '.join(sorted(theirs))} in the reference",
            )
    return judgement


def _with_matrices(answer: str, reference: str, judgement: Judgement) -> Judgement:
    """The verdict where letters are matrices, whose products were read as products of numbers."""
    if judgement.outcome not in (Outcome.CORRECT, Outcome.WRONG) or _written_alike(
        answer, reference
    ):
        return judgement
    try:
        a, r = _all_readings(answer)[0], _all_readings(reference)[0]
    except (Unreadable, RecursionError):
        return judgement
    same = same_products(a, r, answer, reference)
    if same is None:
        if judgement.outcome is Outcome.WRONG:
            return judgement
        return Judgement(
            Outcome.TOO_SLOW, "whether the matrices stand in one order was not decided"
        )
    if same:
        return Judgement(Outcome.CORRECT, f"both are {show(r)}, as products of matrices")
    if judgement.outcome is Outcome.WRONG:
        return judgement
    return Judgement(Outcome.WRONG, "the matrices stand in another order")


_BINDS = re.compile(r"\\(?:int|sum|prod|lim)(?![a-z])")

MOST_ARGUMENTS = 6
"""Of one function; more are not compared."""

_APPLIED = re.compile(
    r"(?<![A-Za-z\\])([A-Za-z]|Var|Cov|Pr|\\[A-Za-z]+)\s*(?:\^\{?-1\}?\s*)?(?:\\left\s*)?\("
)
_OF_A_LETTER = re.compile(
    rf"(?<![A-Za-z\\])([A-Za-df-hj-z]|\\(?:{'|'.join(GREEK)}))(?:\\left)?"
    r"\((?!\1)(?:[A-Za-z]|\\[a-z]+)(?:\\right)?\)(?!\s*(?:\\left)?\()"
)
r"""``P(A)``, ``\phi(n)``: nobody writes a product so."""


def _same_arguments(answer: str, reference: str, *, loose: bool) -> bool:
    r"""Whether unknown functions, which are read as factors, have one set of arguments in both:
    ``f(2x)`` is not ``2f(x)``, ``f(g(x))`` not ``g(f(x))``, ``P(A+B)`` not ``P(A)+P(B)``.
    ``loose``: only ``f`` and ``g``."""
    if "(" not in answer or "(" not in reference:
        return True
    if "\\circ" in answer + reference or "\u2218" in answer + reference:
        answer, reference = composed(answer), composed(reference)
    names = {"f", "g"}
    if not loose:
        names |= _OF_VARIABLES
        letters = (*_OF_A_LETTER.findall(answer), *_OF_A_LETTER.findall(reference))
        names.update(name for name in letters if name not in SIGNALS)
    mine, theirs = _arguments(answer, names), _arguments(reference, names)
    if not mine or not theirs or mine == theirs:
        return True
    if max(map(len, (*mine.values(), *theirs.values()))) > MOST_ARGUMENTS:
        return True
    return mine.keys() == theirs.keys() and all(
        _all_among(mine[name], theirs[name]) and _all_among(theirs[name], mine[name])
        for name in mine
    )


_OF_VARIABLES = frozenset({"Var", "Cov", "Pr"})
_OF_EVENTS = re.compile(r"[|]|\\(?:mid|cap|cup)(?![A-Za-z])|[\u2223\u2229\u222a]")


def _arguments(text: str, names: Collection[str]) -> dict[str, frozenset[str]]:
    """The arguments of the functions ``names``, as they are written; none of a text that defines
    one or binds a letter, which may have any name."""
    if _BINDS.search(text) or len(text) > LONG or "=" in text:
        return {}
    named: dict[str, set[str]] = {}
    for match in _APPLIED.finditer(text):
        if match[1] not in names:
            continue
        depth, start = 1, match.end()
        for end in range(start, len(text)):
            depth += (text[end] == "(") - (text[end] == ")")
            if not depth:
                inside = text[start:end].removesuffix("\\right")
                if _OF_EVENTS.search(inside):  # one name with what is in its brackets
                    break
                named.setdefault(match[1], set()).add("".join(inside.split()))
                break
    return {name: frozenset(arguments) for name, arguments in named.items()}


_OF_NABLA = re.compile(
    r"\\nabla(?!\s*\^)\s*(\\(?:times|cross)(?![a-z])|\\(?:cdot|inner)(?![a-z])|)"
)


def _same_vectors(answer: str, reference: str) -> bool:
    r"""Whether nabla is multiplied alike: not ``\nabla\cdot F`` for ``\nabla F``."""
    if "nabla" not in reference:
        return True
    nabla = [set(_OF_NABLA.findall(text)) for text in (answer, reference)]
    return nabla[0] == nabla[1] or not all(nabla)


def _all_among(some: frozenset[str], others: frozenset[str]) -> bool:
    return all(
        one in others
        or any(
            _judge_readings(one, o, Rules(), deep=False).outcome is Outcome.CORRECT for o in others
        )
        for one in some
    )


def _of_plain_numbers(answer: str, reference: str, rules: Rules) -> Judgement | None:
    """As `judge`, where both are nothing but a number; None elsewhere."""
    if rules.measured or rules.tolerance is not None:
        return None
    x, y = _plain(answer.strip()), _plain(reference.strip())
    if x is None or y is None:
        return None
    if x == y:
        return Judgement(Outcome.CORRECT, f"both are {y}")
    if is_long_decimal(x) or is_long_decimal(y):
        return None
    return Judgement(Outcome.WRONG, f"the answer is {x}, the reference {y}")


def _judge_readings(answer: str, reference: str, rules: Rules, *, deep: bool) -> Judgement:
    try:
        references = _all_readings(reference)
    except (Unreadable, RecursionError) as error:
        if answer.strip() and _written_alike(answer, reference):
            return Judgement(Outcome.CORRECT, "the same text")
        return Judgement(Outcome.BAD_REFERENCE, f"the reference cannot be read: {error}")
    try:
        answers = _all_readings(answer)
    except (Unreadable, RecursionError) as error:
        return Judgement(Outcome.UNREADABLE, f"the answer cannot be read: {error}")
    comparison = ValueComparison(rules, deep)
    wanted = references[0]
    if isinstance(wanted, Relation) and contradicts(wanted) and not (rules.loose or rules.measured):
        said = f"the reference calls different numbers equal: {show(wanted)}"
        return Judgement(Outcome.BAD_REFERENCE, said)
    if rules.measured:
        judged = _as_measured(answer, answers[0], reference)
        if judged is not None:
            return judged
    results = [comparison.values(a, r) for r in references for a in answers]
    for result in results:
        if result.truth is Truth.EQUAL:
            elsewhere = None if rules.loose else _hold_elsewhere(answer, reference, answers[0])
            return Judgement(Outcome.WRONG, elsewhere) if elsewhere else _right(result)
    if same := _same_for_all(answer, reference, answers[0], references[0], rules):
        return same
    if isinstance(answers[0], Text) and answers[0].is_prose and not isinstance(references[0], Text):
        return Judgement(Outcome.UNREADABLE, "the answer is a sentence that was not understood")
    for result in results:
        if result.truth is Truth.OPEN:
            return Judgement(Outcome.TOO_SLOW, result.reason, undecided=not deep)
    return Judgement(Outcome.WRONG, results[0].reason)


def _same_for_all(
    answer: str, reference: str, a: Value, r: Value, rules: Rules
) -> Judgement | None:
    r"""Equal where both say which numbers their letter stands for: ``2n+1, n\in\mathbb{Z}`` and
    ``2k-1, k\in\mathbb{Z}``. None where they do not, or are not."""
    wanted = holds_for(reference)
    said = holds_for(answer) if wanted else None
    if said is None or wanted is None or said.numbers != wanted.numbers:
        mine = None if rules.loose else arbitrary(answer)
        return _renamed(answer, mine, reference, _constant(reference), rules) if mine else None
    if said.numbers == INTEGERS and same_families(parts(a), parts(r), declared=True):
        return Judgement(Outcome.CORRECT, "the same numbers, for all integers")
    return _renamed(answer, said.letter, reference, wanted.letter, rules)


def _constant(reference: str) -> str | None:
    """The letter of an arbitrary constant, which is called so or is the only one by its name."""
    if letter := arbitrary(reference):
        return letter
    letters = _letters(without_asides(reference))
    named = [letter for letter in "cCkK" if letter in letters]
    return named[0] if len(named) == 1 else None


def _renamed(
    answer: str, mine: str, reference: str, theirs: str | None, rules: Rules
) -> Judgement | None:
    """Equal with one letter of the answer under the reference's name; None where it is not."""
    answer = without_asides(answer)
    if theirs is None or mine == theirs or theirs in _letters(answer):
        return None
    renamed = _RUN.sub(lambda run: _in_run(run[0], mine, theirs), answer)
    judgement = _judge_readings(renamed, reference, rules, deep=False)
    return judgement if judgement.outcome is Outcome.CORRECT else None


_RUN = re.compile(r"\\[A-Za-z]+|[A-Za-z]+")


def _letters(text: str) -> set[str]:
    """The letters of a formula that are symbols: not those of commands and functions."""
    runs = [run for run in _RUN.findall(text) if run[0] != "\\" and run not in BY_SPELLING]
    return set("".join(runs))


def _in_run(run: str, mine: str, theirs: str) -> str:
    return run if run[0] == "\\" or run in BY_SPELLING else run.replace(mine, theirs)


def _right(result: ComparisonResult) -> Judgement:
    return Judgement(Outcome.CORRECT, result.reason)


def _written_alike(answer: str, reference: str) -> bool:
    r"""The same signs, where the reference says what cannot be read: ``P(A|B)``, ``\angle X``."""
    if answer.strip() == reference.strip() or max(len(answer), len(reference)) > LONG:
        return answer.strip() == reference.strip()
    try:
        x, y = (
            [token.text for token in tokenize(normalize(text).replace(r"\mid", "|"))]
            for text in (answer, reference)
        )
    except Unreadable:
        return False
    return x == y != []


def _hold_elsewhere(answer: str, reference: str, value: Value) -> str | None:
    """What is wrong with where the answer holds: for natural numbers and not for all integers, for
    positive x and not for those above 1. None where one of them says nothing of it."""
    wanted = holds_for(reference)
    said = holds_for(answer) if wanted else None
    if said is None or wanted is None or said.numbers == wanted.numbers:
        return None
    if {said.numbers, wanted.numbers} == {NATURAL, INTEGERS} and (
        r"\pm" in answer + reference or (isinstance(value, NODES) and _is_even(value, said.letter))
    ):
        return None  # with both signs, natural numbers give what all integers give
    return f"it is for {said.numbers}, and the reference for {wanted.numbers}"


def _is_even(value: Node, letter: str) -> bool:
    """Is it the same for k and -k?"""
    turned = substituted(value, letter, negative(Symbol(letter)))
    return prove(value, turned, deep=False).truth is Truth.EQUAL


def value_in(text: str) -> float | None:
    """The real number that a text is worth, to a float's precision; None where it is none."""
    try:
        values = _all_readings(text)
    except (Unreadable, RecursionError):
        return None
    for value in values:
        inside = value.value if isinstance(value, Quantity) else value
        result = value_of(inside, digits=20) if isinstance(inside, NODES) else None
        if result is not None:
            return float(result) if abs(result) < 10**300 else None
    return None


def _as_measured(answer: str, value: Value, reference: str) -> Judgement | None:
    """The verdict by precision, where the reference is a measured number."""
    wanted = _all_readings(reference)[0]
    if isinstance(value, Quantity) and isinstance(wanted, Quantity):
        mine, theirs = meanings(value.unit), meanings(wanted.unit)
        if not any(x.dimension == y.dimension for x in mine for y in theirs):
            return None
    inside = value.value if isinstance(value, Quantity) else value
    if isinstance(inside, Relation):
        if contradicts(inside):
            return Judgement(Outcome.WRONG, "the sides of its equation are not equal")
        inside = named(inside) or inside
    if isinstance(inside, Call) and inside.name == "percent":
        counted = value_in(reference)
        if counted is None or abs(counted) < 1:
            return None
        inside = inside.arguments[0]  # the references count percent without saying so
    close = measured.close(answer, inside, reference)
    if close is None:
        return None
    if close:
        return Judgement(
            Outcome.CORRECT, f"agrees with {reference.strip()} as precisely as it is given"
        )
    return Judgement(Outcome.WRONG, f"not {reference.strip()} to the precision it is given in")
