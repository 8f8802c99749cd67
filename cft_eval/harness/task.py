"""Our tasks as lm-eval sees them: documents from `testsets`, the paper's prompt, our metrics.

    Item ── doc ──> prompt ──> engine ──> responses ── GradeFilter ──> Graded ──> metrics

lm-eval's sample log holds each document; `process_results` adds `verdicts` to it, one for each
response, so that what was found, how, and why it counts stands beside the response for good.
"""

from collections.abc import Callable, Sequence
from typing import Any

import datasets
from lm_eval.api.task import ConfigurableTask

from cft_eval.checker import CHECKER_VERSION
from cft_eval.errors import CftError
from cft_eval.harness import metrics, resume, thoughts, watch
from cft_eval.harness.arguments import engine_versions
from cft_eval.harness.endings import cut, encodable
from cft_eval.harness.fewshot import exemplars
from cft_eval.harness.grading import GradedAnswer, RecordedResponse
from cft_eval.harness.protocol import fitted, prompt_named
from cft_eval.testsets import Item, corrections
from cft_eval.testsets.load import load

MAX_REPEATS = 4096


class BadRepeats(CftError):
    """A number of responses to a problem that makes no sense."""


class TooManyExamples(CftError):
    """More worked examples were asked for than there are."""


class MathTask(ConfigurableTask):  # type: ignore[misc]  # lm-eval has no types
    """One benchmark. Its YAML names it by `dataset_name`.

    From the metadata, which `--metadata` sets: `repeats`, the responses to each problem, and
    `prompt`, how it is written without a chat template (`cft_eval.harness.protocol`).
    """

    def __init__(self, config: dict[str, Any]) -> None:
        config = dict(config)
        config.pop("class", None)
        # The log says which checker graded it, and which engines there were: who reads it later
        # may have others.
        metadata = {
            **(config.get("metadata") or {}),
            "checker": CHECKER_VERSION,
            "versions": engine_versions(),
        }
        config["metadata"] = metadata
        config["repeats"] = _repeats(metadata.get("repeats", config.get("repeats", 1)))
        config["metric_list"] = metrics.listed(config["repeats"], errata=_both(config))
        self._instances: list[Any] | None = None
        self._template: tuple[Any, Any] | None = None
        super().__init__(config=config)

    def download(self, dataset_kwargs: dict[str, Any] | None = None, **_: object) -> None:
        """Called by lm-eval to fill ``self.dataset``; ``dataset_kwargs`` may ask for errata."""
        items = load(self.config.dataset_name)
        right: dict[int, tuple[str, ...]] = {}
        if (dataset_kwargs or {}).get("errata", False):
            right = {item.index: (item.reference,) for item in items}
            right |= corrections(items)
        rows = [document(item, right.get(item.index, ())) for item in items]
        self.dataset = {"test": datasets.Dataset.from_list(rows)}

    def build_all_requests(self, *, rank: int = 0, world_size: int = 1, **kwargs: Any) -> None:
        """Called by lm-eval once the model is loaded; what an earlier run has is left out."""
        _check_examples(self.config.task, self.config.num_fewshot or 0)
        super().build_all_requests(rank=rank, world_size=world_size, **kwargs)
        _check_sampled(self.config.task, self.config.repeats, self.config.generation_kwargs)
        watch.attach(self.config.task)
        self._every = self._instances or []
        for instance in self._every:
            instance.repeats = self.config.repeats
        self._instances = resume.left(
            self.config.task, self._every, rank=rank, alone=world_size == 1
        )

    def apply_filters(self) -> Any:
        """Called by lm-eval when all responses are there: each with its ending, up to its stop."""
        self._instances = self._every
        for instance in self._instances:
            instance.resps = [self._response(instance, text) for text in instance.resps]
        self._open_unseen([i for i in self._instances if not isinstance(i.args[0], str)])
        return super().apply_filters()

    def _response(self, instance: Any, text: str) -> RecordedResponse:
        context, sent = instance.args
        text = encodable(text)  # as the journal has it: the log could not hold it otherwise
        ending = watch.WATCH.take(context, text)
        begun = thoughts.opening(context) if isinstance(context, str) else ""
        # As an engine stops, at the first one; in the long protocol a thought may quote one.
        thinking = bool((self.config.metadata or {}).get("thinking"))
        said = cut(begun + text, sent.get("until") or [], thinking=thinking)
        if said != begun + text:
            ending = ending._replace(finish="stop")  # it wrote on after its end
        return RecordedResponse(said, ending)

    def _open_unseen(self, instances: Sequence[Any]) -> None:
        """A chat server keeps its prompt to itself: see from the responses what it ends in."""
        said = [response for instance in instances for response in instance.resps]
        ended = [response for response in said if response.ending.finish != "length"]
        if thoughts.opened_unseen(ended or said):
            for instance in instances:
                instance.resps = [
                    RecordedResponse(thoughts.TAG + r, r.ending) for r in instance.resps
                ]

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
        """The prompt: the tokenizer's chat template where asked for, else one of ours.

        The metadata name it, the task's own or `--metadata prompt=…`: the paper's ChatML unless
        they do. A system instruction from the command line stands in for ours, not beside it.
        """
        template: Callable[..., Any] | None
        if apply_chat_template and chat_template:
            template = self._fitted(chat_template)
        else:
            template = prompt_named((self.config.metadata or {}).get("prompt", "chatml"))
            fewshot_as_multiturn = template is not None
        ours = self.config.description
        if system_instruction:
            self.config.description = ""
        prompt: str | list[str] = super().fewshot_context(
            doc,
            num_fewshot,
            system_instruction=system_instruction,
            apply_chat_template=template is not None,
            fewshot_as_multiturn=fewshot_as_multiturn,
            chat_template=template,
            gen_prefix=gen_prefix,
        )
        self.config.description = ours
        return prompt

    def _fitted(self, template: Callable[..., str]) -> Callable[..., str]:
        # Once for all documents: lm-eval hands the same bound method on with each.
        if self._template is None or self._template[0] != template:
            self._template = template, fitted(template)
        return self._template[1]


