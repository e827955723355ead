"""Word: a .docx file as the HTML that mammoth makes of it, read like a page."""

import io
from zipfile import BadZipFile, ZipFile

import mammoth

from rag.errors import LoadError
from rag.load.html import html_text
from rag.load.text import Parsed

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of old Office files, and of those with a password
MAX_UNPACKED = 500 * 2**20
STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


def parse_docx(data: bytes) -> Parsed:
    """Return a Word file's text with headings, lists, tables and notes; raises LoadError for what is none."""
    if data.startswith(OLE):
        raise LoadError("needs a password, or is an old Word file: save it as .docx without one")
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except BadZipFile as error:
        raise LoadError("damaged, or not a Word file") from error
    if size > MAX_UNPACKED:
        raise LoadError(f"{size:,} bytes unpacked is over the limit of {MAX_UNPACKED:,}")
    made = mammoth.convert_to_html(
        io.BytesIO(data), style_map=STYLES, convert_image=mammoth.images.img_element(lambda _: {})
    )
    return html_text(made.value)
