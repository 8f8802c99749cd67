"""In which settings runs differ, in words: each setting once, with the tasks that it holds for.

    mismatches of `gate` + names of the two runs ──> "few-shot examples: 4 for SFT, 0 for CFT"

A command names settings as its options do (`Mismatch.words`); a page says them in plain words.
"""

from collections.abc import Callable, Sequence

from cft_eval.gate.fingerprint import GRADING, Mismatch
from cft_eval.plain import plain
from cft_eval.render.text import listed, short

WORDS = {
    "policy": "grading policy",
    "checker": "checker version",
    "dtype": "number format",
    "chat_template": "chat template",
    "system_instruction": "system prompt",
    "task_version": "task version",
    "n_shot": "few-shot examples",
    "max_gen_toks": "token limit",
    "top_p": "top p",
    "until": "stop strings",
    "generation": "other generation options",
}

LONGEST_VALUE = 60


def setting_differences(
    found: Sequence[Mismatch],
    names: tuple[str, str],
    *,
    tasks: int,
    named: Callable[[str], str],
) -> list[str]:
    """What ``found`` says of two runs, that of the baseline first; ``tasks`` is how many they
    share. A difference on all of them names no task."""
    of: dict[str, list[str]] = {}
    for each in found:
        of.setdefault(_words(each, names), []).append(named(each.task))
    return [
        words if len(where) >= tasks else f"{listed(where)}: {words}" for words, where in of.items()
    ]


def _words(each: Mismatch, names: tuple[str, str]) -> str:
    name = WORDS.get(each.field, each.field.replace("_", " "))
    if each.field == GRADING:
        return plain(each.note)
    lacks = [
        who
        for who, fact in zip(names, (each.baseline, each.candidate), strict=True)
        if fact is None
    ]
    if each.hashed:
        return plain(f"{name}: different" + (f" ({lacks[0]} has none)" if lacks else ""))
    sides = (
        f"{_value(fact)} for {who}"
        for who, fact in zip(names, (each.baseline, each.candidate), strict=True)
    )
    return plain(f"{name}: {', '.join(sides)}")


def _value(fact: object) -> str:
    return "not recorded" if fact is None else short(str(fact), LONGEST_VALUE)
