"""Recognises questions about the collection of documents, not about what the documents say.

A closed grammar: all words of such a question belong to it, except the name of a document. A
question that could also be an ordinary one is ordinary.
"""

import re
from typing import NamedTuple

from rag.asking.naming import FILE_NAME
from rag.asking.notation import compiled, expression, spoken
from rag.asking.phrases import (
    ABOUT,
    AFTER,
    BEFORE,
    EVERYTHING,
    LISTS,
    OF_FILES,
    PARTS,
    SAYS,
    SUMMARY,
    TYPES,
    Asked,
    Listed,
)

LONGEST = 200  # characters


class Request(NamedTuple):
    """What a question wants to know of the collection, or of the document that it names.

    `name` is how it names a document ("" means all documents), `types` are the suffixes that it
    asks for. It is `open` if the document may say it itself: the day of a contract, for example.
    """

    wanted: Listed | Asked
    name: str = ""
    types: tuple[str, ...] = ()
    open: bool = False


def request_of(question: str) -> Request | None:
    """Return what a question wants to know of the collection; None if it is an ordinary one."""
    if len(question) > LONGEST:
        return None
    words = spoken(question)
    while (plain := POLITE.sub("", words)) not in {words, ""}:
        words = plain
    for wanted, pattern in ALL.items():
        if pattern.fullmatch(words):
            return Request(wanted, types=_types(words))
    if BARE.fullmatch(words):
        return Request("summary")
    for asked, pattern in ONE.items():
        if found := pattern.fullmatch(words):
            named = next(name for name in found.groups() if name)
            if WHOLE.fullmatch(named):
                return Request(asked, types=_types(named))
            is_open = asked in SAYS and not FILE_NAME.search(named.strip())
            return Request(asked, named.strip(), open=is_open and not FILES.search(words))
    return None


def _types(words: str) -> tuple[str, ...]:
    """Return the suffixes of the type of document that these words name; () if they name none."""
    return next((suffixes for form, suffixes in TYPES.items() if SUFFIXES[form].search(words)), ())


WHOLE = compiled(EVERYTHING, PARTS)
BARE = compiled(SUMMARY, PARTS)
FILES = re.compile(rf"(?<!\S){expression(OF_FILES, {})}")
SUFFIXES = {form: re.compile(rf"(?<!\S){expression(form, {})}") for form in TYPES}
POLITE = re.compile(rf"^{expression(BEFORE, {})}|(?<= ){expression(AFTER, {})}$")
ALL = {wanted: compiled(form, PARTS) for wanted, form in LISTS.items()}
ONE = {wanted: compiled(form, PARTS) for wanted, form in ABOUT.items()}
