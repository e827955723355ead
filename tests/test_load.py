"""Files in, text out: what is decoded, what is refused and why; one bad file breaks no other."""

import io
import os
import random
import signal
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from rag.errors import CorpusError, LoadError
from rag.load import File, Parsed, ParserProcess, parse, read_bytes, walk
from rag.load.markdown import markdown_headings, parse_markdown
from rag.load.text import decode, parse_text
from rag.types import Heading
from tests.conftest import write

GERMAN = "Das Café über der Straße hat geöffnet.\r\n\tDie Gäste hätten früher kommen können.\f\n"
FRENCH = (
    "Les élèves étaient très fatigués après l'été. La réunion a été reportée à jeudi, "
    "où tout est prêt.\n"
)
JAPANESE = "これは日本語の文章です。会議は東京で開催されました。\r\n参加者は三百人でした。"
ENGLISH = "A plain sentence\r\nwith tabs\tand a form feed\f in it.\n"
MEMORY = 2 * 2**30
NO_PROCESS = ParserProcess(0, 0)  # for files that need none


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    with ParserProcess(60, MEMORY) as running:
        yield running


def pdf(*pages: list[tuple[str, float, str]], title: str = "", password: str = "") -> bytes:
    """Return a PDF whose pages hold lines of (font, size, text)."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption(password) if password else None, invariant=1)
    canvas.setTitle(title or "untitled")
    for lines in pages:
        height = 780.0
        for font, size, text in lines:
            canvas.setFont(font, size)
            canvas.drawString(60, height, text)
            height -= 2 * size
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


BODY = ("Helvetica", 10.0)
REPORT = pdf(
    [
        ("Helvetica-Bold", 20.0, "Yearly Report"),
        (*BODY, "The company sold ninety boats in the year."),
        ("Helvetica-Bold", 14.0, "Sales Abroad"),
        (*BODY, "Forty boats went to Norway and Sweden."),
    ],
    [(*BODY, "Nothing more is said about Norway here.")],
    [("Helvetica-Bold", 14.0, "Outlook"), (*BODY, "The next year will bring a hundred boats.")],
)


def refused(data: bytes, suffix: str, process: ParserProcess) -> str:
    with pytest.raises(LoadError) as caught:
        parse(data, suffix, process)
    return str(caught.value)


# Decoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-32"),
        (ENGLISH, "utf-16-le"),
        (ENGLISH, "utf-16-be"),
        (GERMAN, "latin-1"),
        (FRENCH, "latin-1"),
        ("“Quoted” – with dashes… and the café’s price of 5 €.\n", "cp1252"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "utf-8"),
        ("世界人工智能大会在上海举行。参展企业超过八百家。\n" * 3, "gb18030"),
        ("会议纪要：明天开会。\n", "gb18030"),
        ("港務局九點開門。泊位按週出租。\n", "big5"),
        ("港の事務所は九時に開きます。\n", "euc_jp"),
        ("港の事務所は九時に開きます。\n", "iso2022_jp"),
        ("議事録\n", "utf-16-le"),
        ("항구 사무소는 아홉 시에 엽니다.\n", "cp949"),
        ("Плата за лодку составляет 14 рублей.\n", "utf-16-le"),
        ("Плата за лодку составляет 14 рублей.\n", "utf-16-be"),
        ("Плата за лодку составляет 14 рублей.\n", "cp1251"),
        ("Плата за лодку составляет 14 рублей.\n", "koi8_r"),
        ("Größe: 9 m\n", "cp1252"),
        ("¿Cuánto cuesta una noche? Mañana sube el precio.\n", "cp1252"),
        ("¿Cuánto cuesta una noche? Mañana sube el precio.\n", "cp850"),
        ("Přístav se otevírá v devět hodin. Příliš žluťoučký kůň.\n", "cp1250"),
        ("Opłata za łódź wynosi czternaście złotych. Źródło: urząd.\n", "cp1250"),
        ("Всемирная конференция прошла в Шанхае. Компании показали роботов.\n", "cp1251"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy. Výroční zpráva byla schválena.\n", "cp1250"),
    ],
)
def test_text_is_the_decoded_file_unchanged(text: str, encoding: str) -> None:
    assert parse_text(text.encode(encoding)).text == text
    assert parse_markdown(text.encode(encoding)).text == text


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_a_byte_order_mark_sets_the_encoding_and_is_not_part_of_the_text(mark: bytes) -> None:
    body = GERMAN.encode("utf-16-le" if mark == b"\xff\xfe" else "utf-16-be")
    assert decode(mark + body) == GERMAN


def test_the_encoding_is_detected_from_a_non_ascii_line_far_into_the_file() -> None:
    assert decode(("Plain text.\n" * 20_000 + FRENCH).encode("latin-1")).endswith(FRENCH)
    assert decode(("Plain text. " * 20_000 + FRENCH).encode("latin-1")).endswith(FRENCH)


def test_a_sample_of_a_long_line_splits_no_two_byte_character() -> None:
    text = "a" + JAPANESE.replace("\r\n", "") * 2000
    assert decode(text.encode("shift_jis")) == text


@given(
    st.text(
        st.characters(
            exclude_categories=["Cs", "Cc"],
            include_characters="\t\r\n\f\v\x1b",
            exclude_characters="\ufffd",
        )
    )
)
@settings(derandomize=True, max_examples=200, deadline=None)
def test_any_utf_8_text_is_read_unchanged(text: str) -> None:
    expected = text.removeprefix("\ufeff")
    assert parse_text(text.encode()).text == expected
    assert parse_markdown(text.encode()).text == expected


def test_a_broken_byte_costs_one_character_and_no_lone_surrogate_remains() -> None:
    words = "ninety boats sail by " * 5
    text = decode(b"\xff\xfe" + words.encode("utf-16-le") + b"\x00\xd8" + words.encode("utf-16-le"))
    assert text == words + "\ufffd" + words
    assert text.encode("utf-8").decode() == text


@pytest.mark.parametrize(
    "data",
    [
        random.Random(5).randbytes(5000),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + random.Random(6).randbytes(800),
        b"\0" * 4096,
        b"\x7fELF\x02\x01\x01" + b"\0" * 9 + random.Random(7).randbytes(900),
        zlib.compress(b"".join(str(number).encode() for number in range(5000))),
    ],
)
def test_binary_data_in_a_text_file_is_refused(data: bytes, process: ParserProcess) -> None:
    assert refused(data, ".txt", process) == "looks like binary data, not text"
    assert refused(data, ".md", process) == "looks like binary data, not text"


def test_a_few_control_characters_do_not_make_a_text_binary() -> None:
    text = (
        "A terminal log with \x1b[1mbold\x1b[0m words, a bell\a and a null\0 in a hundred and more "
        "characters of it.\n"
    )
    assert parse_text(text.encode()).text == text


@pytest.mark.parametrize("data", [b" \n\t\r\n\f ", b"\xef\xbb\xbf", "\u3000\u00a0\n".encode()])
def test_a_file_of_white_space_holds_no_text(data: bytes, process: ParserProcess) -> None:
    assert refused(data, ".txt", process) == "holds no text"


# Headings


def headings(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in markdown_headings(text)]


MARKDOWN = """\
# Title #

