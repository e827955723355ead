"""The words of one paragraph of a Word file, and what is anchored in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from rag.load.notes import after, at_its_place
from rag.load.raised import raised_after
from rag.load.symbols import sign, signs
from rag.load.word.numbering import W
from rag.load.word.package import Package
from rag.load.word.styles import Look, look_of
from rag.load.xml import local

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
GONE = frozenset("del moveFrom instrText delText rPr pPr sectPr fldData".split())
PAGES = ("PAGE", "NUMPAGES", "SECTIONPAGES")  # fields whose result depends on the page
FIRST = max(map(len, PAGES))  # letters of an instruction that say which field it is
NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}


@dataclass(slots=True)
class Paragraph:
    """The words of a paragraph; its text boxes, the ids of its charts, and its comments."""

    text: str = ""
    boxes: list[etree._Element] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    comments: list[etree._Element] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)  # that are open: how their instructions begin
    pages: int = 0  # the number of those whose result depends on the page
    notes: list[str] = field(default_factory=list)  # for its end
    struck: list[tuple[int, int]] = field(default_factory=list)  # places in the text
    is_note: bool = False


def paragraph(
    elements: Sequence[etree._Element], package: Package, *, hidden: bool, is_note: bool = False
) -> Paragraph:
    """Return the words of paragraphs that are one, without those that are hidden or deleted."""
    found = Paragraph(is_note=is_note)
    for element in elements:
        _walk(element, package, found, hidden)
    found.text = after(_unstruck(found), found.notes)
    return found


def _unstruck(found: Paragraph) -> str:
    """Return the text without what is struck out, unless it says nothing else."""
    edges = [0, *(edge for place in found.struck for edge in place), len(found.text)]
    rest = "".join(
        found.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)
    )
    return rest if any(map(str.isalnum, rest)) else found.text


def _walk(element: etree._Element, package: Package, found: Paragraph, hidden: bool) -> None:
    for child in element.iterchildren("*"):
        name = local(child)
        if name == "r":
            _run(child, package, found, hidden)
        elif name == "fldSimple":
            if not (child.get(f"{W}instr") or "").strip().upper().startswith(PAGES):
                _walk(child, package, found, hidden)
        elif name in ("oMath", "oMathPara"):
            found.text += "" if hidden else "".join(child.itertext("{*}t"))
        elif name not in GONE:
            _walk(child, package, found, hidden)


def _run(run: etree._Element, package: Package, found: Paragraph, hidden: bool) -> None:
    """Add the words of a run, which its own properties, its style or the paragraph's may hide."""
    look = look_of(run.find(f"{W}rPr"), package.styles)
    start = len(found.text)
    look.hidden = hidden if look.hidden is None else look.hidden
    _add(run, package, found, look)
    if look.struck and len(found.text) > start:
        found.struck.append((start, len(found.text)))


def _add(element: etree._Element, package: Package, found: Paragraph, look: Look) -> None:
    for child in element.iterchildren("*"):
        name = local(child)
        if name == "fldChar":
            _field(found, child.get(f"{W}fldCharType", ""))
        elif name == "instrText" and found.fields:
            _open(found, _close(found) + (child.text or ""))
        elif name not in GONE and not look.hidden and not found.pages:
            _add_shown(child, name, package, found, look)


def _add_shown(
    element: etree._Element, name: str, package: Package, found: Paragraph, look: Look
) -> None:
    """Add what is shown: words and signs, or what is anchored here."""
    if name == "t":
        text = signs(look.font, element.text or "")
        found.text += raised_after(found.text, text) if look.raised else text
    elif name == "sym":
        found.text += _symbol(element)
    elif name in SIGNS:
        found.text += SIGNS[name]
    elif name in NOTES and not found.is_note:
        note = package.notes[NOTES[name]].get(element.get(f"{W}id", ""))
        found.text += at_its_place(_note(note, package), found.notes)
    elif name == "commentReference":
        comment = package.notes["comment"].get(element.get(f"{W}id", ""))
        found.comments += [] if comment is None else [comment]
    elif name == "txbxContent":
        found.boxes.append(element)
    elif name == "chart" and element.get(RELATION):
        found.charts.append(element.get(RELATION, ""))
    elif name == "AlternateContent":  # the same twice, for newer and older programs
        _add(element[0] if len(element) else element, package, found, look)
    else:
        _add(element, package, found, look)


def _symbol(element: etree._Element) -> str:
    """Return the sign of another font, which has the number of its character."""
    number = element.get(f"{W}char", "")
    known = re.fullmatch(r"[0-9a-fA-F]{2,4}", number)
    return sign(element.get(f"{W}font", ""), chr(int(number, 16))) if known else ""


def _note(note: etree._Element | None, package: Package) -> str:
    """Return the words of a note, its paragraphs one after another."""
    inner = note.iter(f"{W}p") if note is not None else ()
    return " ".join(paragraph([one], package, hidden=False, is_note=True).text for one in inner)


def _field(found: Paragraph, kind: str) -> None:
    if kind == "begin":
        _open(found, "")
    elif kind == "end" and found.fields:
        _close(found)


def _open(found: Paragraph, instruction: str) -> None:
    """Add an open field; of its instruction only the beginning is kept."""
    found.fields.append(instruction.lstrip()[:FIRST])
    found.pages += _is_page(found.fields[-1])


def _close(found: Paragraph) -> str:
    """Take the last open field away; return how its instruction begins."""
    found.pages -= _is_page(found.fields[-1])
    return found.fields.pop()


def _is_page(instruction: str) -> bool:
    return instruction.upper().startswith(PAGES)
