"""Pages as pictures: those of a PDF, drawn by PDFium, and those of picture files."""

import io
from collections.abc import Sequence

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageOps, UnidentifiedImageError

from rag.errors import LoadError
from rag.load.text import Parsed
from rag.said import Said

SCALE = 10_000  # boxes are in this part of a page's width and height
DPI = 200  # of a page that is drawn
MAX_SIDE = 4_000  # pixels
MAX_PIXELS = 100_000_000  # of a picture file
MAX_FRAMES = 2_000  # pages of one picture file
POINTS = 72  # in an inch
SHOWN_SIDE = 1_600  # pixels of a picture to look at
LIGHT = (255, 231, 120)  # the colour of words that are lit up
ROUND = 0.002  # of the page's height: room around a box

Edges = tuple[int, int, int, int]  # left, top, right and bottom, in 1/SCALE of the page


def parse_picture(data: bytes) -> Parsed:
    """Return a picture file as pages to recognise; raise LoadError if it cannot be opened."""
    with _opened(data) as picture:
        frames = min(getattr(picture, "n_frames", 1), MAX_FRAMES)
    return Parsed("", page_starts=(0,) * frames, scans=tuple(range(1, frames + 1)))


def page_picture(data: bytes, suffix: str, number: int) -> Image.Image:
    """Return a page, counted from 1, of a PDF or a picture file; raise LoadError if it cannot."""
    return _drawn(data, number) if suffix == ".pdf" else _frame(data, number)


def lit_up(data: bytes, suffix: str, number: int, boxes: Sequence[Edges]) -> bytes:
    """Return a page as PNG, with the words in these boxes lit up."""
    picture = page_picture(data, suffix, number)
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    light = Image.new("RGB", picture.size, "white")
    room = ROUND * picture.height
    for left, top, right, bottom in boxes:
        x, y = picture.width / SCALE, picture.height / SCALE
        edges = (left * x - room, top * y - room, right * x + room, bottom * y + room)
        ImageDraw.Draw(light).rectangle(edges, fill=LIGHT)
    encoded = io.BytesIO()
    ImageChops.multiply(picture, light).save(encoded, "PNG")
    return encoded.getvalue()


def _opened(data: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(data))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise LoadError(Said("unread_damaged_or_not", what=Said("kind_picture"))) from error
    if picture.width * picture.height > MAX_PIXELS:
        raise LoadError(
            Said("unread_pixels", width=picture.width, height=picture.height, limit=MAX_PIXELS)
        )
    return picture


def _frame(data: bytes, number: int) -> Image.Image:
    """Return a page of a picture file, upright, on white."""
    with _opened(data) as picture:
        picture.seek(number - 1)
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    white = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(white, upright).convert("RGB")


def _drawn(data: bytes, number: int) -> Image.Image:
    """Return a page of a PDF as a picture."""
    try:
        page = pypdfium2.PdfDocument(data)[number - 1]
        scale = min(DPI / POINTS, MAX_SIDE / max(page.get_size()))
        picture: Image.Image = page.render(scale=scale).to_pil()
        return picture.convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise LoadError(Said("unread_page")) from error
