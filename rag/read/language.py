"""Is a text English? The trained reader reads no other language.

English is known by function words that hardly another language has, such as "the" and "which", and
by the words that the packaged tokenizer lists. The shares were chosen by measurement
(benchmarks/README.md).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from rag.models import is_listed

FUNCTION = frozenset(
    "about and are been being but can could describe did do does explain for from had has have how "
    "into is its may must of should show such tell that the their there these they this those to "
    "what when where which while who whose why will with would you your".split()
)
FUNCTION_SHARE, LISTED_SHARE = 0.1, 0.7  # of the words of an English text, at least one of them
SAMPLE = 400  # characters that show the script of a text
JAPANESE = frozenset({"HIRAGANA", "KATAKANA"})  # written together with Chinese characters
WORD = re.compile(r"[^\W\d_]{2,}|[^\W\d_a-zA-Z]")


def asks_in_english(question: str, passages: Sequence[str] = ()) -> bool:
    """Return whether a question is in English.

    `passages` are in English: their words are English, unless they may be names.
    """
    words = [word.lower() for word in WORD.findall(question)]
    said = {word for text in passages for word in WORD.findall(text) if not word[0].isupper()}
    return _is_english(words, words, said)


def is_english(text: str) -> bool:
    """Return whether a passage is in English; words with a capital may be names of any language."""
    words = WORD.findall(text)
    return _is_english(words, [word for word in words if not word[0].isupper()])


def in_another_language(question: str, text: str) -> bool:
    """Return whether a passage is surely in another language than a question.

    It is if they are written in different scripts, or if only one of them is English.
    """
    return _script(question) != _script(text) or asks_in_english(question) != is_english(text)


def _script(text: str) -> str:
    """Return the script of most of the first letters, as Unicode names it; "" without letters."""
    letters = [character for character in text[:SAMPLE] if character.isalpha()]
    names = [unicodedata.name(letter, "").partition(" ")[0] for letter in letters]
    scripts = Counter("CJK" if name in JAPANESE else name for name in names)
    return scripts.most_common(1)[0][0] if scripts else ""


def _is_english(
    words: Sequence[str], plain: Sequence[str], said: Collection[str] = frozenset()
) -> bool:
    """Return whether words are English; `plain` are those that are no names."""
    function = sum(word.lower() in FUNCTION for word in words)
    listed = sum(is_listed(word) or word in said for word in plain)
    return function >= FUNCTION_SHARE * len(words) or listed >= LISTED_SHARE * len(plain)
