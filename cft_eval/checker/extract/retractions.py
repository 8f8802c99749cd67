r"""What follows an answer and takes it back.

    "\boxed{5}. Wait, that is wrong, it is 7."  ->  from "Wait" on
    "\boxed{5}, which does not work."           ->  what is behind it

Only what is said of the answer itself counts. What stands before it is left to `hedging`.
"""

import re

from cft_eval.checker.types.excerpt import last_match
from cft_eval.checker.types.words import holds_any

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
    r"|^[\s$)*}]*(?:\\[)\]])?[\s,;]*[.!?,;\u2014-]?\s+no\b[,.!]"
    r"|^[\s$)*}]*(?:\\[)\]])?[\s,;]*but (?:it|that|this)"
    r"(?:\s?(?:is|was) not|\s?(?:is|was)n['\u2019]t|['\u2019]s not)\s*[.!]"
    rf"|^{_GUESSED}[\s,;]*(?:which|but (?:it|that|this|they|I|we|he|she))\s+"
    rf"(?:is|was|are|am|were)\s*(?:clearly |also |obviously |actually )?{_BAD}\b"
    r"|^[\s$)*}]*(?:\\[)\]])?\s*(?:would|could|might) (?:be|have been)\s+"
    r"(?:the (?:\w+ )?(?:answer|result|value)|right|correct|true)\b[^.!?\n]*\bif\b",
    re.IGNORECASE,
)
_OF_RETRACTIONS = (
    "not ", "not.", "not!", "n't", "n\u2019t", "cannot", "cant", "no ", "no,", "no.", "no!", "no:",
    "no-", "no\u2026", "wrong", "correct", "mistake", "error", "slip", "false", "fails", "forgot",
    "forget", "mean", "misread", "miscount", "miscalc", "misunder", "misinter", "wait", "sorry",
    "oops", "hmm", "hold on", "actually", "rather", "edit", "make ", "take ", "strike", "scrap",
    "scratch that", "on second", "disregard", "ignore", "discard", "reject", "invalid",
    "extraneous", "eliminated", "excluded", " out", "off by", "too ", "contradict", "impossible",
    "would ", "could ", "might ", "be right", "be true", "be the", "\u274c", "\u2717", "\u2718",
    "\u00d7", "fals", "fau", "errone", "err\u00f3n", "errat", "errad", "equivocad", "mal",
    "incorr", "inkorr", "sbagliat", "n\u00e3o", "non \u00e8", " pas", "nicht", "sai", "yanl",
    "\u043d\u0435", "\u9519", "\u4e0d", "\u66f4\u6b63", "\u9593\u9055", "\u8aa4", "\u3067\u306f",
    "\ud2c0", "\uc624\ub2f5", "\uc544\ub2d9", "\uc544\ub2c8", "\u0917\u0932\u0924", "\u0928\u0939",
)  # fmt: skip
"""One of these stands in every retraction: `in` is many times faster than the patterns."""


def retraction(after: str) -> int | None:
    """Where the text after a statement takes the statement back; None where it stands.

    Only what is said of the statement itself counts: "Answering 6 would be wrong" does not.
    """
    if not holds_any(after.lower().replace("\n", " "), _OF_RETRACTIONS):
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
