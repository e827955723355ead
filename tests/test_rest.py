"""REST: the same answers as in Python, described by OpenAPI, and every error in one form."""

import html
import json
import re
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from lab.site import running_site
from rag import Pipeline, __version__, build
from rag.web import functions
from rag.web.access import access_to
from rag.web.keys import write_keys
from tests.conftest import CORPUS, write

ASKED = "At what temperature is black tea steeped?"
UNANSWERED = "Who is the mayor of Springfield?"
TYPE = {"Content-Type": "application/octet-stream"}
NAMES = [
    "ask",
    "search",
    "check",
    "list_documents",
    "add_document",
    "read_document",
    "read_passage",
    "list_revisions",
    "compare_revisions",
    "find_similar",
]


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Pipeline:
    return Pipeline.open(folder / "index")


def plain(value: object) -> object:
    """Return a value as it is after a round trip through JSON."""
    found: object = json.loads(json.dumps(value))
    return found


def posted(site: str, name: str, fields: object) -> httpx.Response:
    return httpx.post(f"{site}/api/v1/{name}", json=fields, timeout=60)


def problem(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Return the status, the message and the field of an error; its form is checked."""
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "code", "param"}
    assert answer.json().keys() == {"error"}
    return answer.status_code, error["message"], error["param"]


@pytest.mark.parametrize("question", [ASKED, UNANSWERED, "Hello"])
def test_an_answer_is_the_same_as_in_python_and_its_citations_open_the_quote(
    site: str, pipeline: Pipeline, question: str
) -> None:
    answer = posted(site, "ask", {"question": question}).json()
    for name in ("citations", "nearest"):
        for citation in answer[name]:
            page = httpx.get(citation.pop("url").partition("#")[0])
            assert page.status_code == 200
            (marked,) = re.findall(r"<mark[^>]*>(.*?)</mark>", page.text, re.DOTALL)
            assert html.unescape(marked) == citation["quote"]
    assert answer == plain(asdict(pipeline.ask(question)))


def test_an_answer_can_be_streamed_as_events(site: str) -> None:
    fields = {"question": ASKED, "stream": True}
    with httpx.stream("POST", f"{site}/api/v1/ask", json=fields, timeout=60) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = [event.split("\ndata: ") for event in "".join(stream.iter_text()).split("\n\n")]
    names, data = zip(*((name, json.loads(text)) for name, text in events[:-1]), strict=True)
    assert names == (*["event: citation"] * len(data[-1]["citations"]), "event: answer")
    assert list(data[:-1]) == data[-1]["citations"]
    assert data[-1] == posted(site, "ask", {"question": ASKED}).json()


def test_an_answer_has_the_milliseconds_of_its_steps_if_they_are_asked_for(site: str) -> None:
    timed = posted(site, "ask", {"question": ASKED, "timings": True}).json()
    timings = timed.pop("timings")
    assert timed == posted(site, "ask", {"question": ASKED}).json()
    assert {"waiting for a turn", "search by words", "reading the best passages"} <= set(timings)
    assert timings["reading the best passages"] > 0


def test_search_documents_and_passages_agree(site: str, pipeline: Pipeline) -> None:
    found = posted(site, "search", {"question": "green tea", "k": 3}).json()["passages"]
    assert 1 <= len(found) <= 3
    for hit in found:
        place = f"{quote(hit['document_id'])}/{hit['ordinal']}"
        passage = httpx.get(f"{site}/api/v1/passages/{place}").json()
        assert passage == {name: hit[name] for name in passage}
        document = httpx.get(f"{site}/api/v1/documents/{quote(hit['document_id'])}").json()
        assert document["text"] == pipeline.documents[hit["document_id"]].text
        assert document["text"][hit["start"] : hit["end"]] == hit["text"]
        part = {"start": hit["start"], "end": hit["end"]}
        cut = httpx.get(f"{site}/api/v1/documents/{quote(hit['document_id'])}", params=part).json()
        assert cut["text"] == hit["text"]
    listed = httpx.get(f"{site}/api/v1/documents").json()
    assert [one["id"] for one in listed["documents"]] == sorted(CORPUS)


def test_a_text_is_checked_as_in_python(site: str, pipeline: Pipeline) -> None:
    text = "Black tea is steeped at 95 degrees. Green tea is steeped at 60 degrees.\n"
    answer = posted(site, "check", {"text": text}).json()
    expected = asdict(pipeline.check(text))
    assert [one["verdict"] for one in answer["sentences"]] == ["supported", "contradicted"]
    for one in answer["sentences"]:
        assert text[one["start"] : one["end"]] == one["sentence"]
        assert one["citation"].pop("url").startswith(f"{site}/source/tea.txt?start=")
    assert answer == {"sentences": plain(expected["sentences"]), "left_out": {}}
    scoped = posted(site, "check", {"text": text, "folders": ["space"]}).json()
    assert {one["verdict"] for one in scoped["sentences"]} == {"missing"}
    others = posted(site, "check", {"text": text, "without": ["tea.txt"]}).json()
    assert {one["verdict"] for one in others["sentences"]} == {"missing"}
    assert problem(posted(site, "check", {"text": 5}))[::2] == (400, "text")


def test_a_text_that_would_keep_others_waiting_is_refused(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functions, "MAX_CHECKED", 1)
    one = "Black tea is steeped at 95 degrees."
    assert posted(site, "check", {"text": one}).status_code == 200
    status, message, _ = problem(posted(site, "check", {"text": f"{one} {one}"}))
    assert status == 400
    assert message.startswith("The text has 2 sentences to check; the limit is 1.")


def test_a_scope_limits_what_may_answer(site: str) -> None:
    fields = {"question": ASKED, "folders": ["space"]}
    assert posted(site, "ask", fields).json()["kind"] == "none"


@pytest.mark.parametrize(
    ("name", "fields", "status", "said", "field"),
    [
        ("ask", {}, 400, "question is missing.", "question"),
        ("ask", {"question": 5}, 400, "question is wrong: should be a valid string.", "question"),
        ("ask", {"question": "x", "x" * 99: 1}, 400,
         f"{'x' * 64} is not known. What each address takes is at /docs.", "x" * 64),
        ("ask", {"question": "?"}, 400, "The question is empty. Type a question.", None),
        ("ask", {"question": "x", "documents": ["../secret.md"]}, 404,
         "No document ../secret.md in the index. List the documents: rag documents.", None),
        ("ask", {"question": "x", "since": "July"}, 400,
         "July is not a date. Write it like 2025-07-31.", None),
        ("search", {"question": "x", "k": 101}, 400,
         "k is wrong: should be less than or equal to 100.", "k"),
        ("search", {"question": "x", "k": "5"}, 400, "k is wrong: should be a valid integer.", "k"),
        ("ask", [], 400, "The request is not a JSON object.", None),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_field_and_what_to_do(
    site: str, name: str, fields: object, status: int, said: str, field: str | None
) -> None:
    assert problem(posted(site, name, fields)) == (status, said, field)


@pytest.mark.parametrize("sent", [b"", b"{", b"[" * 60_000, b"\xff", b'{"k": NaN}', b"9" * 5000])
def test_what_is_no_json_is_refused_whatever_its_type_is_called(site: str, sent: bytes) -> None:
    for kind in ("application/json", "text/plain", "multipart/form-data", ""):
        answer = httpx.post(f"{site}/api/v1/ask", content=sent, headers={"Content-Type": kind})
        assert answer.status_code == 400
        assert problem(answer)[1].startswith("The request is not")


def test_an_oversize_body_is_refused_before_it_is_read(site: str) -> None:
    answer = posted(site, "ask", {"question": "x" * 70_000})
    assert problem(answer)[:2] == (413, "The request is over the limit of 65,536 bytes.")


@pytest.mark.parametrize(
    "path",
    ["documents/nothing.md", "documents/..%2fsecret.md", "documents/%2e%2e/secret.md",
     "documents//etc/passwd", "documents/..", "passages/tea.txt/99", "passages/nothing.md/0",
     "passages/..%2f..%2fsecret.md/0", "passages/tea.txt/-1", "passages/tea.txt/x", "documents/%00",
     "nothing"],
)  # fmt: skip
def test_a_path_that_names_no_document_is_not_found(site: str, path: str) -> None:
    answer = httpx.get(f"{site}/api/v1/{path}")
    assert answer.status_code == 404
    assert problem(answer)[1]


def test_a_part_that_a_document_does_not_have_is_refused(site: str) -> None:
    for part in ("start=-1", "start=9&end=3", "start=999999"):
        said = problem(httpx.get(f"{site}/api/v1/documents/tea.txt?{part}"))
        assert said[0] == 400
        assert "tea.txt has no text from" in said[1]
    said = problem(httpx.get(f"{site}/api/v1/documents/tea.txt?start=x"))
    assert said[::2] == (400, "start")


def test_a_wrong_method_is_refused_in_the_same_form(site: str) -> None:
    assert problem(httpx.get(f"{site}/api/v1/ask")) == (405, "This address accepts POST.", None)


def test_requests_from_other_sites_and_foreign_names_are_refused(site: str) -> None:
    asked = {"question": ASKED}
    for headers, status in (
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 400),
        ({"X-Forwarded-For": "192.0.2.1"}, 400),
    ):
        for path in ("api/v1/ask", "v1/chat/completions"):
            answer = httpx.post(f"{site}/{path}", json=asked, headers=headers)
            assert problem(answer)[0] == status
        answer = httpx.get(f"{site}/api/v1/documents", headers=headers)
        assert problem(answer)[0] == status


def test_a_file_that_is_sent_is_indexed_and_answers(tmp_path: Path) -> None:
    build(write(tmp_path / "corpus", CORPUS), tmp_path / "index")
    with running_site(tmp_path / "index", tmp_path / "corpus") as site:
        sent = httpx.post(
            f"{site}/api/v1/documents?name=../../rooms.md",
            content=b"The kiln room is locked at nine in the evening.",
            headers=TYPE,
            timeout=60,
        )
        assert (sent.status_code, sent.json()["outcome"]) == (201, "added")
        assert (sent.json()["name"], sent.json()["report"]["documents"]) == ("_.._rooms.md", 4)
        answer = posted(site, "ask", {"question": "When is the kiln room locked?"}).json()
        assert answer["citations"][0]["document_id"] == sent.json()["document_id"]
        for name, kind in (("a.md", "text/plain"), ("", TYPE["Content-Type"])):
            wrong = httpx.post(
                f"{site}/api/v1/documents?name={name}",
                content=b"x",
                headers={"Content-Type": kind},
            )
            assert problem(wrong)[0] == 400
        broken = httpx.post(
            f"{site}/api/v1/documents?name=broken.pdf", content=b"x", headers=TYPE, timeout=60
        )
        assert (broken.status_code, broken.json()["document_id"]) == (422, "")
        assert broken.json()["outcome"].startswith("not added: ")
        wrong = httpx.post(f"{site}/api/v1/documents?name=a.exe", content=b"x", headers=TYPE)
        assert problem(wrong)[:2] == (400, "a.exe: files ending in .exe are not read.")


def test_only_a_key_for_changing_adds_files(folder: Path) -> None:
    keys = write_keys(folder / "keys")
    access = access_to(
        "127.0.0.1", public=False, urls=["https://a.example/x"], password_file=folder / "keys"
    )
    with running_site(folder / "index", folder / "corpus", access) as site:
        asked, host = {"question": ASKED}, {"Host": "a.example"}

        def with_key(key: str) -> httpx.Client:
            bearer = {**host, "Authorization": f"Bearer {key}"}
            return httpx.Client(base_url=site, headers=bearer, timeout=60)

        with with_key("wrong") as wrong, with_key(keys["ask"]) as asking:
            for path in ("/api/v1/ask", "/x/api/v1/ask"):
                assert wrong.post(path, json=asked).status_code == 401
                assert asking.post(path, json=asked).status_code == 200
            assert wrong.get("/openapi.json").status_code == 401
            added = asking.post("/api/v1/documents?name=a.md", content=b"x", headers=TYPE)
            assert added.status_code == 401
            assert asking.get("/api/v1/documents").status_code == 200
        headers = {**host, "Authorization": f"Bearer {keys['ask']}"}
        answer = httpx.post(f"{site}/api/v1/ask", json=asked, headers=headers, timeout=60).json()
        url = answer["citations"][0]["url"]
        assert url.startswith("https://a.example/x/source/tea.txt?start=")


def test_without_a_key_nobody_adds_files_to_a_public_server(folder: Path) -> None:
    access = access_to("127.0.0.1", public=False, urls=["https://a.example"], password_file=None)
    with running_site(folder / "index", folder / "corpus", access) as site:
        sent = httpx.post(f"{site}/api/v1/documents?name=a.md", content=b"x", headers=TYPE)
        assert problem(sent)[0] == 403


def test_a_missing_index_is_said_with_what_to_do(tmp_path: Path) -> None:
    with running_site(tmp_path / "none", tmp_path) as site:
        for answer in (
            posted(site, "ask", {"question": ASKED}),
            httpx.get(f"{site}/api/v1/documents"),
        ):
            status, said, _ = problem(answer)
            assert (status, "rag build" in said) == (503, True)
            assert answer.json()["error"]["code"] == "index_missing"


def test_similar_passages_are_those_of_python_with_addresses(site: str, pipeline: Pipeline) -> None:
    place = {"start": 0, "end": 30, "k": 2}
    found = httpx.get(f"{site}/api/v1/similar/tea.txt", params=place).json()["passages"]
    hits = pipeline.similar("tea.txt", 0, 30, 2)
    assert [(one["document_id"], one["text"]) for one in found] == [
        (hit.passage.document.id, hit.passage.text) for hit in hits
    ]
    assert all(f"start={one['start']}&end={one['end']}" in one["url"] for one in found)
    status, said, _ = problem(httpx.get(f"{site}/api/v1/similar/tea.txt?start=5&end=5"))
    assert (status, "Select some words" in said) == (400, True)


# The description


def test_openapi_names_every_operation_and_describes_every_body(site: str) -> None:
    schema = httpx.get(f"{site}/openapi.json").json()
    assert (schema["info"]["title"], schema["info"]["version"]) == ("Footnote", __version__)
    operations = {
        operation["operationId"]: (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    assert sorted(operations) == sorted(NAMES)
    for path, _, operation in operations.values():
        assert path.startswith("/api/v1/")
        assert operation["summary"]
        assert operation["description"]
        assert {"4XX", "503"} <= operation["responses"].keys()
        assert "422" not in operation["responses"]
    fields = schema["components"]["schemas"]["AskRequest"]
    assert fields["required"] == ["question"]
    assert fields["properties"]["question"]["examples"]
    assert all("description" in field for field in fields["properties"].values())
    assert {"url", "quote", "start", "end"} <= schema["components"]["schemas"]["LinkedCitation"][
        "properties"
    ].keys()


def test_the_description_for_people_names_every_operation_and_runs_no_script(site: str) -> None:
    page = httpx.get(f"{site}/docs")
    assert all(f'id="{name}"' in page.text for name in NAMES)
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
