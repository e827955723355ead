"""LaTeX, Org, AsciiDoc, reStructuredText and configuration: unchanged text with its headings."""

from collections.abc import Iterator

import pytest

from rag.load import Parsed, ParserProcess, parse
from rag.sentences import sentences_in
from rag.split import split
from rag.types import Document

Found = list[tuple[int, str, str]]

TEX = r"""\documentclass{article}
\title{Moss on \emph{roofs}}
\begin{document}
\section*{Method \& means}\label{sec:m}
We counted moss. % \section{No}
\subsection[Short]{The {84} roofs}
They were old.
\section{Nothing}
"""
ORG = """#+TITLE: Yard
* TODO Order gravel :buy:
  DEADLINE: <2024-08-19 Mon>
** Sorts
*** Grey
*** Red
* Ideas
"""
ADOC = """= Hive guide

== Feeding

Feed the bees.

----
= no heading
----

=== When
====
Before winter.
====
"""
RST = """=====
Sails
=====

Words.

Mending
-------
Sew it.

==========  ====
Cloth       Cost
==========  ====

Too long a line
---

    Code
    ----

Wax
---
Rub it in.
"""
INI = """; head
[server]
port = 80
[a.b] # inner
[[fruit]]
kinds = [
  [1, 2],
]
"""
YAML = """# head
name: quay
services:
  web:  # outer

    image: "tide:2"
    ports:
      - 80
  db:
  - a
empty:
"""


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, 2**30) as running:
        yield running


def headings(parsed: Parsed) -> Found:
    return [(h.level, h.text, parsed.text[h.start : h.end]) for h in parsed.headings]


@pytest.mark.parametrize(("suffix", "text", "title", "found"), [
    (".tex", TEX, "Moss on roofs", [
        (1, "Moss on roofs", r"\title{Moss on \emph{roofs}}"),
        (4, "Method & means", r"\section*{Method \& means}\label{sec:m}"),
        (5, "The 84 roofs", r"\subsection[Short]{The {84} roofs}"),
        (4, "Nothing", r"\section{Nothing}"),
    ]),
    (".org", ORG, "Yard", [
        (1, "Yard", "#+TITLE: Yard"), (2, "TODO Order gravel", "* TODO Order gravel :buy:"),
        (3, "Sorts", "** Sorts"), (2, "Ideas", "* Ideas"),
    ]),
    (".adoc", ADOC, "Hive guide", [
        (1, "Hive guide", "= Hive guide"), (2, "Feeding", "== Feeding"), (3, "When", "=== When"),
    ]),
    (".rst", RST, "Sails", [
        (1, "Sails", "=====\nSails\n====="), (2, "Mending", "Mending\n-------"),
        (2, "Wax", "Wax\n---"),
    ]),
    (".toml", INI, "", [
        (1, "server", "[server]"), (1, "a.b", "[a.b] # inner"), (1, "fruit", "[[fruit]]"),
    ]),
    (".yaml", YAML, "", [
        (1, "services", "services:"), (2, "web", "web:  # outer"), (2, "db", "db:"),
    ]),
])  # fmt: skip
def test_headings_are_found_and_the_text_is_unchanged(
    suffix: str, text: str, title: str, found: Found, process: ParserProcess
) -> None:
    parsed = parse(text.encode(), suffix, process)
    assert parsed.text == text
    assert (headings(parsed), parsed.title) == (found, title)
    with_returns = parse(text.replace("\n", "\r\n").encode(), suffix, process)
    assert with_returns.text == text.replace("\n", "\r\n")
    assert [(h.level, h.text) for h in with_returns.headings] == [found[:2] for found in found]


def test_a_list_of_headings_only_is_text_that_can_be_quoted(process: ParserProcess) -> None:
    tasks = b"* TODO Order gravel\n* DONE Paint the gate\n"
    assert parse(tasks, ".org", process).headings == ()
    assert parse(b"Words.", ".org", process).headings == ()


def test_the_first_of_several_headings_on_the_highest_level_is_no_title(
    process: ParserProcess,
) -> None:
    parsed = parse(b"* TODO Gravel\nOrder it.\n* DONE Gate\nPaint it.\n", ".org", process)
    assert (parsed.title, len(parsed.headings)) == ("", 2)


@pytest.mark.parametrize(("suffix", "text", "settings"), [
    (".yaml", "# The site\nbackup: every night at two\nservice: site\nmail:\n  port: 25\n"
     "  about: |\n    The robot sends a list of boats to\n    the harbour.\nlast: day\n",
     ["The site", "backup: every night at two", "service: site", "port: 25", "about: |",
      "The robot sends a list of boats to\n    the harbour.", "last: day"]),
    (".ini", "[mail]\nhost = mx\nport = 25\n\n[pool]\nsize = 12\n",
     ["host = mx", "port = 25", "size = 12"]),
    (".properties", "mail.port=25\nmail.owner=harbour team\n",
     ["mail.port=25", "mail.owner=harbour team"]),
])  # fmt: skip
def test_every_setting_is_a_sentence_and_no_passage_holds_a_heading(
    suffix: str, text: str, settings: list[str], process: ParserProcess
) -> None:
    parsed = parse(text.encode(), suffix, process)
    assert parsed.unit == "line"
    document = Document("a", "", "0" * 64, text, parsed.page_starts, parsed.headings, parsed.unit)
    passages = split(document, lambda texts: [len(words) for words in texts], 200, 50)
    found = [text[start:end] for passage in passages for start, end in sentences_in(passage)]
    assert found == settings
    heads = {heading.start for heading in parsed.headings}
    assert not [one.text for one in passages if heads & set(range(one.start, one.end))]
