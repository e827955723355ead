"""How the files differ from the current generation, and whether a build would make it again."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag import load
from rag.config import BuildConfig
from rag.index.manifest import FORMAT
from rag.index.opened import Index
from rag.index.seen import Seen, survey
from rag.index.writing import Writing


@dataclass(frozen=True, slots=True)
class Compared:
    """The current generation, if it can be used, and the present files.

    `contents` has the sha256 of each by id, `refused` why it cannot be read. If `is_same`, a build
    would make the same generation again.
    """

    index: Index | None
    contents: dict[str, str]
    refused: dict[str, str]
    is_same: bool = False


def compared(
    writer: Writing,
    files: Sequence[load.File],
    seen: Seen,
    *,
    config: BuildConfig,
    encoder: str,
    paths: tuple[str, ...],
    excluded: tuple[str, ...],
) -> Compared:
    """Compare these files and settings with the current generation.

    A file is the same if its bytes are, whatever its date. `encoder` is the identity of one.
    """
    manifest, index = writer.manifest, writer.previous
    if manifest is None or index is None or manifest.parser != load.version():
        return Compared(index, {}, {})  # every file has to be read anyway
    contents, refused = survey(files, dict(manifest.unreadable), seen, config)
    made_with = manifest.config, manifest.encoder, manifest.paths, manifest.excluded
    is_same = (
        (manifest.format, *made_with) == (FORMAT, config, encoder, paths, excluded)
        and tuple(refused.items()) == manifest.unreadable
        and index.documents.sha256_by_id() == contents
    )
    return Compared(index, contents, refused, is_same)
