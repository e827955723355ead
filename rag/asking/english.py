"""Common English, as the packaged tokenizer knows it: what is a word although no document has it.

The tokenizer of the packaged encoder lists English words by how common they are, after single
characters. So no list of words is kept here.
"""

from functools import cache

from rag.index.terms import WORDS
from rag.models import load_tokenizer, packaged_model

COMMON = 700  # words; the question words and common verbs are among them
PREFIXES = frozenset("anti co de dis fore inter mis non out over pre re sub un under".split())
PREFIXED = 4  # letters of the shortest word after a prefix
COMPOUNDED = 5  # letters of the shortest word in a compound


@cache
def common_words() -> tuple[str, ...]:
    """Return the most common English words, the most common first."""
    return _listed()[:COMMON]


@cache
def english_words() -> dict[str, tuple[str, ...]]:
    """Return about 20,000 English words and names by their stems."""
    words = _listed()
    by_stem: dict[str, tuple[str, ...]] = {}
    for word, stem in zip(words, WORDS.analyze(" ".join(words)), strict=True):
        by_stem[stem] = (*by_stem.get(stem, ()), word)
    return by_stem


def is_english(word: str) -> bool:
    """Return whether a word in lower case is English, also after a prefix or as a compound."""
    listed = _set()
    if word in listed:
        return True
    # a word that is too long for the index has no stem
    return any(stem in english_words() for stem in WORDS.analyze(word)) or any(
        word[at:] in listed
        and (
            (word[:at] in PREFIXES and len(word) - at >= PREFIXED)
            or (word[:at] in listed and min(at, len(word) - at) >= COMPOUNDED)
        )
        for at in range(2, len(word))
    )


@cache
def _set() -> frozenset[str]:
    return frozenset(_listed())


@cache
def _listed() -> tuple[str, ...]:
    numbers = load_tokenizer(packaged_model()).get_vocab()
    by_number = sorted(numbers, key=numbers.__getitem__)
    return tuple(word for word in by_number if len(word) > 1 and word.isascii() and word.isalpha())
