r"""Words around an answer that take it back: denials, doubts, alternatives; and its unit.

    "The answer is not 5."        denied: no answer
    "5. Wait, that is wrong."     retracted: what follows counts, if anything
    "either 6 or \boxed{5}"       an alternative: both are the answer, so that none earns the point
    "\boxed{5} cm"                5 cm

Each looks at a bounded stretch of text beside the answer.
"""

import re

from cft_eval.checker.extract.excerpt import Excerpt, last_match
from cft_eval.checker.read.units import is_unit
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
    r" (?:mistake|error|answer|trap|misconception|pitfall|slip)\b"
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
    low = before.lower()
    if not holds_any(low, _OF_DENIALS) and (
        low.isascii() or not holds_any(low, _OF_DENIALS_ABROAD)
    ):
        return False
    before = _AVOIDED.sub("", before)
    return any(rule.search(before) for rule in (_BOX_DENIED, _SUPPOSED, _BOX_NEGATED_ABROAD))


_OF_DENIALS = (
    "not", "n't", "never", "wrong", "incorrect", "impossible", "unlikely", " than", "instead of",
    "suppos", "assum", "false that", "untrue", "anything but", "ignor", "disregard", "discard",
    "reject", "forget", "exclud", "except", "rule out", "ruling out", "if ", "imagin", "doubt",
    " may ", " might ", " could ", "tempt", "mistake", "error", "trap", "misconc", "pitfall",
    "slip", "no es", "no son", "no ser", "non ", " pas", "nicht", "is niet", "nie jest",
)  # fmt: skip
_OF_DENIALS_ABROAD = (
    "n\u2019t",
    "\u4e0d",
    "\u5e76\u975e",
    "n\u00e3o ",
    "\u043d\u0435",
    "kh\u00f4ng",
)
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


