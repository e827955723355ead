"""The page's words in every language that it speaks, and which of them a reader gets.

words/ has a file for each language: the page's own words, and but for English those of rag.said.
The page laid out by Gradio is the same for everyone: it has marks in place of words.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from rag.said import Joined, Said, filled
from rag.texts import TEXTS, Form
from rag.types import Citation
from rag.words import place_words

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("en", "de", "zh")
COOKIE = "footnote-language"  # what the reader chose in the settings; scripts write it
CHOSEN = re.compile(rf"(?:^|;)\s*{COOKIE}=({'|'.join(LANGUAGES)})\s*(?:;|$)")
ACCEPTED = re.compile(r"\s*([a-z]{1,8})[\w-]*\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.I)
VALUE = re.compile(r"\{(\w+)\}")
MARK = re.compile(r"\[\[([a-z_]+)((?: [a-z]+=\d+)*)\]\]")  # with numbers by name


class Words:
    """What the page says, by kind, in one language."""

    def __init__(self, language: str, forms: Mapping[str, Form]) -> None:
        self.language = language
        self.forms = forms

    def __call__(self, kind: str, **values: object) -> str:
        """Return what this kind says of these values."""
        spoken = {name: self.of(value) for name, value in values.items()}
        return filled(self.forms[kind], spoken, str(self.forms["thousands"]))

    def of(self, value: object) -> object:
        """Return a value in this language if it is Said; any other as it is."""
        if isinstance(value, Joined):
            return value.between.join(map(self.text, value.texts))
        return self(value.kind, **value.values) if isinstance(value, Said) else value

    def text(self, text: str) -> str:
        """Return a text in this language if it is Said; any other as it is."""
        return str(self.of(text))

    def sentence(self, text: str) -> str:
        """Return the text of an error, which has no full stop, as a sentence."""
        return f"{self.text(text)}{self('full_stop')}"

    def place(self, citation: Citation, name: str) -> str:
        """Return the place of a quote, its document under this name."""
        return self.text(place_words(citation, name))

    def decimal(self, number: float) -> str:
        """Return a number with one digit of its fraction."""
        marks = {ord(","): self("thousands"), ord("."): self("decimal")}
        return f"{number:,.1f}".translate(marks)


def _read(language: str) -> Words:
    forms = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return Words(language, {**TEXTS, **forms} if language == "en" else forms)


def _mark(kind: str, form: Form) -> str:
    """Return what holds the place of these words, and the numbers that they need."""
    numbers = [f" {name}={{{name}}}" for name in VALUE.findall("".join(form))]
    return f"[[{kind}{''.join(dict.fromkeys(numbers))}]]"


ALL = {language: _read(language) for language in LANGUAGES}
ENGLISH = ALL["en"]
MARKED = {kind: _mark(kind, form) for kind, form in ENGLISH.forms.items()}
MARKS = Words("", {**MARKED, "thousands": ""})


def words_for(headers: Mapping[str, str]) -> Words:
    """Return the words in the language that a reader chose, or that the browser prefers."""
    chosen = CHOSEN.search(headers.get("cookie", ""))
    if chosen:
        return ALL[chosen[1]]
    best, rank = ENGLISH, 0.0
    for item in headers.get("accept-language", "").split(","):
        found = ACCEPTED.fullmatch(item)
        language, share = (found[1].lower(), float(found[2] or 1)) if found else ("", 0.0)
        if language in ALL and share > rank:
            best, rank = ALL[language], share
    return best


def spoken(body: bytes, words: Words) -> bytes:
    """Return a page that Gradio made, or its JSON, with words in place of the marks.

    No word of the page has a character that HTML, JSON or Gradio reads as more than itself.
    """

    def word(mark: re.Match[str]) -> str:
        if mark[1] not in words.forms:
            return mark[0]
        pairs = (pair.split("=") for pair in mark[2].split())
        return words(mark[1], **{name: int(number) for name, number in pairs})

    page = MARK.sub(word, body.decode())
    return page.replace('lang="en"', f'lang="{words("tag")}"', 1).encode()
