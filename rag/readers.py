"""The readers of an index: the packaged one, and one for all languages."""

import re
from functools import cache, partial

from rag.config import MULTILINGUAL_ENCODER
from rag.index import Index
from rag.index.terms import UNSPACED, content_stems, terms_of
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

LETTERS = re.compile(r"[^\W_]+")
SHORTEST = 2  # letters of a term whose last one is looked for
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
    """Return for each text whether all its words are in the index, or in an id or a title."""
    never = float(index.lexical.rarity([NOWHERE])[0])

    def is_known(text: str) -> bool:
        terms = terms_of(text)
        rarities = index.lexical.rarity(terms)
        return all(
            rare < never or is_in(index.documents.names, term)
            for term, rare in zip(terms, rarities, strict=True)
        )

    return list(map(is_known, texts))


def is_in(names: str, term: str) -> bool:
    """Return whether one of the words of these names, in small plain letters, has this term."""
    start = term.removesuffix("i") if len(term) > SHORTEST else term  # "policy" has "polici"
    seen: set[str] = set()
    place = names.find(start)
    while place >= 0:
        word = LETTERS.match(names, place)
        is_first = not names[place - 1 : place].isalnum() or UNSPACED.match(start)
        if word and is_first and word[0] not in seen:
            if term in terms_of(word[0]):
                return True
            seen.add(word[0])
        place = names.find(start, place + 1)
    return False


@cache
def word_finder() -> WordFinder:
    """Return the trained model, compiled once and shared by all indexes."""
    packaged = packaged_model()
    return WordFinder(CompiledReader(packaged), load_tokenizer(packaged))


@cache
def _word_table() -> WordTable:
    """Return the vectors of words, loaded once and shared by all indexes."""
    return WordTable(load_tokenizer(packaged_model()).token_to_id)
