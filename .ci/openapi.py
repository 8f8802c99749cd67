"""Write docs/openapi.json, and the version that it has into docs/openapi-versions.json.

A version that was written once stays what it was: a changed document needs a new
`cft_eval.server.http.openapi.API_VERSION`.
"""

import json
import sys
import tempfile
from pathlib import Path

from cft_eval.server.app import create_app
from cft_eval.server.foundation.settings import ServerSettings
from cft_eval.server.http.openapi import API_VERSION, document, fingerprint

DOCS = Path(__file__).parents[1] / "docs"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        made = document(create_app(ServerSettings(server_data=Path(folder))))
    ledger = DOCS / "openapi-versions.json"
    versions = json.loads(ledger.read_text()) if ledger.exists() else {}
    if versions.setdefault(API_VERSION, fingerprint(made)) != fingerprint(made):
        sys.stderr.write(f"the API changed and is still {API_VERSION}: raise API_VERSION\n")
        return 1
    (DOCS / "openapi.json").write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
    ledger.write_text(json.dumps(versions, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