Text with # no heading
#hashtag
 ## Second ##
Setext one
==========

Setext *two*
---

- item
---
####### seven
#
### C#
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_markdown_headings_are_found_at_their_offsets(ending: str) -> None:
    text = MARKDOWN.replace("\n", ending)
    assert headings(text) == [
        (1, "Title"),
        (2, "Second"),
        (1, "Setext one"),
        (2, "Setext *two*"),
        (3, "C#"),
    ]
    slices = [text[heading.start : heading.end] for heading in markdown_headings(text)]
    assert slices == [
        "# Title #",
        " ## Second ##",
        f"Setext one{ending}==========",
        f"Setext *two*{ending}---",
        "### C#",
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_fenced_code_and_front_matter_hold_no_headings(ending: str) -> None:
    text = (
        "---\ntitle: x\n# comment\n---\n# Real\n```sh\n# not this\n~~~\n# nor this\n```\n"
        "~~~~\n```\n# nor that\n~~~\n# still code\n~~~~\n## Also real\n"
    ).replace("\n", ending)
    assert headings(text) == [(1, "Real"), (2, "Also real")]


def test_a_fence_that_is_never_closed_runs_to_the_end() -> None:
    assert headings("# One\n```\n# Two\n") == [(1, "One")]


def test_a_table_a_quote_and_a_rule_under_a_list_are_not_setext_headings() -> None:
    assert headings("| a | b |\n|---|---|\n\n> quoted\n---\n\n1. one\n---\n\n---\n") == []


def test_the_title_of_markdown_is_its_first_heading_of_the_highest_level() -> None:
    assert parse_markdown(b"## Small\n\n# Big\n\n# Other\n").title == "Big"
    assert parse_markdown(b"no heading\n").title == ""


@pytest.mark.parametrize(
    "line",
    [
        "a" + " " * 100_000 + "b",
        "# a" + " #" * 50_000 + " b",
        "`" * 100_000,
        "=" * 100_000,
        "-" * 100_000,
        "\t" * 100_000 + "x",
    ],
    ids=["spaces", "hashes", "backticks", "equals", "dashes", "tabs"],
)
def test_no_line_makes_the_search_for_headings_quadratic(line: str) -> None:
    found = headings(f"{line}\n" * 20 + "\n\n# End\n")  # quadratic time would be hours
    assert found[-1] == (1, "End")


PROSE = "The river rises in the hills above the town and runs for ninety miles to the sea."


def test_a_short_line_above_prose_is_a_heading_in_plain_text() -> None:
    text = f"The River Wend\n\n{PROSE}\n\nFloods And Droughts\r\n{PROSE}\n"
    parsed = parse_text(text.encode())
    assert [(h.level, h.text, text[h.start : h.end]) for h in parsed.headings] == [
        (1, "The River Wend", "The River Wend"),
        (2, "Floods And Droughts", "Floods And Droughts"),
    ]
    assert parsed.title == "The River Wend"


@pytest.mark.parametrize(
    "line",
    [
        "It rises here.",
        "the river",
        "Is it long?",
        "River: ",
        "A line that is only half capital in its words here",
    ],
)
def test_a_line_that_reads_like_a_sentence_is_not_a_heading(line: str) -> None:
    assert parse_text(f"{line}\n{PROSE}\n".encode()).headings == ()


def test_a_line_in_the_middle_of_a_sentence_is_not_a_heading() -> None:
    text = f"{PROSE[:-1]}\nBaker Street\n{PROSE}\n"
    assert parse_text(text.encode()).headings == ()


# PDF


def test_a_pdf_gives_text_page_starts_and_headings(process: ParserProcess) -> None:
    parsed = parse(REPORT, ".pdf", process)
    assert len(parsed.page_starts) == 3
    first, second, third = parsed.page_starts
    assert first == 0
    assert parsed.text[second:].startswith("Nothing more is said about Norway here.")
    assert parsed.text[third:].startswith("Outlook\nThe next year")
    assert "The company sold ninety boats in the year." in parsed.text[:second]
    found = [
        (heading.level, parsed.text[heading.start : heading.end]) for heading in parsed.headings
    ]
    assert found == [(1, "Yearly Report"), (2, "Sales Abroad"), (2, "Outlook")]
    assert [heading.text for heading in parsed.headings] == [
        "Yearly Report",
        "Sales Abroad",
        "Outlook",
    ]


def test_the_title_in_the_metadata_is_above_all_headings(process: ParserProcess) -> None:
    data = pdf(
        [
            ("Helvetica-Bold", 14.0, "Sales Abroad"),
            (*BODY, "Forty boats went to Norway and Sweden."),
        ],
        title="Boats",
    )
    parsed = parse(data, ".pdf", process)
    assert parsed.title == "Boats"
    assert [(h.level, h.text, h.start == h.end) for h in parsed.headings] == [
        (1, "Boats", True),
        (2, "Sales Abroad", False),
    ]


def test_running_lines_are_kept_once_and_a_sentence_continues_on_the_next_page(
    process: ParserProcess,
) -> None:
    def page(number: int, *lines: str) -> list[tuple[str, float, str]]:
        return [(*BODY, line) for line in ("Yearly report", *lines, f"Page {number} of 3")]

    middle = (
        "It was sold to the owner of the blue house.",
        "He paid in coins.",
        "Nobody counted them.",
    )
    pages = (
        page(1, "Boats are built of oak.", *middle, "The last of them was"),
        page(2, "painted red and white.", *middle, "Nothing more is said."),
        page(3, "Oars are made of ash.", *middle, "They last for years."),
    )
    parsed = parse(pdf(*pages), ".pdf", process)
    assert parsed.text.count("Yearly report") == parsed.text.count("Page ") == 1
    assert "The last of them was\nPage 1 of 3\n\npainted" not in parsed.text
    assert "Nothing more is said.\n\nOars" in parsed.text
    assert [parsed.text[start:].split()[0] for start in parsed.page_starts] == [
        "Yearly",
        "painted",
        "Oars",
    ]


def test_the_values_of_form_fields_are_read(process: ParserProcess) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 700, "Name of the boat")
    canvas.acroForm.textfield(name="boat", value="Ida Ørsta", x=72, y=650)
    canvas.acroForm.textfield(name="empty", value="", x=72, y=600)
    canvas.acroForm.checkbox(name="sold", checked=False, x=72, y=550)
    canvas.save()
    assert parse(buffer.getvalue(), ".pdf", process).text.split("\n") == [
        "Name of the boat",
        "boat: Ida Ørsta",
        "",
        "",
    ]


