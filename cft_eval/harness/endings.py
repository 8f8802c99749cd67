"""How a response ended: by itself, or by the token limit. Each engine's own word for it.

lm-eval hands on texts alone. These functions read what an engine returned before that: the token
ids of Hugging Face's `generate`, vLLM's finish reasons, the `choices` of an OpenAI-compatible
server. Nothing is guessed from a text: where an engine does not tell, the ending is unknown.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

Finish = Literal["stop", "length", "unknown"]


class Ending(NamedTuple):
    """``tokens``: what the response cost, its end token included; None where nobody counted."""

    finish: Finish
    tokens: int | None


UNKNOWN = Ending("unknown", None)


def of_hf(model: Any, rows: Any, *, start: int, limit: int, stop: Sequence[str]) -> list[Ending]:
    """The endings of a batch of `HFLM`: ``rows`` as `generate` returned them.

    Each response starts at ``start`` (the prompt comes first) and has at most ``limit`` tokens.
    """
    ends = _end_tokens(model)
    return [_of_row(model.tokenizer, row[start:], ends, limit, stop) for row in rows.tolist()]


def of_vllm(outputs: Sequence[Any]) -> list[Ending]:
    """The endings of vLLM's `RequestOutput`s."""
    return [of_vllm_choice(output.outputs[0]) for output in outputs]


def of_vllm_choice(choice: Any) -> Ending:
    """The ending of one of the responses to a prompt."""
    return Ending(_word(choice.finish_reason), len(choice.token_ids))


def of_server(outputs: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[Ending]:
    """The endings in what an OpenAI-compatible server answered, in the order of its choices."""
    endings = []
    for answer in [outputs] if isinstance(outputs, Mapping) else outputs:
        if answer.get("meta_info") or answer.get("stop_reason"):
            endings.append(_of_others(answer))
        choices = sorted(answer.get("choices") or [], key=lambda choice: choice.get("index", 0))
        # The count is of all choices together.
        alone = (answer.get("usage") or {}).get("completion_tokens") if len(choices) == 1 else None
        endings += [Ending(_word(choice.get("finish_reason")), alone) for choice in choices]
    return endings


def _of_others(answer: Mapping[str, Any]) -> Ending:
    """Anthropic's answer, or that of SGLang's own interface."""
    meta = answer.get("meta_info") or {}
    reason = meta.get("finish_reason") or answer.get("stop_reason")
    word = reason.get("type") if isinstance(reason, Mapping) else reason
    tokens = meta.get("completion_tokens", (answer.get("usage") or {}).get("output_tokens"))
    return Ending(_word(word), tokens if isinstance(tokens, int) else None)


def cut(text: str, stops: Sequence[str], *, thinking: bool) -> str:
    """``text`` up to the first of ``stops``, for engines that send too few of them on.

    A chat server takes four stop strings at most, and some ignore all. Where ``thinking``, only
    what follows the thought is looked at: a thought may well quote one.

    >>> cut("so 4 [END] Next", ["[END]"], thinking=False)
    'so 4 '
    >>> cut("<think>no [END] yet</think>4[END]5", ["[END]"], thinking=True)
    '<think>no [END] yet</think>4'
    """
    thought, closed, said = text.rpartition("</think>") if thinking else ("", "", text)
    if thinking and not closed and "<think>" in text:
        return text
    ends = [index for stop in stops if stop and (index := said.find(stop)) >= 0]
    return thought + closed + (said[: min(ends)] if ends else said)


def encodable(text: str) -> str:
    r"""``text`` with U+FFFD for each half of a surrogate pair, which no file can hold.

    A server may send one as ``\ud83d``: the first half of a character that a token limit cut.

    >>> encodable("so 4 \ud83d"), encodable("so 4 \U0001f600")
    ('so 4 �', 'so 4 😀')
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


STOPPED = {"stop", "eos", "eos_token", "stop_token", "stop_sequence", "end_turn"}
"""Words of servers for a response that ended by itself (vLLM, TGI, llama.cpp, Anthropic's)."""

CUT = {"length", "max_tokens", "max_new_tokens"}


def _word(reason: object) -> Finish:
    word = str(reason)
    return "stop" if word in STOPPED else "length" if word in CUT else "unknown"


def _end_tokens(model: Any) -> set[int]:
    """The ids that end a sequence by themselves."""
    named = getattr(model.model.generation_config, "eos_token_id", None)
    listed = named if isinstance(named, list | tuple) else [named]
    return {int(end) for end in listed if end is not None}


def _of_row(
    tokenizer: Any, tokens: list[int], ends: set[int], limit: int, stop: Sequence[str]
) -> Ending:
    end = next((index for index, token in enumerate(tokens) if token in ends), None)
    if end is not None:
        tokens = tokens[: end + 1]  # what follows is padding
    stopped = _first_stop(tokenizer, tokens, stop)
    if stopped is not None:
        return Ending("stop", stopped)
    if end is not None:
        return Ending("stop", len(tokens))
    return Ending("length" if len(tokens) == limit else "unknown", len(tokens))


def _first_stop(tokenizer: Any, tokens: list[int], stop: Sequence[str]) -> int | None:
    """How many tokens it took to write a stop string; None where there is none.

    In a batch a row that is done goes on until the others are: what it wrote then is no response.
    """

    def stands_in(count: int) -> bool:
        text = tokenizer.decode(tokens[:count], skip_special_tokens=False)
        return any(string and string in text for string in stop)

    if not stands_in(len(tokens)):
        return None
    low, high = 1, len(tokens)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if stands_in(middle) else (middle + 1, high)
    return low
