"""Feedback: which verdicts on answers are kept, which are refused, and the questions they make."""

import json
import stat
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build
from rag.errors import FeedbackError, UnknownDocument
from rag.evaluate import Expected, evaluate, gather_feedback, read_questions
from rag.evaluate import feedback as module
from rag.evaluate.feedback import (
    FILE,
    Feedback,
    Place,
    checked,
    keep_feedback,
    parse_feedback,
    read_feedback,
)
from rag.evaluate.questions import as_lines
from rag.index import open_index
from rag.index.joined import DocumentTable
from tests.conftest import CORPUS, write

MARS, CAFE = CORPUS["space/mars.md"], CORPUS["naïve café 🍵.txt"]


def place(document: str, quote: str) -> Place:
    start = CORPUS[document].index(quote)
    return Place(document, start, start + len(quote), quote)


MOONS = place("space/mars.md", "It has two small moons.")
ICE = place("space/mars.md", "Ice lies under the northern plains.")
TEA = place("tea.txt", "Black tea is steeped at 95 degrees.")


@pytest.fixture
def documents(index: Path) -> DocumentTable:
    return open_index(index).documents


def line(**fields: object) -> bytes:
    return json.dumps(
        {"question": "Why?", "verdict": "here", "places": [asdict(ICE)], **fields}
    ).encode()


def placed(**fields: object) -> list[object]:
    return [{**asdict(ICE), **fields}]


def gathered(
    index: Path, *said: Feedback
) -> tuple[tuple[Expected, ...], tuple[tuple[str, str], ...]]:
    for feedback in said:
        keep_feedback(index, feedback)
    found = gather_feedback(index, open_index(index).documents)
    return found.questions, found.left_out


# Keeping


def test_verdicts_are_read_back_in_order_and_only_the_owner_can_read_the_file(index: Path) -> None:
    said = [
        Feedback("Wo liegt 👩‍🔬 das\u2028Eis?\n", "right", (ICE, MOONS)),
        Feedback("Why?", "wrong"),
        Feedback("Why?", "withdrawn"),
        Feedback("Why?", "here", (TEA,)),
    ]
    for feedback in said:
        keep_feedback(index, feedback)
    assert read_feedback(index) == (
        [Feedback(said[0].question.strip(), "right", (ICE, MOONS)), *said[1:]],
        0,
    )
    assert stat.S_IMODE((index / FILE).stat().st_mode) == 0o600


def test_feedback_survives_a_rebuild_and_is_not_part_of_a_generation(
    index: Path, corpus: Path, encoder: FakeEncoder
) -> None:
    keep_feedback(index, Feedback("Why?", "here", (ICE,)))
    write(corpus, {"new.txt": "Soup is hot."})
    build(corpus, index, encoder=encoder)
    assert open_index(index).manifest.generation == "gen-000002"
    assert FILE not in open_index(index).manifest.files
    assert read_feedback(index)[0] == [Feedback("Why?", "here", (ICE,))]


def test_lines_from_several_processes_never_mix(index: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rag.evaluate.feedback import *\n"
        "folder = Path(sys.argv[1]); print(flush=True); sys.stdin.readline()\n"
        "for n in range(400): keep_feedback(folder, Feedback(sys.argv[2] * 3000 + str(n), 'wrong'))"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", code, index, letter],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for letter in "abc"
    ]
    for writer in writers:
        assert writer.stdout
        writer.stdout.readline()  # wait until it is ready, so that all begin at once
    for writer in writers:
        assert writer.stdin
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    said, damaged = read_feedback(index)
    assert damaged == 0
    assert sorted(feedback.question for feedback in said) == sorted(
        letter * 3000 + str(number) for letter in "abc" for number in range(400)
    )


def test_a_damaged_or_forged_line_is_skipped_and_asking_still_works(
    index: Path, encoder: FakeEncoder
) -> None:
    keep_feedback(index, Feedback("First?", "here", (ICE,)))
    with (index / FILE).open("ab") as file:
        file.write(
            b'\xff\xfe\n[]\n"x"\n'
            + b"[" * 100_000
            + b"\n"
            + line(verdict="maybe")
            + b"\n\n"
            + line()[:40]
        )
    keep_feedback(index, Feedback("Last?", "here", (TEA,)))
    said, damaged = read_feedback(index)
    assert [feedback.question for feedback in said] == ["First?", "Last?"]
    assert damaged == 6
    assert Pipeline.open(index, encoder=encoder).ask("How many moons has Mars?")
    forged = Feedback("Forged?", "here", (Place("/etc/passwd", 0, 4, "root"),))
    questions, left_out = gathered(index, forged)
    assert [expected.question for expected in questions] == ["First?", "Last?"]
    assert left_out == (("Forged?", "/etc/passwd is no longer in the index"),)


