"""Starter questions, made from the current documents and kept only if these answer them."""

import re
from collections.abc import Iterator
from itertools import chain, islice, zip_longest

from rag.pipeline import Pipeline
from rag.sentences import sentences
from rag.types import Document

WANTED = 4
DOCUMENTS = 12  # documents searched
SENTENCES = 120  # sentences searched in each
TRIED = 16  # questions tried in all

NAME = r"(?:[A-Z][\w’'.-]*|\d+\w*)"
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
DID = re.compile(rf"^{SUBJECT} (?P<verb>{'|'.join(BASE)})\b")
IS = re.compile(rf"^{SUBJECT} (?P<verb>is|are|was|were) (?:an?|the|one) ")
NOT_NAMES = frozenset(
    "The This That These Those It He She They We I You There Here What Who When Where Why How If "
    "But And One Some Many Most All Each Its His Her Their Our Another Such".split()
)


def starter_questions(pipeline: Pipeline) -> list[str]:
    """Return up to four questions that the pipeline answers, from different documents first."""
    documents = (
        document for _, document in zip(range(DOCUMENTS), pipeline.documents, strict=False)
    )
    turns = zip_longest(*(_questions(document) for document in documents))
    tried = islice(dict.fromkeys(filter(None, chain.from_iterable(turns))), TRIED)
    return list(islice((question for question in tried if pipeline.ask(question)), WANTED))


def _questions(document: Document) -> Iterator[str]:
    """Yield distinct questions that a sentence of the document seems to answer."""
    seen: set[str] = set()
    for _, (start, end) in zip(
        range(SENTENCES), sentences(document.text, document.headings, document.tables), strict=False
    ):
        question = _question(" ".join(document.text[start:end].split()))
        if question and question not in seen:
            seen.add(question)
            yield question


def _question(sentence: str) -> str | None:
    did, is_ = DID.match(sentence), IS.match(sentence)
    match = did or is_
    if not match or match["subject"].split()[0] in NOT_NAMES - {"The"}:
        return None
    subject = re.sub(r"^The ", "the ", match["subject"])
    return (
        f"What did {subject} {BASE[match['verb']]}?" if did else f"What {match['verb']} {subject}?"
    )
