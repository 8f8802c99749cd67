r"""Words before and beside an answer: denials, doubts, bounds, alternatives; and its unit.

    "The answer is not 5."        denied: no answer
    "either 6 or \boxed{5}"       an alternative: both are the answer, so that none earns the point
    "\boxed{5} cm"                5 cm

Each looks at a bounded stretch of text beside the answer.
"""

import re

from cft_eval.checker.read.units import is_unit
from cft_eval.checker.types.excerpt import Excerpt
from cft_eval.checker.types.words import holds_any

NEAR = 60
"""Characters before an answer that can deny it."""

DOUBT = re.compile(r"\b(?:maybe|perhaps|possibly|might|could)\b", re.IGNORECASE)
_TURN = (
    r"(?:[,;:]\s*(?:so|thus|hence|therefore|instead)|\bbut(?!\s+(?:not|also))|\brather)\b"
    r"(?!\s+than)"
)
"""Where a denial ends and the answer begins: "that is wrong, so"."""

_BOUNDS = r"|more than|less than|fewer than|greater than|at least|at most"
_A_DOUBT = r"(?<!no )(?<!any )(?<!without )(?<!beyond )(?<!out a )(?<!yond a )doubt(?:s|ed)?"
"""Doubt that there is: not "without any doubt"."""
_DENIAL = (
    r"(?:\b(?:not|never|wrong|incorrect|false|cannot|impossible|unlikely|unable|whether|if"
    rf"|does not know|{_A_DOUBT}%s)\b"
    rf"|n['\u2019]t\b)(?:(?!{_TURN})[^.!?\n\\])*$"
)
_DENIED = re.compile(_DENIAL % _BOUNDS, re.IGNORECASE)
_A_COMMON_MISTAKE = (
    r"\b(?:common|typical|frequent|classic|usual|popular|easy|tempting)(?: \w+)?"
    r" (?:mistake|error|trap|misconception|pitfall|slip)\b"
)
_AVOIDED = re.compile(
    r"\b(?:avoid|correct|fix|escap|sidestep|guard|without|despite)\w*(?: (?:against|making))?"
    rf" (?:the |this |that |a |any |such a )?{_A_COMMON_MISTAKE}",
    re.IGNORECASE,
)
"""A mistake that was not made says nothing against what follows."""
_BOX_DENIED = re.compile(
    r"\b(?:(?:is|was|are|be|it'?s|that'?s|answer|get|but)(?:\s+\w+)?\s+not|cannot(?: be)?"
    r"|can'?t be|isn['\u2019]?t"
    r"|wasn['\u2019]?t|never|not|wrong|incorrect|impossible|unlikely|rather than|instead of)\b"
    rf"(?:(?!{_TURN})[^.!?,;:\n\\]){{0,24}}$|\b(?:wrong|incorrect|false) (?:answer|result)\s*:\s*$"
    r"|\b(?:false|untrue|not (?:true|the case)) that\b[^.!?,;:\n\\]*$|\banything but\s*$"
    r"|\b(?:ignor|disregard|discard|reject|forget|exclud|except|rul(?:e|ing) out|other than)"
    r"(?:e|es|ed|ing|s)?(?:\s+(?:the|this|that|my|our|previous|earlier|answer|box|value|result))*"
    r"\s*$"
    r"|\bif\s+(?:the|this|our|my|it|[a-z])\s[^.!?,;:\n\\]*\b(?:were|was|had been)\s*$"
    rf"|\b{_A_DOUBT}\b[^.!?,;:\n\\]{{0,40}}$"
    r"|(?:\b(?:one|you|people|students?|many|some|someone) (?:might|may|could)(?: \w+)?"
    r" (?:think|guess|assume|believe|expect|say|answer)\b|\btempt(?:ed|ing) to \w+\b"
    rf"|{_A_COMMON_MISTAKE})"
    rf"(?:(?!{_TURN})[^.!?,;:\n\\]){{0,40}}$",
    re.IGNORECASE,
)
_NEGATED_ABROAD = (
    r"(?:\bno (?:es|son|ser[\u00eda]\w*)|\bnon (?:\u00e8|sono)|\bn['\u2019](?:est|\u00e9tait) pas"
    r"|\bne (?:sont|vaut|valent) pas|\bn\u00e3o (?:\u00e9|s\u00e3o)"
    r"|\b(?:ist|sind|lautet|betr\u00e4gt) nicht|\bis niet"
    r"|\b\u043d\u0435(?: \u0440\u0430\u0432\w+| \u044f\u0432\u043b\u044f\u0435\u0442\u0441\u044f)?"
    r"|\bnie jest|\bkh\u00f4ng ph\u1ea3i(?: l\u00e0)?)"
)
_BOX_NEGATED_ABROAD = re.compile(rf"{_NEGATED_ABROAD}\s*[:$\\(]*\s*$", re.IGNORECASE)
NEGATED_BEHIND = re.compile(
    r"(?:\u3088\u308a(?:\u5927\u304d\u3044|\u5c0f\u3055\u3044)"
    r"|\ubcf4\ub2e4\s?(?:\ud06c\ub2e4|\uc791\ub2e4|\ud07d\ub2c8\ub2e4|\uc791\uc2b5\ub2c8\ub2e4)"
    r"|\u3067\u306f(?:\u306a\u3044|\u3042\u308a\u307e\u305b\u3093)|\u3058\u3083\u306a\u3044"
    r"|\u3067\u306a\u3044|\uc544\ub2d9\ub2c8\ub2e4|\uc544\ub2c8\ub2e4|\uc544\ub2c8\uc5d0\uc694"
    r"|\u0928\u0939\u0940\u0902(?:\s*\u0939\u0948)?|de\u011fil(?:dir)?)[\s.!\u3002\u0964$]*$"
)
"""At a sentence's end, in languages that deny there: Japanese, Korean, Hindi, Turkish."""

