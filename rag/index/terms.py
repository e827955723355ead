"""The terms of a text for search: stems, character pairs of unspaced scripts, runs of four letters.

Text is folded (compatibility forms, case, accents, and what scripts write or leave out at will) for
search only; folded text has no offsets.
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
# of a note or a power: no digit of the number, no letter of the word before; m² is a word
RAISED = re.compile(r"(?<=\d)[⁰¹²³⁴-⁹⁺⁻⁽]|(?<=[^\W\d_⁰¹²³⁴-⁹]{4})[⁰¹²³⁴-⁹⁽]")
STEMMERS = ("english", "russian", "greek", "arabic")
STOP_WORDS = frozenset(
    "s t a an and are as at be been being but by can could did do does for from had has have he "
    "her hers him his how i if in into is it its me my of on or our she should so such than that "
    "the their them then there these they this those to was we were what when where which who "
    "whom whose why will with would you your".split()
)


def folded(text: str) -> str:
    """Return text as it is searched: compatibility characters replaced by plain ones (NFKC).

    The same for letters and marks that people write or leave out at will.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", RAISED.sub(r" \g<0>", text)).translate(AT_WILL)


def plain(text: str) -> str:
    """Return text as it is searched, in small letters without accents."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", folded(text).lower())
    return "".join(c for c in letters if not unicodedata.combining(c))


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
    words = WORD.findall(folded(question))
    return [word for word in words if word.lower() not in STOP_WORDS] or words


def word_analyzer() -> tantivy.TextAnalyzer:
    """Return the analyzer that turns a text into stems.

    Each stemmer leaves the words of other alphabets as they are. All words in Latin letters get
    the English one.
    """
    filters = tantivy.Filter
    analyzer = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(filters.remove_long(MAX_WORD))
        .filter(filters.lowercase())
        .filter(filters.ascii_fold())
    )
    for language in STEMMERS:
        analyzer = analyzer.filter(filters.stemmer(language))
    return analyzer.build()


def gram_analyzer() -> tantivy.TextAnalyzer:
    """Return the analyzer that turns a text into runs of letters."""
    filters = tantivy.Filter
    grams = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(GRAM, GRAM, prefix_only=False))
    return grams.filter(filters.lowercase()).filter(filters.ascii_fold()).build()


def _written_at_will() -> dict[int, str | None]:
    """Return what replaces letters and marks of which there is a plainer way to write the word.

    Vowel points of Arabic and Hebrew, forms of alef, the accents of Greek, the marks below and
    between letters of Indian scripts, soft hyphens, and what joins letters without being seen.
    """
    letters = dict(zip("أإآٱىئیکةؤё", "اااايييكهوе", strict=True))
    greek = map(chr, (*range(0x370, 0x400), *range(0x1F00, 0x2000)))
    letters |= {c: plain for c in greek if (plain := unicodedata.normalize("NFD", c)[0]) != c}
    points = map(chr, (*range(0x591, 0x5C8), *range(0x610, 0x61B), *range(0x64B, 0x660)))
    gone = [c for c in points if unicodedata.category(c) == "Mn"]
    gone += [c for c in map(chr, range(0x900, 0xE00)) if unicodedata.combining(c) in {7, 9}]
    return str.maketrans({**letters, **dict.fromkeys((*gone, *"ـ\u0670\u00ad\u200c\u200d"))})


def _words() -> re.Pattern[str]:
    """Return the expression of a word, which may hold the vowel signs of its script."""
    scripts = map(chr, range(0x300, 0x1D00))
    marks = "".join(c for c in scripts if unicodedata.category(c) in {"Mn", "Mc"})
    return re.compile(rf"[\w{marks}]+")


AT_WILL = _written_at_will()
WORD = _words()
WORDS = word_analyzer()
GRAMS = gram_analyzer()
