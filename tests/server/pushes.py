"""Send a run to a `TestClient`, step by step or all at once."""

import hashlib
import json
import time
from collections.abc import Callable, Collection
from typing import Any

from fastapi.testclient import TestClient

from cft_eval.results import Run, Sample

API = "/api/v1/uploads"


def lines(samples: list[Sample]) -> bytes:
    return b"".join(sample.model_dump_json().encode() + b"\n" for sample in samples)


def manifest(run: Run, samples: bytes) -> dict[str, Any]:
    sha256 = hashlib.sha256(samples).hexdigest()
    return {
        "run": json.loads(run.model_dump_json()),
        "samples": {"bytes": len(samples), "sha256": sha256},
    }


def announce(client: TestClient, run: Run, samples: bytes) -> dict[str, Any]:
    answer = client.post(API, json=manifest(run, samples))
    assert answer.is_success, answer.text
    return dict(answer.json())


def send(client: TestClient, upload: dict[str, Any], samples: bytes) -> None:
    size = upload["part_bytes"]
    for number in range(upload["parts"]):
        part = samples[number * size : (number + 1) * size]
        answer = client.put(f"{API}/{upload['id']}/parts/{number}", content=part)
        assert answer.json() == {"part": number, "sha256": hashlib.sha256(part).hexdigest()}


ENDS = frozenset({"published", "rejected"})


def settle(client: TestClient, upload_id: str, *, states: Collection[str] = ENDS) -> dict[str, Any]:
    """The upload once it is published or rejected."""
    status: dict[str, Any] = {}
    for _ in range(400):
        status = dict(client.get(f"{API}/{upload_id}").json())
        if status["state"] in states:
            return status
        time.sleep(0.02)
    raise AssertionError(f"stuck: {status}")


def push(client: TestClient, run: Run, samples: bytes) -> dict[str, Any]:
    """Announce, send what is missing, and wait."""
    upload = announce(client, run, samples)
    if upload["state"] == "receiving":
        send(client, upload, samples)
        answer = client.post(f"{API}/{upload['id']}/finalize")
        assert answer.status_code == 202, answer.text
    return settle(client, upload["id"])


def soon(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within seconds."""
    for _ in range(300):
        if holds():
            return True
        time.sleep(0.02)
    return False