def test_similar_short_pages_keep_their_lines(process: ParserProcess) -> None:
    parsed = parse(pdf(*([(*BODY, f"Invoice {n}")] for n in range(4))), ".pdf", process)
    assert parsed.text.split() == "Invoice 0 Invoice 1 Invoice 2 Invoice 3".split()


def test_an_empty_page_keeps_its_number(process: ParserProcess) -> None:
    parsed = parse(pdf([(*BODY, "one")], [], [(*BODY, "three")]), ".pdf", process)
    assert len(parsed.page_starts) == 3
    assert parsed.text[parsed.page_starts[2] :].strip() == "three"


def test_a_pdf_that_needs_a_password_is_refused(process: ParserProcess) -> None:
    assert (
        refused(pdf([(*BODY, "secret")], password="sesame"), ".pdf", process) == "needs a password"
    )


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 nonsense", b"hello", REPORT[:300], random.Random(1).randbytes(2000)]
)
def test_a_damaged_pdf_is_refused(data: bytes, process: ParserProcess) -> None:
    assert refused(data, ".pdf", process) == "damaged, or not a PDF"


def test_a_pdf_without_text_is_refused(process: ParserProcess) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.rect(10, 10, 100, 100, fill=1)
    canvas.save()
    assert refused(buffer.getvalue(), ".pdf", process) == "holds no text"


