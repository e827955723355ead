"""How people ask: a question as typed becomes one that the index and the reader understand."""

from rag.asking.at_once import at_last, at_once
from rag.asking.followups import readings
from rag.asking.talk import small_talk, without_greeting
from rag.asking.together import answered, found_name
from rag.asking.understood import understood

__all__ = [
    "answered",
    "at_last",
    "at_once",
    "found_name",
    "readings",
    "small_talk",
    "understood",
    "without_greeting",
]
