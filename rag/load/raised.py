"""Raised figures, as of notes and powers, in the characters that Unicode has for them: 10⁶, m², ³.

In plain figures a raised one would look like a digit of the number before it.
"""

import re

SIGNS = str.maketrans("0123456789+-−–n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻ⁿ")
FIGURES = re.compile(r"[-+−–0-9n,;()\s]*+")


def raised(text: str) -> str:
    """Return figures, signs and n in their raised form; any other text as it is, as in "3rd"."""
    return text.translate(SIGNS) if FIGURES.fullmatch(text) else text


def raised_after(before: str, text: str) -> str:
    """Return raised text for its place after other text: at the start of a word it stays plain."""
    return text if not before or before[-1].isspace() else raised(text)
