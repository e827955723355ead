"""Whether a build would make the generation that is current already."""

from collections.abc import Sequence
from contextlib import suppress

from rag import load
from rag.config import BuildConfig
from rag.errors import IndexDamaged
from rag.index.manifest import FORMAT
from rag.index.opened import Index, open_generation
from rag.index.seen import Seen, survey
from rag.index.writing import Writing


def unchanged(
    writer: Writing,
    files: Sequence[load.File],
    seen: Seen,
    *,
    config: BuildConfig,
    encoder: str,
    paths: tuple[str, ...],
    excluded: tuple[str, ...],
) -> Index | None:
    """Return the current generation if these files and settings make the same, else None.

    A file is the same if its bytes are, whatever its date. `encoder` is the identity of one.
    """
    manifest = writer.manifest
    if manifest is None:
        return None
    made_with = manifest.config, manifest.encoder, manifest.paths, manifest.excluded
    if (manifest.format, manifest.parser) != (FORMAT, load.VERSION):
        return None
    if made_with != (config, encoder, paths, excluded):
        return None
    unread = {name for name, _ in manifest.unreadable}
    contents, unreadable = survey(files, unread, seen, config)
    if unreadable != manifest.unreadable:
        return None
    with suppress(IndexDamaged):  # then it is built again
        index = open_generation(writer.index, manifest)
        if index.documents.sha256_by_id() == contents:
            return index
    return None
