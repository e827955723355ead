"""Common English, as the packaged tokenizer knows it: words although no document has them."""

from functools import cache

from rag.index.terms import WORDS
from rag.models import is_listed, listed_words

COMMON = 700  # words; the question words and common verbs are among them
PREFIXES = frozenset("anti co de dis fore inter mis non out over pre re sub un under".split())
PREFIXED = 4  # letters of the shortest word after a prefix
COMPOUNDED = 5  # letters of the shortest word in a compound


@cache
def common_words() -> tuple[str, ...]:
    """Return the most common English words, the most common first."""
    return listed_words()[:COMMON]


@cache
def english_words() -> dict[str, tuple[str, ...]]:
    """Return about 20,000 English words and names by their stems."""
    words = listed_words()
    by_stem: dict[str, tuple[str, ...]] = {}
    for word, stem in zip(words, WORDS.analyze(" ".join(words)), strict=True):
        by_stem[stem] = (*by_stem.get(stem, ()), word)
    return by_stem


def is_english(word: str) -> bool:
    """Return whether a word in lower case is English, also after a prefix or as a compound."""
    if is_listed(word):
        return True
    # a word that is too long for the index has no stem
    return any(stem in english_words() for stem in WORDS.analyze(word)) or any(
        is_listed(word[at:])
        and (
            (word[:at] in PREFIXES and len(word) - at >= PREFIXED)
            or (is_listed(word[:at]) and min(at, len(word) - at) >= COMPOUNDED)
        )
        for at in range(2, len(word))
    )
