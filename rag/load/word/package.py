"""The parts of a Word file, and what they refer to by id."""

import posixpath

from lxml import etree

from rag.load.archive import Archive
from rag.load.word.numbering import Numbering
from rag.load.word.styles import Styles
from rag.load.xml import tree

MAIN = "word/document.xml"


class Package:
    """An open Word file: its body, styles, lists, notes and comments."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        links = self._tree("_rels/.rels")
        main = [
            link.get("Target", "").lstrip("/")
            for link in (links.iterchildren("*") if links is not None else ())
            if link.get("Type", "").endswith("/officeDocument")
        ]
        self.main = main[0] if main and main[0] in archive.members else MAIN
        self.body = tree(archive.read(self.main))
        self._links = self._linked()
        self.styles = Styles(self._of_type("styles"))
        self.numbering = Numbering(self._of_type("numbering"))
        self.notes = {kind: self._by_id(f"{kind}s") for kind in ("footnote", "endnote", "comment")}

    def part(self, link: str) -> tuple[str, bytes]:
        """Return the name and the bytes of the part that an id refers to; empty if it is none."""
        name, _ = self._links.get(link, ("", ""))
        return name, self._archive.read(name) if name in self._archive.members else b""

    def parts_of_type(self, kind: str) -> list[etree._Element]:
        """Return the parts of a type, as "header", in the order of their names."""
        names = sorted({name for name, found in self._links.values() if found == kind})
        return [root for name in names if (root := self._tree(name)) is not None]

    def _of_type(self, kind: str) -> etree._Element | None:
        return next(iter(self.parts_of_type(kind)), None)

    def _by_id(self, kind: str) -> dict[str, etree._Element]:
        root = self._of_type(kind)
        items = root.iterchildren("*") if root is not None else ()
        return {_local_get(item, "id"): item for item in items if not _local_get(item, "type")}

    def _tree(self, name: str) -> etree._Element | None:
        return tree(self._archive.read(name)) if name in self._archive.members else None

    def _linked(self) -> dict[str, tuple[str, str]]:
        """Return the name and type of the parts that the body refers to, by id."""
        folder, _, name = self.main.rpartition("/")
        root = self._tree(f"{folder}/_rels/{name}.rels")
        return {
            link.get("Id", ""): (
                posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/"),
                link.get("Type", "").rpartition("/")[2],
            )
            for link in (root.iterchildren("*") if root is not None else ())
            if link.get("TargetMode") != "External"
        }


def _local_get(element: etree._Element, name: str) -> str:
    """Return an attribute by its name without its namespace."""
    return next(
        (value for key, value in element.attrib.items() if etree.QName(key).localname == name), ""
    )
