import os
from pathlib import Path

import pytest

from cft_eval.checker import Rules
from cft_eval.testsets import BENCHMARKS, load
from cft_eval.testsets.item_rules import rules_by_item

DATA = Path(os.environ.get("CFT_EVAL_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.skipif(not DATA.is_dir(), reason="CFT_EVAL_DATA: the benchmarks are not here")
@pytest.mark.parametrize("name", [name for name, found in BENCHMARKS.items() if found.hub])
def test_the_table_holds_what_the_rows_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFT_EVAL_DATA", str(DATA))
    said = {item.item: item.rules for item in load(name) if item.rules != Rules()}
    assert rules_by_item(name) == said
