"""How people ask: a question as typed becomes one that the index and the reader understand."""

from rag.asking.understood import understood

__all__ = ["understood"]
