"""Which documents a name means: by id, file name, title, or words of the path and title."""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from itertools import chain
from pathlib import PurePosixPath
from typing import NamedTuple

from rag.index.terms import WORD, content_words, folded, plain, terms_of
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
ALIKE = 0.83  # of two words, one of which is a misspelling of the other
MATCHES = 20  # a name that fits more documents than this is no name
COMPARED = 1000  # documents whose names are compared word by word
SHORTEST = 5  # letters of a word that may be misspelled


class Named(NamedTuple):
    """A document, and the terms by which it can be named."""

    document: DocumentSummary
    names: frozenset[str]
    terms: tuple[frozenset[str], ...]  # of each file name without its suffix, and of the title
    every: frozenset[str]  # of the paths and the title


def documents_named(name: str, documents: Sequence[DocumentSummary]) -> list[DocumentSummary]:
    """Return the documents that a name means; [] if it means none, or too many.

    If it is all of a file name or a title, only these documents are meant; otherwise all whose
    path and title hold its words.
    """
    if exact := [document for document in documents if name == document.id.lower()]:
        return exact
    words = " ".join(word for word in content_words(name) if word not in GENERIC)
    terms = frozenset(terms_of(words)) - GENERIC
    near = _near(terms, documents)
    if not terms or len(near) > COMPARED:
        return []
    known = [_named(document) for document in near]
    whole = _plain(name)
    tiers = (
        [one.document for one in known if whole in one.names],
        [one.document for one in known if terms in one.terms],
        [one.document for one in known if terms <= one.every],
    )
    found = next(filter(None, tiers), [])
    return found if len(found) <= MATCHES else []


def spelled(
    name: str, documents: Sequence[DocumentSummary], is_word: Callable[[str], bool]
) -> dict[str, str]:
    """Return the misspelled words of a name, each with the word of a path or title that it means.

    One that is a word, as `is_word` knows, is not misspelled: a contract is no contact.
    """
    words = [word for word in content_words(name) if word not in GENERIC]
    wrong = [word for word in words if len(word) >= SHORTEST and word.isalpha()]
    wrong = [word for word in wrong if not is_word(word)]
    near = _near(frozenset(terms_of(" ".join(words))), documents) if wrong else []
    if len(near) > COMPARED:
        return {}
    known = {word for document in near for word in WORD.findall(_bare(document))}
    meant = {word: _nearest(word, known) for word in wrong}
    return {word: other for word, other in meant.items() if other != word}


def names_a_text(name: str) -> bool:
    """Return whether a name is that of a text rather than of a thing: a file name, "the report"."""
    words = folded(name).split()
    one = (re.sub("ies$", "y", word) for word in words), (word.removesuffix("s") for word in words)
    return bool(FILE_NAME.search(name)) or not WRITINGS.isdisjoint([*words, *chain(*one)])


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


def _near(terms: frozenset[str], documents: Sequence[DocumentSummary]) -> list[DocumentSummary]:
    """Return the documents whose path and title hold the first letters of every term.

    This is quick; stemming the names of a hundred thousand documents takes seconds.
    """
    starts = [term[: min(3, max(2, len(term) - 1))] for term in terms]
    return [document for document in documents if all(start in _bare(document) for start in starts)]


def _bare(document: DocumentSummary) -> str:
    return plain("\n".join((document.id, *document.also, document.title)))


def _nearest(word: str, known: Iterable[str]) -> str:
    near = (
        (SequenceMatcher(None, word, other, autojunk=False).ratio(), other)
        for other in known
        if other[0] == word[0] and abs(len(other) - len(word)) <= 1
    )
    ratio, other = max(near, default=(0.0, word))
    return other if ratio >= ALIKE else word
