"""The words of one paragraph of a Word file, and what is anchored in it."""

from dataclasses import dataclass, field

from lxml import etree

from rag.load.word.numbering import W, value
from rag.load.word.package import Package
from rag.load.word.styles import is_hidden
from rag.load.xml import local

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
GONE = frozenset("del moveFrom instrText delText rPr pPr sectPr fldData".split())
PAGES = ("PAGE", "NUMPAGES", "SECTIONPAGES")  # fields whose result depends on the page
NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}


@dataclass(slots=True)
class Paragraph:
    """The words of a paragraph; its text boxes, the ids of its charts, and its comments."""

    text: str = ""
    boxes: list[etree._Element] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    comments: list[etree._Element] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)  # that are open: their instructions


def paragraph(element: etree._Element, package: Package, *, hidden: bool) -> Paragraph:
    """Return the words of a paragraph without those that are hidden or deleted."""
    found = Paragraph()
    _walk(element, package, found, hidden)
    return found


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
    properties = run.find(f"{W}rPr")
    own = is_hidden(properties)
    if own is None and properties is not None:
        own = package.styles[value(properties.find(f"{W}rStyle"))].hidden or None
    _add(run, package, found, hidden=hidden if own is None else own)


def _add(element: etree._Element, package: Package, found: Paragraph, *, hidden: bool) -> None:
    for child in element.iterchildren("*"):
        name = local(child)
        if name == "fldChar":
            _field(found, child.get(f"{W}fldCharType", ""))
        elif name == "instrText" and found.fields:
            found.fields[-1] += child.text or ""
        elif name not in GONE and not hidden and not _is_page(found):
            _add_shown(child, name, package, found)


def _add_shown(element: etree._Element, name: str, package: Package, found: Paragraph) -> None:
    """Add what is shown: words and signs, or what is anchored here."""
    if name == "t":
        found.text += element.text or ""
    elif name in SIGNS:
        found.text += SIGNS[name]
    elif name in NOTES:
        note = package.notes[NOTES[name]].get(element.get(f"{W}id", ""))
        words = "" if note is None else " ".join("".join(note.itertext(f"{W}t")).split())
        found.text += f" [{words}]" if words else ""
    elif name == "commentReference":
        comment = package.notes["comment"].get(element.get(f"{W}id", ""))
        found.comments += [] if comment is None else [comment]
    elif name == "txbxContent":
        found.boxes.append(element)
    elif name == "chart" and element.get(RELATION):
        found.charts.append(element.get(RELATION, ""))
    elif name == "AlternateContent":  # the same twice, for newer and older programs
        _add(element[0] if len(element) else element, package, found, hidden=False)
    else:
        _add(element, package, found, hidden=False)


def _field(found: Paragraph, kind: str) -> None:
    if kind == "begin":
        found.fields.append("")
    elif kind == "end" and found.fields:
        found.fields.pop()


def _is_page(found: Paragraph) -> bool:
    return any(text.strip().upper().startswith(PAGES) for text in found.fields)