def test_a_file_that_is_full_or_cannot_be_written_or_read_raises_an_error(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 150)
    keep_feedback(index, Feedback("x" * 60, "wrong"))
    with pytest.raises(FeedbackError, match="is full.*rag feedback --delete"):
        keep_feedback(index, Feedback("x" * 60, "wrong"))
    assert len(read_feedback(index)[0]) == 1
    (index / FILE).unlink()
    (index / FILE).mkdir()
    with pytest.raises(FeedbackError, match=r"feedback\.jsonl cannot be written: Is a directory"):
        keep_feedback(index, Feedback("Why?", "wrong"))
    with pytest.raises(FeedbackError, match=r"feedback\.jsonl cannot be read"):
        read_feedback(index)


# Checking


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "not a verdict"),
        (b"null", "not a verdict"),
        (b"[" * 100_000, "not a verdict"),
        (line(verdict="maybe"), "not a verdict"),
        (line(verdict=["right"]), "not a verdict"),
        (line(question=7), "not a verdict"),
        (line(question=" "), "Ask a question first"),
        (line(question="x" * 4001), "more than 4,000 characters"),
        (line(places=[]), "Select the words"),
        (line(places=placed() * 2), "Select the words"),
        (line(places="abc"), "not a verdict"),
        (line(places=placed(start="0")), "not a verdict"),
        (line(places=placed(start=True)), "not a verdict"),
        (line(places=placed(end=1.5)), "not a verdict"),
        (line(places=placed(document=None)), "not a verdict"),
        (line(places=placed(quote=["x"])), "not a verdict"),
        (line(places=placed(quote="x" * 4001)), "has 4,001 characters; the limit is 4,000"),
        (line(verdict="right", places=placed() * 21), "at most 20 quotes"),
    ],
)
def test_an_incomplete_or_malformed_verdict_is_refused_with_a_message(
    sent: bytes, said: str
) -> None:
    with pytest.raises(FeedbackError, match=said):
        parse_feedback(sent)


def test_lone_surrogates_are_replaced_before_they_reach_a_file_or_the_index(
    index: Path, documents: DocumentTable
) -> None:
    found = parse_feedback(
        line(question="Why\ud800?", places=placed(document="\udfff", quote="\ud83d"))
    )
    assert found == Feedback("Why??", "here", (Place("?", ICE.start, ICE.end, "?"),))
    with pytest.raises(UnknownDocument):
        checked(found, documents)
    assert gathered(index, found)[1] == (("Why??", "? is no longer in the index"),)


def test_a_quote_is_accepted_only_at_its_offsets_in_code_points(documents: DocumentTable) -> None:
    tail = "茶は緑です。"
    start = CAFE.index(tail)
    in_utf16 = len(CAFE[:start].encode("utf-16-le")) // 2
    assert in_utf16 == start + 2  # the woman and the microscope take two units each
    right = Feedback("色?", "here", (Place("naïve café 🍵.txt", start, start + len(tail), tail),))
    assert checked(right, documents) == right
    for first, last, quote in (
        (in_utf16, in_utf16 + len(tail), tail),
        (start, start + len(tail) - 1, tail),
        (start - len(CAFE), start + len(tail) - len(CAFE), tail),
        (start, 10**30, tail),
        (-3, 6, CAFE[:6]),
        (0, 6, CAFE[:6].upper()),
        (5, 5, "x"),
    ):
        wrong = Feedback("色?", "here", (Place("naïve café 🍵.txt", first, last, quote),))
        with pytest.raises(FeedbackError, match="has changed since it was shown"):
            checked(wrong, documents)
    with pytest.raises(UnknownDocument, match="No document nowhere.md"):
        checked(Feedback("x", "here", (Place("nowhere.md", 0, 1, "x"),)), documents)


