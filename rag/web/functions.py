"""What programs may ask for, over REST and MCP alike: values in, plain fields out, errors in our words."""

from dataclasses import asdict

from rag.web.live import Live
from rag.words import hit_fields

MAX_PASSAGES = 100

Fields = dict[str, object]


class Functions:
    """The three functions, each over the generation that is current when it is called; they raise RagError."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def ask(self, question: str) -> Fields:
        """Return the fields of an Answer."""
        return asdict(self._live.pipeline().ask(question))

    def search(self, question: str, k: int) -> list[Fields]:
        """Return the fields of the k passages that come closest, 1 to 100."""
        return [
            hit_fields(hit)
            for hit in self._live.pipeline().search(question, max(1, min(k, MAX_PASSAGES)))
        ]

    def documents(self) -> Fields:
        """Return what is indexed, and what could not be read with the reason."""
        index = self._live.pipeline().index
        unreadable = [{"id": name, "reason": reason} for name, reason in index.manifest.unreadable]
        return {
            "documents": [asdict(item) for item in index.documents.summaries()],
            "unreadable": unreadable,
        }
