"""The index: generations in memory and on disk.

`manifest.json` names the current generation and is replaced in one step. The files of a generation
are written once, checksummed, and never changed.
"""

from rag.index.draft import Draft
from rag.index.opened import Index, open_index

__all__ = ["Draft", "Index", "open_index"]
