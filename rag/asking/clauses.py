"""Quotes the clause, section or step that a question names by its number.

"What does § 4 (2) say?" shares no words with the clause. A clause begins with its number at the
start of a line, and ends at a heading, or where the next number of its kind starts a line.
"""

import re
from typing import NamedTuple

from rag.asking.collection import POLITE
from rag.asking.notation import words_in
from rag.index import Index
from rag.index.terms import content_terms, terms_of
from rag.scope import Scope
from rag.types import Document, Span

SEARCHED = 50  # passages whose documents are looked through
MOST = 3  # clauses that are quoted
ABOVE = 300  # characters before a clause that may name what it belongs to
# kinds that are said of one another
GROUPS = (
    r"§+|sections?|secs?\.?|clauses?|cl\.|articles?|artikels?|art\.?|paragraphs?|paragraphen|"
    r"paragraf|paras?\.?|abschnitt|ziffer|rules?",
    r"chapters?|ch\.|kapitel",
    r"steps?|schritt",
    r"annex|anhang",
    r"schedule|anlage",
    "appendix",
    "items?",
    "points?|punkt",
    "parts?|teil",
)
KIND = "|".join(GROUPS)
ROMAN = "(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})"
NUMBER = rf"(?:\d+(?:\.\d+)*[a-z]?|(?:{ROMAN}|[a-z])(?:\.\d+)*)(?!\w)"
PART = r"(?:para(?:graph|\.)?|subsection|abs(?:atz|\.)?|satz)"
LABEL = (
    rf"(?:the |der |den |dem |die )?(?P<kind>{KIND})\s*(?P<number>{NUMBER})"
    rf"(?:\s*\((?P<inner>\w{{1,4}})\)| {PART} ?(?P<paragraph>\d+))?"
    r"(?: (?:of|in|for|der|des|im|vom|von|in der|in dem|aus der|aus dem) (?P<whole>.+?))?"
)
DONE = "(?:said|stated|written|regulated|laid down|set out|provided|described|to be done)"
SHOW = (
    "show|quote|read|cite|explain|describe|display|open|give|see|what about|"
    "zeige?|zitiere?|nenne?|erklärt?e?|lies"
)
FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"what (?:does|do) {LABEL} \w+",
        rf"what {LABEL} (?:says?|states?|contains?|means?|requires?|covers?|is about)",
        rf"what (?:is|are|has|must)(?: {DONE}| be done)? (?:in|by|under|at) {LABEL}",
        rf"what (?:is|are|happens in) {LABEL}(?: about)?",
        rf"was (?:steht|ist|wird) (?:in|im|unter) {LABEL}(?: geregelt| bestimmt| gesagt)?",
        rf"was (?:sagt|regelt|bestimmt|besagt|bedeutet|ist) {LABEL}(?: aus)?",
        rf"(?:(?:{SHOW})(?: me| mir)? )?{LABEL}",
    )
]
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
ORDINAL = re.compile(
    rf"\b(?:(\d+)(?:st|nd|rd|th)|((?a:{'|'.join(ORDINALS)}))) ({KIND})", re.IGNORECASE
)
LEAD = r"^[ \t]*(?:[#>*-]+[ \t]*)?(?:\*\*)?"  # spaces and Markdown before a number
# after a number without a word for its kind: a full stop or a bracket, or a capital letter
MARK = r"[.):](?=\s|$)"
AFTER = rf"(?:{MARK}|(?=[ \t]+(?-i:[^\W\d_a-z])))"
ALWAYS = {"§", "§§", "annex", "appendix", "schedule", "anhang", "anlage"}  # always by its number


class Clause(NamedTuple):
    """What a question names: a kind, a number, that of a part, and words for the whole."""

    kind: str
    number: str
    inner: str
    whole: str


def clause_of(question: str) -> Clause | None:
    """Return the clause whose words a question asks for; None if it asks for something else."""
    plain = ORDINAL.sub(_counted, _plain(question))
    for form in FORMS:
        if found := form.fullmatch(plain):
            kind, number = found["kind"], found["number"]
            if kind.endswith("s") and number.isalpha():  # "what do rules i follow"
                continue
            inner = found["inner"] or found["paragraph"] or ""
            return Clause(kind, number, inner, found["whole"] or "")
    return None


def _plain(question: str) -> str:
    """Return a question in small letters, without commas, short forms and politeness."""
    parts, last = [], 0
    for word in words_in(question):
        typed = question[word.start : word.end].lower()
        is_number = re.fullmatch(NUMBER, typed)  # "iii" is not spelled "i"
        parts += [question[last : word.start], typed if is_number else word.text]
        last = word.end
    said = " ".join(re.sub("[,;:]", " ", "".join((*parts, question[last:]))).split())
    said = said.rstrip("?.! ") + " "
    while (shorter := POLITE.sub("", said)) not in {said, ""}:
        said = shorter
    return said.strip()


