"""The signs of fonts that draw other signs than letters: Symbol and Wingdings.

Office files name such a sign by the font and by a character of a private area of Unicode.
"""

import re

PRIVATE = re.compile(r"[\uf020-\uf0ff]")
FIRST = 0xF000  # of the private area
UNKNOWN = "□"
SYMBOL = dict(
    enumerate(
        " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
        "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
        0x20,
    )
) | dict(enumerate("€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…|—↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑", 0xA0))
WINGDINGS = {
    0x28: "☎", 0x2A: "✉", 0x4A: "☺", 0x4C: "☹", 0x6C: "●", 0x6E: "■", 0x6F: "☐", 0x71: "❑",
    0x74: "◆", 0x75: "◆", 0x76: "❖", 0x77: "◆", 0x9F: "•", 0xA1: "○", 0xA7: "▪", 0xA8: "☐",
    0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xEF: "⇦", 0xF0: "⇨",
    0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0xA3: "☐"}
FONTS = {"symbol": SYMBOL, "wingdings": WINGDINGS, "wingdings 2": WINGDINGS_2}


def sign(font: str, character: str) -> str:
    """Return a sign of a font by its code; an empty box if no sign of Unicode is known for it."""
    code = ord(character)
    if PRIVATE.match(character):
        code -= FIRST
    elif font.casefold() not in FONTS:
        return character
    return FONTS.get(font.casefold(), {}).get(code, UNKNOWN)


def signs(font: str, text: str) -> str:
    """Return text in a font with the signs that it shows for characters of the private area."""
    return PRIVATE.sub(lambda found: sign(font, found[0]), text) if font else text
