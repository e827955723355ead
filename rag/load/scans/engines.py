"""The engines that recognise words in a picture. None of them needs a network.

RapidOCR comes first: its models are in its package, and it takes a third of the time of Tesseract,
which is used where only that is installed.
"""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from rag.errors import LoadError
from rag.said import Said

if TYPE_CHECKING:
    import numpy.typing as npt

PROGRAMS = "RapidOCR (pip install 'rapidocr>=3.10,<4') or tesseract-ocr"
# letters of unusual width in most typefaces
NARROW, WIDE = frozenset("iljtfrI1.,;:!|'`()[] "), frozenset("mwMW@%")
NO_LANGUAGES = frozenset({"osd", "equ", "snum"})  # of Tesseract: data that is no language
NOISE = 30.0  # percent; what Tesseract is less sure of is mostly no word


class Word(NamedTuple):
    """A word in a picture and the edges of its box, in pixels from the left and the top."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


Line = tuple[Word, ...]


def installed() -> str:
    """Return the name of the engine that is used; "" if none is installed."""
    if find_spec("rapidocr") is not None:
        return "rapidocr"
    return "tesseract" if shutil.which("tesseract") else ""


def lines_in(picture: Image.Image, engine: str) -> list[Line]:
    """Return the lines of words that an installed engine recognises in a picture."""
    return list(ENGINES[engine](picture))


@cache
def _rapidocr() -> "Callable[[npt.NDArray[np.uint8]], object]":
    from rapidocr import EngineType, RapidOCR

    engines = {f"{step}.engine_type": EngineType.OPENVINO for step in ("Det", "Cls", "Rec")}
    engine: Callable[[npt.NDArray[np.uint8]], object] = RapidOCR(
        params={**engines, "Global.log_level": "error"}
    )
    return engine


def _by_rapidocr(picture: Image.Image) -> Iterator[Line]:
    from rapidocr.utils.output import RapidOCROutput

    found = _rapidocr()(np.asarray(picture.convert("RGB")))
    if not isinstance(found, RapidOCROutput) or found.boxes is None or found.txts is None:
        return
    for corners, text in zip(found.boxes, found.txts, strict=True):
        if text.strip():
            yield tuple(_words(text, corners))


def _words(text: str, corners: "npt.NDArray[np.float32]") -> Iterator[Word]:
    """Yield the words of a line; their edges follow from the usual widths of letters.

    `corners` (4, 2) are those of the line, from the upper left with the clock.
    """
    widths = [0.5 if c in NARROW else 1.5 if c in WIDE else 1.2 if c.isupper() else 1 for c in text]
    shares = np.cumsum([0.0, *widths])[:, None] / sum(widths)
    upper = corners[0] + (corners[1] - corners[0]) * shares  # (letters + 1, 2)
    lower = corners[3] + (corners[2] - corners[3]) * shares
    for word in re.finditer(r"\S+", text):
        ends = np.concatenate([side[[word.start(), word.end()]] for side in (upper, lower)])
        (left, top), (right, bottom) = ends.min(axis=0), ends.max(axis=0)
        yield Word(word[0], float(left), float(top), float(right), float(bottom))


def _by_tesseract(picture: Image.Image) -> Iterator[Line]:
    encoded = io.BytesIO()
    picture.convert("RGB").save(encoded, "PNG")
    printed = _run("stdin", "stdout", "-l", _languages(), "tsv", data=encoded.getvalue())
    rows = csv.DictReader(io.StringIO(printed), delimiter="\t", quoting=csv.QUOTE_NONE)
    for _, line in groupby(rows, key=itemgetter("block_num", "par_num", "line_num")):
        if words := tuple(_tesseract_word(row) for row in line if _is_word(row)):
            yield words


@cache
def _languages() -> str:
    """Return the installed languages as Tesseract wants them, English first."""
    names = _run("--list-langs").splitlines()[1:]  # the first line is a heading
    return "+".join(sorted(set(names) - NO_LANGUAGES, key=lambda name: (name != "eng", name)))


def _run(*arguments: str, data: bytes = b"") -> str:
    command = ["tesseract", *arguments]
    done = subprocess.run(command, check=False, input=data, capture_output=True)
    if done.returncode:
        raise LoadError(
            Said("unread_tesseract", error=done.stderr.decode(errors="replace").strip())
        )
    return done.stdout.decode()


def _is_word(row: dict[str, str]) -> bool:
    return bool((row["text"] or "").strip()) and float(row["conf"]) >= NOISE


def _tesseract_word(row: dict[str, str]) -> Word:
    left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
    return Word(row["text"].strip(), left, top, left + width, top + height)


ENGINES = {"rapidocr": _by_rapidocr, "tesseract": _by_tesseract}
