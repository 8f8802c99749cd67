"""What of a response is the model's own final text: after its thinking, before its turn ends.

    "<think>2 or 3?</think> <answer>3</answer><|im_end|>"  ->  "3"

Knows the tags and tokens of chat templates. Where a response puts its answer into ``<answer>``
tags, they hold all that counts.
"""

import re

from cft_eval.checker.extract.tags import ends_in_tag, tagged
from cft_eval.checker.types.excerpt import Excerpt

_BAR = "[|\uff5c]"
LEADING = re.compile(
    rf"\s*(?:(?:<bos>|<s>|<{_BAR}(?:begin_of_text|begin\u2581of\u2581sentence|startoftext){_BAR}>"
    rf"|<{_BAR}(?:assistant|END_OF_TURN_TOKEN|CHATBOT_TOKEN|START_OF_TURN_TOKEN|START_RESPONSE"
    rf"|end){_BAR}>"
    r"|(?:<\|im_start\|>|<start_of_turn>|<\|start_header_id\|>|<\|start\|>|<\|header_start\|>"
    r"|<\|im_assistant\|>|<\|start_of_role\|>|<role>)\s*(?:assistant|model)"
    r"\s*(?:<\|(?:end_header_id|header_end|im_sep|im_middle|end_of_role|message)\|>|</role>)?"
    r"|\[/INST\]|\[\|assistant\|\])\s*)+",
    re.IGNORECASE,
)
"""What stands before a response that was cut out of a conversation with its template."""

# Each pattern begins with one sign, so that the search runs from sign to sign.
TURN_END = re.compile(
    rf"<(?:{_BAR}(?:im_(?:end|start|user|system)"
    r"|end(?:_?of_?(?:text|turn|response|message|sentence))?"
    r"|end\u2581of\u2581sentence|eo[tms](?:_id)?|end_response|end_of_turn_token|return|call|start"
    r"|start_header_id|header_start|start_of_role|role_(?:start|end)|turn_(?:start|end)|user_turn"
    r"|start_of_turn_token|user|system|human|observation|pad|endofprompt"
    rf"|fim_(?:prefix|middle|suffix)){_BAR}|/s|eos|end_of_turn|start_of_turn|eo[ah]|pad|role)>",
    re.IGNORECASE,
)
TURN_IN_BRACKETS = re.compile(
    r"\[(?:INST\]|UNUSED_TOKEN_\d+\]|\|(?:endofturn|user|human|system)\|\])"
)
END_MARKERS = re.compile(
    r"(?:\[END\]|\(END\)|\*\*END\*\*|\\\[END\\\]|\*\*\[END\]\*\*|\\boxed\{END\}|`{3})$"
)
_MARKED = ("]", ")", "*", "}", "`")

FINAL_CHANNEL = re.compile(
    r"<\|channel\|>\s*final\b[^<]{0,40}(?:<\|[a-z]+\|>[^<]{0,20})?<\|message\|>"
)
_BARE_CHANNEL = re.compile(r"analysis(?=[A-Z])")
_BARE_FINAL = re.compile(r"assistant\s?final(?![a-z ])")
"""gpt-oss's channels with their special tokens removed."""

