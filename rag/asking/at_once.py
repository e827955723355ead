"""Answers that need no search: small talk, and questions about the collection of documents."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from rag.asking.abbreviations import has_words
from rag.asking.central import MOST, central_spans
from rag.asking.clauses import clause_of, clause_spans
from rag.asking.collection import Request, request_of
from rag.asking.english import is_english
from rag.asking.listing import (
    SHOWN,
    document_lines,
    newest_first,
    pages_words,
    shown,
    suffix_of,
    table_lines,
    types_words,
)
from rag.asking.mentions import mentions
from rag.asking.naming import documents_named, folder_named, names_a_text, spelled
from rag.asking.talk import Talk, asks_nothing, small_talk, without_greeting
from rag.citing import cite
from rag.index import Index
from rag.said import Joined, Said, counted
from rag.scope import Scope
from rag.types import Answer, DocumentSummary, Span

AND = re.compile(r" (?:and|und|et|y) ")
MENTIONED = 2  # documents that small talk names
Documents = Sequence[DocumentSummary]


def at_once(question: str, index: Index, scope: Scope, *, alone: bool = False) -> Answer | None:
    """Return the answer to small talk, to a question about the documents, or the clause it names.

    None if it is an ordinary question. `alone`: there is no question before it.
    Raises UnknownDocument, EmptyScope.
    """
    if said := small_talk(question):
        return Answer(question, _talk(said, index.summaries(scope)), "talk", 1.0)
    plain = without_greeting(question)
    request = request_of(plain)
    answer = None
    if request and (not request.is_open or request.wanted == "named"):
        answer = _about(question, request, index, scope)
    if answer is None and (clause := clause_of(plain)):
        spans = clause_spans(clause, index, scope)
        answer = _quoted(question, spans, "") if spans else None
    if answer is None and alone and asks_nothing(plain):
        return Answer(question, _talk("program", index.summaries(scope)), "talk", 1.0)
    return answer


def at_last(question: str, index: Index, scope: Scope, refusal: Answer) -> Answer:
    """Return what is known of the file of a document whose words do not answer the question.

    The refusal if the question is not about that. Raises UnknownDocument, EmptyScope.
    """
    request = request_of(without_greeting(question))
    if request is None or not request.is_open:
        return refusal
    known = _about(question, request, index, scope, is_last=True)
    if known is None:
        return refusal
    return replace(known, text=Joined([Said("refusal"), known.text], "\n"))


def _talk(said: Talk, documents: Documents) -> str:
    """Return one friendly line that says what one can ask."""
    opening = Said(f"talk_{said}")
    if not documents:
        return Joined([opening, Said("talk_nothing")])
    one, *others = [document.id for document in newest_first(documents)[:MENTIONED]]
    names = Said("either", one=one, other=others[0]) if others else one
    return Joined([opening, Said("talk_about", names=names)])


def _about(
    question: str, request: Request, index: Index, scope: Scope, *, is_last: bool = False
) -> Answer | None:
    """Return what is asked about the collection; None if no document has the name asked about.

    `is_last`: the documents themselves do not answer.
    """
    documents = index.summaries(scope)
    if request.wanted in {"list", "count", "newest", "oldest"}:
        return _listed(question, request, documents)
    if request.wanted == "inside":
        inside = folder_named(request.name, documents)
        return _listed(question, Request("list"), inside) if inside else None
    if request.wanted == "mentions":
        return _mentions(question, request.name, index, scope)
    return _of_named(question, request, index, documents, is_last=is_last)


def _of_named(
    question: str, request: Request, index: Index, documents: Documents, *, is_last: bool
) -> Answer | None:
    """Return what is asked about the documents that a request names."""
    for word, meant in spelled(request.name, documents, partial(_is_word, index)).items():
        question = re.sub(rf"\b{word}\b", meant, question, flags=re.IGNORECASE)
        request = request._replace(name=re.sub(rf"\b{word}\b", meant, request.name))
    named = _named(request, documents)
    if request.wanted == "named" and named:
        is_sure = is_last or request.of_files or len(named) > 1
        return _matching(question, request.name, named) if is_sure else None
    if len(named) == 1:
        return _one(question, request, index, named[0])
    if named and not request.name:
        return _collection(question, index, named)
    if named:
        return _matching(question, request.name, named)
    return _each(question, request, index, documents) if request.wanted == "summary" else None


def _matching(question: str, name: str, named: Documents) -> Answer:
    head = Said("matching", n=len(named), name=name)
    return _documents(question, head, *document_lines(named))


def _mentions(question: str, name: str, index: Index, scope: Scope) -> Answer | None:
    """Return a quote of each document that mentions a name; None if none does."""
    ids, spans = mentions(name, index, scope)
    if not ids:
        return None
    head = Said("matching", n=len(ids), name=name)
    note = Joined([head, Joined(shown(ids), " · ")])
    return _quoted(question, list(islice(spans, SHOWN)), note)


def _each(question: str, request: Request, index: Index, documents: Documents) -> Answer | None:
    """Return central sentences of each document that "a and b" names; None if one is unknown."""
    names = AND.split(request.name)
    found = [documents_named(name, documents) for name in names]
    if len(names) < 2 or any(len(named) != 1 for named in found):
        return None
    ids = [named[0].id for named in found]
    spans = [span for name in ids for span in central_spans(index, name, MOST // len(ids) or 1)]
    notes = [Said("central", name=name) for name in ids]
    return _quoted(question, spans, Joined(notes)) if spans else None


def _is_word(index: Index, word: str) -> bool:
    """Return whether a word is English or in the index."""
    return is_english(word) or has_words([word], index)


def _listed(question: str, request: Request, documents: Documents) -> Answer:
    """Return how many documents there are, and a line for each of the first."""
    wanted, every = request.wanted, len(documents)
    documents = _of_types(request, documents)
    if not documents:
        none = Said("none_of_type", type=request.types[0], n=every) if every else Said("none_yet")
        return _documents(question, none)
    kind = f"listed_{wanted}" if wanted in {"newest", "oldest"} else "listed"
    counts = counted("document", len(documents))
    head = Said(kind, documents=counts, types=types_words(documents))
    if wanted == "count":
        return _documents(question, head)
    if wanted in {"newest", "oldest"}:
        documents = newest_first(documents)
    if wanted == "oldest":
        dated = [document for document in documents if document.modified]
        documents = dated[::-1] or documents
    return _documents(question, head, *document_lines(documents))


def _named(request: Request, documents: Documents) -> Documents:
    """Return the documents that a request is about; [] if it is no request but a question."""
    documents = _of_types(request, documents)
    if not request.name:
        is_of_all = request.wanted in {"summary", "contents"}
        return documents if is_of_all or len(documents) == 1 else []
    is_sure = request.wanted == "summary" or (request.wanted == "named" and request.of_files)
    if not is_sure and not names_a_text(request.name):
        return []
    return documents_named(request.name, documents)


def _of_types(request: Request, documents: Documents) -> Documents:
    if not request.types:
        return documents
    return [document for document in documents if suffix_of(document) in request.types]


def _one(question: str, request: Request, index: Index, document: DocumentSummary) -> Answer:
    """Return what is asked about one document."""
    if request.wanted == "changed":
        day = document.modified[:10]
        kind = "last_changed" if day else "no_date"
        return _documents(question, Said(kind, name=document.id, day=day))
    if request.wanted == "pages":
        pages = pages_words(document) or Said("no_pages")
        return _documents(question, Said("has", name=document.id, things=pages))
    if request.wanted == "rows":
        tables = table_lines(index.documents[document.id])
        things = counted("table", len(tables)) if tables else Said("no_table")
        head = Said("has_listed" if tables else "has", name=document.id, things=things)
        return _documents(question, head, *shown(tables))
    if request.wanted == "present":
        return _documents(question, Said("yes"), *document_lines([document]))
    spans = central_spans(index, document.id)
    if not spans:
        return _documents(question, Said("no_sentence", name=document.id))
    headings = [
        heading.text
        for heading in index.documents[document.id].headings
        if heading.text != document.title
    ]
    notes = [Said("central", name=document.id)]
    if headings:
        notes.append(Said("headings", headings=Joined(shown(headings), " · ")))
    return _quoted(question, spans, Joined(notes))


def _collection(question: str, index: Index, documents: Documents) -> Answer:
    """Return the most central sentence of each of the newest documents."""
    newest = newest_first(documents)[:MOST]
    spans = [span for document in newest for span in central_spans(index, document.id, 1)]
    if not spans:
        return _documents(question, Said("no_sentences"))
    every = counted("document", len(documents))
    return _quoted(question, spans, Said("central_each", n=len(newest), documents=every))


def _quoted(question: str, spans: Sequence[Span], note: str) -> Answer:
    citations = tuple(cite(number, span) for number, span in enumerate(spans, 1))
    text = "\n\n".join(citation.quote for citation in citations)
    return Answer(question, text, "sentences", 1.0, citations, note=note)


def _documents(question: str, *lines: str) -> Answer:
    return Answer(question, Joined(lines, "\n"), "documents", 1.0)
