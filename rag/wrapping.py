"""Which line breaks of a text are made by wrapping, so that a sentence goes on in the next line.

Owns the definition of a list item, and the marks of quotations.
"""

import re

Span = tuple[int, int]

MAX_WRAP = 160  # characters; a longer line is not wrapped: it is a whole paragraph
MIN_WRAP = 40  # a shorter one is not wrapped either: it is an address, a list, verse

BULLETS = "-*+•◦▪‣·–—"
SPACE = r"[^\S\r\n\f]+"
BULLET = rf"[{BULLETS}]{SPACE}"  # begins an item of an unordered list
ITEM = rf"(?:{BULLET}|\(?(?:\d{{1,3}}|[a-zA-Z])[.)]{SPACE})"  # or of any list
DRAWN = "• "  # the bullet of an item whose format only implies one

# begins an item, a table row or a quotation
BLOCK = re.compile(rf"[ \t]*(?:{ITEM}|[|>#]{SPACE}|\|)")
QUOTED = re.compile(r"[ \t]*(?:>[ \t]?)+")  # the marks before a line of a quotation
RULE = re.compile(r"\s*([-=_*~])\1{2,}\s*")  # a line that is drawn
# the name before a value
KEY = re.compile(r"[ \t]*+([^\W\d])\w{0,30}(?:[ .-]\w{1,30}){0,2}(?::(?:\s|$)|[ \t]*+=(?!=))")
GAP = re.compile(r"(?<=[^\s.!?:])[ ]{2,}(?=\S)")
SHORT = 0.6  # of the width: prose is wrapped later
NUMBER_OR_ADDRESS = re.compile(r"[\d@]|://")
MIN_WORDS = 4  # a shorter line of code or of a log is no prose
MIN_QUOTED = 30  # characters: a shorter line of a quotation is whole
CODE = re.compile(r"[={}\[\]\\]|\w\(|[;,]\s*$")
CONTENTS = re.compile(  # a line of a table of contents: dots, then a page number
    r"(?<!\.)(?<!\.[ \t])(?:\.[ \t]?){4,}+(?:\d{1,4}|[ivxlc]{1,7})[ \t]*+$", re.MULTILINE
)


def flows_on(text: str, line: Span, following: Span, width: int, block: int) -> bool:
    """Return whether wrapping made a line break: the next word did not fit on the line.

    `block` is where the sentences before the break begin, with the line or before it.
    """
    start, place = (_after_marks(text, *span) for span in (line, following))
    if text.count(">", line[0], start) != text.count(">", following[0], place):
        start, place = line[0], following[0]
    above, below = text[start : line[1]], text[place : following[1]]
    if BLOCK.match(below) or not below.strip() or " | " in below or "\t" in below.strip():
        return False
    is_apart = CONTENTS.search(above) or RULE.fullmatch(above) or _in_columns(above, below)
    first, second = KEY.match(text, _after_marks(text, block, block + 99)), KEY.match(below)
    if is_apart or (first and second and first[1].islower() == second[1].islower()):
        return False
    if start > line[0] and len(above.strip()) < MIN_QUOTED:
        return False  # a prompt or a command, rather than a quotation
    if below.lstrip()[0].islower() and not below.startswith(("\t", "    ")):
        return block != line[0] or not _is_entry(above, below, width)
    return _fills(text[slice(*line)], below, width)


def _fills(line: str, below: str, width: int) -> bool:
    """Return whether the first word below has no room on a line."""
    length = len(line) + 1 + len(below.split(None, 1)[0])
    return MIN_WRAP <= width <= MAX_WRAP and length >= width * 0.9


def _after_marks(text: str, start: int, end: int) -> int:
    """Return where a line begins after the marks of quotations."""
    marks = QUOTED.match(text, start, end)
    return marks.end() if marks else start


def _in_columns(above: str, below: str) -> bool:
    """Return whether two lines have gaps, one of them wide, with words one below the other."""
    if "   " not in above.strip() and "   " not in below.strip():
        return False
    ends, others = ({gap.end() for gap in GAP.finditer(line)} for line in (above, below))
    fewer, more = sorted((ends, others), key=len)
    aligned = fewer <= more or (len(more) == 1 and len(above.rstrip()) == len(below.rstrip()))
    return bool(fewer) and aligned  # in justified prose, only some are


def _is_entry(above: str, below: str, width: int) -> bool:
    """Return whether the first line of a block, in small letters, is an entry of a list."""
    line = above.strip()
    if not line[:1].islower() or re.match(ITEM, line) or not line[-1].isalnum():
        return False
    last, other = (words.rsplit(None, 1)[-1] for words in (line, below))
    alike = len(below) < MIN_WRAP and NUMBER_OR_ADDRESS.search(other)
    return bool(NUMBER_OR_ADDRESS.search(last) and (len(line) < SHORT * width or alike))


def is_prose(line: str, following: str, width: int) -> bool:
    """Return whether a line of code or of a log is words that go on in the next line.

    Those of a text in a setting, further in, may go on with a capital or a figure.
    """
    indent = len(line) - len(line.lstrip(" "))
    is_inside = indent > 1 and following[:indent].isspace() and following[indent:].strip()
    is_text = bool(is_inside) and following[indent] not in f" #{BULLETS}"
    return (
        bool(following.lstrip()[:1].islower() or (is_text and _fills(line, following, width)))
        and len(line.split()) >= MIN_WORDS
        and not CODE.search(line)
        and not CODE.search(following)
        and not KEY.match(following)
    )
