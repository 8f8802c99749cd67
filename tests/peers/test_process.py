"""A grader's process: what it says, what it may not see, and how it ends."""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from cft_eval import check, equal
from cft_eval.checker import check_many
from cft_eval.checker.run import peers
from cft_eval.peers import PEERS, MissingPeer, PeerGrader, UnknownPeer

HELLO = json.dumps({"grader": "math_verify", "version": "1"})


def python_that(folder: Path, body: str, first: str = HELLO) -> str:
    """A program in place of a Python with the grader: it greets, then runs ``body`` on lines."""
    program = folder / "python"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys, time\nprint({first!r}, flush=True)\n"
        f"for line in sys.stdin:\n    row = json.loads(line)\n    {body}\n"
    )
    program.chmod(0o755)
    return str(program)


def said(row: str) -> str:
    return f"print(json.dumps({row}), flush=True)"


def test_it_says_what_the_grader_says(tmp_path: Path) -> None:
    body = said('{"correct": row["response"] == row["reference"], "answer": "x", "seconds": 0.5}')
    with PeerGrader("math_verify", python_that(tmp_path, body)) as grader:
        assert grader.version == "1"
        assert grader.grade("a", "a")[:3] == (True, "x", "right")
        assert grader.grade("a\n\u2028", "b")[:3] == (False, "x", "wrong")


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(60)",
        "sys.exit(1)",
        "print('no json', flush=True)",
        "print('[1]', flush=True)",
        "print('x' * 3_000_000, flush=True)",
        "os.kill(os.getpid(), 9)",
    ],
)
def test_one_that_hangs_dies_or_talks_nonsense_decides_nothing(tmp_path: Path, body: str) -> None:
    right = said('{"correct": True}')
    bad = f"({body}) if row['reference'] == 'bad' else {right}"
    with PeerGrader("math_verify", python_that(tmp_path, bad), seconds=1.0) as grader:
        assert grader.grade("a", "bad").correct is None
        assert grader.grade("a", "good").correct is True  # a fresh process


def test_an_error_is_a_reason(tmp_path: Path) -> None:
    body = said('{"correct": None, "error": "ValueError: x"}')
    with PeerGrader("math_verify", python_that(tmp_path, body)) as grader:
        assert grader.grade("a", "b")[:3] == (None, None, "ValueError: x")


def test_it_does_not_see_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFT_EVAL_TOKEN", "secret")
    monkeypatch.setenv("HF_TOKEN", "secret")
    body = said('{"correct": "secret" in str(dict(os.environ)), "answer": ""}')
    with PeerGrader("math_verify", python_that(tmp_path, body)) as grader:
        assert grader.grade("a", "b").correct is False


def test_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    first = json.dumps({"missing": "ModuleNotFoundError: No module named 'math_verify'"})
    with (
        PeerGrader("math_verify", python_that(tmp_path, "pass", first)) as grader,
        pytest.raises(MissingPeer, match=r"pip install 'cft-eval\[peers\]'"),
    ):
        grader.grade("a", "b")
    with PeerGrader("math_verify", "/no/python") as grader, pytest.raises(MissingPeer):
        _ = grader.version
    with pytest.raises(UnknownPeer, match="known are math_verify"):
        PeerGrader("nobody")


# --- the real ones -------------------------------------------------------------------------------

CASES = [
    (r"so $\boxed{\frac58}$", "0.625", True),
    ("Final Answer: The final answer is $7$. I hope it is correct.", "7", True),
    (r"\boxed{6}", "7", False),
]


def here(name: str) -> PeerGrader:
    """A grader of this environment, or of the one that ``CFT_EVAL_NAME_PYTHON`` names."""
    grader = PeerGrader(name, os.environ.get(f"CFT_EVAL_{name.upper()}_PYTHON", sys.executable))
    try:
        _ = grader.version
    except MissingPeer as error:
        pytest.skip(str(error)[:120])
    return grader


@pytest.mark.parametrize("name", PEERS)
def test_the_real_graders(name: str) -> None:
    with here(name) as grader:
        for response, reference, right in CASES[1:]:
            assert grader.grade(response, reference).correct is right


@pytest.mark.slow
def test_minervas_grader_reads_no_box() -> None:
    with here("lm_eval_minerva") as grader:
        assert grader.grade(r"\boxed{7}", "7")[:2] == (False, None)


def test_math_verify_is_a_policy() -> None:
    here("math_verify").close()
    for response, reference, right in CASES:
        verdict = check(response, reference, policy="math_verify")
        assert verdict.correct is right, verdict
    assert equal("5/8", "0.625", policy="math_verify").correct
    rows = [{"response": r, "reference": a} for r, a, _ in CASES]
    assert [v.correct for v in check_many(rows, policy="math_verify", workers=1)] == [
        right for *_, right in CASES
    ]
    peers.close()


def test_a_policy_that_is_not_installed_is_said_before_rows_are_graded() -> None:
    if find_spec("inspect_ai"):
        pytest.skip("inspect_ai is installed beside cft_eval")
    with pytest.raises(MissingPeer):
        check_many([{"response": "a", "reference": "b"}], policy="inspect_math")
