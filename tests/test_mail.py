"""Mails: every text that a message has is read once, in the encoding that it is in."""

import base64

import pytest

from rag.load.encoding import decoded_as, encoding_of
from rag.load.mail import attachments, parse_mail, parse_mbox

UMLAUTS = "Die Gebühr für das Gerüst zahlt Jörg Müller."
EVENT = (
    "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n"
    "END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY:Roof\\, new\r\n"
    'DTSTART;TZID="Europe/Berlin":20240304T100000\r\nDTEND:20240304T110000Z\r\n'
    "LOCATION:Boat\r\n  house\r\nDESCRIPTION:We look at it.\r\nBEGIN:VALARM\r\n"
    "DESCRIPTION:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nSUMMARY:Fair\r\nDTSTART;VALUE=DATE:20240601\r\nDTEND;VALUE=DATE:20240603\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
FIRST = "Start: 2024-03-04 10:00 Europe/Berlin\nEnd: 2024-03-04 11:00 UTC\nLocation: Boat house"
SECOND = "Event: Fair\nStart: 2024-06-01\nEnd: 2024-06-02"


def part(kind: str, text: str | bytes, more: str = "") -> bytes:
    """Return one part of a message: its headers and its text."""
    body = text.encode() if isinstance(text, str) else text
    return f"Content-Type: {kind}\n{more}\n".encode() + body


def parts(kind: str, *inner: bytes, boundary: str = "B") -> bytes:
    """Return a part that has parts."""
    mark = f"\n--{boundary}".encode()
    within = b"".join(mark + b"\n" + one for one in inner)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\n'.encode() + within + mark + b"--"
    )


def read(body: bytes) -> str:
    """Return the text of a message below its subject."""
    return parse_mail(b"Subject: S\nMIME-Version: 1.0\n" + body).text.removeprefix("S\n\n")


PICTURE = part("image/png; name=a.png", "x", "Content-Disposition: inline; filename=a.png\n")