def test_mutated_pdfs_are_read_or_refused_and_the_next_is_read(process: ParserProcess) -> None:
    chance = random.Random(3)
    for _ in range(60):
        data = bytearray(REPORT)
        for _ in range(chance.randint(1, 40)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            parse(bytes(data), ".pdf", process)
        except LoadError as error:
            assert str(error)
    assert len(parse(REPORT, ".pdf", process).page_starts) == 3


# The parser process


def child_id(process: ParserProcess) -> int:
    assert process._child is not None
    return process._child.pid


@pytest.mark.parametrize("size", [len(REPORT), 3_000_000])
def test_a_parser_that_hangs_fails_its_file_and_the_next_is_parsed(size: int) -> None:
    with ParserProcess(60, MEMORY) as process:
        expected = parse(REPORT, ".pdf", process)
        os.kill(child_id(process), signal.SIGSTOP)
        process.seconds = 0.3
        assert (
            refused(REPORT + b" " * (size - len(REPORT)), ".pdf", process)
            == "took longer than 0.3 s"
        )
        process.seconds = 60
        assert parse(REPORT, ".pdf", process) == expected


def test_a_parser_that_dies_between_two_files_fails_neither() -> None:
    with ParserProcess(60, MEMORY) as process:
        expected = parse(REPORT, ".pdf", process)
        os.kill(child_id(process), signal.SIGKILL)
        os.waitid(os.P_PID, child_id(process), os.WEXITED | os.WNOWAIT)
        assert parse(REPORT, ".pdf", process) == expected


def test_a_parser_that_crashes_fails_its_file_and_the_next_is_parsed() -> None:
    with ParserProcess(60, MEMORY) as process:
        expected = parse(REPORT, ".pdf", process)
        first = child_id(process)
        assert process._child is not None
        assert process._child.stdin is not None
        process._child.stdin.close()  # the child sees the end of its input, and exits
        process._child.stdin = open(os.devnull, "wb")  # noqa: SIM115, PTH123
        assert refused(REPORT, ".pdf", process) == "crashed the parser, or took too much memory"
        assert parse(REPORT, ".pdf", process) == expected
        assert child_id(process) != first


def bomb(megabytes: int) -> bytes:
    """Return a small PDF whose one page unpacks to this much text."""
    packer = zlib.compressobj(1)
    line = b"(" + b"Boats and more boats. " * 40 + b") Tj T*\n"
    stream = packer.compress(b"BT /F1 9 Tf 12 TL 20 800 Td\n")
    stream += b"".join(packer.compress(line) for _ in range(megabytes * 2**20 // len(line)))
    stream += packer.compress(b"ET") + packer.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources "
        b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream) + stream + b"\nendstream",
    ]
    body = b"%PDF-1.4\n" + b"".join(
        b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1)
    )
    return body + b"trailer << /Root 1 0 R /Size 5 >>\n"


