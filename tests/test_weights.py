"""What a checkpoint may be made of."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from cft_eval import weights
from cft_eval.weights import BadWeights


def safetensors(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def tensor(start: int = 0, stop: int = 8, **changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2], "data_offsets": [start, stop]} | changes


GOOD = safetensors({"a": tensor(), "__metadata__": {"format": "pt"}}, bytes(8))

BAD = {
    "empty": b"",
    "a pickle": pickle.dumps({"a": 1}),
    "a header of 100 GB": (100 << 30).to_bytes(8, "little") + b"{}",
    "a header larger than the file": (100).to_bytes(8, "little") + b"{}",
    "no JSON": safetensors(b"\x80\x04\x95"),
    "a list": safetensors([]),
    "endless nesting": safetensors(b"[" * 200_000),
    "a number without end": safetensors(b'{"a": ' + b"9" * 6000 + b"}"),
    "fewer bytes": safetensors({"a": tensor()}, bytes(7)),
    "more bytes": safetensors({"a": tensor()}, bytes(9)),
    "a gap": safetensors({"a": tensor(), "b": tensor(16, 24)}, bytes(24)),
    "an overlap": safetensors({"a": tensor(), "b": tensor(4, 12)}, bytes(12)),
    "backwards": safetensors({"a": tensor(8, 0)}, bytes(8)),
    "negative": safetensors({"a": tensor(-8, 0)}, bytes(8)),
    "another size": safetensors({"a": tensor(shape=[3])}, bytes(8)),
    "an unknown type": safetensors({"a": tensor(dtype="OBJECT")}, bytes(8)),
    "a shape of words": safetensors({"a": tensor(shape=["2"])}, bytes(8)),
    "true as a size": safetensors({"a": tensor(dtype="F64", shape=[True])}, bytes(8)),
    "a huge shape": safetensors({"a": tensor(shape=[10**4000] * 1000)}, bytes(8)),
    "a tensor that is none": safetensors({"a": 7}, bytes(8)),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_what_is_no_safetensors_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(BadWeights, match=r"^model\.safetensors: "):
        weights.check_file(file.name, file)
    file.write_bytes(GOOD)
    weights.check_file(file.name, file)


NAMES = {
    "pytorch_model.bin": False,
    "model.pt": False,
    "model.pkl": False,
    "model.ckpt": False,
    "training_args.bin": False,
    "modeling_qwen.py": False,
    "../config.json": False,
    "a/config.json": False,
    "config.json\0": False,
    ".safetensors": False,
    "..safetensors": False,
    "model-00001-of-00002.safetensors": True,
    "adapter_model.safetensors": True,
    "config.json": True,
    "tokenizer.model": True,
}


@pytest.mark.parametrize(("name", "taken"), NAMES.items())
def test_which_names_are_taken(name: str, taken: bool) -> None:
    assert weights.allowed(name) is taken


def folder(path: Path, **files: bytes) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_bytes(b'{"model_type": "llama"}')
    (path / "model.safetensors").write_bytes(GOOD)
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def test_the_rest_of_a_folder_stays(tmp_path: Path) -> None:
    found = weights.files_of(folder(tmp_path / "a", optimizer=b"x", **{"rng.pt": b"y"}))
    assert [file.name for file in found] == ["config.json", "model.safetensors"]


CODE = b'{"auto_map": {"AutoModel": "modeling.Model"}}'


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_remote_code_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadWeights, match=f"{name}: auto_map names code that would be run"):
        weights.files_of(folder(tmp_path / "a", **{name: CODE}))


HIDDEN = {
    "of a part": {"text_config": {"auto_map": {"AutoModel": "modeling.Model"}}},
    "of a part of a part": {"a": {"b": [{"c": {"auto_map": "modeling.Model"}}]}},
    "as a list": {"a": [{"auto_map": ["modeling.Model"]}]},
    "of a pipeline": {"custom_pipelines": {"x": {"impl": "code.Pipeline"}}},
    "of generation": {"custom_generate": "org/code"},
    "trusted": {"a": [{"trust_remote_code": True}]},
    "deep": json.loads('{"a":' * 800 + '{"auto_map": {"AutoModel": "m.M"}}' + "}" * 800),
}


@pytest.mark.parametrize("config", HIDDEN.values(), ids=HIDDEN.keys())
def test_remote_code_is_found_at_any_depth(tmp_path: Path, config: dict[str, object]) -> None:
    with pytest.raises(BadWeights, match="names code that would be run"):
        weights.files_of(folder(tmp_path / "a", **{"config.json": json.dumps(config).encode()}))


def test_a_word_of_a_vocabulary_is_no_code(tmp_path: Path) -> None:
    vocabulary = json.dumps({"model": {"vocab": {"auto_map": 7, "custom_generate": 8}}}).encode()
    assert weights.files_of(folder(tmp_path / "a", **{"tokenizer.json": vocabulary}))


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer.json"])
def test_generation_brings_no_code(tmp_path: Path, name: str) -> None:
    for told in (b'{"custom_generate": "org/code"}', b'{"trust_remote_code": true}'):
        with pytest.raises(BadWeights, match=f"{name}: .* names code that would be run"):
            weights.files_of(folder(tmp_path / "a", **{name: told}))
    assert weights.files_of(folder(tmp_path / "a", **{name: b'{"trust_remote_code": false}'}))


def doubled() -> bytes:
    """A safetensors file with a tensor twice: readers would take one or the other."""
    entry = b'"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}'
    header = b"{" + entry + b", " + entry + b"}"
    return len(header).to_bytes(8, "little") + header + b"x"


TWICE = {
    "model.safetensors": doubled(),
    "config.json": b'{"model_type": "llama", "model_type": "bert"}',
    "tokenizer_config.json": b'{"a": [{"b": 1, "b": 1}]}',
}


@pytest.mark.parametrize("name", TWICE)
def test_a_key_that_stands_twice(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadWeights, match=f"{name}: the key '[a-z_]+' appears twice in one object"):
        weights.files_of(folder(tmp_path / "a", **{name: TWICE[name]}))


def test_names_alone_make_no_checkpoint() -> None:
    for names in ([], ["config.json"], ["model.safetensors"], ["config.json", "a.bin"]):
        with pytest.raises(BadWeights):
            weights.check_names(names)
    with pytest.raises(BadWeights, match="is listed twice"):
        weights.check_names(["config.json", "a.safetensors", "a.safetensors"])


def test_one_changed_file_is_another_checkpoint() -> None:
    hashes = {"a": "0" * 64, "b": "1" * 64}
    assert weights.fingerprint(hashes) == weights.fingerprint(dict(reversed(hashes.items())))
    assert weights.fingerprint(hashes) != weights.fingerprint(hashes | {"a": "2" * 64})
    assert weights.fingerprint({"a": "1" * 64, "b": "0" * 64}) != weights.fingerprint(hashes)