_BAD = (
    r"(?:wrong|incorrect|mistaken|false|not (?:quite )?(?:right|correct|possible|valid"
    r"|the (?:(?:right|correct|final|true|real) )?(?:answer|value|result|one)"
    r"|what|an option|among|one of)|a mistake|an error|impossible|n['\u2019]t (?:right|correct)"
    r"|out\b(?! of)|ruled out|eliminated|excluded|off by"
    r"|(?:an?|the) (?:wrong|incorrect|false) (?:answer|result|value|number|guess|choice))"
)
_IT = (
    r"(?:(?:my|this|that|our) (?:answer|result|value)|this|that|it|which"
    r"|the (?:above|previous|answer|result|value)(?: (?:answer|result|value))?)"
)
_IT_IS = (
    rf"\b{_IT}\s?(?:'s|\u2019s|\s?is|\s?was|\s?can)\s*"
    r"(?:clearly |actually |also |obviously |still )?"
)
_OPENS = (
    r"(?:^|[.!?\n:]\s*|\b(?:wait|hmm|but|no|oh|actually|however|oops|sorry|think|realize|see)\b"
    r"[,.!\u2026\s-]*(?:that )?)"
)
_RETRACTED = re.compile(
    rf"{_OPENS}{_IT_IS}{_BAD}\b"
    rf"|{_OPENS}{_IT}\s+(?:(?:cannot|can't|can\u2019t) be (?:right|correct|true|the)\b"
    r"|(?:is|was)n['\u2019]t (?:right|correct|quite|the answer|possible|what))"
    r"|\bI(?:(?: have|'ve|\u2019ve)? made (?:a|an|some) (?:\w+ )?(?:mistake|error|slip)s?"
    r"|(?: just)? forgot"
    r"| was wrong|(?: have|'ve)? (?:misread|miscounted|miscalculated|misunderstood"
    r"|misinterpreted))\b"
    r"|\bcorrection\b\s?[:,\u2014-]|\bedit\s?:|\bI take (?:that|it|this) back\b"
    r"|(?:^|[.!?\n$]\s*)Wrong\s*[.!]|\bno,? wait,? [$\\(]*\d|\bscratch that\b"
    r"|\bon second thou?ghts?\b"
    r"|\b(?:strike|scrap|forget) that\b|\bI meant?,?\s+(?:to say )?[$\\(]*[-\u2212]?\d"
    # "Actually, 6.", and not "Actually, 6 students are enough".
    r"|(?:^|[.!?\n$})]\s*)(?:actually|wait|no|oops|sorry|hmm|or rather|rather|hold on),?\s+"
    r"(?:make (?:that|it) )?[$\\(]{0,3}[-\u2212]?\d[\d.,/]*[$\\)]{0,3}\s*(?:[.!\n]|$)"
    r"|\bmake (?:that|it) [$\\(]{0,3}[-\u2212]?\d[\d.,/]*[$\\)]{0,3}\s*(?:[.!\n]|$)"
    r"|\b(?:wait|hmm+|oops|sorry|no|actually"
    r"|hold on)\b[,.!:\u2026 -]{1,4}(?:wait[, ]+)?(?:I think )?(?:actually[, ]+)?"
    r"(?:it|that|this|(?:the )?(?:correct |right |final )?answer)\s?(?:'s|\u2019s|is|should be"
    r"|must be|should have been)"
    r" (?:actually |really )?(?:[$\\\d(-]|(?-i:[A-J](?![A-Za-z])))"
    r"|\bdisregard (?:that|the|my)|\bignore (?:that\b|the (?:above|previous)|my)"
    r"|(?:\u4e0d\u5bf9(?![\u79f0\u5e94\u7b49\u9f50])|\u7b97\u9519\u4e86|\u66f4\u6b63)",
    re.IGNORECASE,
)
_BAD_ABROAD = (
    r"(?:(?:(?:esto|eso|esta respuesta) )?(?:es|est\u00e1) (?:incorrect[oa]|fals[oa]"
    r"|err\u00f3ne[oa]"
    r"|equivocad[oa]|mal)|no es (?:correct[oa]|v\u00e1lid[oa]|la respuesta)"
    r"|(?:c['\u2019])?est (?:faux|fausse|incorrecte?|erron\u00e9e?)"
    r"|no (?:satisface|cumple|funciona|sirve)\b[^.\n]{0,40}"
    r"|ne (?:convient|marche|fonctionne|satisfait) pas\b[^.\n]{0,40}"
    r"|erf\u00fcllt [^.\n]{0,30}nicht|\u4e0d\u6ee1\u8db3[^\u3002.\n]{0,20}"
    r"|n['\u2019]est pas (?:correcte?|juste|bon|bonne|valide|la (?:bonne )?r\u00e9ponse)"
    r"|(?:das )?ist (?:falsch|nicht (?:richtig|korrekt)|inkorrekt)"
    r"|\u00e8 (?:sbagliat[oa]|errat[oa]|fals[oa])|non \u00e8 (?:corrett[oa]|giust[oa])"
    r"|(?:est\u00e1|\u00e9) (?:errad[oa]|incorret[oa]|fals[oa])|n\u00e3o \u00e9 corret[oa]"
    r"|[-\u2014]?\s?(?:\u044d\u0442\u043e )?(?:\u043d\u0435\u0432\u0435\u0440\u043d\w+"
    r"|\u043d\u0435\u043f\u0440\u0430\u0432\u0438\u043b\u044c\u043d\w+"
    r"|\u043d\u0435 \u043f\u043e\u0434\u0445\u043e\u0434\u0438\u0442)"
    r"|[\u306f\uff1d]?\u3001?(?:\u9593\u9055\u3044|\u8aa4\u308a|\u4e0d\u6b63\u89e3)"
    r"(?:\u3067\u3059|\u3060|\u3067\u3042\u308b)?"
    r"|\u3067\u306f(?:\u306a\u3044|\u3042\u308a\u307e\u305b\u3093)"
    r"|(?:[\uc740\ub294\uc774\uac00]\s?)?(?:\ud2c0\ub838\uc2b5\ub2c8\ub2e4|\ud2c0\ub9bd\ub2c8\ub2e4"
    r"|\uc624\ub2f5(?:\uc785\ub2c8\ub2e4)?|\uc544\ub2d9\ub2c8\ub2e4|\uc544\ub2c8\ub2e4)"
    r"|(?:\u0917\u0932\u0924|\u0928\u0939\u0940\u0902)(?: \u0939\u0948)?"
    r"|yanl\u0131\u015f(?:t\u0131r)?"
    r"|l\u00e0 sai)"
)
"""What is called wrong right behind it, in other languages."""

