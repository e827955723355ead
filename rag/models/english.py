"""The English words that the tokenizer of the packaged encoder lists.

It lists them by how common they are, after single characters. So no list of words is kept here.
"""

from functools import cache

from rag.models.weights import load_tokenizer, packaged_model


@cache
def listed_words() -> tuple[str, ...]:
    """Return about 20,000 words and names in small letters, the most common first."""
    numbers = load_tokenizer(packaged_model()).get_vocab()
    by_number = sorted(numbers, key=numbers.__getitem__)
    return tuple(word for word in by_number if len(word) > 1 and word.isascii() and word.isalpha())


def is_listed(word: str) -> bool:
    """Return whether a word in small letters is listed."""
    return word in _listed()


@cache
def _listed() -> frozenset[str]:
    return frozenset(listed_words())
