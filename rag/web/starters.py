"""Starter questions, made from the current documents and kept only if these answer them."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest

from rag.pipeline import Pipeline
from rag.said import Said
from rag.sentences import sentences
from rag.types import Document

WANTED = 3  # besides the one that asks for a summary
DOCUMENTS = 12  # documents searched
SENTENCES = 120  # sentences searched in each
TRIED = 4  # questions tried of each kind
KINDS = 4  # when, who, what is, what did
SURE = 0.7  # the least confidence of the answer
TITLE = 60  # characters of a title that a question repeats

NAME = r"(?:[A-Z](?:[\w’'.-]*\w)?|\d(?:[\w.]*\w)?)"
SUBJECT = (
    rf"(?P<subject>(?:[Tt]he )?[A-Z][\w’'.-]*(?: (?:of|and|the|for|{NAME})){{0,5}}"
    r"(?<! of)(?<! and)(?<! the)(?<! for))"
)
BASE = {
    "released": "release", "announced": "announce", "launched": "launch", "proposed": "propose",
    "said": "say", "introduced": "introduce", "unveiled": "unveil", "reported": "report",
    "founded": "found", "showed": "show", "published": "publish", "developed": "develop",
    "described": "describe", "won": "win", "named": "name", "wrote": "write", "built": "build",
    "presented": "present", "offered": "offer", "created": "create",
}  # fmt: skip
DID = re.compile(
    rf"^{SUBJECT} (?P<verb>{'|'.join(BASE)})\b"
    rf"(?P<what> (?:(?:the|an?|its) )?(?:[a-z-]+ ){{0,3}}{NAME}(?: {NAME}){{0,5}})?"
    r"(?P<when> (?:on|in) (?:[A-Z][a-z]+ \d{1,2}|(?:[A-Z][a-z]+ )?\d{4}))?(?P<rest> and|.?)"
)
IS = re.compile(rf"^{SUBJECT} (?P<verb>is|are|was|were) (?:an?|the|one) ")
THING = re.compile(r" (?:an?|the|its|one|two|three|four|five|\d+) ")
NOT_NAMES = frozenset(
    "The This That These Those It He She They We I You There Here What Who When Where Why How If "
    "But And One Some Many Most All Each Its His Her Their Our Another Such".split()
)


def starter_questions(pipeline: Pipeline) -> list[str]:
    """Return up to four questions that the pipeline answers, each of another kind.

    The last asks for a summary. Each of the others is answered by the sentence that it
    was made from.
    """
    documents = list(islice(pipeline.documents, DOCUMENTS))
    made = [list(_questions(document)) for document in documents]
    chosen = [
        question
        for kind in range(KINDS)
        for question in _first_good(pipeline, kind, [*made[kind:], *made[:kind]])
    ]
    titles = [document.title for document in documents if 0 < len(document.title) <= TITLE]
    return [*chosen[:WANTED], *(Said("summarise", title=title) for title in titles[:1])]


def _first_good(
    pipeline: Pipeline, kind: int, made: Sequence[Sequence[tuple[int, str, str]]]
) -> Iterator[str]:
    """Yield the first question of a kind that is good, trying different documents in turn."""
    turns = chain.from_iterable(zip_longest(*made))
    tried = [item for item in turns if item and item[0] == kind][:TRIED]
    good = (question for _, question, text in tried if _is_good(pipeline, question, text))
    return islice(good, 1)


def _is_good(pipeline: Pipeline, question: str, sentence: str) -> bool:
    answer = pipeline.ask(question)
    quotes = [" ".join(citation.quote.split()) for citation in answer.citations[:1]]
    return answer.confidence >= SURE and any(sentence in quote for quote in quotes)


def _questions(document: Document) -> Iterator[tuple[int, str, str]]:
    """Yield the questions that sentences of a document seem to answer: kind, question, sentence."""
    for start, end in islice(
        sentences(document.text, document.headings, document.tables), SENTENCES
    ):
        sentence = " ".join(document.text[start:end].split())
        yield from ((kind, question, sentence) for kind, question in _question(sentence))


def _question(sentence: str) -> Iterator[tuple[int, str]]:
    """Yield a question about a sentence, if one is seen, with its kind (0 is best)."""
    did, is_ = DID.match(sentence), IS.match(sentence)
    match = did or is_
    if not match or match["subject"].split()[0] in NOT_NAMES - {"The"}:
        return
    subject, verb = re.sub(r"^The ", "the ", match["subject"]), match["verb"]
    if is_:
        yield 2, f"What {verb} {subject}?"
    elif match["what"] and match["when"]:
        yield 0, f"When did {subject} {BASE[verb]}{match['what']}?"
    elif match["what"] and match["rest"] in {"", ".", ",", " and"}:
        yield 1, f"Who {verb}{match['what']}?"
    elif THING.match(sentence, match.end("verb")):
        yield 3, f"What did {subject} {BASE[verb]}?"
