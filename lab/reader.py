"""The program's reader over the index of a pool."""

from functools import cache
from pathlib import Path

from rag.index import Index
from rag.index.terms import terms_of
from rag.models import CompiledReader, load_tokenizer, packaged_model
from rag.read import Examiner, SpanReader, WordFinder
from rag.readers import packaged_examiner


def make_reader(index: Index) -> SpanReader:
    """Return the program's reader over an index."""
    return SpanReader(make_examiner(index), word_finder())


def make_examiner(index: Index) -> Examiner:
    """Return the examiner of the sentences of an index; it caches the stems of texts."""
    return packaged_examiner(index, cache(terms_of))


@cache
def word_finder(weights: Path | None = None) -> WordFinder:
    """Return the trained reader, compiled once, with the program's weights by default."""
    packaged = packaged_model()
    return WordFinder(CompiledReader(packaged, weights), load_tokenizer(packaged))
