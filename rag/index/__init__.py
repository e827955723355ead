"""The index: generations in memory and on disk.

`manifest.json` names the one generation that counts and is replaced in one step; a generation's files are written once,
checksummed, and never changed.
"""

from rag.index.draft import Draft
from rag.index.opened import Index, open_index

__all__ = ["Draft", "Index", "open_index"]
