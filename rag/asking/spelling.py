"""Correct the spelling of a question by the words of the index.

A word is corrected only if neither the index nor common English has it, and the index (or common
English) has one that is a slip of the fingers away. A wrong correction would answer a question that
nobody asked, so codes, quoted words and abbreviations are left alone, a first letter stays, and a
word that may be a name changes only if two letters were swapped or one was doubled.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.asking.english import common_words, english_words, is_english
from rag.index import Index
from rag.index.terms import MAX_WORD, WORDS

# whole words of letters: no part of a code, an address or a hyphenated word
WORD = re.compile(r"(?<![\w.@/\\:#$-])[A-Za-z]{3,}(?![\w@/\\]|[.:-]\w)")
QUOTED = re.compile(r"[\"“„«][^\"”“»]*[\"”“»]")
DOUBLED = re.compile(r"(.)\1")
LETTERS = re.compile(r"[a-z]+")
SHORT = 4  # letters; a shorter word is corrected to a common one only
LONG = 9  # letters; from here on two edits are allowed
NAME = 6  # letters of the shortest name that is corrected
MOST = 16  # words of a question that are corrected: each is compared with all of the index
STEMS = 20  # stems whose forms are looked up in passages
PASSAGES = 3  # that are read for the forms of a stem
TOO_FAR = 9.0
CLEARER = 4  # times that the best of equally near words must be as frequent as the next


class Candidate(NamedTuple):
    """A word that may have been meant: how far it is, and how many passages hold it."""

    cost: float
    passages: int
    word: str
    stem: str


def corrected(question: str, index: Index) -> str:
    """Return the question with its first misspelt words as the index or common English has them."""
    if question.isupper():
        return question
    quoted = [match.span() for match in QUOTED.finditer(question)]
    found = [
        match
        for match in WORD.finditer(question)
        if len(match[0]) <= MAX_WORD  # a longer one has no stem
        and not any(start <= match.start() < end for start, end in quoted)
    ]
    stems = WORDS.analyze(" ".join(match[0] for match in found))
    rarity = index.lexical.rarity([*stems, ""])
    unknown = [
        match
        for match, rare in zip(found, rarity, strict=False)
        if rare >= rarity[-1] and not match[0].isupper() and not is_english(match[0].lower())
    ]
    for match in reversed(unknown[:MOST]):
        word = _meant(match[0], index, is_first=match.start() == found[0].start())
        question = question[: match.start()] + word + question[match.end() :]
    return question


def _meant(word: str, index: Index, *, is_first: bool) -> str:
    """Return the word that was meant, or the word itself if that is not clear."""
    typed = word.lower()
    capital = word[0].isupper()
    candidates = [] if capital and not is_first else list(_common(typed))
    candidates += [
        candidate
        for candidate in _indexed(typed, index)
        if not capital or (len(word) >= NAME and candidate.cost < 1)
    ]
    if not candidates:
        return word
    best, *others = sorted(candidates, key=lambda c: (c.cost, -c.passages))
    rivals = [c for c in others if c.cost == best.cost and c.stem != best.stem]
    if best.cost >= 1 and any(CLEARER * rival.passages > best.passages for rival in rivals):
        return word
    return best.word.capitalize() if capital else best.word


def _common(typed: str) -> Iterator[Candidate]:
    for word, _, _ in process.extract(
        typed, common_words(), scorer=OSA.distance, score_cutoff=1, limit=None
    ):
        cost = _cost(typed, word)
        if cost < 1 or (cost == 1 and len(typed) > SHORT and word[0] == typed[0]):
            yield Candidate(cost, 0, word, WORDS.analyze(word)[0])


def _indexed(typed: str, index: Index) -> Iterator[Candidate]:
    """Yield the words of the index that are near."""
    if len(typed) < SHORT:
        return
    edits = 2 if len(typed) >= LONG else 1
    for stem, count in _near_stems(typed, edits, index):
        for word in _forms(stem, index):
            cost = _cost(typed, word) if word[0] == typed[0] else TOO_FAR
            if cost < 1 or (cost <= edits and len(typed) > SHORT):
                yield Candidate(cost, count, word, stem)


def _near_stems(typed: str, edits: int, index: Index) -> list[tuple[str, int]]:
    """Return the stems of the index that begin like a word, and how many passages hold them.

    The longest and nearest come first, then the most frequent.
    """
    typed = re.sub("y$", "i", typed)  # as stems have it
    second, third = typed[1:3], typed[2:3]
    counts = {
        stem: count
        for stem, count in index.lexical.beginning(typed[0]).items()
        if SHORT - 1 <= len(stem) <= len(typed) + edits
        and (stem[1] in second or stem[2] == third)  # no two slips so early
        and stem.isalpha()
    }
    stems = list(counts)
    starts = [[typed[: len(stem) + more] for stem in stems] for more in (-1, 0, 1)]
    near = [
        process.cpdist(start, stems, scorer=OSA.distance, score_cutoff=edits) for start in starts
    ]
    distances = np.min(near, axis=0).astype(int).tolist()
    order = sorted(
        (n for n, distance in enumerate(distances) if distance <= edits),
        key=lambda n: (2 * distances[n] - len(stems[n]), -counts[stems[n]]),
    )
    return [(stems[n], counts[stems[n]]) for n in order[:STEMS]]


def _forms(stem: str, index: Index) -> set[str]:
    """Return words with this stem: of common English, or of a few passages that hold it."""
    if stem in english_words():
        return set(english_words()[stem])
    return {
        word
        for row in index.lexical.holding(stem, PASSAGES)
        for word in LETTERS.findall(index.passages[int(row)].embedded.lower())
        if word[:2] == stem[:2] and WORDS.analyze(word) == [stem]
    }


def _cost(typed: str, word: str) -> float:
    """Return the edits between two words; a swap or a doubled letter counts half.

    Two other edits count as too many: they make one English word of another.
    """
    edits = OSA.distance(typed, word, score_cutoff=2)
    swapped = len(typed) == len(word) and sorted(typed) == sorted(word)
    single, meant = DOUBLED.sub(r"\1", typed), DOUBLED.sub(r"\1", word)
    rest = OSA.distance(single, meant, score_cutoff=1)
    if edits <= 1:
        return 0.5 * edits if swapped or single == meant else float(edits)
    is_slip = edits == 2 and (swapped or rest <= 1)
    return 1.5 if is_slip else TOO_FAR
