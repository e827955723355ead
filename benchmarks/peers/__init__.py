"""Footnote and its alternatives: the same documents, questions and weights for all."""
