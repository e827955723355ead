"""Feedback over HTTP: what the page sends is checked, and kept as questions or refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.site import running_site
from rag import Answer, Pipeline, build
from rag.evaluate import Expected, read_questions
from rag.evaluate.feedback import FILE, Feedback, Place, keep_feedback
from rag.web.answer import answer_html
from rag.web.feedback import BODY_BYTES, gathered_html
from rag.web.live import Live
from tests.conftest import write
from tests.parsed import Parsed

TEXT = (
    "# Tea 🍵\n\nGreen tea is steeped at 80 degrees.\n\n"
    "Black tea is steeped at <b>95</b> degrees.\n"
)
QUOTE = "Black tea is steeped at <b>95</b> degrees."
DOWNLOAD = "/feedback/questions.jsonl"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feedback")
    build(write(folder / "corpus", {"tea.md": TEXT}), folder / "index")
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    with running_site(folder / "index", folder / "corpus") as address:
        yield address


@pytest.fixture
def site(served: str, folder: Path) -> str:
    (folder / "index" / FILE).unlink(missing_ok=True)
    return served


def verdict(
    quote: str = QUOTE, question: str = "How hot is black tea?", **fields: object
) -> dict[str, object]:
    start = TEXT.find(quote)
    place = {"document": "tea.md", "start": start, "end": start + len(quote), "quote": quote}
    return {"question": question, "verdict": "here", "places": [place], **fields}


def send(site: str, fields: object, **headers: str) -> tuple[int, str]:
    answer = httpx.post(f"{site}/feedback", content=json.dumps(fields), headers={**JSON, **headers})
    return answer.status_code, answer.json()["detail"] if answer.headers["content-type"] == JSON[
        "content-type"
    ] else ""


JSON = {"content-type": "application/json"}


def lines(folder: Path) -> int:
    path = folder / "index" / FILE
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def test_a_place_that_was_pointed_at_is_downloaded_as_a_valid_question(
    site: str, folder: Path, tmp_path: Path
) -> None:
    status, said = send(site, verdict())
    assert status == 200
    assert QUOTE in said
    answer = httpx.get(f"{site}{DOWNLOAD}")
    assert answer.headers["content-disposition"] == 'attachment; filename="questions.jsonl"'
    (tmp_path / "q.jsonl").write_bytes(answer.content)
    assert read_questions(tmp_path / "q.jsonl") == [
        Expected("How hot is black tea?", quotes=(QUOTE,), documents=("tea.md",), kind="pointed at")
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            verdict("Soup is hot."),
            "tea.md has changed since it was shown here. Reopen it, or ask again.",
        ),
        (verdict(places=[]), "Select the words that answer in the document first."),
        (verdict(verdict="praise"), "This is not a verdict on an answer."),
        ([verdict()], "This is not a verdict on an answer."),
        (
            verdict(question="x" * BODY_BYTES),
            "Too much is selected. Select only the words that answer.",
        ),
    ],
)
def test_invalid_feedback_is_refused_with_a_message_and_not_kept(
    site: str, folder: Path, fields: object, said: str
) -> None:
    assert send(site, fields) == (400, said)
    assert lines(folder) == 0


def test_feedback_from_another_site_or_from_a_form_is_refused(site: str, folder: Path) -> None:
    assert send(site, verdict(), origin="https://evil.example")[0] == 403
    assert send(site, verdict(), **{"content-type": "text/plain"})[0] == 400
    assert lines(folder) == 0
    assert send(site, verdict(), origin=site)[0] == 200
    assert lines(folder) == 1


def test_a_download_without_questions_is_refused_with_a_message(site: str) -> None:
    assert send(site, verdict(verdict="wrong"))[0] == 200
    answer = httpx.get(f"{site}{DOWNLOAD}")
    assert answer.status_code == 404
    assert "There is no feedback to make questions from yet" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_feedback_that_cannot_be_read_breaks_no_answer(site: str, folder: Path) -> None:
    (folder / "index" / FILE).mkdir()
    try:
        status, said = send(site, verdict())
        assert (status, "cannot be written" in said) == (400, True)
        assert httpx.get(f"{site}{DOWNLOAD}").status_code == 404
        assert httpx.get(f"{site}/source/tea.md").status_code == 200
        event = httpx.post(
            f"{site}/gradio_api/call/ask", json={"data": ["How hot is black tea?"]}
        ).json()["event_id"]
        assert (
            QUOTE
            in json.loads(
                httpx.get(f"{site}/gradio_api/call/ask/{event}", timeout=60).text.split("data: ")[1]
            )[0]["text"]
        )
    finally:
        (folder / "index" / FILE).rmdir()


def test_feedback_is_shown_as_text_and_never_as_markup(folder: Path) -> None:
    name, question = "<img src=x>.md", "Who <script>asks</script>?"
    keep_feedback(folder / "index", Feedback(question, "here", (Place(name, 0, 1, "x"),)))
    try:
        shown = Parsed(gathered_html(Live(folder / "index", folder / "corpus")))
    finally:
        (folder / "index" / FILE).unlink()
    assert {tag for tag, _ in shown.tags} == {"div", "p", "details", "summary", "ul", "li", "bdi"}
    assert question in shown.text("bdi")
    assert name in shown.text("li")


def test_the_thumbs_carry_the_question_and_its_quotes_exactly(folder: Path) -> None:
    answer = Pipeline.open(folder / "index").ask(
        'How hot is black tea? \\ `${x}` {{y}} "<img src=x>'
    )
    (attribute,) = Parsed(answer_html(answer)).attributes("data-about")
    about = json.loads(attribute)
    assert about == {
        "question": answer.question,
        "places": [
            {"document": c.document_id, "start": c.start, "end": c.end, "quote": c.quote}
            for c in answer.citations
        ],
    }
    assert QUOTE in [item["quote"] for item in about["places"]]
    refusal = answer_html(Answer("Why?", "No.", "none", 0.1))
    assert 'aria-label="Rightly refused"' in refusal
    assert "Right answer" not in refusal
