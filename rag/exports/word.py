"""Answers as a Word file: each quote is a paragraph, and its place a footnote of Word's own.

Only what such a file must have is in it (ECMA-376), so it needs no library. The tests read it with
the parser of `rag.load`.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from xml.etree import ElementTree as ET

from rag.exports.values import Exported, Footnote

BASE = "http://schemas.openxmlformats.org"
W, R = f"{BASE}/wordprocessingml/2006/main", f"{BASE}/officeDocument/2006/relationships"
LINKS, TYPES = f"{BASE}/package/2006/relationships", f"{BASE}/package/2006/content-types"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
PARTS = {"document": "document.main", "styles": "styles", "footnotes": "footnotes"}
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
DAY = (1980, 1, 1, 0, 0, 0)  # of the files in the archive: the same answers, the same bytes
STYLES = (  # id, name, kind, half points or 0
    ("Heading1", "heading 1", "paragraph", 36),
    ("Heading2", "heading 2", "paragraph", 28),
    ("Quote", "Quote", "paragraph", 0),
    ("FootnoteText", "footnote text", "paragraph", 18),
    ("FootnoteReference", "footnote reference", "character", 0),
)
for prefix, name in (("w", W), ("r", R)):
    ET.register_namespace(prefix, name)


def docx_of(title: str, answers: Iterable[Exported]) -> bytes:
    """Return a Word file with this title: each question, its quotes with footnotes, its notes."""
    notes: list[Footnote] = []
    body = _made("body", _paragraph(title, "Heading1"))
    for answer in answers:
        body.extend(_blocks(answer, notes))
    parts = {
        "word/document.xml": _made("document", body),
        "word/styles.xml": _made("styles", *map(_style, STYLES)),
        "word/footnotes.xml": _footnotes(notes),
        "[Content_Types].xml": _types(),
        "_rels/.rels": _links({"document": "word/document.xml"}, of="officeDocument"),
        "word/_rels/document.xml.rels": _links(
            {name: f"{name}.xml" for name in PARTS if name != "document"}
        ),
        "word/_rels/footnotes.xml.rels": _links(
            {f"url{number}": one.url for number, one in enumerate(notes, 1) if _is_web(one.url)},
            of="hyperlink",
        ),
    }
    return _zipped(parts)


def _blocks(answer: Exported, notes: list[Footnote]) -> Iterator[ET.Element]:
    """Yield the paragraphs of an answer; its footnotes go to `notes`."""
    yield _paragraph(answer.question, "Heading2")
    if answer.asked:
        yield _paragraph(f"Searched for: {answer.asked}")
    for cited in answer.citations:
        notes.append(cited)
        paragraph = _paragraph(f"“{cited.quote}”", "Quote")
        paragraph.append(_run_of(_made("footnoteReference", id=str(len(notes))), superscript=True))
        yield paragraph
        if cited.cells:
            yield _paragraph(cited.cells)
    for words in filter(None, (answer.text, answer.note)):
        yield _paragraph(words)
    for near in answer.nearest:
        yield _paragraph(f"Nearest: {near.words}")
    if answer.citations and answer.confidence:
        yield _paragraph(f"Confidence: {round(100 * min(1, max(0, answer.confidence)))}%")


def _footnotes(notes: Iterable[Footnote]) -> ET.Element:
    """Return the footnotes, after the two lines that Word draws above them."""
    lines = (("-1", "separator"), ("0", "continuationSeparator"))
    part = _made(
        "footnotes",
        *(
            _made("footnote", _made("p", _run_of(_made(kind))), type=kind, id=at)
            for at, kind in lines
        ),
    )
    for number, one in enumerate(notes, 1):
        paragraph = _paragraph("", "FootnoteText")
        paragraph.append(_run_of(_made("footnoteRef"), superscript=True))
        words = _run(f" {one.words}")
        if _is_web(one.url):
            link = _made("hyperlink", words)
            link.set(f"{{{R}}}id", f"url{number}")
            words = link
        paragraph.append(words)
        part.append(_made("footnote", paragraph, id=str(number)))
    return part


def _paragraph(words: str, style: str = "") -> ET.Element:
    """Return a paragraph; line breaks in its words stay."""
    paragraph = _made("p")
    if style:
        paragraph.append(_made("pPr", _made("pStyle", val=style)))
    for number, line in enumerate(words.split("\n") if words else ()):
        if number:
            paragraph.append(_run_of(_made("br")))
        paragraph.append(_run(line))
    return paragraph


def _run(words: str) -> ET.Element:
    text = _made("t")
    text.text = ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", words)
    text.set(SPACE, "preserve")
    return _run_of(text)


def _run_of(inner: ET.Element, *, superscript: bool = False) -> ET.Element:
    raised = _made("rPr", _made("vertAlign", val="superscript"))
    return _made("r", raised, inner) if superscript else _made("r", inner)


def _is_web(url: str) -> bool:
    """Return whether an address is one that a reader may follow."""
    return url.startswith(("http://", "https://")) and not ILLEGAL.search(url)


def _style(style: tuple[str, str, str, int]) -> ET.Element:
    name, shown, kind, size = style
    made = _made("style", _made("name", val=shown), type=kind, styleId=name)
    if size:
        made.append(_made("rPr", _made("sz", val=str(size))))
    return made


def _types() -> ET.Element:
    xml = {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
    }
    root = ET.Element(f"{{{TYPES}}}Types")
    for ending, kind in xml.items():
        ET.SubElement(root, f"{{{TYPES}}}Default", Extension=ending, ContentType=kind)
    for part, kind in PARTS.items():
        values = {"PartName": f"/word/{part}.xml", "ContentType": f"{KIND}.{kind}+xml"}
        ET.SubElement(root, f"{{{TYPES}}}Override", values)
    return root


def _links(targets: Mapping[str, str], of: str = "") -> ET.Element:
    """Return the links of a part, each of the kind of its name, or all of the same kind."""
    root = ET.Element(f"{{{LINKS}}}Relationships")
    for name, target in targets.items():
        values = {"Id": name, "Type": f"{R}/{of or name}", "Target": target}
        outside = {"TargetMode": "External"} if of == "hyperlink" else {}
        ET.SubElement(root, f"{{{LINKS}}}Relationship", {**values, **outside})
    return root


def _made(tag: str, *inner: ET.Element, **values: str) -> ET.Element:
    """Return an element of WordprocessingML."""
    element = ET.Element(f"{{{W}}}{tag}", {f"{{{W}}}{name}": text for name, text in values.items()})
    element.extend(inner)
    return element


def _zipped(parts: Mapping[str, ET.Element]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, root in parts.items():
            text = ET.tostring(root, encoding="utf-8", xml_declaration=True)
            archive.writestr(zipfile.ZipInfo(name, DAY), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