def process_results(
    doc: dict[str, Any], results: Sequence[Sequence[GradedAnswer]]
) -> dict[str, Any]:
    """The metrics of one document, each a mean over its responses."""
    (graded,) = results
    doc["verdicts"] = [response.record() for response in graded]
    return metrics.of_problem(graded, doc)


def document(item: Item, corrected: Sequence[str] = ()) -> dict[str, Any]:
    """An item as a row of the table that lm-eval walks through: plain values, no nulls.

    ``corrected``: the answers that are right where the errata count; empty where they do not.
    """
    return {
        "id": item.id,
        "benchmark": item.benchmark,
        "index": item.index,
        "item": item.item,
        "problem": item.problem,
        "reference": item.reference,
        "corrected": list(corrected),
        "level": item.level or "",
        "subject": item.subject or "",
        "tolerance": item.rules.tolerance or "",
        "ordered": item.rules.ordered,
    }


def _both(config: dict[str, Any]) -> bool:
    return bool((config.get("dataset_kwargs") or {}).get("errata", False))


def _repeats(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MAX_REPEATS:
        return given
    raise BadRepeats(f"repeats={given!r}: expected a whole number from 1 to {MAX_REPEATS}")


def _check_examples(task: str, wanted: int) -> None:
    there = len(exemplars())
    if not 0 <= wanted <= there:
        raise TooManyExamples(
            f"{task}: --num_fewshot {wanted}: there are {there} worked examples; "
            f"ask for 0 to {there}"
        )


def _check_sampled(task: str, repeats: int, sent: dict[str, Any] | None) -> None:
    if repeats > 1 and not (sent or {}).get("temperature") and not (sent or {}).get("do_sample"):
        raise BadRepeats(
            f"{task}: {repeats} responses to each problem at temperature 0 would all be the same; "
            "add --gen_kwargs temperature=0.6,top_p=0.95"
        )
