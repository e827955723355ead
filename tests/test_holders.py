"""Files that hold others: attachments and mailboxes."""

from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import build
from rag.errors import LoadError
from rag.index import open_index
from rag.load.mail import attachments, parse_mbox

MAIL = (
    b"Subject: Fair\nFrom: a@b.c\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    b"--x\n\nSee the list.\n--x\nContent-Type: text/plain\n"
    b'Content-Disposition: attachment; filename="duties/all.txt"\n\nCorwin runs the tent.\n'
    b"--x\nContent-Type: text/csv\nContent-Disposition: attachment; filename=stalls.csv\n\n"
    b"Stall,Metres\nWool,4\nWax,3\n--x\nContent-Type: text/plain\n"
    b"Content-Disposition: attachment; filename=stalls.csv\n\nStall,Metres\nOak,9\nAsh,7\n--x--\n"
)
BOX = (
    b"From a@b.c Mon May  6 09:30:00 2024\nSubject: Water\nFrom: a@b.c\n\n"
    b"The meter shows 4,812.\n\n>From now on I read it.\n\n"
    b"From a@b.c Mon May  6 09:31:00 2024\nSubject: Boiler\n\n"
    b"The anode is new.\n"
)


def test_attachments_are_documents_of_their_own(tmp_path: Path, encoder: FakeEncoder) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/fair.eml").write_bytes(MAIL)
    report = build(tmp_path / "corpus", tmp_path / "index", encoder=encoder)
    assert report.unreadable == ()
    documents = open_index(tmp_path / "index").documents
    assert sorted(documents.ids()) == [
        "fair.eml", "fair.eml/duties_all.txt", "fair.eml/stalls (2).csv", "fair.eml/stalls.csv",
    ]  # fmt: skip
    assert documents["fair.eml/duties_all.txt"].text == "Corwin runs the tent."
    assert documents["fair.eml/stalls (2).csv"].text.endswith("| Oak | 9 |\n| Ash | 7 |")


def test_the_attachments_of_all_messages_of_a_mailbox_are_documents(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    (tmp_path / "corpus").mkdir()
    message = b"From a@b.c Mon May  6 09:30:00 2024\n" + MAIL
    (tmp_path / "corpus/old.mbox").write_bytes(BOX + message + message.replace(b"Corwin", b"Dana"))
    (tmp_path / "corpus/none.mbox").write_bytes(b"Subject: x\n\nWords; name=x\n")
    report = build(tmp_path / "corpus", tmp_path / "index", encoder=encoder)
    assert [name for name, _ in report.unreadable] == ["none.mbox"]
    documents = open_index(tmp_path / "index").documents
    assert documents["old.mbox/duties_all.txt"].text == "Corwin runs the tent."
    assert documents["old.mbox/duties_all (2).txt"].text == "Dana runs the tent."


def test_a_damaged_mail_has_no_attachments(tmp_path: Path, encoder: FakeEncoder) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/a.eml").write_bytes(b"\0\xff\n\n")
    (tmp_path / "corpus/b.txt").write_text("Words.")
    report = build(tmp_path / "corpus", tmp_path / "index", encoder=encoder)
    ((name, reason),) = report.unreadable
    assert name == "a.eml"
    assert "not an e-mail" in reason
    assert attachments(b"") == {}


def test_the_messages_of_a_mailbox_are_pages_under_their_subjects() -> None:
    parsed = parse_mbox(BOX)
    assert parsed.text == (
        "Water\n\nFrom: a@b.c\n\nThe meter shows 4,812.\n\nFrom now on I read it.\n\nBoiler\n\n"
        "The anode is new."
    )
    assert [heading.text for heading in parsed.headings] == ["Water", "Boiler"]
    assert parsed.unit == "message"
    assert [parsed.text[start:][:5] for start in parsed.page_starts] == ["Water", "Boile"]
    with pytest.raises(LoadError, match="not a mailbox"):
        parse_mbox(b"Subject: no From line\n\nWords.\n")
