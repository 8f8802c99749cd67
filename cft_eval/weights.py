"""Check that a folder is a checkpoint that is safe to send, store and load: weights and no code.

    folder ── files ──> names, sizes, hashes ── fingerprint ──> the name of the weights

Safetensors, JSON and tokenizer files only: a pickle runs what it holds when it is loaded, and so
does a `config.json` that names code to fetch. Nothing here loads weights; a header is read and
compared with the size of the file.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import BinaryIO

from cft_eval.errors import CftError

SIDE_FILES = frozenset(
    {
        "config.json",
        "generation_config.json",
        "model.safetensors.index.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.json",
        "merges.txt",
        "tokenizer.model",
        "chat_template.jinja",
        "chat_template.json",
    }
)
"""What may lie beside the weights."""

MAX_SIDE_BYTES = 64 << 20
"""The largest `tokenizer.json` in use has some 20 MB."""

MAX_HEADER_BYTES = 16 << 20
"""The header of a model with 100,000 tensors has some 10 MB."""

DTYPE_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I16": 16, "U16": 16,
    "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip

CODE = ("auto_map", "custom_pipelines", "custom_generate", "trust_remote_code")
"""What names code in files beside the weights, or asks that it be run."""

MAX_RANK = 16

NAMES = "^({})$".format(
    "|".join(
        [*map(re.escape, sorted(SIDE_FILES)), r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}\.safetensors"]
    )
)
"""A regular expression of the names of files that may be sent."""

_NAMES = re.compile(NAMES)


class BadWeights(CftError):
    """A file that is no part of a checkpoint as we take them."""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file of a checkpoint."""

    name: str
    bytes: int
    sha256: str


def allowed(name: str) -> bool:
    """Whether a file of this name may be sent."""
    return _NAMES.fullmatch(name) is not None


def files_of(folder: Path) -> tuple[WeightsFile, ...]:
    """The files of a checkpoint that are sent, checked and hashed; the rest of the folder stays."""
    if not folder.is_dir():
        raise BadWeights(f"{folder}: no such folder")
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and allowed(path.name))
    check_names(names, where=str(folder))
    for name in names:
        check_file(name, folder / name)
    return tuple(_measure(folder / name) for name in names)


def check_names(names: Iterable[str], *, where: str = "the checkpoint") -> None:
    """Raise `BadWeights` where the names alone do not make a checkpoint."""
    names_given = list(names)
    for name in names_given:
        if not allowed(name):
            raise BadWeights(
                f"{where}: {name[:80]!a}: only safetensors, config and tokenizer files are accepted"
            )
    if len(set(names_given)) != len(names_given):
        raise BadWeights(f"{where}: a file is listed twice")
    if "config.json" not in names_given or not any(
        name.endswith(".safetensors") for name in names_given
    ):
        raise BadWeights(
            f"{where}: config.json and at least one .safetensors file make a checkpoint; "
            "save it with `save_pretrained(..., safe_serialization=True)`"
        )


def check_file(name: str, file: Path) -> None:
    """Raise `BadWeights` where a file is not what its name says."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        if name.endswith(".safetensors"):
            _check_header(name, stream, size)
            return
        if size > MAX_SIDE_BYTES:
            raise BadWeights(f"{name}: {size} bytes, more than {MAX_SIDE_BYTES}")
        if name.endswith(".json"):
            _check_json(name, stream.read())


def fingerprint(files: Mapping[str, str]) -> str:
    """One hash for a checkpoint: over the names and hashes of its files."""
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _measure(file: Path) -> WeightsFile:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return WeightsFile(file.name, file.stat().st_size, sha256)


def _check_header(name: str, stream: BinaryIO, size: int) -> None:
    length = int.from_bytes(stream.read(8), "little")
    if not 2 <= length <= min(size - 8, MAX_HEADER_BYTES):
        raise BadWeights(f"{name}: not a safetensors file: its header would have {length} bytes")
    header = _json(name, stream.read(length))
    header.pop("__metadata__", None)
    spans = sorted(_span(name, tensor, entry) for tensor, entry in header.items())
    end = 0
    for start, stop in spans:
        if start != end:
            raise BadWeights(f"{name}: its tensors overlap or leave a gap at byte {end}")
        end = stop
    if 8 + length + end != size:
        raise BadWeights(f"{name}: {size} bytes, and its header says {8 + length + end}")


def _span(name: str, tensor: str, entry: object) -> tuple[int, int]:
    """Where a tensor's bytes lie, which must be as many as its shape and type make."""
    match entry:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(start), int(stop)]}:
            counts = [each for each in shape if type(each) is int and 0 <= each < 1 << 48]
            bits = DTYPE_BITS.get(dtype)
            if bits and len(counts) == len(shape) <= MAX_RANK:
                count = 1
                for each in counts:
                    count *= each
                if 0 <= start <= stop and (stop - start) * 8 == count * bits:
                    return start, stop
    raise BadWeights(f"{name}: tensor {tensor[:80]!a} is not described as safetensors requires")


def _check_json(name: str, text: bytes) -> None:
    """Refuse what names code, at any depth: a configuration may hold those of its parts."""
    waiting: list[object] = [_json(name, text)]
    while waiting:
        match waiting.pop():
            case dict(described):
                for key in CODE:
                    # A vocabulary may have the word, with a number; false asks for nothing.
                    value = described.get(key)
                    if value is True or not isinstance(value, (int, float, NoneType)):
                        raise BadWeights(f"{name}: {key} names code that would be run: rejected")
                waiting += described.values()
            case list(parts):
                waiting += parts


class DoubledKey(CftError):
    """An object that one reader reads so, and another otherwise."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for key, value in pairs:
        if key in fields:
            raise DoubledKey(f"the key {key[:80]!a} appears twice in one object")
        fields[key] = value
    return fields


def _json(name: str, text: bytes) -> dict[str, object]:
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except DoubledKey as error:
        raise BadWeights(f"{name}: {error}") from None
    except (ValueError, RecursionError):
        raise BadWeights(f"{name}: not JSON") from None
    if not isinstance(document, dict):
        raise BadWeights(f"{name}: a JSON object is expected")
    return document
