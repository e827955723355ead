"""Cuts a document into passages of whole sentences.

Owns the offsets of sentences and passages: every span is born here, in characters of `document.text`. A passage stays
under one heading; headings give it context and are not part of it. A sentence is cut only where it alone is longer than
a passage may be.
"""

from rag.split.passages import split
from rag.split.sentences import sentences, sentences_in

__all__ = ["sentences", "sentences_in", "split"]
