"""Our tasks as lm-eval sees them: documents from `testsets`, the paper's prompt, our metrics.

    Item ── doc ──> prompt ──> engine ──> responses ── GradeFilter ──> Graded ──> metrics

lm-eval's sample log holds each document; `process_results` adds `verdicts` to it, one for each
response, so that what was found, how, and why it counts stands beside the response for good.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from lm_eval.api.task import ConfigurableTask

try:  # where lm-eval 0.5 has it
    from lm_eval.config.templates import apply_template
except ImportError:
    from lm_eval.utils import apply_template

from cft_eval.checker import CHECKER_VERSION
from cft_eval.harness import guards, metrics, protocol, resume, thoughts, watch
from cft_eval.harness.arguments import engine_versions
from cft_eval.harness.defaults import filled
from cft_eval.harness.endings import cut, encodable
from cft_eval.harness.fits import check_version
from cft_eval.harness.grading import GradedAnswer, RecordedResponse
from cft_eval.harness.own import NoProblems, own_source
from cft_eval.harness.protocol import fitted, prompt_named
from cft_eval.harness.uncaught import speak_plainly
from cft_eval.testsets import Item, corrections
from cft_eval.testsets.load import load
from cft_eval.testsets.own import load_own

# lm-eval 0.5 has one class for each kind of request, and makes no requests in the one above them.
_Base: Any = getattr(ConfigurableTask, "_registry", {}).get("generate_until", ConfigurableTask)


class MathTask(_Base):  # type: ignore[misc]  # lm-eval has no types
    """One benchmark, by its `dataset_name`, or a user's own problems, in `dataset_kwargs`.

    From the metadata, which `--metadata` sets: `repeats`, the responses to each problem, and
    `prompt`, how it is written without a chat template (`cft_eval.harness.protocol`).
    """

    def __init__(self, config: dict[str, Any]) -> None:
        speak_plainly()
        # Plain lm_eval comes here, too, and 0.4.12 pools a group's standard error by size.
        check_version()
        config = filled(config)
        config.pop("class", None)
        # lm-eval 0.5 would call a task of a group by another name: "cft_math_suite::cft_math".
        config.pop("_qualified_name", None)
        # The log says which checker graded it, and which engines there were: who reads it later
        # may have others.
        metadata = {
            **(config.get("metadata") or {}),
            "checker": CHECKER_VERSION,
            "versions": engine_versions(),
        }
        config["metadata"] = metadata
        config["repeats"] = guards.whole_repeats(metadata.get("repeats", config.get("repeats", 1)))
        config["metric_list"] = self.measures(config["repeats"], errata=_both(config))
        self._instances: list[Any] | None = None
        self._template: tuple[Any, Any] | None = None
        super().__init__(config=config)

    def download(self, dataset_kwargs: dict[str, Any] | None = None, **_: object) -> None:
        """Called by lm-eval to fill ``self.dataset``.

        ``dataset_kwargs`` may ask for errata, or name `problems` of a user's own.
        """
        arguments = {**(dataset_kwargs or {}), **(self.config.metadata or {})}
        if arguments.get("problems"):
            items = load_own(own_source(arguments))
        elif self.config.dataset_name:
            items = load(self.config.dataset_name)
        else:
            raise NoProblems(self.config.task)
        right: dict[int, tuple[str, ...]] = {}
        if (dataset_kwargs or {}).get("errata", False):
            right = {item.index: (item.reference,) for item in items}
            right |= corrections(items)
        rows = [document(item, right.get(item.index, ())) for item in items]
        self.dataset = {"test": Documents(rows)}

    @staticmethod
    def resolve_field(doc: dict[str, Any], field: str | None = None) -> str | None:
        """A field of a document by its name, or a template; lm-eval compiles one anew each time."""
        if not field:
            return field
        if field in doc:
            return str(doc[field])
        marked = any(mark in field for mark in ("{{", "{%", "{#"))
        return str(apply_template(field, doc)) if marked else _constant(field)

    _resolve_field = resolve_field  # lm-eval 0.5's name for it

    def _build_scorers(self) -> list[Any]:
        """Called by lm-eval 0.5, which has a pipeline for each filter."""
        from cft_eval.harness.scoring import GradeScorer

        errata = bool((self.config.dataset_kwargs or {}).get("errata", False))
        return [
            GradeScorer.of_task(
                pipeline,
                listed=self.measures(self.config.repeats, errata=errata),
                measured=self.measured,
            )
            for pipeline in self.config.filter_list
        ]

    def measures(self, times: int, *, errata: bool) -> list[dict[str, Any]]:
        """What is measured of ``times`` responses to each problem: lm-eval's `metric_list`."""
        return metrics.listed(times, errata=errata)

    def measured(self, graded: Sequence[GradedAnswer], doc: Mapping[str, Any]) -> dict[str, Any]:
        """The values of one problem, one for each of `measures`."""
        return metrics.of_problem(graded, doc)

    def set_repeats(self, repeats: int) -> None:
        """Called by lm-eval 0.5 for `--repeats`: other metrics are measured then."""
        self.config.repeats = guards.whole_repeats(repeats)
        self._scorers = self._build_scorers()

    def doc_to_target(self, doc: dict[str, Any], doc_to_target: Any = None) -> Any:
        """The reference as it is written; lm-eval 0.5 would make a number of it."""
        source = self.config.doc_to_target if doc_to_target is None else doc_to_target
        if isinstance(source, str) and source in doc:
            return doc[source]
        return super().doc_to_target(doc, doc_to_target)

    def process_results(self, doc: dict[str, Any], results: Any) -> dict[str, Any] | None:
        """The metrics of one document; None in lm-eval 0.5, which then asks the scorers."""
        if hasattr(self, "_scorers"):
            return None
        if self.config.process_results is None:  # --predict_only
            plain: dict[str, Any] = super().process_results(doc, results)
            return plain
        (graded,) = results
        doc["verdicts"] = [response.record() for response in graded]
        return self.measured(graded, doc)

    def build_all_requests(self, *, rank: int = 0, world_size: int = 1, **kwargs: Any) -> list[Any]:
        """Called by lm-eval once the model is loaded; what an earlier run has is left out."""
        task, repeats = self.config.task, self.config.repeats
        guards.check_examples(task, self.config.num_fewshot or 0)
        guards.check_sampled(task, repeats, self.config.generation_kwargs)
        super().build_all_requests(rank=rank, world_size=world_size, **kwargs)
        watch.attach(task)
        self._every = self._instances or []
        if kwargs.get("cache_requests"):
            self._check_cached(rank=rank, world_size=world_size, **kwargs)
        guards.mark_sampled(self._every)
        for instance in self._every:
            instance.repeats = repeats
        self._instances = resume.left(
            self.config.task, self._every, rank=rank, alone=world_size == 1
        )
        return self._instances

    def _check_cached(self, *, rank: int, world_size: int, **kwargs: Any) -> None:
        """Raise `StaleRequests` where lm-eval's cache gave other requests than this run's."""
        settings = ("system_instruction", "apply_chat_template", "fewshot_as_multiturn")
        ways = {name: kwargs[name] for name in (*settings, "chat_template") if name in kwargs}
        docs = self.doc_iterator(
            rank=rank,
            limit=kwargs.get("limit"),
            world_size=world_size,
            samples=kwargs.get("samples"),
        )
        guards.check_requests(
            self.config.task,
            self._every,
            dict(docs),
            self.config.generation_kwargs,
            lambda doc: self.fewshot_context(dict(doc), self.config.num_fewshot or 0, **ways),
        )

    def apply_filters(self) -> Any:
        """Called by lm-eval when all responses are there: each with its ending, up to its stop."""
        self._instances = self._every
        guards.check_drawn(self.config.task, self._every, cached=watch.WATCH.cached)
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
        plain: str | list[str] = protocol.plain_messages(prompt)
        return plain

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


class Documents(list[dict[str, Any]]):
    """The rows of a task as lm-eval walks through them: each time a new one, which it may change.

    A table of `datasets` would decode a row each time it is looked at.
    """

    @property
    def features(self) -> dict[str, None]:
        """The names of the fields; lm-eval asks for them as of a table."""
        return dict.fromkeys(self[0]) if self else {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(dict, super().__iter__())


@cache
def _constant(text: str) -> str:
    """A template in which nothing stands for anything: the same for all documents."""
    return str(apply_template(text, {}))


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
