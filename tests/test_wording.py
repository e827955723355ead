"""The page's words: complete in every language, and no others are in its templates and scripts."""

import copy
import re
from dataclasses import replace
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import build
from rag.index import open_index
from rag.index.report import BuildReport
from rag.said import Joined, Said, said_again, said_fields
from rag.texts import TEXTS, Form
from rag.types import Answer, Document, DocumentSummary, Passage
from rag.web.answer import answer_html
from rag.web.panel import build_html, documents_html
from rag.web.templates import render
from rag.web.wording import ALL, ENGLISH, LANGUAGES, MARKS, spoken, words_for
from tests.nasty import answer, refusal

WEB = Path(__file__).parents[1] / "rag" / "web"
FOR_PROGRAMS = {"api.html", "evaluation.html", "plot.html"}  # in English
NAMES = {"Footnote", "Markdown", "HTML", "JSON", "BibTeX", "Word", "CSL"}
OTHERS = [language for language in LANGUAGES if language != "en"]


def placeholders(form: Form) -> list[set[str]]:
    forms = [form] if isinstance(form, str) else list(form)
    return [set(re.findall(r"\{(\w+)\}", one)) for one in forms]


def words(text: str) -> set[str]:
    """Return the words in Latin letters of a page, those of attributes that are read out too."""
    said = re.findall(r'(?:aria-label|title|placeholder|alt|data-tip)="([^"]*)"', text)
    return set(re.findall(r"[A-Za-z]{3,}", " ".join([re.sub(r"<[^>]*>", " ", text), *said])))


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_the_same_kinds_with_the_same_values(language: str) -> None:
    forms = ALL[language].forms
    assert set(forms) == set(ENGLISH.forms)
    for kind, form in ENGLISH.forms.items():
        every = set().union(*placeholders(form))
        assert set().union(*placeholders(forms[kind])) == every, kind
        assert isinstance(form, str) == isinstance(forms[kind], str), kind
        assert "" not in ([form, forms[kind]]), kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_page_can_start_a_tag_end_a_string_or_be_an_expression(
    language: str,
) -> None:
    for kind, form in ALL[language].forms.items():
        for one in [form] if isinstance(form, str) else form:
            assert not set("<>&\"'`$\\[]{}") & set(re.sub(r"\{\w+\}|\[\{number\}\]", "", one)), kind


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "fr-FR,fr;q=0.9,zh-TW;q=0.5,en;q=0.4", "zh"),
        ("", "fr, en;q=0.3, de;q=0.7", "de"),
        ("", "zh;q=0, *;q=nonsense", "en"),
        ("footnote-language=zh", "de", "zh"),
        ("a=b; footnote-language=en; c=d", "de", "en"),
        ("footnote-language=xx", "de", "de"),
    ],
)
def test_the_reader_s_choice_comes_before_that_of_the_browser(
    cookie: str, accepted: str, language: str
) -> None:
    assert words_for({"cookie": cookie, "accept-language": accepted}).language == language


def test_marks_become_words_with_their_numbers_and_nothing_else_changes() -> None:
    page = f'<html lang="en">{MARKS("ask")}{MARKS("endings", n=84)}[[unknown]][x]</html>'
    assert spoken(page.encode(), ALL["de"]).decode() == (
        '<html lang="de">FragenAlle 84 Dateiendungen[[unknown]][x]</html>'
    )


def test_what_is_said_has_its_english_words_and_is_said_in_another_language() -> None:
    said = Joined([Said("list_part", shown=3, n=1234), "As is.", Said("documents", n=1)])
    assert said == "3 of 1,234 items are quoted. As is. 1 document"
    assert copy.deepcopy(said) == said
    assert ALL["de"].text(said) == "3 von 1.234 Punkten sind zitiert. As is. 1 Dokument"
    assert ALL["zh"].text(copy.deepcopy(said)) == "引用了 1,234 项中的 3 项。 As is. 1 个文档"
    assert ALL["de"].text("plain {n}") == "plain {n}"


