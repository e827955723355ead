"""How people ask: a question as typed becomes one that the index and the reader understand."""

from rag.asking.at_once import at_last, at_once
from rag.asking.followups import readings
from rag.asking.talk import small_talk, without_greeting
from rag.asking.together import answered, named
from rag.asking.understood import understood

__all__ = [
    "answered",
    "at_last",
    "at_once",
    "named",
    "readings",
    "small_talk",
    "understood",
    "without_greeting",
]
