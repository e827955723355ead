"""A text against the documents: what supports each sentence, what contradicts it, or nothing."""

from rag.checking.checker import Checker
from rag.checking.claims import document_of
from rag.checking.evidence import decided
from rag.checking.texts import text_in
from rag.checking.values import Checked, CheckedText, Verdict

__all__ = ["Checked", "CheckedText", "Checker", "Verdict", "decided", "document_of", "text_in"]
