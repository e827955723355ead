"""Word (.docx): paragraphs as a reader sees them, with their numbers, notes, boxes and charts.

Tracked changes are accepted, and hidden text is left out.
"""

from rag.load.word.document import parse_docx

__all__ = ["parse_docx"]