_OPENING = (
    r"think(?:ing)?|thoughts?|reasoning|reason|reflection|scratchpad|seed:think|analysis"
    r"|inner_thoughts|inner_monologue|longcat_think|cot|chain_of_thought|rationale"
    r"|(?:thinking|thought|reasoning)_process|scratch_pad"
)
_TAG = (
    rf"<(?:\s?(?P<a>/?)\s?(?:{_OPENING})\s?>"
    r"|\|(?:(?:begin|start)_(?:of_)?)?(?:thought|think|thinking|reasoning)(?:_(?:start|begin))?\|>"
    r"|(?P<b>\|(?:(?:end_(?:of_)?|/)(?:thought|think|thinking|reasoning)"
    r"|(?:thought|think|thinking|reasoning)_end)\|>)"
    r"|unused94>|(?P<c>unused95>))"
)
THOUGHT = re.compile(_TAG, re.IGNORECASE)
ANY_THOUGHT = re.compile(
    # "[THOUGHT]" is a heading where another one follows it; "[REASONING]" always is.
    rf"{_TAG}|\[(?P<d>/?)THINK(?:ING)?\]"
    r"|\[(?-i:THOUGHTS?)\](?![^\[]{0,2000}\[(?-i:[A-Z]{3}))"
    r"|\[(?P<f>/)(?:THOUGHTS?|REASONING)\]|\u25c1(?P<e>/?)think\u25b7",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\[/?(?:think|thought|reasoning)", re.IGNORECASE)
SOLUTION = re.compile(r"<\|begin_of_solution\|>|<\|START_RESPONSE\|>", re.IGNORECASE)
_SOLUTION_END = re.compile(r"<\|end_of_solution\|>|<\|END_RESPONSE\|>", re.IGNORECASE)


_IN_ANGLES = re.compile(r"<\s?/?\s?[|\uff5cabcefilprstu]", re.IGNORECASE)
_IN_SQUARES = re.compile(r"\[(?:[/|]|inst|unused|think|thought|reason|answer)", re.IGNORECASE)


def has_marks(response: str) -> bool:
    """Might there be a tag or a token in it? Most responses have none. Each search runs from one
    sign to the next; a single pattern for all would look at every character."""
    return (
        ("<" in response and _IN_ANGLES.search(response) is not None)
        or ("[" in response and _IN_SQUARES.search(response) is not None)
        or "\u25c1" in response
        or response.startswith("analysis")
    )


def own_words(response: str) -> Excerpt | None:
    """What a response says after its thinking and before its end, inside its tags if it has any;
    None where it only thinks."""
    whole = Excerpt(response)
    marked = has_marks(response)
    text = _said(whole) if marked else whole
    if text is None:
        return None
    text = _own(_without_markers(text))
    inside = tagged(text.text) if marked else None
    return text.cut(inside.start, inside.end) if inside else text


def _said(whole: Excerpt) -> Excerpt | None:
    """The turn of the response after its thinking; None where the thinking never ends."""
    if "<|" in whole.text and "<|channel|>" in whole.text:
        final = FINAL_CHANNEL.search(whole.text)
        return _one_turn(whole.cut(final.end())) if final else None
    text = _one_turn(whole)
    last = _last_thought(text.text)
    if last is not None:
        if not _closes(last):
            return None
        text = text.cut(last.end())
    if "<|" in text.text and (solution := SOLUTION.search(text.text)):
        text = text.cut(solution.end())
        end = _SOLUTION_END.search(text.text)
        text = text.cut(0, end.start()) if end else text
    return _after_bare_channel(text)


def _one_turn(text: Excerpt) -> Excerpt:
    """Without what a chat template puts before the text, and up to where the turn ends."""
    if leading := LEADING.match(text.text):
        text = text.cut(leading.end())
    for pattern in (TURN_END, TURN_IN_BRACKETS):
        if end := pattern.search(text.text):
            text = text.cut(0, end.start())
    return text


def _last_thought(text: str) -> re.Match[str] | None:
    last: re.Match[str] | None = None
    closed = False
    rare = "\u25c1" in text or ("[" in text and _IN_BRACKETS.search(text))
    pattern = ANY_THOUGHT if rare else THOUGHT
    for match in pattern.finditer(text):
        closes = _closes(match)
        # `</think> <answer>7</think>`: a slip for </answer>.
        if last is None or not (closed and closes and ends_in_tag(text, last.end(), match.start())):
            last, closed = match, closes
    return last


def _closes(thought: re.Match[str]) -> bool:
    return any(thought.groups())


def _after_bare_channel(text: Excerpt) -> Excerpt | None:
    if not _BARE_CHANNEL.match(text.text):
        return text
    final = _BARE_FINAL.search(text.text)
    return text.cut(final.end()) if final else None


def _without_markers(text: Excerpt) -> Excerpt:
    """Without the end markers that trained critics write."""
    text = text.strip()
    for _ in range(8):  # a marker may be repeated; a flood of them is not worth a scan each
        if not text.text.endswith(_MARKED):
            return text
        marker = END_MARKERS.search(text.text[-16:])
        if not marker or (marker[0] == "```" and text.text.count("```") % 2):
            return text
        text = text.cut(0, len(text.text) - len(marker[0])).strip()
    return text


NEXT_TURN = re.compile(
    # A line's own blanks alone: what runs over line ends is quadratic in empty lines.
    # "Problem:" without a number is as often a heading of the response's own.
    r"\n[ \t]{0,8}(?=[#*\[HUQISPEuh\u95ee\u9898])"  # a line's first sign tells most apart
    r"(?:(?:#{1,6}[ \t]*|\*\*|\[)?(?:(?:Human|User|Question|Q|Instruction|Student"
    r"|\u95ee\u9898|\u9898\u76ee)\b[ \t]*\d{0,3}|(?:Problem|Exercise)[ \t]+\d{1,3})"
    r"[ \t]*(?:\*\*|\])?[:\uff1a]"
    r"|(?:user|human)[ \t]*\n)"
)
ANSWERED = re.compile(
    r"\\(?:boxed|fbox)|</answer>|#### *-?[\d$]"
    r"|\banswer(?:\*\*)? ?(?:is|=|:)(?:\*\*)?[ \n]*\S|\u7b54\u6848",
    re.IGNORECASE,
)


def _own(text: Excerpt) -> Excerpt:
    """Up to where a model that did not stop goes on with a problem of its own making."""
    if NEXT_TURN.search(text.text) is None:  # nearly all; much faster than the other search
        return text
    answered = ANSWERED.search(text.text)
    turn = NEXT_TURN.search(text.text, answered.end()) if answered else None
    return text.cut(0, turn.start()).strip() if turn else text
