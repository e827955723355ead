"""Abbreviations and the words they are made of, as the documents have them.

"WFH" becomes "working from home" if only the words occur in the documents, and "Human Resources"
gets "(HR)" behind it if only the abbreviation does. Initials are weak evidence. So the words must
be a name, a heading or a phrase that recurs, in passages that fit the rest of the question; and a
name gets its abbreviation only if no passage has the name.
"""

import re
from collections import Counter
from collections.abc import Iterator

from rag.asking.english import is_english
from rag.index import Index
from rag.index.terms import STOP_WORDS, WORDS
from rag.types import Passage

ACRONYM = re.compile(r"(?<![\w.-])(?:[A-Z]{2,6}s?\b|(?:[A-Za-z]\.){2,6}|[a-z]{3,5}\b)(?![\w.-]\w)")
WORD = re.compile(r"[^\W\d_]+")
BREAK = re.compile(r"[^\w\s'’-]|\n\s*\n")  # not inside a phrase
LOOKED_AT = 20  # passages that fit the rest of the question
RECURS = 2  # passages with a phrase that is neither a name nor a heading
LONGEST = 6  # words of a name
MOST = 16  # abbreviations, and names, that are looked up: each takes a search
# Universal ones that no document explains; the dot or slash tells them from words.
UNIVERSAL = {
    "approx.": "approximately",
    "dept.": "department",
    "max.": "maximum",
    "min.": "minimum",
    "no.": "number",
    "p.a.": "per year",
    "p.w.": "per week",
    "w/o": "without",
}


def expanded(question: str, index: Index) -> str:
    """Return the question with the words of its abbreviations, or with those of its names."""
    if question.isupper():
        return question
    for short, words in UNIVERSAL.items():
        after = r"(?=\s*\d)" if short == "no." else r"(?!\w)"  # a question may end with "or no."
        pattern = rf"(?<!\w)(?<!\d ){re.escape(short)}{after}"  # "5 min." are minutes
        if re.search(pattern, question, re.IGNORECASE) and has_words(words.split(), index):
            question = re.sub(pattern, words, question, flags=re.IGNORECASE)
    for match in reversed(list(ACRONYM.finditer(question))[:MOST]):
        letters = match[0].replace(".", "")
        letters = (letters if letters.islower() else letters.removesuffix("s")).lower()
        if not has_words([letters], index) and (not match[0].islower() or not is_english(letters)):
            before, after = question[: match.start()], question[match.end() :]
            words = _words_of(letters, f"{before} {after}", index)
            question = f"{before}{words or match[0]}{after}"
    for start, end in reversed(list(_names(question))[:MOST]):
        short = _abbreviation(question[start:end], index)
        question = question[:end] + (f" ({short})" if short else "") + question[end:]
    return question


def has_words(words: list[str], index: Index) -> bool:
    """Return whether the index has all these words."""
    rarity = index.lexical.rarity([*(WORDS.analyze(word)[0] for word in words), ""])
    return bool((rarity[:-1] < rarity[-1]).all())


def _words_of(letters: str, rest: str, index: Index) -> str:
    """Return the phrase that an abbreviation is made of, or "" if the passages have none."""
    rows = index.lexical.search(rest, LOOKED_AT)[1] if WORD.search(rest) else ()
    recurring: Counter[str] = Counter()
    for passage in (index.passages[int(row)] for row in rows):
        phrases = dict.fromkeys(_phrases(passage.embedded, letters))
        for phrase in phrases:
            if _is_name(phrase):
                return phrase
            if _is_heading(phrase, passage):
                return phrase[0].lower() + phrase[1:]
        recurring.update(phrase.lower() for phrase in phrases)
    phrase, count = next(iter(recurring.most_common(1)), ("", 0))
    return phrase if count >= RECURS and len(letters) > RECURS else ""


def _phrases(text: str, letters: str) -> Iterator[str]:
    """Yield the runs of words that begin with these letters; function words may be left out."""
    every = list(WORD.finditer(text))
    for words in (every, [word for word in every if word[0].lower() not in STOP_WORDS]):
        initials = "".join(word[0][0].lower()[:1] for word in words)
        for first in (found.start() for found in re.finditer(f"(?={letters})", initials)):
            phrase = text[words[first].start() : words[first + len(letters) - 1].end()]
            if not BREAK.search(phrase) and phrase.count(" ") <= LONGEST:
                yield " ".join(phrase.split())


def _is_name(phrase: str) -> bool:
    words = [word for word in WORD.findall(phrase) if word.lower() not in STOP_WORDS]
    return len(words) > 1 and all(word[0].isupper() for word in words)


def _is_heading(phrase: str, passage: Passage) -> bool:
    lines = [*passage.heading.split(" › "), *passage.text.splitlines()]
    return phrase.casefold() in (line.strip(" \t#*").casefold() for line in lines)


def _names(question: str) -> Iterator[tuple[int, int]]:
    """Yield where the names of several words are, after the first word of the question."""
    words = list(WORD.finditer(question))[1:]
    while words:
        run = 0
        for count, word in enumerate(words[:LONGEST], 1):
            between = question[words[0].start() : word.end()]
            is_capital = word[0][0].isupper()
            if BREAK.search(between) or not (is_capital or (run and word[0] in STOP_WORDS)):
                break
            run = count if is_capital else run
        if run > 1:
            yield words[0].start(), words[run - 1].end()
        words = words[max(run, 1) :]


def _abbreviation(name: str, index: Index) -> str:
    """Return the abbreviation that the documents have instead of a name, or ""."""
    every = WORD.findall(name)
    if min(map(len, every)) == 1:
        return ""
    plain = " ".join(name.split()).casefold()
    near = index.lexical.search(name, LOOKED_AT)[1]
    if any(plain in " ".join(index.passages[int(r)].embedded.split()).casefold() for r in near):
        return ""
    for words in (every, [word for word in every if word.lower() not in STOP_WORDS]):
        short = "".join(word[0] for word in words).upper()
        if len(words) <= RECURS and any(has_words([word], index) for word in words):
            continue
        for row in index.lexical.holding(WORDS.analyze(short)[0], RECURS) if len(words) > 1 else ():
            if re.search(rf"\b{re.escape(short)}\b", index.passages[int(row)].embedded):
                return short
    return ""
