"""Files → documents with their passages; passages → vectors: here, or spread over machines.

What is made does not depend on where: every worker runs `Maker`, with the same versions.
"""

from rag.building.ahead import Read, read_ahead
from rag.building.choosing import working
from rag.building.here import Here, maker_here
from rag.building.made import Made, Maker, Source, title_of, words_sha256
from rag.building.workers import Workers

__all__ = [
    "Here",
    "Made",
    "Maker",
    "Read",
    "Source",
    "Workers",
    "maker_here",
    "read_ahead",
    "title_of",
    "words_sha256",
    "working",
]