def test_a_file_that_takes_too_much_memory_is_refused_and_the_next_is_parsed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with ParserProcess(60, 400 * 2**20) as process:
        reason = refused(bomb(60), ".pdf", process)
        assert "too much memory" in reason
        assert len(parse(REPORT, ".pdf", process).page_starts) == 3


def test_closing_kills_the_child_and_can_be_repeated() -> None:
    process = ParserProcess(60, MEMORY)
    process.close()
    assert parse(REPORT, ".pdf", process).text
    child = process._child
    process.close()
    process.close()
    assert child is not None
    assert child.returncode == -signal.SIGKILL


def test_the_child_returns_the_same_as_the_parser_in_this_process(process: ParserProcess) -> None:
    text = '# A\n\nÜb\x1b\u2028 🍵 "quoted" \\ e\u0301\r\n'
    assert process.parse(text.encode(), ".md") == Parsed(text, "A", (), (Heading(0, 3, 1, "A"),))
    assert parse_markdown(text.encode()) == Parsed(text, "A", (), (Heading(0, 3, 1, "A"),))


# Walking and reading


def ids(*roots: Path) -> list[str]:
    return [file.id for file in walk(roots)]


def test_a_folder_is_walked_in_order_of_ids_without_hidden_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.txt": "x",
            "a/z.md": "x",
            "a.txt": "x",
            ".hidden.txt": "x",
            ".git/config.txt": "x",
            "Ä.txt": "x",
        },
    )
    assert ids(tmp_path) == ["a.txt", "a/z.md", "b.txt", "Ä.txt"]


def test_with_several_roots_an_id_starts_with_the_name_of_its_root(tmp_path: Path) -> None:
    write(tmp_path, {"one/a.txt": "1", "two/a.txt": "2", "x/one/a.txt": "3", "b.txt": "4"})
    found = walk([tmp_path / "one", tmp_path / "two", tmp_path / "x" / "one", tmp_path / "b.txt"])
    assert [(file.id, file.path.read_text()) for file in found] == [
        ("b.txt", "4"),
        ("one (2)/a.txt", "3"),
        ("one/a.txt", "1"),
        ("two/a.txt", "2"),
    ]


