"""What in the retrieved passages answers a question: spans with the probability that they do."""

from rag.read.quotes import select
from rag.read.reading import Examiner, Reading
from rag.read.spans import SpanReader, WordFinder

__all__ = ["Examiner", "Reading", "SpanReader", "WordFinder", "select"]
