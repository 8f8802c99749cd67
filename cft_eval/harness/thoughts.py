r"""Responses whose thought was begun by their prompt: the tag is put back before them.

    prompt that ends in <think> │ most responses close a thought that they never began ── "<think>"

The templates of DeepSeek-R1 and QwQ write `<think>` themselves. A response then begins in the
middle of a thought, and one that the limit cuts there looks like an answer. With its tag it reads
everywhere as what it is: in the log, to the checker, and on the board that grades it again.
"""

import re
from collections.abc import Iterable

TAG = "<think>"
OPENED = re.compile(r"<think(?:ing)?>\s*\Z")
CLOSED = re.compile(r"</think(?:ing)?>")


def opening(prompt: str) -> str:
    r"""The open tag that a prompt ends in, blanks included; empty where it ends in none.

    >>> opening("<|Assistant|><think>\n"), opening("<|im_start|>assistant\n")
    ('<think>\n', '')
    """
    match = OPENED.search(prompt)
    return match[0] if match else ""


def opened_unseen(responses: Iterable[str]) -> bool:
    r"""Whether a server's template, which nobody sees, begins the thought of these responses.

    Give it those that ended by themselves. Most of them decide: a stray tag shows nothing.

    >>> opened_unseen(["so 4</think>4", "so 5</think>5", "6"])
    True
    >>> opened_unseen(["<think>so 4</think>4", "5", "6</think>"])
    False
    """
    closing = [_closes_only(response) for response in responses]
    return 2 * sum(closing) > len(closing)


def _closes_only(response: str) -> bool:
    closed = CLOSED.search(response)
    return closed is not None and "<think" not in response[: closed.start()]
