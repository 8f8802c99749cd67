"""Weights by upload: in parts, proved, under a quota, given back to the worker byte for byte."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from cft_eval.client import Client, ServerError
from tests.server import boards
from tests.server.labs import Lab, tokens_for
from tests.test_weights import CODE, GOOD, folder, safetensors, tensor

API = "/api/v1/checkpoints"
BIG = safetensors({"a": tensor(0, 4000, shape=[1000])}, bytes(4000))


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    config = boards.settings(tmp_path / "board", checkpoint_bytes=5_000, checkpoint_part_bytes=1024)
    with boards.served(config) as url:
        yield url


def test_a_checkpoint_goes_there_and_back(tmp_path: Path, url: str) -> None:
    source = folder(tmp_path / "a", **{"model.safetensors": BIG, "optimizer.pt": b"x"})
    with Client(url) as board:
        status = board.push_checkpoint(source, name="step-60")
        assert status["complete"]
        assert board.push_checkpoint(source, name="step-60") == status
        found = board.fetch_checkpoint(status["id"], tmp_path / "b")
        assert found == status["weights_sha256"]
    assert (tmp_path / "b" / "model.safetensors").read_bytes() == BIG
    assert not (tmp_path / "b" / "optimizer.pt").exists()
    assert not list((tmp_path / "board" / "checkpoints").rglob("*.part"))


def test_an_interrupted_push_sends_what_is_missing(tmp_path: Path, url: str) -> None:
    source = folder(tmp_path / "a", **{"model.safetensors": BIG})

    def interrupt(file: str, done: int, total: int) -> None:
        if (file, done) == ("model.safetensors", 2):
            raise KeyboardInterrupt

    sent: list[str] = []
    with Client(url) as board:
        with pytest.raises(KeyboardInterrupt):
            board.push_checkpoint(source, name="x", progress=interrupt)
        board.http.event_hooks["request"].append(
            lambda request: sent.append(request.url.path) if request.method == "PUT" else None
        )
        assert board.push_checkpoint(source, name="x")["complete"]
    assert [path[-1] for path in sent] == ["2", "3"]


def test_a_fetch_that_was_cut_off_goes_on(tmp_path: Path, url: str) -> None:
    with Client(url) as board:
        source = folder(tmp_path / "a", **{"model.safetensors": BIG})
        name = board.push_checkpoint(source, name="x")["id"]
        target = tmp_path / "b"
        target.mkdir()
        (target / "model.safetensors.partial").write_bytes(BIG[:1000])
        board.fetch_checkpoint(name, target)
        assert (target / "model.safetensors").read_bytes() == BIG
        # What was changed on the way, or lies there from another time, is not loaded.
        (target / "model.safetensors").unlink()
        (target / "model.safetensors.partial").write_bytes(b"x" * 1000)
        with pytest.raises(ServerError, match="differs from the announced one"):
            board.fetch_checkpoint(name, target)


def test_a_blob_that_was_changed_is_not_handed_out_as_the_checkpoint(
    tmp_path: Path, url: str
) -> None:
    with Client(url) as board:
        name = board.push_checkpoint(folder(tmp_path / "a"), name="x")["id"]
        for blob in (tmp_path / "board" / "blobs").rglob("*"):
            if blob.is_file():
                blob.write_bytes(b"x" + blob.read_bytes()[1:])
        with pytest.raises(ServerError, match="differs from the announced one"):
            board.fetch_checkpoint(name, tmp_path / "b")


def test_too_large_and_no_more_room(tmp_path: Path, url: str) -> None:
    body = safetensors({"a": tensor(0, 8000, shape=[2000])}, bytes(8000))
    with Client(url) as board, pytest.raises(ServerError, match="more than the 5000 it accepts"):
        board.push_checkpoint(folder(tmp_path / "a", **{"model.safetensors": body}), name="x")
    config = boards.settings(tmp_path / "other", checkpoint_bytes=5_000, checkpoint_quota_bytes=200)
    with boards.served(config) as other, Client(other) as board:
        board.push_checkpoint(folder(tmp_path / "b"), name="x")
        with pytest.raises(ServerError, match="left of your quota"):
            board.push_checkpoint(folder(tmp_path / "b"), name="y")


def test_a_board_takes_none_unless_it_was_told_to(tmp_path: Path) -> None:
    told = pytest.raises(ServerError, match="its owner has not set CFT_EVAL_CHECKPOINT_BYTES")
    with boards.served(boards.settings(tmp_path / "board")) as url, Client(url) as board, told:
        board.push_checkpoint(folder(tmp_path / "a"), name="x")


def _announce(client: TestClient, **files: bytes) -> dict[str, str]:
    import hashlib

    listed = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    ]
    answer = client.post(API, json={"name": "x", "files": listed})
    assert answer.status_code == 201, answer.text
    name = answer.json()["id"]
    for file, content in files.items():
        assert client.put(f"{API}/{name}/files/{file}/parts/0", content=content).status_code == 200
    return {
        file: client.post(f"{API}/{name}/files/{file}/finish").json().get("detail", "")
        for file in files
    }


def test_what_a_client_of_another_make_sends_is_checked_here_too(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path, checkpoint_bytes=10**6))) as client:
        said = _announce(
            client,
            **{"config.json": CODE, "model.safetensors": b"\x80\x04\x95pickle", "vocab.json": b"["},
        )
        assert "auto_map names code" in said["config.json"]
        assert "not a safetensors file" in said["model.safetensors"]
        assert said["vocab.json"] == "vocab.json: not JSON"
        assert client.app.state.services.blobs.names() == []  # type: ignore[attr-defined]
        files = [{"name": "pytorch_model.bin", "bytes": 1, "sha256": "0" * 64}]
        answer = client.post(API, json={"name": "x", "files": files})
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("body files 0 name: String should match pattern")


def test_other_bytes_than_announced(tmp_path: Path) -> None:
    with TestClient(boards.create_app(boards.settings(tmp_path, checkpoint_bytes=10**6))) as client:
        files = [
            {"name": "config.json", "bytes": 2, "sha256": "0" * 64},
            {"name": "a.safetensors", "bytes": len(GOOD), "sha256": "0" * 64},
        ]
        name = client.post(API, json={"name": "x", "files": files}).json()["id"]
        path = f"{API}/{name}/files/config.json"
        assert client.post(f"{path}/finish").status_code == 409
        client.put(f"{path}/parts/0", content=b"{}")
        answer = client.post(f"{path}/finish")
        assert (answer.status_code, "the announced one" in answer.json()["detail"]) == (422, True)
        for bad in ("..%2F..%2Fboard.db", "nope", "config.json%00"):
            answer = client.put(f"{API}/{name}/files/{bad}/parts/0", content=b"{}")
            assert answer.status_code == 404, bad
        assert client.put(f"{path}/parts/1", content=b"{}").status_code == 404
        assert client.put(f"{path}/parts/-1", content=b"{}").status_code == 404
        assert client.get(f"{path}").status_code == 409


def test_a_checkpoint_is_its_owners(tmp_path: Path) -> None:
    config = boards.settings(tmp_path, checkpoint_bytes=10**6)
    with TestClient(boards.create_app(config)) as client:
        lab = Lab(client, tokens_for(client))
        files = [
            {"name": "config.json", "bytes": 2, "sha256": "0" * 64},
            {"name": "a.safetensors", "bytes": 9, "sha256": "0" * 64},
        ]
        body = {"name": "x", "files": files}
        name = lab.post(API, body, "red").json()["id"]
        for path in (f"{API}/{name}", f"{API}/{name}/files/config.json"):
            assert lab.get(path, "blue").status_code == 404
            assert lab.get(path).status_code == 401
        assert lab.post(API, body, "blue").json()["id"] != name
        wanted = {"checkpoint": name}
        assert lab.post("/api/v1/evaluations", wanted, "blue").status_code == 404
        gone = client.delete(f"{API}/{name}", headers=lab.headers("red"))
        assert gone.status_code == 204
        assert lab.get(f"{API}/{name}", "red").status_code == 404


def test_deleting_keeps_what_another_checkpoint_has(tmp_path: Path, url: str) -> None:
    with Client(url) as board:
        first = board.push_checkpoint(folder(tmp_path / "a"), name="one")["id"]
        second = board.push_checkpoint(folder(tmp_path / "a"), name="two")["id"]
        board.request("DELETE", f"/checkpoints/{first}")
        board.fetch_checkpoint(second, tmp_path / "b")
        board.request("DELETE", f"/checkpoints/{second}")
    blobs = [path for path in (tmp_path / "board" / "blobs").rglob("*") if path.is_file()]
    assert blobs == []
    assert json.loads((tmp_path / "b" / "config.json").read_text())["model_type"] == "llama"
