"""What in the retrieved passages answers a question: spans with the probability that they do."""

from rag.read.quotes import select
from rag.read.reading import Examiner, Reading
from rag.read.sentences import SentenceReader
from rag.read.spans import SpanReader, WordFinder

__all__ = ["Examiner", "Reading", "SentenceReader", "SpanReader", "WordFinder", "select"]
