"""Footnote as a part of other frameworks: one module for each, with an extra of the same name.

A place is always that of the document: its text from `start` to `end` is what is returned.
"""
