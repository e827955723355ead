"""Answers as files: Word's own footnotes, and documents as CSL-JSON."""

import html
import json
import re
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from lab.encoder import FakeEncoder
from rag import AskConfig, Pipeline, build
from rag.cli import main
from rag.exports import Exported, Footnote, csl_of, docx_of, exported
from rag.exports.word import PARTS, R, W
from rag.load.word import parse_docx
from rag.web.answer import _record
from rag.web.wording import ENGLISH
from tests.conftest import write

ICE = Footnote(
    "space/mars.md", "Mars", "Water", 5, 9, "Ice <b>\x0b&\nice", "ab12", "2025-07-28",
    "http://a.example/s?a=1&b=2",
)  # fmt: skip
TEA = Footnote("tea.txt", "tea", "", 0, 3, "Tea", url="javascript:alert(1)")
ANSWERS = [
    Exported("Is there ice?", note="A note.", confidence=0.82, citations=(ICE, TEA)),
    Exported("And beer?", text="The documents do not answer this.", nearest=(TEA,)),
    Exported("Ice again?", citations=(ICE,)),
]


def part(data: bytes, name: str) -> ET.Element:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return ET.fromstring(archive.read(name))


def test_a_word_file_has_each_quote_and_its_place_as_a_footnote_of_words_own() -> None:
    data = docx_of("Chat {x}", ANSWERS)
    body, notes = part(data, "word/document.xml"), part(data, "word/footnotes.xml")
    marks = [mark.get(f"{{{W}}}id") for mark in body.iter(f"{{{W}}}footnoteReference")]
    held = {note.get(f"{{{W}}}id"): "".join(note.itertext()).strip() for note in notes}
    place = "Mars · Water, space/mars.md, characters 5 to 9"
    assert marks == ["1", "2", "3"]
    assert held == {
        "-1": "", "0": "", "1": place, "2": "tea, tea.txt, characters 0 to 3", "3": place,
    }  # fmt: skip
    links = part(data, "word/_rels/footnotes.xml.rels")
    targets = {link.get("Id"): link.get("Target") for link in links}
    assert targets == {"url1": ICE.url, "url3": ICE.url}  # no script
    used = [link.get(f"{{{R}}}id") for link in notes.iter(f"{{{W}}}hyperlink")]
    assert used == ["url1", "url3"]
    kinds = {
        one.get("PartName"): one.get("ContentType") for one in part(data, "[Content_Types].xml")
    }
    for name in PARTS:
        assert str(kinds[f"/word/{name}.xml"]).endswith("+xml")
        part(data, f"word/{name}.xml")


@pytest.mark.parametrize(("confidence", "shown"), [(float("nan"), 0), (7.0, 100), (-1.0, 0)])
def test_a_confidence_that_is_none_is_shown_as_the_nearest_that_is(
    confidence: float, shown: int
) -> None:
    answer = replace(ANSWERS[0], confidence=confidence)
    assert f"Confidence: {shown}%" in parse_docx(docx_of("", [answer])).text


def test_our_own_reader_finds_every_word_again() -> None:
    text = parse_docx(docx_of("Chat {x}", ANSWERS)).text
    assert text.startswith("Chat {x}\n\nIs there ice?\n\n“Ice <b>\ufffd&\nice”")
    for words in ("A note.", "Confidence: 82%", "Nearest: tea, tea.txt", "And beer?"):
        assert words in text
    assert text.count("Mars · Water, space/mars.md, characters 5 to 9") == 2
    assert docx_of("Chat", ANSWERS) == docx_of("Chat", ANSWERS)


def test_a_row_of_a_table_comes_with_the_names_of_its_columns(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path, {"fruit.csv": "name,price\nApple,3\nPear,4\n"})
    build(tmp_path / "fruit.csv", tmp_path / "index", encoder=encoder)
    answer = Pipeline.open(tmp_path / "index", AskConfig(threshold=0), encoder=encoder).ask("Pear")
    said = parse_docx(docx_of("", [exported(answer)])).text
    assert "“Pear | 4”" in said
    assert "\nname: Pear" in said
    (record,) = json.loads(_record(answer, ENGLISH))["citations"]
    assert record["cells"].startswith("name: Pear")


def test_csl_json_has_one_item_a_document_with_the_places_of_its_quotes() -> None:
    first, second = json.loads(csl_of(ANSWERS))
    assert first == {
        "id": "space-mars-md-1",
        "type": "document",
        "title": "Mars",
        "source": "space/mars.md",
        "note": "Water, characters 5 to 9; Water, characters 5 to 9",
        "custom": {"sha256": "ab12", "modified": "2025-07-28"},
        "URL": ICE.url,
    }
    assert (second["id"], second["note"]) == ("tea-txt-2", "characters 0 to 3")


@pytest.mark.usefixtures("_fake_encoder")
def test_ask_writes_the_answer_that_it_prints(
    index: Path, tmp_path: Path, encoder: FakeEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    question, file = "How many moons has Mars?", tmp_path / "answer.docx"
    asked = ["ask", question, "--index", str(index), "--export"]
    assert main([*asked, str(file)]) == 0
    assert main([*asked, str(tmp_path / "answer.json")]) == 0
    answer = Pipeline.open(index, encoder=encoder).ask(question)
    assert answer.citations[0].quote in parse_docx(file.read_bytes()).text
    assert (tmp_path / "answer.json").read_text() == csl_of([exported(answer)])
    capsys.readouterr()
    assert main([*asked, str(tmp_path / "nowhere" / "ANSWER.DOCX")]) == 1
    assert answer.citations[0].quote in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*asked, str(tmp_path / "answer.pdf")])
    assert "does not end in .docx or .json" in capsys.readouterr().err
    assert main(["ask", "-", "--index", str(index), "--export", str(file)]) == 1


def test_the_page_gets_a_file_from_the_record_of_an_answer(site: str) -> None:
    asked = {"question": "At what temperature is black tea steeped?", "session": "abc"}
    page = httpx.post(f"{site}/answer", json=asked, timeout=60).text
    (noted,) = re.findall(r'data-answer="([^"]+)"', page)
    record = {**json.loads(html.unescape(noted)), "question": asked["question"], "within": []}
    body = {"form": "word", "title": "Tea", "answers": [record]}
    answer = httpx.post(f"{site}/export", json=body)
    assert answer.headers["content-type"].endswith("wordprocessingml.document")
    assert "Black tea is steeped at 95 degrees." in parse_docx(answer.content).text
    (item,) = httpx.post(f"{site}/export", json={**body, "form": "csl-json"}).json()
    assert (item["source"], len(item["custom"]["sha256"])) == ("tea.txt", 64)
    long = {**body, "answers": [{"question": "a\n" * 30_000}]}
    refused = httpx.post(f"{site}/export", json=long)
    assert refused.json()["detail"] == "The conversation has too many lines. Export parts of it."
    refused = httpx.post(f"{site}/export", json={**body, "form": "exe"})
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "The conversation is not as expected.",
    )