_A_NUMBER = r"\s*[:$\\(]*\s?[-\u2212]?\d"
_ITS_END = r"[\d.,/]*[\s.!\u3002$\\)]*$"
_BOUND_ABROAD = (
    r"(?:\b(?:mayor|menor|maior|inferior|superior)(?:es)?(?: o igual(?:es)?)? (?:que|a|do que)"
    r"|\b(?:m\u00e1s|menos) de|\b(?:maggiore|minore) (?:di|o uguale a)"
    r"|\b(?:plus (?:grand|petit)|(?:sup|inf)\u00e9rieure?)(?: ou \u00e9gale?)? (?:que|\u00e0)"
    r"|\b(?:gr\u00f6\u00dfer|kleiner|mehr|weniger|h\u00f6her)(?: oder gleich)? als"
    r"|\b(?:mindestens|h\u00f6chstens|au moins|au plus|al menos|a lo sumo|como m\u00e1ximo"
    r"|como m\u00ednimo|pelo menos|no m\u00e1ximo|almeno|al massimo)"
    r"|\b(?:\u0431\u043e\u043b\u044c\u0448\u0435|\u043c\u0435\u043d\u044c\u0448\u0435"
    r"|\u0431\u043e\u043b\u0435\u0435|\u043c\u0435\u043d\u0435\u0435)(?: \u0447\u0435\u043c)?"
    r"|[\u5927\u5c0f\u9ad8\u4f4e\u591a\u5c11]\u4e8e(?:\u6216?\u7b49\u4e8e)?"
    r"|(?:\u4e0d|\u6ca1|\u672a)?\u8d85\u8fc7|\u4e0d\u8db3|\u4e0d\u5230"
    r"|\bexceeds?|\bsurpass(?:es)?|\b(?:is|lies) (?:above|below|under|over|beyond|far from))"
)
_NO_STATEMENT_ABROAD = re.compile(
    rf"{_NEGATED_ABROAD}{_A_NUMBER}|{_BOUND_ABROAD}{_A_NUMBER}{_ITS_END}", re.IGNORECASE
)
COUNTERFACTUAL = re.compile(
    r"\b[Ii]f\s+(?:the (?:answer|value|result|number) |it |\$?[a-zA-Z]\$?\s+)"
    r"(?:were|was|had|weren['\u2019]t)\b"
)
"""``The answer would be 5 if n were odd``: it is not."""

