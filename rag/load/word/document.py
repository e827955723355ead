"""From the parts of a Word file to blocks: the body in order, then headers and footers, once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from lxml import etree

from rag.load.archive import opened
from rag.load.blocks import Block, assembled, one_line
from rag.load.charts import chart_blocks
from rag.load.html import html_blocks
from rag.load.reasons import pictures_left_out
from rag.load.rtf import rtf_words
from rag.load.tables import CELL, MAX_SPAN, table_blocks
from rag.load.text import Parsed, decode
from rag.load.word.numbering import W, value, whole
from rag.load.word.package import Package
from rag.load.word.runs import Paragraph, paragraph
from rag.load.word.styles import list_of, outline_level
from rag.load.xml import local, tree
from rag.wrapping import DRAWN

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic"
HOLDERS = frozenset("sdt sdtContent customXml ins moveTo smartTag body hdr ftr txbxContent".split())
MAX_DEPTH = 40  # elements that hold each other


def parse_docx(data: bytes) -> Parsed:
    """Return a Word file with headings, lists, tables and notes; raise LoadError if not one."""
    archive = opened(data, ".docx", "[Content_Types].xml")
    package = Package(archive)
    pictures = sum(1 for _ in package.body.iter(PICTURE))
    parsed = assembled(Reader(package).blocks())
    return replace(parsed, left_out=pictures_left_out(pictures))


class Reader:
    """Walks a document, or a comment on it; counts its lists on the way."""

    def __init__(self, package: Package, *, is_comment: bool = False) -> None:
        self._package = package
        self._is_comment = is_comment
        self._commented: set[etree._Element] = set()

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the headers, the body and the footers."""
        yield from self._around("header")
        yield from self._inside(self._package.body)
        yield from self._around("footer")

    def _around(self, kind: str) -> Iterator[Block]:
        """Yield what headers or footers say, once; those of the first page often say the same."""
        said: set[str] = set()
        for root in self._package.parts_of_type(kind):
            found = [block for block in self._inside(root) if block.text not in said]
            said |= {block.text for block in found}
            yield from (block for block in found if len(block.text.split()) > 1)

    def _inside(self, element: etree._Element, depth: int = 0) -> Iterator[Block]:
        if depth > MAX_DEPTH:
            return
        merged: list[etree._Element] = []  # paragraphs whose end was deleted: they are one
        for child in element.iterchildren("*"):
            name = local(child)
            if name == "p":
                merged.append(child)
                if not _goes_on(child):
                    yield from self._paragraph(merged, depth)
                    merged = []
                continue
            if merged and name in ("tbl", "altChunk", *HOLDERS):
                yield from self._paragraph(merged, depth)
                merged = []
            if name == "tbl":
                yield from self._table(child, depth)
            elif name in HOLDERS:
                yield from self._inside(child, depth + 1)
            elif name == "altChunk":
                yield from self._chunk(child.get(RELATION, ""))
        if merged:
            yield from self._paragraph(merged, depth)

    def _paragraph(self, elements: Sequence[etree._Element], depth: int) -> Iterator[Block]:
        """Yield a paragraph with its number, then the boxes, charts and comments in it.

        Of several elements that are one paragraph, the last has its style.
        """
        properties = elements[-1].find(f"{W}pPr")
        named = value(properties.find(f"{W}pStyle")) if properties is not None else ""
        style = self._package.styles[named]
        found = paragraph(elements, self._package, hidden=style.hidden)
        own, place = list_of(properties)
        numbering, place = (own, place) if own else (style.numbering, style.place)
        text = found.text.strip()
        number = self._package.numbering.number(numbering, place) if text else ""
        if not style.name.startswith("toc "):
            yield _block(text, number, outline_level(properties) or style.level)
        yield from self._held(found, depth)

    def _held(self, found: Paragraph, depth: int) -> Iterator[Block]:
        for box in found.boxes:
            yield from self._inside(box, depth + 1)
        for link in found.charts:
            _, data = self._package.part(link)
            yield from chart_blocks(tree(data)) if data else ()
        for comment in () if self._is_comment else found.comments:
            if comment not in self._commented:
                self._commented.add(comment)
                author = comment.get(f"{W}author") or "a reviewer"
                inner = Reader(self._package, is_comment=True)._inside(comment, MAX_DEPTH // 2)
                said = one_line(" ".join(block.text for block in inner))
                yield Block(f"Comment by {author}: {said}")

    def _table(self, table: etree._Element, depth: int) -> Iterator[Block]:
        """Yield the rows of a table, or, if it is a layout, the blocks in its cells."""
        held: list[Block] = []
        rows = self._grid(table, held, depth)
        if _is_layout(rows):
            yield from held
        else:
            headed, styled = self._marks(table)
            words = styled or max(map(len, rows)) > 2  # else a form
            yield from table_blocks(enumerate(rows, 1), headed=headed or None, words=words)

    def _marks(self, table: etree._Element) -> tuple[bool, bool]:
        """Return whether the first row is marked as the names of the columns, or only styled.

        It is marked if it is repeated on every page, or bold or shaded while the next one is not.
        """
        first, second, *_ = [*islice(filter(_is_row, _children(table, "tr")), 2), None, None]
        if first is None or second is None:
            return False, False
        marked = _is_on(first.find(f"{W}trPr/{W}tblHeader")) or any(
            all(map(is_so, first.iter(f"{W}tc"))) and not all(map(is_so, second.iter(f"{W}tc")))
            for is_so in (_is_bold, _is_shaded)
        )
        style = self._package.styles[value(table.find(f"{W}tblPr/{W}tblStyle"))]
        look = table.find(f"{W}tblPr/{W}tblLook")
        is_off = look is not None and look.get(f"{W}firstRow", "1") in ("0", "false", "off")
        return marked, (style.first_row and not is_off) or _styles(first) != _styles(second)

    def _grid(self, table: etree._Element, held: list[Block], depth: int) -> list[list[str]]:
        """Return the cells of a table, and the blocks in them; one that spans others is in all."""
        rows: list[list[str]] = []
        for row in _children(table, "tr"):
            before = whole(value(row.find(f"{W}trPr/{W}gridBefore")))
            cells = [""] * min(before, MAX_SPAN)
            found = list(_children(row, "tc"))
            for cell in found:
                properties = cell.find(f"{W}tcPr")
                merged = properties.find(f"{W}vMerge") if properties is not None else None
                goes_on = merged is not None and value(merged) != "restart"
                above = rows[-1] if rows else []
                inner = list(self._inside(cell, depth + 1))
                held += inner
                text = (
                    above[len(cells)] if goes_on and len(cells) < len(above)
                    else one_line(" ".join(block.text for block in inner))
                )  # fmt: skip
                span = properties.find(f"{W}gridSpan") if properties is not None else None
                cells += [text] * min(max(1, whole(value(span), 1)), MAX_SPAN)
            rows.append(cells if len(found) > 1 or before else cells[:1])
        return [row for row in rows if any(row)]

    def _chunk(self, link: str) -> Iterator[Block]:
        """Yield a part in another format that the document takes in."""
        name, data = self._package.part(link)
        suffix = name.rpartition(".")[2].lower()
        if suffix in ("html", "htm", "xhtml", "mht"):
            yield from html_blocks(decode(data))[1]
        elif suffix == "rtf":
            yield Block(rtf_words(decode(data)))
        elif suffix == "txt":
            yield Block(decode(data))
        elif suffix == "docx":
            yield Block(parse_docx(data).text)


def _block(text: str, number: str, level: int) -> Block:
    """Return a paragraph after its number: a heading, an item of a list, or neither."""
    if not text:
        return Block("")
    numbered = f"{number} {text}" if number else text
    if level:
        return Block(one_line(numbered if number != DRAWN.strip() else text), level=level)
    return Block(numbered, run="item" if number else "")


def _goes_on(element: etree._Element) -> bool:
    """Return whether the end of a paragraph was deleted, or moved away, with tracked changes."""
    properties = element.find(f"{W}pPr")
    marks = properties.find(f"{W}rPr") if properties is not None else None
    return (
        marks is not None and next(marks.iterchildren(f"{W}del", f"{W}moveFrom"), None) is not None
    )


def _is_layout(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a table only places text: it has one row, or many long cells.

    A long cell beside two others, in fewer than half of the rows, is a remark in a table.
    """
    long = [row for row in rows if any(len(cell) > CELL for cell in row)]
    remarks = (len(set(row)) > 2 and sum(len(cell) > CELL for cell in row) == 1 for row in long)
    return len(rows) < 2 or 2 * len(long) >= len(rows) or not all(remarks)


def _is_row(row: etree._Element) -> bool:
    """Return whether a row has several cells, and words."""
    return len(list(_children(row, "tc"))) > 1 and bool("".join(row.itertext(f"{W}t")).strip())


def _styles(row: etree._Element) -> list[str]:
    return [value(style) for style in row.iter(f"{W}pStyle")]


def _is_bold(cell: etree._Element) -> bool:
    runs = [run for run in cell.iter(f"{W}r") if "".join(run.itertext(f"{W}t")).strip()]
    return all(_is_on(run.find(f"{W}rPr/{W}b")) for run in runs)


def _is_shaded(cell: etree._Element) -> bool:
    shade = cell.find(f"{W}tcPr/{W}shd")
    return shade is not None and shade.get(f"{W}fill", "auto").lower() not in ("auto", "ffffff")


def _is_on(mark: etree._Element | None) -> bool:
    return mark is not None and value(mark).lower() not in ("0", "false", "off")


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the rows or cells of an element, also those in content controls and insertions."""
    for child in element.iterchildren("*"):
        if local(child) == name:
            yield child
        elif local(child) in HOLDERS:
            yield from _children(child, name)
