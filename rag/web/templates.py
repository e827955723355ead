"""How values become HTML: the templates of html/, and the one way in which they escape.

Every value shows as itself in HTML, and in HTML that is a template: Gradio's HTML component
evaluates ${…} and {{…}}. So no value, wherever it comes from, can start a tag, an entity or an
expression. A template cannot turn this off.
"""

import re
from collections.abc import Iterator, Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from markupsafe import escape as escape_markup

from rag.web.links import answer_link, source_link
from rag.web.wording import ENGLISH, Words
from rag.words import copies_words, shortened

EXPRESSIONS = (
    ("{", "&#123;"),
    ("}", "&#125;"),
    ("$", "&#36;"),
    ("`", "&#96;"),
    ("\r", "&#13;"),  # an HTML parser would turn it into a line feed
    ("\0", "\u2400"),  # not allowed in HTML
)
SPECIAL = re.compile("[{}$`\r\0]")  # the characters of EXPRESSIONS
UNSAFE = ("safe", "tojson")  # filters whose results Jinja does not escape
PIECES = 40  # parts of a template that are sent together


def render(
    template: str, values: Mapping[str, object] | None = None, words: Words = ENGLISH
) -> str:
    """Return a template of html/ with these values; `say` in it are these words."""
    return ENVIRONMENT.get_template(template).render({**(values or {}), "say": words})


def stream(template: str, values: Mapping[str, object], words: Words = ENGLISH) -> Iterator[str]:
    """Yield a template of html/ with these values and words, in parts."""
    parts = ENVIRONMENT.get_template(template).stream({**values, "say": words})
    parts.enable_buffering(PIECES)
    return parts


def escape(value: object) -> Markup:
    """Return a value as HTML in which it shows as itself."""
    html = str(escape_markup(value))
    if SPECIAL.search(html):
        for character, reference in EXPRESSIONS:
            html = html.replace(character, reference)
    return Markup(html)  # noqa: S704  escaped above


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def counted(number: int) -> str:
    """Return a number as in "1,000"."""
    return f"{number:,}"


def _environment() -> Environment:
    """Return the environment. Jinja escapes after `finalize`, and leaves Markup as it is."""
    environment = Environment(
        loader=PackageLoader("rag.web", "html"),
        autoescape=True,
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for name in UNSAFE:
        del environment.filters[name]
    environment.filters.update(
        answer_link=answer_link,
        capital=capital,
        copies=copies_words,
        counted=counted,
        shortened=shortened,
        source_link=source_link,
    )
    return environment


ENVIRONMENT = _environment()
