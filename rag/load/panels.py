"""What the buttons and tabs of an HTML page are for: the words above each part that one opens."""

import re
from collections.abc import Iterator, Mapping

from lxml import etree
from lxml.html import HtmlElement

from rag.load.blocks import one_line
from rag.load.boilerplate import HIDDEN, PARAGRAPHS

OPENS = re.compile(r"accordion|collaps|faq|question|answer|panel", re.IGNORECASE)  # in a class
TARGETS = ("aria-controls", "data-bs-target", "data-target", "href")
LISTS = etree.XPath("//*[@role='tablist']")
TABS = etree.XPath(".//*[@role='tab']")
PANELS = etree.XPath("descendant::*[@role='tabpanel']")
CONTROLS = etree.XPath(  # other than what is read where it is: in headings and in tables
    "(//button | //*[@role='tab'] | //a[@data-toggle or @data-bs-toggle])"
    "[not(ancestor::h1 or ancestor::h2 or ancestor::h3 or ancestor::h4 or ancestor::h5 or "
    "ancestor::h6 or ancestor::td or ancestor::th)]"
)
FIRST_HEADING = etree.XPath("string((.//h1 | .//h2 | .//h3 | .//h4 | .//h5 | .//h6)[1])")


def panel_labels(root: HtmlElement) -> dict[HtmlElement, str]:
    """Return the words of the button or tab that opens a part of the page, by the part.

    A part has none if several buttons open it, or if it begins with these words itself.
    """
    found: dict[HtmlElement, list[str]] = {}
    for panel, label in _labelled(root):
        labels = found.setdefault(panel, [])
        if label and label not in labels:
            labels.append(label)
    return {
        panel: labels[0]
        for panel, labels in found.items()
        if len(labels) == 1 and one_line(FIRST_HEADING(panel)) != labels[0]
    }


def _labelled(root: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    controls = CONTROLS(root)
    panels = PANELS(root)
    if not controls and not panels:
        return
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    for control in controls:
        panel = _panel(control, by_id)
        if panel is not None and not any(above is panel for above in control.iterancestors()):
            yield panel, one_line(control.text_content())
    for above, tabs in {tabs.getparent(): tabs for tabs in LISTS(root)}.items():
        beside = PANELS(above) if above is not None else []
        labels = [one_line(tab.text_content()) for tab in TABS(tabs)]
        if len(labels) == len(beside):
            yield from zip(beside, labels, strict=True)


def _panel(control: HtmlElement, by_id: Mapping[str | None, HtmlElement]) -> HtmlElement | None:
    """Return what a button opens: what it names, or what follows it and looks like it."""
    for name in TARGETS:
        words = control.get(name, "").removeprefix("#").split()
        if words and words[0] in by_id:
            return by_id[words[0]]
    following = control.getnext()
    above = control.getparent()
    if following is None and above is not None and above.tag != "li" and len(above) == 1:
        following = above.getnext()
    if control.tag != "button" or following is None or following.tag not in PARAGRAPHS:
        return None
    named = " ".join(each.get("class", "") for each in (control, following))
    is_hidden = following.get("hidden") is not None or HIDDEN.search(following.get("style", ""))
    asks = one_line(control.text_content()).endswith(("?", "？"))
    opens = control.get("aria-expanded") or OPENS.search(named)
    return following if is_hidden or asks or opens else None
