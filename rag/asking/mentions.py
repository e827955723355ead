"""Which documents mention something, and where each says most of it."""

from collections.abc import Iterator

from rag.asking.central import central_spans
from rag.asking.naming import documents_named
from rag.index import Index
from rag.index.terms import content_terms, terms_of
from rag.scope import Scope
from rag.sentences import sentences_in
from rag.types import Passage, Span

SEARCHED = 500  # passages; words that more of them hold say nothing


def mentions(name: str, index: Index, scope: Scope) -> tuple[list[str], Iterator[Span]]:
    """Return the ids of the documents that a name means or that have all its words, and quotes.

    A passage has all of them. Each document is quoted once, where it has most of the words. No
    documents if too many have them. Raises UnknownDocument, EmptyScope.
    """
    terms = set(content_terms(name))
    _, rows = index.lexical.search(name, SEARCHED, index.rows(scope))
    found = (index.passages[row] for row in rows.tolist())
    holding = [passage for passage in found if terms <= set(terms_of(passage.embedded))]
    if len(holding) == SEARCHED:
        holding = []
    best = {passage.document.id: passage for passage in reversed(holding)}
    named = [document.id for document in documents_named(name, index.summaries(scope))]
    ids = list(dict.fromkeys((*named, *(passage.document.id for passage in holding))))
    return ids, _spans(ids, best, terms, index)


def _spans(
    ids: list[str], best: dict[str, Passage], terms: set[str], index: Index
) -> Iterator[Span]:
    for name in ids:
        if name in best:
            yield _fullest(best[name], terms)
        else:
            yield from central_spans(index, name, 1)


def _fullest(passage: Passage, terms: set[str]) -> Span:
    """Return the sentence of a passage with most of these terms."""
    text = passage.document.text

    def has(place: tuple[int, int]) -> int:
        return len(terms & set(terms_of(text[slice(*place)])))

    return Span(passage, *max(sentences_in(passage), key=has), 1.0)
