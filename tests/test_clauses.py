"""A clause, section or step that a question names by its number is quoted, and only that one."""

from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import build
from rag.asking.at_once import at_once
from rag.asking.clauses import Clause, clause_of
from rag.index import Index, open_index
from rag.scope import Scope
from tests.conftest import write

FILES = {
    "statutes.txt": (
        "Statutes of the rowing club\n\n§ 1 Name\nThe club is called Ebb.\n\n§ 2 Fees\n(1) The fee "
        "is due in May.\n(2) Whoever joins in autumn pays half of it.\n\n§ 12 End\nSee § 2 (2).\n"
    ),
    "contract.md": (
        "# Hosting contract\n\n4 Payment\n\n4.1 The fee is 90 euros.\n\n4.2 Interest is charged "
        "after 30 days.\n\n4.10 Cheques are refused.\n\n5 End\n\n5.1 Notice is given in writing.\n"
    ),
    "machine.md": (
        "# Coffee machine\n\n## Descaling\n\n1. Empty the tray.\n2. Pour in the descaler.\n"
        "3. Wait for 20 minutes.\n\n## Grinder\n\n1. Switch the machine off.\n2. Turn the wheel.\n"
        "\n## Use\n\n5 cups are enough.\n"
    ),
    "agreement.md": (
        "# Supply agreement\n\n## Section III Price\n\nThe price is 9 euros.\n\n"
        "## Section IV Term\n\nIt runs until May.\n\n## Annex A Contacts\n\nCall Mira.\n\n"
        "## Appendix B\n\n(a) Form.\n\n## Points\n\nA. Open.\n\nA Swede came.\n\nB. Close.\n"
    ),
    "satzung.txt": (
        "Satzung des Vereins\n\n§ 5 Vorstand\n(1) Der Vorstand wird gewählt.\n"
        "(2) Er tagt im Mai.\n\n§ 6 Ende\nDer Verein kann enden.\n"
    ),
    "rules.md": "# Rules\n\n## Article 7 Guests\n\nGuests sign the book.\n\n## Article 8 End\n",
}


@pytest.fixture
def index(tmp_path: Path, encoder: FakeEncoder) -> Index:
    build(write(tmp_path / "corpus", FILES), tmp_path / "index", encoder=encoder)
    return open_index(tmp_path / "index")


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("What does § 1 say?", "§ 1 Name\nThe club is called Ebb."),
        ("What is laid down in section 2 (2)?", "(2) Whoever joins in autumn pays half of it."),
        ("what is in § 2 para. 1", "(1) The fee is due in May."),
        ("Show me clause 4.2", "4.2 Interest is charged after 30 days."),
        ("What does clause 4.1 of the hosting contract say?", "4.1 The fee is 90 euros."),
        ("What has to be done in step 2 of the descaling?", "2. Pour in the descaler."),
        ("What does article 7 say?", "Guests sign the book."),
        ("What is the second step of the grinder?", "2. Turn the wheel."),
        ("What's in § 1 of the statutes?", "§ 1 Name\nThe club is called Ebb."),
        ("art 7", "Guests sign the book."),
        ("Please tell me what sec 7 says", "Guests sign the book."),
        ("Explain section III", "The price is 9 euros."),
        ("What's section IV about?", "It runs until May."),
        ("What does annex A say?", "Call Mira."),
        ("appendix b", "(a) Form."),
        ("What does point A say?", "A. Open.\n\nA Swede came."),
        ("§ 2 Abs. 2", "(2) Whoever joins in autumn pays half of it."),
        ("Was steht in § 5 Absatz 2 der Satzung?", "(2) Er tagt im Mai."),
        ("Was regelt Paragraph 6?", "§ 6 Ende\nDer Verein kann enden."),
    ],
)
def test_the_clause_that_a_question_names_is_quoted(
    index: Index, question: str, quote: str
) -> None:
    answer = at_once(question, index, Scope())
    assert answer is not None
    ((citation,),) = [answer.citations]
    assert citation.quote == quote
    assert quote in citation.context


@pytest.mark.parametrize(
    "question",
    [
        "What does § 3 say?",
        "What does article 8 say?",  # it is a heading without words below it
        "What does § 2 (3) say?",
        "What is step 4 of descaling?",
        "What is step 5 of the grinder?",  # "5 cups" is no step
        "What is step 2 of the refund?",
        "What does clause 4.2 of the statutes say?",
        "What does annex B say?",  # there is an appendix B
        "What does section V say?",
        "What do rules i follow?",
    ],
)
def test_a_clause_that_no_document_has_is_not_quoted(index: Index, question: str) -> None:
    assert at_once(question, index, Scope()) is None


def test_only_documents_of_the_scope_are_quoted(index: Index) -> None:
    assert at_once("What does § 1 say?", index, Scope(documents=("contract.md",))) is None


@pytest.mark.parametrize(
    "question",
    ["How high is the fee in § 2?", "What does § 2 say about joining?", "What is part of the fee?"],
)
def test_a_question_about_what_a_clause_says_is_an_ordinary_one(
    index: Index, question: str
) -> None:
    assert at_once(question, index, Scope()) is None


def test_numbers_are_read_as_people_write_them() -> None:
    assert clause_of("What does the 3rd paragraph state?") == Clause("paragraph", "3", "", "")
    assert clause_of("What is the fırst step of the grinder?") is None  # as typed in Turkish
    assert clause_of("Article 6a") == Clause("article", "6a", "", "")
