r"""The questions of the paper's Table 3 beyond mathematics, as its harness asks them.

Documents in, texts out. What a question needs beside itself (its options, how a truth value is to
be boxed) is added here; everything else is the protocol's.
"""

import re
from collections.abc import Mapping

_NUMBER = re.compile(r"\n\[MMLU-Pro \d+\]$")


def theoremqa(doc: Mapping[str, str]) -> str:
    r"""A question; a truth value is asked for in so many words.

    >>> theoremqa({"problem": "Is 2 even?", "reference": "True"})
    'Is 2 even? Answer with \\boxed{True} or \\boxed{False}. (True or False)'
    """
    if doc["reference"] in ("True", "False"):
        return doc["problem"] + r" Answer with \boxed{True} or \boxed{False}. (True or False)"
    return doc["problem"]


def mmlu_pro(doc: Mapping[str, str]) -> str:
    r"""A question with its options.

    >>> mmlu_pro({"problem": "1+1?\nOptions:\nA. 2\nB. 3\n[MMLU-Pro 7]"})
    "Question:\n1+1?\nOptions:\nA. 2\nB. 3\nAnswer: Let's think step by step.\n"
    """
    text = _NUMBER.sub("", doc["problem"])
    return f"Question:\n{text}\nAnswer: Let's think step by step.\n"
