"""What in the retrieved passages answers a question: spans with the probability that they do."""

from rag.read.quotes import select
from rag.read.sentences import Reading, SentenceReader
from rag.read.spans import SpanReader, WordFinder

__all__ = ["Reading", "SentenceReader", "SpanReader", "WordFinder", "select"]