def clause_spans(clause: Clause, index: Index, scope: Scope) -> list[Span]:
    """Return the clauses of this name, at most one of a document; [] if there are none.

    A clause ends with its passage at the latest. Raises UnknownDocument, EmptyScope.
    """
    _, rows = index.lexical.search(" ".join(clause), SEARCHED, index.rows(scope))
    documents = {(document := index.passages[row].document).id: document for row in rows.tolist()}
    kind = next(group for group in GROUPS if re.fullmatch(group, clause.kind, re.IGNORECASE))
    shapes = [(rf"(?:{kind})[^\S\n]*", r"[.):]?(?=\s|$)"), ("", _after(clause))]
    for before, after in shapes[:1] if clause.kind in ALWAYS else shapes:
        places = [(one, _place(clause, one, before, after)) for one in documents.values()]
        spans = [_span(index, document, *place) for document, place in places if place]
        if found := [span for span in spans if span]:
            return found[:MOST]
    return []


def _after(clause: Clause) -> str:
    """Return what follows a number without a word for its kind; a letter alone may be a word."""
    return AFTER if len(clause.number) > 1 or clause.number.isdigit() else MARK


def _counted(found: re.Match[str]) -> str:
    """Return "step 3" for "third step"."""
    return f"{found[3]} {found[1] or ORDINALS.index(found[2].lower()) + 1}"


def _place(clause: Clause, document: Document, before: str, after: str) -> tuple[int, int] | None:
    """Return the offsets of a clause, the longest one of its number; None if there is none.

    `before` and `after` are expressions for what is around a number.
    """
    depth, text = clause.number.count("."), document.text
    begins = re.compile(rf"{LEAD}{before}{re.escape(clause.number)}{after}", re.M | re.I)
    first = r"\d+" if clause.number[0].isdigit() else rf"(?:{ROMAN}|[a-z])"
    if re.fullmatch(ROMAN, clause.number) and len(clause.number) > 1:
        first = f"(?:{ROMAN})"
    follows = re.compile(rf"{LEAD}{before}{first}(?:\.\d+){{0,{depth}}}[a-z]?{after}", re.M | re.I)
    places = [
        (found.start(), _until(follows, text, found.end(), _next_heading(document, found)))
        for found in begins.finditer(text)
        if _belongs(clause.whole, document, found.start())
    ]
    if not places:
        return None
    longest = max(places, key=lambda place: place[1] - place[0])
    return _inner(clause.inner, text, *longest) if clause.inner else longest


def _inner(number: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the offsets of a numbered part of a clause."""
    found = re.compile(rf"{LEAD}\(?{re.escape(number)}[.)]", re.M | re.I).search(text, start, end)
    follows = re.compile(rf"{LEAD}\(?\w{{1,4}}[.)]\s", re.M)
    return (found.start(), _until(follows, text, found.end(), end)) if found else None


def _until(follows: re.Pattern[str], text: str, place: int, end: int) -> int:
    found = follows.search(text, place, end)
    return found.start() if found else end


def _next_heading(document: Document, found: re.Match[str]) -> int:
    """Return the offset of the heading that follows, of any level or not below the clause's own."""
    own = [one.level for one in document.headings if found.start() <= one.start < found.end()]
    return next(
        (
            heading.start
            for heading in document.headings
            if heading.start >= found.end() and (not own or heading.level <= own[0])
        ),
        len(document.text),
    )


def _belongs(whole: str, document: Document, place: int) -> bool:
    """Return whether the words for the whole are in the headings, the title or the path.

    Without headings, in the words above.
    """
    headings = " ".join(heading.text for heading in document.headings_at(place)[-2:])
    above = headings or document.text[max(0, place - ABOVE) : place]
    known = terms_of(f"{document.id} {document.title} {above}")
    return not whole or set(content_terms(whole)) <= set(known)


def _span(index: Index, document: Document, start: int, end: int) -> Span | None:
    """Return the span of a clause in the passage where its words begin; None if it has none.

    A number that is in a heading is not quoted, since headings are in no passage.
    """
    passages = (index.passages[row] for row in index.documents.stored(document.id).rows)
    passage = next((one for one in passages if start < one.end), None)
    if passage is None or end <= passage.start:
        return None
    start, end = max(start, passage.start), min(end, passage.end)
    text = document.text[start:end]
    left = start + len(text) - len(text.lstrip())
    return Span(passage, left, left + len(text.strip()), 1.0)
