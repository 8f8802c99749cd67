"""Why an evaluation is not started: errors that say what is wrong, and what may have been meant."""

import difflib
from collections.abc import Iterable, Sequence

from cft_eval.caller import setting, several
from cft_eval.errors import CftError


class NotReady(CftError):
    """What an evaluation would fail at, each on a line of its own."""

    def __init__(self, problems: Sequence[CftError | OSError]) -> None:
        super().__init__(several(map(str, problems)))
        self.problems = tuple(problems)


class BadOption(CftError):
    """An argument that lm-eval would stumble over."""


class NotOurTask(CftError):
    """A task that only plain lm_eval knows."""

    def __init__(
        self, names: Sequence[str], known: Sequence[str], unreadable: Sequence[str] = ()
    ) -> None:
        near = dict.fromkeys(each for name in names for each in near_to(name, known))
        hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(known)}"
        if unreadable:
            hint = f"not read: {'; '.join(unreadable)}"
        super().__init__(
            f"{', '.join(names)}: no such task of cft_eval; {hint} (lm_eval itself runs all others)"
        )


class UnknownModel(CftError):
    """A model type that lm-eval does not have."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = near_to(name, known)
        hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(known)}"
        super().__init__(f"{setting('model', name)}: lm-eval has no such model type; {hint}")


class NotLoaded(CftError):
    """The model could not be loaded."""

    def __init__(self, model: str, error: Exception) -> None:
        what = str(error).strip() or type(error).__name__
        super().__init__(
            f"{setting('model', model)}: it cannot be loaded: {type(error).__name__}: {what}; see "
            f"{setting('model_args')}"
        )


class NoPackage(CftError):
    """What the model is run by needs a package that is not installed."""

    def __init__(self, model: str, error: ModuleNotFoundError) -> None:
        what = f"{error.name} is not installed" if error.name else str(error)
        super().__init__(
            f"{setting('model', model)}: {what}: install it; `cft-eval doctor` says what else is "
            "missing"
        )


class BadTask(CftError):
    """A task file that makes no task."""

    def __init__(self, error: Exception) -> None:
        what = str(error) or type(error).__name__
        super().__init__(
            f"the tasks cannot be made: {type(error).__name__}: {what}; see the task's YAML, and "
            "docs/tasks.md for what a task of your own needs"
        )


def near_to(name: str, known: Iterable[str]) -> list[str]:
    """Names that may have been meant: other letters, or the same words in part.

    >>> near_to("cft_maths_suite", ["cft_math", "cft_math_suite", "cft_gsm8k"])
    ['cft_math_suite']
    """
    listed = list(known)
    near = difflib.get_close_matches(name, listed, n=3, cutoff=0.75)
    prefixed = [f"cft_{name}"] if f"cft_{name}" in listed else []
    return list(dict.fromkeys([*prefixed, *near]))