def test_blanks_around_a_selection_are_trimmed_and_blanks_alone_are_refused(
    documents: DocumentTable,
) -> None:
    start, end = ICE.start - 2, ICE.end + 1
    (found,) = checked(
        Feedback("x", "here", (Place("space/mars.md", start, end, MARS[start:end]),)), documents
    ).places
    assert found == ICE
    assert documents[found.document].text[found.start : found.end] == found.quote
    blank = MARS.index("\n\n")
    with pytest.raises(FeedbackError, match="The selection is blank"):
        checked(
            Feedback("x", "here", (Place("space/mars.md", blank, blank + 2, "\n\n"),)), documents
        )


# Questions from feedback


def test_each_verdict_makes_the_matching_question(index: Path) -> None:
    questions, left_out = gathered(
        index,
        Feedback("How many moons?", "right", (MOONS, ICE)),
        Feedback("Who is the mayor?", "right"),
        Feedback("How hot is black tea?", "wrong", (ICE,)),
        Feedback("Where is ice?", "wrong"),
        Feedback("Where is ice?", "here", (ICE,)),
        Feedback("Unsure?", "right", (ICE,)),
        Feedback("Unsure?", "withdrawn"),
    )
    assert questions == (
        Expected(
            "How many moons?",
            quotes=(MOONS.quote, ICE.quote),
            documents=("space/mars.md",),
            kind="called right",
        ),
        Expected("Who is the mayor?", kind="rightly refused"),
        Expected(
            "Where is ice?", quotes=(ICE.quote,), documents=("space/mars.md",), kind="pointed at"
        ),
    )
    assert left_out == (
        ("How hot is black tea?", "called wrong, and the right place was not pointed at"),
    )


def test_a_later_verdict_replaces_an_earlier_one_whatever_the_case_and_spacing(
    index: Path,
) -> None:
    first, second = (
        Feedback("Where is ice?", "here", (ICE,)),
        Feedback(" where  is ICE? ", "here", (MOONS,)),
    )
    assert [expected.quotes for expected in gathered(index, first, second)[0]] == [(MOONS.quote,)]
    questions, _ = gathered(index, Feedback("Where is ice?", "wrong", (TEA,)))
    assert [expected.quotes for expected in questions] == [
        (MOONS.quote,)
    ]  # "wrong" does not withdraw a place
    questions, _ = gathered(index, Feedback("Where is ice?", "withdrawn", (TEA,)))
    assert [expected.quotes for expected in questions] == [
        (MOONS.quote,)
    ]  # nor does "withdrawn", which only takes back a thumb
    assert gathered(index, Feedback("Where is ice?", "right"))[0] == (
        Expected("Where is ice?", kind="rightly refused"),
    )
    assert gathered(index, Feedback("Where is ice?", "wrong"))[0] == ()


def test_a_quote_that_its_document_no_longer_holds_is_left_out_with_a_reason(
    index: Path, corpus: Path, encoder: FakeEncoder
) -> None:
    for feedback in (
        Feedback("Moved?", "here", (ICE,)),
        Feedback("Half?", "right", (MOONS, ICE)),
        Feedback("Gone?", "here", (MOONS,)),
        Feedback("Removed?", "right", (TEA,)),
    ):
        keep_feedback(index, feedback)
    write(
        corpus,
        {"space/mars.md": "A new line before.\n\n" + MARS.replace("two small moons", "none")},
    )
    (corpus / "tea.txt").unlink()
    build(corpus, index, BuildConfig(passage_tokens=16), encoder=encoder)
    questions, left_out = gathered(index)
    assert [(expected.question, expected.quotes) for expected in questions] == [
        ("Moved?", (ICE.quote,)),
        ("Half?", (ICE.quote,)),
    ]
    assert left_out == (
        ("Gone?", "space/mars.md has changed and no longer holds the quote"),
        ("Removed?", "tea.txt is no longer in the index"),
    )


def test_questions_from_feedback_are_written_read_back_and_evaluated(
    index: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    separated = Feedback("What\u2028splits \x85 lines?", "here", (MOONS,))
    questions, _ = gathered(
        index, separated, Feedback("How many moons has Mars?", "here", (MOONS,))
    )
    (tmp_path / "q.jsonl").write_text(as_lines(questions), encoding="utf-8")
    assert tuple(read_questions(tmp_path / "q.jsonl")) == questions
    judged = evaluate(Pipeline.open(index, encoder=encoder), questions)
    assert (judged[1].right, judged[1].recall, judged[1].kind) == (True, 1.0, "pointed at")


def test_without_feedback_there_are_no_questions_and_no_error(index: Path) -> None:
    assert not (index / FILE).exists()
    assert gathered(index) == ((), ())
