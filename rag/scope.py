"""Which documents may answer a question."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents may answer. An empty field excludes nothing: `Scope()` is all documents.

    `documents` and `without` hold ids, `folders` the starts of ids ("reports/2024"), `types`
    suffixes ("pdf"). A document may answer if it is named or in a folder, and fits the others.
    `since` and `until` are days in UTC, both included; they exclude files whose date is unknown.
    Files with the same text are one document, which may answer if any of its files is in the scope.
    """

    documents: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("documents", "folders", "types", "without"):
            names = getattr(self, name)
            if isinstance(names, str):
                raise TypeError(f"{name} is {names!r}: give a tuple of names, even for one")
            object.__setattr__(self, name, tuple(names))

    def __bool__(self) -> bool:
        """Return whether the scope excludes anything."""
        return self != Scope()
