"""The readers of an index: the packaged one, and one for all languages."""

from functools import cache, partial

from rag.config import MULTILINGUAL_ENCODER
from rag.index import Index
from rag.index.terms import content_stems, terms_of
from rag.models import CompiledReader, WordTable, load_tokenizer, packaged_model
from rag.protocols import Encoder, Reader
from rag.read import (
    Examiner,
    MultilingualReader,
    SimilarReader,
    SpanReader,
    Terms,
    Vocabulary,
    WordFinder,
)
from rag.sentences import sentences_in

NOWHERE = "\0"  # a term that no passage has


def reader_for(index: Index, encoder: Encoder) -> Reader:
    """Return the packaged reader; with the multilingual encoder one that reads all languages."""
    english = packaged_reader(index)
    if encoder.name != MULTILINGUAL_ENCODER:
        return english
    return MultilingualReader(english, SimilarReader(packaged_examiner(index), encoder))


def packaged_reader(index: Index) -> SpanReader:
    """Return the packaged reader, with the word statistics of an index."""
    return SpanReader(packaged_examiner(index), word_finder())


def packaged_examiner(index: Index, terms: Terms = terms_of) -> Examiner:
    """Return what computes the features of sentences, with the word statistics of an index."""
    vocabulary = Vocabulary(terms, content_stems, index.lexical.rarity, _word_table().alike)
    return Examiner(vocabulary, sentences_in, partial(mentioned, index))


def mentioned(index: Index, texts: list[str]) -> list[bool]:
    """Return for each text whether all its words are in the index."""
    never = float(index.lexical.rarity([NOWHERE])[0])
    terms = [terms_of(text) for text in texts]
    return [not found or bool((index.lexical.rarity(found) < never).all()) for found in terms]


@cache
def word_finder() -> WordFinder:
    """Return the trained model, compiled once and shared by all indexes."""
    packaged = packaged_model()
    return WordFinder(CompiledReader(packaged), load_tokenizer(packaged))


@cache
def _word_table() -> WordTable:
    """Return the vectors of words, loaded once and shared by all indexes."""
    return WordTable(load_tokenizer(packaged_model()).token_to_id)
