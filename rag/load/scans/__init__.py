"""Pages that are only pictures: which there are, and the words on them.

A page of a PDF that draws something but has no text is a scan, and so is every picture file. Their
words are recognised page by page in a process of its own, if an engine is installed.
"""

from rag.load.scans.engines import installed
from rag.load.scans.pages import recognised_page
from rag.load.scans.pictures import lit_up, parse_picture
from rag.load.scans.reading import with_scans

__all__ = ["installed", "lit_up", "parse_picture", "recognised_page", "with_scans"]
