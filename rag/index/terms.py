"""The terms of a text for search: stems, character pairs of unspaced scripts, runs of four letters.

Text is folded (compatibility forms, case, accents) for search only; folded text has no offsets.
"""

import re
import unicodedata

import tantivy

GRAM = 4  # characters
MAX_WORD = 60  # longer runs of letters and digits are noise that nobody types
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]+"
)
STOP_WORDS = frozenset(
    "s t a an and are as at be been being but by can could did do does for from had has have he "
    "her hers him his how i if in into is it its me my of on or our she should so such than that "
    "the their them then there these they this those to was we were what when where which who "
    "whom whose why will with would you your".split()
)


def folded(text: str) -> str:
    """Return text as it is searched: compatibility characters replaced by plain ones (NFKC)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def character_pairs(text: str) -> list[str]:
    """Return the overlapping character pairs of each run of an unspaced script.

    A run of one character gives that character.
    """
    if text.isascii():
        return []
    return [
        run[start : start + 2]
        for run in UNSPACED.findall(text)
        for start in range(max(1, len(run) - 1))
    ]


def terms_of(text: str) -> list[str]:
    """Return the stems of the words of a text, in order, then its character pairs."""
    text = folded(text)
    return [*WORDS.analyze(text), *character_pairs(text)]


def content_terms(question: str) -> list[str]:
    """Return the distinct stems of the content words of a question."""
    return list(content_stems(question))


def content_stems(question: str) -> dict[str, str]:
    """Return the distinct stems of the content words of a question, each with its word."""
    stems: dict[str, str] = {}
    for word in content_words(question):
        for stem in WORDS.analyze(word):
            stems.setdefault(stem, word)
    return stems


def content_words(question: str) -> list[str]:
    """Return the words of a question without function words, or all words if no others remain."""
    words = re.findall(r"\w+", folded(question))
    return [word for word in words if word.lower() not in STOP_WORDS] or words


def word_analyzer() -> tantivy.TextAnalyzer:
    """Return the analyzer that turns a text into stems."""
    filters = tantivy.Filter
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(filters.remove_long(MAX_WORD))
        .filter(filters.lowercase())
        .filter(filters.ascii_fold())
        .filter(filters.stemmer("english"))
        .build()
    )


def gram_analyzer() -> tantivy.TextAnalyzer:
    """Return the analyzer that turns a text into runs of letters."""
    filters = tantivy.Filter
    grams = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(GRAM, GRAM, prefix_only=False))
    return grams.filter(filters.lowercase()).filter(filters.ascii_fold()).build()


WORDS = word_analyzer()
GRAMS = gram_analyzer()