_NO_STATEMENT = re.compile(
    # A box that counts is read as one: what stands in a sentence here was denied.
    r"\\f?boxed\s*\{\s*[^\s{}]"
    r"|\b(?:not|never|cannot|unable|wrong|incorrect|false that|give up|ran out|whether|contradicts?"
    r"|more than|less than|fewer than|greater than|at least|at most|maybe|perhaps|possibly|sorry"
    rf"|anything but|{_A_DOUBT}"
    r"|(?:steps?|problem|cases?|equations?|part|question|theorem|lemma|figure|section"
    r"|eq\.?)\s+[(\[]?(?:\d+|[A-Z]))\b|n['\u2019]t\b|\?\s*$"
    r"|^\W*(?:suppose|assume|let (?=[$\\]|[a-zA-Z]\s*(?:=|be\b)))"
    r"|\b(?:divisible by|multiples? of|let me try|the next step|(?:need|needs|have|has) to "
    r"(?:compute|find|check|solve|determine|show|prove|verify))\b"
    r"|\u4e0d(?:\u662f|\u80fd|\u7b49|\u5bf9)|\u6ca1\u6709",
    re.IGNORECASE,
)
_OTHER_BEFORE = re.compile(r"\b(?:either|both)?\s*\$?(-?[\d.,/]+)\$?\s+or\s+\$?$", re.IGNORECASE)
_OTHER_AFTER = re.compile(
    r"^[\s$]*(?:\\text\s*\{)?\s*,?\s*\bor\b\s*(?:maybe|perhaps|possibly)?\s*\}?\s*\$?"
    r"\s*(?P<other>-?\d[\d.,/]*\d|-?\d)(?![\w^])"
)
_UNIT = re.compile(
    r"^\s*\$?\s*(?:\\[,;: ]\s*)*(?:\\(?:text|mathrm|mbox)\s*\{\s*(?P<text>[A-Za-z ]{1,24}?)\s*\}"
    r"|(?P<sign>\\%|%)|(?P<word>[A-Za-z]{2,12}|[mgsLJNWK](?=\s*\$?[.,]?\s*$)))(?![A-Za-z])\s*\$?"
)
_NUMBER = re.compile(r"-?\d[\d.,]*(?:/\d+)?")
_SCALES = frozenset({
    "thousand", "million", "billion", "trillion", "dozen", "hundred", "hundreds", "tenths",
    "hundredths", "thousandths", "halves", "thirds", "quarters", "fifths", "eighths", "squared",
    "cubed",
})  # fmt: skip
"""Words behind a number that change it."""
_WORDS_TOO = frozenset({"in", "min", "pm", "mi", "au", "yd", "pc", "ms", "ton", "quarter"})
"""Units that are words of prose as well: only between the braces of ``\\text``."""


_SUPPOSED = re.compile(
    r"\b(?:suppose|supposing|assume|assuming|imagine)\s+(?:that\s+)?(?:the\s+)?(?:\w+\s+)?"
    r"(?:(?:is|was|were|be|equals)\b\s*)?$"
    r"|(?:\u4e0d|\u5e76\u975e)[^\u3002\uff0c,\n]{0,3}$",
    re.IGNORECASE,
)


_OTHERS_DENIED = re.compile(
    r"\b(?:this|that|it|which)(?:\s+(?:is|was)|['\u2019]s)\s+(?:\w+\s+)?(?:wrong|incorrect|mistaken"
    r"|false|not (?:right|correct)),\s*(?:(?:so|and|then|thus|hence|the|my|correct|right|real|true"
    r"|final)\s+)*$",
    re.IGNORECASE,
)
"""``Wait, that is wrong, the answer should be 7``: what is denied stands before."""


def denied(before: str) -> bool:
    """Does the text in front of an answer, in its sentence, take it back?"""
    before = before[-NEAR:]
    if not holds_any(before.lower(), _OF_DENIED_STATEMENTS) or _OTHERS_DENIED.search(before):
        return False
    return bool(_DENIED.search(before) or _SUPPOSED.search(before))


_OF_DENIED_STATEMENTS = (
    "not", "n't", "n\u2019t", "never", "wrong", "incorrect", "false", "impossible", "unlikely",
    "unable", "whether", "if", "doubt", " than", "at least", "at most", "suppos", "assum", "imagin",
    "\u4e0d", "\u5e76\u975e",
)  # fmt: skip
"""One of these stands in every denial of a statement."""


def box_denied(before: str) -> bool:
    """As `denied`, of a box: "at least" before it is no bound, and an "if" far off is no doubt."""
    before = before[-NEAR:].rstrip("$ \n")
    if before.endswith(_UNEQUAL):
        return True
    if before.endswith(("{", ">", "~")) and _CROSSED_OUT.search(before):
        return True
    low = before.lower().replace("\n", " ")
    if not holds_any(low, _OF_DENIALS) and (
        low.isascii() or not holds_any(low, _OF_DENIALS_ABROAD)
    ):
        return False
    before = _AVOIDED.sub("", before)
    return any(rule.search(before) for rule in (_BOX_DENIED, _SUPPOSED, _BOX_NEGATED_ABROAD))


_OF_DENIALS = (
    "not", "n't", "snt", "cant be", "never", "wrong", "incorrect", "impossible", "unlikely",
    " than", "instead of", "suppos", "assum", "false", "untrue", "anything but", "ignor",
    "disregard", "discard", "reject", "forget", "exclud", "except", "rule out", "ruling out",
    "if ", "imagin", "doubt", " may ", " might ", " could ", "tempt", "mistake", "error", "trap",
    "misconc", "pitfall", "slip", "no es", "no son", "no ser", "non ", " pas", "nicht", "is niet",
    "nie jest",
)  # fmt: skip
_OF_DENIALS_ABROAD = (
    "n\u2019t", "\u4e0d", "\u5e76\u975e", "n\u00e3o ", "\u043d\u0435", "kh\u00f4ng",
)  # fmt: skip
"""One of these stands in every denial of a box."""


