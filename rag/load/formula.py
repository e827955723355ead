"""Formulas of MathML as one line of characters: 3×10⁶, (a+b)/2, √(x)."""

from lxml.html import HtmlElement

from rag.load.raised import raised

SOURCES = frozenset({"annotation", "annotation-xml"})  # the same formula in another language


def formula(element: HtmlElement) -> str:
    """Return a formula as it is written on one line."""
    parts = [
        formula(child)
        for child in element
        if isinstance(child.tag, str) and child.tag not in SOURCES
    ]
    match element.tag, parts:
        case "mfrac", [above, below]:
            return f"{_grouped(above)}/{_grouped(below)}"
        case "msup", [base, power]:
            up = raised(power)
            return f"{base}{up}" if up != power else f"{base}^{_grouped(power)}"
        case "msqrt", _:
            return f"√{_grouped(''.join(parts))}"
        case (("mtr" | "mtable"), _):
            return " ".join(parts)
        case _, []:
            return (element.text or "").strip()
        case _:
            return "".join(parts)


def _grouped(text: str) -> str:
    return text if text.isalnum() else f"({text})"
