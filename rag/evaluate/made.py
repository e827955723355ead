"""A first set of questions made from the documents, by taking the answers out of sentences.

Such a set flatters: a question repeats the words of its sentence, so its passage is easier to find
than with questions that people ask. It shows what is broken, not how good the rest is.
"""

import random
import re
from collections import Counter
from collections.abc import Container, Iterator

from rag.evaluate.metrics import stands_in
from rag.evaluate.questions import Expected
from rag.index import Index
from rag.sentences import sentences_in
from rag.types import Passage

HEADING, TAKEN_OUT = "heading", "taken out"  # kinds of questions; the others are gaps
SHARE = 5  # one question in five is about a heading, and one is asked without its documents
MIN_WORDS, MAX_WORDS = 7, 30
NEAREST = 200  # passages searched for other documents with the answer
WORD = r"[A-Z][\w-]+"
NAME = rf"{WORD}(?:\s+(?:of|de|the|von|van)\s+{WORD}|\s+{WORD})*"
YEAR = r"(?:(?<=in )|(?<=of )|(?<=since ))(?:1\d|20)\d\d"
FIGURE = r"\d[\d,.]*\d|\d"
ASKED = re.compile(
    rf"(?<=[a-z,] )(?:(?P<name>{NAME})|(?P<year>{YEAR})|(?P<figure>{FIGURE}))(?=[\s,.;])(?!\s+\d)"
)


def make_questions(index: Index, count: int, seed: int = 7) -> list[Expected]:
    """Return up to `count` questions: gaps to fill, headings, and some to refuse."""
    rng = random.Random(seed)  # noqa: S311  the choice of passages is no secret
    rows = list(range(len(index.passages)))
    rng.shuffle(rows)
    made: dict[str, Expected] = {}
    before = -1
    while before < len(made) < count:  # repeat while a pass over all passages makes a new one
        before = len(made)
        for row in rows:
            if len(made) == count:
                break
            kinds = Counter(expected.kind for expected in made.values())
            due = {kind for kind in (HEADING, TAKEN_OUT) if kinds[kind] * SHARE < len(made)}
            new = (
                expected for expected in _asked(index, row, due) if expected.question not in made
            )
            if expected := next(new, None):
                made[expected.question] = expected
    return list(made.values())


def _asked(index: Index, row: int, due: Container[str]) -> Iterator[Expected]:
    """Yield questions about a passage, of the kinds that are due first."""
    passage = index.passages[row]
    document = passage.document.id
    headings = []
    if passage.heading and not passage.document.table_at(passage.start):
        heading = passage.heading.rpartition(" › ")[2]
        section = tuple(found.text for found in _section(index, row))
        headings = [
            Expected(
                f"What is said about {heading}?",
                quotes=section,
                documents=(document,),
                kind=HEADING,
            )
        ]
    if HEADING in due:
        yield from headings
    for start, end in sentences_in(passage):
        sentence = " ".join(passage.document.text[start:end].split())
        gap = _gap(sentence)
        if gap:
            question, answer = gap
            if TAKEN_OUT in due and len(index.documents) > 1:
                without = _holding(index, passage, sentence, answer)
                if len(without) < len(index.documents):  # or no document is left to ask
                    yield Expected(question, (answer,), kind=TAKEN_OUT, without=without)
            # in a repeated answer, sentences that do not answer would count as right
            once = passage.document.text.count(answer) == 1
            answers, quotes = ((answer,), ()) if once else ((), (sentence,))
            yield Expected(question, answers, quotes, (document,), kind="gap")
    yield from headings


def _holding(index: Index, passage: Passage, sentence: str, answer: str) -> tuple[str, ...]:
    """Return the ids of documents with the answer in a passage near the sentence.

    They may say the same as the sentence.
    """
    near = [passage, *(index.passages[row] for row in index.lexical.search(sentence, NEAREST)[1])]
    ids = (found.document.id for found in near if stands_in(answer, found.text))
    return tuple(dict.fromkeys(ids))


def _section(index: Index, row: int) -> Iterator[Passage]:
    """Yield the passages around a row that share its heading and document."""
    heading, document = index.passages[row].heading, index.passages[row].document.id
    first = row
    while first and index.passages[first - 1].heading == heading:
        first -= 1
    for number in range(first, len(index.passages)):
        passage = index.passages[number]
        if (passage.heading, passage.document.id) == (heading, document):
            yield passage
        elif number > row:
            return


def _gap(sentence: str) -> tuple[str, str] | None:
    """Return a question for one of the names or figures of a sentence, and that as the answer."""
    if not MIN_WORDS <= len(sentence.split()) <= MAX_WORDS:
        return None
    for match in ASKED.finditer(sentence):
        answer, last = match[0], sentence[: match.start()].rsplit(maxsplit=1)[-1]
        # after a capitalised word, the answer is a part of a longer name
        whole = last[0].islower() or last.endswith(",")
        if whole and sentence.count(answer) == 1:
            word = "which year" if match["year"] else "how many" if match["figure"] else "what"
            asked = f"{sentence[: match.start()]}{word}{sentence[match.end() :]}".rstrip(".!;: ")
            return f"{asked}?", answer
    return None
