"""Which earlier revisions the next generation keeps: up to so many of each document.

A build writes only the texts that it replaces; the files of older ones are taken over as they are.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rag.errors import IndexDamaged
from rag.index.draft import Draft
from rag.index.generation import REVISION_FILES, REVISIONS, revision_file
from rag.index.known import Known
from rag.index.manifest import Manifest, checksum, sync
from rag.index.revisions import Revision, content_of, read_revisions, write_revisions
from rag.index.verified import check_file
from rag.index.writing import Writing
from rag.types import Document

LOG = logging.getLogger(__name__)
Files = dict[str, tuple[int, str]]


def keep_revisions(
    writer: Writing, known: Known, draft: Draft, most: int, purged: Collection[str]
) -> Files:
    """Write which revisions the next generation keeps, and the texts that it replaces.

    Those of `purged` documents are dropped. A file that has another id now takes its revisions
    along. Returns their files with size and sha256. Raises IndexDamaged if a text that is replaced
    cannot be read.
    """
    if most <= 0:
        return {}
    now = draft.revisions()
    moved = known.moved(now)
    before = {replace(one, id=moved.get(one.id, one.id)): found for one, found in _before(writer)}
    held = {revision.sha256: found for revision, found in before.items()}
    gone = {one.sha256 for one in before if one.id in purged} | known.shas(purged)
    files: Files = {}
    listed: dict[str, list[Revision]] = {}
    for document in known.replaced(now):
        if document.id in purged or document.id in moved or document.sha256 in gone:
            continue
        name = revision_file(document.sha256)
        files[name] = held.get(document.sha256) or _written(writer.index, document)
        listed[document.id] = [_named(document, writer.built.generation)]
    for revision, found in before.items():
        same = listed.setdefault(revision.id, [])
        is_new = revision.sha256 not in {now.get(revision.id), *(one.sha256 for one in same)}
        is_purged = revision.id in purged or revision.sha256 in gone
        if is_new and len(same) < most and not is_purged:
            same.append(revision)
            files[revision_file(revision.sha256)] = found
    if files:
        sync(writer.index / REVISION_FILES)
        write_revisions(writer.folder, (one for same in listed.values() for one in same))
    return files


def _before(writer: Writing) -> Iterator[tuple[Revision, tuple[int, str]]]:
    """Yield the revisions of the current generation, each with the size and sha256 of its file.

    If that generation cannot be opened, those that are damaged are left out.
    """
    manifest = writer.manifest
    if manifest is None:
        return
    if writer.previous is not None:  # its files were compared when it was opened
        yield from ((one, _found(manifest, one)) for one in read_revisions(writer.index, manifest))
        return
    with suppress(IndexDamaged, OSError, ValueError):
        if f"{manifest.generation}/{REVISIONS}" in manifest.files:
            check_file(writer.index, manifest, f"{manifest.generation}/{REVISIONS}")
        for revision in read_revisions(writer.index, manifest):
            try:
                check_file(writer.index, manifest, revision_file(revision.sha256))
            except IndexDamaged as error:
                LOG.warning("a revision of %s is not kept: %s", revision.id, error)
                continue
            yield revision, _found(manifest, revision)


def _found(manifest: Manifest, revision: Revision) -> tuple[int, str]:
    return manifest.files[revision_file(revision.sha256)]


def _named(document: Document, generation: str) -> Revision:
    names = document.id, document.title, document.sha256, document.modified
    return Revision(*names, generation)


def _written(index: Path, document: Document) -> tuple[int, str]:
    """Write the text of a document to its file; return its size and sha256."""
    path = index / revision_file(document.sha256)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content_of(document))
    sync(temporary)
    temporary.replace(path)
    return checksum(path)
