"""Which full stops, question marks and similar marks end a sentence, in text of any language.

Owns the abbreviations. A mark ends a sentence unless its surroundings say otherwise: a lower-case
word after it, or an abbreviation, an initial or an ordinal before it.
"""

import re
from collections.abc import Iterator

LOOK_BACK = 2000  # characters of a sentence that are examined before a mark
LOOK_AHEAD = 40  # and after it
LONGEST = 20  # characters of an abbreviation
UNSPACED = "。！？｡．।॥؟۔"  # no white space need follow them

MARK = re.compile(  # with the quotes, brackets and references that close after it
    r"(?<![.!?…‽؟।॥۔։။።])[.!?…‽؟।॥۔։။።]++(?:[\"'”’“»«)\]*_]|[^\S\r\n]»(?=\s))*+"
    r"(?:\[[^\[\]\r\n]{1,40}\])*+(?:[⁰¹²³⁴-⁹]++[,)⁾]?)*+(?=\s)|"
    r"(?:[。！？｡।॥؟۔]|(?<!\d)．(?!\d))+[”’」』）】》〉]*"
)
GOES_ON = re.compile(r"\s*(?:[,;:)]|\.(?:[\s.]|$))")
LAST_WORD = re.compile(r"[^\s()\[\]\"“”„'’‘«»/–-]*$")
LETTERS = re.compile(r"(?:\w\.)*\w")  # U.S, J.R.R, z.B
CHAINED = re.compile(r"\s\w{1,3}\.")  # the next part of "z. B.", "a. C.", "n. Chr."
STARTER = re.compile(  # a word that begins sentences and is not a name
    r"\s*[\"'“‘(]*(?:The|A|An|In|On|At|It|He|She|They|We|I|You|This|These|Those|That|There|But|And|"
    r"As|If|When|While|For|His|Her|Its|Their|My|Our|Your|However|After|Before|Since|By|To|From|"
    r"Although|Most|Many|Some|All|Other|No|Not|Nor|Nobody|How|What|Why|Where|Who|Which|"
    r"Der|Die|Das|Ein|Eine|Er|Sie|Es|Wir|Im|Danach|Puis|Il|Elle)\b"
)
NUMBER = re.compile(r"\s*[(\[§#]?\s?(?:[A-Z]{0,2}-?\d|[IVXLC]+\b|N[or]s?\.)")
DATE_OR_ZONE = re.compile(  # follows a time of day or a weekday inside a sentence
    r"\s*\(?(?:[ECMP][SD]?T|GMT|UTC|BST|CES?T|[JIK]ST|AE[SD]?T|Eastern|Central|Mountain|Pacific|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|"
    r"September|October|November|December|(?:Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun|Jan|Feb|Mar|Apr|Jun|"
    r"Jul|Aug|Sept?|Oct|Nov|Dec)\.)(?!\w)"
)
ORDINAL = re.compile(
    r"(?:\b(am|im|der|die|das|dem|den|des|vom|zum|zur|bis|ab)\s|(?<![\d.,]))\d{1,2}$", re.IGNORECASE
)
ORDERED = re.compile(  # follows a German ordinal
    r"\s(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|"
    r"Jahrhundert|Jahrtausend|Jh\.)"
)
LABEL = re.compile(  # a number or letter that begins an item, a step, a part
    r"\s*(?:(?:step|item|note|part|chapter|section|article|table|figure)\s+)?(?:\d+|[ivx]+|[^\W_])",
    re.IGNORECASE,
)

BEFORE_NAME = frozenset(
    "mr mrs ms dr prof messrs gen brig maj col lt capt cmdr adm sgt cpl pvt pfc spc ens det insp "
    "supt rev fr hon pres gov sen rep atty asst assoc sr sra mme mlle sig hr dhr mevr fa د "
    "डॉ".split()
)
IN_LOWER_CASE = frozenset("mr mrs ms dr prof sig".split())  # the others are also words
INSIDE = frozenset("e.g i.e viz vs v cf z.b d.h u.a bzw vgl ggf p.ex av".split())
BEFORE_NUMBER = frozenset(  # ordinary words unless a number follows
    "no nos nr n° núm p pp pag pág blz vol ch sec art par abs tab fig figs abb eq eqs ref tel reg "
    "stat str ps c ca approx max min b d fl jan feb mar apr jun jul aug sep sept oct nov dec "
    "mon tue tues wed thu thur thurs fri sat sun".split()
)
EITHER = frozenset(  # they end a sentence if a word that begins sentences follows
    "inc ltd co corp pty bros univ dept inst al fed civ bankr evid ave blvd st mt ft jr sr med mio "
    "mrd ee uu ph.d".split()
)


def ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where sentences end between two offsets, except for the last sentence."""
    position = start
    for match in MARK.finditer(text, start, end):
        before = text[max(position, match.start() - LOOK_BACK) : match.start()]
        following = text[match.end() : min(end, match.end() + LOOK_AHEAD)]
        if _is_end(before, match[0], following):
            position = match.end()
            yield position


def _is_end(before: str, mark: str, following: str) -> bool:
    first = following.lstrip()[:1]
    if mark[0] in UNSPACED:
        is_quotation = mark[-1] in "」』" and first == "と"  # in Japanese; the sentence goes on
        return not is_quotation
    if GOES_ON.match(following) or (first.islower() and before != before.lower()):
        return False  # in all-lower-case text, a lower-case word proves nothing
    return not first or mark[0] != "." or mark[:2] == ".." or _is_full_stop(before, following)


def _is_full_stop(before: str, following: str) -> bool:
    """Return whether a stop is not part of an abbreviation, an initial or an ordinal."""
    if LABEL.fullmatch(before) or _is_ordinal(before, following):
        return False
    found = LAST_WORD.search(before[-LONGEST:])
    word = found[0] if found else ""
    name = word.lower()
    named = name in BEFORE_NAME and (not word[0].islower() or name in IN_LOWER_CASE)
    numbered = NUMBER.match(following) or DATE_OR_ZONE.match(following)
    if named or name in INSIDE or (numbered and name in BEFORE_NUMBER):
        return False
    if name in {"a.m", "p.m"}:
        return not DATE_OR_ZONE.match(following)
    if LETTERS.fullmatch(word) and not word[-1].isdigit():
        return not _abbreviates(word, before[: -len(word)], following)
    return name not in EITHER or STARTER.match(following) is not None


def _is_ordinal(before: str, following: str) -> bool:
    """Return whether a number is a German ordinal: "am 5. Mai", "das 19. Jahrhundert"."""
    found = ORDINAL.search(before[-7:]) if before[-1:].isdigit() else None
    return found is not None and bool(found[1] or ORDERED.match(following))


def _abbreviates(word: str, before: str, following: str) -> bool:
    """Return whether a sentence goes on after single letters, as in U.S., J. R. or z. B."""
    if CHAINED.match(following):
        return True
    if len(word) == 1 and word.islower():
        return before[-2:-1] == "." and not STARTER.match(following)  # else as in "less than k."
    named = len(word) == 1 and not before[-2:-1].islower()  # an initial after another name
    return named or not STARTER.match(following)
