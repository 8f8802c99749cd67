"""A folder with a model, rows and a configuration, as `cft-eval train` wants them."""

import json
from pathlib import Path

from tests.training import tiny_run


def make_road(folder: Path, *, tied: bool = True) -> Path:
    tiny_run.model(tied=tied).save_pretrained(folder / "model")
    tiny_run.tokenizer().save_pretrained(folder / "model")
    rows = [
        {"question": row.question, "response": row.response, "critique": row.critique}
        for row in tiny_run.rows()
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
