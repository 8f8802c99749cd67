"""How the server writes its log: lines for people, or one JSON object a line for machines.

A request's line has its path without the query, its status and its time; never a header or a body.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Literal

from cft_eval.plain import lines, plain

ACCESS = logging.getLogger("cft_eval.access")

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class TextFormatter(logging.Formatter):
    """Lines for people; what a stranger sent stays on the line of its record."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return plain(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return lines(super().formatException(ei))


class Json(logging.Formatter):
    """One object a line: time, level, logger, message, and whatever was given beside."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        # What begins with an underscore was put there by a library that watches logs, for itself.
        line |= {
            name: value
            for name, value in vars(record).items()
            if name not in _KNOWN and not name.startswith("_")
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = "".join(traceback.format_exception(record.exc_info[1]))
        return json.dumps(line, default=str)


def configure(style: Literal["text", "json"]) -> None:
    """Send this process's log to stderr in that style; requests are lines of the JSON one."""
    handler = logging.StreamHandler(sys.stderr)
    text = TextFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(Json() if style == "json" else text)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("cft_eval").setLevel(logging.INFO if style == "json" else logging.WARNING)