def test_a_missing_root_raises_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="No folder or file .*nowhere"):
        walk([tmp_path / "nowhere"])


def test_links_to_places_outside_the_folder_are_listed_and_refused(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "secret.txt": "x",
            "outside/deep.txt": "x",
            "corpus/real.txt": "x",
            "corpus2/near.txt": "x",
        },
    )
    corpus = tmp_path / "corpus"
    (corpus / "out.txt").symlink_to("../secret.txt")
    (corpus / "twin.txt").symlink_to("../corpus2/near.txt")  # a name that starts like the corpus's
    (corpus / "folder").symlink_to("../outside")
    (corpus / "inside.txt").symlink_to("real.txt")
    (tmp_path / "link").symlink_to("corpus")
    for root in (corpus, tmp_path / "link"):
        readable = []
        for file in walk([root]):
            try:
                readable.append((file.id, read_bytes(file, 10, NO_PROCESS)))
            except LoadError as error:
                assert (file.id, str(error)) in {
                    (name, "a link that leads out of the folder")
                    for name in ("folder", "out.txt", "twin.txt")
                }
        assert readable == [("inside.txt", b"x"), ("real.txt", b"x")]


def test_only_dangling_and_circular_links_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"real.txt": "x"})
    (tmp_path / "gone.txt").symlink_to("nothing.txt")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "circle").symlink_to(".")
    reasons = {}
    for file in walk([tmp_path]):
        try:
            read_bytes(file, 100, NO_PROCESS)
        except LoadError as error:
            reasons[file.id] = str(error)
    assert reasons == {
        "gone.txt": "a link that leads nowhere",
        "loop.txt": "a link that leads nowhere",
        "circle": "a link to a folder, which is not followed",
    }


def test_a_file_whose_name_is_not_utf_8_gets_a_printable_id_and_is_read(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text("coffee")
    (file,) = walk([tmp_path])
    assert file.id == "caf\ufffd.txt"
    assert read_bytes(file, 100, NO_PROCESS) == b"coffee"


def test_names_that_differ_only_in_unicode_composition_are_two_documents(tmp_path: Path) -> None:
    write(tmp_path, {"caf\u00e9.txt": "1", "cafe\u0301.txt": "2"})
    assert ids(tmp_path) == ["caf\u00e9 (2).txt", "caf\u00e9.txt"]


def reason_for(path: Path, limit: int = 10) -> str:
    with pytest.raises(LoadError) as caught:
        read_bytes(File(path.name, str(path)), limit, NO_PROCESS)
    return str(caught.value)


def test_an_unreadable_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"empty.txt": "", "big.txt": "12345678901", "film.mp4": "x"},
    )
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    assert reason_for(tmp_path / "empty.txt") == "empty: zero bytes"
    assert reason_for(tmp_path / "big.txt") == "11 bytes is over the limit of 10"
    assert reason_for(tmp_path / "film.mp4") == "files ending in .mp4 are not read"
    assert reason_for(tmp_path / "folder.txt") == "not a regular file"
    assert reason_for(tmp_path / "pipe.txt") == "not a regular file"  # without waiting for a writer
    assert reason_for(Path("/dev/zero.txt")) == "cannot be opened: No such file or directory"
    assert reason_for(tmp_path / "missing.txt") == "cannot be opened: No such file or directory"


def test_a_file_at_the_limit_is_read_and_a_suffix_may_be_in_any_case(tmp_path: Path) -> None:
    write(tmp_path, {"FULL.TXT": "1234567890"})
    assert read_bytes(File("FULL.TXT", str(tmp_path / "FULL.TXT")), 10, NO_PROCESS) == b"1234567890"


def test_a_file_that_grows_over_the_limit_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.txt"
    path.write_text("1234567890")
    status = path.stat()
    path.write_text("1234567890" * 1000)
    monkeypatch.setattr(Path, "stat", lambda self, **_: status)
    assert reason_for(path) == "grew over the limit of 10 bytes while being read"
