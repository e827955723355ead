"""What the documents of an index say: their names and abbreviations, and checks by words.

The checks err on the safe side: what may be an answer counts as one.
"""

import random
import re
from itertools import islice

from rag.evaluate.gold import find_gold
from rag.evaluate.made import NAME
from rag.evaluate.metrics import stands_in
from rag.evaluate.questions import Expected
from rag.evaluate.ways import MONTHS
from rag.index import Index
from rag.index.terms import STOP_WORDS, content_terms, terms_of
from rag.sentences import sentences_in
from rag.types import Document, Passage

SAMPLE = 3000  # passages searched for names
NEAREST = 100  # passages near a question that may answer it
NAMED_IN = 20  # of these, the passages whose names are like those of the question
SHARE = 0.5  # of the words of a question: what holds more of them may answer it
INSIDE = re.compile(rf"(?<=[a-z,] ){NAME}")  # at the start of a sentence every word has a capital
PLACE_BEFORE = r"(?:\bin|\bat|\bnear|\bfrom) (?:the )?"
PLACED = re.compile(rf"{PLACE_BEFORE}({NAME})")
DEFINED = re.compile(r"((?:[A-Z][\w-]+ (?:(?:of|and|for|the|in) )?){1,7})\(([A-Z]{2,7})\)")
SMALL = frozenset(("of", "and", "for", "the", "in"))


class Said:
    """The names in a sample of the passages, and checks over all of them."""

    def __init__(self, index: Index, seed: int) -> None:
        self._index = index
        rows = list(range(len(index.passages)))
        random.Random(seed).shuffle(rows)  # noqa: S311  the choice of passages is no secret
        names, places = set[str](), set[str]()
        self.abbreviations: dict[str, str] = {}
        for row in islice(rows, SAMPLE):
            text = " ".join(index.passages[row].text.split())
            names |= set(INSIDE.findall(text))
            places |= set(PLACED.findall(text))
            self.abbreviations |= _defined(text)
        self.names, self.places = sorted(names), sorted(places)

    def holds_any(self, words: str) -> bool:
        """Return whether any passage holds one of these words, in any form."""
        terms = set(content_terms(words))
        return any(terms & set(terms_of(passage.embedded)) for passage in self._near(words))

    def answering(self, question: str, about: str = "") -> list[Passage]:
        """Return the passages that hold as many words of a question as an answer would.

        Only passages that mention `about` count, or whose documents are named so. Its words are
        not counted.
        """
        return [
            passage
            for passage in self._near(f"{about} {question}")
            if (not about or _is_about(about, passage))
            and _shares(question, about, passage.embedded)
        ]

    def sentences_answering(self, question: str) -> list[str]:
        """Return the sentences that hold as many words of a question as an answer would."""
        return [
            sentence
            for passage in self.answering(question)
            for start, end in sentences_in(passage)
            if _shares(question, "", sentence := passage.document.text[start:end])
        ]

    def documents_of(self, expected: Expected) -> list[Document]:
        """Return the documents that hold what a question expects."""
        near = self._near(" ".join((expected.question, *expected.wanted)))
        found = {passage.document.id: passage.document for passage in near}
        gold = find_gold(expected, found.values())
        return [
            document for document in found.values() if gold.is_in(document, 0, len(document.text))
        ]

    def names_near(self, question: str, *, places: bool) -> list[str]:
        """Return the names in the passages nearest to a question, or only those of places."""
        texts = [" ".join(passage.text.split()) for passage in self._near(question)[:NAMED_IN]]
        pattern = PLACED if places else INSIDE
        return sorted({name for text in texts for name in pattern.findall(text)})

    def names_in(self, question: str) -> list[tuple[int, int]]:
        """Return the places of the names in a question.

        Its first word has a capital in any case: a name that begins there must be known.
        """
        found = []
        for match in re.finditer(NAME, question):
            first = match[0].split()[0]
            start = match.start()
            if not start and first.lower() in STOP_WORDS:
                start += len(first) + 1
            name = question[start : match.end()]
            if name and name not in MONTHS and (match.start() or start or name in self.names):
                found.append((start, match.end()))
        return found

    def _near(self, words: str) -> list[Passage]:
        _, rows = self._index.lexical.search(words, NEAREST)
        return [self._index.passages[row] for row in rows.tolist()]


def mentions(words: str, document: Document) -> bool:
    """Return whether a document holds these words in its text, title or file name."""
    return any(stands_in(words, text) for text in (document.text, document.title, document.id))


def _is_about(words: str, passage: Passage) -> bool:
    places = (passage.embedded, passage.document.title, passage.document.id)
    return any(stands_in(words, text) for text in places)


def _shares(question: str, about: str, text: str) -> bool:
    terms = set(content_terms(question)) - set(terms_of(about))
    return len(terms & set(terms_of(text))) > SHARE * len(terms)


def _defined(text: str) -> dict[str, str]:
    """Return the abbreviations that a text defines, as in "World Trade Organization (WTO)"."""
    found = {}
    for long, short in DEFINED.findall(text):
        words = long.split()
        for first in range(len(words)):
            initials = "".join(word[0] for word in words[first:] if word not in SMALL)
            if initials == short and words[first] not in SMALL:
                found[short] = " ".join(words[first:])
    return found
