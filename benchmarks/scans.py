"""Scanned pages made by program from the sample corpus: errors, seconds and boxes of each engine.

The character error rate is the Levenshtein distance to the text of the page, as a share of its
characters; white space counts as one space. A word's box is right if it covers half of the union of
both boxes.
"""

import argparse
import math
import random
import re
import textwrap
import time
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rapidfuzz.distance import Levenshtein

from benchmarks.record import write_result
from lab.table import table
from rag.load.scans import pages
from rag.load.scans.engines import ENGINES, Word, lines_in
from rag.load.scans.pictures import SCALE
from rag.load.text import Parsed
from rag.types import Box

CORPUS = Path(__file__).parents[1] / "corpus"
WIDTH, HEIGHT = 1654, 2339  # A4 at 200 dots an inch
MARGIN, LEADING, SIZE = 150, 38, 26
LINES = (HEIGHT - 2 * MARGIN) // LEADING
FONTS = ("DejaVuSerif", "DejaVuSans", "LiberationSerif-Regular", "LiberationSans-Regular")
KINDS = ("clean", "noisy", "skewed", "two columns")


class Page(NamedTuple):
    """A page that was drawn, and its words in reading order with their places."""

    picture: Image.Image
    words: list[Word]


def main() -> None:
    """Print the table of engines and kinds of scans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=5, help="pages of each kind")
    parser.add_argument("--engines", nargs="*", default=list(ENGINES))
    arguments = parser.parse_args()
    texts = list(islice(_texts(), arguments.pages))
    rows, figures = [], {}
    for engine in arguments.engines:
        lines_in(Image.new("RGB", (64, 64), "white"), engine)  # loads the models
        for kind in KINDS:
            found = _measured(engine, kind, texts)
            rows.append([engine, kind, *(f"{value:.3f}" for value in found.values())])
            figures[f"{engine}, {kind}"] = found
            print(rows[-1], flush=True)
    print(table(["engine", "scan", "CER", "s a page", "boxes right"], rows))
    write_result("scans", figures)


def _measured(engine: str, kind: str, texts: list[str]) -> dict[str, float]:
    errors, seconds, boxes = [], [], []
    for number, text in enumerate(texts):
        page = _drawn(text, kind, number)
        began = time.perf_counter()
        lines = lines_in(page.picture, engine)
        parsed = pages._assembled(lines, *page.picture.size) if lines else Parsed("")
        seconds.append(time.perf_counter() - began)
        wanted = " ".join(word.text for word in page.words)
        found = " ".join(parsed.text.split())
        errors.append(Levenshtein.distance(wanted, found) / len(wanted))
        boxes.append(_boxes_right(page.words, parsed))
    return {"CER": mean(errors), "seconds": mean(seconds), "boxes": mean(boxes)}


def _texts() -> Iterator[str]:
    """Yield prose of the sample corpus, without its markup, a page at a time."""
    prose = " ".join(path.read_text() for path in sorted(CORPUS.glob("*.md")))
    words = re.sub(r"[#*`_>|]|\]\([^)]*\)|\[", " ", prose).split()
    for start in range(0, len(words), 450):
        yield " ".join(words[start : start + 450])


def _drawn(text: str, kind: str, number: int) -> Page:
    font = ImageFont.truetype(f"{FONTS[number % len(FONTS)]}.ttf", SIZE)
    picture = Image.new("L", (WIDTH, HEIGHT), "white")
    columns = 2 if kind == "two columns" else 1
    width = (WIDTH - 2 * MARGIN - 60 * (columns - 1)) // columns
    characters = int(width / font.getlength("n") * 1.02)
    lines = textwrap.wrap(text, characters, break_on_hyphens=False)
    words: list[Word] = []
    for column in range(columns):
        for row, line in enumerate(lines[column * LINES : (column + 1) * LINES]):
            left, top = MARGIN + column * (width + 60), MARGIN + row * LEADING
            ImageDraw.Draw(picture).text((left, top), line, font=font, fill=20)
            words += _placed(line, left, top, font)
    angle = random.Random(number).uniform(0.4, 0.8) if kind == "skewed" else 0.0  # degrees
    return Page(_worn(picture, kind, angle, number), [_turned(word, angle) for word in words])


def _placed(line: str, left: float, top: float, font: ImageFont.FreeTypeFont) -> Iterator[Word]:
    for found in re.finditer(r"\S+", line):
        start, end = (left + font.getlength(line[:edge]) for edge in found.span())
        yield Word(found[0], start, top, end, top + SIZE * 1.2)


def _turned(word: Word, angle: float) -> Word:
    """Return a word of a page that is turned around its middle, against the clock."""
    turn = -math.radians(angle)
    x, y = (word.left + word.right - WIDTH) / 2, (word.top + word.bottom - HEIGHT) / 2
    right = x * math.cos(turn) - y * math.sin(turn) - x
    down = x * math.sin(turn) + y * math.cos(turn) - y
    return Word(
        word.text, word.left + right, word.top + down, word.right + right, word.bottom + down
    )


def _worn(picture: Image.Image, kind: str, angle: float, seed: int) -> Image.Image:
    """Return the page as a scanner would see it."""
    if angle:
        picture = picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor="white")
    if kind == "noisy":
        grains = np.random.default_rng(seed).normal(0, 24, (HEIGHT, WIDTH))
        blurred = np.asarray(picture.filter(ImageFilter.GaussianBlur(1.2)), float) * 0.85
        picture = Image.fromarray(np.clip(blurred + grains, 0, 255).astype(np.uint8))
    return picture.convert("RGB")


def _boxes_right(wanted: list[Word], parsed: Parsed) -> float:
    """Return the share of the words that were recognised whose box is right."""
    found = [parsed.text[box.start : box.end] for box in parsed.boxes]
    matcher = SequenceMatcher(None, [word.text for word in wanted], found, autojunk=False)
    pairs = [
        (wanted[block.a + n], parsed.boxes[block.b + n])
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    ]
    return mean(_overlap(word, box) >= 0.5 for word, box in pairs) if pairs else 0.0


def _overlap(word: Word, box: Box) -> float:
    x, y = WIDTH / SCALE, HEIGHT / SCALE
    left, right = max(word.left, box.left * x), min(word.right, box.right * x)
    top, bottom = max(word.top, box.top * y), min(word.bottom, box.bottom * y)
    both = max(0.0, right - left) * max(0.0, bottom - top)
    areas = (word.right - word.left) * (word.bottom - word.top)
    areas += (box.right - box.left) * x * (box.bottom - box.top) * y
    return both / (areas - both)


if __name__ == "__main__":
    main()