@pytest.mark.parametrize(
    ("first", "page", "expected"),
    [
        ("", "<p>The roof costs 9,400 euros.</p>", "The roof costs 9,400 euros."),
        ("See the roof", "<p>See: the new roof costs 9 euros", "See: the new roof costs 9 euros"),
        ("No HTML here.", "<p>The roof costs 9.</p>", "No HTML here.\n\nThe roof costs 9."),
        ("The *roof* costs 9.", "<b>The roof</b> costs 9.<p>Imprint", "The *roof* costs 9."),
        ("The roof costs 9.", "<!-- -->", "The roof costs 9."),
        ("无法显示此邮件", "<p>新屋顶的价格是九千", "无法显示此邮件\n\n新屋顶的价格是九千"),
        ("新屋顶的价格\n是九千欧元", "<p>新屋顶的价格是九千欧元", "新屋顶的价格\n是九千欧元"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["alternative", "mixed"])
def test_of_two_formats_the_one_that_says_more_is_read(
    kind: str, first: str, page: str, expected: str
) -> None:
    two = part("text/plain; charset=utf-8", first), part("text/html; charset=utf-8", page)
    assert read(parts(kind, *two)) == expected


def test_text_after_pictures_and_within_parts_is_read_in_order() -> None:
    inner = parts(
        "mixed", part("text/html", "<p>One"), PICTURE, part("text/html", "<p>Two"), boundary="C"
    )
    footer = part("text/plain", "Footer")
    assert read(parts("mixed", inner, PICTURE, footer)) == (
        "One\n\nTwo\n\nFooter\n\nAttachment: a.png\nAttachment: a.png"
    )  # fmt: skip


def test_messages_and_files_deep_in_a_message_are_named_but_pictures_of_a_page_are_not() -> None:
    forwarded = b"Content-Type: message/rfc822\n\nSubject: Inner\n\nOars.\n"
    file = part("application/pdf; name=b.pdf", "x")
    page = parts("related", part("text/html", "<p>Page"), PICTURE, boundary="D")
    original = parts("mixed", page, forwarded, file, boundary="C")
    found = read(parts("mixed", original, part("text/plain", "Footer")))
    assert found == "Page\n\nFooter\n\nInner\n\nOars.\n\nAttachment: b.pdf"


def test_a_named_text_is_an_attachment_unless_there_is_no_other_text() -> None:
    named = part("text/plain; name=a.txt", "Named.")
    assert read(parts("mixed", named, part("text/plain", "Body."))) == "Body.\n\nAttachment: a.txt"
    assert read(parts("mixed", named, PICTURE)).startswith("Named.")


def test_an_invitation_says_when_and_where() -> None:
    invitation = part("text/calendar; method=REQUEST", EVENT)
    described = f"{FIRST}\nDescription: We look at it."
    assert read(invitation) == f"Event: Roof, new\n{described}\n{SECOND}"
    assert read(parts("alternative", part("text/plain", "We look at it."), invitation)) == (
        f"We look at it.\n\nEvent: Roof, new\n{FIRST}\n{SECOND}"
    )
    assert read(part("text/calendar", "BEGIN:VEVENT\nDTSTART:soon")) == "Start: soon"


@pytest.mark.parametrize("declared", ["", "; charset=us-ascii", "; charset=utf-8", "; charset=no"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_umlauts_are_read_whatever_a_mail_declares(declared: str, encoding: str) -> None:
    for kind, text in (("plain", UMLAUTS), ("html", f"<p>{UMLAUTS}")):
        assert read(part(f"text/{kind}{declared}", text.encode(encoding))) == UMLAUTS


def test_names_in_headers_are_read_in_the_encoding_that_they_are_in() -> None:
    for encoding in ("utf-8", "cp1252"):
        header = "Subject: Gerüst\nFrom: Jörg Müller <a@b.c>\n\nText."
        assert parse_mail(header.encode(encoding)).text == header.replace("\nFrom", "\n\nFrom")[9:]


def test_some_broken_bytes_do_not_change_the_encoding_of_the_rest() -> None:
    data = UMLAUTS.encode() + b" \xe2\x82"
    assert encoding_of(data) == "utf-8"
    assert encoding_of(b"A" * 100_000 + UMLAUTS.encode("cp1252")) == "cp1252"
    assert decoded_as(data, "utf-8") == decoded_as(data, "") == UMLAUTS + " \ufffd"
    assert decoded_as(b"J\xc3\xb6rg \xff", "utf-8") == "Jörg \ufffd"


@pytest.mark.parametrize("declared", ["utf-16", "utf-16-le", "undefined", "punycode"])
def test_what_is_declared_as_utf_16_and_is_utf_8_is_read(declared: str) -> None:
    assert decoded_as(b"The fee is 5-10 euros.", declared) == "The fee is 5-10 euros."
    assert decoded_as("5 €".encode("utf-16-le"), "utf-16-le") == "5 €"


def test_the_signs_of_windows_are_read_in_what_is_declared_as_latin_1() -> None:
    assert decoded_as("650 € – “so”".encode("cp1252"), "iso-8859-1") == "650 € – “so”"


def test_a_message_without_text_costs_no_other_one_of_a_mailbox() -> None:
    empty = b"From a@b.c Mon May  6 09:30:00 2024\nSubject: None\nContent-Type: text/html\n\n\n"
    assert parse_mbox(empty + empty.replace(b"None", b"Two") + b"<p>Oars").text == (
        "None\n\nTwo\n\nOars"
    )


def test_a_quotation_is_marked_where_it_begins_and_ends_before_a_reply() -> None:
    quoted = "Tom wrote:\n> The ladder of Lena\n> Voss.\n>\n> - tea\n>> Why?\n> Yes\nBecause.\nso."
    assert read(part("text/plain", quoted)) == (
        "Tom wrote:\n\n> The ladder of Lena\nVoss.\n\n> - tea\n\n>> Why?\n\n> Yes\n\nBecause.\nso."
    )


def test_a_message_in_base64_is_read() -> None:
    encoded = base64.encodebytes(b"Subject: Inner\nFrom: a@b.c\n\nOars cost 9 euros.\n")
    more = "Content-Transfer-Encoding: base64\n"
    inner = "Inner\n\nFrom: a@b.c\n\nOars cost 9 euros."
    forwarded = part("message/rfc822", encoded, more)
    assert read(forwarded) == inner
    assert read(parts("mixed", part("text/plain", "See."), forwarded)) == f"See.\n\n{inner}"
    assert read(part("message/rfc822", "Subject: Inner\n\nOars.")) == "Inner\n\nOars."
    assert read(part("message/rfc822", "Oars", more)).strip() != ""


@pytest.mark.parametrize("kind", ["mixed", "alternative", "rfc822"])
def test_parts_in_each_other_are_read_to_any_depth(kind: str) -> None:
    inner = part("text/plain", "Oars.")
    for number in range(1600):
        inner = (
            part("message/rfc822", inner)
            if kind == "rfc822"
            else parts(kind, inner, boundary=f"B{number}.")
        )
    assert "Oars." in read(inner)
    assert list(attachments(b"Subject: S\n" + inner + b"\n\nname=")) == []