_GUESSED = (
    r"[\s$)\]*}]*(?:\\[)\]])?(?:\s*(?:is|was)\s+(?:my|our|the|an?|his|her|their)\s+(?:\w+ )?"
    r"(?:guess|answer|attempt|thought|result|value|calculation|estimate))?"
)
"""What may stand between a box and what takes it back: ``was my first guess``."""

_STRUCK = re.compile(
    r"^[\s$.,;:)\]*}]*(?:\\[)\]])?[\s.,;]*(?:\\text\s*\{\s*)?(?:but |and |which |however,? )?"
    r"(?:this |that |it |which )?"
    rf"(?:is|was|seems|would be|can)\s*(?:clearly |also |obviously )?{_BAD}\b(?! to\b)"
    r"|^[\s$.,;:)\]*}]*(?:cannot|can't|can\u2019t) be (?:right|correct|true|the)\b"
    r"|^[\s$.}*]*(?:\\[)\]])?\s*(?:(?:\\text\s*\{\s*)?[\[(*]+\s*"
    r"(?:wrong|incorrect|rejected|invalid|not correct|[\u274c\u2717\u2718\u00d7])\s*[\])*]"
    r"|[\u274c\u2717\u2718])"
    r"|^[\s$.,)\]*}]*(?:\\[)\]])?\s*(?:[\u2014\u2013-]\s*(?:wrong|incorrect)\b"
    r"|(?:(?:which|this|it|that) )?(?:(?:is|was) (?:rejected|extraneous|invalid|discarded"
    r"|too (?:large|small|big))|contradicts)\b)"
    r"|^[\s$.,;:)\]*}]*(?:\\[)\]])?[\s.,;]*(?:but |which |and |however,? )?"
    r"(?:this |that |it |which |actually |clearly )?"
    r"(?:(?:does|do)(?: not|n['\u2019]t)|fails to|cannot|can['\u2019]?t)\s+(?:actually )?"
    r"(?:work|satisfy|fit|hold|match|solve|make sense|check out|meet|fulfil\w*)\b"
    r"(?! (?:(?:the|any|an|one|of|these|given|listed) )*(?:option|choice))"
    r"|^[\s$.)\]*}\u3002\uff0c,]*(?:\\[)\]])?\s*(?:\u8fd9(?:\u4e2a|\u4e00)?|\u8be5|\u6b64)?"
    r"(?:\u7b54\u6848|\u7ed3\u679c|\u9009\u9879)?(?:\u663e\u7136|\u5e94\u8be5)?[\u662f\u4e3a]?"
    r"(?:\u9519\u8bef|\u9519|\u4e0d\u662f(?:\u6b63\u786e)?(?:\u7684)?\u7b54\u6848|\u4e0d\u6b63\u786e|\u4e0d\u5bf9|\u4e0d\u6210\u7acb|\u4e0d\u7b26\u5408)"
    r"(?:\u7684|\u4e86)?\s*(?:[.!\u3002\uff01\uff0c,)\uff09]|$)"
    rf"|^[\s$.,)\]*}}]*(?:\\[)\]])?\s*{_BAD_ABROAD}\s*(?:[.!,;)\u3002\u0964]|$)"
    r"|^[\s$.,;:)\]*}]*(?:\\[)\]])?[\s.,;]*(?:but |which |and )?(?:this |that |it |which )?(?:is"
    r"|was)n['\u2019]t (?:right|correct|the answer|possible)"
    r"|^[\s$)*}]*(?:\\[)\]])?[\s,;]*(?:\?|[.!?,;\u2014-]?\s+no\b[,.!])"
    r"|^[\s$)*}]*(?:\\[)\]])?[\s,;]*but (?:it|that|this)"
    r"(?:\s?(?:is|was) not|\s?(?:is|was)n['\u2019]t|['\u2019]s not)\s*[.!]"
    rf"|^{_GUESSED}[\s,;]*(?:which|but (?:it|that|this|they|I|we|he|she))\s+"
    rf"(?:is|was|are|am|were)\s*(?:clearly |also |obviously |actually )?{_BAD}\b"
    r"|^[\s$)*}]*(?:\\[)\]])?\s*(?:would|could|might) (?:be|have been)\s+"
    r"(?:the (?:\w+ )?(?:answer|result|value)|right|correct|true)\b[^.!?\n]*\bif\b",
    re.IGNORECASE,
)
_OF_RETRACTIONS = (
    "wrong", "correct", "mistake", "error", "slip", "forgot", "wait", "sorry", "oops", "hmm",
    "hold on", "misread", "miscount", "miscalc", "misunder", "misinter", "scratch that",
    "on second", "impossible", "not right", "not quite", "not possible", "not valid", "not the",
    "not what", "not an", "not among", "not one", "n't", "n\u2019t", "false", "disregard",
    "ignore", "actually", "edit:", "take ", " out", "eliminated", "excluded", "\u274c", "\u2717",
    "\u2718", "be right", "be true", "be the", "no,", "no.", "no!", "no:", "no ",
    "\u9519", "\u4e0d\u5bf9", "strike", "scrap", "forget", "mean", "rather", "make ", "\u00d7",
    "reject", "invalid", "extraneous", "discard", "too ", "contradict", "no satis", "no cumple",
    "no func", "no sirve", "not ", "fails", "fals", "fau", "errone", "err\u00f3n", "errat", "errad",
    "equivocad", "mal", "incorr", "sbagliat", "n\u00e3o", "non \u00e8", "no es", "pas ", "nicht",
    "inkorr", "\u043d\u0435", "\u4e0d", "\u9593\u9055", "\u8aa4", "\u3067\u306f", "\ud2c0",
    "\uc624\ub2f5", "\uc544\ub2d9", "\uc544\ub2c8", "\u0917\u0932\u0924", "\u0928\u0939", "yanl",
    "sai", "hmm", "off by", "would ", "could ", "might ", "can't", "can\u2019t", "cannot",
    "\u66f4\u6b63",
)  # fmt: skip
"""One of these stands in every retraction: `in` is many times faster than the patterns."""


def retraction(after: str) -> int | None:
    """Where the text after a statement takes the statement back; None where it stands.

    Only what is said of the statement itself counts: "Answering 6 would be wrong" does not.
    """
    if not holds_any(after.lower(), _OF_RETRACTIONS):
        return None
    if struck := _STRUCK.match(after[:LOOKED]):
        return struck.end()
    start = len(after)
    for line in reversed(after[-FAR:].splitlines(keepends=True)):
        start -= len(line)
        if holds_any(line.lower(), _OF_RETRACTIONS) and (match := last_match(_RETRACTED, line)):
            return start + match.start()
    return None


LOOKED = 200
FAR = 20_000
"""Characters after a statement in which it may be taken back."""


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
    return bool(_NO_STATEMENT.search(sentence)) or _abroad(sentence)


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
    whole = Excerpt(text)
    if match := _OTHER_AFTER.match(text[end : end + NEAR]):
        return whole.cut(end).group(match, "other")
    begin = max(0, start - NEAR)
    if " or" not in text[begin:start]:
        return None
    match = _OTHER_BEFORE.search(text[begin:start])
    return whole.cut(begin, start).group(match, 1) if match else None


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
