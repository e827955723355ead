"""What a build did, for people and programs."""

from dataclasses import dataclass

from rag.index.draft import Draft
from rag.index.manifest import Manifest
from rag.index.opened import Index


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    `reused` passages kept their vectors. `removed` documents are no longer in the index. `copies`
    are files with the same text as another, each with the id of the document that represents it.
    `left_out` are the parts of documents that could not be read, each with its document's id. If
    nothing `changed`, nothing was written, and `generation` is the one before.
    """

    generation: str
    documents: int
    passages: int
    parsed: int
    embedded: int
    reused: int
    removed: tuple[str, ...]
    copies: tuple[tuple[str, str], ...]
    unreadable: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, str], ...]
    seconds: float
    changed: bool = True


def report_of(
    manifest: Manifest, draft: Draft, removed: tuple[str, ...], seconds: float
) -> BuildReport:
    """Return the report of a build that made a generation."""
    return BuildReport(
        generation=manifest.generation,
        documents=manifest.documents,
        passages=manifest.passages,
        parsed=draft.parsed,
        embedded=draft.embedded,
        reused=manifest.passages - draft.embedded,
        removed=removed,
        copies=tuple((copy.id, copy.document) for copy in draft.copies),
        unreadable=manifest.unreadable,
        left_out=tuple(draft.left_out),
        seconds=seconds,
    )


def nothing_changed(current: Index, seconds: float) -> BuildReport:
    """Return the report of a build that would have made the current generation again."""
    manifest = current.manifest
    return BuildReport(
        generation=manifest.generation,
        documents=manifest.documents,
        passages=manifest.passages,
        parsed=0,
        embedded=0,
        reused=manifest.passages,
        removed=(),
        copies=current.documents.copies(),
        unreadable=manifest.unreadable,
        left_out=tuple(
            (one.id, part) for one in current.documents.entries for part in one.left_out
        ),
        seconds=seconds,
        changed=False,
    )
