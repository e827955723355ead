"""What people wrote into a PDF is part of its text: values of form fields, and notes."""

import io
from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.load import Parsed
from rag.load.pdf import parse_pdf


def drawn(draw: Callable[[Canvas], None]) -> Parsed:
    """Return a PDF read whose page is drawn by a function."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.drawString(72, 700, "The boat was sold.")
    draw(canvas)
    canvas.save()
    return parse_pdf(buffer.getvalue())


def written(draw: Callable[[Canvas], None]) -> list[str]:
    """Return what is written on the page of a PDF, beside its only sentence."""
    first, *others = [line for line in drawn(draw).text.split("\n") if line]
    assert first == "The boat was sold."
    return others


def test_fields_are_named_by_what_people_see() -> None:
    def draw(canvas: Canvas) -> None:
        form = canvas.acroForm
        form.textfield(name="f1", tooltip="Name of the boat", value="Ida Ørsta", x=72, y=650)
        form.textfield(name="f2", tooltip="Owner", value="", x=72, y=610)
        form.checkbox(name="f3", tooltip="Paid", checked=True, x=72, y=570)
        form.checkbox(name="f4", tooltip="Insured", checked=False, x=72, y=530)
        form.radio(name="f5", tooltip="Harbour", value="Skarvik", selected=False, x=72, y=490)
        form.radio(name="f5", tooltip="Harbour", value="Nesset", selected=True, x=92, y=490)
        countries = [("Norway", "NO"), ("Sweden", "SE")]
        form.choice(name="f6", tooltip="Country", value="SE", options=countries, x=72, y=450)

    assert written(draw) == [
        "Name of the boat: Ida Ørsta",
        "Paid: Yes",
        "Harbour: Nesset",
        "Country: Sweden",
    ]


def test_a_field_without_a_label_has_the_last_part_of_its_name() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.acroForm.textfield(name="form[0].page1[0].owner[0]", value="Jon Tveit", x=72, y=650)

    assert written(draw) == ["owner: Jon Tveit"]


def test_a_password_is_not_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.acroForm.textfield(name="key", value="sesame", fieldFlags="password", x=72, y=650)

    assert written(draw) == []


def test_a_value_that_the_page_draws_in_the_field_is_not_repeated() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.acroForm.textfield(name="boat", value="Ida", x=72, y=650, width=200, height=30)
        canvas.drawString(80, 660, "Ida")

    assert written(draw) == ["Ida"]


RECT = (100, 400, 300, 420)


def test_notes_are_named_and_on_one_line() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.textAnnotation("Ask the owner\nwhether she was paid.", RECT)
        canvas.highlightAnnotation("Wrong year?", RECT)

    assert written(draw) == [
        "[Note: Ask the owner whether she was paid.]",
        "[Note: Wrong year?]",
    ]


def test_text_typed_on_the_page_is_text() -> None:
    assert written(lambda canvas: canvas.freeTextAnnotation("Seen on Monday.", None, RECT)) == [
        "Seen on Monday."
    ]


def test_a_note_that_repeats_the_words_it_marks_is_left_out() -> None:
    box = (72, 695, 300, 715)
    assert written(lambda canvas: canvas.highlightAnnotation("The boat was sold.", box)) == []


@pytest.mark.parametrize("flag", [1, 2, 32])  # invisible, hidden, not viewed
def test_hidden_notes_are_not_read(flag: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.textAnnotation("Nobody sees this.", RECT, F=flag)

    assert written(draw) == []


def test_notes_are_no_headings_and_interrupt_no_sentence() -> None:
    def first(canvas: Canvas) -> None:
        canvas.drawString(72, 686, "The next one was brought from the yard")
        canvas.textAnnotation("Which Yard Was It", RECT)
        canvas.showPage()
        canvas.drawString(72, 700, "of the old harbour.")

    parsed = drawn(first)
    assert parsed.headings == ()
    assert "brought from the yard of the old harbour." in parsed.text.replace("\n", " ")
    assert "[Note: Which Yard Was It]" in parsed.text[: parsed.page_starts[1]]
