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
    asks for. `of_files` says whether it has a word for a file, or names one.
    """

    wanted: Listed | Asked
    name: str = ""
    types: tuple[str, ...] = ()
    of_files: bool = True

    @property
    def is_open(self) -> bool:
        """Whether the documents may say it themselves: the day of a contract, for example."""
        return self.wanted in SAYS and not self.of_files


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
            name = named.strip()
            of_files = bool(FILE_NAME.search(name) or FILES.search(words))
            return Request(asked, name, of_files=of_files)
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
