"""The parts of a Word file, and what they refer to by id."""

from lxml import etree

from rag.load.archive import Archive
from rag.load.parts import links_of, of_type
from rag.load.word.numbering import Numbering
from rag.load.word.styles import Styles
from rag.load.xml import tree

MAIN = "word/document.xml"


class Package:
    """An open Word file: its body, styles, lists, notes and comments."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        main = of_type(links_of(archive, ""), "officeDocument")
        self.main = main[0] if main else MAIN
        self.body = tree(archive.read(self.main))
        self._links = links_of(archive, self.main)
        self.styles = Styles(self._of_type("styles"))
        self.numbering = Numbering(self._of_type("numbering"))
        self.notes = {kind: self._by_id(f"{kind}s") for kind in ("footnote", "endnote", "comment")}

    def part(self, link: str) -> tuple[str, bytes]:
        """Return the name and the bytes of the part that an id refers to; empty if it is none."""
        if link not in self._links:
            return "", b""
        name = self._links[link].part
        return name, self._archive.read(name)

    def parts_of_type(self, kind: str) -> list[etree._Element]:
        """Return the parts of a type, as "header", in the order of their names."""
        return [tree(self._archive.read(name)) for name in of_type(self._links, kind)]

    def _of_type(self, kind: str) -> etree._Element | None:
        return next(iter(self.parts_of_type(kind)), None)

    def _by_id(self, kind: str) -> dict[str, etree._Element]:
        root = self._of_type(kind)
        items = root.iterchildren("*") if root is not None else ()
        return {_local_get(item, "id"): item for item in items if not _local_get(item, "type")}


def _local_get(element: etree._Element, name: str) -> str:
    """Return an attribute by its name without its namespace."""
    return next(
        (value for key, value in element.attrib.items() if etree.QName(key).localname == name), ""
    )
