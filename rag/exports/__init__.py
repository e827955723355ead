"""Answers as files for other programs: Word with real footnotes, CSL-JSON for bibliographies."""

from rag.exports.references import csl_of
from rag.exports.values import Exported, Footnote, exported
from rag.exports.word import docx_of

__all__ = ["Exported", "Footnote", "csl_of", "docx_of", "exported"]