_WOULD_BE = re.compile(r"\bwould (?:\w+ )?(?:be|have been|equal|give|get|become)\b[^.!?\n]{0,20}$")
_IF_IT_WERE = re.compile(
    r"^[^.!?\n]*\b(?:if\s(?:(?!what|which|that|who)\S+\s+){1,5}?(?:were|weren['\u2019]t|had)\b"
    r"|had\s(?!been\b)(?:\S+\s+){1,5}?been\b)"
)
"""``if the die were fair``, ``had the die been fair``; not ``if we add what had been paid``."""


def counterfactual(before: str, after: str) -> bool:
    r"""``It would be \boxed{5} if the die were fair``: it is not."""
    if "would" not in before[-NEAR:]:
        return False
    return bool(_WOULD_BE.search(before[-NEAR:]) and _IF_IT_WERE.match(after))


_CROSSED_OUT = re.compile(r"(?:\\[xb]?cancel\s*\{|\\sout\s*\{|<(?:del|s|strike)>|~~)\s*$")
_UNEQUAL = ("\\ne", "\\neq", "\u2260", "\u4e0d\u662f")


_BOUND = re.compile(
    r"\b(?:not|never|between|either|neither|one of|more than|less than|fewer than|greater than"
    r"|larger than|smaller than|at least|at most|up to|no more|no less|maybe|perhaps|possibly)\b"
    r"|n['\u2019]t\b",
    re.IGNORECASE,
)


def bounded(sentence: str) -> bool:
    """Does a sentence give a bound, a denial or a guess instead of a value?"""
    return bool(_BOUND.search(sentence)) or _abroad(sentence)


def states_nothing(sentence: str) -> bool:
    """Is a sentence with one number in it no statement of an answer?"""
    may_be = holds_any(sentence.lower(), _OF_NO_STATEMENT)
    return (may_be and bool(_NO_STATEMENT.search(sentence))) or _abroad(sentence)


_OF_NO_STATEMENT = (
    "box", "not", "never", "unable", "wrong", "incorrect", "false that", "give up", "ran out",
    "whether", "contradict", " than", "at least", "at most", "maybe", "perhaps", "possibly",
    "sorry", "anything but", "doubt", "step", "problem", "case", "equation", "part", "question",
    "theorem", "lemma", "figure", "section", "eq", "n't", "n\u2019t", "?", "suppose", "assume",
    "let ", "divisible by", "multiple", "need", "have to", "has to", "\u4e0d",
    "\u6ca1\u6709",
)  # fmt: skip
"""One of these stands in every sentence that states nothing."""


def _abroad(sentence: str) -> bool:
    """Is a value denied, a bound or only supposed, also in other languages?"""
    return bool(
        _NO_STATEMENT_ABROAD.search(sentence)
        or NEGATED_BEHIND.search(sentence[-NEAR:])
        or COUNTERFACTUAL.search(sentence)
    )


def taken_back_at_once(statement: str) -> bool:
    """Does what follows "the answer is" end in a denial, or depend on what is not so?"""
    return bool(NEGATED_BEHIND.search(statement[-NEAR:]) or COUNTERFACTUAL.search(statement))


def alternative(text: str, start: int, end: int) -> Excerpt | None:
    """The other answer offered beside the one at ``start`` to ``end``: "either 6 or 5"."""
    after = text[end : end + NEAR]
    if "or" in after and (match := _OTHER_AFTER.match(after)):
        return Excerpt(after, end).group(match, "other")
    begin = max(0, start - NEAR)
    if " or" not in text[begin:start]:
        return None
    match = _OTHER_BEFORE.search(text[begin:start])
    return Excerpt(text[begin:start], begin).group(match, 1) if match else None


def unit_word(rest: str) -> str:
    """The known unit that follows a number in a sentence, with the blank before it; or nothing."""
    match = _UNIT_WORD.match(rest)
    if match is None:
        return ""
    word = match[1]
    prose = word.lower() in _WORDS_TOO or (len(word) == 1 and word not in "mgs")
    return match[0] if (is_unit(word) or word.lower() in _SCALES) and not prose else ""


_UNIT_WORD = re.compile(
    r"\s?([A-Za-z]{1,12})(?![A-Za-z])(?:\^\{?[23]\}?|[²³])?(?:/(?:hr|h|s|min|sec)\b)?"
)


def unit_after(content: str, rest: str) -> str:
    r"""What follows a box that holds a number: ``\boxed{5} cm``, ``\boxed{50}\%``; or nothing."""
    if not _NUMBER.fullmatch(content.strip("$ ")):
        return ""
    match = _UNIT.match(rest[:NEAR])
    if match is None:
        return ""
    if match["sign"]:
        return r"\%"
    word = match["text"] or match["word"]
    prose = match["text"] is None and word.lower() in _WORDS_TOO
    known = is_unit(word) or word.lower() in _SCALES
    return rf" \text{{ {word}}}" if known and not prose else ""
