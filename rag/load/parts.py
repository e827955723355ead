"""The parts of an Office file (Open Packaging Conventions), and the links between them."""

import posixpath
from collections.abc import Mapping
from typing import NamedTuple

from rag.load.archive import Archive
from rag.load.xml import tree


class Link(NamedTuple):
    """What a part refers to: the name of another part, and its type, as "chart"."""

    part: str
    type: str


def links_of(archive: Archive, part: str) -> dict[str, Link]:
    """Return what a part refers to and the file holds, by id; "" is the file as a whole."""
    folder, _, name = part.rpartition("/")
    listed = f"{folder}/_rels/{name}.rels".lstrip("/")
    if listed not in archive.members:
        return {}
    found = {
        link.get("Id", ""): Link(
            posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/"),
            link.get("Type", "").rpartition("/")[2],
        )
        for link in tree(archive.read(listed)).iterchildren("*")
        if link.get("TargetMode") != "External"
    }
    return {name: link for name, link in found.items() if link.part in archive.members}


def of_type(links: Mapping[str, Link], kind: str) -> list[str]:
    """Return the parts of a type among these links, each once, sorted."""
    return sorted({link.part for link in links.values() if link.type == kind})
