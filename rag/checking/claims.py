"""A text as claims: the sentences that state something, each with what it leans on."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rag.asking.talk import small_talk
from rag.checking.facts import facts_of
from rag.checking.values import LeftOut
from rag.index.terms import UNSPACED
from rag.sentences import sentences
from rag.stops import UNSPACED as UNSPACED_ENDS
from rag.types import Document

LEANS = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|this|that|these|those|there)\b",
    re.IGNORECASE,
)
ADDRESSES = re.compile(
    r"(?:dear|hello|hi|hey|to whom|sehr geehrte|liebe|best|kind|warm|many thanks|thank you|regards|"
    r"sincerely|yours|cheers|mit freundlichen)\b[^.!?]{0,60}[,!.]?$",
    re.IGNORECASE,
)
ASKS = "?？؟"
ANNOUNCES = ":："
CLOSING = "\"'”’»)]*_"
ENDS = ".!" + UNSPACED_ENDS
# words, without function words, of what states something: with a full stop, and without
FEWEST = 2, 3


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence and its offsets; `before` is the sentence that its "it" or "they" leans on."""

    text: str
    start: int
    end: int
    before: str = ""

    @property
    def asked(self) -> str:
        """The words by which a search finds what is said about it."""
        return f"{self.before} {self.text}".strip()


def document_of(text: str, name: str = "text") -> Document:
    """Return a text as a document, with the headings of Markdown."""
    from rag.load.markdown import parse_markdown  # a question needs no parser

    parsed = parse_markdown(text.encode("utf-8", "replace"))
    return Document(name, parsed.title, "", parsed.text, (), parsed.headings, tables=parsed.tables)


def claims_of(document: Document) -> tuple[list[Claim], Counter[LeftOut]]:
    """Return the claims of a text in order, and how many parts state nothing, by kind."""
    left_out: Counter[LeftOut] = Counter()
    headings = sum(heading.end > heading.start for heading in document.headings)
    if headings:
        left_out["heading"] = headings
    claims: list[Claim] = []
    for start, end in _sentences(document):
        said = document.text[start:end]
        if kind := _states_nothing(said):
            left_out[kind] += 1
            continue
        claims.append(Claim(said, start, end, _before(said, claims)))
    return claims, left_out


def _sentences(document: Document) -> Iterator[tuple[int, int]]:
    """Yield the sentences, without the names of columns."""
    by_line = document.unit == "line"
    for start, end in sentences(document.text, document.headings, document.tables, by_line=by_line):
        table = document.table_at(start)
        if table is None or start >= table.body:
            yield start, end


def _states_nothing(said: str) -> LeftOut | None:
    """Return what a sentence is if it is none that states something."""
    plain = said.rstrip(CLOSING)
    if plain.endswith(tuple(ASKS)):
        return "question"
    if small_talk(said) or ADDRESSES.match(said):
        return "greeting"
    if plain.endswith(tuple(ANNOUNCES)) or _size(said) < FEWEST[not plain.endswith(tuple(ENDS))]:
        return "fragment"
    return None


def _size(said: str) -> int:
    """Return the number of words, without function words; two characters without spaces are one."""
    words = [word.text for word in facts_of(said).words if len(word.text) > 1 or word.is_figure]
    unspaced = sum(len(run) - 1 for word in words for run in UNSPACED.findall(word))
    return len(words) + unspaced // 2


def _before(said: str, claims: list[Claim]) -> str:
    """Return the sentence before one that leans on it: it has a pronoun and no name."""
    leans = LEANS.search(said) and not any(word.kind == "name" for word in facts_of(said).words)
    return (claims[-1].before or claims[-1].text) if leans and claims else ""
