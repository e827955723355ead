"""Footnote beside what people would use instead: same documents, same questions, same weights."""
