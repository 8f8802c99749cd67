"""What of a response are the model's own words: after its thinking, before what ends it.

    "<think>2 or 3?</think> <answer>3</answer>"  ->  "3"

Where a response puts its answer into ``<answer>`` tags, they hold all that counts.
"""

import re
from collections import deque

from cft_eval.checker.extract.tags import ends_in_tag, tagged

END_TOKENS = re.compile(r"<\|(?:im_end|endoftext|eot_id|end_of_text|end|EOT)\|>|</s>|<eos>")
END_MARKERS = re.compile(
    r"(?:\[END\]|\(END\)|\*\*END\*\*|\\\[END\\\]|\*\*\[END\]\*\*|\\boxed\{END\}|`{3})$"
)
THOUGHT = re.compile(r"<(/?)think(?:ing)?>")


def own_words(response: str) -> str | None:
    """What a response says after its thinking and before its end, inside its tags if it has any;
    None where it only thinks."""
    text = _said(response)
    if text is None:
        return None
    text = _own(_without_end(text))
    inside = tagged(text)
    return text[inside.start : inside.end] if inside else text


def own_start(response: str) -> int:
    """The character at which `own_words` begins; after it, only the end is cut."""
    text = _said(response) or ""
    inside = tagged(_own(_without_end(text)))
    return len(response) - len(text.lstrip()) + (inside.start if inside else 0)


def _said(response: str) -> str | None:
    """The response after its thinking; None where the thinking never ends."""
    if "<think" not in response and "</think" not in response:
        return response
    last: re.Match[str] | None = None
    for found in THOUGHT.finditer(response):
        # `</think> <answer>7</think>`: a slip for </answer>.
        closes_twice = last is not None and last[1] and found[1]
        if last is None or not (closes_twice and ends_in_tag(response, last.end(), found.start())):
            last = found
    if last is None:
        return response
    return response[last.end() :] if last[1] else None


def _without_end(text: str) -> str:
    """Cut at the first end token, then the end markers that trained critics write."""
    if token := END_TOKENS.search(text):
        text = text[: token.start()]
    text = text.strip()
    for _ in range(8):  # a marker may be repeated; a flood of them is not worth a scan each
        marker = END_MARKERS.search(text[-16:])
        if not marker or (marker[0] == "```" and text.count("```") % 2):
            return text
        text = text[: len(text) - len(marker[0])].rstrip()
    return text


NEXT_TURN = re.compile(
    # A line's own blanks alone: what runs over line ends is quadratic in empty lines.
    r"\n[ \t]{0,8}(?:#{1,6}[ \t]*|\*\*)?(?:Human|User|Question|Problem|Q)\b"
    r"[ \t]*\d{0,3}[ \t]*(?:\*\*)?:"
)


ANSWERED = re.compile(
    r"\\(?:boxed|fbox)|</answer>|#### *-?[\d$]|\banswer (?:is|=|:) *\S", re.IGNORECASE
)


def _own(text: str) -> str:
    """Up to where a model that did not stop goes on with a problem of its own making."""
    answered = ANSWERED.search(text)
    turn = NEXT_TURN.search(text, answered.end()) if answered else None
    return text[: turn.start()].rstrip() if turn else text


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match, in one pass over the text and with one match in memory."""
    return next(iter(deque(pattern.finditer(text), maxlen=1)), None)
