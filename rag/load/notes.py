"""Where the words of a footnote go: in brackets at its place, or after the paragraph."""

from rag import stops
from rag.load.blocks import one_line


def at_its_place(note: str, later: list[str]) -> str:
    """Return a note in brackets; keep one that would end the sentence around it for later."""
    note = one_line(note)
    if any(True for _ in stops.ends(note, 0, len(note))):
        later.append(note)
        return ""
    return f" [{note}]" if note else ""


def after(text: str, later: list[str]) -> str:
    """Return a paragraph with the notes that were kept for its end."""
    return "".join([text.rstrip() if later else text, *(f" [{note}]" for note in later)])
