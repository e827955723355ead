"""What of an HTML page is no content: menus, notices about cookies, share bars, footers of sites.

A class or an id alone proves nothing: an inn has a menu too. What it names must have no sentence
and no figure of its own, or be mostly links.
"""

import re

from lxml import etree
from lxml.html import HtmlElement

DROPPED = frozenset(
    "script style noscript template nav button select textarea iframe object svg "
    "canvas audio video head map".split()
)
DROPPED_ROLES = frozenset("navigation banner search menu menubar".split())
PARAGRAPHS = frozenset(
    "p div section article main header footer body html ul ol dl dt dd blockquote figure "
    "figcaption caption details summary address form fieldset hr tr td th center pre".split()
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def _named(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[\s_-])(?:{words})(?:$|[\s_-])", re.IGNORECASE)


NEVER = _named("advert|ads?|noprint|editsection")  # as a class
MENUS = "nav|navbar|navbox|navigation|menu|sidebar|breadcrumbs?|toc|skip|advert|ads?"
LINKED = _named(MENUS)
SHARED = _named("share|social")
COOKIES = _named("cookies?")
SUSPECT = _named(f"{MENUS}|share|social|cookies?|noprint|editsection")
NAMED = PARAGRAPHS - {"body", "main", "article", "form"} | {"table"}
BANNER = _named("banner|consent|notice|bar|popup|modal|overlay|dialog|law|accept")
FOOTER = _named("footer")
NOT_OWN = frozenset({"button", "script", "style"})
NESTED = 250  # elements in one another; of what is in more, only the words are read
DEEPEST = 4  # in so many parts named so a name alone decides: no text is read again and again
LINKS = 0.6  # a list or table with a larger share of its letters in links is a menu,
MENU_LINKS = 6  # if it has at least this many links
CONTACT = ("tel:", "mailto:", "sms:", "fax:", "geo:")  # links to no page
# beside a link: the year, date, size or price of what it leads to
DATED = re.compile(r"\d{4}|\d[.,:/-]\d|\d\s?(?:[kMG]B|[€$£%])|[€$£]\s?\d", re.IGNORECASE)
STOP = re.compile(r"[.!?…](?:\s|$)|[。！？]")
FIGURE = re.compile(r"(?<![(\[\d])\d")  # but a count beside a link: (12)
RIGHTS = re.compile(r"©|\(c\)|copyright|rights reserved", re.IGNORECASE)
LABELLED = re.compile(r"\w:\s+\w|@")
WORDS = 3  # a sentence has as many, or
LABEL = 60  # characters; a longer line is no label of the next one
LETTERS = 8  # as many letters, where none are between its words
CONTROLS = etree.XPath("boolean(.//button | .//input | .//*[@role='button'])")
NAMES = etree.XPath(".//th[normalize-space() and not(.//a)]")
HEADED = etree.XPath("boolean(.//h1 | .//h2 | .//h3 | .//h4 | .//h5 | .//h6)")


def flatten(root: HtmlElement, *, hidden: bool) -> None:
    """Leave only the words of elements that are in too many others: walks are recursive."""
    depth, deep = 0, []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth == NESTED and len(element):
            deep.append(element)
    for element in deep:
        etree.strip_elements(element, *DROPPED, with_tail=False)
        for inner in list(element.iterdescendants()):
            if not hidden and _is_hidden(inner):
                inner.clear(keep_tail=True)
        words = " ".join(element.itertext())
        del element[:]
        element.text = words


def content_of(root: HtmlElement) -> list[HtmlElement]:
    """Return the element that the page marks as its content and what is beside it, or the body.

    There must be exactly one such element, with more than a quarter of the text.
    """
    body = root.find("body") if root.find("body") is not None else root
    found = root.xpath("//main | //*[@role='main']") or root.xpath("//article")
    whole = len(body.text_content())
    if len(found) != 1 or len(found[0].text_content()) * 4 <= whole:
        return [body]
    beside = body.xpath("//aside[not(ancestor::main or ancestor::article or ancestor::nav)]")
    return [found[0], *(part for part in beside if not is_dropped(part, hidden=False))]


def is_dropped(element: HtmlElement, *, hidden: bool, spare: bool = False, depth: int = 0) -> bool:
    """Return whether an element is no content; `hidden` ones may be, and `spare` pictures.

    `depth` is how many elements around it are `is_suspect`.
    """
    tag = element.tag
    if not isinstance(tag, str) or tag in DROPPED:
        return True
    if element.get("aria-hidden") == "true" and not spare:
        return True
    if not hidden and _is_hidden(element):
        return True
    if element.get("role") in DROPPED_ROLES:
        return True
    if is_suspect(element) and (depth >= DEEPEST or _is_named(element)):
        return True
    return tag in {"ul", "ol", "table", "div"} and _is_menu(element)


def is_suspect(element: HtmlElement) -> bool:
    """Return whether the class or the id of an element is that of boilerplate."""
    if element.tag not in NAMED:
        return False
    return SUSPECT.search(f"{element.get('class', '')} {element.get('id', '')}") is not None


def is_footer(element: HtmlElement) -> bool:
    """Return whether an element is the footer of a site, of which a part may be content."""
    named = f"{element.get('class', '')} {element.get('id', '')}"
    is_block = element.tag in PARAGRAPHS and element.tag not in {"body", "main", "article"}
    if (parent := element.getparent()) is not None and parent.tag == "blockquote":
        return False  # it names who said so
    is_named = is_block and FOOTER.search(named) is not None
    return element.tag == "footer" or element.get("role") == "contentinfo" or is_named


def says_something(line: str) -> bool:
    """Return whether a line of a footer is a sentence, or a way to reach someone."""
    if RIGHTS.search(line):
        return False
    return bool(FIGURE.search(line) or LABELLED.search(line)) or _has_sentence(line)


def of_footer(lines: list[str], *, linked: bool) -> tuple[list[str], str]:
    """Return the lines of a footer that say something, with their labels, and one for the next.

    A label is a short line before one that says something; `linked` ones are the items of menus.
    """
    kept: list[str] = []
    label = ""
    for line in filter(None, lines):
        if says_something(line):
            kept += filter(None, (label, line))
            label = ""
        else:
            is_label = len(line) <= LABEL and any(map(str.isalnum, line))
            label = line if is_label and not linked and not RIGHTS.search(line) else ""
    return kept, label


def _is_hidden(element: HtmlElement) -> bool:
    is_hidden = element.get("hidden") is not None
    return is_hidden or HIDDEN.search(element.get("style", "")) is not None


def _is_named(element: HtmlElement) -> bool:
    """Return whether an element is what its class or id says, rather than content."""
    classes = element.get("class", "")
    named = f"{classes} {element.get('id', '')}"
    if NEVER.search(classes):
        return True
    if COOKIES.search(named):
        return bool(BANNER.search(named)) or CONTROLS(element) or not HEADED(element)
    shared, linked = SHARED.search(named), LINKED.search(named)
    if not (shared or linked):
        return False
    own = _own(element)
    figures = linked and FIGURE.search(own)
    return not (figures or _has_sentence(own)) or _is_linked(element)


def _own(element: HtmlElement) -> str:
    """Return the text of an element without its links and buttons."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, each in walk:
        is_own = each.tag not in NOT_OWN and not (each.tag == "a" and each.get("href"))
        if event == "start" and is_own:
            parts.append(each.text or "")
        elif event == "start":
            walk.skip_subtree()
        elif each is not element:
            parts.append(each.tail or "")
    return " ".join(parts)


def _has_sentence(text: str) -> bool:
    """Return whether some words of a text end as a sentence does."""
    parts = STOP.split(text)[:-1]
    return any(
        len(words := part.split()) >= WORDS
        or (not part.isascii() and sum(map(len, words)) >= LETTERS)
        for part in parts
    )


def _is_menu(element: HtmlElement) -> bool:
    """Return whether a list, table or part of a page is many links and little else."""
    if element.find(".//p") is not None or element.find(".//h1") is not None:
        return False
    links = [link for link in element.iter("a") if leads_away(link)]
    is_headed = element.tag == "table" and len(NAMES(element)) > 1
    if len(links) < MENU_LINKS or is_headed:
        return False
    return _is_linked(element) and len(DATED.findall(_own(element))) * 2 < len(links)


def _is_linked(element: HtmlElement) -> bool:
    """Return whether most letters of an element are in links."""
    whole = len("".join(element.text_content().split()))
    links = filter(leads_away, element.iter("a"))
    return sum(len("".join(link.text_content().split())) for link in links) > LINKS * whole


def leads_away(link: HtmlElement) -> bool:
    """Return whether a link is to a page, not a way to reach someone."""
    return not link.get("href", "").lower().startswith(CONTACT)
