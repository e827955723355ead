"""Find the spans of the retrieved passages that answer a question, with a probability."""

from rag.read.coverage import Terms, Vocabulary
from rag.read.quotes import quoted, select
from rag.read.reading import Examiner, Reading
from rag.read.similar import MultilingualReader, SimilarReader
from rag.read.spans import SpanReader, WordFinder

__all__ = [
    "Examiner",
    "MultilingualReader",
    "Reading",
    "SimilarReader",
    "SpanReader",
    "Terms",
    "Vocabulary",
    "WordFinder",
    "quoted",
    "select",
]
