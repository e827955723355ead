"""Questions about the documents themselves: lists, dates, pages, and summaries made of quotes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import Answer, Pipeline, build
from rag.asking.at_once import at_last, at_once
from rag.asking.central import central_rows, central_spans
from rag.asking.collection import request_of
from rag.asking.listing import SHOWN, document_lines, newest_first
from rag.asking.naming import documents_named, folder_named, spelled
from rag.asking.notation import compiled, spoken
from rag.errors import EmptyScope, UnknownDocument
from rag.index import open_index
from rag.scope import Scope
from rag.types import DocumentSummary
from tests.conftest import write
from tests.library import FILES, open_library

NAMES = sorted(FILES)
EVERY = Scope()
LISTS = (
    "Which documents do you have?",
    "what files are there",
    "Could you list all documents please?",
    "tell me what documents you have",
    "What's in the index?",
    "Hi, which documents are available? Thanks!",
    "Welche Dokumente hast du?",
    "Quels documents avez-vous ?",
    "¿Qué documentos tienes?",
    "你有哪些文件？",
)
SUMMARIES = (
    "Summarise the staff handbook",
    "what is handbook.md about?",
    "What is in the handbook?",
    "What does the staff handbook say?",
    "give me a short overview of the handbook",
    "staff handbook summary",
    "summarise the staff handbok",
    "Worum geht es in handbook.md?",
    "What are the main points of the handbook?",
)
ORDINARY = (
    "What is in the first-aid kit?",
    "What documents must I bring to the interview?",
    "How many documents are needed for the visa?",
    "When was the bridge added to the list?",
    "Do you have anything about holidays?",
    "Which documents mention the boiler?",
    "What documents are on the table?",
    "What does the handbook say about dogs?",
    "How many days of leave are in the handbook?",
    "What is in Berlin?",  # the name of a document, and of a thing
    "When was Mars changed?",
    "What are the main points of Mars?",
    "Summarise the rules on dogs",
    "What is new in version 2.3?",
    "which documents do I have to hand in?",
    "how old is the company?",
    "What is Jupiter about?",
    "What is Mars about?",
    "What documents?",
    "What does it contain?",
    "What is the source?",
    "What is in space?",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    return open_library(tmp_path_factory.mktemp("library"))


def asked(library: Pipeline, question: str, scope: Scope = EVERY) -> Answer:
    """Return the answer to a question about the collection."""
    answer = at_once(question, library.index, scope)
    assert answer is not None, question
    whole = library.ask(question, scope=scope)
    assert replace(answer, question=whole.question, asked=whole.asked) == whole
    return answer


def summary(name: str, title: str = "", modified: str = "") -> DocumentSummary:
    return DocumentSummary(name, title or name, 10, 0, modified=modified)


# Which questions


@pytest.mark.parametrize("question", LISTS)
def test_the_documents_are_listed_one_a_line(library: Pipeline, question: str) -> None:
    answer = asked(library, question)
    head, *lines = answer.text.split("\n")
    assert head == "6 documents: 4 md, 1 txt, 1 pdf."
    assert [line.split(" · ")[0] for line in lines] == NAMES
    assert (answer.kind, answer.confidence, answer.citations) == ("documents", 1.0, ())
    assert answer.question == question


@pytest.mark.parametrize("question", ORDINARY)
def test_a_question_that_may_be_about_what_the_documents_say_is_ordinary(
    library: Pipeline, question: str
) -> None:
    assert at_once(question, library.index, EVERY) is None


def test_a_question_over_200_characters_is_ordinary() -> None:
    assert request_of("list all documents") is not None
    assert request_of("list all documents" + " please" * 40) is None


# The table of documents


def test_a_line_has_the_title_the_pages_and_the_day(library: Pipeline) -> None:
    lines = asked(library, "list all files").text.split("\n")
    assert "handbook.md · Staff handbook · 2024-05-01" in lines
    assert "yearly-report.pdf · 3 pages · 2022-01-01" in lines


def test_only_documents_of_the_scope_are_listed_counted_and_summarised(library: Pipeline) -> None:
    scope = Scope(folders=("lease",))
    lines = asked(library, "list all documents", scope).text.split("\n")
    assert [line.split(" · ")[0] for line in lines[1:]] == ["lease/berlin.md", "lease/hamburg.md"]
    assert asked(library, "how many documents", scope).text == "2 documents: 2 md."
    cited = asked(library, "summarise the documents", scope).citations
    assert {citation.document_id for citation in cited} == {"lease/berlin.md", "lease/hamburg.md"}
    assert at_once("summarise the handbook", library.index, scope) is None


def test_a_scope_that_holds_nothing_raises_for_small_talk_and_lists_too(library: Pipeline) -> None:
    for question in ("hello", "which documents do you have?"):
        with pytest.raises(UnknownDocument, match=r"No document nowhere\.md"):
            library.ask(question, scope=Scope(documents=("nowhere.md",)))
        with pytest.raises(EmptyScope):
            library.ask(question, scope=Scope(types=("docx",)))


def test_a_type_limits_the_list(library: Pipeline) -> None:
    assert asked(library, "which PDFs do you have?").text == (
        "1 document: 1 pdf.\nyearly-report.pdf · 3 pages · 2022-01-01"
    )
    none = asked(library, "list the excel files").text
    assert none == "There are no documents of type xlsx, but 6 of others."


def test_the_newest_and_the_oldest_documents_come_first(library: Pipeline) -> None:
    newest = asked(library, "what's new?").text.split("\n")
    assert newest[0] == "6 documents: 4 md, 1 txt, 1 pdf; newest first."
    assert [line.split(" · ")[0] for line in newest[1:4]] == [
        "lease/berlin.md",
        "handbook.md",
        "lease/hamburg.md",
    ]
    oldest = asked(library, "what is the oldest document?").text.split("\n")
    assert [line.split(" · ")[0] for line in oldest[-3:]] == [
        "lease/hamburg.md",
        "handbook.md",
        "lease/berlin.md",
    ]


def test_documents_without_a_date_are_last() -> None:
    found = newest_first([summary("a"), summary("b", modified="2024"), summary("c")])
    assert [document.id for document in found] == ["b", "a", "c"]


def test_a_long_list_is_cut_and_says_how_many_more_there_are() -> None:
    lines = document_lines([summary(f"{number:04}.md") for number in range(1234 + SHOWN)])
    assert len(lines) == SHOWN + 1
    assert lines[-2:] == [f"{SHOWN - 1:04}.md", "and 1,234 more"]
    assert len(document_lines([summary("a.md")] * SHOWN)) == SHOWN


def test_the_rows_of_its_tables_are_counted_without_those_that_name_columns(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    tables = "# Boats\n\n| Boat | Length |\n| --- | --- |\n| Ida | 9 |\n| Ada | 7 |\n\nBy town:\n\n"
    tables += "| Town | Boats |\n| --- | --- |\n| Kell | 1 |\n"
    oars = "Oar,Price\nLong,30\n"
    write(tmp_path / "c", {"boats.md": tables, "oars.csv": oars, "tea.txt": "Tea."})
    build(tmp_path / "c", tmp_path / "i", encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    assert asked(pipeline, "How many rows does boats.md have?").text == (
        "boats.md has 2 tables:\n2 rows: Boat, Length\n1 row: Town, Boats"
    )
    assert asked(pipeline, "how many rows are in oars.csv").text == (
        "oars.csv has 1 table:\n1 row: Oar, Price"
    )
    assert asked(pipeline, "How many rows does tea.txt have?").text == "tea.txt has no table."


def test_the_date_and_the_pages_of_a_file_come_from_the_table(library: Pipeline) -> None:
    changed = asked(library, "When was handbook.md last changed?").text
    assert changed == "handbook.md was last changed on 2024-05-01; other dates are not kept."
    pages = asked(library, "How many pages does the pdf have?").text
    assert pages == "yearly-report.pdf has 3 pages."
    assert asked(library, "how many pages are in handbook.md?").text == "handbook.md has no pages."
    assert asked(library, "do you have the staff handbook?").text == (
        "Yes:\nhandbook.md · Staff handbook · 2024-05-01"
    )


@pytest.mark.parametrize(("question", "said"), [
    ("When was the lease last changed?", "The lease was last changed on 3 May 2021."),
    ("What is the date of the lease?", "The date of the lease is 1 May 2020."),
    ("How many pages does the lease have?", "The lease has 9 pages."),
])  # fmt: skip
def test_what_a_document_says_of_itself_goes_before_what_is_known_of_its_file(
    tmp_path: Path, encoder: FakeEncoder, question: str, said: str
) -> None:
    write(tmp_path / "c", {"lease.md": f"# Lease\n\n{said}\n", "tea.txt": "Tea is drunk hot."})
    build(tmp_path / "c", tmp_path / "i", encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    assert [citation.quote for citation in pipeline.ask(question).citations] == [said]
    refused = pipeline.ask("When was the tea.txt file changed?")
    assert refused.text.startswith("tea.txt was last changed on ")


def test_what_is_known_of_a_file_follows_a_refusal(library: Pipeline) -> None:
    answer = library.ask("When was the staff handbook last changed?")
    assert (answer.kind, answer.citations) == ("documents", ())
    assert answer.text == (
        "The documents do not answer this.\n"
        "handbook.md was last changed on 2024-05-01; other dates are not kept."
    )
    assert at_last("When was tea last drunk?", library.index, EVERY, answer) is answer


def test_whether_what_a_text_is_about_is_available_is_an_ordinary_question(
    library: Pipeline,
) -> None:
    for question in ("Is the handbook available?", "Is the lease current?"):
        assert at_once(question, library.index, EVERY) is None
    assert asked(library, "Is the handbook in the index?").text.startswith("Yes:")


def test_a_folder_is_listed(library: Pipeline) -> None:
    for question in ("what is in the folder lease?", "which files are in lease?"):
        assert asked(library, question).text.startswith("2 documents: 2 md.\nlease/berlin.md")


def test_documents_with_a_name_in_common_are_listed(library: Pipeline) -> None:
    for question in ("Which leases do we have?", "List all leases", "what files are from lease"):
        head, *lines = asked(library, question).text.split("\n")
        assert head.startswith("2 documents match ")
        assert [line.split(" · ")[0] for line in lines] == ["lease/berlin.md", "lease/hamburg.md"]


def test_a_single_text_of_that_name_is_listed_only_if_nothing_answers(library: Pipeline) -> None:
    assert at_once("Which handbooks do we have?", library.index, EVERY) is None
    refusal = Answer("", "", "none", 0.0)
    answer = at_last("Which handbooks do we have?", library.index, EVERY, refusal)
    assert answer.text.startswith("The documents do not answer this.\n1 document matches")
    assert at_once("Which staff do we have?", library.index, EVERY) is None


@pytest.mark.parametrize("question", [
    "Which documents mention the rent?", "In which files is the rent mentioned?",
    "where is rent mentioned?", "Do you have a document about the rent?",
    "Which documents do you have about the rent?", "list all documents that mention rent",
])  # fmt: skip
def test_the_documents_that_mention_something_are_quoted_once_each(
    library: Pipeline, question: str
) -> None:
    answer = asked(library, question)
    quotes = {citation.document_id: citation.quote for citation in answer.citations}
    assert quotes == {
        "lease/berlin.md": "The rent is 900 euros a month.",
        "lease/hamburg.md": "The rent is 800 euros a month.",
    }
    assert str(answer.note).startswith("2 documents match “")
    assert len(answer.citations) == 2


def test_a_document_is_mentioned_by_its_name_and_words_far_apart_are_no_mention(
    library: Pipeline,
) -> None:
    named = asked(library, "Is there a document about the handbook?").citations
    assert [citation.document_id for citation in named] == ["handbook.md"]
    assert at_once("Which documents mention dogs and illness?", library.index, EVERY) is None
    inside = Scope(documents=("tea.txt",))
    assert at_once("Which documents mention the rent?", library.index, inside) is None


def test_several_documents_are_summarised_by_their_names(library: Pipeline) -> None:
    answer = asked(library, "Summarise handbook.md and tea.txt")
    assert {c.document_id for c in answer.citations} == {"handbook.md", "tea.txt"}
    assert answer.note == "Central sentences of handbook.md. Central sentences of tea.txt."
    assert at_once("Summarise handbook.md and beer.txt", library.index, EVERY) is None


# Names


def test_a_name_that_two_documents_have_lists_both(library: Pipeline) -> None:
    answer = asked(library, "summarise the lease")
    assert answer.kind == "documents"
    assert answer.text.split("\n")[0] == "2 documents match “the lease”:"
    assert len(answer.text.split("\n")) == 3


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lease/berlin.md", ["lease/berlin.md"]),
        ("berlin.md", ["lease/berlin.md"]),
        ("the lease for berlin", ["lease/berlin.md"]),
        ("office in hamburg", ["lease/hamburg.md"]),
        ("the report", ["report.pdf"]),  # the whole name goes before a part of one
        ("the energy report", ["energy-report-2024.pdf"]),
        ("resume", ["Résumé.docx"]),
        ("the energy report of spain", []),
        ("energy 2023", []),
        ("the document", []),
    ],
)
def test_a_name_means_the_documents_that_hold_all_its_words(name: str, found: list[str]) -> None:
    documents = [
        summary("lease/berlin.md", "Lease of the office in Berlin"),
        summary("lease/hamburg.md", "Lease of the office in Hamburg"),
        summary("report.pdf"),
        summary("energy-report-2024.pdf"),
        summary("Résumé.docx"),
    ]
    assert [document.id for document in documents_named(name, documents)] == found


def test_only_what_is_no_word_is_misspelled() -> None:
    documents = [summary("energy-report-2024.pdf"), summary("a.md", "Contact list")]
    words = {"contract", "report"}
    assert spelled("the enegry report", documents, words.__contains__) == {"enegry": "energy"}
    assert spelled("the contract", documents, words.__contains__) == {}
    assert spelled("the contart", documents, words.__contains__) == {"contart": "contact"}


def test_a_name_that_is_another_word_means_no_document(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    write(tmp_path / "c", {"a.md": "# Contact list\n\nThe plumber is Ann.\n"})
    build(tmp_path / "c", tmp_path / "i", encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    for question in ("Summarise the contract", "What is in the contract?"):
        assert at_once(question, pipeline.index, EVERY) is None
    assert pipeline.ask("Summarise the contcat list").asked == "Summarise the contact list"


def test_a_name_that_fits_over_20_documents_means_none() -> None:
    documents = [summary(f"report {number}.pdf") for number in range(21)]
    assert len(documents_named("the report", documents[:20])) == 20
    assert documents_named("the report", documents) == []


def test_a_folder_name_that_two_folders_have_means_none() -> None:
    documents = [summary("a/notes/x.md"), summary("b/notes/y.md")]
    assert folder_named("the folder notes", documents) == []
    assert folder_named("a/notes", documents) == documents[:1]
    assert folder_named("b", documents) == documents[1:]


def test_a_copy_is_named_by_any_of_its_files() -> None:
    copied = replace(summary("a.md"), also=("plans/draft.md",))
    assert documents_named("draft.md", [copied, summary("b.md")]) == [copied]


# Summaries


@pytest.mark.parametrize("question", SUMMARIES)
def test_a_summary_quotes_central_sentences_in_the_order_of_the_document(
    library: Pipeline, question: str
) -> None:
    answer = asked(library, question)
    text = library.documents["handbook.md"].text
    assert (answer.kind, answer.confidence) == ("sentences", 1.0)
    assert 3 <= len(answer.citations) <= 6
    assert [citation.number for citation in answer.citations] == [
        number for number, _ in enumerate(answer.citations, 1)
    ]
    assert all(text[cited.start : cited.end] == cited.quote for cited in answer.citations)
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(set(starts))
    assert answer.text == "\n\n".join(citation.quote for citation in answer.citations)
    assert answer.note == (
        "Central sentences of handbook.md. Its headings: Holidays · Illness · Dogs"
    )


def test_a_summary_of_everything_quotes_one_sentence_of_each_document(library: Pipeline) -> None:
    answer = asked(library, "Summarise everything")
    assert [citation.document_id for citation in answer.citations] == [
        "lease/berlin.md",
        "handbook.md",
        "lease/hamburg.md",
        "space/mars.md",
        "tea.txt",
        "yearly-report.pdf",
    ]
    assert answer.note == "The most central sentence of each of the 6 newest of 6 documents."


def test_without_a_name_the_only_document_is_summarised(library: Pipeline) -> None:
    answer = asked(library, "summarise", Scope(documents=("tea.txt",)))
    assert {citation.document_id for citation in answer.citations} == {"tea.txt"}
    assert answer.note == "Central sentences of tea.txt."


def test_a_sentence_that_a_document_repeats_is_quoted_once(tmp_path: Path) -> None:
    text = "\n\n".join(f"## Part {part}\n\nThe mill is old." for part in "ABCD")
    folder = write(tmp_path / "corpus", {"mill.md": text})
    build(folder, tmp_path / "index", encoder=FakeEncoder())
    spans = central_spans(open_index(tmp_path / "index"), "mill.md")
    assert [span.text for span in spans] == ["The mill is old."]


def test_letters_that_a_pdf_does_not_name_are_quoted_last(tmp_path: Path) -> None:
    parts = [f"\ue00e\ue013 mill {part} turns in the wind. It is old {part}." for part in "ABC"]
    folder = write(tmp_path / "corpus", {"mill.md": "\n\n".join(parts)})
    build(folder, tmp_path / "index", encoder=FakeEncoder())
    spans = central_spans(open_index(tmp_path / "index"), "mill.md")
    assert [span.text for span in spans] == ["It is old A.", "It is old B.", "It is old C."]


def test_a_type_names_the_only_document_of_it_but_is_no_limit_inside_a_name(
    library: Pipeline,
) -> None:
    cited = asked(library, "what is in the pdf?").citations
    assert {citation.document_id for citation in cited} == {"yearly-report.pdf"}
    request = request_of("summarise the email policy")
    assert request
    assert (request.name, request.types) == ("the email policy", ())


def test_central_rows_are_near_the_mean_and_unlike_each_other() -> None:
    one, two, far = np.eye(3, dtype=np.float32)
    rows = np.stack([one, one, one, two, two, far, -far])
    assert central_rows(rows, 2) == [0, 3]
    assert central_rows(rows[:2], 5) == [0, 1]


# The notation


def test_a_form_matches_its_choices_options_and_parts() -> None:
    form = compiled("which THING [do (you|we) have]\nabout …", {"THING": "(file|files)"})
    for said in ("Which files?", "which file do we have", "About the “a.b/c-d” thing"):
        assert form.fullmatch(spoken(said)), said
    for said in ("which", "which files do", "which files do they have", "about"):
        assert not form.fullmatch(spoken(said)), said
    found = form.fullmatch(spoken("about it’s well-known file A.b"))
    assert found
    assert found[1] == "it is well-known file a.b "
