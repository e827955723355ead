"""Pages of the web as files of a folder, fetched only when a person asks for it."""

from rag.sites.fetch import Fetcher, is_url
from rag.sites.pages import Outcome, read_pages

__all__ = ["Fetcher", "Outcome", "is_url", "read_pages"]
