"""Word: a .docx file is converted to HTML by mammoth and read as a page."""

import io

import mammoth

from rag.load.archive import opened
from rag.load.html import html_text
from rag.load.text import Parsed

STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


def parse_docx(data: bytes) -> Parsed:
    """Return a Word file with headings, lists, tables and notes; raise LoadError if not one."""
    opened(data, ".docx", "[Content_Types].xml")
    made = mammoth.convert_to_html(
        io.BytesIO(data), style_map=STYLES, convert_image=mammoth.images.img_element(lambda _: {})
    )
    return html_text(made.value)
