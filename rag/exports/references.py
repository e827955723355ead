"""The documents that answers quote, as CSL-JSON: what Zotero and pandoc read."""

import json
import re
from collections.abc import Iterable

from rag.exports.values import Exported, Footnote

NO_KEY = re.compile(r"[^A-Za-z0-9]+")


def csl_of(answers: Iterable[Exported]) -> str:
    """Return one item a document, with the places of its quotes in the note.

    Only what is known is in it: the title, the id of the document and its revision.
    """
    quoted: dict[str, list[Footnote]] = {}
    for answer in answers:
        for cited in answer.citations:
            quoted.setdefault(cited.document_id, []).append(cited)
    items = [_item(number, places) for number, places in enumerate(quoted.values(), 1)]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _item(number: int, places: list[Footnote]) -> dict[str, object]:
    first = places[0]
    at = (
        ", ".join(filter(None, (one.place, f"characters {one.start} to {one.end}")))
        for one in places
    )
    known = {"URL": first.url} if first.url else {}
    return {
        "id": f"{NO_KEY.sub('-', first.document_id)}-{number}",
        "type": "document",
        "title": first.title,
        "source": first.document_id,
        "note": "; ".join(at),
        "custom": {"sha256": first.sha256, "modified": first.modified},
        **known,
    }
