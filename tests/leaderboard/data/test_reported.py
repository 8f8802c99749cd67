import pandas as pd
import pytest

from cft_eval.leaderboard.data.literature import FINDINGS
from cft_eval.leaderboard.data.reported import impossible, reported_board, reported_rows


def test_every_reported_row_has_its_citation() -> None:
    for row in reported_rows():
        assert row.source.startswith("arXiv ")
        assert row.table.startswith("Table ")
        assert 0 <= row.score <= 100


def test_the_papers_mean_is_only_given_where_all_six_are_known() -> None:
    means = dict(zip(reported_board()["model"], reported_board()["mean"], strict=True))
    assert means["Qwen2.5-Math-7B-WebInstruct-CFT-50K"] == pytest.approx(
        (80.2 + 42.3 + 90.9 + 41.6 + 20.0 + 67.5) / 6
    )
    assert pd.isna(means["SimpleRL"])


IMPOSSIBLE = [
    (67.5, "amc23", False),  # 27 of 40
    (55.3, "amc23", True),
    (6.7, "aime24", False),  # 2 of 30
    (80.2, "math", False),
    (55.3, "a set of unknown size", False),
]


@pytest.mark.parametrize(("score", "benchmark", "answer"), IMPOSSIBLE)
def test_scores_that_no_count_gives(score: float, benchmark: str, answer: bool) -> None:
    assert impossible(score, benchmark) is answer


def test_every_finding_of_others_has_its_source() -> None:
    for finding in FINDINGS:
        assert finding.source.startswith("arXiv ")
        assert finding.where
        assert any(letter.isdigit() for letter in finding.figures)
    topics = {finding.topic for finding in FINDINGS}
    assert {"Instruction following", "One-Shot CFT", "Critique-GRPO"} < topics
    # The paper's own gain and the loss that others report stand side by side.
    follows = [each.speaks for each in FINDINGS if each.topic == "Instruction following"]
    assert follows == ["for", "against"]
