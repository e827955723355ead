"""The life of an index after its first build: changes to it, what has changed since, following the files."""

from rag.upkeep.changes import add, collect, rebuild, remove
from rag.upkeep.status import Status, status
from rag.upkeep.watching import watch

__all__ = ["Status", "add", "collect", "rebuild", "remove", "status", "watch"]