def test_german_writes_numbers_with_points_and_fractions_with_commas() -> None:
    report = BuildReport("g", 1234, 1, 1, 1, 1000, (), (), (), (), 0.52)
    shown = build_html(report, (), (), ALL["de"])
    assert "1.234 Dokumente und 1 Textstelle (0,5 s)" in shown
    assert "1.000 übernommen" in shown
    assert ALL["de"].decimal(1234.56) == "1.234,6"


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left_on_a_page_in_another_language(language: str) -> None:
    spoken = ALL[language]
    note = Said("for_another", other="A200", name="A300")
    quoted = replace(answer("12"), note=note, asked="34")
    refused = replace(refusal("12"), text=Said("refusal"), note=Said("not_mentioned", name="56"))
    report = BuildReport("1", 2, 3, 4, 5, 6, ("7",), (("8", "9"),), (("1", "2"),), (("3", "4"),), 1)
    documents = [DocumentSummary("12", "34", 9, 2, left_out=("5",), also=("6",))]
    place = Passage(Document("1", "2", "3", "4"), 0, 0, 1)
    similar = {"title": "5", "root": "", "place": place, "back": "", "found": [], "shown": 9}
    pages = [
        answer_html(quoted, {"12.md": "gone"}, spoken, {Said("step_waiting"): 1.0}, 2.0),
        answer_html(refused, {}, spoken),
        answer_html(Answer("1", Said("talk_nod"), "talk", 1.0), {}, spoken),
        build_html(report, [("1", Said("upload_same"))], ("7",), spoken),
        documents_html(documents, 900, [("1", "2")], spoken),
        render("chat.html", {}, spoken),
        render("chats.html", {}, spoken),
        render("question.html", {}, spoken),
        render("source-pane.html", {}, spoken),
        render("similar.html", similar, spoken),
    ]
    forms = [[form] if isinstance(form, str) else form for form in spoken.forms.values()]
    own = {word for form in forms for one in form for word in words(one)}
    for page in pages:
        shown = re.sub(r'(?:href|src|data-answer|data-about)="[^"]*"', "", page)
        assert words(shown) - own <= NAMES


def _own(text: str) -> str:
    """Return what a template says by itself, in its text and in attributes that are read out."""
    plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    return " ".join(words(plain) - NAMES)


@pytest.mark.parametrize("path", sorted((WEB / "html").glob("*.html")), ids=lambda path: path.name)
def test_a_template_of_the_page_has_no_words_of_its_own(path: Path) -> None:
    if path.name not in FOR_PROGRAMS:
        assert _own(path.read_text(encoding="utf-8")) == ""


@pytest.mark.parametrize("path", sorted((WEB / "js").glob("*.js")), ids=lambda path: path.name)
def test_a_script_of_the_page_has_no_words_of_its_own(path: Path) -> None:
    code = re.sub(r"^\s*//.*$|\s{2}//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    texts = re.findall(r"""(?:"([^"\n]*)"|`([^`]*)`|'([^'\n]*)')""", code)
    said = [text for found in texts for text in found if re.match(r"\s?[A-Z]?[a-z]+ [a-z]", text)]
    assert [text for text in said if not re.search(r"[\[\]#.=:;{}]|noopener", text)] == []


def test_every_word_that_scripts_and_templates_ask_for_exists_and_every_word_is_used() -> None:
    files = [*(WEB / "js").glob("*.js"), *(WEB / "html").glob("*.html"), *WEB.glob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    asked = set(re.findall(r'\b(?:say|words|MARKS)\(\s*"(\w+)"[,)]', code))
    assert asked - set(ENGLISH.forms) == set()
    own = set(ENGLISH.forms) - set(TEXTS)
    assert {kind for kind in own if kind not in code} <= {
        f"{prefix}_{kind}"
        for prefix, kinds in (
            ("stage", "reading embedding writing"), ("stale", "gone changed"),
            ("copy", "text markdown rich"), ("copied", "text markdown rich"),
            ("saved", "right wrong withdrawn"),
            ("changed", "since stayed moved gone"), ("line", "removed added"),
            ("checked", "supported contradicted missing heading question greeting fragment"),
        )
        for kind in kinds.split()
    }  # fmt: skip


def test_why_a_file_is_not_read_is_said_in_the_language_of_the_page(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    for name, data in {"a.pdf": b"%PDF", "b.txt": b"", "c.doc": b"x", "d.md": b"Tea."}.items():
        (tmp_path / name).write_bytes(data)
    build(tmp_path, tmp_path / "index", encoder=encoder)
    unreadable = open_index(tmp_path / "index").manifest.unreadable
    assert dict(unreadable) == {
        "a.pdf": "damaged, or not a PDF",
        "b.txt": "empty: zero bytes",
        "c.doc": "files ending in .doc are not read: save it as .docx",
    }
    german = documents_html([], 0, unreadable, ALL["de"], changeable=False)
    for reason in ("beschädigt oder nicht von dieser Art: PDF", "leer: null Bytes",
                   "Speichern Sie sie als .docx"):  # fmt: skip
        assert reason in german


def test_a_reason_is_kept_with_its_kind_and_one_of_another_version_with_its_words() -> None:
    reason = Said("unread_damaged_or_not", what=Said("kind_zip"))
    again = said_again(said_fields(reason))
    assert ALL["de"].text(again) == "beschädigt oder nicht von dieser Art: ZIP-Datei"
    assert said_again({"kind": "later", "values": {}, "text": "too new"}) == "too new"
    assert said_again("as before") == "as before"
    both = said_again(said_fields(Joined([Said("pictures", n=2), "a chart"], "; ")))
    assert (both, ALL["zh"].text(both)) == ("2 pictures; a chart", "2 张图片; a chart")
