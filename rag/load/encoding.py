"""The encodings of texts, and of names in archives, that do not name it.

charset-normalizer guesses from the statistics of languages. It errs on short texts and on those
with few letters beyond ASCII, so what is certain is decided before it is asked.
"""

import codecs
import re

from charset_normalizer import from_bytes

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WIDER = {"iso8859-1": "cp1252", "gb2312": "gb18030", "euc_kr": "cp949"}  # what is meant by them
WIDE = ("utf-16", "utf-32")
NAMES = ("idna", "punycode", "undefined")  # encodings of names of hosts, and of nothing
JAPANESE = b"\x1b$"  # goes over from ASCII in ISO 2022
BEYOND = re.compile(rb"[\x80-\xff]")
SAMPLE = 1 << 16  # bytes
MANY = 4  # times as many characters of two bytes or more as broken bytes are no chance
NEAR = 0.05  # of two encodings whose disorder differs by less, the more common one is taken
ALPHABETS = bytes({*range(0x10)} - {*b"\t\n\r"})  # the first bytes in UTF-16, from Latin to Thai
LOW = 0.4  # a larger share of them, or of zeros, is UTF-16
# words that have at most two letters beyond ASCII in a row, none of them a capital after others,
# and signs that are not within words
WESTERN = re.compile(
    r"(?:[\s\x20-\x7e\xa0\xad’´·]|(?<![^\x00-\x7f]{2})(?:(?<![a-zß-ÿ])[À-ÖØ-Ü]|[ßà-ìíîïñ-öø-üÿœ])"
    r"|(?<![^\W\d_])[–—“”„‘‚…•€£¥§©®°±²³µ¼½¾¿¡«»ºª×÷™]|[–—“”‘…•€£§°²³µ«»ºª™](?![^\W\d_]))*"
)
CYRILLIC = re.compile(
    r"(?:[\s\x20-\x7e\xa0«»„“”–—…№]|(?<![A-Za-z])(?:[а-яё]|(?<![а-яё])[А-ЯЁ])(?![A-Za-z]))*"
)
PAGES = (
    ("cp1252", WESTERN),
    ("cp850", WESTERN),
    ("cp866", CYRILLIC),
    ("cp1251", CYRILLIC),
    ("koi8_r", CYRILLIC),
)
EASTERN = (  # two bytes for a character: the first ones of those that are frequent, the second one
    ("cp932", 0x82, 0x97, 0x40),
    ("cp949", 0xB0, 0xC8, 0xA1),
    ("gb18030", 0xB0, 0xD7, 0xA1),
    ("big5", 0xA4, 0xC6, 0x40),
)
KANA = ("euc_jp", 0xA4, 0xA5, 0xA1)
COMMON = 0.6  # a smaller share of frequent characters is no text


def encoding_of(data: bytes) -> str:
    """Return the likely encoding of a text."""
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return encoding
    shares = {"utf-16-le": _low(data[1::2]), "utf-16-be": _low(data[::2])}
    wide = max(shares, key=lambda encoding: shares[encoding])
    if shares[wide] > LOW:
        return wide
    if JAPANESE in data[:SAMPLE] and data.isascii():
        return "iso2022_jp"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        sample = _sample(data)
        return "utf-8" if _is_utf_8(sample, MANY) else encoding_of_words(sample)
    return "utf-8"


def decoded_as(data: bytes, declared: str) -> str:
    """Return a text in the encoding that is declared, or in the likely one if that is wrong."""
    name = ""
    try:
        name = codecs.lookup(declared).name
        is_wrong = name in NAMES or (
            name.startswith(WIDE) and b"\0" not in data and encoding_of(data) == "utf-8"
        )
        return data.decode(encoding_of(data) if is_wrong else WIDER.get(name, name))
    except (LookupError, ValueError):  # no encoding of texts, or not of this one
        is_declared = name == "utf-8" and _is_utf_8(data, 1)
        return data.decode(name if is_declared else encoding_of(data), "replace")


def is_like_ascii(declared: str) -> bool:
    """Return whether an encoding exists and has the letters and signs of ASCII as their bytes."""
    try:
        return declared not in NAMES and b"<meta charset".decode(declared) == "<meta charset"
    except (LookupError, ValueError):
        return False


def encoding_of_words(data: bytes) -> str:
    """Return the likely encoding of words that are not all ASCII, nor UTF-8."""
    for page, letters in PAGES:
        if _fits(data, page, letters):
            return page
    if _common(data, *KANA) > COMMON / 2:  # the others are kanji
        return KANA[0]
    shares = {page: _common(data, page, *frequent) for page, *frequent in EASTERN}
    eastern = max(shares, key=lambda page: shares[page])
    return eastern if shares[eastern] > COMMON else _detected(data)


def _is_utf_8(data: bytes, times: int) -> bool:
    """Return whether text beyond ASCII is UTF-8: broken bytes are so many times less."""
    found = BEYOND.search(data)
    start = found.start() if found else 0
    text = data[start : start + SAMPLE].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) - broken >= times * broken


def _low(data: bytes) -> float:
    """Return the share of bytes that begin characters of alphabets in UTF-16."""
    return 1 - len(data.translate(None, ALPHABETS)) / len(data) if data else 0.0


def _fits(data: bytes, page: str, letters: re.Pattern[str]) -> bool:
    """Return whether a text in a code page is words with few capitals."""
    try:
        text = data.decode(page)
    except UnicodeDecodeError:
        return False
    others = [character for character in text if character > "\x7f" and character.isalpha()]
    few_capitals = 2 * sum(map(str.islower, others)) >= len(others) - 1
    return few_capitals and letters.fullmatch(text) is not None


def _common(data: bytes, page: str, low: int, high: int, second: int) -> float:
    """Return the share of frequent characters among those that are not ASCII, or 0."""
    try:
        others = [character.encode(page) for character in data.decode(page) if character > "\x7f"]
    except UnicodeDecodeError:
        return 0.0
    frequent = (len(c) == 2 and low <= c[0] <= high and c[1] >= second for c in others)
    return sum(frequent) / len(others)


def _detected(data: bytes) -> str:
    """Return the encoding that charset-normalizer finds most likely."""
    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        return "utf-8"
    # cp1252 is by far the most common encoding of its family
    western = (match for match in matches if match.encoding == "cp1252")
    return next((match for match in western if match.chaos <= best.chaos + NEAR), best).encoding


def _sample(data: bytes) -> bytes:
    """Return the part to detect the encoding from: lines that are not ASCII reveal it."""
    if b"\0" in data:
        return data[:SAMPLE]
    lines, size = [], 0
    for line in data.splitlines():
        if size < SAMPLE and not line.isascii():
            lines.append(line)
            size += len(line)
    return b"\n".join(lines)
