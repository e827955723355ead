"""Which documents a name means: by id, file name, title, or words of the path and title."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import PurePosixPath
from typing import NamedTuple

from rag.index.terms import content_words, folded, terms_of
from rag.types import DocumentSummary

# words for any document, which its name need not hold
GENERIC = frozenset(
    "document doc file pdf text page dokument datei fichier documento archivo call name titl "
    "this that the die der das dem den le la les el los un une ein eine einer einem".split()
)
# words for kinds of text; what they name is no thing with contents of another kind
WRITINGS = frozenset(
    "agenda agreement article book booklet brief brochure catalogue catalog chapter charter "
    "chronicle contract datasheet diary directory document documentation docs draft essay faq "
    "file fichier documento guide guideline guidelines handbook instructions interview invoice "
    "journal lease leaflet letter list log mail email manual memo memorandum minutes newsletter "
    "note notes notebook offer page pamphlet paper pdf plan poem policy post presentation "
    "proposal protocol readme regulation regulations report review rules script sheet slides "
    "specification spreadsheet statute statutes story study summary table text thesis transcript "
    "whitepaper workbook handbuch vertrag bericht brief dokument datei satzung protokoll anleitung "
    "rechnung artikel buch".split()
)
FILE_NAME = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$|/")
ALIKE = 0.84  # of two words, one of which is a misspelling of the other
SHORTEST = 5  # letters of a word that may be misspelled


class Named(NamedTuple):
    """A document, and the terms by which it can be named."""

    document: DocumentSummary
    names: frozenset[str]
    terms: tuple[frozenset[str], ...]  # of each file name without its suffix, and of the title
    every: frozenset[str]  # of the paths and the title


def documents_named(name: str, documents: Sequence[DocumentSummary]) -> list[DocumentSummary]:
    """Return the documents that a name means; [] if it means none.

    The documents that it names exactly come before those whose words it is a part of.
    """
    known = [_named(document) for document in documents]
    plain = _plain(name)
    wanted = frozenset(terms_of(" ".join(_words(name)))) - GENERIC
    if not wanted:
        return []
    exact = [one.document for one in known if plain in one.names]
    wanted = _corrected(wanted, frozenset().union(*(one.every for one in known)))
    same = [one.document for one in known if wanted in one.terms]
    return exact or same or [one.document for one in known if wanted <= one.every]


def names_a_text(name: str) -> bool:
    """Return whether a name is that of a text rather than of a thing: a file name, "the report"."""
    return bool(FILE_NAME.search(name)) or not WRITINGS.isdisjoint(folded(name).split())


def folder_named(name: str, documents: Sequence[DocumentSummary]) -> list[DocumentSummary]:
    """Return the documents in the folder of this name, or [] if there is none, or several."""
    wanted = re.sub(r"^(?:the )?(?:folder |directory )?|(?: folder| directory)$", "", name)
    folders = {
        folder
        for document in documents
        for file in (document.id, *document.also)
        for folder in PurePosixPath(file).parents
        if wanted.strip("/") in {str(folder).lower(), folder.name.lower()} - {"."}
    }
    if len(folders) != 1:
        return []
    (folder,) = folders
    return [
        document
        for document in documents
        if any(folder in PurePosixPath(file).parents for file in (document.id, *document.also))
    ]


def _named(document: DocumentSummary) -> Named:
    files = (document.id, *document.also)
    paths = [PurePosixPath(file) for file in files]
    names = {*files, *(path.name for path in paths), *(path.stem for path in paths), document.title}
    titles = *(path.stem for path in paths), document.title
    return Named(
        document,
        frozenset(map(_plain, names)),
        tuple(frozenset(terms_of(" ".join(content_words(title)))) - GENERIC for title in titles),
        frozenset(terms_of(" ".join((*files, document.title)))),
    )


def _plain(name: str) -> str:
    words = re.findall(r"\w+", folded(name).lower())
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def _words(name: str) -> list[str]:
    return [word for word in content_words(name) if word not in GENERIC]


def _corrected(terms: frozenset[str], known: frozenset[str]) -> frozenset[str]:
    """Return the terms, each unknown one replaced by the known one that it misspells."""
    return frozenset(term if term in known else _nearest(term, known) for term in terms)


def _nearest(term: str, known: frozenset[str]) -> str:
    if len(term) < SHORTEST or not term.isalpha():
        return term
    near = (
        (SequenceMatcher(None, term, other, autojunk=False).ratio(), other)
        for other in known
        if other[0] == term[0] and abs(len(other) - len(term)) <= 1
    )
    ratio, other = max(near, default=(0.0, term))
    return other if ratio >= ALIKE else term
