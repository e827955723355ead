"""A question as typed becomes one in the words of the documents."""

from rag.asking.abbreviations import expanded
from rag.asking.forms import in_documents_form
from rag.asking.spelling import corrected
from rag.index import Index


def understood(question: str, index: Index) -> str:
    """Return the question with its abbreviations, spelling and values as the documents have them.

    It is the same question if the documents have it so, or have nothing like it.
    """
    return in_documents_form(corrected(expanded(question, index), index), index)
