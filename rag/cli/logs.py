"""The log of a server, as lines for people or as JSON for a collector.

JSON holds no text of documents or questions: of an error, only its type and where it was raised.
"""

import json
import logging
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Formats each record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as JSON."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
            fields["at"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(fields, ensure_ascii=False)


def start_log(*, as_json: bool, ignored: Sequence[str] = ()) -> None:
    """Print the log on standard error: warnings as text, or everything from info on as JSON.

    Its first line names the variables that were ignored, if there are any.
    """
    handler = logging.StreamHandler()
    if as_json:
        handler.setFormatter(JsonLines())
        logging.getLogger("rag").setLevel(logging.INFO)
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    if ignored:
        logging.getLogger("rag").warning(
            "Ignored: these variables are of Kubernetes and no settings: %s", ", ".join(ignored)
        )
