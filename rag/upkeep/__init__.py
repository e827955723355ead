"""Keep an index up to date: change it, report what has changed, watch its files."""

from rag.upkeep.changes import add, collect, rebuild, remove
from rag.upkeep.status import Status, status
from rag.upkeep.watching import watch

__all__ = ["Status", "add", "collect", "rebuild", "remove", "status", "watch"]
