"""Our tasks as lm-eval sees them: documents from `testsets`, the paper's prompt, our metrics.

    Item ── doc ──> prompt ──> engine ──> responses ── GradeFilter ──> Graded ──> metrics

lm-eval's sample log holds each document; `process_results` adds `verdicts` to it, one for each
response, so that what was found, how, and why it counts stands beside the response for good.
"""

from collections.abc import Callable, Sequence
from typing import Any

import datasets
from lm_eval.api.task import ConfigurableTask

from cft_eval.checker import CHECKER_VERSION, equal
from cft_eval.harness import repeats
from cft_eval.harness.grading import POLICIES, Graded
from cft_eval.harness.protocol import chatml
from cft_eval.results.schema import Policy
from cft_eval.testsets import Item, find, load

SCORES: dict[Policy, str] = {"strict": "acc", "qwen": "acc_qwen", "cft_paper": "acc_cft_paper"}
"""Policy to the metric that reports it."""


class MathTask(ConfigurableTask):  # type: ignore[misc]  # lm-eval has no types
    """One benchmark. Its YAML names it by `dataset_name`."""

    def __init__(self, config: dict[str, Any]) -> None:
        config = dict(config)
        config.pop("class", None)
        # The log says which checker graded it: who reads it later may have another.
        config["metadata"] = {**(config.get("metadata") or {}), "checker": CHECKER_VERSION}
        super().__init__(config=config)

    def download(self, dataset_kwargs: dict[str, Any] | None = None, **_: object) -> None:
        """Called by lm-eval to fill ``self.dataset``; ``dataset_kwargs`` may ask for errata."""
        errata = bool((dataset_kwargs or {}).get("errata", False))
        items = load(self.config.dataset_name, errata=errata)
        self.dataset = {"test": datasets.Dataset.from_list([document(item) for item in items])}

    @property
    def _plain(self) -> bool:
        return (self.config.metadata or {}).get("prompt") == "plain"

    def fewshot_context(
        self,
        doc: dict[str, Any],
        num_fewshot: int,
        system_instruction: str | None = None,
        apply_chat_template: bool = False,
        fewshot_as_multiturn: bool = False,
        chat_template: Callable[..., str] | None = None,
        gen_prefix: str | None = None,
    ) -> str | list[str]:
        """The prompt: the tokenizer's chat template where asked for, else the paper's ChatML.

        Tasks with `prompt: plain` in their metadata have plain text in place of ChatML.
        A system instruction from the command line stands in for ours, not beside it.
        """
        chat = bool(apply_chat_template and chat_template)
        if not chat and not self._plain:
            chat_template, fewshot_as_multiturn, chat = chatml, True, True
        ours = self.config.description
        if system_instruction:
            self.config.description = ""
        prompt: str | list[str] = super().fewshot_context(
            doc,
            num_fewshot,
            system_instruction=system_instruction,
            apply_chat_template=chat,
            fewshot_as_multiturn=fewshot_as_multiturn,
            chat_template=chat_template,
            gen_prefix=gen_prefix,
        )
        self.config.description = ours
        return prompt


def process_results(doc: dict[str, Any], results: Sequence[Sequence[Graded]]) -> dict[str, float]:
    """The metrics of one document, each a mean over its responses."""
    (graded,) = results
    doc["verdicts"] = [response.record() for response in graded]
    found = {
        SCORES[policy]: repeats.average([response.correct[policy] for response in graded])
        for policy in POLICIES
    }
    found["answered"] = repeats.average([response.answered for response in graded])
    if len(graded) > 1:
        found |= _repeated(graded, find(doc["benchmark"]).grading)
    return found


def document(item: Item) -> dict[str, Any]:
    """An item as a row of the table that lm-eval walks through: plain values, no nulls."""
    return {
        "id": item.id,
        "benchmark": item.benchmark,
        "index": item.index,
        "item": item.item,
        "problem": item.problem,
        "reference": item.reference,
        "level": item.level or "",
        "subject": item.subject or "",
        "tolerance": item.rules.tolerance or "",
        "ordered": item.rules.ordered,
    }


def _repeated(graded: Sequence[Graded], benchmark: str) -> dict[str, float]:
    """pass@k for the powers of two up to the repeats, and maj@k over all of them."""
    correct = [response.correct["strict"] for response in graded]
    found = {
        f"pass_at_{2**power}": repeats.pass_at(2**power, correct)
        for power in range(len(graded).bit_length())
    }

    def same(left: str, right: str) -> bool:
        return equal(left, right, benchmark=benchmark).correct

    found["maj_at_k"] = repeats.majority([str(answer) for answer in graded], correct, same)
    return found
